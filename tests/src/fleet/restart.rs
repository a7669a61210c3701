//! The controller is killed while the shops sell: all come back, and nothing is lost or twice there.

use std::time::{Duration, Instant};

use crate::fleet::flow::Connected;

/// Receipts a second of all shops meanwhile.
const PACE_S: u64 = 500;
/// Sold before the kill, and after the controller is back.
const BEFORE: Duration = Duration::from_secs(3);

/// How long it took, in seconds since the kill.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Restart {
    /// Until the controller was ready again.
    pub controller_ready_s: f64,
    /// Until every shop was back and had everything acknowledged.
    pub all_back_s: f64,
}

/// Kills and starts the controller under load; says how long it took until all was as before.
pub async fn run(fleet: &mut Connected) -> anyhow::Result<Restart> {
    fleet.sell_paced(PACE_S, BEFORE).await?;
    fleet.network.controller.kill();
    let killed = Instant::now();
    fleet.network.start().await?;
    let ready = killed.elapsed();
    fleet.sell_paced(PACE_S, BEFORE).await?;
    // Each shop has something to say now, so that all must have come back.
    for shop in &fleet.shops {
        shop.till().sell()?;
    }
    fleet.emptied().await?;
    drop(fleet.take_delays());
    Ok(Restart {
        controller_ready_s: ready.as_secs_f64(),
        all_back_s: killed.elapsed().as_secs_f64(),
    })
}

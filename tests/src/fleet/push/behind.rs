//! A shop that was away for a quarter: 500 of its prices changed meanwhile, in a publication a day.

use std::time::Duration;

use anyhow::Context;
use tokio::time::timeout;

use super::ITEMS;
use super::admin::{self, Admin};
use super::agents::Agent;
use crate::bench::Metric;
use crate::bench::assortment::prices;
use crate::fleet::network::{Knocks, Network};
use crate::processes::Products;

const DAYS: u32 = 90;
const CHANGED: u32 = 500;
const CATCH_UP_MAX: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// Bytes to the shop from its connect until it has the newest prices on sale and the centre knows.
pub async fn measure(products: &Products) -> anyhow::Result<Metric> {
    let mut network = Network::prepare(products, 1, Knocks::Unlimited)?;
    network.start().await?;
    let machine = network.machines.first().context("there is a shop")?;
    let store = machine.id.store().to_string();
    admin::load(&network.controller, network.folder(), [store], ITEMS)?;
    let admin = Admin::new(&network.controller);
    let mut agent = Agent::start(products, network.gate_port, machine).await?;
    agent.server.stop()?;
    for day in 0..DAYS {
        let (first, last) = (CHANGED * day / DAYS, CHANGED * (day + 1) / DAYS);
        let items = (first..last).map(|number| number * 97 % ITEMS);
        admin.change(prices(items, 0, u64::from(day) + 1)).await?;
    }
    let before = agent.line.bytes_down();
    agent.on_sale().await?;
    let caught_up = async {
        while admin.convergence().await? != (1, 1) {
            tokio::time::sleep(LOOK).await;
        }
        anyhow::Ok(())
    };
    timeout(CATCH_UP_MAX, caught_up)
        .await
        .context("the shop does not catch up")??;
    let bytes = agent.line.bytes_down() - before;
    agent.server.stop()?;
    tokio::task::block_in_place(|| network.controller.stop())?;
    Ok(Metric::at_most(
        "push.bytes_500",
        bytes as f64,
        "bytes",
        40_000.0,
    ))
}

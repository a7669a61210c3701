//! What shops that stay connected bring up: receipts a second, and how soon they are acknowledged.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use storefleet_daemon::{Clock, Tasks};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::bench::{Metric, percentile};
use crate::fleet::network::Network;
use crate::fleet::proof::Proof;
use crate::fleet::shop::Shop;
use crate::fleet::storm::AT_ONCE;

/// Receipts of a full batch.
const BATCH: u64 = 20;
/// Receipts a second that must be reached, in full batches and one by one.
const RECEIPTS_S: u64 = 20_000;
const SINGLES_S: u64 = 2_000;
/// Receipts a second of all shops while the way of each is timed.
const PACE_S: u64 = 2_000;
const ACK_P99_MS_MAX: f64 = 500.0;
const TICK: Duration = Duration::from_millis(10);
/// The warm-up before each window is this part of it.
const WARM_UP: u32 = 6;
/// How long lines may take to end.
const STOP_MAX: Duration = Duration::from_secs(30);
/// How long the centre may take for what is left: longer than the back-off of a lost line.
const EMPTY_MAX: Duration = Duration::from_secs(420);

/// The shops of a network with their lines up.
pub struct Connected {
    /// The network.
    pub network: Network,
    /// The shops.
    pub shops: Vec<Shop>,
    tasks: Tasks,
}

impl Connected {
    /// Starts the controller of a network and connects that many of its shops.
    pub async fn start(
        mut network: Network,
        shops: usize,
        segment_bytes: u32,
    ) -> anyhow::Result<Self> {
        network.start().await?;
        let clock = Clock::start();
        let broker = format!("127.0.0.1:{}", network.gate_port);
        let mut tasks = Tasks::default();
        let mut opened = Vec::new();
        for machine in network.machines.iter().take(shops) {
            opened.push(Shop::open(machine, &broker, clock, segment_bytes)?);
        }
        let started = Instant::now();
        for group in opened.chunks_mut(AT_ONCE) {
            group.iter_mut().for_each(|shop| shop.connect(&mut tasks));
            emptied(group).await?;
        }
        eprintln!("{shops} shops connected in {:?}", started.elapsed());
        Ok(Self {
            network,
            shops: opened,
            tasks,
        })
    }

    /// Sells so many receipts a second in all for a time; the way of each is timed.
    pub async fn sell_paced(&self, per_second: u64, time: Duration) -> anyhow::Result<()> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let ticks_s = 1_000 / u64::try_from(TICK.as_millis())?;
        let count = u64::try_from(time.as_millis())? * ticks_s / 1_000;
        let mut next = self.shops.iter().cycle();
        let mut sold = 0;
        for tick in 1..=count {
            ticks.tick().await;
            while sold < per_second * tick / ticks_s {
                next.next().context("there are shops")?.till().sell()?;
                sold += 1;
            }
        }
        Ok(())
    }

    /// Takes what was timed since the last time, in milliseconds.
    #[must_use]
    pub fn take_delays(&self) -> Vec<f64> {
        let delays = self
            .shops
            .iter()
            .flat_map(|shop| std::mem::take(&mut shop.till().delays));
        delays.map(|it| it.as_secs_f64() * 1_000.0).collect()
    }

    /// Waits until the centre holds everything.
    pub async fn emptied(&self) -> anyhow::Result<()> {
        emptied(&self.shops).await
    }

    /// Fills all journals, then brings them up in steps; says receipts a second from the first one
    /// told to the last verified ack.
    async fn bring_up(&self, receipts: u64, step: u64) -> anyhow::Result<f64> {
        let shops = self.shops.len() as u64;
        let steps = receipts.div_ceil(shops * step);
        tokio::task::block_in_place(|| {
            self.shops
                .iter()
                .try_for_each(|shop| shop.till().fill(steps * step))
        })?;
        let started = Instant::now();
        self.shops
            .iter()
            .for_each(|shop| shop.till().tell_in_steps(step));
        self.emptied().await?;
        let receipts = steps * step * shops;
        self.shops
            .iter()
            .for_each(|shop| shop.till().tell_in_steps(0));
        Ok(receipts as f64 / started.elapsed().as_secs_f64())
    }

    /// Ends lines and controller, and compares what the centre proves with what was sold.
    pub async fn prove(mut self) -> anyhow::Result<Proof> {
        self.tasks.stop(STOP_MAX).await;
        tokio::task::block_in_place(|| self.network.controller.stop())?;
        let report = self.network.controller.command(&["verify", "--json"])?;
        Proof::of(&self.shops, &report)
    }
}

async fn emptied(shops: &[Shop]) -> anyhow::Result<()> {
    let all = stream::iter(shops)
        .map(Shop::emptied)
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>();
    timeout(EMPTY_MAX, all)
        .await
        .context("the centre does not hold everything in time")??;
    Ok(())
}

/// The figures of lines that stay up.
pub async fn measure(fleet: &Connected, seconds: u64) -> anyhow::Result<Vec<Metric>> {
    let window = Duration::from_secs(seconds);
    fleet.sell_paced(PACE_S, window / WARM_UP).await?;
    fleet.emptied().await?;
    drop(fleet.take_delays());
    fleet.sell_paced(PACE_S, window).await?;
    fleet.emptied().await?;
    let mut delays = fleet.take_delays();
    let p99 = percentile(&mut delays, 99);
    eprintln!(
        "acks: p50 {:.0} ms, p99 {p99:.0} ms, worst {:.0} ms",
        percentile(&mut delays, 50),
        delays.last().copied().unwrap_or(f64::NAN),
    );
    let mut reached = Vec::new();
    for (rate, step) in [(SINGLES_S, 1), (RECEIPTS_S, BATCH)] {
        // A quarter more than must be reached, so that better figures can be seen.
        let receipts = rate * seconds * 5 / 4;
        fleet.bring_up(receipts / u64::from(WARM_UP), step).await?;
        reached.push(fleet.bring_up(receipts, step).await?);
    }
    Ok(vec![
        Metric::at_least(
            "link.receipts_s",
            reached[1],
            "receipts/s",
            RECEIPTS_S as f64,
        ),
        Metric::at_least("link.singles_s", reached[0], "receipts/s", SINGLES_S as f64),
        Metric::at_most("link.ack_p99_ms", p99, "ms", ACK_P99_MS_MAX),
    ])
}

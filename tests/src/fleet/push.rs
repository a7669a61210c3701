//! One price changes for every shop: from the command to *dataset.applied*, durable in the shop, acknowledged by the
//! centre and counted as converged.
//!
//! A few shops are real agents with their datasets in redb; the others take the manifest with the same core code over
//! the agent's own line and journal, and share the records that they all have. They are processes of their own, as
//! many as the open files of one ask for.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::bench::assortment::prices;
use crate::bench::{Metric, median, percentile};
use crate::fleet::network::{Knocks, Network};
use crate::fleet::open_files_max;
use crate::processes::Products;

pub mod admin;
pub mod agents;
pub mod behind;
pub mod client;
pub mod crowd;
pub mod moment;
pub mod stock;

use admin::Admin;
use agents::{Agents, Bytes};
use client::Arrival;
use crowd::Crowd;
use moment::Moment;

/// Items of the network.
const ITEMS: u32 = 50_000;
/// Shops that are real agents.
const AGENTS: usize = 12;
/// Prices changed, one after the other.
const CLICKS: u32 = 5;
/// From here on the limit for a very large network counts.
const LARGE: u32 = 10_000;
/// How long a price may take before the measurement is given up.
const ARRIVE_MAX: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(10);

/// Measures; tells each figure as it comes, and says whether all keep their limits.
pub async fn run(shops: u32, mut tell: impl FnMut(&Metric)) -> anyhow::Result<bool> {
    // Each shop is one connection to the centre's process, and the centre has some for itself.
    let (most, needed) = (open_files_max()?, u64::from(shops) + 512);
    ensure!(
        most >= needed,
        "the centre needs {needed} open files for {shops} shops; this user may have {most} (ulimit -Hn)"
    );
    let products = Products::build(true)?;
    let mut metrics = vec![behind::measure(&products).await?];
    metrics.iter().for_each(&mut tell);
    let fleet = Stocked::start(&products, shops).await?;
    let measured = fleet.measure(shops).await?;
    measured.iter().for_each(&mut tell);
    metrics.extend(measured);
    Ok(metrics.iter().all(|metric| metric.holds))
}

/// A network whose shops all have the same version on sale.
struct Stocked {
    network: Network,
    admin: Admin,
    agents: Agents,
    crowd: Crowd,
}

/// What one click took, in seconds, and on the lines of the real agents.
struct Click {
    seconds: Vec<f64>,
    bytes: Vec<Bytes>,
}

impl Stocked {
    async fn start(products: &Products, shops: u32) -> anyhow::Result<Self> {
        let mut network = Network::prepare(products, shops, Knocks::Unlimited)?;
        network.start().await?;
        let started = Instant::now();
        let codes = network
            .machines
            .iter()
            .map(|machine| machine.id.store().to_string());
        admin::load(&network.controller, network.folder(), codes, ITEMS)?;
        eprintln!(
            "{ITEMS} items loaded and released in {:?}",
            started.elapsed()
        );
        let admin = Admin::new(&network.controller);
        let real = AGENTS.min(network.machines.len());
        let agents = Agents::start(products, network.gate_port, &network.machines[..real]).await?;
        let (real, started) = (u32::try_from(real)?, Instant::now());
        let (folder, gate) = (network.folder(), network.gate_port);
        let crowd = Crowd::start(folder, gate, real + 1, shops - real).await?;
        eprintln!("{} shops stocked in {:?}", crowd.len(), started.elapsed());
        let fleet = Self {
            admin,
            agents,
            crowd,
            network,
        };
        converged(&fleet.admin, fleet.all()).await?;
        Ok(fleet)
    }

    async fn measure(mut self, shops: u32) -> anyhow::Result<Vec<Metric>> {
        let (mut middle, mut late, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        for click in 0..CLICKS {
            let mut taken = self.click(click).await?;
            let (p50, p99) = (
                percentile(&mut taken.seconds, 50),
                percentile(&mut taken.seconds, 99),
            );
            let worst = taken.seconds.last().copied().unwrap_or(f64::NAN);
            eprintln!("click {click}: p50 {p50:.3} s, p99 {p99:.3} s, all {worst:.3} s");
            middle.push(p50);
            late.push(p99);
            bytes.extend(taken.bytes);
        }
        self.crowd.stop().await?;
        self.agents.stop()?;
        tokio::task::block_in_place(|| self.network.controller.stop())?;
        let of = |of: fn(&Bytes) -> u64| {
            let mut each: Vec<_> = bytes.iter().map(|it| of(it) as f64).collect();
            median(&mut each)
        };
        let (middle, late) = (median(&mut middle), median(&mut late));
        let mut metrics = if shops >= LARGE {
            vec![Metric::at_most("push.p99_10k_s", late, "s", 10.0)]
        } else {
            vec![
                Metric::at_most("push.p50_s", middle, "s", 1.0),
                Metric::at_most("push.p99_s", late, "s", 3.0),
            ]
        };
        metrics.extend([
            Metric::at_most("push.bytes_down", of(|it| it.down), "bytes", 1_024.0),
            Metric::at_most("push.bytes_up", of(|it| it.up), "bytes", 1_024.0),
        ]);
        Ok(metrics)
    }

    /// One price becomes another; a real agent counts with the moment at which the centre had counted all.
    async fn click(&mut self, number: u32) -> anyhow::Result<Click> {
        let before = self.agents.carried();
        let row = prices([number * 9_001 % ITEMS], 0, u64::from(number) + 1);
        let started = Moment::now();
        self.admin.change(row).await?;
        let released = Moment::now().since(started);
        // The centre is asked only when the simulated shops are there: its answers are work too.
        let clients = self.crowd.len();
        let arrived = arrived(&mut self.crowd.arrivals, clients).await?;
        converged(&self.admin, self.all()).await?;
        let all = Moment::now().since(started);
        eprintln!("click {number}: released after {released:.3} s");
        let since = |arrival: &Arrival| arrival.0.since(started);
        let mut seconds: Vec<_> = arrived.iter().map(since).collect();
        seconds.extend(std::iter::repeat_n(all, self.agents.len()));
        let bytes = self.agents.since(&before).await?;
        Ok(Click { seconds, bytes })
    }

    fn all(&self) -> usize {
        self.crowd.len() + self.agents.len()
    }
}

/// Waits until the centre counts that many shops as converged, and no other.
async fn converged(admin: &Admin, all: usize) -> anyhow::Result<()> {
    let counted = async {
        while admin.convergence().await? != (all, all) {
            tokio::time::sleep(LOOK).await;
        }
        anyhow::Ok(())
    };
    timeout(ARRIVE_MAX, counted)
        .await
        .context("the shops do not converge in time")?
}

async fn arrived(
    arrivals: &mut mpsc::Receiver<Arrival>,
    count: usize,
) -> anyhow::Result<Vec<Arrival>> {
    let mut seen = Vec::with_capacity(count);
    let all = async {
        while seen.len() < count {
            seen.push(arrivals.recv().await.context("the shops ended")?);
        }
        anyhow::Ok(())
    };
    timeout(ARRIVE_MAX, all)
        .await
        .context("a price does not arrive in time")??;
    Ok(seen)
}

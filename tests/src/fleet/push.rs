//! One price changes for every shop: from the command to *dataset.applied*, durable in the shop, acknowledged by the
//! centre and counted as converged.
//!
//! A few shops are real agents with their datasets in redb; the others take the manifest with the same core code over
//! the agent's own line and journal, and share the records that they all have.

use std::time::{Duration, Instant};

use anyhow::Context;
use storefleet_daemon::{Clock, Tasks};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::bench::assortment::prices;
use crate::bench::{Metric, median, percentile};
use crate::fleet::SEGMENT_BYTES;
use crate::fleet::network::{Knocks, Network};
use crate::fleet::raise_open_files;
use crate::fleet::shop::Shop;
use crate::fleet::storm::AT_ONCE;
use crate::processes::Products;

pub mod admin;
pub mod agents;
pub mod behind;
pub mod client;
pub mod stock;

use admin::Admin;
use agents::{Agents, Bytes};
use client::{Arrival, Client, Shared};

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
    raise_open_files(u64::from(shops))?;
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
    arrivals: mpsc::Receiver<Arrival>,
    clients: usize,
    _shops: Vec<Shop>,
    tasks: Tasks,
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
        let (real, simulated) = network
            .machines
            .split_at(AGENTS.min(network.machines.len()));
        let agents = Agents::start(products, network.gate_port, real).await?;
        let (told, mut arrivals) = mpsc::channel(network.machines.len().max(1));
        let (mut tasks, clock) = (Tasks::default(), Clock::start());
        let broker = format!("127.0.0.1:{}", network.gate_port);
        let (mut opened, shared) = (Vec::new(), Shared::default());
        let started = Instant::now();
        // The first fetches for all what all have.
        let (first, others) = simulated.split_at(1.min(simulated.len()));
        for group in std::iter::once(first).chain(others.chunks(AT_ONCE)) {
            for machine in group {
                let mut shop = Shop::open(machine, &broker, clock, SEGMENT_BYTES)?;
                let ends = shop.datasets().context("they are taken once")?;
                shop.connect(&mut tasks);
                let client = Client::new(machine, &broker, clock, ends, &shared);
                tasks.spawn("shop-datasets", client.run(told.clone(), tasks.shutdown()));
                opened.push(shop);
            }
            arrived(&mut arrivals, group.len()).await?;
        }
        eprintln!("{} shops stocked in {:?}", opened.len(), started.elapsed());
        let fleet = Self {
            admin,
            agents,
            arrivals,
            clients: opened.len(),
            _shops: opened,
            tasks,
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
        self.tasks.stop(ARRIVE_MAX).await;
        self.agents.stop()?;
        tokio::task::block_in_place(|| self.network.controller.stop())?;
        let of = |of: fn(&Bytes) -> u64| {
            let mut each: Vec<_> = bytes.iter().map(|it| of(it) as f64).collect();
            median(&mut each)
        };
        let (p99, limit) = if shops >= LARGE {
            ("push.p99_10k_s", 10.0)
        } else {
            ("push.p99_s", 3.0)
        };
        Ok(vec![
            Metric::at_most("push.p50_s", median(&mut middle), "s", 1.0),
            Metric::at_most(p99, median(&mut late), "s", limit),
            Metric::at_most("push.bytes_down", of(|it| it.down), "bytes", 1_024.0),
            Metric::at_most("push.bytes_up", of(|it| it.up), "bytes", 1_024.0),
        ])
    }

    /// One price becomes another; a real agent counts with the moment at which the centre had counted all.
    async fn click(&mut self, number: u32) -> anyhow::Result<Click> {
        let before = self.agents.carried();
        let row = prices([number * 9_001 % ITEMS], 0, u64::from(number) + 1);
        let started = Instant::now();
        self.admin.change(row).await?;
        let released = started.elapsed();
        // The centre is asked only when the simulated shops are there: its answers are work too.
        let arrived = arrived(&mut self.arrivals, self.clients).await?;
        converged(&self.admin, self.all()).await?;
        let all = started.elapsed();
        eprintln!("click {number}: released after {released:?}");
        let since = |arrival: &Arrival| arrival.at.duration_since(started).as_secs_f64();
        let mut seconds: Vec<_> = arrived.iter().map(since).collect();
        seconds.extend(std::iter::repeat_n(all.as_secs_f64(), self.agents.len()));
        let bytes = self.agents.since(&before).await?;
        Ok(Click { seconds, bytes })
    }

    fn all(&self) -> usize {
        self.clients + self.agents.len()
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

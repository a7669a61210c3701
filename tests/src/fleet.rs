//! `cargo fleet`: thousands of shops in one process against a real controller.
//!
//! Every shop is the agent's own line on the agent's own journal, with keys and a certificate of its
//! own; only till and store thread are left out, because thousands of them are no part of the
//! question. Files lie in memory: the disk of one machine is not that of thousands.

use anyhow::Context;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::bench::Metric;
use crate::fleet::network::{Knocks, Network};
use crate::fleet::proof::Proof;
use crate::fleet::restart::Restart;
use crate::processes::Products;

pub mod acceptor;
pub mod brokers;
pub mod cpu;
pub mod enrolled;
pub mod flow;
pub mod line;
pub mod network;
pub mod part;
pub mod proof;
pub mod push;
pub mod restart;
pub mod shop;
pub mod storm;
pub mod till;

/// Small, so that thousands of journals fit into memory; holds the largest entry.
pub const SEGMENT_BYTES: u32 = 128 * 1024;
/// Open files of one shop: socket, journal, state; and some for the program.
pub(crate) const FILES_EACH: u64 = 4;
/// Open files of a program that belong to no shop.
pub(crate) const FILES_OTHER: u64 = 256;

/// What is measured, and how large.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Shops.
    pub shops: u32,
    /// Length of each window.
    pub seconds: u64,
    /// Rounds of storms; none leaves them out.
    pub rounds: usize,
    /// Size of the shops' journal segments.
    pub segment_bytes: u32,
}

/// What was measured and proved.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Every figure.
    pub metrics: Vec<Metric>,
    /// How long it took until all was as before the kill.
    pub restart: Option<Restart>,
    /// What the centre holds in the end.
    pub proof: Option<Proof>,
}

impl Report {
    /// Whether every limit is kept and the centre holds exactly what was sold.
    #[must_use]
    pub fn holds(&self) -> bool {
        let exact = |proof: &Proof| proof.is_exact() && proof.others.is_empty();
        self.metrics.iter().all(|metric| metric.holds) && self.proof.as_ref().is_none_or(exact)
    }

    /// The summary.
    #[must_use]
    pub fn to_json(&self, plan: Plan) -> Value {
        json!({
            "fleet": plan.shops, "seconds": plan.seconds, "holds": self.holds(),
            "restart": self.restart, "proof": self.proof.as_ref().map(Proof::to_json),
        })
    }
}

/// Storms, then lines that stay up, then a controller that is killed; tells each figure as it comes.
pub async fn run(plan: Plan, mut tell: impl FnMut(&Metric)) -> anyhow::Result<Report> {
    raise_open_files(u64::from(plan.shops))?;
    let products = Products::build(true)?;
    let mut report = Report::default();
    let mut measured = |metrics: Vec<Metric>, report: &mut Report| {
        metrics.iter().for_each(&mut tell);
        report.metrics.extend(metrics);
    };
    if plan.rounds > 0 {
        let metrics = storm::measure(&products, plan.shops, plan.rounds).await?;
        measured(metrics, &mut report);
    }
    if plan.seconds > 0 {
        let network = Network::prepare(&products, plan.shops, Knocks::Unlimited)?;
        let shops = network.machines.len();
        let mut fleet = flow::Connected::start(network, shops, plan.segment_bytes).await?;
        let metrics = flow::measure(&fleet, plan.seconds).await?;
        measured(metrics, &mut report);
        report.restart = Some(restart::run(&mut fleet).await?);
        report.proof = Some(fleet.prove().await?);
    }
    Ok(report)
}

/// Lets this process and those it starts open as many files as their user may.
pub(crate) fn raise_open_files(shops: u64) -> anyhow::Result<()> {
    let most = open_files_max()?;
    let needed = shops * FILES_EACH + FILES_OTHER;
    anyhow::ensure!(
        most >= needed,
        "{shops} shops in one process need {needed} open files; this user may have {most} (ulimit -Hn)"
    );
    Ok(())
}

/// How many files a process of this user may have open; from here on this one and those it starts may.
pub(crate) fn open_files_max() -> anyhow::Result<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).context("raise the number of open files")?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}

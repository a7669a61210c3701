//! A scanner's question in a shop: the item of a barcode among 100,000, out of what is on sale.

use std::time::Instant;

use anyhow::{Context, ensure};
use storefleet_agent::datasets::shelves::Shelves;
use storefleet_agent::datasets::snapshot::Snapshot;
use storefleet_agent::store_thread::StoreClock;
use storefleet_daemon::Clock;

use crate::bench::assortment::{self, barcode, code};
use crate::bench::chain::Chain;
use crate::bench::{Metric, percentile};
use crate::sim::rng::Rng;

const ITEMS: u32 = 100_000;
const STORE: &str = "S00001";
const LOOKUPS: usize = 50_000;

/// Measures lookups at random places.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let mut chain = Chain::new()?;
    chain.import("dealers.csv", assortment::DEALERS)?;
    chain.import("stores.csv", assortment::stores([STORE.to_owned()]))?;
    chain.import("items.csv", assortment::items(ITEMS))?;
    chain.publish()?;
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let shelves = Shelves::open(&folder.path().join("datasets.redb"))?;
    chain.stock(&shelves, STORE)?;
    let clock = StoreClock::new(Clock::start(), jiff::tz::TimeZone::UTC);
    let snapshot = Snapshot::open(&shelves, clock, &[])?.context("nothing is on sale")?;
    let mut dice = Rng::new(1);
    let mut micros = Vec::with_capacity(LOOKUPS);
    for _ in 0..LOOKUPS {
        let number = u32::try_from(dice.below(u64::from(ITEMS)))?;
        let barcode = barcode(number);
        let started = Instant::now();
        let found = snapshot.scanned(&barcode);
        micros.push(started.elapsed().as_secs_f64() * 1e6);
        let found = found.map(|goods| goods.item.code.to_string());
        ensure!(found == Some(code(number)), "{barcode} is {found:?}");
    }
    eprintln!(
        "catalog.lookup_us: median {:.1}",
        percentile(&mut micros, 50)
    );
    let p99 = percentile(&mut micros, 99);
    Ok(vec![Metric::at_most("catalog.lookup_us", p99, "us", 20.0)])
}

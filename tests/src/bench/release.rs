//! Building a release: 100,000 items in four layers, from changed tables to signed roots.

use std::time::Instant;

use anyhow::{Context, ensure};
use storefleet_core::dataset::manifest::{Generation, Manifest, Wanted};
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;

use crate::bench::assortment::{self, LAYERS};
use crate::bench::chain::Chain;
use crate::bench::{Metric, median};

const ITEMS: u32 = 100_000;
const ROUNDS: usize = 3;

/// Measures the build of a release, each round from empty tables.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let mut seconds = Vec::new();
    for round in 0..ROUNDS {
        seconds.push(build(round)?);
    }
    let median = median(&mut seconds);
    Ok(vec![Metric::at_most("release.build_s", median, "s", 2.0)])
}

/// The fold of one publication, and the manifest that names its roots, signed.
fn build(round: usize) -> anyhow::Result<f64> {
    let mut chain = Chain::new()?;
    let started = Instant::now();
    chain.import("items.csv", assortment::items(ITEMS))?;
    for layer in 0..LAYERS.len() {
        chain.import("prices.csv", assortment::prices(0..ITEMS, layer, 0))?;
    }
    let imported = started.elapsed();
    let started = Instant::now();
    let moved = chain.publish()?;
    let key = SigningKey::from_seed(&[7; 32]).context("a key")?;
    let layers = moved.iter().map(|moved| Wanted {
        layer: moved.layer.clone(),
        root: moved.to.root,
        active_from: None,
    });
    let manifest = Manifest {
        workplace: "s00001-1".parse()?,
        generation: Generation::default(),
        issued: Timestamp(0),
        expires: Timestamp(1),
        layers: layers.collect(),
        segments: Vec::new(),
    };
    let signed = message::write(Kind::Manifest, &key, &manifest);
    let built = started.elapsed();
    let records: u64 = moved.iter().map(|moved| moved.to.records).sum();
    // An item and its barcode are two records.
    let expected = u64::from(ITEMS) * (LAYERS.len() as u64 + 2);
    ensure!(
        records == expected,
        "{records} records instead of {expected}"
    );
    eprintln!(
        "round {round}: {} layers, {records} records, {} bytes of manifest in {built:?}; files read in {imported:?}",
        moved.len(),
        signed.len(),
    );
    Ok(built.as_secs_f64())
}

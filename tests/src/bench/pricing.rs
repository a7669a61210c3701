//! What a till waits for a price: ten lines under 200 live promotions, out of what is on sale in a shop with
//! 100,000 items.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::{Map, Value, json};
use storefleet_agent::datasets::shelves::Shelves;
use storefleet_agent::datasets::snapshot::Snapshot;
use storefleet_agent::store_thread::StoreClock;
use storefleet_core::master::Record;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::pricing::evaluate;
use storefleet_core::pricing::json::cart::RawCartIn;
use storefleet_core::pricing::json::record::{PricedCart, to_json};
use storefleet_daemon::Clock;

use crate::bench::assortment;
use crate::bench::chain::Chain;
use crate::bench::{Metric, percentile};
use crate::sim::rng::Rng;

const STORE: &str = "S02702";
const ITEMS: u32 = 100_000;
const PROMOTIONS: usize = 200;
const LINES: usize = 10;
const CARTS: usize = 20_000;
/// When all promotions are live.
const MOMENT: &str = "2025-12-01T12:00:00+05:00";
/// Tables of the worked carts.
const TABLES: [&str; 7] = [
    "dealers.csv",
    "stores.csv",
    "price_types.csv",
    "tax.csv",
    "catalog.csv",
    "prices.csv.gz",
    "corridors.csv.gz",
];

/// Measures carts of worked lines, mixed at random, from JSON to JSON.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../controller/tests/data/pricing");
    let mut chain = Chain::new()?;
    for name in TABLES {
        chain.import(name, std::fs::read(data.join(name))?)?;
    }
    chain.import("promotions.csv", promotions(&data)?)?;
    chain.import("items.csv", assortment::items(ITEMS))?;
    chain.import("prices.csv", assortment::prices(0..ITEMS, 0, 0))?;
    chain.publish()?;
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let shelves = Shelves::open(&folder.path().join("datasets.redb"))?;
    chain.stock(&shelves, STORE)?;
    let clock = StoreClock::new(Clock::start(), jiff::tz::TimeZone::UTC);
    let snapshot = Snapshot::open(&shelves, clock, &[])?.context("nothing is on sale")?;
    let mut dice = Rng::new(1);
    let mut codes = codes(&data)?;
    codes.retain(|code| {
        let alone = cart(0, std::slice::from_ref(code), &mut dice);
        priced(&snapshot, &alone.to_string()).is_ok_and(|(refused, ..)| refused == 0)
    });
    ensure!(
        codes.len() > LINES,
        "only {} items have prices",
        codes.len()
    );
    let (mut micros, mut discounts) = (Vec::with_capacity(CARTS), 0_usize);
    for number in 0..CARTS {
        let cart = cart(number, &codes, &mut dice).to_string();
        let started = Instant::now();
        let (refused, given, told) = priced(&snapshot, &cart)?;
        micros.push(started.elapsed().as_secs_f64() * 1e6);
        discounts += given;
        ensure!(refused == 0, "cart {number}: {told}");
    }
    eprintln!(
        "pricing.cart_us: median {:.0}, worst {:.0}, {:.1} discounts a cart",
        percentile(&mut micros, 50),
        micros.last().copied().unwrap_or(f64::NAN),
        discounts as f64 / CARTS as f64,
    );
    let p99 = percentile(&mut micros, 99);
    Ok(vec![Metric::at_most("pricing.cart_us", p99, "us", 1_000.0)])
}

/// A cart from JSON to JSON, with the number of its refusals and discounts.
fn priced(snapshot: &Snapshot, cart: &str) -> anyhow::Result<(usize, usize, String)> {
    let read = RawCartIn::parse(cart).map_err(anyhow::Error::msg)?;
    let cart = read.on_the_wall(&|at| snapshot.clock.wall(at));
    let cart = cart.map_err(anyhow::Error::msg)?;
    let record = evaluate(&cart.basket, &snapshot.shop, snapshot, &snapshot.rules);
    let (refused, given) = (record.refusals.len(), record.discounts.len());
    let told = to_json(&PricedCart {
        cart: cart.name,
        moment: cart.basket.moment,
        repriced: cart.repriced,
        record,
    });
    Ok((refused, given, told))
}

/// The worked promotions, again and again under other names, all of them live and of the network.
fn promotions(data: &Path) -> anyhow::Result<Vec<u8>> {
    let text = std::fs::read_to_string(data.join("promos.json"))?;
    let file: Value = serde_json::from_str(&text)?;
    let worked = file["promotions"].as_array().context("no promotions")?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(PromotionRecord::COLUMNS.iter().map(|column| column.name))?;
    for (number, definition) in worked.iter().cycle().take(PROMOTIONS).enumerate() {
        let mut live: Map<String, Value> = definition.as_object().context("an object")?.clone();
        for (name, value) in [
            ("id", json!(format!("L{number:03}"))),
            ("owner", json!("network")),
            ("valid_from", json!("2025-01-01T00:00:00")),
            ("valid_to", json!("2027-01-01T00:00:00")),
        ] {
            live.insert(name.to_owned(), value);
        }
        live.remove("scope");
        let record = PromotionRecord::of(live).map_err(anyhow::Error::msg)?;
        writer.write_record(record.cells())?;
    }
    Ok(writer.into_inner()?)
}

/// Codes of items without serial numbers.
fn codes(data: &Path) -> anyhow::Result<Vec<String>> {
    let mut reader = csv::Reader::from_path(data.join("catalog.csv"))?;
    let headings = reader.headers()?.clone();
    let at = |name: &str| headings.iter().position(|heading| heading == name);
    let (code, tracking) = (
        at("item_code").context("code")?,
        at("tracking").context("tracking")?,
    );
    let mut codes = Vec::new();
    for row in reader.records() {
        let row = row?;
        if row
            .get(tracking)
            .is_none_or(|by| by.is_empty() || by == "none")
        {
            codes.push(row.get(code).context("a code")?.to_owned());
        }
    }
    Ok(codes)
}

fn cart(number: usize, codes: &[String], dice: &mut Rng) -> Value {
    let lines = (1..=LINES).map(|line| {
        json!({
            "line_no": line,
            "item_code": codes[dice.index(codes.len())],
            "qty_milli": dice.between(1, 3) * 1_000,
            "added_at": MOMENT,
        })
    });
    let lines: Vec<_> = lines.collect();
    json!({
        "cart": format!("B{number:05}"),
        "store": STORE,
        "opened_at": MOMENT,
        "price_type": "retail",
        "payment": "cash",
        "lines": lines,
    })
}

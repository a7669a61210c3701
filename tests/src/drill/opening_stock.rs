//! `opening-stock`: the office says what a shop holds; the shop books it once, whatever is killed, and books the
//! difference when the office mends it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use storefleet_core::ids::WorkplaceId;

use crate::drill::Drill;
use crate::drill::shops::emptied;
use crate::processes::{Centre, Products, Server};

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "opening-stock",
    about: "what the office says of a shop's stock is booked there once, through kills, and mended by its difference",
};

const STORE: &str = "S00001";
const WORKPLACE: &str = "s00001-1";
const ITEM: &str = "106752";
const OTHER: &str = "106762";
/// Told apart by its IMEI.
const PHONE: &str = "100001";
const IMEI: &str = "351618680000019";
const PATIENCE: Duration = Duration::from_secs(60);

/// Store, item, quantity and serial number.
type Balance<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let data = super::same_price::data();
    let mut centre = Centre::start(&products, folder.path()).await?;
    let workplace: WorkplaceId = WORKPLACE.parse()?;
    let mut agent = centre.enrol(folder.path(), &workplace, None)?;
    let tables = data.display().to_string();
    centre
        .server
        .command(&["load", &tables, "--why", "drill", "--accept", "--keep"])?;

    let unknown = load(&centre, folder.path(), &[("S99999", ITEM, "1", "")])?;
    let is_held = unknown.contains("S99999");
    let nameless = load(&centre, folder.path(), &[(STORE, PHONE, "1", "")])?;
    let is_refused = nameless.contains("serial");
    // While the shop is away.
    let phone = (STORE, PHONE, "1", IMEI);
    let balances = [(STORE, ITEM, "3", ""), (STORE, OTHER, "5,5", ""), phone];
    load(&centre, folder.path(), &balances)?;
    agent.start()?;
    agent.ready().await?;
    let wanted = [(ITEM, 3_000), (OTHER, 5_500), (PHONE, 1_000)];
    let first = booked(&mut agent, &wanted).await?;

    // Nothing of it comes twice: not with the same file, nor from a centre and a shop that were killed.
    let same = load(&centre, folder.path(), &balances)?.contains("0 new, 0 changed");
    centre.server.kill();
    agent.kill();
    centre.server.start()?;
    centre.server.ready().await?;
    load(
        &centre,
        folder.path(),
        &[(STORE, ITEM, "2", ""), (STORE, OTHER, "5.5", ""), phone],
    )?;
    agent.start()?;
    agent.ready().await?;
    let wanted = [(ITEM, 2_000), (OTHER, 5_500), (PHONE, 1_000)];
    let mended = booked(&mut agent, &wanted).await?;
    emptied(agent.data()).await.context("the shop's line")?;
    Ok(json!({
        "drill": "opening-stock",
        "holds": is_held && is_refused && same && first == 2 && mended == 3,
        "unknown_store_is_held": is_held,
        "phone_without_its_number_is_refused": is_refused,
        "same_file_changes_nothing": same,
        "documents_booked": mended,
    }))
}

fn load(centre: &Centre, folder: &Path, rows: &[Balance<'_>]) -> anyhow::Result<String> {
    let file = folder.join("opening_stock.csv");
    let mut text = "store_id;item_code;owner;quantity;serial\n".to_owned();
    for (store, item, quantity, serial) in rows {
        text.push_str(&format!("{store};{item};;{quantity};{serial}\n"));
    }
    std::fs::write(&file, text)?;
    let file = file.display().to_string();
    let told = centre
        .server
        .command(&["load", &file, "--why", "opening balance", "--keep"]);
    told.or_else(|error| Ok(format!("{error:#}")))
}

/// Waits until the sums of what was booked are these; gives how many documents that took. The journal is read
/// while the agent is down: a kill at this moment is a part of the drill.
async fn booked(agent: &mut Server, wanted: &[(&str, i64)]) -> anyhow::Result<usize> {
    let end = Instant::now() + PATIENCE;
    loop {
        tokio::time::sleep(Duration::from_secs(4)).await;
        agent.kill();
        let export = agent.command(&["journal", "export"])?;
        agent.start()?;
        agent.ready().await?;
        let documents = documents(&export)?;
        let sums = wanted.iter().map(|(item, _)| sum(&documents, item));
        if sums.eq(wanted.iter().map(|(_, milli)| *milli)) {
            return Ok(documents.len());
        }
        ensure!(Instant::now() < end, "booked so far: {documents:?}");
    }
}

/// Item and thousandths of each row of each document booked.
fn documents(export: &str) -> anyhow::Result<Vec<Vec<(String, i64)>>> {
    let mut documents = Vec::new();
    for line in export.lines() {
        let entry: Value = serde_json::from_str(line)?;
        if entry["kind"] != "stock.booked" {
            continue;
        }
        let rows = entry["body"]["rows"].as_array().context("it has rows")?;
        let row = |row: &Value| {
            let item = row["item"].as_str().unwrap_or_default().to_owned();
            (item, row["qty_milli"].as_i64().unwrap_or_default())
        };
        let units = entry["body"]["units"].as_array().context("it has units")?;
        let unit = |unit: &Value| {
            let item = unit["item"].as_str().unwrap_or_default().to_owned();
            (item, unit["count"].as_i64().unwrap_or_default() * 1_000)
        };
        documents.push(rows.iter().map(row).chain(units.iter().map(unit)).collect());
    }
    Ok(documents)
}

fn sum(documents: &[Vec<(String, i64)>], item: &str) -> i64 {
    let rows = documents.iter().flatten();
    rows.filter(|(of, _)| of == item)
        .map(|(_, milli)| milli)
        .sum()
}

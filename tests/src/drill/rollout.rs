//! `rollout`: a price goes out in waves to real shops, by their own walls, past a gate and a crash of the centre;
//! it is rolled back; and a slip of the decimal point does not get out.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use storefleet_core::ids::WorkplaceId;

use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::processes::{Centre, Products};
use crate::till_client::TillClient;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "rollout",
    about: "a price goes out in waves past its gates, waits for the shops' walls, and comes back",
};

/// A canary wave and one more.
const SHOPS: usize = 12;
const CANARY: usize = 5;
const ZONE: &str = "Europe/Moscow";
const ITEM: &str = "100001";
const BEFORE: i64 = 4_699_000;
const AFTER: i64 = 4_599_000;
const PATIENCE: Duration = Duration::from_secs(150);

type Tills = BTreeMap<String, TillClient<Folder>>;

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let data = super::same_price::data();
    let mut centre = Centre::start(&products, folder.path()).await?;
    let (mut agents, mut tills) = (Vec::new(), Tills::new());
    for shop in shops(&data)? {
        let workplace: WorkplaceId = format!("{}-1", shop.to_lowercase()).parse()?;
        let mut agent = centre.enrol(folder.path(), &workplace, None)?;
        agent.start()?;
        agent.ready().await?;
        tills.insert(shop, TillClient::new(Folder(agent.data().to_owned())));
        agents.push(agent);
    }
    let tables = data.display().to_string();
    let load = [
        "load", &tables, "--why", "drill", "--accept", "--second", "lead",
    ];
    let told = centre.server.command(&load)?;
    ensure!(told.contains("released as R-1"), "{told}");
    until("all shops sell", &mut tills, |prices| all(prices, BEFORE)).await?;

    let canary = first_wave(&centre, folder.path(), &mut tills).await?;
    let early = canary.iter().all(|price| *price == BEFORE);
    let wave_one = until("the canary sells at the new price", &mut tills, |prices| {
        count(prices, AFTER) == CANARY && count(prices, BEFORE) == SHOPS - CANARY
    });
    wave_one.await?;

    centre.server.kill();
    centre.server.start()?;
    centre.server.ready().await?;
    let waits = waits_for_a_person(&centre).await?;
    let by = ["--why", "looked at it", "--as", "boris"];
    order(&centre, &[&["accept", "R-2", "sales"], &by[..]].concat())?;
    // The window of today is over: the others switch tomorrow, by their own walls.
    let turns = turns(&centre).await?;

    let sold = sell_at_the_new_price(&mut tills).await?;
    let touched = touched(&centre, sold).await?;

    let back = Instant::now();
    order(&centre, &[&["roll-back", "R-2"], &by[..]].concat())?;
    until("all sell at the old price", &mut tills, |prices| {
        all(prices, BEFORE)
    })
    .await?;
    let rolled_back_s = back.elapsed().as_secs_f64();

    let slip = slip(&centre, folder.path(), &mut tills).await?;
    drop(agents);
    Ok(json!({
        "drill": "rollout",
        "holds": early && waits && turns == SHOPS - CANARY && slip && touched,
        "before_their_turn": early,
        "switch_tomorrow": turns,
        "waits_for_a_person": waits,
        "rolled_back_s": rolled_back_s,
        "slip_is_held": slip,
        "touched_receipts_are_listed": touched,
    }))
}

/// Shops of one zone, so that one window is the same moment for all.
fn shops(data: &Path) -> anyhow::Result<Vec<String>> {
    let mut reader = csv::Reader::from_path(data.join("stores.csv"))?;
    let mut shops = Vec::new();
    for row in reader.records() {
        let row = row?;
        if row.get(10) == Some(ZONE) {
            shops.push(row.get(0).context("a shop has a code")?.to_owned());
        }
    }
    shops.truncate(SHOPS);
    ensure!(shops.len() == SHOPS, "too few shops of {ZONE}");
    Ok(shops)
}

/// Releases the price to the canary, from the next minute on; gives what it sells at until then.
async fn first_wave(centre: &Centre, folder: &Path, tills: &mut Tills) -> anyhow::Result<Vec<i64>> {
    change(centre, folder, AFTER)?;
    let (anna, boris) = (
        ["--why", "cheaper", "--as", "anna"],
        ["--why", "agreed", "--as", "boris"],
    );
    order(
        centre,
        &[&["new", "--title", "Cheaper"], &anna[..]].concat(),
    )?;
    order(centre, &[&["approve", "R-2"], &boris[..]].concat())?;
    // At least half a minute ahead, so that the price is asked for before the turn.
    let soon = jiff::Timestamp::now().as_second() + 90;
    let minute = |second: i64| -> anyhow::Result<String> {
        let at = jiff::Timestamp::from_second(second)?;
        Ok(at
            .to_zoned(TimeZone::get(ZONE)?)
            .strftime("%H:%M")
            .to_string())
    };
    let window = format!("{}-{}", minute(soon)?, minute(soon + 60)?);
    let start = ["start", "R-2", "--bake", "0", "--window", &window];
    order(centre, &[&start[..], &boris[..]].concat())?;
    let mut prices = Vec::new();
    for till in tills.values_mut() {
        prices.extend(price(till).await?);
    }
    Ok(prices)
}

/// A slip of the decimal point is held, whoever made it cannot wave it through, and nobody gets it.
async fn slip(centre: &Centre, folder: &Path, tills: &mut Tills) -> anyhow::Result<bool> {
    change(centre, folder, BEFORE / 100)?;
    let anna = ["--why", "cheaper", "--as", "anna"];
    let drafted = order(centre, &[&["new", "--title", "Slip"], &anna[..]].concat())?;
    let approve = [&["approve", "R-3"], &anna[..]].concat();
    let confirm = [&["confirm", "R-3", "price-jump"], &anna[..]].concat();
    let refused = order(centre, &approve).is_err() && order(centre, &confirm).is_err();
    order(centre, &[&["cancel", "R-3"], &anna[..]].concat())?;
    let prices = all_prices(tills).await?;
    Ok(drafted.contains("HOLDS: price-jump") && refused && all(&prices, BEFORE))
}

/// One receipt of a shop of the canary; gives how many.
async fn sell_at_the_new_price(tills: &mut Tills) -> anyhow::Result<usize> {
    for till in tills.values_mut() {
        if price(till).await? != Some(AFTER) {
            continue;
        }
        let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
        till.post("/v1/shift/open", "open", &open).await?;
        let sale = json!({ "employee": "E1", "data": {
            "cart": cart()?,
            "total_kop": AFTER,
            "payments": [{ "kind": "card", "amount_kop": AFTER }],
        }});
        let (status, body) = till
            .post("/v1/carts/sell", "sale", &sale.to_string())
            .await?;
        let told = String::from_utf8_lossy(&body);
        ensure!(status.is_success(), "the sale: {status} {told}");
        return Ok(1);
    }
    anyhow::bail!("no shop sells at the new price")
}

/// Whoever takes the release back sees what was sold under it.
async fn touched(centre: &Centre, sold: usize) -> anyhow::Result<bool> {
    let end = Instant::now() + PATIENCE;
    let wanted = format!("{sold} receipts of 1 shops");
    while Instant::now() < end {
        let told = order(centre, &["receipts", "R-2"])?;
        if told.starts_with(&wanted) && told.contains(ITEM) {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(false)
}

fn change(centre: &Centre, folder: &Path, kopecks: i64) -> anyhow::Result<()> {
    let file = folder.join("prices.csv");
    let text = format!(
        "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from,valid_to,rank,lock,revision\n\
         1,{ITEM},retail,network,*,{kopecks},2024-11-01T00:00:00,,0,0,1\n"
    );
    std::fs::write(&file, text)?;
    let file = file.display().to_string();
    let arguments = ["load", &file, "--why", "cheaper", "--accept", "--keep"];
    centre.server.command(&arguments).map(drop)
}

fn order(centre: &Centre, arguments: &[&str]) -> anyhow::Result<String> {
    centre.server.command(&[&["release"], arguments].concat())
}

/// Shops of the second wave that wait for their turn.
async fn turns(centre: &Centre) -> anyhow::Result<usize> {
    let end = Instant::now() + PATIENCE;
    loop {
        let shown = order(centre, &["show", "R-2"])?;
        let turns = shown.lines().filter(|line| line.ends_with(": turn"));
        let turns = turns.count();
        if turns > 0 || Instant::now() > end {
            return Ok(turns);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Without weeks of sales the gate cannot tell, and waits.
async fn waits_for_a_person(centre: &Centre) -> anyhow::Result<bool> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let plan = order(centre, &["plan"])?;
        if plan.contains("waits for a person: the gate sales cannot tell yet") {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(false)
}

async fn until(
    what: &str,
    tills: &mut Tills,
    is_so: impl Fn(&[i64]) -> bool,
) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let prices = all_prices(tills).await?;
        if is_so(&prices) {
            return Ok(());
        }
        ensure!(Instant::now() < end, "{what}: {prices:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn all_prices(tills: &mut Tills) -> anyhow::Result<Vec<i64>> {
    let mut prices = Vec::new();
    for till in tills.values_mut() {
        prices.extend(price(till).await?);
    }
    Ok(prices)
}

fn all(prices: &[i64], kopecks: i64) -> bool {
    count(prices, kopecks) == SHOPS
}

fn count(prices: &[i64], kopecks: i64) -> usize {
    prices.iter().filter(|price| **price == kopecks).count()
}

fn cart() -> anyhow::Result<Value> {
    let now = jiff::Timestamp::now().to_zoned(TimeZone::get(ZONE)?);
    let now = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    Ok(json!({
        "cart": "C1", "store": "S1", "opened_at": now, "price_type": "retail", "payment": "card",
        "lines": [{ "line_no": 1, "item_code": ITEM, "qty_milli": 1_000, "added_at": now, "serial": "1" }],
    }))
}

/// What the till asks for one piece; nothing while it has no prices.
async fn price(till: &mut TillClient<Folder>) -> anyhow::Result<Option<i64>> {
    let cart = json!({ "cart": cart()? });
    let (status, body) = till
        .post("/v1/carts/price", "price", &cart.to_string())
        .await?;
    if !status.is_success() {
        return Ok(None);
    }
    let answer: Value = serde_json::from_slice(&body)?;
    Ok(answer["record"]["totals"]["gross_kop"].as_i64())
}

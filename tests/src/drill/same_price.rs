//! `same-price`: the office's engine, the agents and the replay of their journals price the same carts with the
//! same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use storefleet_core::coupon::Personal;
use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::pricing::json::record::{PricedCart, to_json};
use storefleet_core::pricing::names::CouponCode;

use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::processes::{Centre, Products, Server};
use crate::sim::rng::Rng;
use crate::till_client::TillClient;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "same-price",
    about: "random carts cost the same in the office, at the till and in the journal, byte for byte",
};

/// Shops of different regions and dealers, with the zones of their walls.
const SHOPS: [&str; 3] = ["S02702", "S02338", "S01557"];
/// Carts priced by all of them together.
pub const CARTS: usize = 6_000;
/// Every so many carts one is sold.
const SOLD_EVERY: usize = 10;

/// Runs the drill.
pub async fn run(carts_in_all: usize) -> anyhow::Result<Value> {
    let each = carts_in_all.div_ceil(SHOPS.len());
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let data = data();
    let centre = Centre::start(&products, folder.path()).await?;
    let mut agents = Vec::new();
    for shop in SHOPS {
        let workplace: WorkplaceId = format!("{}-1", shop.to_lowercase()).parse()?;
        let mut agent = centre.enrol(folder.path(), &workplace, None)?;
        agent.start()?;
        agent.ready().await?;
        agents.push((shop, agent));
    }
    let tables = data.display().to_string();
    let load = [
        "load", &tables, "--why", "drill", "--accept", "--second", "lead",
    ];
    let loaded = centre.server.command(&load)?;
    ensure!(loaded.contains("released as R-1"), "{loaded}");
    let templates = templates(&data)?;
    let (mut same, mut differ, mut sold, mut replayed) = (0_usize, Vec::new(), 0_usize, 0_usize);
    for (number, (shop, agent)) in agents.iter_mut().enumerate() {
        let carts = carts(&templates, shop, each, u64::try_from(number)? + 1)?;
        let office = |carts: &[Value]| office(&products, folder.path(), &data, carts);
        let office = knowing_used(&carts, office)?;
        let prices = till(agent, &carts, &office).await?;
        same += prices.same;
        sold += prices.sold.len();
        differ.extend(prices.differ);
        agent.stop()?;
        replayed += replay(agent, &prices.sold)?;
    }
    Ok(json!({
        "drill": "same-price",
        "holds": differ.is_empty() && same == each * SHOPS.len() && replayed == sold && sold > 0,
        "carts": same,
        "differ": differ.iter().take(3).collect::<Vec<_>>(),
        "sold": sold,
        "replayed": replayed,
    }))
}

/// Tables of a chain, and carts.
pub(super) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../controller/tests/data/pricing")
}

fn templates(data: &Path) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(data.join("carts.jsonl"))?;
    let carts = text.lines().map(serde_json::from_str);
    Ok(carts.collect::<Result<_, _>>()?)
}

/// Carts of a shop: lines, customers, coupons and moments of worked carts, mixed at random.
fn carts(templates: &[Value], shop: &str, count: usize, seed: u64) -> anyhow::Result<Vec<Value>> {
    let mut rng = Rng::new(seed);
    let mut pick =
        |of: usize| usize::try_from(rng.below(u64::try_from(of).unwrap_or(1))).unwrap_or(0);
    let mut carts = Vec::with_capacity(count);
    for number in 0..count {
        let mut cart = templates[pick(templates.len())].clone();
        let mut lines = cart["lines"].as_array().cloned().context("lines")?;
        for _ in 0..pick(4) {
            let other = &templates[pick(templates.len())]["lines"];
            let more = other.as_array().context("lines")?;
            lines.extend(more.iter().take(3).cloned());
        }
        let opened = cart["opened_at"].clone();
        for (index, line) in lines.iter_mut().enumerate() {
            line["line_no"] = json!(index + 1);
            line["added_at"] = opened.clone();
        }
        cart["lines"] = json!(lines);
        cart["manual"] = json!([]);
        cart["cart"] = json!(format!("R{number:05}"));
        cart["store"] = json!(shop);
        carts.push(cart);
    }
    Ok(carts)
}

/// What the office's engine says of each cart when it knows the personal codes that carts sold before used up; the
/// till has to know them by its journal.
fn knowing_used(
    carts: &[Value],
    office: impl Fn(&[Value]) -> anyhow::Result<Vec<String>>,
) -> anyhow::Result<Vec<String>> {
    let mut carts = carts.to_vec();
    loop {
        let told = office(&carts)?;
        ensure!(
            told.len() == carts.len(),
            "the office priced {} carts",
            told.len()
        );
        let mut used: BTreeSet<CouponCode> = BTreeSet::new();
        let mut is_news = false;
        for (number, (cart, record)) in carts.iter_mut().zip(&told).enumerate() {
            is_news |= tell_used(cart, &used);
            let record: Value = serde_json::from_str(record)?;
            if is_sold(number, &record) {
                let codes = record["coupons_used"].as_array().into_iter().flatten();
                let codes = codes.filter_map(Value::as_str).map(CouponCode::from);
                used.extend(codes.filter(|code| Personal::parse(code).is_some()));
            }
        }
        if !is_news {
            return Ok(told);
        }
    }
}

/// Tells a cart which of its codes were used; says whether that is news to it.
fn tell_used(cart: &mut Value, used: &BTreeSet<CouponCode>) -> bool {
    let texts = |key: &str| {
        let all = cart[key].as_array().into_iter().flatten();
        all.filter_map(|text| text.as_str().map(str::to_owned))
    };
    let known: BTreeSet<String> = texts("used_coupons").collect();
    let mut all = known.clone();
    all.extend(texts("coupons").filter(|code| used.contains(code.as_str())));
    let is_news = all != known;
    if is_news {
        cart["used_coupons"] = json!(all);
    }
    is_news
}

/// Some of the carts are sold, where no line is refused.
fn is_sold(number: usize, record: &Value) -> bool {
    let refusals = record["refusals"].as_array();
    let refused = refusals.is_some_and(|all| all.iter().any(|refusal| refusal["what"] == "line"));
    number.is_multiple_of(SOLD_EVERY) && !refused
}

/// What the office's engine says, a line a cart.
fn office(
    products: &Products,
    folder: &Path,
    data: &Path,
    carts: &[Value],
) -> anyhow::Result<Vec<String>> {
    let mut text = String::new();
    for cart in carts {
        writeln!(text, "{cart}")?;
    }
    let file = folder.join("carts.jsonl");
    std::fs::write(&file, text)?;
    let (data, file) = (data.display().to_string(), file.display().to_string());
    let arguments = ["price", "--data", &data, "--carts", &file];
    let told = products.run("storefleet-controller", &arguments)?;
    Ok(told.lines().map(str::to_owned).collect())
}

#[derive(Default)]
struct Prices {
    same: usize,
    differ: Vec<String>,
    /// Records of sold carts by the place of their entry.
    sold: BTreeMap<u64, String>,
}

async fn till(agent: &Server, carts: &[Value], office: &[String]) -> anyhow::Result<Prices> {
    let mut client = TillClient::new(Folder(agent.data().to_owned()));
    let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
    client.post("/v1/shift/open", "open", &open).await?;
    let mut prices = Prices::default();
    let bar = ProgressBar::new(u64::try_from(carts.len())?);
    for (number, (cart, expected)) in bar.wrap_iter(carts.iter().zip(office)).enumerate() {
        let asked = json!({ "cart": cart }).to_string();
        let (status, body) = client.post("/v1/carts/price", "price", &asked).await?;
        let told = String::from_utf8(body.to_vec())?;
        ensure!(status.is_success(), "{}: {status} {told}", cart["cart"]);
        if told.contains(&format!("\"record\":{expected}")) {
            prices.same += 1;
        } else {
            prices.differ.push(format!("{told} instead of {expected}"));
        }
        let record: Value = serde_json::from_str(expected)?;
        if is_sold(number, &record) {
            let total = &record["totals"]["net_kop"];
            let sale = json!({ "employee": "E1", "data": {
                "cart": cart,
                "total_kop": total,
                "payments": [{ "kind": "cash", "amount_kop": total }],
            }});
            let key = format!("sale-{number}");
            let (status, body) = client
                .post("/v1/carts/sell", &key, &sale.to_string())
                .await?;
            let told = String::from_utf8(body.to_vec())?;
            ensure!(status.is_success(), "{}: {status} {told}", cart["cart"]);
            let answer: Value = serde_json::from_str(&told)?;
            let place = answer["seq"].as_u64().context("an answer has a place")?;
            prices.sold.insert(place, expected.clone());
        }
    }
    bar.finish_and_clear();
    Ok(prices)
}

/// Sales of the journal whose record gives the office's bytes.
fn replay(agent: &Server, sold: &BTreeMap<u64, String>) -> anyhow::Result<usize> {
    let mut same = 0;
    storefleet_agent::inspect::each(agent.data().join("journal"), |entry: Entry| {
        let Some(expected) = sold.get(&entry.header.seq.0) else {
            return Ok(());
        };
        let Fact::Sale(sale) = entry.fact else {
            return Ok(());
        };
        let priced = sale.priced.context("the sale keeps how it was priced")?;
        let name: Value = serde_json::from_str(expected)?;
        let record = to_json(&PricedCart {
            cart: name["cart"].as_str().unwrap_or_default().to_owned(),
            moment: priced.basket.moment,
            repriced: priced.repriced,
            record: priced.record,
        });
        same += usize::from(record == *expected);
        Ok(())
    })?;
    Ok(same)
}

//! `replace`: a dead PC gives way to a new one, which goes on where it ended; then the dead one wakes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use hyper::StatusCode;
use serde_json::{Value, json};
use storefleet_core::ids::WorkplaceId;

use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::drill::shops::{centre_sums, emptied, idle_jobs, sale};
use crate::processes::{Centre, Products};
use crate::proxy::Proxy;
use crate::till_client::TillClient;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "replace",
    about: "a new PC goes on where the old one ended; the old one's late tail is kept apart",
};

const SALE_KOP: i64 = 15_000;
const ADOPTED_WITHIN: Duration = Duration::from_secs(30);

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let mut centre = Centre::start(&products, folder.path()).await?;
    let jobs = idle_jobs(1)?;
    let id = &jobs[0].workplace;
    let line = Proxy::start(centre.gate_port).await?;
    let through = format!("127.0.0.1:{}", line.port);

    let mut old = centre.enrol(&folder.path().join("old"), id, Some(&through))?;
    old.start()?;
    old.ready().await?;
    let mut till = till_of(old.data());
    let open = json!({ "employee": "E1", "data": { "counted_kop": 50_000 } }).to_string();
    till.post("/v1/shift/open", "open", &open).await?;
    let mut first_answer = Value::Null;
    for key in ["a-1", "a-2", "a-3"] {
        first_answer = sell(&mut till, key).await?;
    }
    emptied(old.data()).await.context("the old PC's line")?;
    line.cut();
    for key in ["late-1", "late-2"] {
        sell(&mut till, key).await?;
    }

    let mut new = centre.replace(&folder.path().join("new"), id)?;
    new.start()?;
    new.ready().await?;
    let mut new_till = till_of(new.data());
    let state = state(&mut new_till).await?;
    let goes_on = state["receipts"] == 3 && state["shift"] == 1;
    let drawer = state["drawer_kop"].as_i64();
    let remembers = sell(&mut new_till, "a-3").await? == first_answer;
    sell(&mut new_till, "b-1").await?;
    emptied(new.data()).await.context("the new PC's line")?;

    line.heal();
    emptied(old.data()).await.context("the old PC's tail")?;
    let adopted = adopted(&centre, &mut new_till, id).await?;
    centre.server.stop()?;
    let report = centre.server.command(&["verify", "--json"])?;
    let held = serde_json::from_str::<Value>(&report)?["held"].as_u64();
    let sums = centre_sums(&report)?;
    let counted = sums.get(&id.to_string()) == Some(&(4, 4 * SALE_KOP));
    let drawer_right = drawer == Some(50_000 + 3 * SALE_KOP);
    Ok(json!({
        "drill": "replace",
        "holds": goes_on && remembers && counted && drawer_right && adopted && held.is_some_and(|it| it > 0),
        "goes_on_in_the_open_shift": goes_on,
        "first_answers_are_remembered": remembers,
        "drawer_is_right": drawer_right,
        "late_sales_are_not_counted": counted,
        "late_batches_kept_apart": held,
        "accepted_tail_is_adopted": adopted,
    }))
}

/// A person accepts the tail; the money of its sales comes into the drawer of the machine that goes on.
async fn adopted(
    centre: &Centre,
    till: &mut TillClient<Folder>,
    id: &WorkplaceId,
) -> anyhow::Result<bool> {
    let before = state(till).await?["drawer_kop"].as_i64();
    let workplace = id.to_string();
    let tails = |arguments: &[&str]| centre.server.command(&[&["tails"], arguments].concat());
    let listed = tails(&["list"])?;
    let line = listed.lines().find(|line| line.starts_with(&workplace));
    let line = line.with_context(|| format!("no tail waits: {listed}"))?;
    let words: Vec<&str> = line
        .split([' ', ':', ','])
        .filter(|it| !it.is_empty())
        .collect();
    let [
        _,
        "epoch",
        epoch,
        "entries",
        _,
        "to",
        last,
        "2",
        "receipts",
        ..,
    ] = words[..]
    else {
        anyhow::bail!("another tail than of two sales: {line}");
    };
    let sign = ["--why", "it sold on", "--as", "anna"];
    let early = [&["accept", &workplace, epoch, "--to", "1"], &sign[..]].concat();
    ensure!(tails(&early).is_err(), "accepted what nobody looked at");
    tails(&[&["accept", &workplace, epoch, "--to", last], &sign[..]].concat())?;
    let again = [&["accept", &workplace, epoch, "--to", last], &sign[..]].concat();
    ensure!(tails(&again).is_err(), "a tail was accepted twice");
    let wanted = before.map(|kop| kop + 2 * SALE_KOP);
    let end = Instant::now() + ADOPTED_WITHIN;
    while state(till).await?["drawer_kop"].as_i64() != wanted {
        if Instant::now() > end {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(tails(&["list"])?.contains("nothing waits"))
}

fn till_of(data: &Path) -> TillClient<Folder> {
    TillClient::new(Folder(data.to_owned()))
}

async fn sell(till: &mut TillClient<Folder>, key: &str) -> anyhow::Result<Value> {
    let (status, body) = till.post("/v1/receipts", key, &sale(SALE_KOP)).await?;
    let told = String::from_utf8_lossy(&body);
    ensure!(status == StatusCode::OK, "{key}: {status} {told}");
    Ok(serde_json::from_slice(&body)?)
}

async fn state(till: &mut TillClient<Folder>) -> anyhow::Result<Value> {
    let (_, body) = till.get("/v1/state").await?;
    Ok(serde_json::from_slice(&body)?)
}

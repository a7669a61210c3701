//! Shops that sell without end, and an account of every answer they were given.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use hyper::StatusCode;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use storefleet_core::ids::{StoreId, Till, WorkplaceId};

use crate::demo::receipts::Job;
use crate::demo::sell::{Folder, Shops};
use crate::processes::{Centre, Server};
use crate::till_client::TillClient;

/// Workplaces `d0001-1`, `d0002-1` … with nothing to do yet.
pub fn idle_jobs(count: u32) -> anyhow::Result<Vec<Job>> {
    (1..=count)
        .map(|number| {
            let store: StoreId = format!("d{number:04}").parse()?;
            let till = Till::new(1).context("1 is a till")?;
            let workplace = WorkplaceId::new(store.clone(), till);
            Ok(Job {
                workplace,
                store: store.to_string(),
                calls: Vec::new(),
            })
        })
        .collect()
}

/// Enrols and starts that many agents.
pub async fn started(centre: &Centre, folder: &Path, count: u32) -> anyhow::Result<Vec<Server>> {
    let mut agents = Vec::new();
    for job in idle_jobs(count)? {
        let mut agent = centre.enrol(folder, &job.workplace, None)?;
        agent.start()?;
        agent.ready().await?;
        agents.push(agent);
    }
    Ok(agents)
}

/// What one till was told: key to the sequence number of its entry, and the amount.
pub type Answers = BTreeMap<String, (u64, i64)>;

/// Sells until it is told to stop; every answer is kept.
pub async fn sell_until(
    shops: &Shops,
    job: &Job,
    pause: Duration,
    stop: &AtomicBool,
    sold: &AtomicU64,
) -> anyhow::Result<Answers> {
    let folder = Folder(shops.agent(&job.workplace).lock().await.data().to_owned());
    let mut client = TillClient::new(folder);
    let mut answers = Answers::new();
    let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
    let (status, _) = client.post("/v1/shift/open", "open", &open).await?;
    ensure!(
        status == StatusCode::OK || status == StatusCode::CONFLICT,
        "open: {status}"
    );
    let mut number = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let amount = i64::try_from(100 + number % 900)?;
        let key = format!("sale-{number}");
        let (status, body) = client.post("/v1/receipts", &key, &sale(amount)).await?;
        ensure!(
            status == StatusCode::OK,
            "{key}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        let answer: Value = serde_json::from_slice(&body)?;
        let seq = answer["seq"].as_u64().context("an answer has a place")?;
        answers.insert(key, (seq, amount));
        sold.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(pause).await;
    }
    Ok(answers)
}

/// A sale of one SIM card for cash.
#[must_use]
pub fn sale(amount: i64) -> String {
    json!({
        "employee": "E1",
        "data": {
            "lines": [{ "item": "sim-card", "qty_milli": 1000, "unit_price_kop": amount, "gross_kop": amount }],
            "payments": [{ "kind": "cash", "amount_kop": amount }],
        },
    })
    .to_string()
}

/// How a journal compares with the answers that were given.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
pub struct Account {
    /// Sales answered.
    pub answered: u64,
    /// Sales answered that the journal does not hold as answered.
    pub lost: u64,
    /// Keys that stand in the journal more than once.
    pub doubled: u64,
    /// Kopecks of the journal's sales.
    pub journal_kop: i64,
}

/// Compares one journal with the answers of its till.
pub fn account(answers: &Answers, export: &str) -> anyhow::Result<Account> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut account = Account {
        answered: answers.len() as u64,
        ..Account::default()
    };
    for line in export.lines() {
        let entry: Value = serde_json::from_str(line)?;
        if entry["kind"] != "sale" {
            continue;
        }
        let key = entry["request"]
            .as_str()
            .context("a sale has a key")?
            .to_owned();
        found
            .entry(key)
            .or_default()
            .push(entry["seq"].as_u64().context("an entry has a place")?);
        for line in entry["body"]["lines"]
            .as_array()
            .context("a sale has lines")?
        {
            account.journal_kop += line["total_kop"].as_i64().context("a line has a total")?;
        }
    }
    account.doubled = found.values().filter(|places| places.len() > 1).count() as u64;
    account.lost = answers
        .iter()
        .filter(|(key, (seq, _))| !found.get(*key).is_some_and(|places| places.contains(seq)))
        .count() as u64;
    Ok(account)
}

/// Sums of the centre by workplace, as `verify --json` says: receipts and kopecks.
pub fn centre_sums(report: &str) -> anyhow::Result<BTreeMap<String, (u64, i64)>> {
    let report: Value = serde_json::from_str(report)?;
    let rows = report["workplaces"]
        .as_array()
        .context("verify lists workplaces")?;
    rows.iter()
        .map(|row| {
            let id = row["workplace"].as_str().context("a row has a workplace")?;
            let receipts = row["receipts"].as_u64().context("a row has receipts")?;
            let total = row["total_kop"].as_i64().context("a row has a total")?;
            Ok((id.to_owned(), (receipts, total)))
        })
        .collect()
}

/// How long a line may take to come back and be empty.
const EMPTY_MAX: Duration = Duration::from_secs(120);

/// Waits until the centre holds everything of the agent in that folder.
pub async fn emptied(data: &Path) -> anyhow::Result<()> {
    let mut till = TillClient::new(Folder(data.to_owned()));
    let deadline = Instant::now() + EMPTY_MAX;
    loop {
        let (_, body) = till.get("/v1/state").await?;
        let state: Value = serde_json::from_slice(&body)?;
        if state["backlog"] == 0 {
            return Ok(());
        }
        let left = &state["backlog"];
        ensure!(Instant::now() < deadline, "still {left} entries");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A bar that nobody sees.
#[must_use]
pub fn no_bar() -> ProgressBar {
    ProgressBar::hidden()
}

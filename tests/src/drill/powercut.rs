//! `powercut`: what the disk of a real agent may hold after a power cut at any moment, and whether
//! everything that was answered is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use hyper::StatusCode;
use serde_json::{Value, json};
use storefleet_agent::disk_trace;

use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::drill::shops::{idle_jobs, sale};
use crate::processes::{Centre, Products, Server};
use crate::sim::rng::Rng;
use crate::till_client::TillClient;

mod image;

use image::{Disk, Found};

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "powercut",
    about: "2,400 disks as power cuts could have left them; the journal opens all, the agent 200",
};

/// Moments at which the power goes, and disks that each moment may leave.
const MOMENTS: usize = 800;
const IMAGES_EACH: u64 = 3;
/// Images on which the real agent starts.
const STARTS: usize = 200;
const DAYS: u32 = 6;
const SALES_A_DAY: u32 = 100;
/// Small, so that segments fill and are pruned.
const SEGMENT_BYTES: u32 = 96 * 1024;

/// Keys that were answered, with how long the trace was when the answer was there.
type Answers = Vec<(u64, String)>;

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let centre = Centre::start(&products, folder.path()).await?;
    let jobs = idle_jobs(1)?;
    let mut agent = centre.enrol(folder.path(), &jobs[0].workplace, None)?;
    let trace = folder.path().join("trace");
    trace_into(&agent, &trace)?;
    let answers = sell_days(&mut agent, &trace).await?;
    trace_into(&agent, Path::new(""))?;

    let changes = disk_trace::read(&trace)?;
    let mut rng = Rng::new(1);
    let mut moments = BTreeSet::new();
    while moments.len() < MOMENTS.min(changes.len()) {
        moments.insert(usize::try_from(rng.below(changes.len() as u64))?);
    }
    let every = (moments.len() * usize::try_from(IMAGES_EACH)?).div_ceil(STARTS);
    let mut figures = Figures::default();
    let mut disk = Disk::default();
    for (index, (at, change)) in changes.iter().enumerate() {
        disk.apply(change)
            .with_context(|| format!("change {index} of the trace"))?;
        if !moments.contains(&index) {
            continue;
        }
        for seed in 0..IMAGES_EACH {
            let image = disk.crash(seed ^ (index as u64) << 8);
            let found = image.open(&jobs[0].workplace)?;
            figures.count(&answers, *at, &found);
            if figures.images % every == 0 {
                image.write(agent.data())?;
                figures.started += usize::from(starts(&mut agent, &found).await?);
            }
        }
    }
    Ok(figures.told(answers.len()))
}

#[derive(Default)]
struct Figures {
    images: usize,
    lost: usize,
    doubled: usize,
    damaged: usize,
    started: usize,
}

impl Figures {
    fn count(&mut self, answers: &Answers, at: u64, found: &Found) {
        self.images += 1;
        let due = answers.iter().filter(|(answered, _)| *answered <= at);
        self.lost += due.filter(|(_, key)| !found.keys.contains_key(key)).count();
        self.doubled += found.keys.values().filter(|times| **times > 1).count();
        self.damaged += usize::from(found.is_damaged);
    }

    fn told(&self, answered: usize) -> Value {
        let holds = self.lost == 0
            && self.doubled == 0
            && self.damaged == 0
            && self.images >= 2_000
            && self.started >= STARTS.min(self.images);
        json!({
            "drill": "powercut",
            "holds": holds,
            "images": self.images,
            "answered": answered,
            "answered_sales_lost": self.lost,
            "doubled": self.doubled,
            "taken_for_damage": self.damaged,
            "agent_started_and_sold": self.started,
        })
    }
}

/// Days of sales, with closed shifts, a new month, and an agent killed in between.
async fn sell_days(agent: &mut Server, trace: &Path) -> anyhow::Result<Answers> {
    let mut answers = Answers::new();
    for day in 0..DAYS {
        agent.start()?;
        agent.ready().await?;
        let mut till = TillClient::new(Folder(agent.data().to_owned()));
        // The 29th of a month and the days after it: the new month's first close brings forward.
        let at = format!("2024-02-{:02}", 27 + day).parse::<jiff::civil::Date>();
        let date = at.or_else(|_| format!("2024-03-{:02}", day - 2).parse())?;
        let business_time = format!("{date}T12:00:00+03:00");
        let mut post = async |path: &str, key: String, body: Value| {
            let (status, answer) = till.post(path, &key, &body.to_string()).await?;
            let told = String::from_utf8_lossy(&answer);
            ensure!(status == StatusCode::OK, "{key}: {status} {told}");
            answers.push((fs::metadata(trace)?.len(), key));
            Ok(())
        };
        let count = json!({ "employee": "E1", "business_time": business_time, "data": { "counted_kop": 0 } });
        if day % 2 == 0 {
            post("/v1/shift/open", format!("open-{day}"), count.clone()).await?;
        }
        for number in 0..SALES_A_DAY {
            let mut body: Value = serde_json::from_str(&sale(100 + i64::from(number)))?;
            body["business_time"] = json!(business_time);
            post("/v1/receipts", format!("sale-{day}-{number}"), body).await?;
        }
        if day % 2 == 0 {
            agent.kill();
        } else {
            post("/v1/shift/close", format!("close-{day}"), count).await?;
            agent.stop()?;
        }
    }
    Ok(answers)
}

/// Whether the agent starts on the disk, answers the newest key again and sells on.
async fn starts(agent: &mut Server, found: &Found) -> anyhow::Result<bool> {
    agent.start()?;
    agent
        .ready()
        .await
        .context("the agent starts on every image")?;
    let mut till = TillClient::new(Folder(agent.data().to_owned()));
    let count = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
    till.post("/v1/shift/open", "after-open", &count).await?;
    let (status, answer) = till.post("/v1/receipts", "after", &sale(100)).await?;
    let told = String::from_utf8_lossy(&answer).into_owned();
    ensure!(
        status == StatusCode::OK,
        "a sale after the cut: {status} {told}"
    );
    agent.kill();
    let export = agent.command(&["journal", "export"])?;
    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    for line in export.lines() {
        let entry: Value = serde_json::from_str(line)?;
        if let Some(key) = entry["request"].as_str() {
            *keys.entry(key.to_owned()).or_default() += 1;
        }
    }
    Ok(found.keys.keys().all(|key| keys.get(key) == Some(&1)))
}

/// Rewrites the agent's settings: a small journal, and where changes are written down.
fn trace_into(agent: &Server, trace: &Path) -> anyhow::Result<()> {
    let path = agent.data().join("settings.toml");
    let text = fs::read_to_string(&path)?;
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("trace =") && !line.starts_with("segment_bytes ="))
        .collect();
    let with = format!("[journal]\nsegment_bytes = {SEGMENT_BYTES}\ntrace = {trace:?}");
    Ok(fs::write(
        &path,
        kept.join("\n").replace("[journal]", &with) + "\n",
    )?)
}

//! `renew`: a PC whose journal was damaged again and again runs out of epochs and renews by itself.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::drill::shops::{emptied, idle_jobs, sale};
use crate::processes::{Centre, Products, Server};
use crate::till_client::TillClient;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "renew",
    about: "a certificate is renewed with a new key, and more epochs come with it",
};

/// Damages after which fewer than 8 of 16 epochs are left.
const DAMAGES: u32 = 8;
/// All damages: more than one block of epochs lasts.
const DAMAGES_ALL: u32 = 20;
const RENEWED_MAX: Duration = Duration::from_secs(30);

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let mut centre = Centre::start(&products, folder.path()).await?;
    let jobs = idle_jobs(1)?;
    let mut agent = centre.enrol(folder.path(), &jobs[0].workplace, None)?;
    let key = agent.data().join("identity/tls.key");
    let first_key = fs::read(&key)?;
    let mut renewed_at = None;
    for damages in 0..=DAMAGES_ALL {
        agent.start()?;
        agent
            .ready()
            .await
            .with_context(|| format!("after {damages} damages"))?;
        sell(&agent, damages).await?;
        if damages == DAMAGES {
            renewed(&key, &first_key).await?;
            renewed_at = Some(damages);
        }
        agent.kill();
        damage_newest(&agent.data().join("journal"))?;
    }
    agent.start()?;
    agent.ready().await?;
    emptied(agent.data()).await?;
    let (_, state) = TillClient::new(Folder(agent.data().to_owned()))
        .get("/v1/state")
        .await?;
    let epoch = serde_json::from_slice::<Value>(&state)?["epoch"].as_u64();
    agent.stop()?;
    centre.server.stop()?;
    centre.server.command(&["verify"])?;
    Ok(json!({
        "drill": "renew",
        "holds": renewed_at.is_some() && epoch > Some(16),
        "renewed_after_damages": renewed_at,
        "newest_epoch": epoch,
    }))
}

async fn renewed(key: &Path, first: &[u8]) -> anyhow::Result<()> {
    let deadline = Instant::now() + RENEWED_MAX;
    while fs::read(key)? == first {
        ensure!(Instant::now() < deadline, "the certificate was not renewed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn sell(agent: &Server, round: u32) -> anyhow::Result<()> {
    let mut till = TillClient::new(Folder(agent.data().to_owned()));
    let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
    till.post("/v1/shift/open", &format!("open-{round}"), &open)
        .await?;
    let key = format!("sale-{round}");
    let (status, _) = till.post("/v1/receipts", &key, &sale(100)).await?;
    ensure!(status.is_success(), "{key}: {status}");
    Ok(())
}

/// Flips a bit in the first entry of the newest epoch, behind which whole frames stand.
fn damage_newest(journal: &Path) -> anyhow::Result<()> {
    let mut epochs: Vec<_> = fs::read_dir(journal)?
        .map(|item| item.map(|item| item.path()))
        .collect::<Result<_, _>>()?;
    epochs.sort();
    let newest = epochs.last().context("a journal has an epoch")?;
    let mut segments: Vec<_> = fs::read_dir(newest)?
        .map(|item| item.map(|item| item.path()))
        .collect::<Result<_, _>>()?;
    segments.sort();
    let segment = segments.first().context("an epoch has a segment")?;
    let mut bytes = fs::read(segment)?;
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
    bytes[used / 2] ^= 1;
    Ok(fs::write(segment, bytes)?)
}

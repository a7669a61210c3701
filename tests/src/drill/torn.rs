//! `torn`: a journal damaged in 200 ways; the agent starts on each, says so, and sells on.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use hyper::StatusCode;
use serde_json::{Value, json};

use crate::demo::sell::{self, Folder};
use crate::drill::Drill;
use crate::drill::shops::{idle_jobs, no_bar};
use crate::processes::{Centre, Products};
use crate::sim::rng::Rng;
use crate::till_client::TillClient;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "torn",
    about: "a journal damaged in 200 ways",
};

const WAYS: u64 = 200;
const SALES: u64 = 60;

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let centre = Centre::start(&products, folder.path()).await?;
    let jobs = idle_jobs(1)?;
    let shops = sell::open(&centre, folder.path(), &jobs, &no_bar()).await?;
    let mut agent = shops.agent(&jobs[0].workplace).lock().await;
    let mut client = TillClient::new(Folder(agent.data().to_owned()));
    let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
    client.post("/v1/shift/open", "open", &open).await?;
    for number in 0..SALES {
        sell_one(&mut client, &format!("first-{number}")).await?;
    }
    agent.kill();
    let journal = agent.data().join("journal");
    let whole = folder.path().join("whole");
    copy(&journal, &whole)?;
    let (mut started, mut sold) = (0, 0);
    for seed in 0..WAYS {
        fs::remove_dir_all(&journal)?;
        copy(&whole, &journal)?;
        drop(fs::remove_file(agent.data().join("state.redb")));
        damage(&segment(&journal)?, seed)?;
        agent.start()?;
        agent.ready().await.with_context(|| format!("way {seed}"))?;
        started += 1;
        let mut client = TillClient::new(Folder(agent.data().to_owned()));
        // A cut may reach back before the shift was opened.
        client
            .post("/v1/shift/open", &format!("open-{seed}"), &open)
            .await?;
        sell_one(&mut client, &format!("after-{seed}"))
            .await
            .with_context(|| format!("way {seed}"))?;
        sold += 1;
        agent.kill();
    }
    Ok(json!({
        "drill": "torn", "holds": started == WAYS && sold == WAYS,
        "ways": WAYS, "started": started, "sold": sold,
    }))
}

async fn sell_one(client: &mut TillClient<Folder>, key: &str) -> anyhow::Result<()> {
    let body = json!({
        "employee": "E1",
        "data": {
            "lines": [{ "item": "case", "qty_milli": 1000, "unit_price_kop": 500, "gross_kop": 500 }],
            "payments": [{ "kind": "card", "amount_kop": 500 }],
        },
    });
    let (status, answer) = client.post("/v1/receipts", key, &body.to_string()).await?;
    ensure!(
        status == StatusCode::OK,
        "{key}: {status} {}",
        String::from_utf8_lossy(&answer)
    );
    Ok(())
}

/// Flips, zeroes, overwrites or cuts off a piece of the file, by seed.
fn damage(path: &Path, seed: u64) -> anyhow::Result<()> {
    let mut rng = Rng::new(seed);
    let mut bytes = fs::read(path)?;
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .unwrap_or(0)
        .max(64);
    let at = usize::try_from(rng.below(used as u64))?;
    match rng.below(4) {
        0 => bytes[at] ^= 1 << rng.below(8),
        1 => bytes[at..used]
            .iter_mut()
            .take(512)
            .for_each(|byte| *byte = 0),
        2 => bytes[at..used]
            .iter_mut()
            .take(64)
            .for_each(|byte| *byte = byte.wrapping_add(113)),
        _ => bytes[at..].iter_mut().for_each(|byte| *byte = 0),
    }
    Ok(fs::write(path, bytes)?)
}

/// The one segment with entries.
fn segment(journal: &Path) -> anyhow::Result<PathBuf> {
    Ok(journal.join("e00001").join("00000000000000000001.seg"))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for item in fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy(&item.path(), &target)?;
        } else {
            fs::copy(item.path(), target)?;
        }
    }
    Ok(())
}

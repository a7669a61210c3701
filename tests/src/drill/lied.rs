//! `lied`: a disk forgets what it called durable; the shop goes on in a new epoch and gets the lost
//! entries back as evidence.

use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::demo::sell::Folder;
use crate::drill::Drill;
use crate::drill::shops::{centre_sums, emptied, sale, started};
use crate::processes::{Centre, Products, Server};
use crate::till_client::TillClient;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "lied",
    about: "a disk forgets sales it called durable; the centre gives them back as evidence",
};

const SALE_KOP: i64 = 15_000;

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let mut centre = Centre::start(&products, folder.path()).await?;
    let mut agents = started(&centre, folder.path(), 1).await?;
    let agent = agents.first_mut().context("an agent")?;
    let data = agent.data().to_owned();
    let mut till = TillClient::new(Folder(data.clone()));
    let open = json!({ "employee": "E1", "data": { "counted_kop": 0 } }).to_string();
    till.post("/v1/shift/open", "open", &open).await?;
    sell(&mut till, 1..=3).await?;
    emptied(&data).await?;
    agent.stop()?;
    let earlier = folder.path().join("earlier");
    copy(&data.join("journal"), &earlier)?;

    agent.start()?;
    agent.ready().await?;
    sell(&mut till, 4..=9).await?;
    emptied(&data).await?;
    let before = agent.command(&["journal", "export"])?;
    agent.kill();
    std::fs::remove_dir_all(data.join("journal"))?;
    copy(&earlier, &data.join("journal"))?;

    agent.start()?;
    agent.ready().await?;
    let given_back = given_back(agent, &before).await?;
    sell(&mut till, 10..=11).await?;
    emptied(&data).await?;
    agent.stop()?;
    let again = agent.command(&["journal", "export"])?;
    let report = agent.command(&["journal", "verify"])?;
    centre.server.stop()?;
    let proved = centre.server.command(&["verify", "--json"])?;
    let sums = centre_sums(&proved)?;
    let counted = sums.values().copied().collect::<Vec<_>>() == [(11, 11 * SALE_KOP)];
    let told = report.contains("lost by the disk");
    Ok(json!({
        "drill": "lied",
        "holds": counted && told && before.lines().all(|line| again.contains(line)),
        "entries_given_back": given_back,
        "sales_in_the_centre": sums.values().map(|(count, _)| count).sum::<u64>(),
        "told_by_verify": told,
    }))
}

async fn sell(
    till: &mut TillClient<Folder>,
    numbers: std::ops::RangeInclusive<u32>,
) -> anyhow::Result<()> {
    for number in numbers {
        let key = format!("sale-{number}");
        let (status, body) = till.post("/v1/receipts", &key, &sale(SALE_KOP)).await?;
        let told = String::from_utf8_lossy(&body);
        ensure!(status.is_success(), "{key}: {status} {told}");
    }
    Ok(())
}

/// Waits until every line of `before` is in the agent's export again; how many came back.
async fn given_back(agent: &Server, before: &str) -> anyhow::Result<usize> {
    let mut left = 0;
    let mut first = None;
    for _ in 0..150 {
        let now = agent.command(&["journal", "export"])?;
        left = before.lines().filter(|line| !now.contains(line)).count();
        let lost = *first.get_or_insert(left);
        if left == 0 {
            return Ok(lost);
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    anyhow::bail!("{left} entries are still missing: {}", agent.last_words())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for item in std::fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy(&item.path(), &target)?;
        } else {
            std::fs::copy(item.path(), target)?;
        }
    }
    Ok(())
}

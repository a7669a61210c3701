//! `restore`: the centre comes back from an older backup while shops sell; they send again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::demo::sell;
use crate::drill::Drill;
use crate::drill::shops::{account, centre_sums, idle_jobs, no_bar, sell_until};
use crate::processes::{Centre, Products};

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "restore",
    about: "the centre back from an older backup while shops sell",
};

const AGENTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(20);
/// Sales before the backup, between backup and loss, and after the restore.
const SALES: u64 = 400;

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let mut centre = Centre::start(&products, folder.path()).await?;
    let jobs = idle_jobs(AGENTS)?;
    let shops = sell::open(&centre, folder.path(), &jobs, &no_bar()).await?;
    let (stop, sold) = (AtomicBool::new(false), AtomicU64::new(0));
    let tills = jobs
        .iter()
        .map(|job| sell_until(&shops, job, PAUSE, &stop, &sold));
    let backup = folder.path().join("backup").display().to_string();
    let losing = async {
        let reached = async |sales: u64| {
            while sold.load(Ordering::Relaxed) < sales {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        reached(SALES).await;
        centre.server.command(&["backup", &backup])?;
        reached(2 * SALES).await;
        centre.server.kill();
        centre.server.command(&["restore", &backup])?;
        centre.server.start()?;
        centre.server.ready().await?;
        reached(3 * SALES).await;
        stop.store(true, Ordering::Relaxed);
        anyhow::Ok(())
    };
    let (answers, lost) =
        futures_util::future::join(futures_util::future::try_join_all(tills), losing).await;
    lost?;
    let answers = answers?;
    sell::drain(&shops, &no_bar()).await?;
    centre.server.stop()?;
    let sums = centre_sums(&centre.server.command(&["verify", "--json"])?)?;
    let (mut answered, mut lost, mut doubled, mut differs) = (0, 0, 0, 0);
    for (job, answers) in jobs.iter().zip(&answers) {
        let export = shops
            .agent(&job.workplace)
            .lock()
            .await
            .command(&["journal", "export"])?;
        let found = account(answers, &export)?;
        answered += found.answered;
        lost += found.lost;
        doubled += found.doubled;
        let centre = sums.get(&job.workplace.to_string());
        differs += u64::from(centre != Some(&(found.answered, found.journal_kop)));
    }
    Ok(json!({
        "drill": "restore",
        "holds": lost == 0 && doubled == 0 && differs == 0,
        "answered": answered,
        "lost": lost,
        "doubled": doubled,
        "workplaces_that_differ": differs,
    }))
}

//! `kill`: agents and controller are killed a hundred times while shops sell; nothing may be lost.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::demo::sell::{self, Shops};
use crate::drill::Drill;
use crate::drill::shops::{account, centre_sums, idle_jobs, no_bar, sell_until};
use crate::processes::{Centre, Products};
use crate::sim::rng::Rng;

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "kill",
    about: "100 × SIGKILL of agents and controller under load",
};

const KILLS: usize = 100;
const AGENTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(100);

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let mut centre = Centre::start(&products, folder.path()).await?;
    let jobs = idle_jobs(AGENTS)?;
    let shops = sell::open(&centre, folder.path(), &jobs, &no_bar()).await?;
    let (stop, sold) = (AtomicBool::new(false), AtomicU64::new(0));
    let started = Instant::now();
    let tills = jobs
        .iter()
        .map(|job| sell_until(&shops, job, PAUSE, &stop, &sold));
    let killing = async {
        let killed = kill_all(&shops, &mut centre, &jobs).await;
        stop.store(true, Ordering::Relaxed);
        killed
    };
    let (answers, killed) =
        futures_util::future::join(futures_util::future::try_join_all(tills), killing).await;
    let (answers, (agents_killed, controllers_killed)) = (answers?, killed?);
    let sales_s = sold.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    sell::drain(&shops, &no_bar()).await?;
    centre.server.stop()?;
    let sums = centre_sums(&centre.server.command(&["verify", "--json"])?)?;
    let (mut answered, mut lost, mut doubled, mut differs) = (0, 0, 0, 0);
    for (job, answers) in jobs.iter().zip(&answers) {
        let agent = shops.agent(&job.workplace).lock().await;
        agent.command(&["journal", "verify"])?;
        let found = account(answers, &agent.command(&["journal", "export"])?)?;
        answered += found.answered;
        lost += found.lost;
        doubled += found.doubled;
        let told = answers.values().map(|(_, amount)| amount).sum::<i64>();
        let centre = sums.get(&job.workplace.to_string());
        let same =
            centre == Some(&(found.answered, found.journal_kop)) && told == found.journal_kop;
        differs += u64::from(!same);
    }
    Ok(json!({
        "drill": "kill",
        "holds": lost == 0 && doubled == 0 && differs == 0 && sales_s >= 20.0,
        "agents_killed": agents_killed,
        "controllers_killed": controllers_killed,
        "answered": answered,
        "lost": lost,
        "doubled": doubled,
        "workplaces_that_differ": differs,
        "sales_s": sales_s,
    }))
}

/// Kills an agent and the controller in turn, each after a random time of up to 2 s.
async fn kill_all(
    shops: &Shops,
    centre: &mut Centre,
    jobs: &[crate::demo::receipts::Job],
) -> anyhow::Result<(u64, u64)> {
    let mut rng = Rng::new(1);
    let (mut agents, mut controllers) = (0, 0);
    for turn in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(rng.below(2_000))).await;
        if turn % 2 == 0 {
            let victim = &jobs[usize::try_from(rng.below(jobs.len() as u64))?];
            let mut agent = shops.agent(&victim.workplace).lock().await;
            agent.kill();
            agent.start()?;
            agent.ready().await?;
            agents += 1;
        } else {
            centre.server.kill();
            centre.server.start()?;
            centre.server.ready().await?;
            controllers += 1;
        }
    }
    Ok((agents, controllers))
}

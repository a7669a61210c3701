//! The shops of the demo: enrolled, selling in business time, cut, killed and healed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use hyper::StatusCode;
use indicatif::ProgressBar;
use serde_json::Value;
use storefleet_core::ids::WorkplaceId;
use tokio::sync::Mutex;

use crate::demo::receipts::{Call, Job};
use crate::processes::{Centre, Server};
use crate::proxy::Proxy;
use crate::till_client::{TillClient, Whereabouts};

/// Agents that are starting at the same time.
pub const STARTING_MAX: usize = 8;
/// Selling takes at least about this long, so that faults meet tills at work.
const SELL_AT_LEAST: Duration = Duration::from_secs(12);
/// How long the last entries may take to reach the centre after the last sale: longer than the
/// highest back-off of a line that was often lost.
const DRAIN_MAX: Duration = Duration::from_secs(420);

/// One agent, started and stopped by several hands.
pub type Shared = Arc<Mutex<Server>>;

/// The shops of the demo.
pub struct Shops {
    /// The agents by workplace.
    pub agents: BTreeMap<WorkplaceId, Shared>,
    /// Lines that can be cut.
    pub proxies: Vec<(WorkplaceId, Proxy)>,
}

impl Shops {
    /// The agent of a workplace.
    #[must_use]
    pub fn agent(&self, workplace: &WorkplaceId) -> &Shared {
        &self.agents[workplace]
    }
}

/// The folder of an agent says where it listens.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

impl Whereabouts for Folder {
    fn find(&self) -> Option<(u16, String)> {
        let read = |name: &str| std::fs::read_to_string(self.0.join(name)).ok();
        Some((
            read("till.port")?.trim().parse().ok()?,
            read("till.token")?.trim().to_owned(),
        ))
    }
}

/// Enrols and starts the agents, at most [`STARTING_MAX`] at a time.
pub async fn open(
    centre: &Centre,
    folder: &Path,
    jobs: &[Job],
    bar: &ProgressBar,
) -> anyhow::Result<Shops> {
    let mut proxies = Vec::new();
    let mut cut_stores = Vec::new();
    for job in jobs {
        if cut_stores.len() < 2 && !cut_stores.contains(&&job.store) && jobs.len() > 1 {
            cut_stores.push(&job.store);
        }
        if cut_stores.contains(&&job.store) {
            proxies.push((job.workplace.clone(), Proxy::start(centre.gate_port).await?));
        }
    }
    let brokers: BTreeMap<_, _> = proxies
        .iter()
        .map(|(id, proxy)| (id.clone(), format!("127.0.0.1:{}", proxy.port)))
        .collect();
    let agents = stream::iter(jobs)
        .map(|job| async {
            let broker = brokers.get(&job.workplace).map(String::as_str);
            let mut agent =
                tokio::task::block_in_place(|| centre.enrol(folder, &job.workplace, broker))?;
            agent.start()?;
            agent.ready().await?;
            bar.inc(1);
            anyhow::Ok((job.workplace.clone(), Arc::new(Mutex::new(agent))))
        })
        .buffer_unordered(STARTING_MAX)
        .try_collect()
        .await?;
    Ok(Shops { agents, proxies })
}

/// What faults did and what it cost.
#[derive(Debug, Default, serde::Serialize)]
pub struct Faults {
    /// Stores whose line was cut while they sold.
    pub lines_cut: usize,
    /// Agents killed while they sold.
    pub agents_killed: usize,
    /// Controllers killed while shops sold.
    pub controllers_killed: usize,
    /// Answers that tills had to ask for again.
    pub retries: u64,
    /// Repeated receipts that came back as the first answer.
    pub repeats_answered: u64,
}

/// Sells everything, with faults on the way, and heals them.
pub async fn sell(
    shops: &Shops,
    centre: &mut Centre,
    jobs: &[Job],
    bar: &ProgressBar,
) -> anyhow::Result<Faults> {
    let longest = jobs
        .iter()
        .map(|job| job.calls.len())
        .max()
        .unwrap_or(1)
        .max(1);
    let pace = SELL_AT_LEAST / u32::try_from(longest).unwrap_or(u32::MAX);
    let pace = Some(pace)
        .filter(|pace| *pace >= Duration::from_millis(5))
        .unwrap_or_default();
    let total: usize = jobs.iter().map(|job| job.calls.len()).sum();
    let done = AtomicU64::new(0);
    let selling = async {
        let tills = jobs
            .iter()
            .map(|job| sell_till(shops, job, pace, &done, bar));
        let counts: Vec<(u64, u64)> = futures_util::future::try_join_all(tills).await?;
        anyhow::Ok(counts)
    };
    let breaking = break_things(shops, centre, jobs, total, &done);
    let (counts, mut faults) = tokio::try_join!(selling, breaking)?;
    faults.retries = counts.iter().map(|(retries, _)| retries).sum();
    faults.repeats_answered = counts.iter().map(|(_, repeats)| repeats).sum();
    Ok(faults)
}

async fn sell_till(
    shops: &Shops,
    job: &Job,
    pace: Duration,
    done: &AtomicU64,
    bar: &ProgressBar,
) -> anyhow::Result<(u64, u64)> {
    let data = shops.agents[&job.workplace].lock().await.data().to_owned();
    let mut client = TillClient::new(Folder(data));
    let mut repeats = 0;
    for call in &job.calls {
        let first = post(&mut client, job, call).await?;
        for _ in 0..call.repeats {
            let again = post(&mut client, job, call).await?;
            ensure!(
                first == again,
                "{} {}: another answer to the same key",
                job.workplace,
                call.key
            );
            repeats += 1;
        }
        done.fetch_add(1, Ordering::Relaxed);
        if call.is_receipt {
            bar.inc(1);
        }
        tokio::time::sleep(pace).await;
    }
    Ok((client.retries, repeats))
}

async fn post(client: &mut TillClient<Folder>, job: &Job, call: &Call) -> anyhow::Result<Vec<u8>> {
    let (status, body) = client.post(call.path, &call.key, &call.body).await?;
    let told = String::from_utf8_lossy(&body);
    ensure!(
        status == StatusCode::OK,
        "{} {} {}: {status} {told}",
        job.workplace,
        call.path,
        call.key
    );
    Ok(body.to_vec())
}

/// Cuts two lines, kills an agent and the controller while the tills sell, and heals all of it.
async fn break_things(
    shops: &Shops,
    centre: &mut Centre,
    jobs: &[Job],
    total: usize,
    done: &AtomicU64,
) -> anyhow::Result<Faults> {
    let reached = async |share: usize| {
        while usize::try_from(done.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
            < total * share / 100
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let mut faults = Faults::default();
    reached(20).await;
    shops.proxies.iter().for_each(|(_, proxy)| proxy.cut());
    faults.lines_cut = shops
        .proxies
        .iter()
        .map(|(id, _)| id.store())
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    reached(35).await;
    let busiest = jobs
        .iter()
        .max_by_key(|job| job.calls.len())
        .context("nothing to sell")?;
    restart(&shops.agents[&busiest.workplace]).await?;
    faults.agents_killed = 1;
    reached(50).await;
    centre.server.kill();
    faults.controllers_killed = 1;
    reached(60).await;
    centre.server.start()?;
    centre.server.ready().await?;
    reached(75).await;
    shops.proxies.iter().for_each(|(_, proxy)| proxy.heal());
    Ok(faults)
}

async fn restart(agent: &Shared) -> anyhow::Result<()> {
    let mut agent = agent.lock().await;
    agent.kill();
    agent.start()?;
    agent.ready().await
}

/// Waits until every agent's journal is acknowledged to its end.
pub async fn drain(shops: &Shops, bar: &ProgressBar) -> anyhow::Result<()> {
    let waits = shops.agents.iter().map(|(id, agent)| async move {
        let data = agent.lock().await.data().to_owned();
        let mut client = TillClient::new(Folder(data));
        let deadline = std::time::Instant::now() + DRAIN_MAX;
        loop {
            let (_, body) = client.get("/v1/state").await?;
            let state: Value = serde_json::from_slice(&body)?;
            if state["backlog"] == 0 {
                bar.inc(1);
                return anyhow::Ok(());
            }
            ensure!(
                std::time::Instant::now() < deadline,
                "{id} still holds back {}",
                state["backlog"]
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    futures_util::future::try_join_all(waits).await.map(drop)
}

/// Restarts every agent in good order, at most [`STARTING_MAX`] at a time.
pub async fn restart_all(shops: &Shops, bar: &ProgressBar) -> anyhow::Result<()> {
    stream::iter(shops.agents.values())
        .map(|agent| async {
            let mut agent = agent.lock().await;
            tokio::task::block_in_place(|| agent.stop())?;
            agent.start()?;
            agent.ready().await?;
            bar.inc(1);
            anyhow::Ok(())
        })
        .buffer_unordered(STARTING_MAX)
        .try_collect()
        .await
}

//! The running agent: store loop, till API and line, until a signal or the first task that ends.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use ring::rand::{SecureRandom, SystemRandom};
use storefleet_core::dataset::telling::{Known, Office};
use storefleet_core::epoch::Mark;
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_core::sync::freshness::Freshness;
use storefleet_daemon::{Clock, Shutdown, Tasks, signal};
use storefleet_messages::{Catalogue, Language};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::datasets;
use crate::datasets::packed::Partial;
use crate::datasets::rounds::Rounds;
use crate::datasets::shelves::Shelves;
use crate::datasets::snapshot::Snapshot;
use crate::datasets::telling::Telling;
use crate::disk_trace::DiskTrace;
use crate::documents;
use crate::evidence::{EvidenceFolder, Fetcher};
use crate::identity::renewal::{Keeper, LISTS_MAX};
use crate::identity::{Identity, IdentityFolder, write_private};
use crate::journal::DiskRooms;
use crate::link::{self, Credentials, Link};
use crate::settings::Settings;
use crate::state_db::StateDb;
use crate::store_loop::{LoopConfig, StoreLoop};
use crate::store_thread::{Input, StoreClock, StoreThread};
use crate::till::errors::TillErrors;
use crate::till::guard::Guard;
use crate::till::http::{Till, router};
use crate::till::staff::PinTries;
use crate::till::tag_count::TagCounter;

/// How long tasks may take to end.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// Runs the agent.
///
/// # Errors
/// What kept it from starting or made it end.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let identity = IdentityFolder::new(&settings.data).load()?;
    let _lock = lock(settings)?;
    let clock = Clock::start();
    let store_clock = store_clock(&identity, clock)?;
    let trace = disk_trace(settings, &identity)?;
    let database = StateDb::open(&settings.file("state.redb"), trace.as_ref())?;
    let database = Arc::new(Mutex::new(database));
    let rooms = DiskRooms::new(settings.journal_folder()).traced(trace);
    let store = open_store(settings, rooms, &identity, &database, &store_clock)?;
    let on_sale_before = store.state().datasets.clone();
    let thread = StoreThread::start(store, database.clone(), store_clock.clone())?;
    let shelves = Arc::new(Shelves::open(&settings.file("datasets.redb"))?);
    let (snapshots, on_sale) = watch::channel(None);
    let (acked, acked_seen) = watch::channel(Mark::default());
    let (office, office_heard) = watch::channel(Office::default());
    let (telling, known) = Telling::new();

    let mut tasks = Tasks::default();
    let (listener, port) = listen(settings).await?;
    let errors = TillErrors::default();
    let till = Till {
        inputs: thread.inputs.clone(),
        progress: thread.progress.clone(),
        acked: acked_seen,
        snapshots: on_sale.clone(),
        tags: thread.tags.clone(),
        coupons: thread.coupons.clone(),
        known: known.clone(),
        office: office_heard,
        clock: store_clock.clone(),
        training: identity.enrolment.card.training,
        messages: messages(&identity),
        errors: errors.clone(),
        pins: PinTries::default(),
    };
    let routes = router(till, Guard::new(port, till_token(settings)?));
    tasks.spawn("till", serve(listener, routes, tasks.shutdown()));
    let (manifests, offered) = mpsc::channel(datasets::MANIFESTS_MAX);
    let (consignments, sent) = mpsc::channel(documents::CONSIGNMENTS_MAX);
    let (counter, tag_count) = counter(&thread, on_sale);
    tasks.spawn("tags", counter.run(tasks.shutdown()));
    let ends = Ends {
        acked,
        office,
        manifests,
        consignments,
        till_errors: errors,
        tag_count,
        known,
    };
    let (line, keeper) = line(settings, identity, &thread, database, clock, ends)?;
    let clerk = clerk(&line, sent, store_clock.clone());
    tasks.spawn("documents", clerk.run(tasks.shutdown()));
    let datasets = datasets::Keeper {
        workplace: line.workplace.clone(),
        manifests: offered,
        credentials: line.credentials.clone(),
        journal_key: line.journal_key.clone(),
        progress: thread.progress.clone(),
        inputs: thread.inputs.clone(),
        clock: store_clock,
        shelves,
        partial: Partial::new(settings.file("segments"))?,
        telling,
        snapshots,
        shown: Vec::new(),
        rounds: Rounds::default(),
        refused: on_sale_before.refused.clone(),
        journaled: on_sale_before,
    };
    tasks.spawn("datasets", datasets.run(tasks.shutdown()));
    tasks.spawn("evidence", fetcher(&line, settings).run(tasks.shutdown()));
    tasks.spawn("link", link::run(line, tasks.shutdown()));
    tasks.spawn("identity", keeper.run(tasks.shutdown()));
    announce(settings, port)?;

    let ended = ended(&mut tasks, &thread).await;
    tasks.stop(STOP_DEADLINE).await;
    // A loop that ended already has no ears.
    drop(thread.inputs.send(Input::Stop).await);
    thread.join().and(ended)
}

/// Says that a till's client may come, and where to.
fn announce(settings: &Settings, port: u16) -> anyhow::Result<()> {
    write_private(&settings.file("till.port"), port.to_string().as_bytes())?;
    signal::ready();
    tracing::info!(port, "agent ready");
    Ok(())
}

/// Waits until somebody asks the agent to stop, or a part of it ends.
async fn ended(tasks: &mut Tasks, thread: &StoreThread) -> anyhow::Result<()> {
    tokio::select! {
        name = signal::stop_requested() => { tracing::info!(signal = name?, "stopping"); Ok(()) }
        ended = tasks.ended() => ended.result.with_context(|| format!("task {} ended", ended.name)),
        () = thread.inputs.closed() => Err(anyhow::anyhow!("the store loop ended")),
    }
}

/// The port of the till, which only this machine reaches.
async fn listen(settings: &Settings) -> anyhow::Result<(TcpListener, u16)> {
    let port = settings.till.port;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let listener = listener.with_context(|| format!("listen on port {port} of loopback"))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// Texts in the store's language.
fn messages(identity: &Identity) -> Arc<Catalogue> {
    let language = Language::of(identity.enrolment.card.language.name());
    Arc::new(Catalogue::of(language))
}

/// Counts shelf tags for the office, with what was counted last.
fn counter(
    thread: &StoreThread,
    snapshots: watch::Receiver<Option<Arc<Snapshot>>>,
) -> (TagCounter, watch::Receiver<Option<TagCount>>) {
    let (count, counted) = watch::channel(None);
    let counter = TagCounter {
        inputs: thread.inputs.clone(),
        snapshots,
        tags: thread.tags.clone(),
        count,
    };
    (counter, counted)
}

async fn serve(
    listener: TcpListener,
    routes: axum::Router,
    mut stop: Shutdown,
) -> anyhow::Result<()> {
    axum::serve(listener, routes)
        .with_graceful_shutdown(async move { stop.requested().await })
        .await?;
    Ok(())
}

/// What the powercut drill asks for; a real shop writes nothing twice.
fn disk_trace(settings: &Settings, identity: &Identity) -> anyhow::Result<Option<DiskTrace>> {
    if settings.journal.trace.as_os_str().is_empty() {
        return Ok(None);
    }
    anyhow::ensure!(
        identity.enrolment.card.training,
        "journal.trace is for training workplaces only; take it out of the settings"
    );
    let trace = DiskTrace::open(&settings.journal.trace);
    Ok(Some(trace.context("open the file of journal.trace")?))
}

fn open_store(
    settings: &Settings,
    rooms: DiskRooms,
    identity: &Identity,
    database: &Mutex<StateDb>,
    clock: &StoreClock,
) -> anyhow::Result<StoreLoop<DiskRooms>> {
    let config = LoopConfig {
        workplace: identity.enrolment.workplace.clone(),
        training: identity.enrolment.card.training,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        epochs: identity.enrolment.epochs.clone(),
        segment_bytes: settings.journal.segment_bytes,
    };
    let checkpoints = database
        .lock()
        .map(|database| database.checkpoints())
        .unwrap_or_default();
    let history = identity.enrolment.history.as_ref();
    let (store, recovery) = StoreLoop::open(rooms, config, &checkpoints, history, &clock.stamp())?;
    tracing::info!(
        epoch = store.durable().epoch.0,
        found = recovery.found.0,
        torn_bytes = recovery.torn_bytes,
        "journal open"
    );
    if let Some(damage) = recovery.damage {
        tracing::error!(%damage, "the journal was damaged: it is kept, selling goes on in a new epoch");
    }
    Ok(store)
}

fn store_clock(identity: &Identity, clock: Clock) -> anyhow::Result<StoreClock> {
    let name = &identity.enrolment.card.time_zone;
    let zone = jiff::tz::TimeZone::get(name)
        .with_context(|| format!("the store card names time zone {name:?}, which is unknown"))?;
    Ok(StoreClock::new(clock, zone))
}

/// What the line shares with the rest of the agent.
struct Ends {
    acked: watch::Sender<Mark>,
    office: watch::Sender<Office>,
    manifests: mpsc::Sender<Vec<u8>>,
    consignments: mpsc::Sender<Vec<u8>>,
    till_errors: TillErrors,
    tag_count: watch::Receiver<Option<TagCount>>,
    known: watch::Receiver<Arc<Known>>,
}

fn line(
    settings: &Settings,
    identity: Identity,
    thread: &StoreThread,
    database: Arc<Mutex<StateDb>>,
    clock: Clock,
    ends: Ends,
) -> anyhow::Result<(Link<DiskRooms>, Keeper)> {
    let mut session = [0; 8];
    SystemRandom::new()
        .fill(&mut session)
        .ok()
        .context("the system gave no randomness")?;
    let brokers = settings.brokers();
    let known = Some(brokers.clone()).filter(|brokers| !brokers.is_empty());
    let known = known.unwrap_or_else(|| identity.enrolment.brokers.clone());
    let (credentials, presented) = watch::channel(Credentials::of(&identity, known)?);
    let (lists, offered) = mpsc::channel(LISTS_MAX);
    let link = Link {
        workplace: identity.enrolment.workplace.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        credentials: presented,
        lists,
        manifests: ends.manifests,
        consignments: ends.consignments,
        journal_key: identity.journal_key.clone(),
        journals: thread.journals.clone(),
        progress: thread.progress.clone(),
        acked: ends.acked,
        office: ends.office,
        inputs: thread.inputs.clone(),
        database,
        clock,
        data: settings.data.clone(),
        session: u64::from_le_bytes(session),
        till_errors: ends.till_errors,
        tag_count: ends.tag_count,
        known: ends.known,
        freshness: Freshness::default(),
    };
    let keeper = Keeper {
        folder: IdentityFolder::new(&settings.data),
        identity,
        brokers,
        credentials,
        lists: offered,
        progress: thread.progress.clone(),
        inputs: thread.inputs.clone(),
        clock,
    };
    Ok((link, keeper))
}

/// Books what the office says, with what the line believes.
fn clerk(
    line: &Link<DiskRooms>,
    consignments: mpsc::Receiver<Vec<u8>>,
    clock: StoreClock,
) -> documents::Clerk {
    documents::Clerk {
        workplace: line.workplace.clone(),
        consignments,
        credentials: line.credentials.clone(),
        inputs: line.inputs.clone(),
        clock,
    }
}

/// Fetches what the disk lost, with what the line presents.
fn fetcher(line: &Link<DiskRooms>, settings: &Settings) -> Fetcher<DiskRooms> {
    Fetcher {
        workplace: line.workplace.clone(),
        journal_key: line.journal_key.clone(),
        journals: line.journals.clone(),
        credentials: line.credentials.clone(),
        folder: EvidenceFolder::of(&settings.journal_folder()),
    }
}

/// One agent per data folder: two writers would break the chain.
fn lock(settings: &Settings) -> anyhow::Result<std::fs::File> {
    let path = settings.file("lock");
    let file =
        std::fs::File::create(&path).with_context(|| format!("create {}", path.display()))?;
    file.try_lock()
        .map_err(|_| AnotherInstance(settings.data.display().to_string()))?;
    Ok(file)
}

/// Another agent runs on the same data.
#[derive(Debug, thiserror::Error)]
#[error("another agent runs on {0}; stop it first")]
pub struct AnotherInstance(String);

/// The till's token, made on first use; only the till's user can read the file.
fn till_token(settings: &Settings) -> anyhow::Result<String> {
    let path = settings.file("till.token");
    if let Ok(token) = std::fs::read_to_string(&path) {
        return Ok(token.trim().to_owned());
    }
    let mut bytes = [0; 24];
    SystemRandom::new()
        .fill(&mut bytes)
        .ok()
        .context("the system gave no randomness")?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    write_private(&path, token.as_bytes())?;
    Ok(token)
}

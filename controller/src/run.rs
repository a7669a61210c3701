//! The running centre: gate, bus, ingest, office, admin socket and console, until a signal.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use bytes::Bytes;
use storefleet_core::health::Alarm;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_daemon::{Clock, Shutdown, Tasks, signal};
use storefleet_journal::{DiskFolder, Reader};
use storefleet_provision::admin::SOCKET_NAME;
use storefleet_provision::centre::CentreKeys;
use storefleet_wire::envelope::SigningKey;
use storefleet_wire::topic::Down;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{mpsc, oneshot};

use crate::admin::{self, Admin};
use crate::bus::{LOG_BYTES, RouterBus, Uplinks};
use crate::central_log::{CentralError, CentralFormat, CentralLog};
use crate::certificate;
use crate::checkpoint::{Checkpoint, Checkpoints};
use crate::console::{self, Console};
use crate::datasets::Publisher;
use crate::datasets::segments::Segments;
use crate::desk::{self, Desk};
use crate::documents::Clerk;
use crate::fleet::Fleet;
use crate::gate::{Admission, Gate, GateEvent, GateEvents, GateHandle, GateTls};
use crate::import::quarantine::QuarantineFolder;
use crate::import::watched::Watched;
use crate::incarnation;
use crate::ingest::Ingest;
use crate::ingest::thread::{DownSender, Input, Shared, recall, run as run_ingest};
use crate::master::{Master, MasterStore};
use crate::office::Office;
use crate::office_api;
use crate::rollouts::{self, Rollouts};
use crate::settings::Settings;
use crate::tails::{self, Tails};

/// How long tasks may take to end.
const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// Messages between bus and ingest; when full, the bus is not read and the gate gives no permits.
const INBOX_MAX: usize = 256;

/// Runs the controller.
///
/// # Errors
/// What kept it from starting or made it end.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    std::fs::create_dir_all(&settings.data)
        .with_context(|| format!("create {}", settings.data.display()))?;
    let _lock = lock(&settings.data)?;
    let Opened {
        ingest,
        checkpoints,
        shared,
        tls,
        reader,
        life,
        master,
        manifest_key,
    } = open(settings)?;

    let mut tasks = Tasks::default();
    let listener = TcpListener::bind(settings.gate.listen)
        .await
        .with_context(|| format!("listen on {}", settings.gate.listen))?;
    let port = listener.local_addr()?.port();
    let brokers: Vec<_> = settings
        .gate_names()
        .iter()
        .map(|name| format!("{name}:{port}"))
        .collect();
    let (inbox, receiver) = mpsc::channel(INBOX_MAX);
    let standing = Arc::new(OnceLock::new());
    let https = desk::router(Desk {
        shared: shared.clone(),
        brokers,
        log: reader.clone(),
        inbox: inbox.downgrade(),
        segments: Segments::new(settings.file("segments"), master.clone())?,
        gate: standing.clone(),
    });
    let (bus, consumer) = RouterBus::start(LOG_BYTES)?;
    let admission = Arc::new(Door(shared.clone()));
    let limits = settings.gate.limits();
    let (gate, handle, events) = Gate::new(&tls, admission, Arc::new(bus), https, limits)?;
    standing.get_or_init(|| handle.clone());
    let publisher = Publisher::new(&shared, master, handle.clone(), manifest_key, life);
    let rollouts = Rollouts::take_up(publisher.clone())?;
    let (ended, ingest_ended) = oneshot::channel();
    let thread = start_ingest(
        (ingest.naming(publisher.signed.clone()), checkpoints),
        receiver,
        shared.clone(),
        handle.clone(),
        ended,
    )?;
    tasks.spawn("bus", pump(consumer, inbox, tasks.shutdown()));
    let clerk = Clerk::new(publisher.clone());
    tasks.spawn("documents", clerk.run(tasks.shutdown()));
    tasks.spawn("presence", presence(events, publisher, tasks.shutdown()));
    let console_port = open_office(settings, rollouts, reader, &handle, &mut tasks).await?;
    tasks.spawn("gate", gate.run(listener, tasks.shutdown()));
    let names = settings.gate_names();
    let fresh = certificate::keep_fresh(names, shared, handle, tasks.shutdown());
    tasks.spawn("certificate", fresh);
    keep_text(&settings.file("gate.port"), &port.to_string())?;
    signal::ready();
    tracing::info!(port, console_port, incarnation = life, "controller ready");

    let ended = tokio::select! {
        name = signal::stop_requested() => { tracing::info!(signal = name?, "stopping"); Ok(()) }
        ended = tasks.ended() => ended.result.with_context(|| format!("task {} ended", ended.name)),
        _ = ingest_ended => Err(anyhow::anyhow!("ingest ended")),
    };
    tasks.stop(STOP_DEADLINE).await;
    let ingested = match thread.join() {
        Ok(result) => result.map_err(anyhow::Error::from),
        Err(_) => Err(anyhow::anyhow!("ingest stopped on a bug")),
    };
    ingested.and(ended)
}

/// What is read from disk before anybody is let in.
struct Opened {
    ingest: Ingest<CentralLog<DiskFolder>>,
    checkpoints: Checkpoints,
    shared: Shared,
    tls: GateTls,
    reader: Reader<DiskFolder, CentralFormat>,
    life: u32,
    master: Master,
    manifest_key: Arc<SigningKey>,
}

fn open(settings: &Settings) -> anyhow::Result<Opened> {
    let clock = Clock::start();
    let now = Timestamp(clock.wall_ms());
    let keys = CentreKeys::read(&settings.keys, now)?;
    let own = CentreKeys::read(&settings.keys, now)?;
    let (ack_key, manifest_key) = (own.ack, Arc::new(own.manifest));
    let tls = certificate::issue(&settings.gate_names(), &keys, now)?;
    let office = Office::open(&made(settings.file("office"))?, keys, now)?;
    let mut fleet = Fleet::default();
    office
        .registry()
        .workplaces()
        .for_each(|id| fleet.enrolled(id));
    let folder = DiskFolder::new(made(settings.file("log"))?);
    let (log, opened) = CentralLog::open(folder, settings.log_store.segment_bytes)?;
    tracing::info!(records = opened.last_ordinal, "central log open");
    let life = incarnation::load_or_create(&settings.file("incarnation"), clock.wall_ms())?;
    let reader = log.reader();
    let checkpoints = Checkpoints::open(&settings.file("checkpoint.redb"))?;
    let checkpoint = match checkpoints.load() {
        Some(found) if found.snapshot.place.stands_in(&reader)? => found,
        Some(_) | None => Checkpoint::default(),
    };
    tracing::info!(behind = checkpoint.snapshot.place.position, "reading on");
    for (workplace, memory) in checkpoint.memories {
        fleet.remember(&workplace, memory);
    }
    let known = checkpoint.snapshot;
    let ingest = Ingest::rebuild(log, ack_key, life, known, |stored, batch, news| {
        recall(&mut fleet, stored, batch, news);
    })?;
    let office = Arc::new(Mutex::new(office));
    let store = MasterStore::open(&settings.file("master.redb"))?;
    let master = Master::open(office.clone(), store, life)?;
    let shared = Shared {
        office,
        fleet: Arc::new(Mutex::new(fleet)),
        clock,
    };
    Ok(Opened {
        ingest,
        checkpoints,
        shared,
        tls,
        reader,
        life,
        master,
        manifest_key,
    })
}

/// Everything that people of the office use: pages, admin socket, watched folder. Gives the port of the pages.
async fn open_office(
    settings: &Settings,
    rollouts: Rollouts,
    reader: Reader<DiskFolder, CentralFormat>,
    gate: &GateHandle,
    tasks: &mut Tasks,
) -> anyhow::Result<u16> {
    let tails = Tails {
        publisher: rollouts.publisher().clone(),
        log: reader.clone(),
    };
    let (console, port) = open_console(settings, &rollouts, reader, gate.clone(), tasks).await?;
    let links = console::links(console, port);
    if !settings.import.folder.as_os_str().is_empty() {
        tasks.spawn(
            "watched folder",
            watch(settings, rollouts.publisher(), tasks.shutdown()),
        );
    }
    tasks.spawn("rollouts", rollouts.clone().keep(tasks.shutdown()));
    tails.settle_known()?;
    let receipts = rollouts::touched::router(rollouts.clone(), tails.log.clone());
    let others = links.merge(tails::api::router(tails)).merge(receipts);
    let admin = serve_admin(settings, rollouts, gate.clone(), others, tasks.shutdown())?;
    tasks.spawn("admin", admin);
    Ok(port)
}

async fn open_console(
    settings: &Settings,
    rollouts: &Rollouts,
    reader: Reader<DiskFolder, CentralFormat>,
    gate: GateHandle,
    tasks: &mut Tasks,
) -> anyhow::Result<(Console, u16)> {
    let counters = Arc::new(move || gate_counters(&gate));
    let console = Console::new(rollouts.clone(), &settings.data, reader, counters);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.console.port));
    let pages = TcpListener::bind(address)
        .await
        .with_context(|| format!("listen on {address}"))?;
    let port = pages.local_addr()?.port();
    keep_text(&settings.file("console.port"), &port.to_string())?;
    keep_text(&settings.file("console.link"), &console.link(port))?;
    let served = console::serve(pages, console.clone(), tasks.shutdown());
    tasks.spawn("console", served);
    Ok((console, port))
}

/// Counters of the gate by name, kinds summed.
fn gate_counters(gate: &GateHandle) -> Vec<(&'static str, u64)> {
    let mut sums: std::collections::BTreeMap<&'static str, u64> = std::collections::BTreeMap::new();
    for ((name, _), count) in gate.counters() {
        let sum = sums.entry(name).or_default();
        *sum = sum.saturating_add(count);
    }
    sums.insert("bus_gaps", gate.bus_gaps());
    sums.into_iter().collect()
}

/// The gate's question, answered by the registry.
struct Door(Shared);

impl Admission for Door {
    fn admit(&self, certificate: &[u8], now_ms: i64) -> Result<WorkplaceId, String> {
        let office = self.0.office.lock().unwrap_or_else(PoisonError::into_inner);
        office.admit(certificate, Timestamp(now_ms))
    }
}

/// Acks and key lists go out through the gate.
struct Through(GateHandle);

impl DownSender for Through {
    fn send(&self, workplace: &WorkplaceId, class: Down, payload: Vec<u8>) {
        // A workplace that is gone or full says hello again and gets what it lacks then.
        self.0
            .deliver(workplace, class, Bytes::from(payload), false);
    }
}

fn start_ingest(
    (ingest, checkpoints): (Ingest<CentralLog<DiskFolder>>, Checkpoints),
    receiver: mpsc::Receiver<Input>,
    shared: Shared,
    gate: GateHandle,
    ended: oneshot::Sender<()>,
) -> std::io::Result<JoinHandle<Result<(), CentralError>>> {
    std::thread::Builder::new()
        .name("ingest".to_owned())
        .spawn(move || {
            let result = run_ingest(ingest, receiver, &shared, &checkpoints, &Through(gate));
            drop(ended);
            result
        })
}

async fn pump(
    mut consumer: Uplinks,
    inbox: mpsc::Sender<Input>,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    loop {
        let message = tokio::select! {
            message = consumer.recv() => message.context("the bus closed")?,
            () = shutdown.requested() => return Ok(()),
        };
        if inbox.send(Input::Message(message)).await.is_err() {
            return Ok(());
        }
    }
}

async fn presence(
    mut events: GateEvents,
    publisher: Publisher,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = shutdown.requested() => return Ok(()),
        };
        if let GateEvent::Online { workplace, .. } = &event {
            let (publisher, workplace) = (publisher.clone(), workplace.clone());
            let welcomed = tokio::task::spawn_blocking(move || publisher.welcome(&workplace));
            welcomed.await??;
        }
        let fleet = &publisher.shared.fleet;
        let mut fleet = fleet.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            GateEvent::Online {
                workplace, at_ms, ..
            } => fleet.online(&workplace, Timestamp(at_ms)),
            GateEvent::Offline {
                workplace,
                at_ms,
                reason,
                ..
            } => {
                tracing::info!(%workplace, reason, "connection gone");
                fleet.offline(&workplace, Timestamp(at_ms));
            }
            GateEvent::Clone { workplace, at_ms } => {
                let told = "two machines speak with this identity".to_owned();
                fleet.alarm(&workplace, Alarm::Clone, told, Timestamp(at_ms));
            }
            GateEvent::Violation {
                workplace, what, ..
            } => {
                tracing::warn!(%workplace, what, "a workplace broke the protocol");
            }
        }
    }
}

fn watch(
    settings: &Settings,
    publisher: &Publisher,
    shutdown: Shutdown,
) -> impl Future<Output = anyhow::Result<()>> + use<> {
    let (master, shared) = (publisher.master.clone(), publisher.shared.clone());
    let folder = settings.import.folder.clone();
    Watched::new(folder, master, shared, &settings.data).run(shutdown)
}

fn serve_admin(
    settings: &Settings,
    rollouts: Rollouts,
    gate: GateHandle,
    others: Router,
    mut shutdown: Shutdown,
) -> anyhow::Result<impl Future<Output = anyhow::Result<()>> + use<>> {
    use std::os::unix::fs::PermissionsExt;
    let path = settings.file(SOCKET_NAME);
    // The lock says that nobody else serves it.
    drop(std::fs::remove_file(&path));
    let listener = UnixListener::bind(&path).with_context(|| format!("bind {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let publisher = rollouts.publisher().clone();
    let shared = publisher.shared.clone();
    let office = office_api::router(office_api::Office {
        publisher,
        quarantine: QuarantineFolder::new(settings.file("quarantine")),
    });
    let routes = admin::router(Admin { shared, gate })
        .merge(office)
        .merge(rollouts::api::router(rollouts))
        .merge(others);
    Ok(async move {
        axum::serve(listener, routes)
            .with_graceful_shutdown(async move { shutdown.requested().await })
            .await?;
        Ok(())
    })
}

fn made(path: std::path::PathBuf) -> anyhow::Result<std::path::PathBuf> {
    std::fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
    Ok(path)
}

/// Ports and the link of this run, for programs and people who can read the data folder.
fn keep_text(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("write {}", path.display()))
}

/// One controller per data folder.
///
/// # Errors
/// When another one runs.
pub fn lock(data: &Path) -> anyhow::Result<std::fs::File> {
    let path = data.join("lock");
    let file =
        std::fs::File::create(&path).with_context(|| format!("create {}", path.display()))?;
    file.try_lock()
        .map_err(|_| AnotherInstance(data.display().to_string()))?;
    Ok(file)
}

/// Another controller runs on the same data.
#[derive(Debug, thiserror::Error)]
#[error("another controller runs on {0}; stop it first")]
pub struct AnotherInstance(String);

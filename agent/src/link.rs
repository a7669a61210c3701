//! The line to the centre: one MQTT client per connection, decisions by `core::sync::uplink`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use ring::rand::{SecureRandom, SystemRandom};
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, Incoming, MqttOptions, QoS,
    TlsConfiguration, Transport,
};
use storefleet_core::dataset::manifest::Generation;
use storefleet_core::dataset::telling::{Known, Office};
use storefleet_core::entry::{self, ClockState};
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_core::sync::backoff;
use storefleet_core::sync::freshness::Freshness;
use storefleet_core::sync::message::{Ack, Telemetry};
use storefleet_core::sync::uplink::{Action, FLIGHTS_MAX, Plan, Uplink};
use storefleet_core::time::Timestamp;
use storefleet_daemon::{Clock, Shutdown};
use storefleet_wire::envelope::{Kind, MESSAGE_BYTES_MAX, SigningKey};
use storefleet_wire::keys::TrustStore;
use storefleet_wire::message;
use storefleet_wire::topic::{Down, Up, down_filter};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use crate::identity::Identity;
use crate::journal::{JournalReader, Rooms};
use crate::link::speech::{SignedBatch, Speaker};
use crate::state_db::{Cursor, StateDb};
use crate::store_thread::{Input, Progress};
use crate::till::errors::TillErrors;

mod open;
pub mod speech;
mod tail;

/// Messages between the socket and the machine; when full, the socket is not read.
const INBOX_MAX: usize = 16;
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const CONNECT_SECS_MAX: u64 = 30;
const SUBSCRIBE_MAX: Duration = Duration::from_secs(10);
/// Ends of batches whose hashes are remembered: those in flight, and as many sent again.
const SENT_MAX: usize = 2 * FLIGHTS_MAX;
/// Telemetry is sent about this often, give or take a fifth.
const TELEMETRY_MS: u64 = 60_000;

/// What the line presents and whom it believes.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// TLS as this workplace; kept until the next renewal so that sessions resume.
    pub tls: Arc<rustls::ClientConfig>,
    /// TLS to the same centre without a certificate, for what is proved in the body.
    pub https: Arc<rustls::ClientConfig>,
    /// Whose acks are believed.
    pub trust: Arc<TrustStore>,
    /// Gates in order of preference, as `host:port`.
    pub brokers: Vec<String>,
}

impl Credentials {
    /// Those of an identity.
    ///
    /// # Errors
    /// When certificate and key do not fit together.
    pub fn of(identity: &Identity, brokers: Vec<String>) -> anyhow::Result<Self> {
        Ok(Self {
            tls: Arc::new(identity.client_config()?),
            https: Arc::new(identity.https_config()?),
            trust: Arc::new(identity.trust.clone()),
            brokers,
        })
    }
}

/// What the line needs to know and whom it tells.
pub struct Link<R: Rooms> {
    /// Who speaks.
    pub workplace: WorkplaceId,
    /// Version of the program.
    pub version: String,
    /// What is presented and believed; a renewal changes it.
    pub credentials: watch::Receiver<Credentials>,
    /// Judges key lists that come over the line.
    pub lists: mpsc::Sender<Vec<u8>>,
    /// Takes manifests that come over the line.
    pub manifests: mpsc::Sender<Vec<u8>>,
    /// Takes documents of the office that come over the line.
    pub consignments: mpsc::Sender<Vec<u8>>,
    /// Signs what goes up.
    pub journal_key: Arc<SigningKey>,
    /// Reads the journal; a new reader comes with a new epoch.
    pub journals: watch::Receiver<JournalReader<R>>,
    /// What is durable.
    pub progress: watch::Receiver<Progress>,
    /// Told of every watermark.
    pub acked: watch::Sender<Mark>,
    /// Told whether the office is heard.
    pub office: watch::Sender<Office>,
    /// The owner of the state.
    pub inputs: mpsc::Sender<Input>,
    /// Keeps the cursor.
    pub database: Arc<Mutex<StateDb>>,
    /// Clocks of the machine.
    pub clock: Clock,
    /// Folder whose disk is watched.
    pub data: std::path::PathBuf,
    /// Random number of this run.
    pub session: u64,
    /// How often the till could not do its work.
    pub till_errors: TillErrors,
    /// Shelf tags that wait for somebody.
    pub tag_count: watch::Receiver<Option<TagCount>>,
    /// Which manifest was taken.
    pub known: watch::Receiver<Arc<Known>>,
    /// Whether that is the newest one.
    pub freshness: Freshness,
}

/// Runs the line until it is told to stop.
///
/// # Errors
/// Only what can never heal by waiting.
pub async fn run<R: Rooms>(mut link: Link<R>, mut shutdown: Shutdown) -> anyhow::Result<()> {
    let cursor = link.cursor();
    let mut known = (cursor.acked, cursor.incarnation);
    let mut failures = cursor.failures;
    link.acked.send_replace(cursor.acked);
    for turn in 0_usize.. {
        let wait = match (turn, failures) {
            (0, 0) => 0,
            _ => backoff::delay_ms(failures, random()),
        };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(wait)) => {}
            () = shutdown.requested() => return Ok(()),
        }
        let started = link.clock.monotonic_ms();
        let brokers = link.credentials.borrow().brokers.clone();
        let broker = brokers
            .get(turn.checked_rem(brokers.len()).unwrap_or(0))
            .cloned();
        let broker = broker.context("no gate is known; enrol this machine again")?;
        let mut uplink = Uplink::new(link.journal().heads(), known.0, known.1);
        let connection = open::Connection::new(&link, &broker)?;
        let ended = tokio::select! {
            ended = connection.run(&mut link, &mut uplink) => Some(ended),
            () = shutdown.requested() => None,
        };
        known = (uplink.acked(), uplink.incarnation());
        link.office_lost();
        let lived = link.clock.monotonic_ms().saturating_sub(started);
        failures = if i64::try_from(lived).unwrap_or(i64::MAX) >= backoff::HEALTHY_MS {
            0
        } else {
            failures.saturating_add(1)
        };
        if let Some(Err(error)) = &ended
            && is_not_let_in(error)
        {
            known.0 = link.hand_in(&broker, known).await;
        }
        link.keep_cursor(known, failures);
        match ended {
            None => return Ok(()),
            Some(Ok(reason)) => tracing::info!(broker, reason, "line closed"),
            Some(Err(error)) => tracing::info!(broker, error = format!("{error:#}"), "line lost"),
        }
    }
    Ok(())
}

impl<R: Rooms> Link<R> {
    fn journal(&self) -> JournalReader<R> {
        self.journals.borrow().clone()
    }

    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.clock.monotonic_ms()).unwrap_or(i64::MAX))
    }

    /// The centre spoke, with its signature.
    fn office_heard(&self) {
        let heard = if self.freshness.is_withheld() {
            Office::Withheld
        } else {
            Office::Heard
        };
        self.office.send_if_modified(|office| {
            let came = *office != heard;
            *office = heard;
            came
        });
    }

    fn taken(&self) -> Generation {
        self.known.borrow().shelf.generation()
    }

    /// Whether a manifest that acks name did not come in time: the gate sends the newest to whoever connects.
    fn lacks_manifest(&mut self) -> bool {
        let (taken, now) = (self.taken(), self.now());
        self.freshness.must_ask(taken, now)
    }

    /// The line is gone; how long ago it stood counts from now, however often it is tried again.
    fn office_lost(&self) {
        let now = Timestamp(self.clock.wall_ms());
        self.office.send_if_modified(|office| {
            let stood = matches!(office, Office::Heard | Office::Withheld);
            if stood {
                *office = Office::SilentSince(now);
            }
            stood
        });
    }

    fn cursor(&self) -> Cursor {
        self.database
            .lock()
            .map(|database| database.cursor())
            .unwrap_or_default()
    }

    /// The cursor only saves time: hello asks for the watermark on every connection.
    fn keep_cursor(&self, (acked, incarnation): (Mark, u32), failures: u32) {
        let cursor = Cursor {
            acked,
            incarnation,
            failures,
        };
        let kept = match self.database.lock() {
            Ok(database) => database
                .keep_cursor(&cursor)
                .map_err(|error| error.to_string()),
            Err(_) => Err("the state file's lock is poisoned".to_owned()),
        };
        if let Err(error) = kept {
            tracing::warn!(error, "cursor not kept");
        }
    }

    /// Says up to where the centre holds this journal now.
    async fn hand_in(&self, broker: &str, known: (Mark, u32)) -> Mark {
        match tail::hand_in(self, broker, known.0, known.1).await {
            Ok(mark) => {
                tracing::error!("this machine was retired: what it sold waits for the office");
                self.acked.send_replace(mark);
                mark
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "the centre lets this machine in no more");
                known.0
            }
        }
    }

    fn speaker(&self) -> Speaker<'_> {
        Speaker {
            workplace: &self.workplace,
            version: &self.version,
            session: self.session,
            key: &self.journal_key,
            key_list: self.credentials.borrow().trust.number(),
        }
    }

    fn hello(&self, uplink: &Uplink) -> Vec<u8> {
        let head = self.progress.borrow().head;
        let wall = Timestamp(self.clock.wall_ms());
        let echo = self.clock.monotonic_ms();
        self.speaker().hello(head, uplink, echo, wall)
    }

    fn telemetry(&self, uplink: &Uplink) -> Vec<u8> {
        let oldest = uplink.oldest_unsent().and_then(|(epoch, seq)| {
            let bytes = self.journal().entry(epoch, seq).ok().flatten()?;
            entry::parse_header(&bytes)
                .ok()
                .map(|(header, _)| header.wall.at)
        });
        let telemetry = Telemetry {
            workplace: self.workplace.clone(),
            head: self.progress.borrow().head,
            acked: uplink.acked(),
            oldest_unsent: oldest,
            wall: Timestamp(self.clock.wall_ms()),
            clock: ClockState::Untrusted,
            version: self.version.clone(),
            disk_free: free_bytes(&self.data),
            session: self.session,
            till_errors: Some(self.till_errors.count()),
            manifest: Some(self.taken()),
            tags: *self.tag_count.borrow(),
        };
        message::write(Kind::Telemetry, &self.journal_key, &telemetry)
    }

    fn batch(&self, plan: &Plan) -> anyhow::Result<Option<SignedBatch>> {
        self.speaker().batch(&self.journal(), plan)
    }

    fn read_ack(&self, payload: &[u8]) -> anyhow::Result<Ack> {
        let now = Timestamp(self.clock.wall_ms());
        let trust = self.credentials.borrow().trust.clone();
        self.speaker().read_ack(&trust, payload, now)
    }

    /// The hash of an entry: mostly the end of a batch that was sent just now, else from the journal.
    fn hash_at(&self, sent: &VecDeque<Mark>, epoch: Epoch, seq: Seq) -> Option<Hash> {
        let known = sent.iter().find(|it| (it.epoch, it.seq) == (epoch, seq));
        match known {
            Some(mark) => Some(mark.hash),
            None => self.journal().hash_at(epoch, seq),
        }
    }
}

/// Whether the gate knows this machine and refuses it for what it is.
fn is_not_let_in(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(ConnectionError::ConnectionRefused(
            ConnectReturnCode::NotAuthorized
        ))
    )
}

/// For jitter only: no randomness means no jitter.
pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => 0,
    }
}

/// Free bytes of the disk that holds `path`; 0 where the system does not say.
fn free_bytes(path: &std::path::Path) -> u64 {
    rustix::fs::statvfs(path)
        .map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize))
        .unwrap_or(0)
}

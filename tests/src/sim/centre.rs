//! The simulated centre: the real ingest on a simulated disk, with backups and lives.

use std::collections::BTreeMap;

use storefleet_controller::central_log::{CentralLog, Place, Stored, records};
use storefleet_controller::ingest::rebuild::Snapshot;
use storefleet_controller::ingest::{Ingest, JournalKeys, News, Received};
use storefleet_core::cbor;
use storefleet_core::entry;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::sync::message::{Ack, Verdict};
use storefleet_core::time::Timestamp;
use storefleet_journal::SimFolder;
use storefleet_wire::envelope::{Kind, PublicKey, Sealed, SigningKey};
use storefleet_wire::keys::{KeyEntry, KeyList, Role, Roots, TrustStore};
use storefleet_wire::topic::Up;

use crate::sim::checks::{Checked, Violation, violated};
use crate::sim::coverage::{Coverage, Met};
use crate::sim::disk;
use crate::sim::shop::EPOCHS;

/// Holds the largest record.
const SEGMENT_BYTES: u32 = 320 * 1024;
/// Messages that share one sync.
/// Groups between two checkpoints.
const CHECKPOINT_EVERY: u64 = 7;
const GROUP_MAX: usize = 16;

/// Which key signs which journal.
#[derive(Debug, Clone, Default)]
pub struct Keys(BTreeMap<WorkplaceId, PublicKey>);

impl Keys {
    /// Grants the key its block of epochs.
    pub fn grant(&mut self, workplace: &WorkplaceId, key: PublicKey) {
        self.0.insert(workplace.clone(), key);
    }
}

impl JournalKeys for Keys {
    fn of_epoch(&self, workplace: &WorkplaceId, epoch: Epoch) -> Option<PublicKey> {
        let key = self.0.get(workplace).copied();
        key.filter(|_| EPOCHS.contains(epoch))
    }

    fn newest(&self, workplace: &WorkplaceId) -> Vec<PublicKey> {
        self.0.get(workplace).copied().into_iter().collect()
    }

    fn is_retired(&self, _: &WorkplaceId, _: Epoch) -> bool {
        false
    }
}

/// A copy of the centre's disk.
#[derive(Clone)]
pub struct Backup {
    /// When it was made, in true time.
    pub at: i64,
    folder: SimFolder,
}

/// An ack on its way to a shop.
pub struct Sent {
    /// To whom.
    pub to: WorkplaceId,
    /// Bytes.
    pub payload: Vec<u8>,
    /// What stands in it.
    pub ack: Ack,
}

/// What a group came to.
pub enum Grouped {
    /// Acks to send and alarms told.
    Done(Vec<Sent>, Vec<News>),
    /// The centre went down.
    Down,
}

/// The centre with its disk.
pub struct Centre {
    /// Behind some record, maybe of a log that a restore took away.
    checkpoint: Snapshot,
    groups: u64,
    pub disk: SimFolder,
    pub ingest: Option<Ingest<CentralLog<SimFolder>>>,
    pub incarnation: u32,
    pub backups: Vec<Backup>,
    pub inbox: Vec<(WorkplaceId, Up, Vec<u8>)>,
    pub keys: Keys,
    /// Whether power is going to fail.
    pub loses_power: bool,
    /// Newest watermark told to each workplace in this life.
    told: BTreeMap<WorkplaceId, Mark>,
    secret: [u8; 32],
}

impl Centre {
    /// A centre that has not started yet, the trust its shops have in it, and the key of its manifests.
    #[must_use]
    pub fn new(seed: u64) -> (Self, TrustStore, SigningKey) {
        let secret = entry::hash(format!("ack {seed}").as_bytes()).0;
        let key = SigningKey::from_seed(&secret).expect("32 bytes");
        let secret_of_manifests = entry::hash(format!("manifest {seed}").as_bytes()).0;
        let manifests = SigningKey::from_seed(&secret_of_manifests).expect("32 bytes");
        let root = SigningKey::from_seed(&[7; 32]).expect("32 bytes");
        let roots = Roots {
            current: root.public(),
            next: root.public(),
        };
        let list = KeyList {
            number: 1,
            roots,
            issuing: Vec::new(),
            root_certificates: Vec::new(),
            keys: vec![
                entry_of(Role::Ack, &key),
                entry_of(Role::Manifest, &manifests),
            ],
        };
        let mut trust = TrustStore::new(roots);
        trust.offer(&list.seal(&root)).expect("a list of our root");
        let centre = Self {
            disk: SimFolder::new(),
            ingest: None,
            checkpoint: Snapshot::default(),
            groups: 0,
            incarnation: 1_000,
            backups: Vec::new(),
            inbox: Vec::new(),
            keys: Keys::default(),
            loses_power: false,
            told: BTreeMap::new(),
            secret,
        };
        (centre, trust, manifests)
    }

    /// Starts on what the disk holds.
    ///
    /// # Errors
    /// When the log is not what was acknowledged.
    pub fn start(&mut self, met: &mut Coverage) -> Checked {
        let key = SigningKey::from_seed(&self.secret).expect("32 bytes");
        let opened = CentralLog::open(self.disk.clone(), SEGMENT_BYTES).and_then(|(log, _)| {
            let stands = self.checkpoint.place.stands_in(&log.reader())?;
            let known = if stands {
                met.met(Met::CheckpointTaken);
                self.checkpoint.clone()
            } else {
                if self.checkpoint.place != Place::default() {
                    met.met(Met::CheckpointOfAnotherLog);
                }
                Snapshot::default()
            };
            Ingest::rebuild(log, key, self.incarnation, known, |_, _, _| {})
        });
        let ingest = match opened {
            Ok(ingest) => ingest,
            Err(error) => {
                let told = format!("{error} ({error:?})");
                return violated("the centre opens after any crash", told);
            }
        };
        self.is_what_the_log_says(&ingest)?;
        self.ingest = Some(ingest);
        for (workplace, told) in &self.told {
            let head = self.head(workplace);
            if head < *told {
                let told = format!("{workplace}: told {told:?}, holds {head:?}");
                return violated("what is acknowledged is never lost", told);
            }
        }
        Ok(())
    }

    /// What a checkpoint saved is what the whole log says.
    fn is_what_the_log_says(&self, ingest: &Ingest<CentralLog<SimFolder>>) -> Checked {
        let key = SigningKey::from_seed(&self.secret).expect("32 bytes");
        let opened = CentralLog::open(disk::copy(&self.disk), SEGMENT_BYTES);
        let whole = opened.and_then(|(log, _)| {
            Ingest::rebuild(
                log,
                key,
                self.incarnation,
                Snapshot::default(),
                |_, _, _| {},
            )
        });
        match whole.map(|whole| whole.snapshot()) {
            Ok(whole) if whole == ingest.snapshot() => Ok(()),
            other => {
                let told = format!("{other:?}, not {:?}", ingest.snapshot());
                violated("a checkpoint is what the log says", told)
            }
        }
    }

    /// The watermark of a workplace.
    #[must_use]
    pub fn head(&self, workplace: &WorkplaceId) -> Mark {
        let ingest = self.ingest.as_ref();
        let chains = ingest.and_then(|ingest| ingest.chains(workplace));
        chains.map(|chains| chains.head).unwrap_or_default()
    }

    /// Takes what came: one commit, then the acks.
    ///
    /// # Errors
    /// When a watermark goes back or an ack says what is not there.
    pub fn group(&mut self, now: i64) -> Result<Grouped, Violation> {
        let count = self.inbox.len().min(GROUP_MAX);
        let messages: Vec<_> = self.inbox.drain(..count).collect();
        let Some(ingest) = &mut self.ingest else {
            return Ok(Grouped::Down);
        };
        let before: BTreeMap<_, _> = ingest
            .heads()
            .map(|(id, chains)| (id.clone(), chains.head))
            .collect();
        let received: Vec<Received<'_>> = messages
            .iter()
            .map(|(workplace, class, payload)| Received {
                workplace,
                class: *class,
                payload,
                at: Timestamp(now),
            })
            .collect();
        let outcome = match ingest.group(&received, &self.keys, Timestamp(now)) {
            Ok(outcome) => outcome,
            Err(_) if self.loses_power => return Ok(Grouped::Down),
            Err(error) => {
                return Err(Violation {
                    invariant: "the centre ends only for a fault of its machine",
                    evidence: format!("{error:?}"),
                });
            }
        };
        for (workplace, old) in before {
            let head = self.head(&workplace);
            if head < old {
                let told = format!("{workplace}: from {old:?} to {head:?}");
                violated("a watermark never goes back inside an incarnation", told)?;
            }
        }
        self.groups += 1;
        if self.groups.is_multiple_of(CHECKPOINT_EVERY) {
            self.checkpoint = self
                .ingest
                .as_ref()
                .map(Ingest::snapshot)
                .unwrap_or_default();
        }
        let mut sent = Vec::new();
        for (to, payload) in outcome.acks {
            let ack = read(&payload);
            self.note_told(&ack);
            sent.push(Sent { to, payload, ack });
        }
        Ok(Grouped::Done(sent, outcome.news))
    }

    fn note_told(&mut self, ack: &Ack) {
        let ingest = self.ingest.as_ref().expect("it runs");
        let chains = ingest.chains(&ack.workplace);
        let is_held = chains.is_some_and(|it| it.held.iter().any(|held| held.head == ack.mark));
        if ack.verdict != Verdict::Refused && !is_held {
            let told = self.told.entry(ack.workplace.clone()).or_default();
            *told = (*told).max(ack.mark);
        }
    }

    /// The process or the machine goes down.
    pub fn fall(&mut self, power: Option<u64>) {
        self.ingest = None;
        self.inbox.clear();
        if let Some(seed) = power {
            self.loses_power = false;
            self.disk = self.disk.crash(seed);
        }
    }

    /// Keeps a copy of the disk.
    pub fn back_up(&mut self, now: i64) {
        if self.ingest.is_some() {
            let folder = disk::copy(&self.disk);
            self.backups.push(Backup { at: now, folder });
            if self.backups.len() > 4 {
                self.backups.remove(0);
            }
        }
    }

    /// The disk is gone and a backup takes its place: a new life begins.
    pub fn restore(&mut self, backup: &Backup) {
        self.fall(None);
        self.loses_power = false;
        self.disk = disk::copy(&backup.folder);
        self.incarnation += 10;
        self.told.clear();
    }

    /// Every record of the log.
    ///
    /// # Panics
    /// When the centre is down or its log cannot be read.
    #[must_use]
    pub fn stored(&self) -> Vec<Stored> {
        let ingest = self.ingest.as_ref().expect("it runs");
        records(&ingest.store().reader(), 1)
            .collect::<Result<_, _>>()
            .expect("the log can be read")
    }
}

fn entry_of(role: Role, key: &SigningKey) -> KeyEntry {
    KeyEntry {
        role,
        key: key.public(),
        not_before: Timestamp(0),
        not_after: Timestamp(i64::MAX),
    }
}

/// What stands in an ack, without asking who signed it.
fn read(payload: &[u8]) -> Ack {
    let sealed = Sealed::parse(payload).expect("an envelope");
    let body = sealed.body_unverified(Kind::Ack).expect("an ack");
    cbor::decode(&body).expect("an ack")
}

//! One simulated shop: the real store loop on a simulated disk, in a shell like the store thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use storefleet_agent::journal::Rooms;
use storefleet_agent::journal::rebuild::Checkpoint;
use storefleet_agent::state_db::Cursor;
use storefleet_agent::store_loop::{LoopConfig, LoopError, StoreLoop};
use storefleet_core::entry::{self, ClockState};
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, WorkplaceId};
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::decide::{Asked, Stamp};
use storefleet_wire::enrol::EpochBlock;
use storefleet_wire::envelope::SigningKey;

use crate::sim::checks::Violation;
use crate::sim::client::Client;
use crate::sim::coverage::{Coverage, Met};
use crate::sim::disk::SimRooms;
use crate::sim::line::Line;
use crate::sim::shelf::Kept;

/// Holds the largest entry once, so that a busy day fills several.
pub const SEGMENT_BYTES: u32 = 70 * 1024;
/// Entries between two checkpoints.
const CHECKPOINT_EVERY: u64 = 60;
const PRUNE_EVERY_MS: u64 = 3_600_000;
/// Epochs of a journal key: more than any seed uses up.
pub const EPOCHS: EpochBlock = EpochBlock {
    first: Epoch(1),
    count: 200,
};

/// How an agent goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The process ends; the machine goes on.
    Killed,
    /// The machine loses power.
    Power,
}

/// Why a shop cannot go on with what it does.
#[derive(Debug)]
pub enum Stop {
    /// It is down and starts again later.
    Down(End),
    /// An invariant does not hold.
    Broken(Violation),
}

impl From<Violation> for Stop {
    fn from(violation: Violation) -> Self {
        Self::Broken(violation)
    }
}

/// Where the next crash is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Between decide and commit.
    BeforeCommit,
    /// Between commit and answer.
    BeforeAnswer,
    /// Between answer and send.
    AfterAnswer,
    /// Between send and ack.
    AfterSend,
    /// Between an ack and the cursor that remembers it.
    AfterAck,
}

/// What only saves time: two checkpoints and the cursor.
#[derive(Debug, Clone, Default)]
pub struct StateStore {
    /// Newest last, two at most.
    pub checkpoints: Vec<Vec<u8>>,
    /// As far as the centre is known to be.
    pub cursor: Cursor,
}

/// What befell a shop's disk: then some losses are no fault of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fate {
    /// A disk lied and lost power.
    pub lied: bool,
    /// Bits turned.
    pub rotten: bool,
    /// A copy of the PC is or was at work.
    pub cloned: bool,
    /// The centre was restored while this shop's disk had lost something.
    pub retired: bool,
}

impl Fate {
    /// Whether anything but crashes happened.
    #[must_use]
    pub fn is_plain(self) -> bool {
        !(self.lied || self.rotten || self.cloned)
    }
}

/// A workplace with its machine and its people.
pub struct Shop {
    pub id: WorkplaceId,
    pub key: Arc<SigningKey>,
    pub rooms: SimRooms,
    pub db: StateStore,
    pub store: Option<StoreLoop<SimRooms>>,
    pub line: Option<Line>,
    pub client: Client,
    pub kept: Kept,
    pub fate: Fate,
    /// What the wall clock shows more than it is, in milliseconds.
    pub clock_off_ms: i64,
    pub boot: u64,
    /// True time of the machine's start.
    pub booted_at: i64,
    pub session: u64,
    pub crash_at: Option<(CrashPoint, End)>,
    /// Genesis hash by epoch: a number stands for one chain.
    pub geneses: BTreeMap<Epoch, Hash>,
    /// Answers up to here were found on the disk after the last start.
    pub(super) verified: usize,
    since_checkpoint: u64,
    pruned_at_ms: Option<u64>,
    /// True time of entries by epoch, for the age of what is pruned.
    pub written_at: BTreeMap<Epoch, Vec<(u64, i64)>>,
    /// What signed acks of the centre said.
    pub truly_acked: Mark,
    /// The newest loss that was not the program's fault and was not looked at yet.
    pub lossy: bool,
    /// The newest epoch in which bits turned: what later ones hold is sound.
    pub rotten_in: Option<Epoch>,
    /// Why the line could not read the journal.
    pub unreadable: Option<String>,
}

impl Shop {
    /// A new shop; its machine starts with [`Self::start`].
    #[must_use]
    pub fn new(id: &str, seed: u64, now: i64, zone: &str) -> Self {
        let secret = entry::hash(format!("{id} {seed}").as_bytes());
        Self {
            id: id.parse().expect("a workplace id"),
            key: Arc::new(SigningKey::from_seed(&secret.0).expect("32 bytes")),
            rooms: SimRooms::default(),
            db: StateStore::default(),
            store: None,
            line: None,
            client: Client::new(id, seed),
            kept: Kept::new(zone),
            fate: Fate::default(),
            clock_off_ms: 0,
            boot: 1,
            booted_at: now,
            session: 1,
            crash_at: None,
            geneses: BTreeMap::new(),
            verified: 0,
            since_checkpoint: 0,
            pruned_at_ms: None,
            written_at: BTreeMap::new(),
            truly_acked: Mark::default(),
            lossy: false,
            rotten_in: None,
            unreadable: None,
        }
    }

    /// Monotonic milliseconds of the machine.
    #[must_use]
    pub fn monotonic(&self, now: i64) -> u64 {
        u64::try_from(now - self.booted_at).unwrap_or(0) + 1
    }

    /// The wall clock.
    #[must_use]
    pub fn wall(&self, now: i64) -> Timestamp {
        Timestamp(now + self.clock_off_ms)
    }

    pub(super) fn stamp(&self, now: i64) -> Stamp {
        Stamp {
            wall: StoreTime {
                at: self.wall(now),
                offset: OffsetMinutes(self.zone_offset(now)),
            },
            clock: ClockState::Untrusted,
            monotonic_ms: self.monotonic(now),
            boot: self.boot,
        }
    }

    fn config(&self) -> LoopConfig {
        LoopConfig {
            workplace: self.id.clone(),
            training: false,
            version: "sim".to_owned(),
            epochs: vec![EPOCHS],
            segment_bytes: SEGMENT_BYTES,
        }
    }

    /// Starts the agent on what the disk holds.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn start(&mut self, now: i64, met: &mut Coverage) -> Result<(), Stop> {
        let mut checkpoints: Vec<Checkpoint> = self
            .db
            .checkpoints
            .iter()
            .filter_map(|bytes| Checkpoint::from_bytes(bytes))
            .collect();
        checkpoints.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.head));
        let stamp = self.stamp(now);
        let rooms = self.rooms.clone();
        let opened = StoreLoop::open(rooms, self.config(), &checkpoints, None, &stamp);
        let (store, recovery) = opened.map_err(|error| self.down(&error))?;
        self.store = Some(store);
        self.since_checkpoint = 0;
        self.pruned_at_ms = None;
        if recovery.damage.is_some() {
            self.note_damage()?;
        }
        self.note_start(&recovery, &checkpoints, met);
        self.note_epoch()?;
        self.note_written(now);
        Ok(self.look_for_answers(recovery.damage.is_some())?)
    }

    /// The running store loop.
    ///
    /// # Panics
    /// When the agent is down.
    #[must_use]
    pub fn store(&self) -> &StoreLoop<SimRooms> {
        self.store.as_ref().expect("the agent runs")
    }

    pub(super) fn running(&mut self) -> &mut StoreLoop<SimRooms> {
        self.store.as_mut().expect("the agent runs")
    }

    /// What a failure of the loop means: a planned one takes it down, any other is a bug.
    pub fn down(&self, error: &LoopError) -> Stop {
        if self.rooms.loses_power() {
            Stop::Down(End::Power)
        } else if self.rooms.take_failing() {
            Stop::Down(End::Killed)
        } else {
            Stop::Broken(Violation {
                invariant: "the agent ends only for a fault of its machine",
                evidence: format!("{}: {error} ({error:?})", self.id),
            })
        }
    }

    fn crash_if(&mut self, point: CrashPoint, met: &mut Coverage) -> Result<(), Stop> {
        match self.crash_at {
            Some((at, end)) if at == point => {
                self.crash_at = None;
                met.met(match point {
                    CrashPoint::BeforeCommit => Met::CrashBeforeCommit,
                    CrashPoint::BeforeAnswer => Met::CrashBeforeAnswer,
                    CrashPoint::AfterAnswer => Met::CrashAfterAnswer,
                    CrashPoint::AfterSend => Met::CrashAfterSend,
                    CrashPoint::AfterAck => Met::CrashAfterAck,
                });
                Err(Stop::Down(end))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// One group of requests: decide and apply all, sync once, then answer.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn turn(&mut self, now: i64, group: Vec<Asked>, met: &mut Coverage) -> Result<(), Stop> {
        let stamp = self.stamp(now);
        let mut waiting = Vec::new();
        let before = self.store().state().head;
        let brought = self.store().state().brought_on;
        for asked in group {
            match self.running().ask(asked.clone(), &stamp) {
                Ok(answer) => waiting.push((asked, answer)),
                Err(error) => return Err(self.down(&error)),
            }
        }
        self.crash_if(CrashPoint::BeforeCommit, met)?;
        let head = match self.running().commit() {
            Ok(head) => head,
            Err(error) => return Err(self.down(&error)),
        };
        self.note_written(now);
        if self.store().state().brought_on != brought {
            met.met(Met::BroughtForward);
        }
        self.since_checkpoint += head.seq.0.saturating_sub(before.seq.0);
        self.crash_if(CrashPoint::BeforeAnswer, met)?;
        for (asked, answer) in waiting {
            self.answer(&asked, answer, now, met)?;
        }
        if let Err(error) = self.running().idle() {
            return Err(self.down(&error));
        }
        if self.since_checkpoint >= CHECKPOINT_EVERY {
            self.checkpoint();
        }
        self.crash_if(CrashPoint::AfterAnswer, met)
    }

    fn checkpoint(&mut self) {
        self.since_checkpoint = 0;
        let bytes = Checkpoint::of(self.store().state()).to_bytes();
        self.db.checkpoints.push(bytes);
        if self.db.checkpoints.len() > 2 {
            self.db.checkpoints.remove(0);
        }
    }

    /// The centre acknowledged: old segments may go.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn prune(&mut self, acked: Mark, now: i64, met: &mut Coverage) -> Result<(), Stop> {
        let since = self.monotonic(now) - self.pruned_at_ms.unwrap_or(0);
        if since < PRUNE_EVERY_MS && self.pruned_at_ms.is_some() {
            return Ok(());
        }
        self.pruned_at_ms = Some(self.monotonic(now));
        let stamp = self.stamp(now);
        let epoch = self.store().state().head.epoch;
        match self.running().prune(acked, &stamp) {
            Ok(0) if self.store().state().head.epoch != epoch => {
                met.met(Met::DamageEpoch);
                self.note_damage()?;
                self.note_epoch()?;
                self.note_written(now);
                Ok(self.look_for_answers(true)?)
            }
            Ok(0) => Ok(()),
            Ok(_) => {
                met.met(Met::Pruned);
                Ok(crate::sim::checks::pruned(self, now)?)
            }
            Err(error) => Err(self.down(&error)),
        }
    }

    /// The centre holds more than this disk.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn behind_centre(&mut self, parent: Mark, now: i64) -> Result<bool, Stop> {
        let stamp = self.stamp(now);
        match self.running().behind_centre(parent, &stamp) {
            Ok(false) => Ok(false),
            Ok(true) => {
                self.note_epoch()?;
                self.note_written(now);
                Ok(true)
            }
            Err(error) => Err(self.down(&error)),
        }
    }

    /// The agent or its machine went down.
    pub fn fall(&mut self, end: End, seed: u64) {
        (self.store, self.line) = (None, None);
        self.crash_at = None;
        self.kept.fall(end, seed);
        self.session += 1;
        if end == End::Power {
            let untrue = self.rooms.is_untrue();
            self.fate.lied |= untrue;
            self.lossy |= untrue;
            self.rooms = self.rooms.crash(seed);
            self.boot += 1;
        }
    }

    /// Epochs on the disk.
    #[must_use]
    pub fn epochs(&self) -> Vec<Epoch> {
        self.rooms.epochs().expect("memory can be listed")
    }
}

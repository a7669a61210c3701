//! What goes wrong, and how the world makes it so.

use storefleet_core::epoch::Mark;
use storefleet_core::sync::message::{Ack, SCHEMA, Verdict};
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;

use crate::sim::checks::Checked;
use crate::sim::coverage::Met;
use crate::sim::shop::{CrashPoint, End, Shop};
use crate::sim::world::{Event, World};

/// A backup older than this is not used: shops keep what the centre holds for 90 days.
const BACKUP_AGE_MS_MAX: i64 = 40 * 86_400_000;
/// Clocks step by this at most.
pub const CLOCK_STEP_MS_MAX: i64 = 20 * 3_600_000;

/// A kind of fault, with the shop it is for where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Messages are lost, doubled and delayed for a while.
    Storm,
    /// One way is dead for a while.
    Cut,
    /// The connection closes.
    HangUp,
    /// The agent's process ends.
    Kill,
    /// The shop loses power.
    Power,
    /// Power goes inside a storage step.
    PowerMidStep,
    /// The agent ends between two of its verbs.
    Crash,
    /// Power goes while the agent opens its journal.
    CrashWhileOpening,
    /// Syncs lie, then power goes.
    LyingDisk,
    /// Power goes after the disk lied.
    LyingDiskEnd(usize),
    /// A sync fails.
    SyncFails,
    /// A write finds the disk full.
    DiskFull,
    /// Bits turn in a segment before the last.
    BitSealed,
    /// Bits turn in the last segment.
    BitTail,
    /// The clock steps.
    Clock,
    /// Checkpoints or cursor are gone or wrong.
    State,
    /// A copy of the PC goes on.
    Clone,
    /// The copy is switched off.
    CloneEnd(usize),
    /// The centre's process ends.
    CentreKill,
    /// The centre loses power inside a storage step.
    CentrePower,
    /// The centre is restored from a backup.
    Restore,
    /// Somebody sends a forged ack.
    Forge,
    /// An ack comes twice, or one of an earlier life.
    Replay,
    /// Something about datasets.
    Datasets,
}

/// Faults by how often they are drawn; those that cost history are rare.
const MENU: &[(Fault, u64)] = &[
    (Fault::Storm, 8),
    (Fault::Cut, 6),
    (Fault::HangUp, 4),
    (Fault::Kill, 4),
    (Fault::Power, 5),
    (Fault::PowerMidStep, 10),
    (Fault::Crash, 12),
    (Fault::CrashWhileOpening, 4),
    (Fault::LyingDisk, 2),
    (Fault::SyncFails, 2),
    (Fault::DiskFull, 4),
    (Fault::BitSealed, 1),
    (Fault::BitTail, 1),
    (Fault::Clock, 5),
    (Fault::State, 8),
    (Fault::Clone, 1),
    (Fault::CentreKill, 3),
    (Fault::CentrePower, 5),
    (Fault::Restore, 2),
    (Fault::Forge, 4),
    (Fault::Replay, 8),
    (Fault::Datasets, 35),
];

impl World {
    /// One fault from the menu.
    pub fn draw_fault(&mut self) -> Fault {
        let total = MENU.iter().map(|(_, weight)| weight).sum();
        let mut throw = self.dice.below(total);
        for (fault, weight) in MENU {
            if throw < *weight {
                return *fault;
            }
            throw -= weight;
        }
        Fault::Kill
    }

    /// Makes a fault happen.
    ///
    /// # Errors
    /// When an invariant does not hold.
    pub fn inject(&mut self, fault: Fault) -> Checked {
        let index = self.dice.index(self.shops.len());
        if self.shops[index].fate.retired {
            return Ok(());
        }
        match fault {
            Fault::Storm | Fault::Cut | Fault::HangUp => self.trouble_the_line(fault, index),
            Fault::Kill => self.fell_if_up(index, End::Killed),
            Fault::Power => self.fell_if_up(index, End::Power),
            Fault::PowerMidStep => {
                let steps = self.dice.below(12);
                self.shops[index].rooms.power_off_after(steps);
            }
            Fault::Crash => {
                let at = *self.dice.pick(&[
                    CrashPoint::BeforeCommit,
                    CrashPoint::BeforeAnswer,
                    CrashPoint::AfterAnswer,
                    CrashPoint::AfterSend,
                    CrashPoint::AfterAck,
                ]);
                let end = *self.dice.pick(&[End::Killed, End::Power]);
                self.shops[index].crash_at = Some((at, end));
            }
            Fault::CrashWhileOpening => self.crash_while_opening(index)?,
            Fault::LyingDisk => {
                self.shops[index].rooms.set_lying(true);
                let wait = self.dice.between(60_000, 5_400_000);
                self.after(wait, Event::Fault(Fault::LyingDiskEnd(index)));
            }
            Fault::LyingDiskEnd(index) => self.fell_if_up(index, End::Power),
            Fault::SyncFails => {
                self.met.met(Met::SyncFailed);
                self.shops[index].rooms.fail_sync();
            }
            Fault::DiskFull => {
                self.met.met(Met::DiskFull);
                self.shops[index].rooms.fail_write();
            }
            Fault::BitSealed | Fault::BitTail => self.turn_bits(fault, index),
            Fault::Clock => self.step_clock(index),
            Fault::State => self.spoil_state(index),
            Fault::Clone => self.clone_pc(index),
            Fault::CloneEnd(index) => self.retire(index),
            Fault::CentreKill => {
                if self.centre.ingest.is_some() {
                    self.met.met(Met::CentreKilled);
                    self.centre_falls(false);
                }
            }
            Fault::CentrePower => {
                let steps = self.dice.below(6);
                self.centre.disk.power_off_after(steps);
                self.centre.loses_power = true;
            }
            Fault::Restore => self.restore(),
            Fault::Forge => self.forge(index),
            Fault::Replay => self.replay(),
            Fault::Datasets => self.spoil_datasets(index),
        }
        Ok(())
    }

    fn trouble_the_line(&mut self, fault: Fault, index: usize) {
        let (now, dice) = (self.now, &mut self.dice);
        let id = self.shops[index].id.clone();
        let weather = self.weather.get_mut(&id).expect("every shop has some");
        match fault {
            Fault::Storm => {
                weather.loss_in = dice.below(5);
                weather.double_in = dice.below(5);
                weather.delay_ms_max = dice.between(0, 8_000);
                weather.fine_at = now + dice.between(60_000, 7_200_000);
            }
            Fault::Cut => {
                let until = now + dice.between(20_000, 7_200_000);
                let ways = dice.below(3);
                if ways != 0 {
                    weather.up_from = until;
                    self.met.met(Met::CutUp);
                }
                if ways != 1 {
                    weather.down_from = until;
                    self.met.met(Met::CutDown);
                }
            }
            _ => {
                if self.shops[index].line.is_some() {
                    self.met.met(Met::HangUp);
                    self.leave(index);
                }
            }
        }
    }

    fn fell_if_up(&mut self, index: usize, end: End) {
        if self.shops[index].store.is_some() && !self.shops[index].fate.retired {
            self.fell(index, end);
        }
    }

    fn crash_while_opening(&mut self, index: usize) -> Checked {
        let seed = self.dice.any();
        let steps = self.dice.below(10);
        let end = *self.dice.pick(&[End::Killed, End::Power]);
        let shop = &mut self.shops[index];
        if shop.rooms.loses_power() {
            return Ok(());
        }
        shop.fall(end, seed);
        shop.rooms.power_off_after(steps);
        self.met.met(Met::CrashWhileOpening);
        let started = shop.start(self.now, &mut self.met);
        let started = started
            .and_then(|()| shop.open_shelf(&self.trust, &self.office, self.now, &mut self.met));
        match started {
            Ok(()) => {
                let session = self.shops[index].session;
                self.after(2_000, Event::Connect(index, session));
                self.after(3_000, Event::Retry(index));
                Ok(())
            }
            Err(stop) => self.stopped(index, stop),
        }
    }

    fn turn_bits(&mut self, fault: Fault, index: usize) {
        let segments = self.shops[index].rooms.segments();
        let Some((tail, sealed)) = segments.split_last() else {
            return;
        };
        let (name, length) = match fault {
            Fault::BitSealed if sealed.is_empty() => return,
            Fault::BitSealed => self.dice.pick(sealed).clone(),
            _ => tail.clone(),
        };
        // Something is written there.
        let bytes = self.shops[index].rooms.bytes(&name);
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) as u64;
        let offset = self.dice.below(used.min(length - 1).max(1));
        let mask = 1 << self.dice.below(8);
        let shop = &mut self.shops[index];
        shop.rooms.flip(&name, offset, mask);
        shop.fate.rotten = true;
        shop.rotten_in = shop.epochs().last().copied();
        self.met.met(if fault == Fault::BitSealed {
            Met::BitSealed
        } else {
            Met::BitTail
        });
        // A machine that reads damaged bytes is soon started again.
        self.fell_if_up(index, End::Killed);
    }

    fn step_clock(&mut self, index: usize) {
        let to = self.dice.between(-CLOCK_STEP_MS_MAX, CLOCK_STEP_MS_MAX);
        let shop = &mut self.shops[index];
        self.met.met(if to > shop.clock_off_ms {
            Met::ClockForward
        } else {
            Met::ClockBack
        });
        shop.clock_off_ms = to;
    }

    fn spoil_state(&mut self, index: usize) {
        let other = self.dice.index(self.shops.len());
        let foreign = self.shops[other].db.checkpoints.last().cloned();
        let what = self.dice.below(4);
        let shop = &mut self.shops[index];
        match (what, foreign) {
            (0, _) => {
                shop.db.checkpoints.clear();
                self.met.met(Met::CheckpointLost);
            }
            (1, Some(foreign)) if other != index => {
                shop.db.checkpoints.push(foreign);
                self.met.met(Met::CheckpointForeign);
            }
            (2, _) => {
                shop.db.cursor = Default::default();
                self.met.met(Met::CursorLost);
            }
            _ => self.leave_stale_checkpoint(index),
        }
        self.fell_if_up(index, End::Killed);
    }

    /// The checkpoint is ahead of the journal: it was made of entries that power then took.
    fn leave_stale_checkpoint(&mut self, index: usize) {
        let shop = &mut self.shops[index];
        let Some(store) = &shop.store else { return };
        let mut ahead = storefleet_agent::journal::rebuild::Checkpoint::of(store.state());
        ahead.head.seq.0 += 1 + self.dice.below(3);
        ahead.head.hash = storefleet_core::ids::Hash([9; 32]);
        shop.db.checkpoints.push(ahead.to_bytes());
        self.met.met(Met::CheckpointStale);
    }

    fn clone_pc(&mut self, index: usize) {
        let original = &self.shops[index];
        let clones = self.shops.iter().filter(|shop| shop.id == original.id);
        if clones.count() > 1 || original.store.is_none() || original.rooms.loses_power() {
            return;
        }
        let mut copy = Shop::new(&original.id.to_string(), self.dice.any(), self.now, "UTC");
        copy.key = original.key.clone();
        copy.rooms = original.rooms.copy();
        copy.db = original.db.clone();
        copy.kept.copy(&original.kept);
        copy.client =
            crate::sim::client::Client::new(&format!("clone-{}", copy.id), self.dice.any());
        (copy.fate, copy.rotten_in) = (original.fate, original.rotten_in);
        copy.fate.cloned = true;
        copy.written_at = original.written_at.clone();
        copy.truly_acked = original.truly_acked;
        self.shops[index].fate.cloned = true;
        self.met.met(Met::Cloned);
        let clone = self.shops.len();
        self.shops.push(copy);
        self.after(5_000, Event::Start(clone));
        for _ in 0..self.dice.below(8) {
            let wait = self.dice.between(10_000, 1_800_000);
            self.after(wait, Event::Act(clone, false));
        }
        self.after(1_900_000, Event::Fault(Fault::CloneEnd(clone)));
    }

    fn restore(&mut self) {
        let usable = self.centre.backups.iter();
        let usable: Vec<_> = usable
            .filter(|backup| self.now - backup.at < BACKUP_AGE_MS_MAX)
            .cloned()
            .collect();
        if usable.is_empty() {
            return;
        }
        let backup = self.dice.pick(&usable).clone();
        self.met.met(Met::CentreRestored);
        self.centre.restore(&backup);
        self.office.restore(backup.at, self.centre.incarnation);
        self.centre.backups.retain(|it| it.at <= backup.at);
        for index in 0..self.shops.len() {
            if self.shops[index].line.is_some() {
                self.leave(index);
            }
        }
        let wait = self.dice.between(1_000, 120_000);
        self.after(wait, Event::CentreStart);
    }

    /// Whoever holds the broker knows the head of a shop, but no ack key.
    fn forge(&mut self, index: usize) {
        let shop = &self.shops[index];
        let Some(store) = &shop.store else { return };
        let mark: Mark = store.durable();
        let stranger = SigningKey::from_seed(&[66; 32]).expect("32 bytes");
        let ack = Ack {
            workplace: shop.id.clone(),
            mark,
            incarnation: self.centre.incarnation + u32::from(self.dice.one_in(2)),
            verdict: Verdict::Ok,
            code: None,
            credit: 1 << 20,
            server_ms: Timestamp(self.now),
            echo: 0,
            generation: (0, 0),
            schema_min: SCHEMA.0,
            schema_max: SCHEMA.1,
        };
        let payload = message::write(Kind::Ack, &stranger, &ack);
        let to = shop.id.clone();
        self.met.met(Met::AckForged);
        self.tell(&to, payload);
    }
}

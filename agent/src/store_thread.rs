//! The thread around the store loop: takes requests in groups, answers after the group is durable.

use std::sync::Arc;
use std::thread::JoinHandle;

use storefleet_core::coupon::UsedCoupons;
use storefleet_core::document::Document;
use storefleet_core::entry::ClockState;
use storefleet_core::epoch::Mark;
use storefleet_core::fact::Fact;
use storefleet_core::ids::Seq;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::request::Answer;
use storefleet_core::shelf_tag::ShelfTags;
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::View;
use storefleet_core::workplace::decide::{Asked, Refusal, Stamp};
use storefleet_daemon::Clock;
use storefleet_wire::enrol::EpochBlock;
use tokio::sync::{mpsc, oneshot, watch};

use crate::journal::rebuild::Checkpoint;
use crate::journal::{DiskRooms, JournalReader};
use crate::state_db::StateDb;
use crate::store_loop::{LoopError, StoreLoop};

/// Requests waiting for the loop; a till that finds it full waits, nothing is dropped.
pub const INPUTS_MAX: usize = 64;
/// Requests that share one sync.
const GROUP_MAX: usize = 32;
/// Entries between two checkpoints.
const CHECKPOINT_EVERY: u64 = 2_000;

/// Old segments are looked for once an hour.
const PRUNE_EVERY_MS: u64 = 3_600_000;

/// What others may send to the owner of the state.
#[derive(Debug)]
pub enum Input {
    /// A client asks.
    Ask(Box<Asked>, oneshot::Sender<Result<Answer, Refusal>>),
    /// Somebody wants to see the state.
    View(oneshot::Sender<Box<View>>),
    /// Somebody wants to know which items are here by the books.
    Present(oneshot::Sender<Vec<String>>),
    /// Something that happened to the shop's datasets: told once it is durable.
    Note(Box<Fact>, oneshot::Sender<()>),
    /// A document of the office: told once it is durable, or known already.
    Book(Box<Document>, oneshot::Sender<()>),
    /// The centre holds everything up to here: old segments may go.
    Acked(Mark),
    /// The disk lost what the centre has: go on from there in a new epoch.
    OpenEpoch(Mark),
    /// Epochs this journal key may open, now that there are more.
    Epochs(Vec<EpochBlock>),
    /// Write the last checkpoint and end.
    Stop,
}

/// What became durable, for the link and the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The newest durable entry.
    pub head: Mark,
    /// Bytes of all entries written in this run.
    pub bytes: u64,
    /// Entries of this run that the centre waits for.
    pub awaited: u64,
}

/// Local time of a store.
#[derive(Debug, Clone)]
pub struct StoreClock {
    clock: Clock,
    zone: jiff::tz::TimeZone,
}

impl StoreClock {
    /// The clock of a store in the given IANA zone.
    #[must_use]
    pub fn new(clock: Clock, zone: jiff::tz::TimeZone) -> Self {
        Self { clock, zone }
    }

    /// The same clock on a wall of another zone; a zone that is not known here changes nothing.
    #[must_use]
    pub fn in_zone(&self, name: &str) -> Self {
        let zone = jiff::tz::TimeZone::get(name);
        Self {
            clock: self.clock,
            zone: zone.unwrap_or_else(|_| self.zone.clone()),
        }
    }

    /// The time on the store's wall at an instant.
    #[must_use]
    pub fn wall(&self, at: Timestamp) -> LocalTime {
        let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        let offset = i64::from(self.zone.to_offset(instant).seconds());
        LocalTime(at.0.saturating_add(offset.saturating_mul(1_000)))
    }

    /// The time on the store's wall now.
    #[must_use]
    pub fn local(&self) -> LocalTime {
        self.wall(Timestamp(self.clock.wall_ms()))
    }

    /// All times of this moment.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        let wall_ms = self.clock.wall_ms();
        let seconds = jiff::Timestamp::from_millisecond(wall_ms)
            .map(|at| self.zone.to_offset(at).seconds())
            .unwrap_or(0);
        let offset = OffsetMinutes(i16::try_from(seconds / 60).unwrap_or(0));
        Stamp {
            wall: StoreTime {
                at: Timestamp(wall_ms),
                offset,
            },
            clock: ClockState::Untrusted,
            monotonic_ms: self.clock.monotonic_ms(),
            boot: self.clock.boot(),
        }
    }
}

/// A running store loop.
pub struct StoreThread {
    /// Where requests go.
    pub inputs: mpsc::Sender<Input>,
    /// What is durable.
    pub progress: watch::Receiver<Progress>,
    /// Reads all epochs; a new one comes with a new epoch.
    pub journals: watch::Receiver<JournalReader<DiskRooms>>,
    /// Tags on the shelf, as far as they are durable.
    pub tags: watch::Receiver<ShelfTags>,
    /// Personal coupon codes that were used, as far as that is durable.
    pub coupons: watch::Receiver<UsedCoupons>,
    thread: JoinHandle<Result<(), LoopError>>,
}

impl StoreThread {
    /// Starts the thread on an opened journal.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        store: StoreLoop<DiskRooms>,
        database: Arc<std::sync::Mutex<StateDb>>,
        clock: StoreClock,
    ) -> std::io::Result<Self> {
        let (inputs, receiver) = mpsc::channel(INPUTS_MAX);
        let (sender, progress) = watch::channel(Progress {
            head: store.durable(),
            bytes: store.bytes(),
            awaited: 0,
        });
        let (readers, journals) = watch::channel(store.journal()?);
        let (shelf, tags) = watch::channel(store.state().tags.clone());
        let (used, coupons) = watch::channel(store.state().coupons.clone());
        let owner = Owner {
            store,
            database,
            clock,
            sender,
            readers,
            shelf,
            used,
            since_checkpoint: 0,
            pruned_at_ms: 0,
        };
        let thread = std::thread::Builder::new()
            .name("store-loop".to_owned())
            .spawn(move || owner.run(receiver))?;
        Ok(Self {
            inputs,
            progress,
            journals,
            tags,
            coupons,
            thread,
        })
    }

    /// Waits for the thread's end.
    ///
    /// # Errors
    /// What ended it, when that was not a request.
    pub fn join(self) -> anyhow::Result<()> {
        drop(self.inputs);
        match self.thread.join() {
            Ok(result) => Ok(result?),
            Err(_) => anyhow::bail!("the store loop stopped on a bug"),
        }
    }
}

struct Owner {
    store: StoreLoop<DiskRooms>,
    database: Arc<std::sync::Mutex<StateDb>>,
    clock: StoreClock,
    sender: watch::Sender<Progress>,
    readers: watch::Sender<JournalReader<DiskRooms>>,
    shelf: watch::Sender<ShelfTags>,
    used: watch::Sender<UsedCoupons>,
    since_checkpoint: u64,
    pruned_at_ms: u64,
}

type Waiting = (
    oneshot::Sender<Result<Answer, Refusal>>,
    Result<Answer, Refusal>,
);

impl Owner {
    fn run(mut self, mut inputs: mpsc::Receiver<Input>) -> Result<(), LoopError> {
        while let Some(first) = inputs.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP_MAX
                && let Ok(next) = inputs.try_recv()
            {
                group.push(next);
            }
            if self.turn(group)? {
                break;
            }
            if inputs.is_empty() {
                self.store.idle()?;
                self.checkpoint_if_due();
            }
        }
        self.store.commit()?;
        self.checkpoint();
        Ok(())
    }

    /// One group: decide and apply all, sync once, then answer. True when the loop was asked to end.
    fn turn(&mut self, group: Vec<Input>) -> Result<bool, LoopError> {
        let mut waiting: Vec<Waiting> = Vec::with_capacity(group.len());
        let mut noted = Vec::new();
        let mut stop = false;
        let before = self.store.state().head;
        for input in group {
            match input {
                Input::Ask(asked, reply) => {
                    let answer = self.store.ask(*asked, &self.clock.stamp())?;
                    waiting.push((reply, answer));
                }
                Input::View(reply) => {
                    // A viewer that left is no concern of the loop.
                    drop(reply.send(Box::new(self.store.state().view())));
                }
                Input::Present(reply) => {
                    let present = self.store.state().stock.present();
                    drop(reply.send(present.map(str::to_owned).collect()));
                }
                Input::Note(fact, done) => {
                    self.store.note(&fact, &self.clock.stamp())?;
                    noted.push(done);
                }
                Input::Book(document, done) => {
                    if let Some(fact) = self.store.state().book(*document) {
                        self.store.note(&fact, &self.clock.stamp())?;
                    }
                    noted.push(done);
                }
                Input::Acked(mark) => self.prune_if_due(mark)?,
                Input::OpenEpoch(parent) => {
                    if self.store.behind_centre(parent, &self.clock.stamp())? {
                        self.readers.send_replace(self.store.journal()?);
                    }
                }
                Input::Epochs(epochs) => self.store.grant(epochs),
                Input::Stop => stop = true,
            }
        }
        let head = self.store.commit()?;
        if head != before {
            let more = head.seq.0.saturating_sub(before.seq.0);
            self.since_checkpoint = self.since_checkpoint.saturating_add(more);
            // A release goes on by what shops say of it.
            let noted = u64::try_from(noted.len()).unwrap_or(u64::MAX);
            let awaited = self.sender.borrow().awaited.saturating_add(noted);
            self.sender.send_replace(Progress {
                head,
                bytes: self.store.bytes(),
                awaited,
            });
        }
        self.show();
        for done in noted {
            // Who noted it may have been stopped meanwhile.
            done.send(()).ok();
        }
        for (reply, answer) in waiting {
            // A till that left asks again with the same key and gets the same answer.
            drop(reply.send(answer));
        }
        Ok(stop)
    }

    /// Gives what changed to those who watch it.
    fn show(&self) {
        let state = self.store.state();
        if !self.shelf.borrow().is_same(&state.tags) {
            self.shelf.send_replace(state.tags.clone());
        }
        if !self.used.borrow().is_same(&state.coupons) {
            self.used.send_replace(state.coupons.clone());
        }
    }

    fn prune_if_due(&mut self, acked: Mark) -> Result<(), LoopError> {
        let stamp = self.clock.stamp();
        if stamp.monotonic_ms.saturating_sub(self.pruned_at_ms) >= PRUNE_EVERY_MS {
            self.pruned_at_ms = stamp.monotonic_ms;
            let epoch = self.store.state().head.epoch;
            self.store.prune(acked, &stamp)?;
            if self.store.state().head.epoch != epoch {
                self.readers.send_replace(self.store.journal()?);
            }
        }
        Ok(())
    }

    fn checkpoint_if_due(&mut self) {
        if self.since_checkpoint >= CHECKPOINT_EVERY {
            self.checkpoint();
        }
    }

    /// A checkpoint only saves time, so a failure is told and nothing else.
    fn checkpoint(&mut self) {
        self.since_checkpoint = 0;
        if self.store.state().head.seq == Seq::NONE {
            return;
        }
        let bytes = Checkpoint::of(self.store.state()).to_bytes();
        let kept = match self.database.lock() {
            Ok(mut database) => database.keep_checkpoint(&bytes).map_err(|e| e.to_string()),
            Err(_) => Err("the state file's lock is poisoned".to_owned()),
        };
        if let Err(error) = kept {
            tracing::warn!(error, "checkpoint not kept");
        }
    }
}

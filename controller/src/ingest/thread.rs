//! The thread around ingest: takes what the bus holds in groups, commits, then lets acks go.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use storefleet_core::entry::Entry;
use storefleet_core::ids::{Seq, WorkplaceId};
use storefleet_core::sync::message::{Batch, Verdict};
use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use storefleet_journal::Folder;
use storefleet_wire::batch;
use storefleet_wire::topic::{Down, Up};
use tokio::sync::{mpsc, oneshot};

use crate::bus::Uplinked;
use crate::central_log::{CentralError, CentralLog, Stored};
use crate::checkpoint::{Checkpoint, Checkpoints};
use crate::fleet::Fleet;
use crate::ingest::{Ingest, News, Outcome, Received};
use crate::office::Office;

/// How much of the log a start after a crash reads again, in milliseconds of work.
const CHECKPOINT_EVERY_MS: u64 = 60_000;
/// Messages that share one sync: bounds a commit to some milliseconds.
const GROUP_MAX: usize = 128;

/// Sends to connected workplaces.
pub trait DownSender: Send + 'static {
    /// Queues an ack or a key list; a workplace that is gone asks again when it is back.
    fn send(&self, workplace: &WorkplaceId, class: Down, payload: Vec<u8>);
}

/// What the thread takes.
#[derive(Debug)]
pub enum Input {
    /// A message from the bus.
    Message(Uplinked),
    /// A batch that a retired machine posted.
    Tail(Tail),
}

/// A batch of a retired machine; its signature was checked.
#[derive(Debug)]
pub struct Tail {
    /// Whose.
    pub workplace: WorkplaceId,
    /// The batch as signed.
    pub payload: Bytes,
    /// When it came.
    pub at: Timestamp,
    /// Gets the sealed ack once the batch is durable.
    pub answer: oneshot::Sender<Vec<u8>>,
}

/// What the thread shares with pages and gate.
#[derive(Clone)]
pub struct Shared {
    /// Who is who, and which key signs what.
    pub office: Arc<Mutex<Office>>,
    /// Live state.
    pub fleet: Arc<Mutex<Fleet>>,
    /// Clocks of the machine.
    pub clock: Clock,
}

impl Shared {
    /// The wall clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.wall_ms())
    }
}

/// Runs until the bus closes.
///
/// # Errors
/// When the log refuses: nothing of the group was acknowledged and the process must end.
pub fn run<F: Folder>(
    mut ingest: Ingest<CentralLog<F>>,
    mut inbox: mpsc::Receiver<Input>,
    shared: &Shared,
    checkpoints: &Checkpoints,
    down: &impl DownSender,
) -> Result<(), CentralError> {
    let mut inputs = Vec::with_capacity(GROUP_MAX);
    let mut kept_ms = shared.clock.monotonic_ms();
    while inbox.blocking_recv_many(&mut inputs, GROUP_MAX) > 0 {
        let mut messages = Vec::with_capacity(inputs.len());
        for input in inputs.drain(..) {
            match input {
                Input::Message(message) => messages.push(message),
                Input::Tail(tail) => take_tail(&mut ingest, shared, tail)?,
            }
        }
        let received: Vec<_> = messages
            .iter()
            .map(|message| Received {
                workplace: &message.workplace,
                class: message.class,
                payload: &message.payload,
                at: Timestamp(message.received_ms),
            })
            .collect();
        for (workplace, ack) in take(&mut ingest, shared, &received, down)? {
            down.send(&workplace, Down::Ack, ack);
        }
        // Dropping the messages gives their permits back to the gate.
        drop(messages);
        let now_ms = shared.clock.monotonic_ms();
        if now_ms.saturating_sub(kept_ms) >= CHECKPOINT_EVERY_MS {
            keep(&ingest, shared, checkpoints);
            kept_ms = now_ms;
        }
    }
    keep(&ingest, shared, checkpoints);
    Ok(())
}

/// Without a checkpoint the next start only takes longer.
fn keep<F: Folder>(ingest: &Ingest<CentralLog<F>>, shared: &Shared, checkpoints: &Checkpoints) {
    let checkpoint = {
        let fleet = shared.fleet.lock().unwrap_or_else(PoisonError::into_inner);
        Checkpoint::of(ingest, &fleet)
    };
    if let Err(error) = checkpoints.keep(&checkpoint) {
        tracing::warn!(%error, "no checkpoint was kept");
    }
}

/// One durable group: its acks, after what it tells was folded.
fn take<F: Folder>(
    ingest: &mut Ingest<CentralLog<F>>,
    shared: &Shared,
    received: &[Received<'_>],
    down: &impl DownSender,
) -> Result<Vec<(WorkplaceId, Vec<u8>)>, CentralError> {
    let Outcome {
        acks,
        news,
        accepted,
    } = {
        let office = shared.office.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = ingest.group(received, office.registry(), shared.now())?;
        outcome
            .news
            .iter()
            .for_each(|it| bring_keys(&office, it, down));
        outcome
    };
    let accepted = accepted.into_iter().filter_map(|index| received.get(index));
    fold_news(shared, &news, accepted);
    Ok(acks)
}

/// An agent that trusts an older key list gets every list since.
fn bring_keys(office: &Office, news: &News, down: &impl DownSender) {
    if let News::Hello(hello, _) = news {
        for list in office.key_lists_after(hello.key_list) {
            down.send(&hello.workplace, Down::Keys, list.to_vec());
        }
    }
}

struct Nobody;

impl DownSender for Nobody {
    fn send(&self, _: &WorkplaceId, _: Down, _: Vec<u8>) {}
}

fn take_tail<F: Folder>(
    ingest: &mut Ingest<CentralLog<F>>,
    shared: &Shared,
    tail: Tail,
) -> Result<(), CentralError> {
    let received = Received {
        workplace: &tail.workplace,
        class: Up::Batch,
        payload: &tail.payload,
        at: tail.at,
    };
    if let Some((_, ack)) = take(ingest, shared, &[received], &Nobody)?.pop() {
        // A machine that left posts the same batch again and gets the same mark.
        drop(tail.answer.send(ack));
    }
    Ok(())
}

fn fold_news<'a>(shared: &Shared, news: &[News], stored: impl Iterator<Item = &'a Received<'a>>) {
    let mut fleet = shared.fleet.lock().unwrap_or_else(PoisonError::into_inner);
    for received in stored {
        if let Some(batch) = batch::open_unverified(received.payload) {
            fold_batch(&mut fleet, received.workplace, &batch, None);
        }
    }
    news.iter().for_each(|item| fleet.news(item));
}

/// Folds the entries of a batch that lie behind what was folded before.
fn fold_batch(fleet: &mut Fleet, workplace: &WorkplaceId, batch: &Batch, upto: Option<Seq>) {
    let before = fleet.folded_upto(workplace);
    for bytes in &batch.entries {
        let Ok(entry) = Entry::parse(bytes) else {
            continue;
        };
        let place = (entry.header.epoch, entry.header.seq);
        let wanted = place > before && upto.is_none_or(|upto| entry.header.seq <= upto);
        if wanted {
            fleet.fold(workplace, &entry);
        }
    }
}

/// Folds a batch of the log into the live state at start, with what is still wrong since then.
pub fn recall(fleet: &mut Fleet, stored: &Stored, batch: &Batch, news: &[News]) {
    if stored.verdict == Verdict::Ok {
        fold_batch(fleet, &stored.workplace, batch, Some(stored.last));
        fleet.recalled(&stored.workplace, stored.received);
    }
    let alarms = news.iter().filter(|it| matches!(it, News::Alarm { .. }));
    alarms.for_each(|alarm| fleet.news(alarm));
}

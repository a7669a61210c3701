//! The thread around ingest: takes what the bus holds in groups, commits, then lets acks go.

use std::sync::{Arc, Mutex, PoisonError};

use storefleet_core::entry::Entry;
use storefleet_core::ids::{Seq, WorkplaceId};
use storefleet_core::sync::message::Verdict;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use storefleet_journal::Folder;
use storefleet_wire::batch;
use tokio::sync::mpsc;

use crate::bus::Uplinked;
use crate::central_log::{CentralError, CentralLog, Stored, records};
use crate::fleet::Fleet;
use crate::ingest::{Ingest, News, Outcome, Received};
use crate::office::Office;

/// Messages that share one sync: bounds a commit to some milliseconds.
const GROUP_MAX: usize = 128;

/// Sends acks to connected workplaces.
pub trait AckSender: Send + 'static {
    /// Queues an ack; a workplace that is gone asks again when it is back.
    fn send(&self, workplace: &WorkplaceId, ack: Vec<u8>);
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
    mut inbox: mpsc::Receiver<Uplinked>,
    shared: &Shared,
    acks: &impl AckSender,
) -> Result<(), CentralError> {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while inbox.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        let received: Vec<_> = group
            .iter()
            .map(|message| Received {
                workplace: &message.workplace,
                class: message.class,
                payload: &message.payload,
                at: Timestamp(message.received_ms),
            })
            .collect();
        let outcome = {
            let office = shared.office.lock().unwrap_or_else(PoisonError::into_inner);
            ingest.group(&received, office.registry(), shared.now())?
        };
        let Outcome { acks: ready, news } = outcome;
        for (workplace, ack) in ready {
            acks.send(&workplace, ack);
        }
        let stored = received
            .iter()
            .filter(|r| news.iter().any(|n| is_about(n, r.workplace)));
        fold_news(shared, &news, stored);
        // Dropping the messages gives their permits back to the gate.
        group.clear();
    }
    Ok(())
}

fn is_about(news: &News, workplace: &WorkplaceId) -> bool {
    matches!(news, News::Stored { workplace: stored, .. } if stored == workplace)
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
fn fold_batch(
    fleet: &mut Fleet,
    workplace: &WorkplaceId,
    batch: &storefleet_core::sync::message::Batch,
    upto: Option<Seq>,
) {
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

/// Folds the whole log into the live state at start.
///
/// # Errors
/// When the log cannot be read.
pub fn recall<F: Folder>(log: &CentralLog<F>, fleet: &mut Fleet) -> Result<(), CentralError> {
    for stored in records(&log.reader(), 1) {
        let Stored {
            workplace,
            verdict,
            batch: bytes,
            received,
            last,
            ..
        } = stored?;
        if verdict != Verdict::Ok {
            continue;
        }
        if let Some(batch) = batch::open_unverified(&bytes) {
            fold_batch(fleet, &workplace, &batch, Some(last));
            fleet.recalled(&workplace, received);
        }
    }
    Ok(())
}

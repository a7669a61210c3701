//! Late tails: what a machine that was replaced had not sent when it went, and sent later. A person looks at it and
//! accepts or refuses it; what is accepted goes down as a document, and the journal that lives on adopts it.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use storefleet_core::document::ROWS_MAX;
use storefleet_core::document::adoption::Adoption;
use storefleet_core::entry::Entry;
use storefleet_core::epoch::Mark;
use storefleet_core::fact::Fact;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Seq, WorkplaceId};
use storefleet_core::receipt::total;
use storefleet_core::sync::message::Verdict;
use storefleet_core::time::Timestamp;
use storefleet_core::workplace::Workplace;
use storefleet_journal::{DiskFolder, Reader};

use crate::central_log::{CentralFormat, Stored};
use crate::datasets::Publisher;
use crate::history::{self, HistoryError};
use crate::master::documents::TailFact;
use crate::master::{MasterError, Signed};

pub mod api;
pub mod orders;

/// A tail that waits for a person.
#[derive(Debug, Clone)]
pub struct Tail {
    /// Whose.
    pub workplace: WorkplaceId,
    /// Its first entry that was not decided on.
    pub first: Seq,
    /// Its last entry.
    pub last: Mark,
    /// When the newest of it came.
    pub received: Timestamp,
    /// Sales in it.
    pub receipts: u64,
    /// Kopecks of them, returns deducted.
    pub total_kop: i64,
    /// What it moved, in pieces that fit into an entry each.
    pub adoptions: Vec<Adoption>,
}

/// Why a tail is not decided on.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// The log.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The decision is not kept.
    #[error(transparent)]
    Master(#[from] MasterError),
    /// There is none.
    #[error("no tail of epoch {1} of {0} waits for a decision; `tails list` shows those that do")]
    None(WorkplaceId, Epoch),
    /// It grew since the person looked.
    #[error("the tail goes up to entry {0} now; look at it again")]
    Grew(Seq),
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdicts {
    /// The chain.
    pub epoch: Epoch,
    /// The last entry that the person saw.
    pub to: Seq,
    /// Whether it counts.
    pub accepted: bool,
}

/// Finds tails and keeps what is decided on them.
#[derive(Clone)]
pub struct Tails {
    /// Office, fleet, master data.
    pub publisher: Publisher,
    /// The central log.
    pub log: Reader<DiskFolder, CentralFormat>,
}

impl Tails {
    /// Every tail that waits.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn waiting(&self) -> Result<Vec<Tail>, TailError> {
        let mut waiting = Vec::new();
        for workplace in self.alarmed() {
            waiting.extend(self.of(&workplace)?);
        }
        Ok(waiting)
    }

    /// Alarms about tails that were decided on before the centre started do not come back.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn settle_known(&self) -> Result<(), TailError> {
        for workplace in self.alarmed() {
            self.settle(&workplace)?;
        }
        Ok(())
    }

    /// Keeps a decision: the office's log first, then the document goes its way.
    ///
    /// # Errors
    /// When there is no such tail, or it grew since, or the log does not take it.
    pub fn decide(
        &self,
        workplace: &WorkplaceId,
        verdict: Verdicts,
        by: Signed<'_>,
    ) -> Result<(), TailError> {
        let waiting = self.of(workplace)?;
        let tail = waiting
            .into_iter()
            .find(|it| it.last.epoch == verdict.epoch);
        let tail = tail.ok_or_else(|| TailError::None(workplace.clone(), verdict.epoch))?;
        if tail.last.seq != verdict.to {
            return Err(TailError::Grew(tail.last.seq));
        }
        let adoptions = if verdict.accepted {
            tail.adoptions
        } else {
            Vec::new()
        };
        let fact = TailFact {
            workplace: workplace.clone(),
            last: tail.last,
            adoptions,
            why: by.why.to_owned(),
        };
        self.publisher.master.decide_tail(&fact, by)?;
        self.settle(workplace)
    }

    fn settle(&self, workplace: &WorkplaceId) -> Result<(), TailError> {
        if self.of(workplace)?.is_empty() {
            let fleet = self.publisher.shared.fleet.lock();
            let mut fleet = fleet.unwrap_or_else(PoisonError::into_inner);
            fleet.settled(workplace, Alarm::Quarantine);
        }
        Ok(())
    }

    fn alarmed(&self) -> Vec<WorkplaceId> {
        let fleet = self.publisher.shared.fleet.lock();
        let fleet = fleet.unwrap_or_else(PoisonError::into_inner);
        let all = fleet.workplaces();
        all.filter(|(_, live)| live.alarms.contains_key(&Alarm::Quarantine))
            .map(|(id, _)| id.clone())
            .collect()
    }

    fn of(&self, workplace: &WorkplaceId) -> Result<Vec<Tail>, TailError> {
        let decided = self.publisher.master.read().tails_of(workplace);
        let decided = decided.map_err(MasterError::from)?;
        let stored = stored(&self.log, workplace)?;
        let mut tails = Vec::new();
        for epoch in self.retired(workplace, &stored) {
            let upto = decided.get(&epoch).copied().unwrap_or(Seq::NONE);
            tails.extend(read(workplace, epoch, &stored, upto)?);
        }
        Ok(tails)
    }

    /// Epochs of retired machines of which something is held.
    fn retired(&self, workplace: &WorkplaceId, stored: &[Stored]) -> BTreeSet<Epoch> {
        let office = self.publisher.shared.office.lock();
        let office = office.unwrap_or_else(PoisonError::into_inner);
        let held = stored.iter().filter(|it| it.verdict == Verdict::Held);
        held.map(|it| it.epoch)
            .filter(|epoch| office.registry().is_retired(workplace, *epoch))
            .collect()
    }
}

/// All records of a workplace.
fn stored(
    log: &Reader<DiskFolder, CentralFormat>,
    workplace: &WorkplaceId,
) -> Result<Vec<Stored>, HistoryError> {
    let mut all = Vec::new();
    history::each_record(log, workplace, |stored| {
        all.push(stored);
        Ok(())
    })?;
    Ok(all)
}

/// The tail of one chain behind what was decided on; none where nothing joins what was accepted.
fn read(
    workplace: &WorkplaceId,
    epoch: Epoch,
    stored: &[Stored],
    decided: Seq,
) -> Result<Option<Tail>, HistoryError> {
    let mut state = Workplace::blank(workplace.clone());
    let accepted = stored.iter().filter(|it| it.verdict == Verdict::Ok);
    for stored in accepted.filter(|it| it.epoch <= epoch) {
        history::apply(&mut state, stored)?;
    }
    let mut pieces = Pieces::default();
    let mut received = Timestamp::default();
    let held = stored.iter().filter(|it| it.verdict == Verdict::Held);
    for stored in held.filter(|it| it.epoch == epoch) {
        history::each_entry(stored, |entry| {
            let head = state.head;
            let joins = head.epoch == epoch
                && entry.header.seq == head.seq.next()
                && entry.header.prev == head.hash;
            if joins && entry.header.seq > decided {
                received = received.max(stored.received);
                pieces.take(&mut state, entry);
            } else if joins {
                state.apply(entry);
            }
        })?;
    }
    Ok(pieces.finish(workplace, &state, received))
}

/// What was gone through of a tail.
#[derive(Default)]
struct Pieces {
    first: Option<Seq>,
    before: Option<(Seq, Workplace)>,
    /// Rows that the piece may have.
    rows: usize,
    receipts: u64,
    total_kop: i64,
    done: Vec<Adoption>,
}

impl Pieces {
    fn take(&mut self, state: &mut Workplace, entry: &Entry) {
        let seq = entry.header.seq;
        self.first.get_or_insert(seq);
        let mut rows = 0;
        if let Fact::Sale(sale) = &entry.fact {
            self.receipts = self.receipts.saturating_add(1);
            self.total_kop = self.total_kop.saturating_add(total(&sale.lines).0);
            rows = sale.lines.len();
        } else if let Fact::Return(back) = &entry.fact {
            self.total_kop = self.total_kop.saturating_sub(total(&back.lines).0);
            rows = back.lines.len();
        } else if let Fact::WrittenOff(document) = &entry.fact {
            rows = document.lines.len();
        }
        if self.rows > 0 && self.rows.saturating_add(rows) > ROWS_MAX {
            self.cut(state);
        }
        self.before.get_or_insert_with(|| (seq, state.clone()));
        self.rows = self.rows.saturating_add(rows);
        state.apply(entry);
    }

    fn cut(&mut self, state: &Workplace) {
        if let Some((first, before)) = self.before.take() {
            self.done.push(Adoption::between(&before, state, first));
        }
        self.rows = 0;
    }

    fn finish(
        mut self,
        workplace: &WorkplaceId,
        state: &Workplace,
        received: Timestamp,
    ) -> Option<Tail> {
        self.cut(state);
        Some(Tail {
            workplace: workplace.clone(),
            first: self.first?,
            last: state.head,
            received,
            receipts: self.receipts,
            total_kop: self.total_kop,
            adoptions: self.done,
        })
    }
}

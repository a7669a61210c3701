//! The journal of a workplace as the centre's log holds it: what a replacement machine begins with,
//! and what a disk that lied is given back.

use storefleet_core::brought_forward::History;
use storefleet_core::entry::{Entry, EntryError};
use storefleet_core::ids::{Seq, WorkplaceId};
use storefleet_core::sync::message::{HeldBatches, Missing, Verdict};
use storefleet_core::workplace::Workplace;
use storefleet_journal::{DiskFolder, Folder, Reader};
use storefleet_provision::enrolment::Histories;
use storefleet_wire::batch;

use crate::central_log::{CentralError, CentralFormat, Stored, records};

/// Bytes of batches in one answer, or one batch.
const ANSWER_BATCHES_MAX: usize = 4 * 1024 * 1024;

/// Why the history cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] CentralError),
    /// A record holds no batch.
    #[error("record {0} of the central log holds no batch; run `verify`")]
    Batch(u64),
    /// An entry cannot be read.
    #[error("record {0} of the central log: {1}")]
    Entry(u64, EntryError),
    /// The log begins behind the beginning of the journal.
    #[error("the central log holds no beginning of this journal; restore it from a backup")]
    Incomplete,
}

/// The histories in a central log.
pub struct LogHistories(pub Reader<DiskFolder, CentralFormat>);

impl Histories for LogHistories {
    fn of(&self, workplace: &WorkplaceId) -> Result<Option<History>, String> {
        let state = fold(&self.0, workplace).map_err(|error| error.to_string())?;
        Ok(state.map(|state| History {
            parent: state.head,
            parts: state.parts(),
        }))
    }
}

/// Folds everything accepted of a workplace; nothing for one that never spoke.
///
/// # Errors
/// When a record cannot be read, or the beginning is missing.
pub fn fold<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    workplace: &WorkplaceId,
) -> Result<Option<Workplace>, HistoryError> {
    let mut state = Workplace::blank(workplace.clone());
    each_record(reader, workplace, |stored| {
        if stored.verdict == Verdict::Ok {
            apply(&mut state, &stored)?;
        }
        Ok(())
    })?;
    if state.head.seq == Seq::NONE {
        return Ok(None);
    }
    if state.is_complete() {
        Ok(Some(state))
    } else {
        Err(HistoryError::Incomplete)
    }
}

/// The accepted batches of that epoch behind the place asked for, as many as fit into an answer.
///
/// # Errors
/// When a record cannot be read.
pub fn held_behind<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    asked: &Missing,
) -> Result<HeldBatches, HistoryError> {
    let mut held = HeldBatches::default();
    let mut bytes = 0_usize;
    let all = reader.oldest().map_err(CentralError::from)?..=reader.durable();
    let runs = reader.places(&asked.workplace, all);
    for run in runs.map_err(CentralError::from)? {
        if run.span.epoch != asked.have.epoch {
            continue;
        }
        for stored in records(reader, run.ordinal).take(run.records as usize) {
            let stored = stored?;
            let wanted = stored.workplace == asked.workplace
                && stored.epoch == asked.have.epoch
                && stored.verdict == Verdict::Ok
                && stored.last > asked.have.seq;
            if !wanted {
                continue;
            }
            bytes = bytes.saturating_add(stored.batch.len());
            if bytes > ANSWER_BATCHES_MAX && !held.batches.is_empty() {
                return Ok(held);
            }
            held.batches.push(stored.batch);
        }
    }
    Ok(held)
}

/// Calls with every record of a workplace, in their order.
///
/// # Errors
/// When a record cannot be read, or `each` fails.
pub fn each_record<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    workplace: &WorkplaceId,
    mut each: impl FnMut(Stored) -> Result<(), HistoryError>,
) -> Result<(), HistoryError> {
    let all = reader.oldest().map_err(CentralError::from)?..=reader.durable();
    for run in reader.places(workplace, all).map_err(CentralError::from)? {
        for stored in records(reader, run.ordinal).take(run.records as usize) {
            let stored = stored?;
            if stored.workplace == *workplace {
                each(stored)?;
            }
        }
    }
    Ok(())
}

/// Calls with every entry that was new with a record.
///
/// # Errors
/// When the record holds no batch or an entry cannot be read.
pub fn each_entry(stored: &Stored, mut each: impl FnMut(&Entry)) -> Result<(), HistoryError> {
    let batch =
        batch::open_unverified(&stored.batch).ok_or(HistoryError::Batch(stored.position))?;
    for bytes in &batch.entries {
        let entry =
            Entry::parse(bytes).map_err(|error| HistoryError::Entry(stored.position, error))?;
        if (stored.first..=stored.last).contains(&entry.header.seq) {
            each(&entry);
        }
    }
    Ok(())
}

/// Folds the entries of a record that were new with it.
///
/// # Errors
/// When the record holds no batch or an entry cannot be read.
pub fn apply(state: &mut Workplace, stored: &Stored) -> Result<(), HistoryError> {
    each_entry(stored, |entry| state.apply(entry))
}

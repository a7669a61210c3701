//! The state of a workplace as the centre's log holds it: what a replacement machine begins with.

use storefleet_core::brought_forward::History;
use storefleet_core::entry::{Entry, EntryError};
use storefleet_core::ids::{Seq, WorkplaceId};
use storefleet_core::sync::message::Verdict;
use storefleet_core::workplace::Workplace;
use storefleet_journal::{DiskFolder, Folder, Reader};
use storefleet_provision::enrolment::Histories;
use storefleet_wire::batch;

use crate::central_log::{CentralError, CentralFormat, Stored, records};

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
    let all = reader.oldest().map_err(CentralError::from)?..=reader.durable();
    for run in reader.places(workplace, all).map_err(CentralError::from)? {
        for stored in records(reader, run.ordinal).take(run.records as usize) {
            let stored = stored?;
            if stored.workplace == *workplace && stored.verdict == Verdict::Ok {
                apply(&mut state, &stored)?;
            }
        }
    }
    if state.head.seq == Seq::NONE {
        return Ok(None);
    }
    if state.is_complete() {
        Ok(Some(state))
    } else {
        Err(HistoryError::Incomplete)
    }
}

fn apply(state: &mut Workplace, stored: &Stored) -> Result<(), HistoryError> {
    let batch =
        batch::open_unverified(&stored.batch).ok_or(HistoryError::Batch(stored.position))?;
    for bytes in &batch.entries {
        let entry =
            Entry::parse(bytes).map_err(|error| HistoryError::Entry(stored.position, error))?;
        if (stored.first..=stored.last).contains(&entry.header.seq) {
            state.apply(&entry);
        }
    }
    Ok(())
}

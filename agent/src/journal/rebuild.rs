//! From a journal back to the state: a checkpoint, else the newest brought-forward, else everything.

use storefleet_core::brought_forward::Part;
use storefleet_core::cbor;
use storefleet_core::entry::{self, Entry, EntryError};
use storefleet_core::epoch::Mark;
use storefleet_core::fact::Fact;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::kind::FactKind;
use storefleet_core::workplace::{FOLD_VERSION, Workplace};
use storefleet_journal::{Folder, ReadError, Reader};

use crate::journal::EntryFormat;

/// Entries looked through at once while a brought-forward is searched from the end.
const BLOCK: u64 = 4_096;

/// The state at one entry, kept beside the journal to save time.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Checkpoint {
    /// Version of the fold that made it; another version makes it worthless.
    #[n(0)]
    pub fold_version: u32,
    /// The entry it stands at; it counts only if the journal holds exactly this.
    #[n(1)]
    pub head: Mark,
    /// The state, in the form of a brought-forward.
    #[n(2)]
    pub parts: Vec<Part>,
}

impl Checkpoint {
    /// The checkpoint of a state.
    #[must_use]
    pub fn of(state: &Workplace) -> Self {
        Self {
            fold_version: FOLD_VERSION,
            head: state.head,
            parts: state.parts(),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads one back; nothing when the bytes are not a checkpoint of this version.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        cbor::decode(bytes).ok()
    }
}

/// Why a state cannot be rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The journal cannot be read there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record that passed its checks is no entry.
    #[error("record {ordinal} is no entry: {source}")]
    Entry {
        /// Its place.
        ordinal: u64,
        /// What is wrong with it.
        source: EntryError,
    },
}

/// Folds one epoch's log up to its durable end.
///
/// # Errors
/// When the log cannot be read; the caller decides whether that is damage.
pub fn rebuild<F: Folder>(
    reader: &Reader<F, EntryFormat>,
    id: &WorkplaceId,
    checkpoints: &[Checkpoint],
) -> Result<Workplace, RebuildError> {
    for checkpoint in checkpoints {
        if is_of_this_journal(reader, checkpoint)? {
            let parts = checkpoint.parts.clone();
            let state = Workplace::restored(id.clone(), checkpoint.head, parts);
            return replay(reader, state, checkpoint.head.seq.next().0);
        }
    }
    let start = match newest_brought_forward(reader)? {
        Some(ordinal) => ordinal,
        None => reader.oldest()?,
    };
    replay(reader, Workplace::blank(id.clone()), start)
}

fn is_of_this_journal<F: Folder>(
    reader: &Reader<F, EntryFormat>,
    checkpoint: &Checkpoint,
) -> Result<bool, RebuildError> {
    let seq = checkpoint.head.seq.0;
    #[cfg(feature = "planted")]
    if crate::planted::is(crate::planted::Bug::CheckpointTrusted) {
        return Ok(true);
    }
    if checkpoint.fold_version != FOLD_VERSION || seq == 0 || seq > reader.durable() {
        return Ok(false);
    }
    let record = match reader.read_from(seq).next() {
        Some(Err(ReadError::Pruned { .. })) | None => return Ok(false),
        Some(record) => record?,
    };
    let (header, hash) = header_of(record.ordinal, &record.bytes)?;
    Ok(header.epoch == checkpoint.head.epoch && hash == checkpoint.head.hash)
}

fn replay<F: Folder>(
    reader: &Reader<F, EntryFormat>,
    mut state: Workplace,
    from: u64,
) -> Result<Workplace, RebuildError> {
    for record in reader.read_from(from) {
        let record = record?;
        let entry = Entry::parse(&record.bytes).map_err(|source| RebuildError::Entry {
            ordinal: record.ordinal,
            source,
        })?;
        state.apply(&entry);
    }
    Ok(state)
}

/// Ordinal of the first part of the newest whole brought-forward, searched from the end.
fn newest_brought_forward<F: Folder>(
    reader: &Reader<F, EntryFormat>,
) -> Result<Option<u64>, RebuildError> {
    let oldest = reader.oldest()?;
    let mut end = reader.durable();
    while end >= oldest && end > 0 {
        let start = end.saturating_sub(BLOCK - 1).max(oldest);
        let mut found = None;
        for record in reader.read_from(start) {
            let record = record?;
            if record.ordinal > end {
                break;
            }
            let (header, _) = header_of(record.ordinal, &record.bytes)?;
            if header.kind == FactKind::BROUGHT_FORWARD_END {
                found = first_part(record.ordinal, &record.bytes)
                    .filter(|o| *o >= oldest)
                    .or(found);
            }
        }
        if found.is_some() {
            return Ok(found);
        }
        end = start.saturating_sub(1);
    }
    Ok(None)
}

fn first_part(ordinal: u64, bytes: &[u8]) -> Option<u64> {
    let fact = Entry::parse(bytes).ok()?.fact;
    if let Fact::BroughtForwardEnd(end) = fact {
        ordinal.checked_sub(u64::from(end.parts))
    } else {
        None
    }
}

fn header_of(
    ordinal: u64,
    bytes: &[u8],
) -> Result<(entry::Header, storefleet_core::ids::Hash), RebuildError> {
    entry::parse_header(bytes).map_err(|source| RebuildError::Entry { ordinal, source })
}

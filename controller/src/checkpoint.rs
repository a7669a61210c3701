//! Checkpoints of what the centre folded from its log, in redb. They only save time: one counts only
//! while the log holds the record it names, and deleting the file loses nothing.

use std::collections::BTreeMap;
use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use storefleet_core::cbor;
use storefleet_core::ids::WorkplaceId;

use crate::central_log::{BatchStore, Place};
use crate::derived;
use crate::fleet::Fleet;
use crate::fleet::memory::Memory;
use crate::ingest::Ingest;
use crate::ingest::rebuild::{Known, Snapshot};

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("workplaces");
const BEHIND: &str = "behind";
/// Raised with every change of what a fold means: older checkpoints do not count then.
const FOLD: u32 = 3;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("checkpoint file: {0}")]
pub struct CheckpointError(#[from] Box<redb::Error>);

/// What a checkpoint stands behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub(crate) struct Behind {
    #[n(0)]
    pub(crate) place: Place,
    #[n(1)]
    pub(crate) fold: u32,
}

/// What is kept of a workplace.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Row {
    /// Of its journal.
    #[n(0)]
    pub known: Known,
    /// For the pages.
    #[n(1)]
    pub memory: Memory,
}

/// What the centre knew behind a record of its log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// Of the journals.
    pub snapshot: Snapshot,
    /// For the pages.
    pub memories: BTreeMap<WorkplaceId, Memory>,
}

impl Checkpoint {
    /// What is known between two groups.
    #[must_use]
    pub fn of<S: BatchStore>(ingest: &Ingest<S>, fleet: &Fleet) -> Self {
        Self {
            snapshot: ingest.snapshot(),
            memories: fleet.memories(),
        }
    }

    fn rows(&self) -> BTreeMap<&WorkplaceId, Row> {
        let mut rows: BTreeMap<&WorkplaceId, Row> = BTreeMap::new();
        for (workplace, known) in &self.snapshot.known {
            rows.entry(workplace).or_default().known = known.clone();
        }
        for (workplace, memory) in &self.memories {
            rows.entry(workplace).or_default().memory = memory.clone();
        }
        rows
    }
}

/// The file with the newest checkpoint.
#[derive(Debug)]
pub struct Checkpoints(Database);

impl Checkpoints {
    /// Opens the file; one that is damaged is removed and begun again.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        derived::open(path).map(Self).map_err(boxed)
    }

    /// The checkpoint; none where anything of it cannot be read.
    #[must_use]
    pub fn load(&self) -> Option<Checkpoint> {
        self.read().ok().flatten()
    }

    fn read(&self) -> Result<Option<Checkpoint>, redb::Error> {
        let transaction = self.0.begin_read()?;
        let meta = transaction.open_table(META)?;
        let behind = meta.get(BEHIND)?;
        let behind = behind.and_then(|bytes| cbor::decode::<Behind>(bytes.value()).ok());
        let Some(behind) = behind.filter(|behind| behind.fold == FOLD) else {
            return Ok(None);
        };
        let mut checkpoint = Checkpoint::default();
        checkpoint.snapshot.place = behind.place;
        for item in transaction.open_table(ROWS)?.iter()? {
            let (name, bytes) = item?;
            let row: Option<Row> = cbor::decode(bytes.value()).ok();
            let workplace: Option<WorkplaceId> = name.value().parse().ok();
            let (Some(workplace), Some(row)) = (workplace, row) else {
                return Ok(None);
            };
            checkpoint
                .snapshot
                .known
                .insert(workplace.clone(), row.known);
            checkpoint.memories.insert(workplace, row.memory);
        }
        Ok(Some(checkpoint))
    }

    /// Keeps a checkpoint in place of the one before, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        self.write(checkpoint).map_err(boxed)
    }

    fn write(&self, checkpoint: &Checkpoint) -> Result<(), redb::Error> {
        let behind = Behind {
            place: checkpoint.snapshot.place,
            fold: FOLD,
        };
        let transaction = self.0.begin_write()?;
        // A workplace that the log behind this checkpoint does not know must not stay.
        transaction.delete_table(ROWS)?;
        {
            let mut rows = transaction.open_table(ROWS)?;
            for (workplace, row) in checkpoint.rows() {
                rows.insert(workplace.to_string().as_str(), &*cbor::encode(&row))?;
            }
            let mut meta = transaction.open_table(META)?;
            meta.insert(BEHIND, &*cbor::encode(&behind))?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn boxed(error: impl Into<redb::Error>) -> CheckpointError {
    CheckpointError(Box::new(error.into()))
}

#[cfg(test)]
mod tests;

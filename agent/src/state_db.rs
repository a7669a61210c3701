//! What only saves time, in redb: checkpoints and the upload cursor. Deleting the file loses nothing.

use std::path::Path;

use redb::{Database, ReadableDatabase, TableDefinition};
use storefleet_core::cbor;
use storefleet_core::epoch::Mark;

use crate::disk_trace::{DiskTrace, TracedBackend};
use crate::journal::rebuild::Checkpoint;

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const CHECKPOINTS: [&str; 2] = ["checkpoint-a", "checkpoint-b"];
const CURSOR: &str = "cursor";
/// A till's data fit into this many bytes of cache.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// How far the centre is known to hold the journal, and how the last connections went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Cursor {
    /// The newest entry acknowledged.
    #[n(0)]
    pub acked: Mark,
    /// The centre's life that said so.
    #[n(1)]
    pub incarnation: u32,
    /// Failed connections in a row, so that a restart does not forget to wait.
    #[n(2)]
    pub failures: u32,
}

/// The file is unusable; it is made anew.
#[derive(Debug, thiserror::Error)]
#[error("state file: {0}")]
pub struct StateError(#[from] Box<redb::Error>);

/// The replaceable state of an agent.
#[derive(Debug)]
pub struct StateDb {
    database: Database,
    turn: usize,
}

impl StateDb {
    /// Opens the file; one that is damaged is removed and begun again.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(path: &Path, trace: Option<&DiskTrace>) -> Result<Self, StateError> {
        let open = || {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE_BYTES);
            match trace {
                Some(trace) => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    let backend = TracedBackend::open(path, &name, trace.clone());
                    builder.create_with_backend(backend.map_err(redb::StorageError::from)?)
                }
                None => builder.create(path),
            }
        };
        let database = match open() {
            Ok(database) => database,
            Err(error @ redb::DatabaseError::DatabaseAlreadyOpen) => Err(boxed(error))?,
            Err(error) => {
                tracing::warn!(%error, "state file is unusable, it is made anew");
                drop(std::fs::remove_file(path));
                open().map_err(boxed)?
            }
        };
        Ok(Self { database, turn: 0 })
    }

    /// The checkpoints, newest first; none that cannot be read.
    #[must_use]
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        let stored = CHECKPOINTS.iter().filter_map(|name| self.get(name));
        let mut found: Vec<_> = stored
            .filter_map(|bytes| Checkpoint::from_bytes(&bytes))
            .collect();
        found.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.head));
        found
    }

    /// Keeps a checkpoint in place of the older of the two.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_checkpoint(&mut self, checkpoint: &[u8]) -> Result<(), StateError> {
        self.turn = self.turn.wrapping_add(1) % CHECKPOINTS.len();
        let name = CHECKPOINTS
            .get(self.turn)
            .copied()
            .unwrap_or(CHECKPOINTS[0]);
        self.put(name, checkpoint)
    }

    /// The upload cursor; the start where nothing is known.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.get(CURSOR)
            .and_then(|bytes| cbor::decode(&bytes).ok())
            .unwrap_or_default()
    }

    /// Keeps the upload cursor.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_cursor(&self, cursor: &Cursor) -> Result<(), StateError> {
        self.put(CURSOR, &cbor::encode(cursor))
    }

    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let table = self.database.begin_read().ok()?.open_table(META).ok()?;
        table.get(name).ok()?.map(|guard| guard.value().to_vec())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StateError> {
        let write = self.database.begin_write().map_err(boxed)?;
        {
            let mut table = write.open_table(META).map_err(boxed)?;
            table.insert(name, bytes).map_err(boxed)?;
        }
        write.commit().map_err(boxed)?;
        Ok(())
    }
}

fn boxed<E: Into<redb::Error>>(error: E) -> Box<redb::Error> {
    Box::new(error.into())
}

//! What the office folded from its log, in redb: rows and the position behind them change in one
//! transaction. It only saves time: without the file, or behind another log, the log is read again.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use storefleet_core::cbor;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_provision::registry::{IdentityFact, KeyListRow, Registry};

use crate::derived;

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const WORKPLACES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("workplaces");
const KEY_LISTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("key-lists");
const BEHIND: &str = "behind";
/// Raised with every change of what a fold means: older rows do not count then.
const FOLD: u32 = 1;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the office's fold: {0}; stop the centre, remove the file, start again")]
pub struct FoldError(#[from] Box<redb::Error>);

/// The entry of the office log that the rows stand behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Behind {
    /// Its place; 0 before the first.
    #[n(0)]
    pub position: u64,
    /// Its hash.
    #[n(1)]
    pub hash: Hash,
    #[n(2)]
    fold: u32,
}

impl Behind {
    /// Behind that entry.
    #[must_use]
    pub fn new(position: u64, hash: Hash) -> Self {
        let fold = FOLD;
        Self {
            position,
            hash,
            fold,
        }
    }
}

/// The open file.
#[derive(Debug)]
pub struct Fold(Database);

impl Fold {
    /// Opens the file; one that is damaged is removed and begun again.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(path: &Path) -> Result<Self, FoldError> {
        derived::open(path).map(Self).map_err(boxed)
    }

    /// The registry and where it stands; none where anything of it cannot be read.
    #[must_use]
    pub fn load(&self) -> Option<(Registry, Behind)> {
        self.read().ok().flatten()
    }

    fn read(&self) -> Result<Option<(Registry, Behind)>, redb::Error> {
        let transaction = self.0.begin_read()?;
        let meta = transaction.open_table(META)?;
        let behind = meta.get(BEHIND)?;
        let behind = behind.and_then(|bytes| cbor::decode::<Behind>(bytes.value()).ok());
        let Some(behind) = behind.filter(|behind| behind.fold == FOLD) else {
            return Ok(None);
        };
        let mut registry = Registry::default();
        for item in transaction.open_table(KEY_LISTS)?.iter()? {
            let Ok(row) = cbor::decode::<KeyListRow>(item?.1.value()) else {
                return Ok(None);
            };
            registry.restore_key_list(&row);
        }
        for item in transaction.open_table(WORKPLACES)?.iter()? {
            let (name, row) = item?;
            let workplace: Option<WorkplaceId> = name.value().parse().ok();
            let restored = workplace.map(|id| registry.restore(id, row.value()));
            if !matches!(restored, Some(Ok(()))) {
                return Ok(None);
            }
        }
        Ok(Some((registry, behind)))
    }

    /// Keeps what `facts` changed and the place behind them, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(
        &self,
        registry: &Registry,
        facts: &[IdentityFact],
        behind: Behind,
    ) -> Result<(), FoldError> {
        let changed = facts.iter().filter_map(IdentityFact::workplace);
        self.write(registry, changed, behind, false).map_err(boxed)
    }

    /// Keeps all of the registry in place of what was there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_all(&self, registry: &Registry, behind: Behind) -> Result<(), FoldError> {
        self.write(registry, registry.workplaces(), behind, true)
            .map_err(boxed)
    }

    fn write<'a>(
        &self,
        registry: &Registry,
        changed: impl Iterator<Item = &'a WorkplaceId>,
        behind: Behind,
        anew: bool,
    ) -> Result<(), redb::Error> {
        let transaction = self.0.begin_write()?;
        if anew {
            transaction.delete_table(WORKPLACES)?;
            transaction.delete_table(KEY_LISTS)?;
        }
        put(&transaction, registry, changed, behind)?;
        transaction.commit()?;
        Ok(())
    }
}

fn put<'a>(
    transaction: &WriteTransaction,
    registry: &Registry,
    changed: impl Iterator<Item = &'a WorkplaceId>,
    behind: Behind,
) -> Result<(), redb::Error> {
    let mut workplaces = transaction.open_table(WORKPLACES)?;
    for id in changed {
        if let Some(row) = registry.row(id) {
            workplaces.insert(id.to_string().as_str(), &*row)?;
        }
    }
    let mut lists = transaction.open_table(KEY_LISTS)?;
    for (place, row) in (0_u64..).zip(registry.key_list_rows()) {
        lists.insert(place, &*cbor::encode(&row))?;
    }
    let mut meta = transaction.open_table(META)?;
    meta.insert(BEHIND, &*cbor::encode(&behind))?;
    Ok(())
}

fn boxed(error: impl Into<redb::Error>) -> FoldError {
    FoldError(Box::new(error.into()))
}

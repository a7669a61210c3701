//! What is folded from the office's log about master data, in redb: records, their history, and layers. Rows
//! and the position behind them change in one transaction; without the file the log is read again.

use std::collections::BTreeMap;
use std::path::Path;

use redb::{
    Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction,
};
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::master::change::{Assembly, Closed, MasterFact, RowChange, Source};
use storefleet_core::master::{Record, Table};
use storefleet_core::rollout::{RolloutFact, RolloutState};
use storefleet_core::time::Timestamp;

use super::layers::{self, Moved};
use super::{documents, touched, underlay};
use crate::derived;
use crate::office::{Area, OfficeEntry};

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const RECORDS: TableDefinition<'_, (u16, &str), &[u8]> = TableDefinition::new("records");
/// By table, key and number of the change: which row of the change it was.
pub(super) const HISTORY: TableDefinition<'_, (u16, &str, u64), u32> =
    TableDefinition::new("history");
pub(super) const CHANGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("changes");
pub(super) const CHANGE_ROWS: TableDefinition<'_, (u64, u32), &[u8]> =
    TableDefinition::new("change-rows");
/// Item codes by barcode: the newest that has it.
pub(super) const BARCODES: TableDefinition<'_, &str, &str> = TableDefinition::new("barcodes");
/// By number of the entry: what happened to rollouts.
const ROLLOUTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rollouts");
/// How many records each table has: counting them takes as long as reading them.
const COUNTS: TableDefinition<'_, u16, u64> = TableDefinition::new("counts");
const POSITION: &str = "position";
/// Life of the centre that numbers documents.
const LIFE: &str = "life";
const FOLD: &str = "fold";
/// Raised with every change of what the fold means: an older file is made anew.
const FOLD_VERSION: u64 = 4;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error("master data: {0}; stop the centre, remove master.redb, start again")]
    Database(#[from] Box<redb::Error>),
    /// A record of the file.
    #[error("master data: {0} cannot be read; a newer version wrote it")]
    Record(String),
}

impl From<redb::StorageError> for StoreError {
    fn from(error: redb::StorageError) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl From<TableError> for StoreError {
    fn from(error: TableError) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl From<redb::TransactionError> for StoreError {
    fn from(error: redb::TransactionError) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

impl From<redb::CommitError> for StoreError {
    fn from(error: redb::CommitError) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

/// A change as its card shows it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ChangeCard {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// Who.
    #[n(1)]
    pub actor: String,
    /// Where it came from.
    #[n(2)]
    pub source: Source,
    /// Name of the file, or number of the change taken back.
    #[n(3)]
    pub origin: String,
    /// Why.
    #[n(4)]
    pub why: String,
    /// Records changed.
    #[n(5)]
    pub rows: u64,
}

/// Records, history and layers.
#[derive(Debug)]
pub struct MasterStore {
    pub(super) database: Database,
    position: u64,
    assembly: Assembly,
    rollouts: RolloutState,
    life: u32,
    pub(super) documents: documents::Newest,
}

impl MasterStore {
    /// Opens the file; one that is damaged, or of another fold, is made anew.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let open =
            || derived::open(path).map_err(|error| StoreError::Database(Box::new(error.into())));
        let mut database = open()?;
        if meta(&database, FOLD).is_some_and(|version| version != FOLD_VERSION) {
            drop(database);
            drop(std::fs::remove_file(path));
            database = open()?;
        }
        Self::on(database)
    }

    /// The store in a database that is open and new, or of this fold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn on(database: Database) -> Result<Self, StoreError> {
        let write = database.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            meta.insert(FOLD, FOLD_VERSION)?;
            write.open_table(RECORDS)?;
            write.open_table(HISTORY)?;
            write.open_table(CHANGES)?;
            write.open_table(CHANGE_ROWS)?;
            write.open_table(BARCODES)?;
            write.open_table(ROLLOUTS)?;
            write.open_table(COUNTS)?;
        }
        layers::create(&write)?;
        let documents = documents::open(&write)?;
        write.commit()?;
        let position = meta(&database, POSITION).unwrap_or(0);
        let rollouts = fold_rollouts(&database)?;
        Ok(Self {
            position,
            assembly: Assembly::default(),
            rollouts,
            life: meta(&database, LIFE)
                .and_then(|it| it.try_into().ok())
                .unwrap_or(0),
            documents,
            database,
        })
    }

    /// Every rollout.
    #[must_use]
    pub fn rollouts(&self) -> &RolloutState {
        &self.rollouts
    }

    /// The life of the centre that numbers documents: the newest that the log tells of.
    #[must_use]
    pub fn life(&self) -> u32 {
        self.life
    }

    /// The entry of the office's log that everything here stands behind.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Folds an entry of the office's log. Gives the layers that got another root.
    ///
    /// # Errors
    /// When the file cannot be written; the next start reads the log again.
    pub fn fold(&mut self, ordinal: u64, entry: &OfficeEntry) -> Result<Vec<Moved>, StoreError> {
        match Area::of(entry.area) {
            Some(Area::Master) => {
                let fact: MasterFact =
                    cbor::decode(&entry.body).map_err(|_| unreadable(ordinal))?;
                let Some((rows, closed)) = self.assembly.take(fact) else {
                    return Ok(Vec::new());
                };
                self.fold_change(ordinal, entry, rows, closed)?;
                Ok(Vec::new())
            }
            Some(Area::Published) => {
                let read = self.database.begin_read()?;
                let write = self.database.begin_write()?;
                let moved = layers::publish(&read, &write, ordinal)?;
                drop(read);
                self.finish(write, ordinal)?;
                Ok(moved)
            }
            Some(Area::Beside) => {
                let besides = cbor::decode(&entry.body).map_err(|_| unreadable(ordinal))?;
                let write = self.database.begin_write()?;
                underlay::lay(self, &write, ordinal, besides)?;
                self.finish(write, ordinal)?;
                Ok(Vec::new())
            }
            Some(Area::Rollout) => {
                let fact = rollout_fact(ordinal, &entry.body)?;
                let write = self.database.begin_write()?;
                write
                    .open_table(ROLLOUTS)?
                    .insert(ordinal, entry.body.as_slice())?;
                self.finish(write, ordinal)?;
                self.rollouts.apply(&fact);
                Ok(Vec::new())
            }
            Some(Area::Life) => {
                let life: u32 = cbor::decode(&entry.body).map_err(|_| unreadable(ordinal))?;
                let write = self.database.begin_write()?;
                write.open_table(META)?.insert(LIFE, u64::from(life))?;
                self.finish(write, ordinal)?;
                self.life = life;
                Ok(Vec::new())
            }
            Some(Area::Tail) => {
                let fact = cbor::decode(&entry.body).map_err(|_| unreadable(ordinal))?;
                let write = self.database.begin_write()?;
                let ordered = documents::adopt(&write, (self.life, ordinal), fact, &entry.actor)?;
                self.finish(write, ordinal)?;
                self.documents.extend(ordered);
                Ok(Vec::new())
            }
            Some(Area::Identity) | None => Ok(Vec::new()),
        }
    }

    fn fold_change(
        &mut self,
        ordinal: u64,
        entry: &OfficeEntry,
        rows: Vec<RowChange>,
        closed: Closed,
    ) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        let ordered;
        {
            let mut records = write.open_table(RECORDS)?;
            let mut history = write.open_table(HISTORY)?;
            let mut change_rows = write.open_table(CHANGE_ROWS)?;
            let mut barcodes = write.open_table(BARCODES)?;
            let mut dirty = write.open_table(layers::DIRTY)?;
            let mut counts = write.open_table(COUNTS)?;
            for (index, row) in (0_u32..).zip(&rows) {
                let key = (row.table.code(), row.key.as_str());
                let had = match &row.to {
                    Some(bytes) => records.insert(key, bytes.as_slice())?.is_some(),
                    None => records.remove(key)?.is_some(),
                };
                count(&mut counts, row.table, had, row.to.is_some())?;
                history.insert((key.0, key.1, ordinal), index)?;
                change_rows.insert((ordinal, index), cbor::encode(row).as_slice())?;
                index_barcodes(&mut barcodes, row)?;
                for (layer, key) in touched(row) {
                    dirty.insert((layer.to_string().as_str(), key.as_str()), ())?;
                }
                if row.table == Table::Dealers {
                    layers::touch_shops_of(&records, &mut dirty, &row.key)?;
                }
            }
            let card = ChangeCard {
                at: entry.at,
                actor: entry.actor.clone(),
                source: closed.source,
                origin: closed.origin,
                why: closed.why,
                rows: closed.rows,
            };
            let mut changes = write.open_table(CHANGES)?;
            changes.insert(ordinal, cbor::encode(&card).as_slice())?;
            ordered = documents::order(&write, (self.life, ordinal), &rows, &card)?;
        }
        self.finish(write, ordinal)?;
        self.documents.extend(ordered);
        Ok(())
    }

    fn finish(&mut self, write: WriteTransaction, ordinal: u64) -> Result<(), StoreError> {
        write.open_table(META)?.insert(POSITION, ordinal)?;
        write.commit()?;
        self.position = ordinal;
        Ok(())
    }

    /// The bytes of a record.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn record(&self, table: Table, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        let found = records.get((table.code(), key))?;
        Ok(found.map(|bytes| bytes.value().to_vec()))
    }

    /// How many records a table has.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count(&self, table: Table) -> Result<u64, StoreError> {
        let counts = self.database.begin_read()?.open_table(COUNTS)?;
        let count = counts.get(table.code())?;
        Ok(count.map_or(0, |count| count.value()))
    }

    /// Calls `each` with every record of a table, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn each(&self, table: Table, mut each: impl FnMut(&str, &[u8])) -> Result<(), StoreError> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        for item in scan(&records, table, "") {
            let (key, bytes) = item?;
            each(&key, &bytes);
        }
        Ok(())
    }

    /// All records of a type.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn all<R: Record>(&self) -> Result<Vec<R>, StoreError> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        all_of(&records, "")
    }

    /// The records of a type whose keys begin so.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn starting<R: Record>(&self, prefix: &str) -> Result<Vec<R>, StoreError> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        all_of(&records, prefix)
    }

    /// A record of a type.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn get<R: Record>(&self, key: &str) -> Result<Option<R>, StoreError> {
        let found = self.record(R::TABLE, key)?;
        found
            .map(|bytes| decoded(R::TABLE, key, &bytes))
            .transpose()
    }

    /// Whether records changed that no version of a layer holds yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_unpublished(&self) -> Result<bool, StoreError> {
        let dirty = self.database.begin_read()?.open_table(layers::DIRTY)?;
        Ok(dirty.iter()?.next().is_some())
    }

    /// The layers whose records changed since their newest version, each with how many places must be built anew.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unpublished(&self) -> Result<BTreeMap<LayerId, u64>, StoreError> {
        let dirty = self.database.begin_read()?.open_table(layers::DIRTY)?;
        let mut layers = BTreeMap::new();
        for item in dirty.iter()? {
            let (place, ()) = (item?.0, ());
            if let Ok(layer) = place.value().0.parse::<LayerId>() {
                let count: &mut u64 = layers.entry(layer).or_default();
                *count = count.saturating_add(1);
            }
        }
        Ok(layers)
    }
}

fn unreadable(ordinal: u64) -> StoreError {
    StoreError::Record(format!("entry {ordinal} of the office's log"))
}

fn rollout_fact(ordinal: u64, body: &[u8]) -> Result<RolloutFact, StoreError> {
    cbor::decode(body).map_err(|_| unreadable(ordinal))
}

fn fold_rollouts(database: &Database) -> Result<RolloutState, StoreError> {
    let facts = database.begin_read()?.open_table(ROLLOUTS)?;
    let mut rollouts = RolloutState::default();
    for item in facts.iter()? {
        let (ordinal, body) = item?;
        rollouts.apply(&rollout_fact(ordinal.value(), body.value())?);
    }
    Ok(rollouts)
}

fn meta(database: &Database, name: &str) -> Option<u64> {
    let table = database.begin_read().ok()?.open_table(META).ok()?;
    table.get(name).ok()?.map(|value| value.value())
}

fn count(
    counts: &mut redb::Table<'_, u16, u64>,
    table: Table,
    had: bool,
    has: bool,
) -> Result<(), StoreError> {
    if had == has {
        return Ok(());
    }
    let before = counts.get(table.code())?.map_or(0, |count| count.value());
    let after = if has {
        before.saturating_add(1)
    } else {
        before.saturating_sub(1)
    };
    counts.insert(table.code(), after)?;
    Ok(())
}

fn index_barcodes(
    barcodes: &mut redb::Table<'_, &str, &str>,
    row: &RowChange,
) -> Result<(), StoreError> {
    use storefleet_core::master::item::ItemRecord;
    if row.table != Table::Items {
        return Ok(());
    }
    let item = |bytes: &Option<minicbor::bytes::ByteVec>| {
        let bytes = bytes.as_ref()?;
        cbor::decode::<ItemRecord>(bytes).ok()
    };
    for code in item(&row.from).into_iter().flat_map(|item| item.barcodes) {
        let own = barcodes
            .get(code.as_str())?
            .is_some_and(|held| held.value() == row.key);
        if own {
            barcodes.remove(code.as_str())?;
        }
    }
    for code in item(&row.to).into_iter().flat_map(|item| item.barcodes) {
        barcodes.insert(code.as_str(), row.key.as_str())?;
    }
    Ok(())
}

/// Records of a table from a key on.
fn scan<'t, T: ReadableTable<(u16, &'static str), &'static [u8]>>(
    records: &'t T,
    table: Table,
    from: &str,
) -> impl Iterator<Item = Result<(String, Vec<u8>), StoreError>> + use<'t, T> {
    let code = table.code();
    let range = records.range((code, from)..(code.saturating_add(1), ""));
    let (range, error) = match range {
        Ok(range) => (Some(range), None),
        Err(error) => (None, Some(Err(StoreError::from(error)))),
    };
    let rows = range.into_iter().flatten().map(|item| {
        let (key, bytes) = item?;
        Ok((key.value().1.to_owned(), bytes.value().to_vec()))
    });
    error.into_iter().chain(rows)
}

pub(super) fn all_of<R: Record>(
    records: &impl ReadableTable<(u16, &'static str), &'static [u8]>,
    prefix: &str,
) -> Result<Vec<R>, StoreError> {
    let mut found = Vec::new();
    for item in scan(records, R::TABLE, prefix) {
        let (key, bytes) = item?;
        if !key.starts_with(prefix) {
            break;
        }
        found.push(decoded(R::TABLE, &key, &bytes)?);
    }
    Ok(found)
}

pub(super) fn decoded<R: Record>(table: Table, key: &str, bytes: &[u8]) -> Result<R, StoreError> {
    cbor::decode(bytes).map_err(|_| StoreError::Record(format!("{} {key}", table.name())))
}

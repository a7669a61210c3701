//! Records of the layers in redb: those on sale, and those put aside for later. Deleting the file loses nothing:
//! everything is fetched again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::kinds;
use storefleet_core::dataset::manifest::{Applied, RejectedCode};
use storefleet_core::dataset::segment::{Change, SegmentHead};
use storefleet_core::dataset::shelf::Need;
use storefleet_core::dataset::tree::{BucketHasher, Tree, bucket_of};
use storefleet_core::ids::Hash;

use super::packed::Unpacked;

pub mod mending;

/// By layer: its table and root.
const ON_SALE: TableDefinition<'_, &str, (u64, &[u8; 32])> = TableDefinition::new("on-sale");
/// By layer and root: the table of a whole layer that waits.
const WAITING: TableDefinition<'_, (&str, &[u8; 32]), u64> = TableDefinition::new("waiting");
/// By layer and root: a packed segment that waits.
const SEGMENTS: TableDefinition<'_, (&str, &[u8; 32]), &[u8]> = TableDefinition::new("segments");
/// The newest manifest taken, as signed.
const MANIFEST: TableDefinition<'_, (), &[u8]> = TableDefinition::new("manifest");
const COUNTER: TableDefinition<'_, (), u64> = TableDefinition::new("counter");
/// The records of 100,000 items and their barcodes fit into this many bytes of cache; it grows as they are asked for.
const CACHE_BYTES: usize = 48 * 1024 * 1024;

/// The table and the root of each layer on sale.
pub(super) type Tables = BTreeMap<LayerId, (u64, Hash)>;
type Records<'n> = TableDefinition<'n, (u16, &'static str), &'static [u8]>;
type Buckets<'n> = TableDefinition<'n, u16, &'static [u8; 32]>;

/// Why datasets are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The code for the desk.
    pub code: RejectedCode,
    /// What was found.
    pub detail: String,
}

impl Fault {
    fn new(code: RejectedCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { code, detail }
    }
}

impl<E: Into<redb::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::new(RejectedCode::Disk, error.into().to_string())
    }
}

/// The open file.
#[derive(Debug)]
pub struct Shelves {
    database: Database,
    /// One writer at a time.
    writing: Mutex<()>,
}

impl Shelves {
    /// Opens the file; one that is damaged is removed and everything is fetched again.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(path: &Path) -> Result<Self, redb::Error> {
        let open = || {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE_BYTES);
            builder.create(path)
        };
        let database = match open() {
            Ok(database) => database,
            Err(error @ redb::DatabaseError::DatabaseAlreadyOpen) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the datasets are unusable, they are fetched again");
                drop(std::fs::remove_file(path));
                open()?
            }
        };
        Self::on(database)
    }

    /// The shelves in a database that is open.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn on(database: Database) -> Result<Self, redb::Error> {
        let write = database.begin_write()?;
        write.open_table(ON_SALE)?;
        write.open_table(WAITING)?;
        write.open_table(SEGMENTS)?;
        write.open_table(MANIFEST)?;
        write.open_table(COUNTER)?;
        write.commit()?;
        Ok(Self {
            database,
            writing: Mutex::default(),
        })
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The roots on sale.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn active(&self) -> Result<BTreeMap<LayerId, Hash>, redb::Error> {
        let table = self.database.begin_read()?.open_table(ON_SALE)?;
        let mut active = BTreeMap::new();
        for item in table.iter()? {
            let (layer, place) = item?;
            if let Ok(layer) = layer.value().parse() {
                active.insert(layer, Hash(*place.value().1));
            }
        }
        Ok(active)
    }

    /// The newest manifest taken, as signed: after a start without a line it still says what becomes due.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn manifest(&self) -> Result<Option<Vec<u8>>, redb::Error> {
        let table = self.database.begin_read()?.open_table(MANIFEST)?;
        Ok(table.get(())?.map(|bytes| bytes.value().to_vec()))
    }

    /// What was put aside and checked.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn staged(&self) -> Result<Vec<Need>, redb::Error> {
        let read = self.database.begin_read()?;
        let mut staged = Vec::new();
        for item in read.open_table(SEGMENTS)?.iter()? {
            let (_, packed) = item?;
            // One that an older version put aside and this one cannot read is asked for again.
            let opened = Unpacked::open(packed.value()).ok();
            staged.extend(opened.map(|(head, _)| Need {
                layer: head.layer,
                from: head.from,
                to: head.to,
            }));
        }
        // A whole layer serves whatever is on sale, so it counts where there is one.
        for item in read.open_table(WAITING)?.iter()? {
            let (place, _) = item?;
            let (name, root) = place.value();
            staged.extend(name.parse().ok().map(|layer| Need {
                layer,
                from: None,
                to: Hash(*root),
            }));
        }
        Ok(staged)
    }

    /// Keeps a manifest that was taken, and drops what was put aside and is not wanted any more.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn keep(&self, manifest: &[u8], wanted: &BTreeSet<(LayerId, Hash)>) -> Result<(), Fault> {
        let _alone = self.alone();
        let write = self.database.begin_write()?;
        write.open_table(MANIFEST)?.insert((), manifest)?;
        let is_wanted = |(name, root): (&str, &[u8; 32])| {
            let layer = name.parse();
            layer.is_ok_and(|layer| wanted.contains(&(layer, Hash(*root))))
        };
        write
            .open_table(SEGMENTS)?
            .retain(|place, _| is_wanted(place))?;
        let mut gone = Vec::new();
        for item in write
            .open_table(WAITING)?
            .extract_if(|place, _| !is_wanted(place))?
        {
            gone.push(item?.1.value());
        }
        for number in gone {
            delete_layer(&write, number)?;
        }
        write.commit()?;
        Ok(())
    }

    /// A view that no switch changes, with the tables of the layers on sale.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> Result<(ReadTransaction, Tables), redb::Error> {
        let read = self.database.begin_read()?;
        let mut layers = BTreeMap::new();
        for item in read.open_table(ON_SALE)?.iter()? {
            let (layer, place) = item?;
            let (table, root) = place.value();
            if let Ok(layer) = layer.value().parse() {
                layers.insert(layer, (table, Hash(*root)));
            }
        }
        Ok((read, layers))
    }

    /// Checks a packed segment and puts it aside; gives what it serves, or nothing where nobody needs it.
    ///
    /// # Errors
    /// Why it cannot be used: nothing on sale changed.
    pub fn stage(&self, packed: &[u8], needs: &[Need]) -> Result<Option<Need>, Fault> {
        let _alone = self.alone();
        let wrong = |detail| Fault::new(RejectedCode::Segment, detail);
        let (head, changes) = Unpacked::open(packed).map_err(wrong)?;
        let fits = |need: &&Need| {
            need.layer == head.layer
                && need.to == head.to
                && (head.from.is_none() || head.from == need.from)
        };
        let Some(need) = needs.iter().find(fits) else {
            return Ok(None);
        };
        let served = Need {
            from: head.from,
            ..need.clone()
        };
        if head.from.is_none() {
            self.stage_whole(&head, changes)?;
        } else {
            self.stage_changes(&head, changes, packed)?;
        }
        Ok(Some(served))
    }

    /// A whole layer goes into a table of its own.
    fn stage_whole(&self, head: &SegmentHead, mut changes: Unpacked<'_>) -> Result<(), Fault> {
        let name = head.layer.to_string();
        let mut write = self.database.begin_write()?;
        // What waits can be fetched again, so it need not be durable before the switch.
        write.set_durability(redb::Durability::Immediate)?;
        let number = next_table(&write)?;
        {
            let table_name = records_name(number);
            let mut records = write.open_table(Records::new(&table_name))?;
            while let Some(change) = read_change(head, &mut changes)? {
                let Some(record) = change.record else {
                    return Err(Fault::new(
                        RejectedCode::Segment,
                        "a whole layer removes a record",
                    ));
                };
                records.insert(
                    (bucket_of(&change.key), change.key.as_str()),
                    record.as_slice(),
                )?;
            }
        }
        let root = rehash_all(&write, number)?;
        if root != head.to && !is_trusted() {
            let detail = format!("{name}: {root} instead of {}", head.to);
            return Err(Fault::new(RejectedCode::Root, detail));
        }
        write
            .open_table(WAITING)?
            .insert((name.as_str(), &head.to.0), number)?;
        write.commit()?;
        Ok(())
    }

    /// Changes are tried on the table on sale and taken back: they count with the switch.
    fn stage_changes(
        &self,
        head: &SegmentHead,
        changes: Unpacked<'_>,
        packed: &[u8],
    ) -> Result<(), Fault> {
        let trial = self.database.begin_write()?;
        apply(&trial, head, changes)?;
        trial.abort()?;
        let write = self.database.begin_write()?;
        let name = head.layer.to_string();
        write
            .open_table(SEGMENTS)?
            .insert((name.as_str(), &head.to.0), packed)?;
        write.commit()?;
        Ok(())
    }

    /// Switches to what was put aside, all layers in one transaction.
    ///
    /// # Errors
    /// When something is not there or does not give its root: nothing changed.
    pub fn switch(&self, applied: &Applied) -> Result<(), Fault> {
        let _alone = self.alone();
        let write = self.database.begin_write()?;
        for changed in &applied.layers {
            let name = changed.layer.to_string();
            match changed.root {
                None => take_off(&write, &name)?,
                Some(root) => put_on(&write, &name, root)?,
            }
        }
        write.commit()?;
        Ok(())
    }
}

/// Whether a root counts without being counted: never in a shop.
fn is_trusted() -> bool {
    #[cfg(feature = "planted")]
    if crate::planted::is(crate::planted::Bug::RootTrusted) {
        return true;
    }
    false
}

fn put_on(write: &WriteTransaction, name: &str, root: Hash) -> Result<(), Fault> {
    let waiting = write
        .open_table(WAITING)?
        .remove((name, &root.0))?
        .map(|number| number.value());
    if let Some(number) = waiting {
        take_off(write, name)?;
        write.open_table(ON_SALE)?.insert(name, (number, &root.0))?;
        return Ok(());
    }
    let packed = write
        .open_table(SEGMENTS)?
        .remove((name, &root.0))?
        .map(|packed| packed.value().to_vec());
    let packed = packed.ok_or_else(|| {
        Fault::new(
            RejectedCode::Segment,
            format!("{name}: nothing waits for {root}"),
        )
    })?;
    let wrong = |detail| Fault::new(RejectedCode::Segment, detail);
    let (head, changes) = Unpacked::open(&packed).map_err(wrong)?;
    apply(write, &head, changes)?;
    Ok(())
}

fn take_off(write: &WriteTransaction, name: &str) -> Result<(), Fault> {
    let gone = write
        .open_table(ON_SALE)?
        .remove(name)?
        .map(|place| place.value().0);
    gone.map_or(Ok(()), |number| delete_layer(write, number))
}

fn delete_layer(write: &WriteTransaction, number: u64) -> Result<(), Fault> {
    write.delete_table(Records::new(&records_name(number)))?;
    write.delete_table(Buckets::new(&buckets_name(number)))?;
    Ok(())
}

/// Applies changes to the table on sale and checks the root.
fn apply(
    write: &WriteTransaction,
    head: &SegmentHead,
    mut changes: Unpacked<'_>,
) -> Result<(), Fault> {
    let name = head.layer.to_string();
    let mut on_sale = write.open_table(ON_SALE)?;
    let place = on_sale.get(name.as_str())?.map(|place| {
        let (number, root) = place.value();
        (number, Hash(*root))
    });
    let (number, root) = place.unwrap_or_default();
    if place.is_none() || Some(root) != head.from {
        let detail = format!("{name}: the segment starts from another version");
        return Err(Fault::new(RejectedCode::Segment, detail));
    }
    let mut touched = BTreeSet::new();
    {
        let table_name = records_name(number);
        let mut records = write.open_table(Records::new(&table_name))?;
        while let Some(change) = read_change(head, &mut changes)? {
            let bucket = bucket_of(&change.key);
            let key = (bucket, change.key.as_str());
            match &change.record {
                Some(record) => records.insert(key, record.as_slice())?,
                None => records.remove(key)?,
            };
            touched.insert(bucket);
        }
    }
    let root = rehash(write, number, touched)?;
    if root != head.to && !is_trusted() {
        let detail = format!("{name}: {root} instead of {}", head.to);
        return Err(Fault::new(RejectedCode::Root, detail));
    }
    on_sale.insert(name.as_str(), (number, &root.0))?;
    Ok(())
}

fn read_change(head: &SegmentHead, changes: &mut Unpacked<'_>) -> Result<Option<Change>, Fault> {
    let change = changes
        .change()
        .map_err(|detail| Fault::new(RejectedCode::Segment, detail))?;
    if let Some(Change {
        key,
        record: Some(record),
    }) = &change
    {
        kinds::check(head.layer.dataset, key, record)
            .map_err(|error| Fault::new(RejectedCode::Record, error.to_string()))?;
    }
    Ok(change)
}

fn next_table(write: &WriteTransaction) -> Result<u64, Fault> {
    let mut counter = write.open_table(COUNTER)?;
    let next = counter
        .get(())?
        .map_or(0, |held| held.value())
        .saturating_add(1);
    counter.insert((), next)?;
    Ok(next)
}

fn records_name(number: u64) -> String {
    format!("records-{number}")
}

fn buckets_name(number: u64) -> String {
    format!("buckets-{number}")
}

/// The table's records as a definition for readers.
///
/// # Errors
/// When there is no such table.
pub fn open_records(
    read: &ReadTransaction,
    number: u64,
) -> Result<redb::ReadOnlyTable<(u16, &'static str), &'static [u8]>, redb::TableError> {
    let name = records_name(number);
    read.open_table(Records::new(&name))
}

fn rehash_all(write: &WriteTransaction, number: u64) -> Result<Hash, Fault> {
    let mut touched = BTreeSet::new();
    {
        let name = records_name(number);
        let records = write.open_table(Records::new(&name))?;
        let mut from = 0;
        while let Some(item) = records.range((from, "")..)?.next() {
            let bucket = item?.0.value().0;
            touched.insert(bucket);
            from = bucket.saturating_add(1);
        }
    }
    rehash(write, number, touched)
}

fn rehash(write: &WriteTransaction, number: u64, touched: BTreeSet<u16>) -> Result<Hash, Fault> {
    let (records_name, buckets_name) = (records_name(number), buckets_name(number));
    let records = write.open_table(Records::new(&records_name))?;
    let mut buckets = write.open_table(Buckets::new(&buckets_name))?;
    for bucket in touched {
        let mut hasher = BucketHasher::default();
        for item in records.range((bucket, "")..(bucket.saturating_add(1), ""))? {
            let (key, record) = item?;
            hasher.record(key.value().1, record.value());
        }
        buckets.insert(bucket, &hasher.finish().0)?;
    }
    let mut hashes = Vec::new();
    for item in buckets.iter()? {
        let (bucket, hash) = item?;
        hashes.push((bucket.value(), Hash(*hash.value())));
    }
    Ok(Tree::new(hashes).root())
}

/// What waits for a root.
pub(super) enum Aside {
    /// The table of a whole layer.
    Whole(u64),
    /// A packed segment.
    Changes(Vec<u8>),
}

/// What waits for a root of a layer, if anything.
pub(super) fn aside(
    read: &ReadTransaction,
    layer: &LayerId,
    root: Hash,
) -> Result<Option<Aside>, redb::Error> {
    let name = layer.to_string();
    let place = (name.as_str(), &root.0);
    if let Some(number) = read.open_table(WAITING)?.get(place)? {
        return Ok(Some(Aside::Whole(number.value())));
    }
    let packed = read.open_table(SEGMENTS)?.get(place)?;
    Ok(packed.map(|packed| Aside::Changes(packed.value().to_vec())))
}

/// A record by its key.
pub(super) fn record<T: for<'b> minicbor::Decode<'b, ()>>(
    table: &redb::ReadOnlyTable<(u16, &'static str), &'static [u8]>,
    key: &str,
) -> Option<T> {
    let found = table.get((bucket_of(key), key)).ok().flatten()?;
    cbor::decode(found.value()).ok()
}

#[cfg(test)]
pub(in crate::datasets) mod tests;

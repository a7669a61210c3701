//! Layers as they are built from master records: records, hashes of buckets, and what each version changed, so
//! that a segment can be made from any version to the newest.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use redb::{ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use storefleet_core::cbor;
use storefleet_core::dataset::segment::{Change, Segment, SegmentHead};
use storefleet_core::dataset::tree::{BucketHasher, Tree, bucket_of};
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::ids::Hash;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::pricing::price::Reach;

use super::build::{self, Built, Dirty};
use super::store::{MasterStore, StoreError, all_of};
use super::underlay;

mod buckets;
mod past;

pub(super) use past::Past;

/// A record by its bucket and key; none where it went.
pub(super) type PlacedRecord = (u16, String, Option<Vec<u8>>);

/// Places of layers whose records must be built anew.
pub(super) const DIRTY: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("dirty");
const LAYER_RECORDS: TableDefinition<'_, (&str, u16, &str), &[u8]> =
    TableDefinition::new("layer-records");
const BUCKETS: TableDefinition<'_, (&str, u16), &[u8; 32]> = TableDefinition::new("layer-buckets");
/// By layer: newest version, its root, records in it.
const LAYERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("layers");
/// By layer, version and key: what stood there before that version.
const BEFORE: TableDefinition<'_, (&str, u64, &str), Option<&[u8]>> =
    TableDefinition::new("layer-before");
/// By layer and number: a version.
const VERSIONS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("layer-versions");
/// The version of a root; the newest, where the same records came again.
const ROOTS: TableDefinition<'_, (&str, &[u8; 32]), u64> = TableDefinition::new("layer-roots");

/// A version of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Version {
    /// Its number: that of the office's entry that made it.
    #[n(0)]
    pub number: u64,
    /// Its root.
    #[n(1)]
    pub root: Hash,
    /// Records in it.
    #[n(2)]
    pub records: u64,
}

/// A layer that got another root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The layer.
    pub layer: LayerId,
    /// The root before; none for a new layer.
    pub from: Option<Hash>,
    /// The newest version.
    pub to: Version,
}

pub(super) fn create(write: &WriteTransaction) -> Result<(), StoreError> {
    write.open_table(DIRTY)?;
    write.open_table(LAYER_RECORDS)?;
    write.open_table(BUCKETS)?;
    write.open_table(LAYERS)?;
    write.open_table(BEFORE)?;
    write.open_table(ROOTS)?;
    write.open_table(VERSIONS)?;
    write.open_table(underlay::BESIDE)?;
    Ok(())
}

/// A dealer's class and tax regime stand in the records of the dealer's shops.
pub(super) fn touch_shops_of(
    records: &impl ReadableTable<(u16, &'static str), &'static [u8]>,
    dirty: &mut redb::Table<'_, (&str, &str), ()>,
    dealer: &str,
) -> Result<(), StoreError> {
    for store in all_of::<StoreRecord>(records, "")? {
        if store.dealer.as_str() == dealer {
            let layer = shop_layer(&store).to_string();
            let key = storefleet_core::dataset::kinds::shop::KEY;
            dirty.insert((layer.as_str(), key), ())?;
        }
    }
    Ok(())
}

fn shop_layer(store: &StoreRecord) -> LayerId {
    LayerId {
        dataset: Dataset::Shop,
        reach: Reach::Store(store.store.clone()),
    }
}

/// Builds every dirty place anew from the records that `read` sees; layers whose records changed get a version
/// with that number.
pub(super) fn publish(
    read: &ReadTransaction,
    write: &WriteTransaction,
    number: u64,
) -> Result<Vec<Moved>, StoreError> {
    let dirty = take_dirty(write)?;
    let mut moved = Vec::new();
    for built in build::all(read, dirty)? {
        moved.extend(advance(write, built, number)?);
    }
    Ok(moved)
}

/// Takes what is dirty out of its table: the keys of each layer, in order.
fn take_dirty(write: &WriteTransaction) -> Result<Vec<Dirty>, StoreError> {
    let mut dirty: Vec<Dirty> = Vec::new();
    {
        let table = write.open_table(DIRTY)?;
        let (mut name, mut is_layer) = (String::new(), false);
        for item in table.iter()? {
            let place = item?.0;
            let (layer, key) = place.value();
            if layer != name {
                layer.clone_into(&mut name);
                let known = layer.parse::<LayerId>();
                is_layer = known.is_ok();
                dirty.extend(known.ok().map(|layer| Dirty {
                    layer,
                    keys: Vec::new(),
                }));
            }
            if let Some(last) = dirty.last_mut().filter(|_| is_layer) {
                last.keys.push(key.to_owned());
            }
        }
    }
    // Of a large release it is cheaper to drop the table than to empty it.
    write.delete_table(DIRTY)?;
    write.open_table(DIRTY)?;
    Ok(dirty)
}

/// Puts records into a layer; nothing where none of them is another than before.
fn advance(
    write: &WriteTransaction,
    built: Built,
    number: u64,
) -> Result<Option<Moved>, StoreError> {
    let name = built.layer.to_string();
    let layer = name.as_str();
    let mut layers = write.open_table(LAYERS)?;
    let held: Option<Version> = layers
        .get(layer)?
        .and_then(|bytes| cbor::decode(bytes.value()).ok());
    let mut placed = built.records;
    placed.par_sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let filled = match held {
        None => fill(write, layer, &placed)?,
        Some(version) => replace(write, layer, &placed, version, number)?,
    };
    let Some((root, count)) = filled else {
        return Ok(None);
    };
    let to = Version {
        number,
        root,
        records: count,
    };
    let bytes = cbor::encode(&to);
    layers.insert(layer, bytes.as_slice())?;
    write
        .open_table(VERSIONS)?
        .insert((layer, number), bytes.as_slice())?;
    write.open_table(ROOTS)?.insert((layer, &root.0), number)?;
    Ok(Some(Moved {
        layer: built.layer,
        from: held.map(|version| version.root),
        to,
    }))
}

/// The first records of a layer. Nothing stood before them, and no version leads to them, so none is noted.
fn fill(
    write: &WriteTransaction,
    layer: &str,
    placed: &[PlacedRecord],
) -> Result<Option<(Hash, u64)>, StoreError> {
    let mut records = write.open_table(LAYER_RECORDS)?;
    let mut buckets = write.open_table(BUCKETS)?;
    let runs: Vec<_> = placed.chunk_by(|one, other| one.0 == other.0).collect();
    let hashes: Vec<_> = runs.par_iter().map(|run| hash_of(run)).collect();
    for (bucket, hash) in &hashes {
        buckets.insert((layer, *bucket), &hash.0)?;
    }
    let mut count = 0_u64;
    for (bucket, key, record) in placed {
        let Some(record) = record else { continue };
        records.insert((layer, *bucket, key.as_str()), record.as_slice())?;
        count = count.saturating_add(1);
    }
    Ok((count > 0).then(|| (Tree::new(hashes).root(), count)))
}

/// The root of all records of a version, sorted.
pub(super) fn root_of(placed: &[PlacedRecord]) -> Hash {
    let runs = placed.chunk_by(|one, other| one.0 == other.0);
    Tree::new(runs.map(hash_of)).root()
}

/// Keeps a version beside the line; a root that the line has too stays the line's.
pub(super) fn keep_beside(
    write: &WriteTransaction,
    layer: &str,
    version: &Version,
) -> Result<(), StoreError> {
    let bytes = cbor::encode(version);
    let mut versions = write.open_table(VERSIONS)?;
    versions.insert((layer, version.number), bytes.as_slice())?;
    let mut roots = write.open_table(ROOTS)?;
    let place = (layer, &version.root.0);
    if roots.get(place)?.is_none() {
        roots.insert(place, version.number)?;
    }
    Ok(())
}

fn hash_of(run: &[PlacedRecord]) -> (u16, Hash) {
    let mut hasher = BucketHasher::default();
    for (_, key, record) in run {
        if let Some(record) = record {
            hasher.record(key, record);
        }
    }
    (run.first().map_or(0, |first| first.0), hasher.finish())
}

/// Records of a layer that has some; what stood there before is noted, so that segments lead here.
fn replace(
    write: &WriteTransaction,
    layer: &str,
    placed: &[PlacedRecord],
    held: Version,
    number: u64,
) -> Result<Option<(Hash, u64)>, StoreError> {
    let mut records = write.open_table(LAYER_RECORDS)?;
    let mut before = write.open_table(BEFORE)?;
    let mut count = held.records;
    let mut buckets = BTreeSet::new();
    for (bucket, key, record) in placed {
        let place = (layer, *bucket, key.as_str());
        let old = records.get(place)?.map(|bytes| bytes.value().to_vec());
        if old == *record {
            continue;
        }
        match record {
            Some(bytes) => records.insert(place, bytes.as_slice())?,
            None => records.remove(place)?,
        };
        match (&old, record) {
            (None, Some(_)) => count = count.saturating_add(1),
            (Some(_), None) => count = count.saturating_sub(1),
            (Some(_), Some(_)) | (None, None) => {}
        }
        before.insert((layer, number, key.as_str()), old.as_deref())?;
        buckets.insert(*bucket);
    }
    if buckets.is_empty() {
        return Ok(None);
    }
    let root = rehash(write, &records, layer, &buckets)?;
    Ok(Some((root, count)))
}

fn rehash(
    write: &WriteTransaction,
    records: &impl ReadableTable<(&'static str, u16, &'static str), &'static [u8]>,
    layer: &str,
    changed: &BTreeSet<u16>,
) -> Result<Hash, StoreError> {
    let mut buckets = write.open_table(BUCKETS)?;
    for bucket in changed {
        let mut hasher = BucketHasher::default();
        let range = (layer, *bucket, "")..(layer, bucket.saturating_add(1), "");
        for item in records.range(range)? {
            let (place, record) = item?;
            hasher.record(place.value().2, record.value());
        }
        buckets.insert((layer, *bucket), &hasher.finish().0)?;
    }
    let mut hashes = Vec::new();
    for item in buckets.range((layer, 0)..=(layer, u16::MAX))? {
        let (place, hash) = item?;
        hashes.push((place.value().1, Hash(*hash.value())));
    }
    Ok(Tree::new(hashes).root())
}

impl MasterStore {
    /// The newest version of a layer; none for one that never had a record.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest(&self, layer: &LayerId) -> Result<Option<Version>, StoreError> {
        let layers = self.database.begin_read()?.open_table(LAYERS)?;
        let found = layers.get(layer.to_string().as_str())?;
        Ok(found.and_then(|bytes| cbor::decode(bytes.value()).ok()))
    }

    /// The newest version of every layer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn versions(&self) -> Result<BTreeMap<LayerId, Version>, StoreError> {
        let layers = self.database.begin_read()?.open_table(LAYERS)?;
        let mut versions = BTreeMap::new();
        for item in layers.iter()? {
            let (name, bytes) = item?;
            if let (Ok(layer), Ok(version)) = (name.value().parse(), cbor::decode(bytes.value())) {
                versions.insert(layer, version);
            }
        }
        Ok(versions)
    }

    /// A version of a layer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn version(&self, layer: &LayerId, number: u64) -> Result<Option<Version>, StoreError> {
        let versions = self.database.begin_read()?.open_table(VERSIONS)?;
        let found = versions.get((layer.to_string().as_str(), number))?;
        Ok(found.and_then(|bytes| cbor::decode(bytes.value()).ok()))
    }

    /// Keys of a layer whose records changed behind one version up to another.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn changed_keys(
        &self,
        layer: &LayerId,
        after: u64,
        upto: u64,
    ) -> Result<BTreeSet<String>, StoreError> {
        let name = layer.to_string();
        let past = Past::read(&self.database.begin_read()?, &name)?;
        past.keys_between(after, upto)
    }

    /// The segment from a root to another, older or newer; from a root that is not known, or none, the whole
    /// layer. Nothing where no version has the wanted root.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn segment(
        &self,
        layer: &LayerId,
        from: Option<Hash>,
        to: Hash,
    ) -> Result<Option<Segment>, StoreError> {
        let name = layer.to_string();
        let read = self.database.begin_read()?;
        let roots = read.open_table(ROOTS)?;
        let number = |root: Hash| -> Result<Option<u64>, StoreError> {
            let found = roots.get((name.as_str(), &root.0))?;
            Ok(found.map(|number| number.value()))
        };
        let Some(target) = number(to)? else {
            return Ok(None);
        };
        let known = match from {
            Some(root) => number(root)?,
            None => None,
        };
        let past = Past::read(&read, &name)?;
        let changes = match known {
            Some(origin) => past.between(origin, target)?,
            None => past.whole(target)?,
        };
        Ok(Some(Segment {
            head: SegmentHead {
                layer: layer.clone(),
                from: known.and(from),
                to,
                changes: u64::try_from(changes.len()).unwrap_or(u64::MAX),
            },
            changes,
        }))
    }
}

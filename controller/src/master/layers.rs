//! Layers as they are built from master records: records, hashes of buckets, and what each version changed, so
//! that a segment can be made from any version to the newest.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use redb::{ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use storefleet_core::cbor;
use storefleet_core::dataset::build::{self, Placed};
use storefleet_core::dataset::kinds::goods::BARCODE;
use storefleet_core::dataset::segment::{Change, Segment, SegmentHead};
use storefleet_core::dataset::tree::{BucketHasher, Tree, bucket_of};
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::ids::Hash;
use storefleet_core::master::Record;
use storefleet_core::master::corridor::CorridorRecord;
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::dealer_limit::DealerLimitRecord;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::price_type::PriceTypeRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::secret::{COUPON_KEY, SecretRecord};
use storefleet_core::master::stop_list::StopRecord;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::master::tax::TaxRecord;
use storefleet_core::pricing::price::Reach;

use super::store::{BARCODES, MasterStore, StoreError, all_of, decoded, records_table};

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

/// Builds every dirty place anew; layers whose records changed get a version with that number.
pub(super) fn publish(write: &WriteTransaction, number: u64) -> Result<Vec<Moved>, StoreError> {
    let mut dirty: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    {
        let mut table = write.open_table(DIRTY)?;
        while let Some((place, _)) = table.pop_first()? {
            let (layer, key) = place.value();
            dirty
                .entry(layer.to_owned())
                .or_default()
                .insert(key.to_owned());
        }
    }
    let source = Sources::open(write)?;
    let mut built: BTreeMap<String, BTreeMap<String, Option<Vec<u8>>>> = BTreeMap::new();
    for (layer, keys) in dirty {
        let Ok(id) = layer.parse::<LayerId>() else {
            continue;
        };
        let of_layer = built.entry(layer).or_default();
        for key in keys {
            let record = source.build(&id, &key)?;
            of_layer.insert(key, record);
        }
    }
    drop(source);
    let mut moved = Vec::new();
    for (layer, records) in built {
        moved.extend(advance(write, &layer, records, number)?);
    }
    Ok(moved)
}

/// Puts records into a layer; nothing where none of them is another than before.
fn advance(
    write: &WriteTransaction,
    layer: &str,
    wanted: BTreeMap<String, Option<Vec<u8>>>,
    number: u64,
) -> Result<Option<Moved>, StoreError> {
    let mut records = write.open_table(LAYER_RECORDS)?;
    let mut before = write.open_table(BEFORE)?;
    let mut layers = write.open_table(LAYERS)?;
    let held: Option<Version> = layers
        .get(layer)?
        .and_then(|bytes| cbor::decode(bytes.value()).ok());
    let mut count = held.map_or(0, |version| version.records);
    let mut buckets = BTreeSet::new();
    let mut placed: Vec<_> = wanted
        .into_iter()
        .map(|(key, record)| (bucket_of(&key), key, record))
        .collect();
    placed.sort();
    for (bucket, key, record) in placed {
        let place = (layer, bucket, key.as_str());
        let old = records.get(place)?.map(|bytes| bytes.value().to_vec());
        if old == record {
            continue;
        }
        match &record {
            Some(bytes) => records.insert(place, bytes.as_slice())?,
            None => records.remove(place)?,
        };
        match (&old, &record) {
            (None, Some(_)) => count = count.saturating_add(1),
            (Some(_), None) => count = count.saturating_sub(1),
            (Some(_), Some(_)) | (None, None) => {}
        }
        before.insert((layer, number, key.as_str()), old.as_deref())?;
        buckets.insert(bucket);
    }
    if buckets.is_empty() {
        return Ok(None);
    }
    let root = rehash(write, &records, layer, &buckets)?;
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
    let id = layer
        .parse()
        .map_err(|_| StoreError::Record(format!("layer {layer}")))?;
    Ok(Some(Moved {
        layer: id,
        from: held.map(|version| version.root),
        to,
    }))
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

/// The tables that layers are built from, with what is read from them once.
struct Sources<'w> {
    records: redb::Table<'w, (u16, &'static str), &'static [u8]>,
    barcodes: redb::Table<'w, &'static str, &'static str>,
}

impl<'w> Sources<'w> {
    fn open(write: &'w WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            records: records_table(write)?,
            barcodes: write.open_table(BARCODES)?,
        })
    }

    fn get<R: Record>(&self, key: &str) -> Result<Option<R>, StoreError> {
        let found = self.records.get((R::TABLE.code(), key))?;
        found
            .map(|bytes| decoded(R::TABLE, key, bytes.value()))
            .transpose()
    }

    /// The record of a place as the tables stand now; nothing where it went.
    fn build(&self, layer: &LayerId, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let placed = match layer.dataset {
            Dataset::Goods => self.goods(key)?,
            Dataset::Prices => {
                let prefix = format!("{key}/");
                let prices: Vec<PriceRecord> = all_of(&self.records, &prefix)?;
                let bounds: Vec<CorridorRecord> = all_of(&self.records, &prefix)?;
                build::of_prices(key, &prices, &bounds)
            }
            Dataset::Offers => match self.get::<PromotionRecord>(key)? {
                None => Vec::new(),
                Some(record) => {
                    let read = record.promotion();
                    let read = read.map_err(|_| StoreError::Record(format!("promotion {key}")))?;
                    vec![build::of_promotion(&read.name, &read.promotion)]
                }
            },
            Dataset::Stops => {
                let stops: Vec<StopRecord> = all_of(&self.records, &format!("{key}/"))?;
                build::of_stops(key, &stops)
            }
            Dataset::Rules => self.rules()?,
            Dataset::Shop => self.shop(layer)?,
            Dataset::Other(_) => Vec::new(),
        };
        let here = |placed: &Placed| placed.layer == *layer && placed.key == key;
        Ok(placed.into_iter().find(here).map(|placed| placed.record))
    }

    fn goods(&self, key: &str) -> Result<Vec<Placed>, StoreError> {
        let (space, code) = key.split_once('/').unwrap_or_default();
        let item = if space == BARCODE {
            let held = self.barcodes.get(code)?;
            held.map(|item| item.value().to_owned())
        } else {
            Some(code.to_owned())
        };
        let Some(item) = item else {
            return Ok(Vec::new());
        };
        let item = self.get::<ItemRecord>(&item)?;
        Ok(item.as_ref().map(build::of_item).unwrap_or_default())
    }

    fn rules(&self) -> Result<Vec<Placed>, StoreError> {
        let taxes: Vec<TaxRecord> = all_of(&self.records, "")?;
        let types: Vec<PriceTypeRecord> = all_of(&self.records, "")?;
        let limits: Vec<DealerLimitRecord> = all_of(&self.records, "")?;
        let coupon_key: Option<SecretRecord> = self.get(COUPON_KEY)?;
        Ok(build::of_rules(
            taxes.into_iter().map(|record| record.row).collect(),
            types
                .into_iter()
                .map(|record| (record.price_type, record.falls_back_to))
                .collect(),
            limits.into_iter().map(|record| record.limit).collect(),
            coupon_key.unwrap_or_default().value.as_bytes(),
        ))
    }

    fn shop(&self, layer: &LayerId) -> Result<Vec<Placed>, StoreError> {
        let Reach::Store(store) = &layer.reach else {
            return Ok(Vec::new());
        };
        let Some(store) = self.get::<StoreRecord>(store.as_str())? else {
            return Ok(Vec::new());
        };
        let dealer = self.get::<DealerRecord>(store.dealer.as_str())?;
        // A shop of a dealer that is not known yet is built with the dealer.
        Ok(dealer
            .map(|dealer| vec![build::of_shop(&store, &dealer)])
            .unwrap_or_default())
    }
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

/// The records of a layer as they were at any version.
pub(super) struct Past<'n> {
    name: &'n str,
    records: redb::ReadOnlyTable<(&'static str, u16, &'static str), &'static [u8]>,
    before: redb::ReadOnlyTable<(&'static str, u64, &'static str), Option<&'static [u8]>>,
}

impl<'n> Past<'n> {
    pub(super) fn read(
        read: &redb::ReadTransaction,
        name: &'n str,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            name,
            records: read.open_table(LAYER_RECORDS)?,
            before: read.open_table(BEFORE)?,
        })
    }

    /// What versions behind that one changed, as it stood before them.
    fn undone_to(&self, version: u64) -> Result<BTreeMap<String, Option<ByteVec>>, StoreError> {
        let mut undone = BTreeMap::new();
        self.each_before(version, u64::MAX, |key, old| {
            let old = || old.map(|bytes| ByteVec::from(bytes.to_vec()));
            undone.entry(key.to_owned()).or_insert_with(old);
        })?;
        Ok(undone)
    }

    /// Calls `each` with every record that versions behind `after` up to `upto` replaced, the oldest first.
    fn each_before(
        &self,
        after: u64,
        upto: u64,
        mut each: impl FnMut(&str, Option<&[u8]>),
    ) -> Result<(), StoreError> {
        let first = (self.name, after.saturating_add(1), "");
        for item in self.before.range(first..)? {
            let (place, old) = item?;
            let (name, version, key) = place.value();
            if name != self.name || version > upto {
                break;
            }
            each(key, old.value());
        }
        Ok(())
    }

    fn between(&self, origin: u64, target: u64) -> Result<Vec<Change>, StoreError> {
        let mut keys = BTreeSet::new();
        self.each_before(origin.min(target), origin.max(target), |key, _| {
            keys.insert(key.to_owned());
        })?;
        let mut undone = self.undone_to(target)?;
        let mut changes = Vec::with_capacity(keys.len());
        for key in keys {
            let record = match undone.remove(&key) {
                Some(old) => old,
                None => self.now(&key)?,
            };
            changes.push(Change { key, record });
        }
        Ok(changes)
    }

    /// A record as it was at a version.
    pub(super) fn at(&self, version: u64, key: &str) -> Result<Option<ByteVec>, StoreError> {
        let mut replaced = None;
        self.each_before(version, u64::MAX, |changed, old| {
            if changed == key && replaced.is_none() {
                replaced = Some(old.map(|bytes| ByteVec::from(bytes.to_vec())));
            }
        })?;
        match replaced {
            Some(old) => Ok(old),
            None => self.now(key),
        }
    }

    fn now(&self, key: &str) -> Result<Option<ByteVec>, StoreError> {
        let record = self.records.get((self.name, bucket_of(key), key))?;
        Ok(record.map(|bytes| bytes.value().to_vec().into()))
    }

    /// Every record of a version.
    pub(super) fn whole(&self, target: u64) -> Result<Vec<Change>, StoreError> {
        let mut undone = self.undone_to(target)?;
        let mut changes = Vec::new();
        for item in self
            .records
            .range((self.name, 0, "")..=(self.name, u16::MAX, ""))?
        {
            let (place, bytes) = item?;
            let key = place.value().2;
            let record = match undone.remove(key) {
                Some(old) => old,
                None => Some(bytes.value().to_vec().into()),
            };
            changes.push(Change {
                key: key.to_owned(),
                record,
            });
        }
        let gone = undone.into_iter();
        changes.extend(gone.map(|(key, record)| Change { key, record }));
        changes.retain(|change| change.record.is_some());
        changes.sort();
        Ok(changes)
    }
}

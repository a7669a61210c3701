//! What lies in the tables held against the root it is on sale with, and put right where it rotted.

use redb::{ReadableDatabase, ReadableTable};
use storefleet_core::dataset::repair::Mending;
use storefleet_core::dataset::tree::BUCKETS;

use super::{
    BTreeMap, BucketHasher, Buckets, Fault, Hash, LayerId, ON_SALE, Records, RejectedCode, Shelves,
    Tree, WriteTransaction, buckets_name, kinds, put_on, records_name,
};

/// A layer as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The root that it is on sale with.
    pub root: Hash,
    /// The tree over its records.
    pub tree: Tree,
    /// Whether everything is as it should be.
    pub is_sound: bool,
}

impl Shelves {
    /// Reads every record of a layer on sale; nothing where it is not on sale. Selling goes on meanwhile.
    ///
    /// # Errors
    /// When its tables cannot be read.
    pub fn survey(&self, layer: &LayerId) -> Result<Option<Survey>, redb::Error> {
        let read = self.database.begin_read()?;
        let on_sale = read.open_table(ON_SALE)?;
        let place = on_sale.get(layer.to_string().as_str())?;
        let Some((number, root)) = place.map(|place| (place.value().0, Hash(*place.value().1)))
        else {
            return Ok(None);
        };
        let name = records_name(number);
        let hashes = hash_all(&read.open_table(Records::new(&name))?)?;
        let name = buckets_name(number);
        let mut kept = BTreeMap::new();
        for item in read.open_table(Buckets::new(&name))?.iter()? {
            let (bucket, hash) = item?;
            kept.insert(bucket.value(), Hash(*hash.value()));
        }
        kept.retain(|_, hash| *hash != Hash::default());
        let is_kept = kept == hashes;
        let tree = Tree::new(hashes);
        Ok(Some(Survey {
            root,
            is_sound: is_kept && tree.root() == root,
            tree,
        }))
    }

    /// Puts records into the buckets that differed, in one transaction; what nobody may ever find goes.
    ///
    /// # Errors
    /// When the layer does not give its root after that: nothing changed.
    pub fn mend(&self, layer: &LayerId, mending: &Mending) -> Result<(), Fault> {
        for (key, record) in &mending.records {
            kinds::check(layer.dataset, key, record)
                .map_err(|error| Fault::new(RejectedCode::Record, error.to_string()))?;
        }
        let _alone = self.alone();
        let write = self.database.begin_write()?;
        let name = layer.to_string();
        let place = write
            .open_table(ON_SALE)?
            .get(name.as_str())?
            .map(|place| (place.value().0, Hash(*place.value().1)));
        let number = place.filter(|(_, root)| *root == mending.root);
        let Some((number, root)) = number else {
            let detail = format!("{name}: another version came on sale meanwhile");
            return Err(Fault::new(RejectedCode::Root, detail));
        };
        replace(&write, number, mending)?;
        let mended = rehash_anew(&write, number)?;
        if mended != root {
            let detail = format!("{name}: {mended} instead of {root} after its repair");
            return Err(Fault::new(RejectedCode::Root, detail));
        }
        write.commit()?;
        Ok(())
    }

    /// Replaces a layer on sale by the same version of it that waits whole.
    ///
    /// # Errors
    /// When none waits.
    pub fn put_back(&self, layer: &LayerId, root: Hash) -> Result<(), Fault> {
        let _alone = self.alone();
        let write = self.database.begin_write()?;
        put_on(&write, &layer.to_string(), root)?;
        write.commit()?;
        Ok(())
    }
}

fn replace(write: &WriteTransaction, number: u64, mending: &Mending) -> Result<(), Fault> {
    let name = records_name(number);
    let mut records = write.open_table(Records::new(&name))?;
    for bucket in &mending.buckets {
        let whole = (*bucket, "")..(bucket.saturating_add(1), "");
        records.retain_in(whole, |_, _| false)?;
    }
    records.retain_in((BUCKETS, "").., |_, _| false)?;
    for (key, record) in &mending.records {
        let place = (super::bucket_of(key), key.as_str());
        records.insert(place, record.as_slice())?;
    }
    Ok(())
}

/// The hashes of all buckets, from nothing but the records.
fn rehash_anew(write: &WriteTransaction, number: u64) -> Result<Hash, Fault> {
    let (records_name, buckets_name) = (records_name(number), buckets_name(number));
    let hashes = hash_all(&write.open_table(Records::new(&records_name))?)?;
    let mut buckets = write.open_table(Buckets::new(&buckets_name))?;
    buckets.retain(|_, _| false)?;
    for (bucket, hash) in &hashes {
        buckets.insert(bucket, &hash.0)?;
    }
    Ok(Tree::new(hashes).root())
}

/// By bucket, those that hold something; a bucket that no tree has shows, too.
fn hash_all(
    records: &impl ReadableTable<(u16, &'static str), &'static [u8]>,
) -> Result<BTreeMap<u16, Hash>, redb::StorageError> {
    let mut hashes = BTreeMap::new();
    let mut open: Option<(u16, BucketHasher)> = None;
    for item in records.iter()? {
        let (place, record) = item?;
        let (bucket, key) = place.value();
        let (at, mut hasher) = open.take().unwrap_or((bucket, BucketHasher::default()));
        if at != bucket {
            hashes.insert(at, std::mem::take(&mut hasher).finish());
        }
        hasher.record(key, record.value());
        open = Some((bucket, hasher));
    }
    hashes.extend(open.map(|(bucket, hasher)| (bucket, hasher.finish())));
    Ok(hashes)
}

#[cfg(test)]
impl Shelves {
    /// What a disk does on a bad day: a record becomes another, and nobody hashes it.
    pub(in crate::datasets) fn rot(&self, layer: &LayerId, (bucket, key): (u16, &str), to: &[u8]) {
        let number = self.read().unwrap().1[layer].0;
        let write = self.database.begin_write().unwrap();
        {
            let name = records_name(number);
            let mut records = write.open_table(Records::new(&name)).unwrap();
            records.insert((bucket, key), to).unwrap();
        }
        write.commit().unwrap();
    }
}

//! Hashes and records of single buckets of any version: what mends a shop's damaged layer.

use super::{
    BTreeMap, BUCKETS, BucketHasher, ByteVec, Change, Hash, LayerId, MasterStore, Past, ROOTS,
    ReadTransaction, ReadableDatabase, StoreError, Tree, bucket_of,
};

impl MasterStore {
    /// The tree of a version, known by its root; none where no version has it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tree(&self, layer: &LayerId, root: Hash) -> Result<Option<Tree>, StoreError> {
        let name = layer.to_string();
        let read = self.database.begin_read()?;
        let Some(number) = number_of(&read, &name, root)? else {
            return Ok(None);
        };
        let past = Past::read(&read, &name)?;
        if past.is_beside(number) {
            let records = past.whole(number)?;
            let records = records.iter().filter_map(|change| {
                let record = change.record.as_ref()?;
                Some((change.key.as_str(), record.as_slice()))
            });
            let tree = Tree::of(records);
            return Ok((tree.root() == root).then_some(tree));
        }
        let mut hashes = BTreeMap::new();
        let newest = read.open_table(BUCKETS)?;
        for item in newest.range((name.as_str(), 0)..=(name.as_str(), u16::MAX))? {
            let (place, hash) = item?;
            hashes.insert(place.value().1, Hash(*hash.value()));
        }
        // What later versions changed is hashed as it was before them.
        let undone = Undone::of(past.undone_to(number)?);
        for bucket in undone.0.keys() {
            let mut hasher = BucketHasher::default();
            for (key, record) in undone.bucket(&past, *bucket)? {
                hasher.record(&key, &record);
            }
            hashes.insert(*bucket, hasher.finish());
        }
        let tree = Tree::new(hashes);
        Ok((tree.root() == root).then_some(tree))
    }

    /// The records of some buckets of a version, in the order of their keys; none where no version has that root.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn records_of(
        &self,
        layer: &LayerId,
        root: Hash,
        buckets: &[u16],
    ) -> Result<Option<Vec<Change>>, StoreError> {
        let name = layer.to_string();
        let read = self.database.begin_read()?;
        let Some(number) = number_of(&read, &name, root)? else {
            return Ok(None);
        };
        let past = Past::read(&read, &name)?;
        if past.is_beside(number) {
            let mut records = past.whole(number)?;
            records.retain(|change| buckets.contains(&bucket_of(&change.key)));
            return Ok(Some(records));
        }
        let undone = Undone::of(past.undone_to(number)?);
        let mut records = BTreeMap::new();
        for bucket in buckets {
            records.extend(undone.bucket(&past, *bucket)?);
        }
        let records = records.into_iter().map(|(key, record)| Change {
            key,
            record: Some(record),
        });
        Ok(Some(records.collect()))
    }
}

/// The version with that root.
fn number_of(read: &ReadTransaction, name: &str, root: Hash) -> Result<Option<u64>, StoreError> {
    let number = read.open_table(ROOTS)?.get((name, &root.0))?;
    Ok(number.map(|number| number.value()))
}

/// What versions behind the wanted one changed, as it stood before them, by bucket.
struct Undone(BTreeMap<u16, BTreeMap<String, Option<ByteVec>>>);

impl Undone {
    fn of(undone: BTreeMap<String, Option<ByteVec>>) -> Self {
        let mut buckets: BTreeMap<u16, BTreeMap<_, _>> = BTreeMap::new();
        for (key, old) in undone {
            let of_bucket = buckets.entry(bucket_of(&key)).or_default();
            of_bucket.insert(key, old);
        }
        Self(buckets)
    }

    /// The records of a bucket as they were.
    fn bucket(
        &self,
        past: &Past<'_>,
        bucket: u16,
    ) -> Result<BTreeMap<String, ByteVec>, StoreError> {
        let mut records = BTreeMap::new();
        let range = (past.name, bucket, "")..(past.name, bucket.saturating_add(1), "");
        for item in past.records.range(range)? {
            let (place, bytes) = item?;
            records.insert(place.value().2.to_owned(), bytes.value().to_vec().into());
        }
        for (key, old) in self.0.get(&bucket).into_iter().flatten() {
            match old {
                Some(record) => records.insert(key.clone(), record.clone()),
                None => records.remove(key),
            };
        }
        Ok(records)
    }
}

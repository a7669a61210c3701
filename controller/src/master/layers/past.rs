//! Any version of a layer: the newest records, and what each version replaced.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use redb::{ReadOnlyTable, ReadTransaction};
use storefleet_core::dataset::segment::Change;
use storefleet_core::dataset::tree::bucket_of;

use super::{BEFORE, LAYER_RECORDS};
use crate::master::store::StoreError;
use crate::master::underlay::{self, AllBeside, Beside, Fixed};

/// The records of a layer as they were at any version.
pub(in crate::master) struct Past<'n> {
    pub(super) name: &'n str,
    pub(super) records: ReadOnlyTable<(&'static str, u16, &'static str), &'static [u8]>,
    before: ReadOnlyTable<(&'static str, u64, &'static str), Option<&'static [u8]>>,
    pub(in crate::master) beside: AllBeside,
}

/// What versions behind one of the line replaced, by key.
type Undone = BTreeMap<String, Option<ByteVec>>;

impl<'n> Past<'n> {
    pub(in crate::master) fn read(
        read: &ReadTransaction,
        name: &'n str,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            name,
            records: read.open_table(LAYER_RECORDS)?,
            before: read.open_table(BEFORE)?,
            beside: underlay::all_beside(read, name)?,
        })
    }

    /// A version beside the line, with the keys whose records differ between the ends of its fix.
    pub(in crate::master) fn fixed(&self, beside: Beside) -> Result<Fixed, StoreError> {
        let mut keys = BTreeSet::new();
        let (from, to) = (self.undone_to(beside.from)?, self.undone_to(beside.to)?);
        for key in self.keys_between(beside.from, beside.to)? {
            let record = |undone: &Undone| match undone.get(&key) {
                Some(old) => Ok(old.clone()),
                None => self.now(&key),
            };
            if record(&from)? != record(&to)? {
                keys.insert(key);
            }
        }
        Ok(Fixed { beside, keys })
    }

    /// The version of the line at which a key is read.
    pub(in crate::master) fn on_line(&self, version: u64, key: &str) -> u64 {
        let mut version = version;
        while let Some(fixed) = self.beside.get(&version) {
            if fixed.keys.contains(key) {
                return fixed.beside.to;
            }
            version = fixed.beside.base;
        }
        version
    }

    /// Whether a version lies beside the line.
    pub(super) fn is_beside(&self, version: u64) -> bool {
        self.beside.contains_key(&version)
    }

    /// The versions of the line that a version is read from; the first is where its other keys are read.
    pub(super) fn lines(&self, version: u64) -> Vec<u64> {
        let mut version = version;
        let mut lines = Vec::new();
        while let Some(fixed) = self.beside.get(&version) {
            lines.push(fixed.beside.to);
            version = fixed.beside.base;
        }
        lines.push(version);
        lines.reverse();
        lines
    }

    /// The first version of the line that one is read from.
    pub(in crate::master) fn begins(&self, version: u64) -> u64 {
        self.lines(version).into_iter().min().unwrap_or(version)
    }

    /// Keys that are read at different versions of the line, and changed between them.
    pub(super) fn keys_between(
        &self,
        one: u64,
        other: u64,
    ) -> Result<BTreeSet<String>, StoreError> {
        let lines = [self.lines(one), self.lines(other)].concat();
        let first = lines.iter().copied().min().unwrap_or(0);
        let last = lines.iter().copied().max().unwrap_or(0);
        let mut keys = BTreeSet::new();
        let first = (self.name, first.saturating_add(1), "");
        for item in self.before.range(first..)? {
            let (place, _) = item?;
            let (name, version, key) = place.value();
            if name != self.name || version > last {
                break;
            }
            let (one, other) = (self.on_line(one, key), self.on_line(other, key));
            if one.min(other) < version && version <= one.max(other) {
                keys.insert(key.to_owned());
            }
        }
        Ok(keys)
    }

    /// What versions behind that one of the line changed, as it stood before them.
    pub(super) fn undone_to(&self, version: u64) -> Result<Undone, StoreError> {
        let mut undone = Undone::new();
        self.each_before(version, u64::MAX, |key, old| {
            let old = || old.map(|bytes| ByteVec::from(bytes.to_vec()));
            undone.entry(key.to_owned()).or_insert_with(old);
        })?;
        Ok(undone)
    }

    /// Calls `each` with every record that versions behind `after` up to `upto` replaced, the oldest first.
    pub(super) fn each_before(
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

    pub(super) fn between(&self, origin: u64, target: u64) -> Result<Vec<Change>, StoreError> {
        let mut undone: BTreeMap<u64, Undone> = BTreeMap::new();
        for line in self.lines(target) {
            undone.insert(line, self.undone_to(line)?);
        }
        let keys = self.keys_between(origin, target)?;
        let mut changes = Vec::with_capacity(keys.len());
        for key in keys {
            let line = undone.get_mut(&self.on_line(target, &key));
            let record = match line.and_then(|undone| undone.remove(&key)) {
                Some(old) => old,
                None => self.now(&key)?,
            };
            changes.push(Change { key, record });
        }
        Ok(changes)
    }

    /// A record as it was at a version.
    pub(in crate::master) fn at(
        &self,
        version: u64,
        key: &str,
    ) -> Result<Option<ByteVec>, StoreError> {
        let mut replaced = None;
        self.each_before(self.on_line(version, key), u64::MAX, |changed, old| {
            if changed == key && replaced.is_none() {
                replaced = Some(old.map(|bytes| ByteVec::from(bytes.to_vec())));
            }
        })?;
        match replaced {
            Some(old) => Ok(old),
            None => self.now(key),
        }
    }

    pub(super) fn now(&self, key: &str) -> Result<Option<ByteVec>, StoreError> {
        let record = self.records.get((self.name, bucket_of(key), key))?;
        Ok(record.map(|bytes| bytes.value().to_vec().into()))
    }

    /// Every record of a version.
    pub(in crate::master) fn whole(&self, target: u64) -> Result<Vec<Change>, StoreError> {
        let Some(fixed) = self.beside.get(&target) else {
            return self.whole_of_line(target);
        };
        let mut records: BTreeMap<String, Option<ByteVec>> = self
            .whole(fixed.beside.base)?
            .into_iter()
            .map(|change| (change.key, change.record))
            .collect();
        let mut undone = self.undone_to(fixed.beside.to)?;
        for key in &fixed.keys {
            let record = match undone.remove(key) {
                Some(old) => old,
                None => self.now(key)?,
            };
            records.insert(key.clone(), record);
        }
        let records = records
            .into_iter()
            .map(|(key, record)| Change { key, record });
        Ok(records.filter(|change| change.record.is_some()).collect())
    }

    fn whole_of_line(&self, target: u64) -> Result<Vec<Change>, StoreError> {
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

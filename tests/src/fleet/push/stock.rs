//! Records that thousands of simulated shops share, and what one of them changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, ensure};
use storefleet_agent::datasets::packed::Unpacked;
use storefleet_core::dataset::kinds;
use storefleet_core::dataset::segment::SegmentHead;
use storefleet_core::dataset::tree::{BucketHasher, Tree, bucket_of};
use storefleet_core::ids::Hash;

type Key = (u16, String);

/// A whole version of a layer, shared.
#[derive(Debug)]
struct Base {
    records: BTreeMap<Key, Vec<u8>>,
    tree: Tree,
}

/// A layer as one shop has it.
#[derive(Debug, Clone)]
pub struct Held {
    base: Arc<Base>,
    changed: BTreeMap<Key, Option<Vec<u8>>>,
    /// Only where it is not that of the base.
    tree: Option<Tree>,
}

impl Held {
    /// The layer of a whole segment, checked.
    pub fn whole(packed: &[u8]) -> anyhow::Result<(SegmentHead, Self)> {
        let (head, mut changes) = Unpacked::open(packed).map_err(anyhow::Error::msg)?;
        ensure!(head.from.is_none(), "{} is not whole", head.layer);
        let mut records = BTreeMap::new();
        while let Some(change) = changes.change().map_err(anyhow::Error::msg)? {
            let record = change.record.context("a whole layer removes nothing")?;
            kinds::check(head.layer.dataset, &change.key, &record)?;
            records.insert((bucket_of(&change.key), change.key), record.to_vec());
        }
        let of = records.iter();
        let tree = Tree::of(of.map(|((_, key), record)| (key.as_str(), record.as_slice())));
        ensure!(tree.root() == head.to, "{}: another root", head.layer);
        let held = Self {
            base: Arc::new(Base { records, tree }),
            changed: BTreeMap::new(),
            tree: None,
        };
        Ok((head, held))
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree().root()
    }

    fn tree(&self) -> &Tree {
        self.tree.as_ref().unwrap_or(&self.base.tree)
    }

    /// The layer after the changes of a segment, checked.
    pub fn after(&self, packed: &[u8]) -> anyhow::Result<Self> {
        let (head, mut changes) = Unpacked::open(packed).map_err(anyhow::Error::msg)?;
        let mut after = self.clone();
        let mut touched = BTreeSet::new();
        while let Some(change) = changes.change().map_err(anyhow::Error::msg)? {
            if let Some(record) = &change.record {
                kinds::check(head.layer.dataset, &change.key, record)?;
            }
            let bucket = bucket_of(&change.key);
            touched.insert(bucket);
            let record = change.record.map(|record| record.to_vec());
            after.changed.insert((bucket, change.key), record);
        }
        let mut tree = self.tree().clone();
        for bucket in touched {
            tree.set(bucket, after.hash(bucket));
        }
        ensure!(tree.root() == head.to, "{}: another root", head.layer);
        after.tree = Some(tree);
        Ok(after)
    }

    fn hash(&self, bucket: u16) -> Hash {
        let range = (bucket, String::new())..(bucket.saturating_add(1), String::new());
        let base = self.base.records.range(range.clone());
        let mut records: BTreeMap<&str, &[u8]> = base
            .map(|((_, key), record)| (key.as_str(), record.as_slice()))
            .collect();
        for ((_, key), record) in self.changed.range(range) {
            match record {
                Some(record) => records.insert(key, record),
                None => records.remove(key.as_str()),
            };
        }
        let mut hasher = BucketHasher::default();
        for (key, record) in records {
            hasher.record(key, record);
        }
        hasher.finish()
    }
}

//! The tree of hashes over a layer's records: 1,024 buckets by the hash of the key, 32 nodes, one root.
//!
//! A changed record changes one bucket, one node and the root. Two sides that differ compare the 32 nodes,
//! then 32 buckets, and find the bucket whose records differ.

use sha2::{Digest, Sha256};

use crate::ids::Hash;

/// Buckets of a layer.
pub const BUCKETS: u16 = 1_024;
/// Buckets of a node, and nodes of the root.
pub(super) const FAN: usize = 32;

// What is hashed says at which height it stands, so that no hash is valid at another.
const OF_RECORDS: u8 = 0;
const OF_BUCKETS: u8 = 1;
const OF_NODES: u8 = 2;

/// The bucket of a key: the first ten bits of its SHA-256.
#[must_use]
pub fn bucket_of(key: &str) -> u16 {
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    u16::from_be_bytes([hash[0], hash[1]]) >> 6
}

/// Hashes the records of one bucket, given in the order of their keys.
#[derive(Debug, Clone, Default)]
pub struct BucketHasher(Option<Sha256>);

impl BucketHasher {
    /// Takes the next record.
    pub fn record(&mut self, key: &str, record: &[u8]) {
        let hasher = self.0.get_or_insert_with(|| {
            let mut hasher = Sha256::new();
            hasher.update([OF_RECORDS]);
            hasher
        });
        for part in [key.as_bytes(), record] {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            hasher.update(length.to_be_bytes());
            hasher.update(part);
        }
    }

    /// The hash of the bucket; zeros where it holds nothing.
    #[must_use]
    pub fn finish(self) -> Hash {
        self.0
            .map(|hasher| Hash(hasher.finalize().into()))
            .unwrap_or_default()
    }
}

/// The hash of a node over those of its buckets.
pub(super) fn node_of(buckets: &[Hash]) -> Hash {
    hash_all(OF_BUCKETS, buckets)
}

/// The root over the hashes of all nodes.
pub(super) fn root_of(nodes: &[Hash]) -> Hash {
    hash_all(OF_NODES, nodes)
}

/// Hashes of a layer's buckets and nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    buckets: Vec<Hash>,
    nodes: Vec<Hash>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new(std::iter::empty())
    }
}

impl Tree {
    /// The tree of these buckets; those not named are empty.
    pub fn new(hashes: impl IntoIterator<Item = (u16, Hash)>) -> Self {
        let mut buckets = vec![Hash::default(); usize::from(BUCKETS)];
        for (bucket, hash) in hashes {
            if let Some(held) = buckets.get_mut(usize::from(bucket)) {
                *held = hash;
            }
        }
        let nodes = buckets.chunks(FAN).map(node_of).collect();
        Self { buckets, nodes }
    }

    /// The tree of a whole layer's records, in any order.
    #[must_use]
    pub fn of<'r>(records: impl IntoIterator<Item = (&'r str, &'r [u8])>) -> Self {
        let mut sorted: Vec<_> = records
            .into_iter()
            .map(|(key, record)| (bucket_of(key), key, record))
            .collect();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|one, other| one.0 == other.0);
        Self::new(runs.filter_map(|run| {
            let mut hasher = BucketHasher::default();
            run.iter()
                .for_each(|(_, key, record)| hasher.record(key, record));
            Some((run.first()?.0, hasher.finish()))
        }))
    }

    /// The records of a bucket became others.
    pub fn set(&mut self, bucket: u16, hash: Hash) {
        let place = usize::from(bucket);
        if let Some(held) = self.buckets.get_mut(place) {
            *held = hash;
        }
        let node = place / FAN;
        let of = self.buckets.chunks(FAN).nth(node).unwrap_or_default();
        if let Some(held) = self.nodes.get_mut(node) {
            *held = node_of(of);
        }
    }

    /// The root: the version of the layer.
    #[must_use]
    pub fn root(&self) -> Hash {
        root_of(&self.nodes)
    }

    /// The hashes of all nodes, in order.
    #[must_use]
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// The hashes of all buckets, in order.
    #[must_use]
    pub fn buckets(&self) -> &[Hash] {
        &self.buckets
    }

    /// The buckets in which this tree and the hashes of another differ.
    #[must_use]
    pub fn differing(&self, other: &[Hash]) -> Vec<u16> {
        let pairs = (0..BUCKETS).zip(self.buckets.iter().zip(other));
        pairs
            .filter(|(_, (own, theirs))| own != theirs)
            .map(|(bucket, _)| bucket)
            .collect()
    }
}

fn hash_all(height: u8, hashes: &[Hash]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([height]);
    hashes.iter().for_each(|hash| hasher.update(hash.0));
    Hash(hasher.finalize().into())
}

/// One hash over the roots of a stack of layers, in order: what a receipt was decided on.
#[must_use]
pub fn stack_root<'l>(layers: impl IntoIterator<Item = (&'l super::LayerId, &'l Hash)>) -> Hash {
    let mut hasher = Sha256::new();
    for (layer, root) in layers {
        hasher.update(crate::cbor::encode(layer));
        hasher.update(root.0);
    }
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn records() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
        proptest::collection::btree_map(
            "[a-z0-9]{1,6}",
            proptest::collection::vec(any::<u8>(), 0..20),
            0..60,
        )
    }

    fn tree(records: &BTreeMap<String, Vec<u8>>) -> Tree {
        Tree::of(
            records
                .iter()
                .map(|(key, record)| (key.as_str(), record.as_slice())),
        )
    }

    proptest! {
        #[test]
        fn setting_the_changed_buckets_is_building_anew(before in records(), after in records()) {
            let mut changed = tree(&before);
            let wanted = tree(&after);
            for bucket in wanted.differing(changed.buckets()) {
                changed.set(bucket, wanted.buckets()[usize::from(bucket)]);
            }
            prop_assert_eq!(changed.root(), wanted.root());
            prop_assert_eq!(before == after, tree(&before).root() == wanted.root());
        }
    }
}

//! Repair of a layer whose records rotted: hashes find the buckets that differ, and only their records travel.
//!
//! Three questions at most, each answer checked against the one before: the hashes of the 32 nodes give the wanted
//! root, those of a node's buckets give the node, the records of a bucket give its hash. So nobody who answers can
//! bring in a record that is not of the wanted version.

use std::collections::BTreeMap;

use minicbor::decode::{Decoder, Error as DecodeError};

use super::LayerId;
use super::segment::Change;
use super::tree::{BUCKETS, BucketHasher, FAN, Tree, bucket_of, node_of, root_of};
use crate::ids::Hash;

/// Where more buckets differ than this, the whole layer is the shorter way.
pub const BUCKETS_MAX: usize = 128;
/// Buckets of one question for records: their answer stays small however large the layer is.
pub const BUCKETS_AT_ONCE: usize = 16;

/// What a repair asks for.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode)]
pub enum Ask {
    /// The hashes of all nodes.
    #[n(0)]
    Nodes,
    /// The hashes of the buckets of these nodes.
    #[n(1)]
    Buckets(#[n(0)] Vec<u16>),
    /// The records of these buckets, all of them.
    #[n(2)]
    Records(#[n(0)] Vec<u16>),
}

/// The derived decoder takes any item for the fields of a variant that has none; a question has one form.
impl<'b, C> minicbor::Decode<'b, C> for Ask {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, DecodeError> {
        let malformed = || DecodeError::message("not what a repair asks for");
        let parts = d.array()?;
        let code = d.u32()?;
        let fields = d.array()?;
        match (parts, code, fields) {
            (Some(2), 0, Some(0)) => Ok(Self::Nodes),
            (Some(2), 1, Some(1)) => Ok(Self::Buckets(d.decode_with(context)?)),
            (Some(2), 2, Some(1)) => Ok(Self::Records(d.decode_with(context)?)),
            _ => Err(malformed()),
        }
    }
}

/// A damaged layer was mended: it gives the root again that it is on sale with.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Repaired {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// Its root.
    #[n(1)]
    pub root: Hash,
    /// How many of its buckets were fetched; none where the whole layer was.
    #[n(2)]
    pub buckets: Option<u16>,
}

/// Why a layer is not repaired bucket by bucket: it is fetched whole instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrepaired {
    /// Too much of it is damaged.
    #[error("more than {BUCKETS_MAX} buckets differ")]
    TooMany,
    /// The answer is not of the wanted version, or answers something else.
    #[error("the answer does not lead to the wanted root")]
    WrongAnswer,
}

/// What mends a layer: the records of every bucket that differed, proved to be those of the wanted version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mending {
    /// The wanted version.
    pub root: Hash,
    /// The buckets that differed, in order; whatever lies in them goes.
    pub buckets: Vec<u16>,
    /// What lies in them from now on, by key.
    pub records: BTreeMap<String, Vec<u8>>,
}

/// A repair on its way.
#[derive(Debug, Clone)]
pub struct Repair {
    own: Tree,
    root: Hash,
    step: Step,
}

#[derive(Debug, Clone)]
enum Step {
    /// The nodes are not known yet.
    Nodes,
    /// These nodes differ and have these hashes.
    Buckets(BTreeMap<u16, Hash>),
    /// These buckets differ and have these hashes; records of some are here.
    Records {
        wanted: BTreeMap<u16, Hash>,
        lacking: Vec<u16>,
        records: BTreeMap<String, Vec<u8>>,
    },
}

impl Repair {
    /// Begins with the tree over the records as they lie there and the root that they should give.
    #[must_use]
    pub fn new(own: Tree, root: Hash) -> Self {
        let step = if own.root() == root {
            Step::records(BTreeMap::new())
        } else {
            Step::Nodes
        };
        Self { own, root, step }
    }

    /// What is to be asked next; nothing when all is here.
    #[must_use]
    pub fn ask(&self) -> Option<Ask> {
        match &self.step {
            Step::Nodes => Some(Ask::Nodes),
            Step::Buckets(nodes) => Some(Ask::Buckets(nodes.keys().copied().collect())),
            Step::Records { lacking, .. } => {
                let next: Vec<u16> = lacking.iter().copied().take(BUCKETS_AT_ONCE).collect();
                (!next.is_empty()).then_some(Ask::Records(next))
            }
        }
    }

    /// Takes the hashes that were asked for.
    ///
    /// # Errors
    /// When they are not those of the wanted version, or too many differ.
    pub fn hashes(&mut self, told: &[Hash]) -> Result<(), Unrepaired> {
        self.step = match &self.step {
            Step::Nodes => self.nodes(told)?,
            Step::Buckets(nodes) => self.buckets(nodes, told)?,
            Step::Records { .. } => return Err(Unrepaired::WrongAnswer),
        };
        Ok(())
    }

    fn nodes(&self, told: &[Hash]) -> Result<Step, Unrepaired> {
        if told.len() != self.own.nodes().len() || root_of(told) != self.root {
            return Err(Unrepaired::WrongAnswer);
        }
        let pairs = (0_u16..).zip(self.own.nodes().iter().zip(told));
        let differing = pairs.filter(|(_, (own, told))| own != told);
        Ok(Step::Buckets(
            differing.map(|(node, (_, told))| (node, *told)).collect(),
        ))
    }

    fn buckets(&self, nodes: &BTreeMap<u16, Hash>, told: &[Hash]) -> Result<Step, Unrepaired> {
        let runs = told.chunks(FAN);
        if runs.len() != nodes.len() {
            return Err(Unrepaired::WrongAnswer);
        }
        let mut wanted = BTreeMap::new();
        for ((node, hash), told) in nodes.iter().zip(runs) {
            if told.len() != FAN || node_of(told) != *hash {
                return Err(Unrepaired::WrongAnswer);
            }
            for (bucket, told) in buckets_of(*node).zip(told) {
                if self.own.buckets().get(usize::from(bucket)) != Some(told) {
                    wanted.insert(bucket, *told);
                }
            }
        }
        if wanted.len() > BUCKETS_MAX {
            return Err(Unrepaired::TooMany);
        }
        Ok(Step::records(wanted))
    }

    /// Takes the records that were asked for.
    ///
    /// # Errors
    /// When they are not all those of the buckets asked for, and nothing else.
    pub fn records(&mut self, changes: Vec<Change>) -> Result<(), Unrepaired> {
        let asked = match self.ask() {
            Some(Ask::Records(asked)) => asked,
            Some(Ask::Nodes | Ask::Buckets(_)) | None => return Err(Unrepaired::WrongAnswer),
        };
        let Step::Records {
            wanted,
            lacking,
            records,
        } = &mut self.step
        else {
            return Err(Unrepaired::WrongAnswer);
        };
        let mut came: BTreeMap<u16, BTreeMap<String, Vec<u8>>> = asked
            .iter()
            .map(|bucket| (*bucket, BTreeMap::new()))
            .collect();
        for change in changes {
            let record = change.record.ok_or(Unrepaired::WrongAnswer)?;
            let of_bucket = came.get_mut(&bucket_of(&change.key));
            let of_bucket = of_bucket.ok_or(Unrepaired::WrongAnswer)?;
            of_bucket.insert(change.key, record.to_vec());
        }
        for (bucket, of_bucket) in came {
            let mut hasher = BucketHasher::default();
            for (key, record) in &of_bucket {
                hasher.record(key, record);
            }
            if wanted.get(&bucket) != Some(&hasher.finish()) {
                return Err(Unrepaired::WrongAnswer);
            }
            records.extend(of_bucket);
        }
        lacking.retain(|bucket| !asked.contains(bucket));
        Ok(())
    }

    /// What mends the layer; nothing while something is still to be asked.
    #[must_use]
    pub fn mending(&self) -> Option<Mending> {
        match &self.step {
            Step::Records {
                wanted,
                lacking,
                records,
            } if lacking.is_empty() => Some(Mending {
                root: self.root,
                buckets: wanted.keys().copied().collect(),
                records: records.clone(),
            }),
            Step::Nodes | Step::Buckets(_) | Step::Records { .. } => None,
        }
    }
}

impl Step {
    /// Buckets that should be empty are not asked for.
    fn records(wanted: BTreeMap<u16, Hash>) -> Self {
        let full = wanted.iter().filter(|(_, hash)| **hash != Hash::default());
        Self::Records {
            lacking: full.map(|(bucket, _)| *bucket).collect(),
            wanted,
            records: BTreeMap::new(),
        }
    }
}

/// The hashes that answer a question; nothing where it asks for records, or for what no tree has.
#[must_use]
pub fn told(tree: &Tree, ask: &Ask) -> Option<Vec<Hash>> {
    match ask {
        Ask::Nodes => Some(tree.nodes().to_vec()),
        Ask::Buckets(nodes) if nodes.len() <= tree.nodes().len() => {
            let runs = nodes.iter().map(|node| {
                let first = usize::from(*node).checked_mul(FAN)?;
                tree.buckets().get(first..first.checked_add(FAN)?)
            });
            let runs: Option<Vec<&[Hash]>> = runs.collect();
            Some(runs?.concat())
        }
        Ask::Buckets(_) | Ask::Records(_) => None,
    }
}

/// Whether records of these buckets are given in one answer.
#[must_use]
pub fn may_ask(buckets: &[u16]) -> bool {
    buckets.len() <= BUCKETS_AT_ONCE && buckets.iter().all(|bucket| *bucket < BUCKETS)
}

fn buckets_of(node: u16) -> impl Iterator<Item = u16> {
    let fan = u16::try_from(FAN).unwrap_or(u16::MAX);
    let first = node.saturating_mul(fan);
    first..first.saturating_add(fan)
}

#[cfg(test)]
mod tests;

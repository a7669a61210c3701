//! What leads a layer from one root to another: records that came, became others, or went.
//!
//! Neighbours resemble each other, so a change travels as what it does not share with the one before ([`Step`]):
//! of 100,000 items a compressor alone leaves twice as much.

use minicbor::bytes::ByteVec;

use super::LayerId;
use crate::ids::Hash;

/// The beginning of a segment; its changes follow, each an item of its own, so that none needs to be held whole.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct SegmentHead {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// The root it starts from; none for a whole layer.
    #[n(1)]
    pub from: Option<Hash>,
    /// The root it leads to.
    #[n(2)]
    pub to: Hash,
    /// How many changes follow.
    #[n(3)]
    pub changes: u64,
}

/// One record of a layer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Change {
    /// Its key.
    #[n(0)]
    pub key: String,
    /// What stands there now; nothing where the record went.
    #[n(1)]
    pub record: Option<ByteVec>,
}

/// A change as it travels.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Step {
    /// Bytes at the beginning of the key that are those of the key before.
    #[n(0)]
    pub key_shared: u32,
    /// The rest of the key.
    #[n(1)]
    pub key_rest: String,
    /// Bytes at the beginning of the record that are those of the last record before.
    #[n(2)]
    pub record_shared: u32,
    /// The rest of the record; nothing where the record went.
    #[n(3)]
    pub record_rest: Option<ByteVec>,
}

/// Bound of one key and of one record.
pub const ITEM_BYTES_MAX: usize = 256 * 1024;

/// A step does not go on from the one before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a change shares more than stands before it, or is larger than {ITEM_BYTES_MAX} bytes")]
pub struct WrongStep;

/// What stood before the next change.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    key: String,
    record: Vec<u8>,
}

impl Trail {
    /// The change as it travels behind those before it.
    pub fn step(&mut self, change: &Change) -> Step {
        let mut shared = common(self.key.as_bytes(), change.key.as_bytes());
        while !change.key.is_char_boundary(shared) {
            shared = shared.saturating_sub(1);
        }
        let key_rest = change.key.get(shared..).unwrap_or_default().to_owned();
        self.key.clone_from(&change.key);
        let (mut record_shared, mut record_rest) = (0, None);
        if let Some(record) = &change.record {
            record_shared = common(&self.record, record);
            let rest = record.get(record_shared..).unwrap_or_default();
            record_rest = Some(rest.to_vec().into());
            self.record.clone_from(record);
        }
        Step {
            key_shared: u32::try_from(shared).unwrap_or(u32::MAX),
            key_rest,
            record_shared: u32::try_from(record_shared).unwrap_or(u32::MAX),
            record_rest,
        }
    }

    /// The change that a step stands for behind those before it.
    ///
    /// # Errors
    /// When it shares what is not there, or grows over [`ITEM_BYTES_MAX`].
    pub fn change(&mut self, step: Step) -> Result<Change, WrongStep> {
        let shared = usize::try_from(step.key_shared).map_err(|_| WrongStep)?;
        let mut key = self.key.get(..shared).ok_or(WrongStep)?.to_owned();
        key.push_str(&step.key_rest);
        let shared = usize::try_from(step.record_shared).map_err(|_| WrongStep)?;
        let record = match step.record_rest {
            Some(rest) => {
                let mut record = self.record.get(..shared).ok_or(WrongStep)?.to_vec();
                record.extend_from_slice(&rest);
                self.record.clone_from(&record);
                Some(record)
            }
            None => None,
        };
        if key.len().max(self.record.len()) > ITEM_BYTES_MAX {
            return Err(WrongStep);
        }
        self.key.clone_from(&key);
        let record = record.map(ByteVec::from);
        Ok(Change { key, record })
    }
}

fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// A whole segment, small enough to be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Where it leads.
    pub head: SegmentHead,
    /// The changes, in the order of their keys.
    pub changes: Vec<Change>,
}

impl Segment {
    /// Its bytes before compression.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = crate::cbor::encode(&self.head);
        let mut trail = Trail::default();
        for change in &self.changes {
            bytes.extend_from_slice(&crate::cbor::encode(&trail.step(change)));
        }
        bytes
    }
}

#[cfg(test)]
mod tests;

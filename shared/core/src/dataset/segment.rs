//! What leads a layer from one root to another: records that came, became others, or went.

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
        for change in &self.changes {
            bytes.extend_from_slice(&crate::cbor::encode(change));
        }
        bytes
    }
}

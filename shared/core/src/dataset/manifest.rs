//! What a workplace should have: signed, with a generation that only grows.

use minicbor::bytes::ByteVec;

use super::LayerId;
use crate::ids::{Hash, WorkplaceId};
use crate::pricing::moment::LocalTime;
use crate::time::{StoreTime, Timestamp};

/// Life of the centre and a counter within it: of two manifests the larger one counts.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(array)]
pub struct Generation {
    /// Life of the centre.
    #[n(0)]
    pub incarnation: u32,
    /// Rises with every manifest of this workplace.
    #[n(1)]
    pub counter: u32,
}

/// The root that a layer should have.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Wanted {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// Its root.
    #[n(1)]
    pub root: Hash,
    /// When the shop switches to it, by the store's wall; at once where none is given.
    #[n(2)]
    pub active_from: Option<LocalTime>,
}

/// What a workplace should have. The layers stand in the order of the stack; one that is not named is not
/// wanted any more. A layer with a beginning may stand twice: as it is now, and as it will be.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Manifest {
    /// For whom.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Which of two counts.
    #[n(1)]
    pub generation: Generation,
    /// When it was signed.
    #[n(2)]
    pub issued: Timestamp,
    /// After that nothing new is adopted from it; what is active goes on by its own dates.
    #[n(3)]
    pub expires: Timestamp,
    /// The wanted roots.
    #[n(4)]
    pub layers: Vec<Wanted>,
    /// Small segments that lead there from the roots before, compressed.
    #[n(5)]
    pub segments: Vec<ByteVec>,
}

/// The shop switched to these roots: written before the switch.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Applied {
    /// The manifest that wanted it.
    #[n(0)]
    pub generation: Generation,
    /// Layers that changed, with their roots; a layer that went has none.
    #[n(1)]
    pub layers: Vec<AppliedLayer>,
    /// Hash over the whole stack from now on.
    #[n(2)]
    pub stack: Hash,
}

/// A layer of [`Applied`].
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct AppliedLayer {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// Its root from now on.
    #[n(1)]
    pub root: Option<Hash>,
    /// When the shop switched to it; stands in a brought-forward only, where the entry's own time says nothing.
    #[n(2)]
    pub since: Option<StoreTime>,
}

crate::coded_enum! {
    /// Why a shop does not take what a manifest wants; the last good version stays on sale.
    pub enum RejectedCode {
        /// The records do not give the root.
        Root = 1 => "root",
        /// A record cannot be read.
        Record = 2 => "record",
        /// The bytes are no segment.
        Segment = 3 => "segment",
        /// An older generation than the one adopted.
        Older = 4 => "older",
        /// The manifest is not signed by a manifest key, or is for another workplace.
        Forged = 5 => "forged",
        /// The manifest expired.
        Expired = 6 => "expired",
        /// The disk refused.
        Disk = 7 => "disk",
    }
}

/// The shop refused a manifest or a layer of it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Rejected {
    /// The manifest.
    #[n(0)]
    pub generation: Generation,
    /// The layer, where it is one layer's fault.
    #[n(1)]
    pub layer: Option<LayerId>,
    /// The root that was wanted.
    #[n(2)]
    pub root: Option<Hash>,
    /// Why.
    #[n(3)]
    pub code: RejectedCode,
    /// What was found, for the desk.
    #[n(4)]
    pub detail: String,
}

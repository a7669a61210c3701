//! The first entry of every epoch: why the chain began and which chain it goes on from.

use crate::coded_enum;
use crate::ids::{Epoch, Hash, Seq};

coded_enum! {
    /// Why an epoch was opened.
    pub enum Reason {
        /// The workplace's first journal, or a replacement PC.
        Enrolled = 0 => "enrolled",
        /// The journal before it was damaged.
        Damaged = 1 => "damaged",
        /// The centre held more than the disk: the disk lied.
        BehindCentre = 2 => "behind-centre",
    }
}

/// A place in an epoch together with the hash that proves it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, minicbor::Encode, minicbor::Decode,
)]
#[cbor(map)]
pub struct Mark {
    /// Which epoch.
    #[n(0)]
    pub epoch: Epoch,
    /// The last entry up to and with which the mark holds; 0 before the first.
    #[n(1)]
    pub seq: Seq,
    /// Hash of that entry; zeros before the first.
    #[n(2)]
    pub hash: Hash,
}

/// Body of entry 1 of every epoch.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Genesis {
    /// Why it was opened.
    #[n(0)]
    pub reason: Reason,
    /// Where the history before it ends; none for a workplace without history.
    #[n(1)]
    pub parent: Option<Mark>,
}

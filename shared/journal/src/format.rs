//! What the host knows of its records and the log does not.

use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};

/// The host's two answers about a record.
pub trait Format: Clone + Send + 'static {
    /// Where the record stands, for the index; nothing when it has no place or cannot be decoded.
    fn span(&self, record: &[u8]) -> Option<Span>;

    /// How the record joins the hash chain; nothing when it stands outside of it.
    fn link(&self, record: &[u8]) -> Option<Link>;
}

/// The entries a record holds: `first` to `last` of one epoch of one workplace, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Whose entries.
    pub workplace: WorkplaceId,
    /// Of which of its epochs.
    pub epoch: Epoch,
    /// The first entry.
    pub first: Seq,
    /// The last entry; for a single entry the same as `first`.
    pub last: Seq,
}

impl Span {
    /// Whether the entry `seq` of that workplace and epoch is inside.
    #[must_use]
    pub fn holds(&self, workplace: &WorkplaceId, epoch: Epoch, seq: Seq) -> bool {
        self.epoch == epoch
            && (self.first..=self.last).contains(&seq)
            && self.workplace == *workplace
    }
}

/// A record's place in the hash chain of its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The hash the record names as its predecessor's; zeros in the first record of a log.
    pub prev: Hash,
    /// The record's own hash, which its successor must name.
    pub own: Hash,
}

//! A signed batch of entries: built by the workplace, checked by the centre and by `verify`.

use storefleet_core::entry::{self, Entry, EntryError};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Seq};
use storefleet_core::sync::ingest::Offer;
use storefleet_core::sync::message::Batch;

use crate::envelope::{Kind, PublicKey, Sealed, SigningKey};
use crate::message::{self, MessageError};

/// Why a batch is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Envelope, signature or body.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A batch carries at least one entry.
    #[error("batch is empty")]
    Empty,
    /// An entry cannot be read.
    #[error("entry {at} of the batch: {source}")]
    Entry {
        /// Which one, from 0.
        at: usize,
        /// What is wrong with it.
        source: EntryError,
    },
    /// An entry is not the one that belongs there.
    #[error("entry {at} of the batch does not continue the chain: {what}")]
    Chain {
        /// Which one, from 0.
        at: usize,
        /// What differs.
        what: &'static str,
    },
}

/// Signs a batch.
#[must_use]
pub fn seal(key: &SigningKey, batch: &Batch) -> Vec<u8> {
    message::write(Kind::Batch, key, batch)
}

/// Opens a batch signed by `key`; its inner chain is not checked yet.
///
/// # Errors
/// When envelope, signature or body are wrong.
pub fn open(key: &PublicKey, bytes: &[u8]) -> Result<Batch, BatchError> {
    Ok(message::read(Kind::Batch, key, bytes)?)
}

/// Checks that the entries are what the batch says: one workplace, one epoch, no gap, each naming
/// the hash of the one before.
///
/// # Errors
/// The first entry that is not in its place.
pub fn check(batch: &Batch) -> Result<Offer, BatchError> {
    let mut hashes = Vec::with_capacity(batch.entries.len());
    let mut prev = batch.prev;
    let mut seq = batch.first;
    for (at, bytes) in batch.entries.iter().enumerate() {
        let (header, hash) =
            entry::parse_header(bytes).map_err(|source| BatchError::Entry { at, source })?;
        let wrong = if header.workplace != batch.workplace {
            Some("another workplace")
        } else if header.epoch != batch.epoch {
            Some("another epoch")
        } else if header.seq != seq {
            Some("another place")
        } else if header.prev != prev {
            Some("another predecessor")
        } else {
            None
        };
        if let Some(what) = wrong {
            return Err(BatchError::Chain { at, what });
        }
        hashes.push(hash);
        prev = hash;
        seq = seq.next();
    }
    if hashes.is_empty() || batch.first == Seq::NONE || batch.epoch == Epoch(0) {
        return Err(BatchError::Empty);
    }
    let genesis = (batch.first == Seq(1))
        .then(|| batch.entries.first())
        .flatten();
    let genesis = genesis.and_then(|bytes| match Entry::parse(bytes).map(|entry| entry.fact) {
        Ok(Fact::Genesis(genesis)) => Some(genesis),
        Ok(_) | Err(_) => None,
    });
    Ok(Offer {
        epoch: batch.epoch,
        first: batch.first,
        prev: batch.prev,
        hashes,
        genesis,
    })
}

/// Opens a batch without its key: for records whose signature was checked before they became
/// durable.
#[must_use]
pub fn open_unverified(bytes: &[u8]) -> Option<Batch> {
    let body = Sealed::parse(bytes)
        .ok()?
        .body_unverified(Kind::Batch)
        .ok()?;
    storefleet_core::cbor::decode(&body).ok()
}

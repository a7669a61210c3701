//! What a workplace asks of the centre after its disk lied, and what it is given.

use minicbor::bytes::ByteVec;
use storefleet_core::cbor;
use storefleet_core::sync::message::{HeldBatches, Missing};
use storefleet_wire::batch;

use crate::fuzz::samples::{self, key, one, till};
use crate::fuzz::{Read, settle, wire};

/// The body of a question.
#[must_use]
pub fn missing(bytes: &[u8]) -> Read {
    settle::<Missing>(bytes).map_or(Read::Refused, |(_, read)| read)
}

/// What honest sides write.
#[must_use]
pub fn questions() -> Vec<(String, Vec<u8>)> {
    let question = Missing {
        workplace: till(),
        have: wire::mark(7),
    };
    one("question", cbor::encode(&question))
}

/// An answer: every batch of it is opened as the workplace's own.
#[must_use]
pub fn held(bytes: &[u8]) -> Read {
    let Some((held, read)) = settle::<HeldBatches>(bytes) else {
        return Read::Refused;
    };
    let own = key(1).public();
    for bytes in &held.batches {
        let signed = batch::open(&own, bytes).ok();
        let claimed = batch::open_unverified(bytes);
        assert!(
            signed.is_none() || signed == claimed,
            "two readings of one batch"
        );
    }
    read
}

/// What honest sides write.
#[must_use]
pub fn answers() -> Vec<(String, Vec<u8>)> {
    let sealed = batch::seal(&key(1), &samples::batch());
    let batches = vec![ByteVec::from(sealed)];
    vec![
        ("nothing".to_owned(), cbor::encode(&HeldBatches::default())),
        ("day".to_owned(), cbor::encode(&HeldBatches { batches })),
    ]
}

//! What is written in a shop: CBOR items, entries, the bodies of facts, checkpoints.

use minicbor::Decoder;
use storefleet_agent::journal::rebuild::Checkpoint;
use storefleet_core::cbor;
use storefleet_core::entry::{self, Entry};
use storefleet_core::fact::Fact;
use storefleet_core::kind::FactKind;
use storefleet_core::workplace::Workplace;

use crate::fuzz::{Read, samples, settle};
use crate::sim::disk::SimRooms;

/// The strict walker: what it lets pass any CBOR reader takes for the same item.
///
/// # Panics
/// When they differ.
#[must_use]
pub fn walk(bytes: &[u8]) -> Read {
    let Ok(len) = cbor::item_len(bytes) else {
        return Read::Refused;
    };
    let mut decoder = Decoder::new(bytes);
    decoder.skip().expect("a strict item is an item");
    assert_eq!(decoder.position(), len);
    Read::Whole
}

/// An entry: parsed, written again, folded.
///
/// # Panics
/// When two ways of reading it differ.
#[must_use]
pub fn entry(bytes: &[u8]) -> Read {
    let header = entry::parse_header(bytes).ok();
    let Ok(entry) = Entry::parse(bytes) else {
        return Read::Refused;
    };
    assert_eq!(header, Some((entry.header.clone(), entry.hash)));
    let mut state = Workplace::blank(entry.header.workplace.clone());
    state.apply(&entry);
    state.apply(&entry);
    assert_eq!(state.head.hash, entry.hash);
    assert!(state.cash.rows().count() < 100);
    let parts = state.parts();
    let restored = Workplace::restored(state.id.clone(), state.head, parts.clone());
    assert_eq!(restored.parts(), parts, "a brought-forward is the state");
    let Ok(written) = entry::write(&entry.header, &entry.fact) else {
        return Read::InPart;
    };
    assert!(written.len() <= bytes.len());
    let again = Entry::parse(&written).expect("it was just written");
    assert_eq!((&again.header, &again.fact), (&entry.header, &entry.fact));
    if written == bytes {
        Read::Whole
    } else {
        Read::InPart
    }
}

/// The body of a fact behind the number of its kind.
///
/// # Panics
/// When it is written in another form.
#[must_use]
pub fn fact(bytes: &[u8]) -> Read {
    let Some((kind, body)) = bytes.split_first_chunk() else {
        return Read::Refused;
    };
    let kind = FactKind(u16::from_be_bytes(*kind));
    let fact = Fact::decode(kind, body);
    assert_eq!(fact.kind(), kind);
    let written = fact.encode();
    assert!(written.len() <= body.len());
    assert_eq!(Fact::decode(kind, &written), fact);
    match fact {
        Fact::Unknown { .. } => Read::Refused,
        _ if written == body => Read::Whole,
        _ => Read::InPart,
    }
}

/// A checkpoint, and the state it stands for.
///
/// # Panics
/// When it is written in another form.
#[must_use]
pub fn checkpoint(bytes: &[u8]) -> Read {
    let settled = settle::<Checkpoint>(bytes);
    assert_eq!(Checkpoint::from_bytes(bytes).is_some(), settled.is_some());
    let Some((checkpoint, read)) = settled else {
        return Read::Refused;
    };
    let state = Workplace::restored(samples::till(), checkpoint.head, checkpoint.parts);
    let again = Checkpoint::of(&state);
    let restored = Workplace::restored(samples::till(), again.head, again.parts.clone());
    assert_eq!(Checkpoint::of(&restored), again);
    read
}

/// Entries of a day, one of each kind of fact.
#[must_use]
pub fn written() -> Vec<(String, Vec<u8>)> {
    let mut named = Vec::new();
    for bytes in samples::entries() {
        let kind = Entry::parse(&bytes).map(|entry| entry.header.kind);
        let name = kind.map_or_else(|error| error.to_string(), |kind| kind.to_string());
        if named.iter().all(|(known, _)| *known != name) {
            named.push((name, bytes));
        }
    }
    named
}

/// Their bodies behind their kinds.
#[must_use]
pub fn facts() -> Vec<(String, Vec<u8>)> {
    let mut named = Vec::new();
    for (at, bytes) in samples::entries().iter().enumerate() {
        if let Ok(entry) = Entry::parse(bytes) {
            let kind = entry.header.kind;
            let bytes = [&kind.0.to_be_bytes()[..], &entry.fact.encode()].concat();
            named.push((format!("{kind}-{at}"), bytes));
        }
    }
    named
}

/// The checkpoint at the end of the day.
#[must_use]
pub fn checkpoints() -> Vec<(String, Vec<u8>)> {
    let store = samples::day(SimRooms::default());
    samples::one("day", Checkpoint::of(store.state()).to_bytes())
}

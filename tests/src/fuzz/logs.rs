//! What lies on disks: segments of any log, a shop's log under its agent, the centre's records.

use storefleet_agent::journal::Rooms;
use storefleet_controller::central_log::{
    BatchStore, CentralFormat, CentralLog, NewRecord, Stored, records,
};
use storefleet_controller::ingest::Ingest;
use storefleet_controller::ingest::rebuild::Snapshot;
use storefleet_core::cbor;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_core::sync::message::Verdict;
use storefleet_journal::{Log, Options, SimFolder, fuzz_open};
use storefleet_wire::batch;

use crate::fuzz::{Read, samples, settle};
use crate::sim::disk::SimRooms;
use crate::sim::shop::SEGMENT_BYTES;

const FIRST_SEGMENT: &str = "00000000000000000001.seg";
/// What a segment without an owner is opened with.
const SMALL_BYTES: u32 = 4_096;
/// Holds the largest record.
const CENTRAL_BYTES: u32 = 320 * 1024;

/// A segment of a log of any records: verified, opened, read and gone on with.
#[must_use]
pub fn segment(bytes: &[u8]) -> Read {
    Read::whole_if(fuzz_open(&filled(bytes, SMALL_BYTES)) > 1)
}

/// A shop's only segment: its agent starts, sells on where it can, and starts again.
///
/// # Panics
/// When it does not start on what it left itself.
#[must_use]
pub fn shop_log(bytes: &[u8]) -> Read {
    let rooms = SimRooms::default();
    let folder = rooms.room(Epoch(1)).expect("memory has room");
    folder.put(FIRST_SEGMENT, &filled(bytes, SEGMENT_BYTES));
    let Some(mut store) = samples::start(rooms.clone()) else {
        return Read::Refused;
    };
    store.commit().expect("memory takes it");
    let (epoch, head) = (store.state().head.epoch, store.durable());
    let journal = store.journal().expect("it is open");
    assert_eq!(journal.hash_at(epoch, head.seq), Some(head.hash));
    for (epoch, last) in journal.heads() {
        let _whole = journal.range(epoch, Seq(1), last, u64::MAX);
    }
    let state = store.state().clone();
    drop(store);
    let again = samples::start(rooms).expect("it opens what it wrote");
    assert_eq!(again.state().digest(), state.digest());
    Read::whole_if(epoch == Epoch(1))
}

/// A record of the centre's log and the batch in it.
#[must_use]
pub fn central_record(bytes: &[u8]) -> Read {
    let Some((stored, read)) = settle::<Stored>(bytes) else {
        return Read::Refused;
    };
    let batch = batch::open_unverified(&stored.batch);
    match batch.map(|batch| batch::check(&batch).is_ok()) {
        Some(true) => read,
        Some(false) | None => Read::InPart,
    }
}

/// The centre's only segment: the watermarks are rebuilt from it.
#[must_use]
pub fn central_log(bytes: &[u8]) -> Read {
    let folder = SimFolder::new();
    folder.put(FIRST_SEGMENT, &filled(bytes, CENTRAL_BYTES));
    let Ok((log, _)) = CentralLog::open(folder, CENTRAL_BYTES) else {
        return Read::Refused;
    };
    match Ingest::rebuild(log, samples::key(9), 1, Snapshot::default(), |_, _, _| {}) {
        Ok(ingest) => Read::whole_if(ingest.heads().count() == 1),
        Err(_) => Read::Refused,
    }
}

/// The bytes, with zeros up to the size of a segment.
fn filled(bytes: &[u8], size: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().max(size as usize), 0);
    bytes
}

/// Without the zeros that fill a segment up.
fn used(folder: &SimFolder) -> Vec<u8> {
    let mut bytes = folder.bytes(FIRST_SEGMENT).expect("it was begun");
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
    bytes.truncate(end + 1);
    bytes
}

fn record(position: u64, prev: Hash) -> Stored {
    let batch = samples::batch();
    Stored {
        position,
        prev,
        workplace: batch.workplace.clone(),
        epoch: batch.epoch,
        first: batch.first,
        last: Seq(batch.entries.len() as u64),
        received: samples::NOW,
        verdict: Verdict::Ok,
        batch: batch::seal(&samples::key(1), &batch).into(),
    }
}

/// A small log of a few records.
#[must_use]
pub fn segments() -> Vec<(String, Vec<u8>)> {
    let folder = SimFolder::new();
    let options = Options {
        segment_bytes: SMALL_BYTES,
        record_bytes_max: 1_024,
    };
    let opened = Log::open(folder.clone(), CentralFormat, options);
    let (mut log, _) = opened.expect("an empty folder is fine");
    for text in ["one", "two", "three"] {
        log.stage(text.as_bytes()).expect("it fits");
        log.commit().expect("memory takes it");
    }
    samples::one("three", used(&folder))
}

/// The segment of a day.
#[must_use]
pub fn shop_logs() -> Vec<(String, Vec<u8>)> {
    let rooms = SimRooms::default();
    drop(samples::day(rooms.clone()));
    let folder = rooms.room(Epoch(1)).expect("it is there");
    samples::one("day", used(&folder))
}

/// The record of a batch.
#[must_use]
pub fn central_records() -> Vec<(String, Vec<u8>)> {
    samples::one("day", cbor::encode(&record(1, Hash::default())))
}

/// A log with one batch.
#[must_use]
pub fn central_logs() -> Vec<(String, Vec<u8>)> {
    let folder = SimFolder::new();
    let opened = CentralLog::open(folder.clone(), CENTRAL_BYTES);
    let (mut log, _) = opened.expect("an empty folder is fine");
    let stored = record(1, Hash::default());
    let staged = log.stage(NewRecord {
        workplace: &stored.workplace,
        epoch: stored.epoch,
        first: stored.first,
        last: stored.last,
        received: stored.received,
        verdict: stored.verdict,
        batch: &stored.batch,
    });
    assert_eq!(staged.expect("it fits"), 1);
    log.commit().expect("memory takes it");
    assert_eq!(records(&log.reader(), 1).count(), 1);
    samples::one("day", used(&folder))
}

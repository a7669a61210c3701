//! A centre that starts from a checkpoint knows what one knows that read its whole log.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use storefleet_controller::central_log::{CentralLog, Place};
use storefleet_controller::checkpoint::{Checkpoint, Checkpoints};
use storefleet_controller::fleet::Fleet;
use storefleet_controller::ingest::thread::recall;
use storefleet_controller::ingest::{Ingest, Received};
use storefleet_core::entry;
use storefleet_core::ids::{Hash, Seq};
use storefleet_core::sync::message::Batch;
use storefleet_journal::SimFolder;
use storefleet_tests::fuzz::samples::{self, NOW, key, till};
use storefleet_tests::sim::centre::Keys;
use storefleet_wire::batch as wire_batch;
use storefleet_wire::topic::Up;
use tempfile::tempdir;

const SEGMENT_BYTES: u32 = 320 * 1024;
const CENTRE: u8 = 9;
const TILL: u8 = 1;

type Centre = Ingest<CentralLog<SimFolder>>;

/// A till's day, an entry a batch.
fn day() -> Vec<Batch> {
    let whole = samples::batch();
    let mut prev = whole.prev;
    let mut batches = Vec::new();
    for (bytes, seq) in whole.entries.iter().zip(whole.first.0..) {
        batches.push(Batch {
            first: Seq(seq),
            prev,
            entries: vec![bytes.clone()],
            ..whole.clone()
        });
        prev = entry::hash(bytes);
    }
    batches
}

/// A centre on that disk, behind a checkpoint where there is one that counts.
fn start(disk: &SimFolder, checkpoint: Option<Checkpoint>) -> (Centre, Fleet) {
    let (log, _) = CentralLog::open(disk.clone(), SEGMENT_BYTES).unwrap();
    let stands = |it: &Checkpoint| it.snapshot.place.stands_in(&log.reader()).unwrap();
    let known = checkpoint.filter(stands).unwrap_or_default();
    let mut fleet = Fleet::default();
    for (workplace, memory) in known.memories {
        fleet.remember(&workplace, memory);
    }
    let ingest = Ingest::rebuild(
        log,
        key(CENTRE),
        1,
        known.snapshot,
        |stored, batch, news| {
            recall(&mut fleet, stored, batch, news);
        },
    );
    (ingest.unwrap(), fleet)
}

fn send(centre: &mut Centre, batch: &Batch) {
    let mut keys = Keys::default();
    keys.grant(&till(), key(TILL).public());
    let payload = wire_batch::seal(&key(TILL), batch);
    let workplace = till();
    let received = Received {
        workplace: &workplace,
        class: Up::Batch,
        payload: &payload,
        at: NOW,
    };
    let outcome = centre.group(&[received], &keys, NOW).unwrap();
    assert_eq!(outcome.accepted, [0]);
}

#[test]
fn every_checkpoint_and_the_log_behind_it_is_the_whole_log() {
    let (disk, folder) = (SimFolder::new(), tempdir().unwrap());
    let checkpoints = Checkpoints::open(&folder.path().join("checkpoint.redb")).unwrap();
    let mut kept = Vec::new();
    for batch in day() {
        let (mut centre, _) = start(&disk, None);
        send(&mut centre, &batch);
        drop(centre);
        let (centre, fleet) = start(&disk, None);
        checkpoints.keep(&Checkpoint::of(&centre, &fleet)).unwrap();
        kept.push(checkpoints.load().unwrap());
    }
    assert!(kept.len() > 10);
    let (whole, fleet) = start(&disk, None);
    let expected = Checkpoint::of(&whole, &fleet);
    drop(whole);
    for checkpoint in kept {
        let (centre, fleet) = start(&disk, Some(checkpoint));
        assert_eq!(Checkpoint::of(&centre, &fleet), expected);
    }
}

#[test]
fn a_checkpoint_of_another_log_does_not_count() {
    let disk = SimFolder::new();
    let (mut centre, _) = start(&disk, None);
    send(&mut centre, &day()[0]);
    let reader = centre.store().reader();
    let place = centre.snapshot().place;
    assert!(place.stands_in(&reader).unwrap());
    let hash = Hash([1; 32]);
    assert!(!Place { hash, ..place }.stands_in(&reader).unwrap());
    let position = place.position + 1;
    assert!(!Place { position, ..place }.stands_in(&reader).unwrap());
    assert!(!Place::default().stands_in(&reader).unwrap());
}

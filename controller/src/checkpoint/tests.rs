//! What is kept comes back whole, or not at all.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;

use storefleet_core::document::DocumentNumber;
use storefleet_core::epoch::Mark;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_core::sync::ingest::{Chains, Held, HoldReason};
use storefleet_core::time::Timestamp;
use tempfile::tempdir;

use super::*;
use crate::fleet::Raised;
use crate::fleet::memory::Watched;
use crate::fleet::sold::SoldHours;
use crate::fleet::totals::Totals;

fn mark(epoch: u32, seq: u64) -> Mark {
    Mark {
        epoch: Epoch(epoch),
        seq: Seq(seq),
        hash: Hash([3; 32]),
    }
}

fn checkpoint(position: u64, names: &[&str]) -> Checkpoint {
    let held = Held {
        head: mark(2, 9),
        reason: HoldReason::ChainBreak,
    };
    let known = Known {
        chains: Chains {
            head: mark(3, position),
            ended: BTreeMap::from([(Epoch(1), mark(1, 40))]),
            held: vec![held],
            damaged: true,
        },
        apart: 77,
    };
    let raised = Raised {
        since: Timestamp(5),
        evidence: "epoch 2 entry 9: chain-break".to_owned(),
    };
    let memory = Memory {
        seen: Some(Timestamp(8)),
        mark: mark(3, position),
        totals: Totals {
            receipts: 4,
            gross_kop: -100,
            ..Totals::default()
        },
        folded: (Epoch(3), Seq(position)),
        alarms: vec![(Alarm::Held, raised)],
        on_sale: Some(Hash([7; 32])),
        watched: Some(Watched {
            sold: SoldHours::of([(7, 3)]),
            starts: vec![Timestamp(4)],
            ..Watched::default()
        }),
        documents: Some(DocumentNumber {
            life: 1,
            entry: 2,
            part: 3,
        }),
        coupons: None,
    };
    let ids = || {
        names
            .iter()
            .map(|name| name.parse::<WorkplaceId>().unwrap())
    };
    let hash = Hash([9; 32]);
    Checkpoint {
        snapshot: Snapshot {
            place: Place { position, hash },
            known: ids().map(|id| (id, known.clone())).collect(),
        },
        memories: ids().map(|id| (id, memory.clone())).collect(),
    }
}

#[test]
fn the_newest_checkpoint_comes_back_whole() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.redb");
    let checkpoints = Checkpoints::open(&path).unwrap();
    assert_eq!(checkpoints.load(), None);
    checkpoints.keep(&checkpoint(7, &["s1-1", "s2-1"])).unwrap();
    // A log that was restored knows fewer workplaces.
    let newest = checkpoint(5, &["s1-1"]);
    checkpoints.keep(&newest).unwrap();
    drop(checkpoints);
    let again = Checkpoints::open(&path).unwrap();
    assert_eq!(again.load(), Some(newest));
}

#[test]
fn a_damaged_file_is_begun_again() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("checkpoint.redb");
    fs::write(&path, "no database").unwrap();
    let checkpoints = Checkpoints::open(&path).unwrap();
    assert_eq!(checkpoints.load(), None);
    checkpoints.keep(&checkpoint(1, &["s1-1"])).unwrap();
    assert!(checkpoints.load().is_some());
}

#[test]
fn a_checkpoint_of_another_fold_does_not_count() {
    let folder = tempdir().unwrap();
    let checkpoints = Checkpoints::open(&folder.path().join("checkpoint.redb")).unwrap();
    checkpoints.keep(&checkpoint(1, &["s1-1"])).unwrap();
    let transaction = checkpoints.0.begin_write().unwrap();
    {
        let newer = Behind {
            place: Place::default(),
            fold: FOLD + 1,
        };
        let mut meta = transaction.open_table(META).unwrap();
        meta.insert(BEHIND, &*cbor::encode(&newer)).unwrap();
    }
    transaction.commit().unwrap();
    assert_eq!(checkpoints.load(), None);
}

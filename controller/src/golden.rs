//! Golden bytes of the records of both logs, of the checkpoint, and of the centre's life.

use std::collections::BTreeMap;

use storefleet_core::cbor;
use storefleet_core::dataset::manifest::{Generation, Rejected, RejectedCode};
use storefleet_core::epoch::Mark;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::master::change::Source;
use storefleet_core::sync::ingest::{Chains, Held, HoldReason};
use storefleet_core::sync::message::Verdict;
use storefleet_core::time::{BusinessDate, Timestamp};
use storefleet_golden::Golden;
use storefleet_provision::registry::IdentityFact;

use crate::central_log::{Place, Stored};
use crate::checkpoint::{Behind, Row};
use crate::fleet::Raised;
use crate::fleet::coupons::CouponSeen;
use crate::fleet::memory::{Memory, Watched};
use crate::fleet::shelf::Switched;
use crate::fleet::sold::SoldHours;
use crate::fleet::totals::Totals;
use crate::incarnation;
use crate::ingest::rebuild::Known;
use crate::master::ChangeCard;
use crate::master::underlay::Beside;
use crate::office::OfficeEntry;

const NOW: Timestamp = Timestamp(1_769_774_400_000);

fn workplace() -> WorkplaceId {
    "s00421-1".parse().unwrap()
}

fn mark(epoch: u32, seq: u64) -> Mark {
    Mark {
        epoch: Epoch(epoch),
        seq: Seq(seq),
        hash: Hash([0xab; 32]),
    }
}

fn stored() -> Stored {
    Stored {
        position: 70_001,
        prev: Hash([0xcd; 32]),
        workplace: workplace(),
        epoch: Epoch(17),
        first: Seq(69_501),
        last: Seq(70_001),
        received: NOW,
        verdict: Verdict::Held,
        batch: vec![0x53, 0x46].into(),
    }
}

fn known() -> Known {
    let held = Held {
        head: mark(18, 2),
        reason: HoldReason::Parent,
    };
    Known {
        chains: Chains {
            head: mark(17, 70_001),
            ended: BTreeMap::from([(Epoch(16), mark(16, 9))]),
            held: vec![held],
            damaged: true,
        },
        apart: 65_536,
    }
}

fn totals() -> Totals {
    Totals {
        entries: 70_001,
        receipts: 69_000,
        returns: 300,
        writeoffs: 4,
        lines: 140_000,
        quantity_milli: 150_000_000,
        gross_kop: 999_999_999,
        discount_kop: 1_000,
        shift_open: true,
        day: BusinessDate(20_483),
        day_receipts: 120,
        day_total_kop: -5_000,
    }
}

fn memory() -> Memory {
    let raised = Raised {
        since: NOW,
        evidence: "entry 9 of epoch 17".to_owned(),
    };
    Memory {
        seen: Some(NOW),
        mark: mark(17, 70_001),
        totals: totals(),
        folded: (Epoch(17), Seq(70_000)),
        alarms: vec![(Alarm::Held, raised)],
        on_sale: None,
        watched: None,
        documents: None,
        coupons: None,
    }
}

fn watched() -> Watched {
    let at = |hour: i64| NOW.plus_ms(hour * 3_600_000);
    Watched {
        layers: vec![(
            "prices/network/*".parse().unwrap(),
            Switched {
                root: Hash([0xaa; 32]),
                at: NOW,
            },
        )],
        sold: SoldHours::of([(491_208, 12), (491_209, 7)]),
        starts: vec![at(0), at(8)],
        rejected: Some(rejected()),
        failures: None,
    }
}

fn rejected() -> Rejected {
    Rejected {
        generation: Generation {
            incarnation: 1,
            counter: 7,
        },
        layer: Some("prices/network/*".parse().unwrap()),
        root: Some(Hash([0xbb; 32])),
        code: RejectedCode::Root,
        detail: "bucket 3".to_owned(),
    }
}

fn change_card() -> ChangeCard {
    ChangeCard {
        at: NOW,
        actor: "cli:anna".to_owned(),
        source: Source::Import,
        origin: "prices.csv".to_owned(),
        why: "December".to_owned(),
        rows: 1_274,
    }
}

#[test]
fn bytes_once_written_are_read_for_ever() {
    let mut golden = Golden::of(include_str!("golden/lines.txt"));
    golden.item("central-log.record", &stored());
    let fact = IdentityFact::ClaimFailed {
        workplace: workplace(),
        at: NOW,
    };
    let entry = OfficeEntry::of_identity(Hash([0xcd; 32]), NOW, "cli:anna", &fact);
    golden.item("office-log.entry", &entry);
    let place = Place {
        position: 70_001,
        hash: Hash([0xab; 32]),
    };
    golden.item("checkpoint.behind", &Behind { place, fold: 1 });
    let row = Row {
        known: known(),
        memory: memory(),
    };
    golden.item("checkpoint.row", &row);
    let of_datasets = Row {
        memory: Memory {
            on_sale: Some(Hash([0xef; 32])),
            watched: Some(watched()),
            ..memory()
        },
        ..row
    };
    golden.item("checkpoint.row.watched", &of_datasets);
    let of_coupons = Row {
        memory: Memory {
            coupons: Some(vec![CouponSeen {
                code: "SPRING-000017-20260301-0A1B2C3D".into(),
                epoch: Epoch(17),
                seq: Seq(70_000),
            }]),
            ..memory()
        },
        ..Row::default()
    };
    golden.item("checkpoint.row.coupons", &of_coupons);
    // A refusal was only a text once: it is not read any more, the rest is.
    golden.read("checkpoint.row.datasets", &[], |bytes| {
        let row = cbor::decode::<Row>(bytes).ok();
        row.is_some_and(|row| row.memory.on_sale == Some(Hash([0xef; 32])))
    });
    golden.item("master.change", &change_card());
    let beside = Beside {
        layer: "prices/network/*".parse().unwrap(),
        base: 4,
        from: 5,
        to: 7,
    };
    golden.item("master.beside", &vec![beside]);
    golden.item("checkpoint.row.least", &Row::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("incarnation");
    incarnation::keep(&path, 1_769_774_400).unwrap();
    let written = std::fs::read(&path).unwrap();
    golden.bytes("file.incarnation", &written, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        incarnation::load_or_create(&path, 0).unwrap() == 1_769_774_400
    });
    golden.finish();
}

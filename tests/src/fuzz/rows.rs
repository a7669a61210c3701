//! The rows that the centre keeps in redb beside its logs: what is damaged there is folded anew, so
//! it must be refused or read, never trusted into a crash.

use std::collections::BTreeMap;

use storefleet_controller::checkpoint::Row;
use storefleet_controller::fleet::memory::Memory;
use storefleet_controller::fleet::totals::Totals;
use storefleet_controller::fleet::{Fleet, Raised};
use storefleet_controller::ingest::rebuild::Known;
use storefleet_core::cbor;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Seq};
use storefleet_core::sync::ingest::{Chains, Held, HoldReason};
use storefleet_provision::registry::{IdentityFact, KeyListRow, Registry};
use storefleet_wire::keys::Roots;

use crate::fuzz::samples::{NOW, key, one, till};
use crate::fuzz::{Read, identity, settle, wire};

/// What a checkpoint keeps of a workplace; the pages show it.
#[must_use]
pub fn of_checkpoint(bytes: &[u8]) -> Read {
    let Some((row, read)) = settle::<Row>(bytes) else {
        return Read::Refused;
    };
    let mut fleet = Fleet::default();
    fleet.remember(&till(), row.memory);
    read
}

/// A workplace that a till sells at, and one that nothing is known of.
#[must_use]
pub fn checkpoints() -> Vec<(String, Vec<u8>)> {
    let held = Held {
        head: wire::mark(9),
        reason: HoldReason::Parent,
    };
    let raised = Raised {
        since: NOW,
        evidence: "entry 9 of epoch 1".to_owned(),
    };
    let row = Row {
        known: Known {
            chains: Chains {
                head: wire::mark(7),
                ended: BTreeMap::from([(Epoch(0), wire::mark(3))]),
                held: vec![held],
                damaged: true,
            },
            apart: 300,
        },
        memory: Memory {
            seen: Some(NOW),
            mark: wire::mark(7),
            totals: Totals {
                entries: 7,
                receipts: 5,
                gross_kop: 100_000,
                day_total_kop: -5_000,
                ..Totals::default()
            },
            folded: (Epoch(1), Seq(7)),
            alarms: vec![(Alarm::Held, raised)],
            on_sale: None,
            watched: None,
            documents: None,
            coupons: None,
        },
    };
    vec![
        ("selling".to_owned(), cbor::encode(&row)),
        ("nothing".to_owned(), cbor::encode(&Row::default())),
    ]
}

/// What the office's fold keeps of a workplace: what was restored is written the same again.
///
/// # Panics
/// When it is not.
#[must_use]
pub fn of_office(bytes: &[u8]) -> Read {
    let mut registry = Registry::default();
    if registry.restore(till(), bytes).is_err() {
        assert_eq!(registry, Registry::default(), "half a row was taken");
        return Read::Refused;
    }
    let _status = registry.status(&till());
    let written = registry.row(&till()).expect("it was just restored");
    let mut again = Registry::default();
    assert_eq!(again.restore(till(), &written), Ok(()));
    assert_eq!(again, registry);
    if written == bytes {
        Read::Whole
    } else {
        Read::InPart
    }
}

/// A workplace behind every fact of its life.
///
/// # Panics
/// Never: the facts were just written.
#[must_use]
pub fn offices() -> Vec<(String, Vec<u8>)> {
    let mut registry = Registry::default();
    let behind = |(name, fact): (String, Vec<u8>)| {
        registry.apply(&IdentityFact::from_bytes(&fact).expect("a fact"));
        (name, registry.row(&till()).expect("it was named"))
    };
    identity::facts().into_iter().map(behind).collect()
}

/// A key list as the fold keeps it.
#[must_use]
pub fn of_key_list(bytes: &[u8]) -> Read {
    let Some((row, read)) = settle::<KeyListRow>(bytes) else {
        return Read::Refused;
    };
    let mut registry = Registry::default();
    registry.restore_key_list(&row);
    let kept = registry.key_list_rows();
    assert!(kept.is_empty() || kept == [row], "another list was kept");
    read
}

/// The first list.
#[must_use]
pub fn key_lists() -> Vec<(String, Vec<u8>)> {
    let root = key(wire::ROOT);
    let signers = Roots {
        current: root.public(),
        next: root.public(),
    };
    let sealed = wire::a_key_list().seal(&root);
    one("first", cbor::encode(&KeyListRow { signers, sealed }))
}

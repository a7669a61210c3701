//! Golden bytes of every entry, fact, row and message that is declared in this crate.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "golden/facts.rs"]
mod facts;
#[path = "golden/messages.rs"]
mod messages;
#[path = "golden/pricing.rs"]
mod pricing;
#[path = "golden/rollout.rs"]
mod rollout;

use std::collections::BTreeSet;

use storefleet_core::cash::{Direction, Place};
use storefleet_core::dataset::Dataset;
use storefleet_core::dataset::manifest::RejectedCode;
use storefleet_core::entry::{self, ClockState, Entry};
use storefleet_core::epoch::Reason;
use storefleet_core::fact::Fact;
use storefleet_core::health::Alarm;
use storefleet_core::kind::FactKind;
use storefleet_core::master::Table;
use storefleet_core::master::change::Source as MasterSource;
use storefleet_core::receipt::PaymentKind;
use storefleet_core::sync::ingest::HoldReason;
use storefleet_core::sync::message::{RefusedCode, Verdict};
use storefleet_golden::Golden;

/// A line per code of each of these enums.
macro_rules! codes {
    ($golden:ident, $($enum:ident),+ $(,)?) => {
        $(for value in $enum::KNOWN {
            let name = format!("code.{}.{}", stringify!($enum), value.name());
            $golden.item(&name, value);
        })+
    };
}

#[test]
fn bytes_once_written_are_read_for_ever() {
    let mut golden = Golden::of(include_str!("golden/lines.txt"));
    codes!(
        golden,
        Alarm,
        ClockState,
        Direction,
        HoldReason,
        PaymentKind,
        Place,
        Reason,
        RefusedCode,
        RejectedCode,
        Dataset,
        Table,
        MasterSource,
        Verdict,
    );
    for (kind, name) in FactKind::RESERVED {
        golden.item(&format!("kind.{name}"), kind);
    }
    for (name, fact) in facts::facts() {
        let read = |bytes: &[u8]| Fact::decode(fact.kind(), bytes) == fact;
        golden.bytes(&format!("fact.{name}"), &fact.encode(), read);
    }
    for (name, header, fact) in messages::entries() {
        let written = entry::write(&header, &fact).unwrap();
        let read = |bytes: &[u8]| {
            let entry = Entry::parse(bytes).unwrap();
            entry.header == header && entry.fact == fact
        };
        golden.bytes(&format!("entry.{name}"), &written, read);
        // The hash stands in acks and in the entry behind: it is as fixed as the bytes.
        let hash = entry::hash(&written).to_string();
        golden.text(&format!("entry.{name}.hash"), &hash, |line| line == hash);
    }
    for (name, ack) in messages::acks() {
        golden.item(&format!("ack.{name}"), &ack);
    }
    golden.item("batch", &messages::batch());
    golden.item("hello", &messages::hello());
    golden.item("missing", &messages::missing());
    for (name, question) in messages::repair_questions() {
        golden.item(&format!("repair-question.{name}"), &question);
    }
    for (name, answer) in messages::repair_answers() {
        golden.item(&format!("repair-answer.{name}"), &answer);
    }
    golden.item("held-batches", &messages::held_batches());
    golden.item("telemetry", &messages::telemetry());
    golden.item("telemetry.least", &messages::least_telemetry());
    golden.item("telemetry.failures", &messages::telemetry_of_failures());
    golden.item("telemetry.manifest", &messages::telemetry_of_manifest());
    golden.item("telemetry.tags", &messages::telemetry_of_tags());
    golden.item("chains", &messages::chains());
    golden.item("history", &messages::history());
    golden.item("consignment", &messages::consignment());
    golden.item("consignment.units", &messages::consignment_of_units());
    golden.item("manifest", &pricing::manifest());
    golden.item("segment.head", &pricing::segment_head());
    golden.item("segment.step", &pricing::step());
    for (name, fact) in rollout::facts() {
        golden.item(&format!("rollout.{name}"), &fact);
    }
    golden.finish();
}

#[test]
fn every_fact_has_golden_bytes() {
    let facts = facts::facts();
    let have: BTreeSet<FactKind> = facts.iter().map(|(_, fact)| fact.kind()).collect();
    let declared: BTreeSet<FactKind> = Fact::KINDS.iter().copied().collect();
    assert_eq!(have, declared);
}

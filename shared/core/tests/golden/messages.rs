//! Whole entries, what both sides say about them, and what the centre keeps of their chains.

use std::collections::BTreeMap;

use storefleet_core::brought_forward::History;
use storefleet_core::dataset::manifest::Generation;
use storefleet_core::dataset::repair::Ask;
use storefleet_core::document::{Body, Consignment, Document};
use storefleet_core::entry::{ClockState, HEADER_VERSION, Header, RequestRef};
use storefleet_core::epoch::Mark;
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_core::sync::ingest::{Chains, Held, HoldReason};
use storefleet_core::sync::message::{
    Ack, Batch, HeldBatches, Hello, Missing, RefusedCode, RepairAnswer, RepairQuestion, SCHEMA,
    Telemetry, Verdict,
};

use super::facts::{
    adoption, at, document, genesis, mark, parts, sale, time, unit_rows, workplace,
};

/// Whole entries: a header with every field, and one with none that may be missing.
pub(crate) fn entries() -> [(&'static str, Header, Fact); 2] {
    let sale = Fact::Sale(sale());
    let genesis = Fact::Genesis(genesis(None));
    let first = Header {
        version: HEADER_VERSION,
        flags: 0,
        workplace: workplace(),
        epoch: Epoch(1),
        seq: Seq(1),
        prev: Hash::default(),
        kind: genesis.kind(),
        wall: time(),
        clock: ClockState::Untrusted,
        monotonic_ms: 0,
        boot: 0,
        business_date: time().date(),
        till: 1,
        shift: None,
        register: None,
        legal_entity: None,
        employee: None,
        request: None,
        cause: None,
        datasets: None,
    };
    let full = Header {
        flags: 3,
        epoch: Epoch(17),
        seq: Seq(70_001),
        prev: Hash([0xab; 32]),
        kind: sale.kind(),
        clock: ClockState::Trusted,
        monotonic_ms: 86_400_000,
        boot: u64::MAX,
        shift: Some(13),
        register: Some("9999078900005430".to_owned()),
        legal_entity: Some("ООО «Ромашка»".to_owned()),
        employee: Some("E1".to_owned()),
        request: Some(RequestRef {
            key: "0195-7c1e".to_owned(),
            hash: Hash([0x11; 32]),
        }),
        cause: Some(Seq(70_000)),
        datasets: Some(Hash([0x22; 32])),
        ..first.clone()
    };
    [("first", first, genesis), ("full", full, sale)]
}

/// An ack with every verdict.
pub(crate) fn acks() -> impl Iterator<Item = (&'static str, Ack)> {
    let ack = |verdict: &Verdict| Ack {
        workplace: workplace(),
        mark: mark(17, 70_001),
        incarnation: 1_732_561_200,
        verdict: *verdict,
        code: (*verdict == Verdict::Refused).then_some(RefusedCode::Signature),
        credit: 262_144,
        server_ms: at(1_000),
        echo: 86_400_000,
        generation: (1_732_561_200, 3),
        schema_min: SCHEMA.0,
        schema_max: SCHEMA.1,
    };
    Verdict::KNOWN
        .iter()
        .map(move |verdict| (verdict.name(), ack(verdict)))
}

pub(crate) fn batch() -> Batch {
    Batch {
        workplace: workplace(),
        epoch: Epoch(17),
        first: Seq(70_001),
        prev: Hash([0xab; 32]),
        entries: vec![vec![0xa0, 0xa0].into(), vec![0xa1, 0, 1, 0xa0].into()],
    }
}

pub(crate) fn hello() -> Hello {
    Hello {
        workplace: workplace(),
        schema_min: 1,
        schema_max: 2,
        head: mark(17, 70_001),
        acked: mark(17, 70_000),
        version: "0.1.0".to_owned(),
        session: u64::MAX,
        echo: 86_400_000,
        wall: at(0),
        key_list: 5,
    }
}

pub(crate) fn telemetry() -> Telemetry {
    Telemetry {
        workplace: workplace(),
        head: mark(17, 70_001),
        acked: mark(17, 70_000),
        oldest_unsent: Some(at(250)),
        wall: at(500),
        clock: ClockState::Floor,
        version: "0.1.0".to_owned(),
        disk_free: 120_000_000_000,
        session: u64::MAX,
        till_errors: None,
        manifest: None,
        tags: None,
    }
}

pub(crate) fn least_telemetry() -> Telemetry {
    Telemetry {
        head: Mark::default(),
        acked: Mark::default(),
        oldest_unsent: None,
        ..telemetry()
    }
}

pub(crate) fn telemetry_of_failures() -> Telemetry {
    Telemetry {
        till_errors: Some(7),
        ..telemetry()
    }
}

pub(crate) fn telemetry_of_manifest() -> Telemetry {
    Telemetry {
        manifest: Some(Generation {
            incarnation: 1_732_561_200,
            counter: 3,
        }),
        ..telemetry()
    }
}

pub(crate) fn telemetry_of_tags() -> Telemetry {
    Telemetry {
        tags: Some(TagCount {
            overdue: 12,
            take_down: 1,
            missing: 300,
        }),
        ..telemetry()
    }
}

/// What the centre's checkpoint keeps of the chains of a workplace.
pub(crate) fn chains() -> Chains {
    Chains {
        head: mark(17, 70_001),
        ended: BTreeMap::from([(Epoch(1), mark(1, 30)), (Epoch(16), mark(16, 70_000))]),
        held: vec![Held {
            head: mark(18, 2),
            reason: HoldReason::Parent,
        }],
        damaged: true,
    }
}

pub(crate) fn history() -> History {
    History {
        parent: mark(16, 70_000),
        parts: parts(),
    }
}

pub(crate) fn missing() -> Missing {
    Missing {
        workplace: hello().workplace,
        have: hello().acked,
    }
}

/// A question of every kind, and both kinds of answers.
pub(crate) fn repair_questions() -> [(&'static str, RepairQuestion); 3] {
    let asks = [
        ("nodes", Ask::Nodes),
        ("buckets", Ask::Buckets(vec![0, 31])),
        ("records", Ask::Records(vec![17, 1_023])),
    ];
    asks.map(|(name, ask)| {
        let question = RepairQuestion {
            workplace: workplace(),
            epoch: Epoch(17),
            layer: "prices/network/*".parse().unwrap(),
            root: Hash([0x45; 32]),
            ask,
        };
        (name, question)
    })
}

pub(crate) fn repair_answers() -> [(&'static str, RepairAnswer); 2] {
    [
        ("hashes", RepairAnswer::Hashes(vec![Hash([0x45; 32])])),
        ("records", RepairAnswer::Records(vec![1, 2, 3].into())),
    ]
}

pub(crate) fn held_batches() -> HeldBatches {
    HeldBatches {
        batches: vec![vec![1, 2, 3].into(), vec![4].into()],
    }
}

pub(crate) fn consignment() -> Consignment {
    Consignment {
        workplace: workplace(),
        expires: at(604_800_000),
        documents: vec![
            document(),
            Document {
                body: Body::Adopted(Box::new(adoption())),
                ..document()
            },
        ],
    }
}

/// Documents of units that are told apart.
pub(crate) fn consignment_of_units() -> Consignment {
    Consignment {
        documents: vec![Document {
            body: Body::Units(unit_rows()),
            ..document()
        }],
        ..consignment()
    }
}

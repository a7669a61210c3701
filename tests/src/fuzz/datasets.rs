//! What comes down to a shop and what partners send to the office: manifests, segments, records of layers, files
//! of master data, and the facts of the office's log that they become.

use std::io::Cursor;

use storefleet_agent::datasets::packed::Unpacked;
use storefleet_controller::datasets::segments;
use storefleet_controller::import::{self, Ask, Current};
use storefleet_core::brought_forward::StockRow;
use storefleet_core::cbor;
use storefleet_core::dataset::build::of_item;
use storefleet_core::dataset::manifest::{Generation, Manifest, Wanted};
use storefleet_core::dataset::repair;
use storefleet_core::dataset::segment::{Change, Segment, SegmentHead};
use storefleet_core::dataset::shelf::Need;
use storefleet_core::dataset::{Dataset, LayerId, kinds};
use storefleet_core::document::{Body, Consignment, Document, DocumentNumber, UnitRow};
use storefleet_core::ids::{Epoch, Hash};
use storefleet_core::master::change::{MasterFact, RowChange, Source, facts};
use storefleet_core::master::item::{ItemRecord, Kind, Serial};
use storefleet_core::master::{Record, Table};
use storefleet_core::money::Quantity;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::rollout::fact::{Draft, LayerChange, ReleaseKind};
use storefleet_core::rollout::{Act, Actor, Command, Right, RolloutFact, RolloutState, decide};
use storefleet_core::stock::Sku;
use storefleet_core::sync::message::{RepairAnswer, RepairQuestion, SegmentPiece, SegmentQuestion};

use crate::fuzz::samples::{NOW, till};
use crate::fuzz::{Read, settle};

fn prices() -> LayerId {
    let name = "prices/network/*".parse();
    name.expect("it is written as layers are")
}

fn item() -> ItemRecord {
    ItemRecord {
        code: "102219".into(),
        barcodes: vec!["4600000102219".to_owned()],
        kind: Kind::Goods,
        group: "phones".into(),
        brand: "Orbita".into(),
        name: "Orbita A54".to_owned(),
        model: String::new(),
        unit: "pcs".to_owned(),
        tracking: Serial::Imei,
        tac: String::new(),
        vat: "base".into(),
        base_price: None,
        price_fixed_by_vendor: false,
        marking: false,
        warranty_months: 12,
    }
}

/// A manifest, its signature gone.
#[must_use]
pub fn manifest(bytes: &[u8]) -> Read {
    settle::<Manifest>(bytes).map_or(Read::Refused, |(_, read)| read)
}

/// Honest manifests.
#[must_use]
pub fn manifests() -> Vec<(String, Vec<u8>)> {
    let wanted = |byte, active_from| Wanted {
        layer: prices(),
        root: Hash([byte; 32]),
        active_from,
    };
    let manifest = Manifest {
        workplace: till(),
        generation: Generation {
            incarnation: 1,
            counter: 7,
        },
        issued: NOW,
        expires: NOW.plus_ms(90 * 86_400_000),
        layers: vec![wanted(1, None), wanted(2, Some(LocalTime(NOW.0)))],
        segments: vec![packed().into()],
    };
    vec![("turn".to_owned(), cbor::encode(&manifest))]
}

/// Documents of the office, their signature gone.
#[must_use]
pub fn consignment(bytes: &[u8]) -> Read {
    settle::<Consignment>(bytes).map_or(Read::Refused, |(_, read)| read)
}

/// Honest documents.
#[must_use]
pub fn consignments() -> Vec<(String, Vec<u8>)> {
    let row = |owner: Option<&str>| StockRow {
        sku: Sku {
            item: "102219".to_owned(),
            owner: owner.map(str::to_owned),
        },
        quantity: Quantity(2_500),
    };
    let document = Document {
        number: DocumentNumber {
            life: 1,
            entry: 7,
            part: 0,
        },
        actor: "cli".to_owned(),
        why: "opening".to_owned(),
        body: Body::Stock(vec![row(None), row(Some("E1"))]),
    };
    let consignment = Consignment {
        workplace: till(),
        expires: NOW.plus_ms(7 * 86_400_000),
        documents: vec![document.clone()],
    };
    let units = Consignment {
        documents: vec![Document {
            body: Body::Units(vec![UnitRow {
                sku: row(None).sku,
                serial: "356938035643809".to_owned(),
                count: 1,
            }]),
            ..document
        }],
        ..consignment.clone()
    };
    vec![
        ("opening".to_owned(), cbor::encode(&consignment)),
        ("units".to_owned(), cbor::encode(&units)),
    ]
}

/// A packed segment, read as a shop reads it: change by change, each checked.
#[must_use]
pub fn packed_segment(bytes: &[u8]) -> Read {
    let Ok((head, mut unpacked)) = Unpacked::open(bytes) else {
        return Read::Refused;
    };
    let mut read = Read::Whole;
    let mut changes = 0_u64;
    loop {
        match unpacked.change() {
            Ok(None) => break,
            Err(_) => return Read::Refused,
            Ok(Some(change)) => {
                changes += 1;
                let record = change.record.as_ref();
                let fine = record.is_none_or(|record| {
                    kinds::check(head.layer.dataset, &change.key, record).is_ok()
                });
                if !fine {
                    read = Read::InPart;
                }
            }
        }
    }
    if changes == head.changes {
        read
    } else {
        Read::Refused
    }
}

fn packed() -> Vec<u8> {
    let layer = LayerId {
        dataset: Dataset::Goods,
        ..prices()
    };
    let placed = of_item(&item());
    let mut changes: Vec<_> = placed
        .into_iter()
        .map(|placed| Change {
            key: placed.key,
            record: Some(placed.record.into()),
        })
        .collect();
    changes.sort();
    let segment = Segment {
        head: SegmentHead {
            layer,
            from: None,
            to: Hash([2; 32]),
            changes: changes.len() as u64,
        },
        changes,
    };
    segments::pack(&segment.to_bytes()).expect("a small segment packs")
}

/// Honest segments.
#[must_use]
pub fn packed_segments() -> Vec<(String, Vec<u8>)> {
    vec![("goods".to_owned(), packed())]
}

/// The record of a layer, the number of its dataset in the first byte, its key up to a zero.
#[must_use]
pub fn layer_record(bytes: &[u8]) -> Read {
    let Some((code, rest)) = bytes.split_first() else {
        return Read::Refused;
    };
    let end = rest.iter().position(|byte| *byte == 0);
    let Some((key, record)) = end.map(|end| (&rest[..end], &rest[end + 1..])) else {
        return Read::Refused;
    };
    let dataset = Dataset::from_code(u16::from(*code));
    let Ok(key) = std::str::from_utf8(key) else {
        return Read::Refused;
    };
    Read::whole_if(kinds::check(dataset, key, record).is_ok())
}

/// Honest records.
#[must_use]
pub fn layer_records() -> Vec<(String, Vec<u8>)> {
    let placed = of_item(&item());
    let mut samples = Vec::new();
    for (name, placed) in ["barcode", "item"].into_iter().zip(placed) {
        let mut bytes = vec![1];
        bytes.extend_from_slice(placed.key.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&placed.record);
        samples.push((name.to_owned(), bytes));
    }
    samples
}

/// What a shop asks for, and a piece of the answer.
#[must_use]
pub fn segment_question(bytes: &[u8]) -> Read {
    let question = settle::<SegmentQuestion>(bytes).map(|(_, read)| read);
    let piece = settle::<SegmentPiece>(bytes).map(|(_, read)| read);
    question.or(piece).unwrap_or(Read::Refused)
}

/// Honest questions and answers.
#[must_use]
pub fn segment_questions() -> Vec<(String, Vec<u8>)> {
    let question = SegmentQuestion {
        workplace: till(),
        epoch: Epoch(1),
        need: Need {
            layer: prices(),
            from: Some(Hash([1; 32])),
            to: Hash([2; 32]),
        },
        offset: 1_048_576,
    };
    let piece = SegmentPiece {
        total: 70,
        bytes: packed().into(),
    };
    vec![
        ("question".to_owned(), cbor::encode(&question)),
        ("piece".to_owned(), cbor::encode(&piece)),
    ]
}

/// What a shop asks to mend a layer, and the answer.
#[must_use]
pub fn repair_message(bytes: &[u8]) -> Read {
    let question = settle::<RepairQuestion>(bytes).map(|(_, read)| read);
    let answer = settle::<RepairAnswer>(bytes).map(|(_, read)| read);
    question.or(answer).unwrap_or(Read::Refused)
}

/// Honest questions and answers.
#[must_use]
pub fn repair_messages() -> Vec<(String, Vec<u8>)> {
    let question = |ask| {
        cbor::encode(&RepairQuestion {
            workplace: till(),
            epoch: Epoch(1),
            layer: prices(),
            root: Hash([1; 32]),
            ask,
        })
    };
    let hashes = RepairAnswer::Hashes(vec![Hash([2; 32]); 32]);
    let records = RepairAnswer::Records(packed().into());
    vec![
        ("nodes".to_owned(), question(repair::Ask::Nodes)),
        (
            "buckets".to_owned(),
            question(repair::Ask::Buckets(vec![3])),
        ),
        (
            "records".to_owned(),
            question(repair::Ask::Records(vec![100])),
        ),
        ("hashes-told".to_owned(), cbor::encode(&hashes)),
        ("records-told".to_owned(), cbor::encode(&records)),
    ]
}

/// A fact of the office's log about master data.
#[must_use]
pub fn master_fact(bytes: &[u8]) -> Read {
    settle::<MasterFact>(bytes).map_or(Read::Refused, |(_, read)| read)
}

/// Honest facts of a change.
#[must_use]
pub fn master_facts() -> Vec<(String, Vec<u8>)> {
    let row = RowChange {
        table: Table::Items,
        key: item().key(),
        from: None,
        to: Some(cbor::encode(&item()).into()),
    };
    let facts = facts(vec![row], Source::Import, "catalog.csv", "December");
    let encoded = facts.iter().map(cbor::encode::<MasterFact>);
    let named = ["rows", "closed"].into_iter().zip(encoded);
    named
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
}

/// A fact of the office's log about rollouts: it folds whatever it says.
#[must_use]
pub fn rollout_fact(bytes: &[u8]) -> Read {
    let Some((fact, read)) = settle::<RolloutFact>(bytes) else {
        return Read::Refused;
    };
    let mut state = RolloutState::default();
    state.apply(&fact);
    state.apply(&fact);
    read
}

/// Honest facts of a release.
#[must_use]
pub fn rollout_facts() -> Vec<(String, Vec<u8>)> {
    let draft = Draft {
        title: "December".to_owned(),
        kind: ReleaseKind::Data,
        layers: vec![LayerChange {
            layer: prices().to_string().into(),
            from: 4,
            to: 5,
        }],
        urgent: false,
        under: Vec::new(),
    };
    let command = Command::Step {
        by: Actor::Person {
            name: "anna".into(),
            may: Right::Rule,
            reason: "December".to_owned(),
        },
        release: "R-1".into(),
        act: Act::Draft(draft),
    };
    let facts = decide(&RolloutState::default(), command, NOW);
    let facts = facts.expect("the first draft is taken");
    let encoded = facts.iter().map(cbor::encode::<RolloutFact>);
    encoded.map(|bytes| ("drafted".to_owned(), bytes)).collect()
}

struct NothingYet;

impl Current for NothingYet {
    fn get(&self, _: Table, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn each_key(&self, _: Table, _: &mut dyn FnMut(&str, &[u8])) {}
}

/// A file of a partner: text, workbook or XML. Every row is good or refused with its place.
#[must_use]
pub fn partner_file(bytes: &[u8]) -> Read {
    let ask = Ask {
        source: "partner".to_owned(),
        ..Ask::default()
    };
    match import::read(Cursor::new(bytes), &ask, &NothingYet) {
        Err(_) => Read::Refused,
        Ok(delivery) if delivery.refused.is_empty() => Read::Whole,
        Ok(_) => Read::InPart,
    }
}

/// Honest files.
#[must_use]
pub fn partner_files() -> Vec<(String, Vec<u8>)> {
    let prices = "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from\n\
                  1,102219,retail,network,*,49900,2026-01-01T00:00:00\n";
    let types = "price_type;falls_back_to\r\npromo;retail\r\n";
    vec![
        ("prices-csv".to_owned(), prices.into()),
        ("types-csv".to_owned(), types.into()),
    ]
}

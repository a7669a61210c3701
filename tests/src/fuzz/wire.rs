//! What comes over the line: packets, topics, envelopes and the message in each.

use std::collections::BTreeMap;

use storefleet_controller::central_log::CentralLog;
use storefleet_controller::gate::fuzz_packet;
use storefleet_controller::ingest::{Ingest, Received};
use storefleet_core::cbor;
use storefleet_core::dataset::manifest::Generation;
use storefleet_core::entry::ClockState;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_core::sync::ingest::{Chains, Judgement};
use storefleet_core::sync::message::{Ack, Batch, Hello, SCHEMA, Telemetry, Verdict};
use storefleet_core::sync::uplink::Uplink;
use storefleet_core::time::Timestamp;
use storefleet_journal::SimFolder;
use storefleet_wire::enrol::{Language, StoreCard};
use storefleet_wire::envelope::{Kind, MESSAGE_BYTES_MAX, Sealed, seal};
use storefleet_wire::keys::{KeyEntry, KeyList, Role, Roots, TrustStore};
use storefleet_wire::topic::{Down, Up};
use storefleet_wire::{batch as wire_batch, message};

use crate::fuzz::samples::{NOW, key, till};
use crate::fuzz::{Read, samples, settle};
use crate::sim::centre::Keys;

const CENTRAL_BYTES: u32 = 320 * 1024;
/// The keys of till, centre and root.
const TILL: u8 = 1;
const CENTRE: u8 = 2;
pub(super) const ROOT: u8 = 3;

/// A sealed message from anybody: opened as each kind, then taken by the centre as each class.
///
/// # Panics
/// When a message is taken for two kinds.
#[must_use]
pub fn envelope(bytes: &[u8]) -> Read {
    let mut centre = centre();
    for class in [Up::Batch, Up::Report, Up::Telemetry] {
        take(&mut centre, class, bytes);
    }
    let Ok(sealed) = Sealed::parse(bytes) else {
        return Read::Refused;
    };
    let of_kind = |kind: &&Kind| sealed.open(**kind, &key(TILL).public()).is_ok();
    let kinds = Kind::ALL.iter().filter(of_kind).count();
    assert!(kinds <= 1);
    let body = sealed.body_unverified(sealed.kind());
    if let Ok(body) = &body
        && kinds == 1
        && sealed.kind() == Kind::Batch
    {
        // What is signed is evidence: sealing the same again gives the same bytes.
        assert_eq!(seal(Kind::Batch, &key(TILL), body), bytes);
    }
    Read::whole_if(body.is_ok() && kinds == 1)
}

fn centre() -> Ingest<CentralLog<SimFolder>> {
    let opened = CentralLog::open(SimFolder::new(), CENTRAL_BYTES);
    let (log, _) = opened.expect("an empty folder is fine");
    Ingest::empty(log, key(CENTRE), 1)
}

fn take(centre: &mut Ingest<CentralLog<SimFolder>>, class: Up, payload: &[u8]) {
    let workplace = till();
    let mut keys = Keys::default();
    keys.grant(&workplace, key(TILL).public());
    let before = centre.chains(&workplace).map(|chains| chains.head);
    let received = Received {
        workplace: &workplace,
        class,
        payload,
        at: NOW,
    };
    let group = centre.group(&[received], &keys, NOW);
    let outcome = group.expect("no message stops the centre");
    for (to, _) in &outcome.acks {
        assert_eq!(*to, workplace, "answers go to who asked");
    }
    let head = centre.chains(&workplace).map(|chains| chains.head);
    assert!(head >= before, "a watermark never goes back");
}

/// The body of a batch: signed by its till and taken by a centre, twice.
///
/// # Panics
/// When the second time makes a difference.
#[must_use]
pub fn batch(bytes: &[u8]) -> Read {
    let settled = settle::<Batch>(bytes);
    let sealed = seal(Kind::Batch, &key(TILL), bytes);
    if sealed.len() <= MESSAGE_BYTES_MAX {
        let mut centre = centre();
        take(&mut centre, Up::Batch, &sealed);
        let first = centre.chains(&till()).cloned();
        take(&mut centre, Up::Batch, &sealed);
        assert_eq!(centre.chains(&till()).cloned(), first);
    }
    let Some((batch, read)) = settled else {
        return Read::Refused;
    };
    let Ok(offer) = wire_batch::check(&batch) else {
        return Read::InPart;
    };
    let mut chains = Chains::default();
    let judgement = chains.judge(&offer);
    chains.stored(&offer, judgement);
    if matches!(judgement, Judgement::Accept { .. }) {
        assert_eq!(chains.judge(&offer), Judgement::Repeat);
    }
    read
}

/// A message of a till: read as the centre reads it.
fn from_till<T>(kind: Kind, class: Up, bytes: &[u8]) -> Read
where
    T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()> + PartialEq + std::fmt::Debug,
{
    let sealed = seal(kind, &key(TILL), bytes);
    let read: Option<T> = message::read(kind, &key(TILL).public(), &sealed).ok();
    take(&mut centre(), class, &sealed);
    let settled = settle::<T>(bytes);
    assert_eq!(read.as_ref(), settled.as_ref().map(|(value, _)| value));
    settled.map_or(Read::Refused, |(_, read)| read)
}

/// The body of a hello.
#[must_use]
pub fn hello(bytes: &[u8]) -> Read {
    from_till::<Hello>(Kind::Hello, Up::Report, bytes)
}

/// The body of telemetry.
#[must_use]
pub fn telemetry(bytes: &[u8]) -> Read {
    from_till::<Telemetry>(Kind::Telemetry, Up::Telemetry, bytes)
}

/// The body of an ack: believed by a till in the middle of its work.
///
/// # Panics
/// When it moves the mark to what the till does not have.
#[must_use]
pub fn ack(bytes: &[u8]) -> Read {
    let Some((ack, read)) = settle::<Ack>(bytes) else {
        return Read::Refused;
    };
    let held = |seq: Seq| (seq.0 <= 9).then_some(Hash([5; 32]));
    let heads = BTreeMap::from([(Epoch(1), Seq(9))]);
    let mut uplink = Uplink::new(heads, Mark::default(), 1);
    uplink.connected(NOW);
    for wait in [0, 60_000] {
        let now = NOW.plus_ms(wait);
        let _actions = uplink.ack(&ack, now, |_, seq| held(seq));
        let _plan = uplink.next(now);
        let _late = uplink.tick(now.plus_ms(wait));
        let _deadline = uplink.next_deadline();
    }
    assert!(uplink.incarnation() >= 1);
    read
}

/// A sealed key list, and the body of one under a root's signature.
///
/// # Panics
/// When one is taken that no root signed.
#[must_use]
pub fn key_list(bytes: &[u8]) -> Read {
    let roots = Roots {
        current: key(ROOT).public(),
        next: key(ROOT).public(),
    };
    let mut trust = TrustStore::new(roots);
    let _raw = trust.offer(bytes);
    let mut trust = TrustStore::new(roots);
    let offered = trust.offer(&seal(Kind::KeyList, &key(ROOT), bytes)).is_ok();
    let mut stranger = TrustStore::new(roots);
    let forged = seal(Kind::KeyList, &key(TILL), bytes);
    assert!(stranger.offer(&forged).is_err());
    let kept = TrustStore::from_bytes(&trust.to_bytes());
    assert_eq!(kept.as_ref(), Ok(&trust), "what is trusted is kept");
    let Some((_, read)) = settle::<KeyList>(bytes) else {
        assert!(!offered);
        return Read::Refused;
    };
    read
}

/// What an agent trusts, from its disk.
#[must_use]
pub fn trust_store(bytes: &[u8]) -> Read {
    let Some((trust, read)) = settle::<TrustStore>(bytes) else {
        return Read::Refused;
    };
    let _key = trust.key(Role::Ack, key(CENTRE).public().id(), NOW);
    read
}

/// The body of a store card.
///
/// # Panics
/// When it is read in two ways.
#[must_use]
pub fn store_card(bytes: &[u8]) -> Read {
    let sealed = seal(Kind::StoreCard, &key(CENTRE), bytes);
    let opened = StoreCard::open(&sealed, &key(CENTRE).public()).ok();
    let settled = settle::<StoreCard>(bytes);
    assert_eq!(opened.as_ref(), settled.as_ref().map(|(card, _)| card));
    settled.map_or(Read::Refused, |(_, read)| read)
}

/// A topic: a class and a workplace stand in exactly one.
///
/// # Panics
/// When another text is taken for the same topic.
#[must_use]
pub fn topic(bytes: &[u8]) -> Read {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Read::Refused;
    };
    let name = text.split('/').nth(2).unwrap_or_default();
    let Ok(workplace) = name.parse::<WorkplaceId>() else {
        return Read::Refused;
    };
    assert_eq!(workplace.to_string(), name);
    let up = Up::of(text, name);
    let down = Down::of(text, &workplace);
    if let Some(class) = up {
        assert_eq!(class.topic(&workplace), text);
    }
    if let Some(class) = down {
        assert_eq!(class.topic(&workplace), text);
    }
    Read::whole_if(up.is_some() || down.is_some())
}

/// What a shop may send over MQTT.
#[must_use]
pub fn mqtt_packet(bytes: &[u8]) -> Read {
    fuzz_packet(bytes);
    Read::Whole
}

/// A day, sealed.
#[must_use]
pub fn envelopes() -> Vec<(String, Vec<u8>)> {
    let hello = seal(Kind::Hello, &key(TILL), &cbor::encode(&a_hello()));
    let day = wire_batch::seal(&key(TILL), &samples::batch());
    vec![("hello".to_owned(), hello), ("day".to_owned(), day)]
}

/// A day and its second half.
#[must_use]
pub fn batches() -> Vec<(String, Vec<u8>)> {
    let day = samples::batch();
    let mut half = day.clone();
    let rest = half.entries.split_off(4);
    half.first = Seq(5);
    half.prev = storefleet_core::entry::hash(&half.entries[3]);
    half.entries = rest;
    vec![
        ("day".to_owned(), cbor::encode(&day)),
        ("half".to_owned(), cbor::encode(&half)),
    ]
}

pub(super) fn mark(seq: u64) -> Mark {
    Mark {
        epoch: Epoch(1),
        seq: Seq(seq),
        hash: Hash([5; 32]),
    }
}

fn a_hello() -> Hello {
    Hello {
        workplace: till(),
        schema_min: SCHEMA.0,
        schema_max: SCHEMA.1,
        head: mark(9),
        acked: mark(7),
        version: "1.2.3".to_owned(),
        session: 77,
        echo: 1_000,
        wall: NOW,
        key_list: 3,
    }
}

/// A hello.
#[must_use]
pub fn hellos() -> Vec<(String, Vec<u8>)> {
    samples::one("hello", cbor::encode(&a_hello()))
}

/// State of a till with and without a backlog.
#[must_use]
pub fn telemetries() -> Vec<(String, Vec<u8>)> {
    let idle = Telemetry {
        workplace: till(),
        head: mark(9),
        acked: mark(9),
        oldest_unsent: None,
        wall: NOW,
        clock: ClockState::Trusted,
        version: "1.2.3".to_owned(),
        disk_free: 1 << 34,
        session: 77,
        till_errors: None,
        manifest: None,
        tags: None,
    };
    let behind = Telemetry {
        oldest_unsent: Some(Timestamp(NOW.0 - 60_000)),
        manifest: Some(Generation {
            incarnation: 1,
            counter: 7,
        }),
        tags: Some(TagCount {
            overdue: 12,
            take_down: 1,
            missing: 300,
        }),
        ..idle.clone()
    };
    vec![
        ("idle".to_owned(), cbor::encode(&idle)),
        ("behind".to_owned(), cbor::encode(&behind)),
    ]
}

/// An ack of each verdict.
#[must_use]
pub fn acks() -> Vec<(String, Vec<u8>)> {
    let of = |verdict: &Verdict| {
        let ack = Ack {
            workplace: till(),
            mark: mark(9),
            incarnation: 1,
            verdict: *verdict,
            code: None,
            credit: 1 << 20,
            server_ms: NOW,
            echo: 1_000,
            generation: (1, 0),
            schema_min: SCHEMA.0,
            schema_max: SCHEMA.1,
        };
        (verdict.name().to_owned(), cbor::encode(&ack))
    };
    Verdict::KNOWN.iter().map(of).collect()
}

pub(super) fn a_key_list() -> KeyList {
    let roots = Roots {
        current: key(ROOT).public(),
        next: key(4).public(),
    };
    let entry = |role, byte| KeyEntry {
        role,
        key: key(byte).public(),
        not_before: Timestamp(0),
        not_after: Timestamp(NOW.0 * 2),
    };
    KeyList {
        number: 1,
        roots,
        issuing: vec![vec![1, 2, 3].into()],
        root_certificates: vec![vec![4, 5, 6].into()],
        keys: vec![entry(Role::Ack, CENTRE), entry(Role::Manifest, CENTRE)],
    }
}

/// A key list without its seal.
#[must_use]
pub fn key_lists() -> Vec<(String, Vec<u8>)> {
    samples::one("first", cbor::encode(&a_key_list()))
}

/// Trust before and after the first list.
///
/// # Panics
/// When the list is not taken.
#[must_use]
pub fn trust_stores() -> Vec<(String, Vec<u8>)> {
    let mut trust = TrustStore::new(Roots {
        current: key(ROOT).public(),
        next: key(ROOT).public(),
    });
    let none = trust.to_bytes();
    let taken = trust.offer(&a_key_list().seal(&key(ROOT)));
    assert!(taken.is_ok(), "a list of its root");
    vec![
        ("no-list".to_owned(), none),
        ("first-list".to_owned(), trust.to_bytes()),
    ]
}

/// A store card without its seal.
#[must_use]
pub fn store_cards() -> Vec<(String, Vec<u8>)> {
    let card = StoreCard {
        workplace: till(),
        time_zone: "Asia/Kamchatka".to_owned(),
        legal_entity: "OOO Svyaz".to_owned(),
        language: Language::Ru,
        training: true,
    };
    samples::one("card", cbor::encode(&card))
}

/// Every topic there is.
#[must_use]
pub fn topics() -> Vec<(String, Vec<u8>)> {
    let up = Up::ALL.iter().map(|(class, _)| class.topic(&till()));
    let down = Down::ALL.iter().map(|(class, _)| class.topic(&till()));
    let named = |topic: String| (topic.replace('/', "."), topic.into_bytes());
    up.chain(down).map(named).collect()
}

/// What a shop sends from connect to disconnect.
#[must_use]
pub fn mqtt_packets() -> Vec<(String, Vec<u8>)> {
    let connect = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x1e\x00\x04s1-1".to_vec();
    let subscribe = b"\x82\x13\x00\x01\x00\x0esf/1/s1-1/dn/#\x01".to_vec();
    let publish = b"\x32\x15\x00\x0esf/1/s1-1/up/t\x00\x02abc".to_vec();
    let rest = b"\x40\x02\x00\x07\xc0\x00\xe0\x00".to_vec();
    let all = [&connect[..], &subscribe, &publish, &rest].concat();
    vec![
        ("connect".to_owned(), connect),
        ("publish".to_owned(), publish),
        ("visit".to_owned(), all),
    ]
}

//! Golden bytes of envelopes, key lists, cards, enrolment and renewal, and the names of the topics.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use minicbor::bytes::ByteVec;
use ring::rand::SystemRandom;
use storefleet_core::brought_forward::{History, Part, StockRow};
use storefleet_core::entry::{self, ClockState, HEADER_VERSION, Header};
use storefleet_core::epoch::{Genesis, Mark, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::money::Quantity;
use storefleet_core::stock::Sku;
use storefleet_core::sync::message::Batch;
use storefleet_core::time::{BusinessDate, StoreTime, Timestamp};
use storefleet_golden::{Golden, unhex};
use storefleet_wire::batch;
use storefleet_wire::enrol::{
    ClaimCode, EnrolAnswer, EnrolRequest, EpochBlock, Language, ReceivedEnrol, ReceivedRenew,
    RenewRequest, StoreCard, seal_answer,
};
use storefleet_wire::envelope::{Kind, PublicKey, Sealed, SigningKey, seal};
use storefleet_wire::keys::{KeyEntry, KeyList, Role, Roots, TrustStore};
use storefleet_wire::topic::{Down, Up, down_filter};

/// A P-256 key (PKCS#8) that signs nothing but this renewal; its public point are the last 65 bytes.
const TLS_KEY: &str = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420fc77\
    235fd7def95536a15de56a5211b7503d9a41d8416109edc6b2c8e7364ea4a14403420004a5c72551511a553e2996\
    ab880f3298e2a23770cebfb456a5cc87e74fcd3ada484c52b845c361937e7db0618bc130ebc6fd858499de9f3762\
    75077348dc6aff91";
const POINT_BYTES: usize = 65;

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn workplace() -> WorkplaceId {
    "s00421-1".parse().unwrap()
}

#[test]
fn bytes_once_written_are_read_for_ever() {
    let mut golden = Golden::of(include_str!("golden/lines.txt"));
    for value in Role::KNOWN {
        golden.item(&format!("code.Role.{}", value.name()), value);
    }
    for value in Language::KNOWN {
        golden.item(&format!("code.Language.{}", value.name()), value);
    }
    topics(&mut golden);
    envelopes(&mut golden);
    key_lists(&mut golden);
    enrolment(&mut golden);
    renewal(&mut golden);
    golden.finish();
}

fn topics(golden: &mut Golden<'_>) {
    let workplace = workplace();
    for (class, level) in Up::ALL {
        let topic = class.topic(&workplace);
        golden.text(&format!("topic.up.{level}"), &topic, |line| {
            Up::of(line, "s00421-1") == Some(class)
        });
    }
    for (class, level) in Down::ALL {
        let topic = class.topic(&workplace);
        golden.text(&format!("topic.down.{level}"), &topic, |line| {
            Down::of(line, &workplace) == Some(class)
        });
    }
    let filter = down_filter("s00421-1");
    golden.text("topic.filter", &filter, |line| line == filter);
}

/// An envelope of every kind, one that is compressed, and a whole signed batch.
fn envelopes(golden: &mut Golden<'_>) {
    let public = key().public();
    for kind in Kind::ALL {
        let name = format!("envelope.{kind:?}").to_lowercase();
        golden.bytes(&name, &seal(kind, &key(), b"body"), |bytes| {
            let opened = Sealed::parse(bytes).unwrap().open(kind, &public);
            opened.is_ok_and(|body| *body == *b"body")
        });
    }
    let long = vec![5; 4_000];
    let compressed = seal(Kind::Batch, &key(), &long);
    assert!(compressed.len() < 1_000);
    golden.read("envelope.compressed", &compressed, |bytes| {
        let opened = Sealed::parse(bytes).unwrap().open(Kind::Batch, &public);
        opened.is_ok_and(|body| *body == *long)
    });
    let sent = batch();
    golden.bytes("batch.signed", &batch::seal(&key(), &sent), |bytes| {
        let read = batch::open(&public, bytes).unwrap();
        // A retired machine's tail is posted as the same bytes and looked at before its key is known.
        let unproved = batch::open_unverified(bytes);
        batch::check(&read).is_ok() && unproved.as_ref() == Some(&read) && read == sent
    });
}

fn batch() -> Batch {
    let fact = Fact::Genesis(Genesis {
        reason: Reason::Enrolled,
        parent: None,
    });
    let header = Header {
        version: HEADER_VERSION,
        flags: 0,
        workplace: workplace(),
        epoch: Epoch(1),
        seq: Seq(1),
        prev: Hash::default(),
        kind: fact.kind(),
        wall: StoreTime::default(),
        clock: ClockState::Trusted,
        monotonic_ms: 1,
        boot: 2,
        business_date: BusinessDate(0),
        till: 1,
        shift: None,
        register: None,
        legal_entity: None,
        employee: None,
        request: None,
        cause: None,
        datasets: None,
    };
    Batch {
        workplace: workplace(),
        epoch: Epoch(1),
        first: Seq(1),
        prev: Hash::default(),
        entries: vec![entry::write(&header, &fact).unwrap().into()],
    }
}

fn roots() -> Roots {
    Roots {
        current: key().public(),
        next: PublicKey([2; 32]),
    }
}

/// A key list, what an agent keeps of it, and a card.
fn key_lists(golden: &mut Golden<'_>) {
    let entry = |role: &Role| KeyEntry {
        role: *role,
        key: PublicKey([9; 32]),
        not_before: Timestamp(1_732_561_200_000),
        not_after: Timestamp(1_764_097_200_000),
    };
    let list = KeyList {
        number: 5,
        roots: roots(),
        issuing: vec![ByteVec::from(vec![0x30, 1])],
        root_certificates: vec![ByteVec::from(vec![0x30, 2])],
        keys: Role::KNOWN.iter().map(entry).collect(),
    };
    let mut trust = TrustStore::new(roots());
    golden.item("roots", &roots());
    golden.item("trust.least", &trust);
    golden.bytes("key-list.signed", &list.seal(&key()), |bytes| {
        let mut trust = TrustStore::new(roots());
        trust.offer(bytes).is_ok() && trust.list() == Some(&list)
    });
    trust.walk([list.seal(&key()).as_slice()]);
    golden.item("trust", &trust);
    let card = card();
    golden.bytes("store-card.signed", &card.seal(&key()), |bytes| {
        StoreCard::open(bytes, &key().public()).as_ref() == Ok(&card)
    });
}

fn card() -> StoreCard {
    StoreCard {
        workplace: workplace(),
        time_zone: "Asia/Kamchatka".to_owned(),
        legal_entity: "ООО «Ромашка»".to_owned(),
        language: Language::Ru,
        training: true,
    }
}

/// A claim, the request it proves and the answer.
fn enrolment(golden: &mut Golden<'_>) {
    let code: ClaimCode = "01ABC-DEFGH".parse().unwrap();
    let claim = code.key(&workplace());
    golden.text("claim.code", &code.to_string(), |line| {
        line.parse() == Ok(code.clone())
    });
    golden.item("claim.key", &claim);
    let request = EnrolRequest {
        workplace: workplace(),
        csr: vec![0x30, 0x82],
        journal_key: key().public(),
        fingerprint: Hash([8; 32]),
        agent_version: "0.1.0".to_owned(),
    };
    golden.bytes("enrol.request", &request.seal(&claim), |bytes| {
        let received = ReceivedEnrol::parse(bytes).unwrap();
        received.is_proved_by(&claim) && *received.request() == request
    });
    for (name, answer) in [("answer", answer(true)), ("answer.least", answer(false))] {
        // As it is for a renewal, sealed for a claim.
        golden.item(name, &answer);
        let sealed = seal_answer(&answer.to_bytes(), &claim, &request.csr);
        golden.bytes(&format!("{name}.sealed"), &sealed, |bytes| {
            EnrolAnswer::open(bytes, &claim, &request.csr).as_ref() == Ok(&answer)
        });
    }
}

fn answer(whole: bool) -> EnrolAnswer {
    let stock = StockRow {
        sku: Sku {
            item: "cable".to_owned(),
            owner: None,
        },
        quantity: Quantity(7_000),
    };
    let history = History {
        parent: Mark {
            epoch: Epoch(16),
            seq: Seq(70_000),
            hash: Hash([0xab; 32]),
        },
        parts: vec![Part::Stock(vec![stock])],
    };
    let block = EpochBlock {
        first: Epoch(17),
        count: 16,
    };
    EnrolAnswer {
        certificate: vec![0x30, 1],
        issuing: vec![0x30, 2],
        root: vec![0x30, 3],
        roots: roots(),
        key_lists: vec![ByteVec::from(vec![6])],
        epochs: whole.then_some(block),
        brokers: vec!["hq.example:8883".to_owned(), "192.0.2.1:8883".to_owned()],
        store_card: card().seal(&key()),
        history: whole.then_some(history),
    }
}

fn renewal(golden: &mut Golden<'_>) {
    let request = RenewRequest {
        workplace: workplace(),
        csr: vec![0x30, 0x82],
        certificate: vec![0x30, 0x83],
        epoch: Epoch(17),
        at: Timestamp(1_732_561_200_000),
    };
    golden.item("renew.request", &request);
    let tls = unhex(TLS_KEY).unwrap();
    let point = tls.get(tls.len() - POINT_BYTES..).unwrap();
    let sealed = request.seal(&tls, &key(), &SystemRandom::new()).unwrap();
    golden.read("renew.request.signed", &sealed, |bytes| {
        let received = ReceivedRenew::parse(bytes).unwrap();
        received.is_signed_by(point, &key().public()) && *received.request() == request
    });
}

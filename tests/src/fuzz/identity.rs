//! How machines become workplaces: claims, requests, answers, certificates, and the office's facts.

use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use storefleet_controller::office::OfficeEntry;
use storefleet_core::brought_forward::History;
use storefleet_core::cbor;
use storefleet_core::ids::{Epoch, Hash};
use storefleet_core::time::Timestamp;
use storefleet_core::workplace::Workplace;
use storefleet_provision::ca::{Authority, Csr, Issued, Issuer, certificate_end};
use storefleet_provision::identity::{Identity, Serial, certificate_key};
use storefleet_provision::registry::{CardFields, IdentityFact, Registry};
use storefleet_wire::enrol::{
    ClaimCode, ClaimKey, EnrolAnswer, EnrolRequest, EpochBlock, Language, ReceivedEnrol,
    ReceivedRenew, RenewRequest, seal_answer,
};
use storefleet_wire::keys::Roots;

use crate::fuzz::samples::{NOW, key, till};
use crate::fuzz::{Read, samples, settle};
use crate::sim::disk::SimRooms;

const CLAIM: ClaimKey = ClaimKey([8; 32]);

/// A posted enrolment, and its body under the proof of a claim.
///
/// # Panics
/// When a proof fits another body.
#[must_use]
pub fn enrol_request(bytes: &[u8]) -> Read {
    let Ok(received) = ReceivedEnrol::parse(bytes) else {
        return Read::Refused;
    };
    let proved = received.is_proved_by(&CLAIM);
    assert!(!received.is_proved_by(&ClaimKey([9; 32])));
    let _csr = Csr::parse(&received.request().csr);
    Read::whole_if(proved)
}

/// The answer to a claim, sealed and open.
///
/// # Panics
/// When it is read without its proof, or in two ways.
#[must_use]
pub fn enrol_answer(bytes: &[u8]) -> Read {
    assert!(EnrolAnswer::open(bytes, &CLAIM, b"another request").is_err());
    let sealed = seal_answer(bytes, &CLAIM, b"csr");
    let opened = EnrolAnswer::open(&sealed, &CLAIM, b"csr").ok();
    let Some((answer, read)) = settle::<EnrolAnswer>(bytes) else {
        assert_eq!(opened, None);
        return Read::Refused;
    };
    if let Some(history) = answer.history.clone() {
        let state = Workplace::restored(till(), history.parent, history.parts);
        assert_eq!(state.head, history.parent);
    }
    assert_eq!(opened, Some(answer));
    read
}

/// A posted renewal.
#[must_use]
pub fn renew_request(bytes: &[u8]) -> Read {
    let Ok(received) = ReceivedRenew::parse(bytes) else {
        return Read::Refused;
    };
    let request = received.request();
    let _csr = Csr::parse(&request.csr);
    let Ok(tls) = certificate_key(&request.certificate) else {
        return Read::InPart;
    };
    Read::whole_if(received.is_signed_by(&tls.point, &key(1).public()))
}

/// A claim code as it is typed.
///
/// # Panics
/// When it is shown in a way that cannot be typed.
#[must_use]
pub fn claim_code(bytes: &[u8]) -> Read {
    let text = std::str::from_utf8(bytes).ok();
    let Some(code) = text.and_then(|text| text.parse::<ClaimCode>().ok()) else {
        return Read::Refused;
    };
    let again: Result<ClaimCode, _> = code.to_string().parse();
    assert!(again.is_ok_and(|again| again == code));
    Read::Whole
}

/// A PKCS#10 request.
#[must_use]
pub fn signing_request(bytes: &[u8]) -> Read {
    Read::whole_if(Csr::parse(bytes).is_ok())
}

/// A client certificate.
///
/// # Panics
/// When it names a workplace and has no end.
#[must_use]
pub fn certificate(bytes: &[u8]) -> Read {
    let _key = certificate_key(bytes);
    let Ok(identity) = Identity::parse(bytes) else {
        return Read::Refused;
    };
    assert!(certificate_end(bytes).is_some(), "{identity:?} ends");
    Read::Whole
}

/// A fact about identities, and the registry after it.
#[must_use]
pub fn fact(bytes: &[u8]) -> Read {
    let Some((fact, read)) = settle::<IdentityFact>(bytes) else {
        return Read::Refused;
    };
    let mut registry = Registry::default();
    registry.apply(&fact);
    registry.apply(&fact);
    for workplace in registry.workplaces() {
        let _status = registry.status(workplace);
    }
    read
}

/// An entry of the office log.
#[must_use]
pub fn office_entry(bytes: &[u8]) -> Read {
    let Some((entry, read)) = settle::<OfficeEntry>(bytes) else {
        return Read::Refused;
    };
    match fact(&entry.body) {
        Read::Whole => read,
        Read::InPart | Read::Refused => Read::InPart,
    }
}

/// A machine: its TLS key, its request and its certificate.
struct Machine {
    tls: KeyPair,
    csr: Vec<u8>,
    certificate: Issued,
}

fn machine() -> Machine {
    let rng = SystemRandom::new();
    let root = Authority::new_root("root", NOW, &rng).expect("a root");
    let issuing = root.new_issuing("issuing", NOW, &rng);
    let issuer = Issuer::new(issuing.expect("an authority"), root.certificate().to_vec());
    let tls = KeyPair::generate().expect("a key");
    let request = CertificateParams::default().serialize_request(&tls);
    let csr = request.expect("a request").der().to_vec();
    let parsed = Csr::parse(&csr).expect("our own request");
    let issued = issuer.issue_workplace(&parsed, &till(), true, NOW, Serial([5; 16]));
    Machine {
        tls,
        csr,
        certificate: issued.expect("a certificate"),
    }
}

/// An honest enrolment.
#[must_use]
pub fn enrol_requests() -> Vec<(String, Vec<u8>)> {
    let request = EnrolRequest {
        workplace: till(),
        csr: machine().csr,
        journal_key: key(1).public(),
        fingerprint: Hash([6; 32]),
        agent_version: "1.2.3".to_owned(),
    };
    samples::one("enrol", request.seal(&CLAIM))
}

/// An answer to a first machine and to one that replaces another.
#[must_use]
pub fn enrol_answers() -> Vec<(String, Vec<u8>)> {
    let first = EnrolAnswer {
        certificate: vec![1; 40],
        issuing: vec![2; 40],
        root: vec![3; 40],
        roots: Roots {
            current: key(3).public(),
            next: key(4).public(),
        },
        key_lists: vec![vec![7; 30].into()],
        epochs: Some(EpochBlock {
            first: Epoch(1),
            count: 16,
        }),
        brokers: vec!["gate.example:8883".to_owned()],
        store_card: vec![4; 30],
        history: None,
    };
    let store = samples::day(SimRooms::default());
    let replacing = EnrolAnswer {
        history: Some(History {
            parent: store.durable(),
            parts: store.state().parts(),
        }),
        ..first.clone()
    };
    vec![
        ("first".to_owned(), first.to_bytes()),
        ("replacing".to_owned(), replacing.to_bytes()),
    ]
}

/// An honest renewal.
///
/// # Panics
/// When it cannot be signed.
#[must_use]
pub fn renew_requests() -> Vec<(String, Vec<u8>)> {
    let machine = machine();
    let request = RenewRequest {
        workplace: till(),
        csr: machine.csr,
        certificate: machine.certificate.der,
        epoch: Epoch(3),
        at: NOW,
    };
    let pkcs8 = machine.tls.serialize_der();
    let sealed = request.seal(&pkcs8, &key(1), &SystemRandom::new());
    samples::one("renew", sealed.expect("a good key"))
}

/// Codes as people type them.
#[must_use]
pub fn claim_codes() -> Vec<(String, Vec<u8>)> {
    let typed = ["01234-ABCDE", "oil7z kmnpq", "0123456789"];
    let named = |text: &str| (text.replace(' ', "_"), text.as_bytes().to_vec());
    typed.map(named).to_vec()
}

/// The request of a machine.
#[must_use]
pub fn signing_requests() -> Vec<(String, Vec<u8>)> {
    samples::one("p256", machine().csr)
}

/// The certificate of a workplace.
#[must_use]
pub fn certificates() -> Vec<(String, Vec<u8>)> {
    samples::one("training", machine().certificate.der)
}

/// The life of a workplace.
#[must_use]
pub fn facts() -> Vec<(String, Vec<u8>)> {
    let workplace = till();
    let claim = IdentityFact::ClaimMade {
        workplace: workplace.clone(),
        key: CLAIM,
        card: CardFields {
            time_zone: "Europe/Moscow".to_owned(),
            legal_entity: "OOO".to_owned(),
            language: Language::Ru,
        },
        training: true,
        replaces: false,
        expires: Timestamp(NOW.0 + 1),
        at: NOW,
    };
    let wrong = IdentityFact::ClaimFailed {
        workplace: workplace.clone(),
        at: NOW,
    };
    let enrolled = IdentityFact::Enrolled {
        workplace: workplace.clone(),
        journal_key: key(1).public(),
        certificate: machine().certificate.into(),
        training: true,
        epochs: EpochBlock {
            first: Epoch(1),
            count: 16,
        },
        fingerprint: Hash([6; 32]),
        agent_version: "1.2.3".to_owned(),
        at: NOW,
    };
    let revoked = IdentityFact::Revoked {
        workplace,
        reason: "stolen".to_owned(),
        at: NOW,
    };
    vec![
        ("claim".to_owned(), claim.to_bytes()),
        ("wrong".to_owned(), wrong.to_bytes()),
        ("enrolled".to_owned(), enrolled.to_bytes()),
        ("revoked".to_owned(), revoked.to_bytes()),
    ]
}

/// The same facts in the office log.
#[must_use]
pub fn office_entries() -> Vec<(String, Vec<u8>)> {
    let entry = |(name, body): (String, Vec<u8>)| {
        let entry = OfficeEntry {
            prev: Hash([1; 32]),
            at: NOW,
            actor: "cli:admin".to_owned(),
            area: 1,
            body: body.into(),
        };
        (name, cbor::encode(&entry))
    };
    facts().into_iter().map(entry).collect()
}

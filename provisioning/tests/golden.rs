//! Golden bytes of the facts about identities, of what is said over the admin socket, and of the
//! offline root's folder.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fmt::Debug;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use storefleet_core::ids::{Epoch, Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_golden::Golden;
use storefleet_provision::admin::{
    ClaimAnswer, ClaimRequest, Problem, WithdrawRequest, WorkplaceRow,
};
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::identity::Serial;
use storefleet_provision::offline::OfflineRoot;
use storefleet_provision::registry::{CardFields, CertificateRecord, IdentityFact, Registry};
use storefleet_wire::enrol::{ClaimKey, EpochBlock, Language};
use storefleet_wire::envelope::PublicKey;
use storefleet_wire::keys::Roots;

const NOW: Timestamp = Timestamp(1_769_774_400_000);

#[test]
fn bytes_once_written_are_read_for_ever() {
    let mut golden = Golden::of(include_str!("golden/lines.txt"));
    for fact in facts() {
        golden.item(&format!("identity.{}", name(&fact)), &fact);
    }
    let renewed = IdentityFact::Renewed {
        workplace: workplace(),
        certificate: certificate(),
        epochs: None,
        at: NOW,
    };
    golden.item("identity.renewed.least", &renewed);
    rows(&mut golden);
    admin(&mut golden);
    golden.finish();
}

/// A name for each fact: a new one does not compile until it has one, and a sample below.
fn name(fact: &IdentityFact) -> &'static str {
    match fact {
        IdentityFact::ClaimMade { .. } => "claim-made",
        IdentityFact::ClaimFailed { .. } => "claim-failed",
        IdentityFact::Enrolled { .. } => "enrolled",
        IdentityFact::Renewed { .. } => "renewed",
        IdentityFact::EpochsGranted { .. } => "epochs-granted",
        IdentityFact::Revoked { .. } => "revoked",
        IdentityFact::Retired { .. } => "retired",
        IdentityFact::KeyListPublished { .. } => "key-list-published",
    }
}

fn workplace() -> WorkplaceId {
    "s00421-1".parse().unwrap()
}

fn certificate() -> CertificateRecord {
    CertificateRecord {
        serial: Serial([0x41; 16]),
        spki: Hash([0x55; 32]),
        not_after: NOW.plus_ms(90 * 86_400_000),
        der: vec![0x30, 0x82],
    }
}

fn facts() -> Vec<IdentityFact> {
    let workplace = workplace();
    let (at, reason) = (NOW, "украден".to_owned());
    let epochs = EpochBlock {
        first: Epoch(17),
        count: 16,
    };
    vec![
        IdentityFact::ClaimMade {
            workplace: workplace.clone(),
            key: ClaimKey([0x11; 32]),
            card: CardFields {
                time_zone: "Asia/Kamchatka".to_owned(),
                legal_entity: "ООО «Ромашка»".to_owned(),
                language: Language::Ru,
            },
            training: true,
            replaces: true,
            expires: NOW.plus_ms(86_400_000),
            at,
        },
        IdentityFact::ClaimFailed {
            workplace: workplace.clone(),
            at,
        },
        IdentityFact::Enrolled {
            workplace: workplace.clone(),
            journal_key: PublicKey([7; 32]),
            certificate: certificate(),
            training: true,
            epochs,
            fingerprint: Hash([8; 32]),
            agent_version: "0.1.0".to_owned(),
            at,
        },
        IdentityFact::Renewed {
            workplace: workplace.clone(),
            certificate: certificate(),
            epochs: Some(epochs),
            at,
        },
        IdentityFact::EpochsGranted {
            workplace: workplace.clone(),
            epochs,
            at,
        },
        IdentityFact::Revoked {
            workplace: workplace.clone(),
            reason: reason.clone(),
            at,
        },
        IdentityFact::Retired {
            workplace,
            journal_key: PublicKey([7; 32]),
            reason,
            at,
        },
        IdentityFact::KeyListPublished {
            number: 5,
            signers: Roots {
                current: PublicKey([1; 32]),
                next: PublicKey([2; 32]),
            },
            sealed: vec![0x53, 0x46],
            at,
        },
    ]
}

/// A row of the office's fold, behind all facts of its workplace.
fn rows(golden: &mut Golden<'_>) {
    let mut registry = Registry::default();
    facts().iter().for_each(|fact| registry.apply(fact));
    let id = workplace();
    let row = registry.row(&id).unwrap();
    golden.bytes("row.workplace", &row, |bytes| {
        let mut read = Registry::default();
        read.restore(id.clone(), bytes).unwrap();
        read.row(&id).as_ref() == Some(&row) && read.status(&id) == registry.status(&id)
    });
}

/// What the program and a running centre say to each other, as JSON.
fn admin(golden: &mut Golden<'_>) {
    let text = str::to_owned;
    let claim = ClaimRequest {
        workplace: text("s00421-1"),
        time_zone: text("Asia/Kamchatka"),
        legal_entity: text("ООО «Ромашка»"),
        language: text("ru"),
        training: true,
        replaces: true,
    };
    let withdraw = WithdrawRequest {
        workplace: text("s00421-1"),
        reason: text("украден"),
    };
    let answer = ClaimAnswer {
        code: text("01ABC-DEFGH"),
        expires: text("2026-01-31T12:00:00Z"),
    };
    let row = WorkplaceRow {
        workplace: text("s00421-1"),
        standing: text("enrolled"),
        training: false,
        certificate_until: Some(text("2026-04-30T12:00:00Z")),
        claim_until: None,
    };
    let problem = Problem {
        title: text("no such workplace"),
        code: text("unknown-workplace"),
        next: text("check the spelling"),
    };
    json(golden, "admin.claim.request", &claim);
    json(golden, "admin.claim.answer", &answer);
    json(golden, "admin.withdraw.request", &withdraw);
    json(golden, "admin.workplaces.row", &row);
    json(golden, "admin.problem", &problem);
}

fn json<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    golden: &mut Golden<'_>,
    name: &str,
    value: &T,
) {
    let written = serde_json::to_string(value).unwrap();
    golden.text(name, &written, |line| {
        serde_json::from_str::<T>(line).is_ok_and(|read| read == *value)
    });
}

/// The folder was made by the program and guards nothing: its keys are known to everybody.
#[test]
fn an_offline_folder_once_written_is_read_for_ever() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/offline");
    let root = OfflineRoot::open(&folder, "Golden").unwrap();
    let list = root.list().unwrap();
    assert_eq!((list.number, list.keys.len()), (2, 5));
    let centre = CentreKeys::read(&folder.join("online"), NOW.plus_ms(1)).unwrap();
    assert_eq!(centre.list, *list);
    assert_eq!(centre.key_lists.len(), 2);
    // Of two ack keys the newer one signs.
    assert_eq!(
        Some(centre.ack.public()),
        list.keys.last().map(|entry| entry.key)
    );
}

//! Laws of the registry over random histories, and its single decisions.

use proptest::prelude::*;
use ring::rand::SystemRandom;
use storefleet_core::ids::Hash;
use storefleet_wire::enrol::{EnrolRequest, Language, ReceivedEnrol};

use super::*;
use crate::ca::Csr;

fn id(till: u8) -> WorkplaceId {
    format!("s1-{till}").parse().unwrap()
}

fn csrs() -> Vec<(Vec<u8>, Csr)> {
    let params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    (0..4)
        .map(|_| {
            let key = rcgen::KeyPair::generate().unwrap();
            let der = params.serialize_request(&key).unwrap().der().to_vec();
            let csr = Csr::parse(&der).unwrap();
            (der, csr)
        })
        .collect()
}

/// One thing that may be tried; small numbers, so that tries meet each other.
#[derive(Debug, Clone)]
enum Try {
    Claim {
        till: u8,
        code: u8,
        replaces: bool,
    },
    Enrol {
        till: u8,
        code: u8,
        journal: u8,
        csr: usize,
    },
    Revoke {
        till: u8,
    },
    Retire {
        till: u8,
    },
    Wait {
        hours: u8,
    },
}

fn a_try() -> impl Strategy<Value = Try> {
    let till = 1..3u8;
    let code = 0..3u8;
    prop_oneof![
        3 => (till.clone(), code.clone(), any::<bool>())
            .prop_map(|(till, code, replaces)| Try::Claim { till, code, replaces }),
        6 => (till.clone(), code, 0..4u8, 0..4usize)
            .prop_map(|(till, code, journal, csr)| Try::Enrol { till, code, journal, csr }),
        1 => till.clone().prop_map(|till| Try::Revoke { till }),
        1 => till.prop_map(|till| Try::Retire { till }),
        1 => (0..60u8).prop_map(|hours| Try::Wait { hours }),
    ]
}

fn order(till: u8, replaces: bool) -> ClaimOrder {
    ClaimOrder {
        workplace: id(till),
        card: CardFields {
            time_zone: "Europe/Moscow".into(),
            legal_entity: "LLC".into(),
            language: Language::En,
        },
        training: till == 2,
        replaces,
    }
}

fn record(csr: &Csr, now: Timestamp) -> CertificateRecord {
    CertificateRecord {
        serial: Serial::random(&SystemRandom::new()).unwrap(),
        spki: csr.key.spki,
        not_after: now.plus_ms(crate::ca::WORKPLACE_LIFE_MS),
        der: vec![0x30],
    }
}

/// What a try leads to, with the checks that hold for a grant.
fn facts_of(
    registry: &Registry,
    one: &Try,
    csrs: &[(Vec<u8>, Csr)],
    now: Timestamp,
) -> Vec<IdentityFact> {
    match *one {
        Try::Claim {
            till,
            code,
            replaces,
        } => registry
            .decide_claim(order(till, replaces), ClaimKey([code; 32]), now)
            .into_iter()
            .collect(),
        Try::Enrol {
            till,
            code,
            journal,
            csr,
        } => {
            let (der, csr) = &csrs[csr];
            let request = EnrolRequest {
                workplace: id(till),
                csr: der.clone(),
                journal_key: PublicKey([journal; 32]),
                fingerprint: Hash::default(),
                agent_version: "1".into(),
            };
            let received = ReceivedEnrol::parse(&request.seal(&ClaimKey([code; 32]))).unwrap();
            let claim = registry.workplaces[&id(till)].claim.as_ref();
            match registry.decide_enrol(&received, csr, now) {
                Verdict::Grant(grant) => {
                    let claim = claim.unwrap();
                    assert!(!claim.is_spent && now < claim.expires);
                    assert!(claim.tries < CLAIM_TRIES_MAX && claim.key == ClaimKey([code; 32]));
                    grant.facts(record(csr, now))
                }
                Verdict::Again(known) => {
                    assert!(claim.unwrap().is_spent && known.spki == csr.key.spki);
                    Vec::new()
                }
                Verdict::Refused(_, fact) => fact.into_iter().collect(),
            }
        }
        Try::Revoke { till } => registry
            .decide_revoke(&id(till), "x", now)
            .into_iter()
            .collect(),
        Try::Retire { till } => registry
            .decide_retire(&id(till), "x", now)
            .into_iter()
            .collect(),
        Try::Wait { .. } => Vec::new(),
    }
}

fn granted(fact: &IdentityFact) -> Option<(WorkplaceId, EpochBlock, PublicKey)> {
    if let IdentityFact::Enrolled {
        workplace,
        epochs,
        journal_key,
        ..
    } = fact
    {
        Some((workplace.clone(), *epochs, *journal_key))
    } else {
        None
    }
}

#[test]
fn whatever_is_tried_no_epoch_and_no_key_is_given_twice_and_replay_agrees() {
    let csrs = csrs();
    let runner_config = ProptestConfig::with_cases(256);
    proptest!(runner_config, |(tries in proptest::collection::vec(a_try(), 1..60))| {
        let (mut registry, mut facts) = (Registry::default(), Vec::new());
        let mut now = Timestamp(1_800_000_000_000);
        for till in [1, 2] {
            let fact = registry.decide_claim(order(till, false), ClaimKey([0; 32]), now).unwrap();
            registry.apply(&fact);
            facts.push(fact);
        }
        for one in &tries {
            if let Try::Wait { hours } = one {
                now = now.plus_ms(i64::from(*hours) * 3_600_000);
            }
            for fact in facts_of(&registry, one, &csrs, now) {
                let read = IdentityFact::from_bytes(&fact.to_bytes()).unwrap();
                registry.apply(&read);
                facts.push(fact);
            }
        }
        let mut again = Registry::default();
        facts.iter().for_each(|fact| again.apply(fact));
        prop_assert_eq!(&again, &registry);

        // Judged by the facts alone: an enrolment stands behind a claim that no other one used.
        let mut open = BTreeSet::new();
        for fact in &facts {
            if let IdentityFact::ClaimMade { workplace, .. } = fact {
                open.insert(workplace.clone());
            } else if let Some((workplace, _, _)) = granted(fact) {
                prop_assert!(open.remove(&workplace), "a spent claim enrolled another key");
            }
        }
        let grants: Vec<_> = facts.iter().filter_map(granted).collect();
        let mut numbers = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for (workplace, block, key) in grants {
            prop_assert!(keys.insert(key), "journal key enrolled twice");
            for number in block.first.0..block.end().0 {
                prop_assert!(numbers.insert((workplace.clone(), number)), "epoch granted twice");
                let found = registry.journal_key(&workplace, Epoch(number));
                prop_assert_eq!(found, Some(key));
            }
        }
        for workplace in registry.workplaces.values() {
            let active = workplace.machines.iter().filter(|m| m.standing == Standing::Active);
            prop_assert!(active.count() <= 1);
        }
    });
}

#[test]
fn any_fact_folds_even_one_that_fits_nowhere() {
    let epochs = EpochBlock {
        first: Epoch(u32::MAX),
        count: u32::MAX,
    };
    let (workplace, at) = (id(1), Timestamp(i64::MAX));
    let certificate = record(&csrs()[0].1, at);
    let mut registry = Registry::default();
    for fact in [
        IdentityFact::ClaimFailed {
            workplace: workplace.clone(),
            at,
        },
        IdentityFact::Renewed {
            workplace: workplace.clone(),
            certificate: certificate.clone(),
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
            reason: String::new(),
            at,
        },
        IdentityFact::Enrolled {
            workplace: workplace.clone(),
            journal_key: PublicKey([1; 32]),
            certificate,
            training: false,
            epochs,
            fingerprint: Hash::default(),
            agent_version: String::new(),
            at,
        },
    ] {
        registry.apply(&fact);
    }
    let order = order(1, true);
    let claim = registry
        .decide_claim(order, ClaimKey([1; 32]), Timestamp(0))
        .unwrap();
    registry.apply(&claim);
    let (der, csr) = &csrs()[1];
    let request = EnrolRequest {
        workplace: workplace.clone(),
        csr: der.clone(),
        journal_key: PublicKey([2; 32]),
        fingerprint: Hash::default(),
        agent_version: "1".into(),
    };
    let received = ReceivedEnrol::parse(&request.seal(&ClaimKey([1; 32]))).unwrap();
    let verdict = registry.decide_enrol(&received, csr, Timestamp(0));
    assert_eq!(
        verdict,
        Verdict::Refused(Refusal::NoEpochs(workplace), None)
    );
}

#[test]
fn the_bytes_of_a_fact_never_change() {
    let fact = IdentityFact::Revoked {
        workplace: id(1),
        reason: "x".into(),
        at: Timestamp(5),
    };
    let golden = b"\x82\x06\xa3\x00\x64s1-1\x01\x61x\x02\x05";
    assert_eq!(fact.to_bytes(), golden);
    assert_eq!(IdentityFact::from_bytes(golden), Ok(fact));
    let mut longer = golden.to_vec();
    longer.push(0);
    assert!(IdentityFact::from_bytes(&longer).is_err());
}

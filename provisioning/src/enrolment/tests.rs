//! Whole flows of enrolment and renewal, from posted bytes to the reply.

use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use storefleet_core::ids::{Epoch, Hash};
use storefleet_wire::enrol::{
    ClaimKey, EnrolRequest, Language, RENEW_AFTER_EXPIRY_MS, RenewRequest,
};
use storefleet_wire::envelope::{Sealed, SigningKey};
use storefleet_wire::keys::{Role, TrustStore};

use super::*;
use crate::ca::WORKPLACE_LIFE_MS;
use crate::identity::Identity;
use crate::offline::OfflineRoot;
use crate::registry::{CLAIM_LIFE_MS, CardFields, ClaimOrder, GateRefusal};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const KEY: ClaimKey = ClaimKey([1; 32]);

struct Centre {
    registry: Registry,
    facts: Vec<IdentityFact>,
    keys: CentreKeys,
    _folder: tempfile::TempDir,
}

/// A centre that never heard of anybody.
struct Nothing;

impl Histories for Nothing {
    fn of(&self, _: &WorkplaceId) -> Result<Option<History>, String> {
        Ok(None)
    }
}

struct Agent {
    tls: KeyPair,
    journal: SigningKey,
}

fn agent(seed: u8) -> Agent {
    Agent {
        tls: KeyPair::generate().unwrap(),
        journal: SigningKey::from_seed(&[seed; 32]).unwrap(),
    }
}

fn id() -> WorkplaceId {
    "s00421-1".parse().unwrap()
}

fn csr(key: &KeyPair) -> Vec<u8> {
    let params = CertificateParams::new(Vec::new()).unwrap();
    params.serialize_request(key).unwrap().der().to_vec()
}

impl Agent {
    fn request(&self) -> EnrolRequest {
        EnrolRequest {
            workplace: id(),
            csr: csr(&self.tls),
            journal_key: self.journal.public(),
            fingerprint: Hash([9; 32]),
            agent_version: "0.1.0".into(),
        }
    }

    fn renewal(&self, certificate: &[u8], new: &KeyPair, epoch: u32) -> Vec<u8> {
        let request = RenewRequest {
            workplace: id(),
            csr: csr(new),
            certificate: certificate.to_vec(),
            epoch: Epoch(epoch),
            at: NOW,
        };
        let rng = SystemRandom::new();
        let tls = self.tls.serialize_der();
        request.seal(&tls, &self.journal, &rng).unwrap()
    }
}

impl Centre {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        OfflineRoot::create(folder.path(), "Test", NOW, &SystemRandom::new()).unwrap();
        let keys = CentreKeys::read(&folder.path().join("online"), NOW).unwrap();
        let mut centre = Self {
            registry: Registry::default(),
            facts: Vec::new(),
            keys,
            _folder: folder,
        };
        let (list, roots) = (centre.keys.key_lists[0].clone(), centre.keys.first_roots);
        let fact = centre.registry.decide_key_list(&list, Some(roots), NOW);
        centre.append([fact.unwrap()]);
        centre
    }

    fn append(&mut self, facts: impl IntoIterator<Item = IdentityFact>) {
        for fact in facts {
            let read = IdentityFact::from_bytes(&fact.to_bytes()).unwrap();
            assert_eq!(read, fact);
            self.registry.apply(&read);
            self.facts.push(read);
        }
        let mut again = Registry::default();
        self.facts.iter().for_each(|fact| again.apply(fact));
        assert_eq!(again, self.registry, "replay gives the same registry");
    }

    fn claim(&mut self, key: ClaimKey, replaces: bool, now: Timestamp) {
        let order = ClaimOrder {
            workplace: id(),
            card: CardFields {
                time_zone: "Asia/Kamchatka".into(),
                legal_entity: "ООО «Ромашка»".into(),
                language: Language::Ru,
            },
            training: false,
            replaces,
        };
        let fact = self.registry.decide_claim(order, key, now).unwrap();
        self.append([fact]);
    }

    fn post(&mut self, renew: bool, posted: &[u8], now: Timestamp) -> Result<Vec<u8>, NoAnswer> {
        let brokers = ["hq.example:8883".to_owned()];
        let desk = Desk {
            registry: &self.registry,
            keys: &self.keys,
            brokers: &brokers,
            histories: &Nothing,
        };
        let rng = SystemRandom::new();
        let outcome = if renew {
            desk.renew(posted, now, &rng)
        } else {
            desk.enrol(posted, now, &rng)
        };
        self.append(outcome.facts);
        outcome.reply
    }

    fn enrol(
        &mut self,
        agent: &Agent,
        key: &ClaimKey,
        now: Timestamp,
    ) -> Result<EnrolAnswer, String> {
        let request = agent.request();
        let reply = self.post(false, &request.seal(key), now);
        let reply = reply.map_err(|error| error.to_string())?;
        EnrolAnswer::open(&reply, key, &request.csr).map_err(|error| error.to_string())
    }

    fn renew(&mut self, posted: &[u8], now: Timestamp) -> Result<EnrolAnswer, String> {
        let reply = self.post(true, posted, now);
        let reply = reply.map_err(|error| error.to_string())?;
        Ok(EnrolAnswer::from_bytes(&reply).unwrap())
    }

    fn gate(&self, answer: &EnrolAnswer, now: Timestamp) -> Result<(), GateRefusal> {
        let identity = Identity::parse(&answer.certificate).unwrap();
        self.registry.admits(&identity, now)
    }
}

#[test]
fn a_claimed_machine_becomes_the_workplace_and_trusts_what_the_root_signed() {
    let mut centre = Centre::new();
    centre.claim(KEY, false, NOW);
    let machine = agent(1);
    let answer = centre.enrol(&machine, &KEY, NOW).unwrap();
    let mut trust = TrustStore::new(answer.roots);
    let walk = trust.walk(answer.key_lists.iter().map(|list| list.as_slice()));
    assert_eq!((walk.taken, walk.refused), (1, None));
    let card_key = Sealed::parse(&answer.store_card).unwrap().key_id();
    let card_key = trust.key(Role::Manifest, card_key, NOW).unwrap();
    let card = StoreCard::open(&answer.store_card, card_key).unwrap();
    assert_eq!(
        (card.workplace, card.time_zone.as_str()),
        (id(), "Asia/Kamchatka")
    );
    assert_eq!(answer.epochs.unwrap().first, Epoch(1));
    assert_eq!(centre.gate(&answer, NOW), Ok(()));
    let key = |epoch| centre.registry.journal_key(&id(), Epoch(epoch));
    assert_eq!(key(16), Some(machine.journal.public()));
    assert_eq!((key(0), key(17)), (None, None));
    assert_eq!(trust.list(), centre.registry.key_list());
}

#[test]
fn an_answer_lost_on_the_way_is_given_again_to_the_same_keys_only() {
    let mut centre = Centre::new();
    centre.claim(KEY, false, NOW);
    let machine = agent(1);
    let first = centre.enrol(&machine, &KEY, NOW).unwrap();
    let later = NOW.plus_ms(10 * CLAIM_LIFE_MS);
    let again = centre.enrol(&machine, &KEY, later).unwrap();
    assert_eq!(again, first);
    let thief = Agent {
        tls: KeyPair::generate().unwrap(),
        journal: agent(1).journal,
    };
    assert!(
        centre
            .enrol(&thief, &KEY, NOW)
            .unwrap_err()
            .contains("spent")
    );
    let thief = Agent {
        tls: machine.tls,
        journal: agent(2).journal,
    };
    assert!(
        centre
            .enrol(&thief, &KEY, NOW)
            .unwrap_err()
            .contains("spent")
    );
    let fact = centre.registry.decide_revoke(&id(), "stolen", NOW).unwrap();
    centre.append([fact]);
    assert!(centre.gate(&first, NOW).is_err());
    let machine = Agent {
        tls: thief.tls,
        journal: agent(1).journal,
    };
    assert!(
        centre.enrol(&machine, &KEY, NOW).is_err(),
        "not after a revocation"
    );
}

#[test]
fn five_wrong_codes_burn_a_claim_and_72_hours_end_it() {
    let mut centre = Centre::new();
    centre.claim(KEY, false, NOW);
    let end = NOW.plus_ms(CLAIM_LIFE_MS);
    assert!(
        centre
            .enrol(&agent(1), &KEY, end)
            .unwrap_err()
            .contains("expired")
    );
    for left in [4, 3, 2, 1, 0] {
        let wrong = centre
            .enrol(&agent(1), &ClaimKey([2; 32]), NOW)
            .unwrap_err();
        assert!(wrong.contains(&format!("{left} tries")), "{wrong}");
    }
    let facts = centre.facts.len();
    assert!(
        centre
            .enrol(&agent(1), &KEY, NOW)
            .unwrap_err()
            .contains("burnt")
    );
    assert_eq!(centre.facts.len(), facts, "a stranger cannot fill the log");
    centre.claim(ClaimKey([3; 32]), false, NOW);
    assert!(centre.enrol(&agent(1), &ClaimKey([3; 32]), NOW).is_ok());
}

#[test]
fn a_replaced_machine_is_retired_and_its_journal_key_stays() {
    let mut centre = Centre::new();
    centre.claim(KEY, false, NOW);
    let old = agent(1);
    let first = centre.enrol(&old, &KEY, NOW).unwrap();
    let new_key = ClaimKey([2; 32]);
    centre.claim(new_key.clone(), true, NOW);
    assert_eq!(centre.gate(&first, NOW), Ok(()), "until the claim is used");
    let reused = Agent {
        tls: KeyPair::generate().unwrap(),
        journal: agent(1).journal,
    };
    let refused = centre.enrol(&reused, &new_key, NOW).unwrap_err();
    assert!(refused.contains("journal key"), "{refused}");
    let second = centre.enrol(&agent(2), &new_key, NOW).unwrap();
    assert_eq!(centre.gate(&first, NOW), Err(GateRefusal::Retired(id())));
    assert_eq!(centre.gate(&second, NOW), Ok(()));
    assert_eq!(second.epochs.unwrap().first, Epoch(17));
    let key = |epoch| centre.registry.journal_key(&id(), Epoch(epoch));
    assert_eq!(key(3), Some(old.journal.public()));
    assert_eq!(key(17), Some(agent(2).journal.public()));
    assert!(centre.registry.is_retired(&id(), Epoch(3)));
    assert!(!centre.registry.is_retired(&id(), Epoch(17)));
    let list: Vec<_> = centre.registry.revoked(NOW).collect();
    let serial = Identity::parse(&first.certificate).unwrap().serial;
    assert_eq!(list, [(serial, NOW)]);
    let posted = old.renewal(&first.certificate, &KeyPair::generate().unwrap(), 1);
    assert!(centre.renew(&posted, NOW).is_err());
}

#[test]
fn a_dark_workplace_renews_for_400_days_after_the_end_of_its_certificate() {
    let mut centre = Centre::new();
    centre.claim(KEY, false, NOW);
    let machine = agent(1);
    let first = centre.enrol(&machine, &KEY, NOW).unwrap();
    let expiry = NOW.plus_ms(WORKPLACE_LIFE_MS);
    assert_eq!(centre.gate(&first, expiry), Err(GateRefusal::Expired(id())));
    let new = KeyPair::generate().unwrap();
    let posted = machine.renewal(&first.certificate, &new, 8);
    let too_late = expiry.plus_ms(RENEW_AFTER_EXPIRY_MS);
    assert!(
        centre
            .renew(&posted, too_late)
            .unwrap_err()
            .contains("400 days")
    );
    let second = centre.renew(&posted, too_late.plus_ms(-1)).unwrap();
    assert_eq!(second.epochs, None, "8 numbers are left");
    assert_eq!(centre.gate(&second, too_late), Ok(()));
    assert_eq!(
        centre.renew(&posted, too_late),
        Ok(second.clone()),
        "twice is no harm"
    );

    let machine = Agent {
        tls: new,
        journal: machine.journal,
    };
    let third_key = KeyPair::generate().unwrap();
    let posted = machine.renewal(&second.certificate, &third_key, 9);
    let third = centre.renew(&posted, too_late).unwrap();
    assert_eq!(third.epochs.unwrap().first, Epoch(17), "7 numbers are left");
    assert_eq!(
        centre.gate(&second, too_late),
        Ok(()),
        "until the new one proved itself"
    );
    let fourth = KeyPair::generate().unwrap();
    let machine = Agent {
        tls: third_key,
        journal: machine.journal,
    };
    let posted = machine.renewal(&third.certificate, &fourth, 10);
    assert_eq!(centre.renew(&posted, too_late).unwrap().epochs, None);
}

#[test]
fn a_renewal_is_of_both_keys_and_of_a_certificate_of_this_workplace() {
    let mut centre = Centre::new();
    centre.claim(KEY, false, NOW);
    let machine = agent(1);
    let answer = centre.enrol(&machine, &KEY, NOW).unwrap();
    let new = KeyPair::generate().unwrap();
    let stranger = Agent {
        tls: KeyPair::generate().unwrap(),
        journal: agent(1).journal,
    };
    let posted = stranger.renewal(&answer.certificate, &new, 1);
    assert!(
        centre
            .renew(&posted, NOW)
            .unwrap_err()
            .contains("not signed")
    );
    let wrong_journal = Agent {
        tls: machine.tls,
        journal: agent(2).journal,
    };
    let posted = wrong_journal.renewal(&answer.certificate, &new, 1);
    assert!(
        centre
            .renew(&posted, NOW)
            .unwrap_err()
            .contains("not signed")
    );
    let foreign = centre.keys.issuer.root().to_vec();
    let posted = wrong_journal.renewal(&foreign, &new, 1);
    assert!(centre.renew(&posted, NOW).is_err());
    for garbage in [&b""[..], b"\xa0", &[0xff; 300]] {
        assert!(centre.renew(garbage, NOW).is_err());
        assert!(centre.post(false, garbage, NOW).is_err());
    }
}

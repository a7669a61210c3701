//! Golden bytes and proofs of the enrolment messages.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use storefleet_core::time::Timestamp;

use super::*;

fn workplace() -> WorkplaceId {
    "s00421-1".parse().unwrap()
}

fn request() -> EnrolRequest {
    EnrolRequest {
        workplace: workplace(),
        csr: vec![0x30, 0x82],
        journal_key: PublicKey([7; 32]),
        fingerprint: Hash([8; 32]),
        agent_version: "0.1.0".into(),
    }
}

fn answer() -> EnrolAnswer {
    EnrolAnswer {
        certificate: vec![1],
        issuing: vec![2],
        root: vec![3],
        roots: Roots {
            current: PublicKey([4; 32]),
            next: PublicKey([5; 32]),
        },
        key_lists: vec![ByteVec::from(vec![6])],
        epochs: Some(EpochBlock {
            first: Epoch(1),
            count: 16,
        }),
        brokers: vec!["hq:8883".into()],
        store_card: vec![7],
        history: None,
    }
}

#[test]
fn a_code_is_read_as_people_type_it() {
    let code: ClaimCode = "01abc-defgh".parse().unwrap();
    assert_eq!(code.to_string(), "01ABC-DEFGH");
    assert_eq!("OlABC DEFGH".parse(), Ok(code.clone()));
    assert_eq!("oiabcdefgh".parse(), Ok(code.clone()));
    for bad in ["", "01ABCDEFG", "01ABCDEFGHJ", "01ABCDEFGU", "01ABCDEFGЯ"] {
        assert_eq!(bad.parse::<ClaimCode>(), Err(EnrolError::Code), "{bad}");
    }
    let fresh = ClaimCode::generate(&SystemRandom::new()).unwrap();
    assert_eq!(fresh.to_string().parse(), Ok(fresh));
    assert_eq!(format!("{code:?}"), "ClaimCode(secret)");
}

/// The expected value is Python's `hashlib.pbkdf2_hmac("sha256", b"01ABCDEFGH", b"s00421-1", 600000)`.
#[test]
fn the_key_of_a_code_is_that_of_another_implementation() {
    let key = "01ABCDEFGH".parse::<ClaimCode>().unwrap().key(&workplace());
    assert_eq!(Hash(key.0).to_string(), PBKDF2_BY_PYTHON);
}

/// Python: `hmac.new(bytes([1]*32), b"storefleet/1/enrol-request" + body, "sha256")`.
#[test]
fn the_bytes_of_a_request_never_change() {
    let mut body = vec![0xa5, 0, 0x68];
    body.extend(b"s00421-1");
    body.extend([1, 0x42, 0x30, 0x82, 2, 0x58, 32]);
    body.extend([7; 32]);
    body.extend([3, 0x58, 32]);
    body.extend([8; 32]);
    body.extend([4, 0x65]);
    body.extend(b"0.1.0");
    assert_eq!(cbor::encode(&request()), body);
    let sealed = request().seal(&ClaimKey([1; 32]));
    assert_eq!(sealed[..5], [0xa2, 0, 0x58, 92, 0xa5]);
    let proof = Hash(sealed[sealed.len() - 32..].try_into().unwrap());
    assert_eq!(proof.to_string(), HMAC_BY_PYTHON);
    assert_eq!(ReceivedEnrol::parse(&sealed).unwrap().request(), &request());
}

const PBKDF2_BY_PYTHON: &str = "f742693c475f4a802aa8cc7939b769ce05754d2b9c2c4e4c5d89c9081c824623";
const HMAC_BY_PYTHON: &str = "6db60268ded50b7bb81e234f195a014272ba0a743b217096fb72fb5a7617d5d6";

#[test]
fn a_request_is_proved_by_its_code_only_and_any_change_is_noticed() {
    let key = ClaimKey([1; 32]);
    let sealed = request().seal(&key);
    let received = ReceivedEnrol::parse(&sealed).unwrap();
    assert!(received.is_proved_by(&key));
    assert!(!received.is_proved_by(&ClaimKey([2; 32])));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let proved = ReceivedEnrol::parse(&changed).is_ok_and(|it| it.is_proved_by(&key));
        assert!(!proved, "byte {at}");
    }
    let mut longer = sealed.clone();
    longer.push(0);
    assert!(ReceivedEnrol::parse(&longer).is_err());
    assert!(matches!(
        ReceivedEnrol::parse(&vec![0; REQUEST_BYTES_MAX + 1]),
        Err(EnrolError::Oversize(_))
    ));
}

#[test]
fn an_answer_fits_its_own_request_only() {
    let key = ClaimKey([1; 32]);
    let sealed = seal_answer(&answer().to_bytes(), &key, b"csr");
    assert_eq!(EnrolAnswer::open(&sealed, &key, b"csr"), Ok(answer()));
    let other_csr = EnrolAnswer::open(&sealed, &key, b"another");
    assert_eq!(other_csr, Err(EnrolError::Proof));
    let other_code = EnrolAnswer::open(&sealed, &ClaimKey([2; 32]), b"csr");
    assert_eq!(other_code, Err(EnrolError::Proof));
    // A request sent back is no answer, though the same code proved it.
    assert!(EnrolAnswer::open(&request().seal(&key), &key, b"csr").is_err());
}

#[test]
fn the_bytes_of_an_answer_never_change() {
    let mut golden = vec![
        0xa8, 0, 0x41, 1, 1, 0x41, 2, 2, 0x41, 3, 3, 0xa2, 0, 0x58, 32,
    ];
    golden.extend([4; 32]);
    golden.extend([1, 0x58, 32]);
    golden.extend([5; 32]);
    golden.extend([4, 0x81, 0x41, 6, 5, 0xa2, 0, 1, 1, 16, 6, 0x81, 0x67]);
    golden.extend(b"hq:8883");
    golden.extend([7, 0x41, 7]);
    assert_eq!(answer().to_bytes(), golden);
    assert_eq!(EnrolAnswer::from_bytes(&golden), Ok(answer()));
}

#[test]
fn a_store_card_is_of_the_manifest_key() {
    let key = SigningKey::from_seed(&[3; 32]).unwrap();
    let card = StoreCard {
        workplace: workplace(),
        time_zone: "Asia/Kamchatka".into(),
        legal_entity: "ООО «Ромашка»".into(),
        language: Language::Ru,
        training: true,
    };
    let bytes = cbor::encode(&card);
    assert_eq!(bytes[..4], [0xa5, 0, 0x68, b's']);
    assert_eq!(bytes[bytes.len() - 4..], [3, 1, 4, 0xf5]);
    let sealed = card.seal(&key);
    assert_eq!(StoreCard::open(&sealed, &key.public()), Ok(card));
    let stranger = SigningKey::from_seed(&[4; 32]).unwrap();
    assert!(StoreCard::open(&sealed, &stranger.public()).is_err());
}

#[test]
fn a_renewal_needs_both_keys() {
    let rng = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &rng).unwrap();
    let other = EcdsaKeyPair::generate_pkcs8(algorithm, &rng).unwrap();
    let point = |pkcs8: &[u8]| {
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &rng).unwrap();
        pair.public_key().as_ref().to_vec()
    };
    let journal = SigningKey::from_seed(&[5; 32]).unwrap();
    let request = RenewRequest {
        workplace: workplace(),
        csr: vec![1],
        certificate: vec![2],
        epoch: Epoch(3),
        at: Timestamp(4),
    };
    let mut golden = vec![0xa5, 0, 0x68];
    golden.extend(b"s00421-1");
    golden.extend([1, 0x41, 1, 2, 0x41, 2, 3, 3, 4, 4]);
    assert_eq!(cbor::encode(&request), golden);
    let sealed = request.seal(pkcs8.as_ref(), &journal, &rng).unwrap();
    let received = ReceivedRenew::parse(&sealed).unwrap();
    assert_eq!(received.request(), &request);
    let (own, strange) = (point(pkcs8.as_ref()), point(other.as_ref()));
    assert!(received.is_signed_by(&own, &journal.public()));
    assert!(!received.is_signed_by(&strange, &journal.public()));
    assert!(!received.is_signed_by(&own, &PublicKey([0; 32])));
    assert!(request.seal(b"no key", &journal, &rng).is_err());
}

#[test]
fn a_block_ends_before_the_next_begins() {
    let block = EpochBlock {
        first: Epoch(17),
        count: 16,
    };
    assert!(!block.contains(Epoch(16)) && block.contains(Epoch(17)));
    assert!(block.contains(Epoch(32)) && !block.contains(Epoch(33)));
    assert_eq!(block.end(), Epoch(33));
}

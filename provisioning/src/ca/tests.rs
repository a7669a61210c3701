//! What the authority issues, and what openssl-made requests get.

use rcgen::{ExtendedKeyUsagePurpose, SanType};
use ring::rand::SystemRandom;
use storefleet_core::ids::WorkplaceId;

use super::*;
use crate::identity::{Identity, IdentityError};

const NOW: Timestamp = Timestamp(1_800_000_000_123);

fn issuer() -> Issuer {
    let rng = SystemRandom::new();
    let root = Authority::new_root("Test root", NOW, &rng).unwrap();
    let issuing = root.new_issuing("Test issuing", NOW, &rng).unwrap();
    Issuer::new(issuing, root.certificate().to_vec())
}

fn workplace() -> WorkplaceId {
    "s00421-1".parse().unwrap()
}

fn greedy_csr(key: &KeyPair) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["evil.example".to_owned()]).unwrap();
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "s99999-9");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    params.serialize_request(key).unwrap().der().to_vec()
}

fn signed(issuer: &Issuer, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let rng = SystemRandom::new();
    let key = new_key(&rng).unwrap();
    let serial = Serial::random(&rng).unwrap();
    let mut params = leaf_params("s00421-1", NOW, DAY_MS, serial).unwrap();
    params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ClientAuth);
    let uri = "urn:storefleet:workplace:s00421-1".try_into().unwrap();
    params.subject_alt_names.push(SanType::URI(uri));
    change(&mut params);
    let issued = params.signed_by(&key, &issuer.authority().rcgen().unwrap());
    issued.unwrap().der().to_vec()
}

#[test]
fn a_certificate_says_what_we_say_whatever_the_request_asks() {
    let key = KeyPair::generate().unwrap();
    let csr = Csr::parse(&greedy_csr(&key)).unwrap();
    let serial = Serial::random(&SystemRandom::new()).unwrap();
    let issued = issuer()
        .issue_workplace(&csr, &workplace(), true, NOW, serial)
        .unwrap();
    let identity = Identity::parse(&issued.der).unwrap();
    let not_after = Timestamp(1_800_000_000_000 + WORKPLACE_LIFE_MS);
    let expected = Identity {
        workplace: workplace(),
        training: true,
        not_after,
        serial,
        spki: csr.key.spki,
    };
    assert_eq!(identity, expected);
    assert_eq!((issued.spki, issued.not_after), (csr.key.spki, not_after));
    assert_eq!(certificate_key(&issued.der).unwrap(), csr.key);
    assert_eq!(csr.key.point, key.public_key_raw());
}

#[test]
fn a_request_must_be_signed_by_its_own_p256_key() {
    let key = KeyPair::generate().unwrap();
    let mut csr = greedy_csr(&key);
    let last = csr.len() - 1;
    csr[last] ^= 1;
    assert!(matches!(Csr::parse(&csr), Err(CaError::Request)));
    csr[last] ^= 1;
    csr.push(0);
    assert!(matches!(Csr::parse(&csr), Err(CaError::Request)));
    for algorithm in [&rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P384_SHA384] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        assert!(matches!(
            Csr::parse(&greedy_csr(&key)),
            Err(CaError::Request)
        ));
    }
}

#[test]
fn an_ambiguous_certificate_names_nobody() {
    let issuer = issuer();
    let refusal =
        |change: fn(&mut CertificateParams)| Identity::parse(&signed(&issuer, change)).unwrap_err();
    let uri = |text: &str| SanType::URI(text.try_into().unwrap());
    assert!(Identity::parse(&signed(&issuer, |_| {})).is_ok());
    let mismatch = refusal(|params| {
        params.distinguished_name = DistinguishedName::new();
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "s00421-2");
    });
    assert!(matches!(mismatch, IdentityError::Mismatch { .. }));
    let nameless = refusal(|params| params.distinguished_name = DistinguishedName::new());
    assert_eq!(nameless, IdentityError::CommonName);
    let no_uri = refusal(|params| params.subject_alt_names.clear());
    assert_eq!(no_uri, IdentityError::AlternativeNames);
    for extra in [
        uri("urn:storefleet:workplace:s00421-2"),
        uri("urn:storefleet:workplace:s00421-1"),
        uri("urn:other"),
        SanType::DnsName("a.example".try_into().unwrap()),
    ] {
        let der = signed(&issuer, |params| params.subject_alt_names.push(extra));
        let refusal = Identity::parse(&der).unwrap_err();
        assert_eq!(refusal, IdentityError::AlternativeNames);
    }
    let server = refusal(|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    assert_eq!(server, IdentityError::Usage);
    let authority = refusal(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(authority, IdentityError::Usage);
    let serial = refusal(|params| params.serial_number = Some(SerialNumber::from(7)));
    assert_eq!(serial, IdentityError::Serial);
    assert_eq!(Identity::parse(b"x"), Err(IdentityError::Malformed));
}

#[test]
fn an_authority_comes_back_from_its_file_and_a_mixed_file_is_noticed() {
    let rng = SystemRandom::new();
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let first = Authority::new_root("One", NOW, &rng).unwrap();
    first.write(&one, Existing::Refuse).unwrap();
    let again = Authority::read(&one).unwrap();
    assert_eq!(again.certificate(), first.certificate());
    assert_eq!(read_certificate(&one).unwrap(), first.certificate());
    assert!(first.write(&one, Existing::Refuse).is_err());
    let second = Authority::new_root("Two", NOW, &rng).unwrap();
    let mixed = second.key.serialize_pem() + first.certificate_pem();
    std::fs::write(&two, mixed).unwrap();
    assert!(matches!(
        Authority::read(&two),
        Err(CaError::Damaged { .. })
    ));
}

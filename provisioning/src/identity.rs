//! Who stands at the gate: the identity a client certificate carries.
//!
//! The chain was verified by TLS before; this reads the names and refuses whatever is ambiguous.

use std::fmt;

use ring::digest::{SHA256, digest};
use ring::rand::SecureRandom;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Beginning of the URI that names a workplace in a certificate.
pub const WORKPLACE_URI: &str = "urn:storefleet:workplace:";
/// The URI in the certificate of a workplace where nothing sold is real.
pub const TRAINING_URI: &str = "urn:storefleet:training";

/// Serial number of a certificate.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Serial(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl Serial {
    /// A fresh number; nothing when the system gives no randomness.
    #[must_use]
    pub fn random(rng: &dyn SecureRandom) -> Option<Self> {
        let mut bytes = [0; 16];
        rng.fill(&mut bytes).ok()?;
        if let Some(first) = bytes.first_mut() {
            // Positive and of full length, so that its DER form is these 16 bytes and no others.
            *first = *first & 0x3f | 0x40;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a client certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The workplace it was issued to.
    pub workplace: WorkplaceId,
    /// Whether nothing sold there is real.
    pub training: bool,
    /// End of its validity.
    pub not_after: Timestamp,
    /// Its serial number.
    pub serial: Serial,
    /// SHA-256 of its public key info.
    pub spki: Hash,
}

/// Why a certificate names no workplace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not a certificate, or with something behind it.
    #[error("the client certificate cannot be read; enrol the workplace again")]
    Malformed,
    /// None, several or an unreadable common name.
    #[error("the client certificate must have exactly one common name, a workplace id")]
    CommonName,
    /// The alternative names are not those of a workplace.
    #[error(
        "the client certificate's alternative names must be one workplace URI and at most {TRAINING_URI}"
    )]
    AlternativeNames,
    /// Common name and URI name two workplaces.
    #[error("the client certificate names {common_name} and {uri}; it must name one workplace")]
    Mismatch {
        /// As the common name says.
        common_name: String,
        /// As the URI says.
        uri: String,
    },
    /// Not made for clients, or made for an authority.
    #[error("the certificate is not one for a TLS client; present the workplace's own certificate")]
    Usage,
    /// The serial number is not one the issuing authority gives.
    #[error("the client certificate's serial number is not of the form issued here")]
    Serial,
    /// The key is no P-256 key.
    #[error("the client certificate's key is not P-256")]
    Key,
}

impl Identity {
    /// Reads the identity of a client certificate in DER.
    ///
    /// # Errors
    /// When the certificate names no workplace, or more than one in any of its places.
    pub fn parse(der: &[u8]) -> Result<Self, IdentityError> {
        let certificate = read(der)?;
        let common_name = common_name(&certificate)?;
        let (uri, training) = uris(&certificate)?;
        if common_name != uri {
            return Err(IdentityError::Mismatch { common_name, uri });
        }
        let usage = certificate.extended_key_usage().ok().flatten();
        let is_client = usage.is_some_and(|usage| usage.value.client_auth && !usage.value.any);
        if !is_client || certificate.is_ca() {
            return Err(IdentityError::Usage);
        }
        let serial = certificate.raw_serial().try_into();
        let seconds = certificate.validity().not_after.timestamp();
        Ok(Self {
            workplace: uri.parse().map_err(|_| IdentityError::AlternativeNames)?,
            training,
            not_after: Timestamp(seconds.saturating_mul(1_000)),
            serial: Serial(serial.map_err(|_| IdentityError::Serial)?),
            spki: p256_key(certificate.public_key())?.spki,
        })
    }
}

fn read(der: &[u8]) -> Result<X509Certificate<'_>, IdentityError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) | Err(_) => Err(IdentityError::Malformed),
    }
}

fn common_name(certificate: &X509Certificate<'_>) -> Result<String, IdentityError> {
    let mut names = certificate.subject().iter_common_name();
    match (names.next(), names.next()) {
        (Some(name), None) => name.as_str().map(str::to_owned).ok(),
        _ => None,
    }
    .ok_or(IdentityError::CommonName)
}

fn uris(certificate: &X509Certificate<'_>) -> Result<(String, bool), IdentityError> {
    let names = certificate.subject_alternative_name();
    let names = names
        .ok()
        .flatten()
        .ok_or(IdentityError::AlternativeNames)?;
    let (mut workplace, mut training) = (None, false);
    for name in &names.value.general_names {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "all other kinds of names are refused"
        )]
        let uri = match name {
            GeneralName::URI(uri) => *uri,
            _ => return Err(IdentityError::AlternativeNames),
        };
        match uri.strip_prefix(WORKPLACE_URI) {
            Some(id) if workplace.is_none() => workplace = Some(id.to_owned()),
            None if uri == TRAINING_URI && !training => training = true,
            Some(_) | None => return Err(IdentityError::AlternativeNames),
        }
    }
    Ok((workplace.ok_or(IdentityError::AlternativeNames)?, training))
}

/// A P-256 public key as it stands in certificates and requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct P256Key {
    /// SHA-256 of the public key info (DER).
    pub spki: Hash,
    /// The uncompressed point, 65 bytes.
    pub point: Vec<u8>,
}

/// The key of a certificate in DER, whoever issued it.
///
/// # Errors
/// When it is no certificate or its key is not P-256.
pub fn certificate_key(der: &[u8]) -> Result<P256Key, IdentityError> {
    p256_key(read(der)?.public_key())
}

pub(crate) fn p256_key(info: &SubjectPublicKeyInfo<'_>) -> Result<P256Key, IdentityError> {
    let curve = info.algorithm.parameters.as_ref();
    let curve = curve.and_then(|parameters| parameters.as_oid().ok());
    let point = info.subject_public_key.data.to_vec();
    let is_p256 = info.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY
        && curve.is_some_and(|curve| curve == OID_EC_P256)
        && point.len() == 65
        && point.first() == Some(&4);
    is_p256
        .then(|| P256Key {
            spki: sha256(info.raw),
            point,
        })
        .ok_or(IdentityError::Key)
}

pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    let mut hash = Hash::default();
    let full = digest(&SHA256, bytes);
    hash.0
        .iter_mut()
        .zip(full.as_ref())
        .for_each(|(to, from)| *to = *from);
    hash
}

//! The authorities: makes certificates for the root, the issuer, servers and workplaces.
//!
//! Nothing a request asks for is believed but its public key; names, usages and dates are ours.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber,
};
use ring::rand::SecureRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use storefleet_core::time::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use crate::files::{self, Existing, FileError, Secrecy};
use crate::identity::{Serial, certificate_key};

mod issuer;

pub use issuer::{Csr, Issued, Issuer, SERVER_LIFE_MS, WORKPLACE_LIFE_MS};

const DAY_MS: i64 = 86_400_000;
/// Life of the root certificate.
pub const ROOT_LIFE_MS: i64 = 20 * 365 * DAY_MS;
/// Life of an issuing certificate.
pub const ISSUING_LIFE_MS: i64 = 3 * 365 * DAY_MS;
/// Certificates begin this much in the past: a machine with a slow clock must accept them too.
const BACKDATE_MS: i64 = DAY_MS;

/// Why a certificate cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// A file of the folder could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The request is damaged, not signed by its own key, or not P-256.
    #[error("the certificate request is not one with a P-256 key signed by itself; make a new one")]
    Request,
    /// A key or certificate of the folder is damaged.
    #[error("{what} cannot be read; restore it from the copy of the folder")]
    Damaged {
        /// Which.
        what: String,
    },
    /// An instant no certificate can carry.
    #[error("the date lies outside what a certificate can carry; check the clock")]
    Date,
    /// The system gave no randomness.
    #[error("the system gave no random bytes; try again")]
    Random,
    /// A name no certificate can carry, or a signature that failed.
    #[error("the certificate cannot be made ({0}); check the names given")]
    Make(#[from] rcgen::Error),
}

/// The one certificate of a PEM file, in DER.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub fn read_certificate(path: &Path) -> Result<Vec<u8>, CaError> {
    let bytes = files::read(path)?;
    Pem::iter_from_buffer(&bytes)
        .filter_map(Result::ok)
        .find(|block| block.label == "CERTIFICATE")
        .map(|block| block.contents)
        .ok_or_else(|| CaError::Damaged {
            what: path.display().to_string(),
        })
}

/// End of the validity of a certificate in DER; nothing when it is none.
#[must_use]
pub fn certificate_end(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let seconds = certificate.validity().not_after.timestamp();
    Some(Timestamp(seconds.saturating_mul(1_000)))
}

/// An authority: a certificate and its private key.
pub struct Authority {
    certificate: Vec<u8>,
    pem: String,
    key: KeyPair,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// A new root named `name`, signed by itself.
    ///
    /// # Errors
    /// When there is no randomness or the name cannot stand in a certificate.
    pub fn new_root(name: &str, now: Timestamp, rng: &dyn SecureRandom) -> Result<Self, CaError> {
        let key = new_key(rng)?;
        let params = authority_params(name, now, ROOT_LIFE_MS, None, rng)?;
        let certificate = params.self_signed(&key)?;
        Ok(Self::made(&certificate, key))
    }

    /// A new issuing authority under this root; it can make no further authorities.
    ///
    /// # Errors
    /// When there is no randomness or the name cannot stand in a certificate.
    pub fn new_issuing(
        &self,
        name: &str,
        now: Timestamp,
        rng: &dyn SecureRandom,
    ) -> Result<Self, CaError> {
        let key = new_key(rng)?;
        let params = authority_params(name, now, ISSUING_LIFE_MS, Some(0), rng)?;
        let certificate = params.signed_by(&key, &self.rcgen()?)?;
        Ok(Self::made(&certificate, key))
    }

    fn made(certificate: &rcgen::Certificate, key: KeyPair) -> Self {
        Self {
            certificate: certificate.der().to_vec(),
            pem: certificate.pem(),
            key,
        }
    }

    /// Reads the file [`Authority::write`] wrote.
    ///
    /// # Errors
    /// When it cannot be read or holds something else.
    pub fn read(path: &Path) -> Result<Self, CaError> {
        let damaged = || CaError::Damaged {
            what: path.display().to_string(),
        };
        let bytes = files::read(path)?;
        let (mut certificate, mut key) = (None, None);
        for block in Pem::iter_from_buffer(&bytes) {
            let block = block.map_err(|_| damaged())?;
            match block.label.as_str() {
                "CERTIFICATE" => certificate = Some(block.contents),
                "PRIVATE KEY" => {
                    let pair = KeyPair::try_from(block.contents).map_err(|_| damaged())?;
                    key = Some(pair);
                }
                _ => return Err(damaged()),
            }
        }
        let (Some(certificate), Some(key)) = (certificate, key) else {
            return Err(damaged());
        };
        let certified = certificate_key(&certificate).map_err(|_| damaged())?;
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        let pem = text
            .find("-----BEGIN CERTIFICATE")
            .and_then(|at| text.get(at..));
        match pem {
            Some(pem) if certified.point == key.der_bytes() => Ok(Self {
                pem: pem.to_owned(),
                certificate,
                key,
            }),
            Some(_) | None => Err(damaged()),
        }
    }

    /// Writes key and certificate as one private PEM file, so that a cut cannot part them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, existing: Existing) -> Result<(), CaError> {
        let text = self.key.serialize_pem() + &self.pem;
        files::write(path, text.as_bytes(), Secrecy::Private, existing)?;
        Ok(())
    }

    /// The authority's certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The authority's certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    fn rcgen(&self) -> Result<rcgen::Issuer<'static, &KeyPair>, CaError> {
        let certificate = self.certificate.as_slice().into();
        Ok(rcgen::Issuer::from_ca_cert_der(&certificate, &self.key)?)
    }
}

fn new_key(rng: &dyn SecureRandom) -> Result<KeyPair, CaError> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, rng)
        .map_err(|_| CaError::Random)?;
    let pkcs8 = pkcs8.as_ref().into();
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(
        &pkcs8,
        &PKCS_ECDSA_P256_SHA256,
    )?)
}

fn authority_params(
    name: &str,
    now: Timestamp,
    life_ms: i64,
    path_len: Option<u8>,
    rng: &dyn SecureRandom,
) -> Result<CertificateParams, CaError> {
    let serial = Serial::random(rng).ok_or(CaError::Random)?;
    let mut params = leaf_params(name, now, life_ms, serial)?;
    params.is_ca = IsCa::Ca(match path_len {
        Some(len) => BasicConstraints::Constrained(len),
        None => BasicConstraints::Unconstrained,
    });
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn leaf_params(
    common_name: &str,
    now: Timestamp,
    life_ms: i64,
    serial: Serial,
) -> Result<CertificateParams, CaError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date(now.plus_ms(-BACKDATE_MS))?.to_datetime();
    params.not_after = date(now.plus_ms(life_ms))?.to_datetime();
    params.serial_number = Some(SerialNumber::from_slice(&serial.0));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn date(at: Timestamp) -> Result<ASN1Time, CaError> {
    ASN1Time::from_timestamp(at.0.div_euclid(1_000)).map_err(|_| CaError::Date)
}

#[cfg(test)]
mod tests;

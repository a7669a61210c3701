//! The authority on line: certificates for workplaces and servers, and revocation lists.

use std::net::IpAddr;

use rcgen::{
    CertificateRevocationListParams, ExtendedKeyUsagePurpose, KeyIdMethod, RevocationReason,
    RevokedCertParams, SanType, SerialNumber, SubjectPublicKeyInfo,
};
use ring::rand::SecureRandom;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use super::{Authority, CaError, DAY_MS, date, leaf_params, new_key};
use crate::identity::{P256Key, Serial, TRAINING_URI, WORKPLACE_URI, p256_key};

/// Life of a workplace's certificate; it renews at two thirds.
pub const WORKPLACE_LIFE_MS: i64 = 90 * DAY_MS;
/// Life of a server's certificate.
pub const SERVER_LIFE_MS: i64 = 90 * DAY_MS;
const CRL_LIFE_MS: i64 = DAY_MS;

/// A certificate request whose signature by its own key was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csr {
    /// The key asked for.
    pub key: P256Key,
    spki_der: Vec<u8>,
}

impl Csr {
    /// Reads a PKCS#10 request in DER and checks that the asker holds its private key.
    ///
    /// # Errors
    /// When it is damaged, not P-256, or not signed by its own key.
    pub fn parse(der: &[u8]) -> Result<Self, CaError> {
        let request = match X509CertificationRequest::from_der(der) {
            Ok(([], request)) => request,
            Ok(_) | Err(_) => return Err(CaError::Request),
        };
        let info = &request.certification_request_info.subject_pki;
        let key = p256_key(info).map_err(|_| CaError::Request)?;
        request.verify_signature().map_err(|_| CaError::Request)?;
        Ok(Self {
            key,
            spki_der: info.raw.to_vec(),
        })
    }
}

/// A certificate just made for a workplace, with what the registry must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate.
    pub der: Vec<u8>,
    /// Its serial number.
    pub serial: Serial,
    /// SHA-256 of its public key info.
    pub spki: Hash,
    /// End of its validity.
    pub not_after: Timestamp,
}

/// What the centre holds on line: the issuing authority and the root's certificate.
#[derive(Debug)]
pub struct Issuer {
    authority: Authority,
    root: Vec<u8>,
}

impl Issuer {
    /// An issuer under the root with certificate `root` (DER).
    #[must_use]
    pub fn new(authority: Authority, root: Vec<u8>) -> Self {
        Self { authority, root }
    }

    #[cfg(test)]
    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The issuing certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.authority.certificate()
    }

    /// The root certificate in DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// A certificate of 90 days for the key of `csr`, named after `workplace`.
    ///
    /// # Errors
    /// When the date cannot be written or signing fails.
    pub fn issue_workplace(
        &self,
        csr: &Csr,
        workplace: &WorkplaceId,
        training: bool,
        now: Timestamp,
        serial: Serial,
    ) -> Result<Issued, CaError> {
        let mut params = leaf_params(&workplace.to_string(), now, WORKPLACE_LIFE_MS, serial)?;
        params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ClientAuth);
        let mut uris = vec![format!("{WORKPLACE_URI}{workplace}")];
        if training {
            uris.push(TRAINING_URI.to_owned());
        }
        for uri in uris {
            let uri = uri.try_into()?;
            params.subject_alt_names.push(SanType::URI(uri));
        }
        let key = SubjectPublicKeyInfo::from_der(&csr.spki_der)?;
        let der = params.signed_by(&key, &self.authority.rcgen()?)?;
        Ok(Issued {
            der: der.der().to_vec(),
            serial,
            spki: csr.key.spki,
            not_after: whole_seconds(now.plus_ms(WORKPLACE_LIFE_MS)),
        })
    }

    /// A fresh key and a certificate of 90 days for a server reachable under `names`.
    ///
    /// Returns the certificate (DER) and its private key (PKCS#8 DER); `names` are DNS names or
    /// addresses.
    ///
    /// # Errors
    /// When a name is not one, the date cannot be written or signing fails.
    pub fn issue_server(
        &self,
        names: &[String],
        now: Timestamp,
        rng: &dyn SecureRandom,
    ) -> Result<(Vec<u8>, Vec<u8>), CaError> {
        let key = new_key(rng)?;
        let serial = Serial::random(rng).ok_or(CaError::Random)?;
        let common_name = names.first().map_or("storefleet", String::as_str);
        let mut params = leaf_params(common_name, now, SERVER_LIFE_MS, serial)?;
        params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
        for name in names {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        let certificate = params.signed_by(&key, &self.authority.rcgen()?)?;
        Ok((certificate.der().to_vec(), key.serialize_der()))
    }

    /// A revocation list in PEM for brokers that are not ours, valid for a day.
    ///
    /// `number` must rise with each list.
    ///
    /// # Errors
    /// When a date cannot be written or signing fails.
    pub fn revocation_list(
        &self,
        revoked: impl IntoIterator<Item = (Serial, Timestamp)>,
        number: u64,
        now: Timestamp,
    ) -> Result<String, CaError> {
        let revoked_certs = revoked
            .into_iter()
            .map(|(serial, at)| {
                Ok(RevokedCertParams {
                    serial_number: SerialNumber::from_slice(&serial.0),
                    revocation_time: date(at)?.to_datetime(),
                    reason_code: Some(RevocationReason::CessationOfOperation),
                    invalidity_date: None,
                })
            })
            .collect::<Result<_, CaError>>()?;
        let list = CertificateRevocationListParams {
            this_update: date(now)?.to_datetime(),
            next_update: date(now.plus_ms(CRL_LIFE_MS))?.to_datetime(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.authority.rcgen()?)?.pem()?)
    }
}

/// The instant as a certificate states it.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp(at.0.saturating_sub(at.0.rem_euclid(1_000)))
}

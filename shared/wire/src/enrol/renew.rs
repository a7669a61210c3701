//! Renewal of a certificate, proved by the keys the workplace already has.

use minicbor::bytes::ByteVec;
use ring::rand::SecureRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use storefleet_core::cbor;
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::time::Timestamp;

use super::{EnrolError, REQUEST_BYTES_MAX, bounded};
use crate::envelope::{PublicKey, SigningKey};

const RENEW_CONTEXT: &[u8] = b"storefleet/1/renew-request";

/// What a workplace asks when its certificate is to be replaced.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct RenewRequest {
    /// Who asks.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// PKCS#10 request (DER) with a fresh P-256 key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub csr: Vec<u8>,
    /// The certificate (DER) it holds, possibly expired.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// The epoch its journal is in; when few are left a block is granted.
    #[n(3)]
    pub epoch: Epoch,
    /// The machine's clock, for the log only.
    #[n(4)]
    pub at: Timestamp,
}

#[derive(Debug, Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Signed {
    #[n(0)]
    body: ByteVec,
    #[n(1)]
    tls: ByteVec,
    #[n(2)]
    journal: ByteVec,
}

impl RenewRequest {
    /// The request signed by both keys of the workplace, as posted.
    ///
    /// `tls_pkcs8` is the private key of [`RenewRequest::certificate`] in PKCS#8 DER.
    ///
    /// # Errors
    /// When that key cannot be read or there is no randomness.
    pub fn seal(
        &self,
        tls_pkcs8: &[u8],
        journal: &SigningKey,
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, EnrolError> {
        let body = cbor::encode(self);
        let message = [RENEW_CONTEXT, &body].concat();
        let tls = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, tls_pkcs8, rng)
            .map_err(|_| EnrolError::PrivateKey)?
            .sign(rng, &message)
            .map_err(|_| EnrolError::Random)?;
        Ok(cbor::encode(&Signed {
            body: body.into(),
            tls: tls.as_ref().to_vec().into(),
            journal: journal.sign(&message).to_vec().into(),
        }))
    }
}

/// A renewal whose shape was read and whose signatures were not checked yet.
#[derive(Debug, Clone)]
pub struct ReceivedRenew {
    request: RenewRequest,
    signed: Signed,
}

impl ReceivedRenew {
    /// Reads a posted renewal.
    ///
    /// # Errors
    /// When it is too large or not of this shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnrolError> {
        let signed: Signed = bounded(bytes, REQUEST_BYTES_MAX)?;
        let request = cbor::decode(&signed.body)?;
        Ok(Self { request, signed })
    }

    /// What is asked; unproved until [`ReceivedRenew::is_signed_by`] says so.
    #[must_use]
    pub fn request(&self) -> &RenewRequest {
        &self.request
    }

    /// Whether both keys signed: `tls_point` is the uncompressed P-256 point of the certificate.
    #[must_use]
    pub fn is_signed_by(&self, tls_point: &[u8], journal: &PublicKey) -> bool {
        let message = [RENEW_CONTEXT, &self.signed.body].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, tls_point)
            .verify(&message, &self.signed.tls)
            .is_ok()
            && journal.verifies(&message, &self.signed.journal)
    }
}

//! How a new machine becomes a workplace: claim code, request, answer and renewal, for both sides.
//!
//! The connection may be read and changed by a stranger: what is believed is proved in the body,
//! by a key derived from the typed claim code, or on renewal by the keys the workplace already has.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use minicbor::bytes::ByteVec;
use ring::digest::{SHA256, digest};
use ring::rand::SecureRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use ring::{hmac, pbkdf2};
use storefleet_core::cbor::{self, CborError};
use storefleet_core::coded_enum;
use storefleet_core::ids::{Epoch, Hash, WorkplaceId};
use storefleet_core::time::Timestamp;

use crate::envelope::{EnvelopeError, Kind, PublicKey, Sealed, SigningKey, seal};
use crate::keys::{Roots, key_cbor};

/// Largest request either endpoint reads; a P-256 request is under 1 KiB.
pub const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Largest answer: certificates, every key list so far and a store card.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How long after its end a certificate still proves a renewal.
pub const RENEW_AFTER_EXPIRY_MS: i64 = 400 * 86_400_000;

const CODE_LEN: usize = 10;
/// Crockford's base 32: no I, L, O or U, so that nothing is mistyped or spells a word.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(599_999);
const REQUEST_CONTEXT: &[u8] = b"storefleet/1/enrol-request";
const ANSWER_CONTEXT: &[u8] = b"storefleet/1/enrol-answer";
const RENEW_CONTEXT: &[u8] = b"storefleet/1/renew-request";

/// Why an enrolment message is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// The typed text is no claim code.
    #[error("a claim code has {CODE_LEN} letters and digits without U; type it again")]
    Code,
    /// Larger than any honest message.
    #[error("the message of {0} bytes is over its limit")]
    Oversize(usize),
    /// No message of this shape.
    #[error("the message cannot be read ({0})")]
    Shape(#[from] CborError),
    /// The proof is not of the claim code.
    #[error(
        "the answer is not proved by this claim code; check workplace and code, and that nobody stands in the line"
    )]
    Proof,
    /// The store card's envelope is not acceptable.
    #[error("the store card is not acceptable ({0})")]
    Envelope(#[from] EnvelopeError),
    /// The system gave no randomness.
    #[error("the system gave no random bytes; try again")]
    Random,
    /// The private key handed in is no P-256 key.
    #[error("the private key of the certificate cannot be read; enrol this machine again")]
    PrivateKey,
}

/// The single-use code an installer types; worth 50 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimCode([u8; CODE_LEN]);

impl ClaimCode {
    /// A fresh code.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate(rng: &dyn SecureRandom) -> Result<Self, EnrolError> {
        let mut code = [0; CODE_LEN];
        rng.fill(&mut code).map_err(|_| EnrolError::Random)?;
        for byte in &mut code {
            // 32 letters divide 256 evenly: no letter is likelier than another.
            *byte = letter(*byte & 31);
        }
        Ok(Self(code))
    }

    /// The key that proves knowledge of this code for `workplace`; takes some tenths of a second.
    #[must_use]
    pub fn key(&self, workplace: &WorkplaceId) -> ClaimKey {
        let mut key = [0; 32];
        let salt = workplace.to_string();
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, ITERATIONS, salt.as_bytes(), &self.0, &mut key);
        ClaimKey(key)
    }
}

fn letter(value: u8) -> u8 {
    ALPHABET.get(usize::from(value)).copied().unwrap_or(b'0')
}

impl FromStr for ClaimCode {
    type Err = EnrolError;

    /// Reads a code as people type it: any case, O for 0, I and L for 1, spaces and hyphens anywhere.
    fn from_str(text: &str) -> Result<Self, EnrolError> {
        let typed: Vec<u8> = text
            .bytes()
            .filter(|byte| !matches!(byte, b'-' | b' '))
            .map(|byte| match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            })
            .collect();
        let code: [u8; CODE_LEN] = typed.try_into().map_err(|_| EnrolError::Code)?;
        if code.iter().all(|byte| ALPHABET.contains(byte)) {
            Ok(Self(code))
        } else {
            Err(EnrolError::Code)
        }
    }
}

impl fmt::Display for ClaimCode {
    /// Two groups of five, as read over the telephone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            let gap = if place == CODE_LEN / 2 { "-" } else { "" };
            write!(f, "{gap}{}", char::from(*byte))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimCode(secret)")
    }
}

/// What a claim code becomes; the centre keeps this and never the code.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct ClaimKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl fmt::Debug for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimKey(secret)")
    }
}

impl ClaimKey {
    fn proof(&self, parts: &[&[u8]]) -> ByteVec {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        parts.iter().for_each(|part| context.update(part));
        ByteVec::from(context.sign().as_ref().to_vec())
    }

    fn proves(&self, parts: &[&[u8]], proof: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hmac::verify(&key, &parts.concat(), proof).is_ok()
    }
}

/// A block of journal epochs, granted once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(map)]
pub struct EpochBlock {
    /// The first number.
    #[n(0)]
    pub first: Epoch,
    /// How many.
    #[n(1)]
    pub count: u32,
}

impl EpochBlock {
    /// Whether the block holds `epoch`.
    #[must_use]
    pub fn contains(&self, epoch: Epoch) -> bool {
        epoch >= self.first && epoch.0.saturating_sub(self.first.0) < self.count
    }

    /// The first number after the block.
    #[must_use]
    pub fn end(&self) -> Epoch {
        Epoch(self.first.0.saturating_add(self.count))
    }
}

/// What a machine asks when an installer typed a claim code.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct EnrolRequest {
    /// The workplace it wants to be.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// PKCS#10 request (DER) with the P-256 key for TLS; only its public key is used.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub csr: Vec<u8>,
    /// The key its journal will be signed with.
    #[cbor(n(2), with = "key_cbor")]
    pub journal_key: PublicKey,
    /// SHA-256 over what identifies the machine; shown to people, never trusted.
    #[n(3)]
    pub fingerprint: Hash,
    /// Version of the agent.
    #[n(4)]
    pub agent_version: String,
}

/// Bytes as sent and the proof over exactly them.
#[derive(Debug, Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Proved {
    #[n(0)]
    body: ByteVec,
    #[n(1)]
    proof: ByteVec,
}

impl EnrolRequest {
    /// The request with its proof, as posted.
    #[must_use]
    pub fn seal(&self, key: &ClaimKey) -> Vec<u8> {
        let body = cbor::encode(self);
        let proof = key.proof(&[REQUEST_CONTEXT, &body]);
        cbor::encode(&Proved {
            body: body.into(),
            proof,
        })
    }
}

/// A request whose shape was read and whose proof was not checked yet.
#[derive(Debug, Clone)]
pub struct ReceivedEnrol {
    request: EnrolRequest,
    proved: Proved,
}

impl ReceivedEnrol {
    /// Reads a posted request.
    ///
    /// # Errors
    /// When it is too large or not of this shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnrolError> {
        let proved: Proved = bounded(bytes, REQUEST_BYTES_MAX)?;
        let request = cbor::decode(&proved.body)?;
        Ok(Self { request, proved })
    }

    /// What is asked; unproved until [`ReceivedEnrol::is_proved_by`] says so.
    #[must_use]
    pub fn request(&self) -> &EnrolRequest {
        &self.request
    }

    /// Whether the asker knows the claim code behind `key`; in constant time.
    #[must_use]
    pub fn is_proved_by(&self, key: &ClaimKey) -> bool {
        key.proves(&[REQUEST_CONTEXT, &self.proved.body], &self.proved.proof)
    }
}

fn bounded<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8], max: usize) -> Result<T, EnrolError> {
    if bytes.len() > max {
        return Err(EnrolError::Oversize(bytes.len()));
    }
    Ok(cbor::decode(bytes)?)
}

/// Everything a workplace needs to speak to the centre; also the answer to a renewal.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct EnrolAnswer {
    /// The workplace's certificate (DER).
    #[cbor(n(0), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// The issuing authority's certificate (DER); presented in TLS behind the own one.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub issuing: Vec<u8>,
    /// The root authority's certificate (DER).
    #[cbor(n(2), with = "minicbor::bytes")]
    pub root: Vec<u8>,
    /// The roots trusted before the first of `key_lists`; an enrolled agent ignores them.
    #[n(3)]
    pub roots: Roots,
    /// Sealed key lists in rising order, to be walked from `roots`.
    #[n(4)]
    pub key_lists: Vec<ByteVec>,
    /// Epochs granted with this answer.
    #[n(5)]
    pub epochs: Option<EpochBlock>,
    /// Gates to connect to, as `host:port`, in order of preference.
    #[n(6)]
    pub brokers: Vec<String>,
    /// Sealed [`StoreCard`].
    #[cbor(n(7), with = "minicbor::bytes")]
    pub store_card: Vec<u8>,
}

impl EnrolAnswer {
    /// The answer's bytes; sent as they are in answer to a renewal, where TLS proves the centre.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads what [`EnrolAnswer::to_bytes`] wrote.
    ///
    /// # Errors
    /// When it is too large or not of this shape.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnrolError> {
        bounded(bytes, ANSWER_BYTES_MAX)
    }

    /// Opens a sealed answer to the request made with `csr`.
    ///
    /// # Errors
    /// When the answer was made without the claim code, or for another request.
    pub fn open(sealed: &[u8], key: &ClaimKey, csr: &[u8]) -> Result<Self, EnrolError> {
        let proved: Proved = bounded(sealed, ANSWER_BYTES_MAX)?;
        let csr_hash = digest(&SHA256, csr);
        let parts: [&[u8]; 3] = [ANSWER_CONTEXT, csr_hash.as_ref(), &proved.body];
        if !key.proves(&parts, &proved.proof) {
            return Err(EnrolError::Proof);
        }
        Self::from_bytes(&proved.body)
    }
}

/// Seals the bytes of an answer for the request made with `csr`, so that it fits no other request.
#[must_use]
pub fn seal_answer(answer: &[u8], key: &ClaimKey, csr: &[u8]) -> Vec<u8> {
    let proof = key.proof(&[ANSWER_CONTEXT, digest(&SHA256, csr).as_ref(), answer]);
    cbor::encode(&Proved {
        body: answer.to_vec().into(),
        proof,
    })
}

coded_enum! {
    /// Language of a workplace's people.
    pub enum Language {
        /// Russian.
        Ru = 1 => "ru",
        /// English.
        En = 2 => "en",
    }
}

/// What an agent must know of its store before it has datasets.
///
/// The store's code is the first part of the workplace id and stands nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StoreCard {
    /// The workplace, and with it the store.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// IANA name of the store's time zone, such as `Asia/Kamchatka`.
    #[n(1)]
    pub time_zone: String,
    /// Name of the legal entity that sells here.
    #[n(2)]
    pub legal_entity: String,
    /// Language of the till page.
    #[n(3)]
    pub language: Language,
    /// Whether nothing sold here is real.
    #[n(4)]
    pub training: bool,
}

impl StoreCard {
    /// The card as a message signed by the manifest key.
    #[must_use]
    pub fn seal(&self, manifest_key: &SigningKey) -> Vec<u8> {
        seal(Kind::StoreCard, manifest_key, &cbor::encode(self))
    }

    /// Opens a sealed card; the caller picks the key by role and name.
    ///
    /// # Errors
    /// When the signature is of another key or the content is no card.
    pub fn open(sealed: &[u8], manifest_key: &PublicKey) -> Result<Self, EnrolError> {
        let body = Sealed::parse(sealed)?.open(Kind::StoreCard, manifest_key)?;
        Ok(cbor::decode(&body)?)
    }
}

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

#[cfg(test)]
mod tests;

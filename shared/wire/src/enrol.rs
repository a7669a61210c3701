//! How a new machine becomes a workplace: claim code, request, answer and renewal, for both sides.
//!
//! The connection may be read and changed by a stranger: what is believed is proved in the body,
//! by a key derived from the typed claim code, or on renewal by the keys the workplace already has.

use minicbor::bytes::ByteVec;
use ring::digest::{SHA256, digest};
use storefleet_core::brought_forward::History;
use storefleet_core::cbor::{self, CborError};
use storefleet_core::coded_enum;
use storefleet_core::ids::{Epoch, Hash, WorkplaceId};

use crate::envelope::{EnvelopeError, Kind, PublicKey, Sealed, SigningKey, seal};
use crate::keys::{Roots, key_cbor};

mod code;
mod renew;

pub use code::{ClaimCode, ClaimKey};
pub use renew::{ReceivedRenew, RenewRequest};

use code::CODE_LEN;

/// Largest request either endpoint reads; a P-256 request is under 1 KiB.
pub const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Largest answer: certificates, every key list so far, a store card, and the state of a shop with
/// a hundred thousand serials.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long after its end a certificate still proves a renewal.
pub const RENEW_AFTER_EXPIRY_MS: i64 = 400 * 86_400_000;

/// With fewer epoch numbers left an agent renews, and the renewal brings a further block.
pub const EPOCHS_LEFT_MIN: u32 = 8;

const REQUEST_CONTEXT: &[u8] = b"storefleet/1/enrol-request";
const ANSWER_CONTEXT: &[u8] = b"storefleet/1/enrol-answer";

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

/// How many numbers above `current` the blocks hold.
pub fn epochs_left<'a>(blocks: impl IntoIterator<Item = &'a EpochBlock>, current: Epoch) -> u32 {
    let unused = |block: &EpochBlock| {
        let from = block.first.0.max(current.0.saturating_add(1));
        block.end().0.saturating_sub(from)
    };
    blocks.into_iter().map(unused).fold(0, u32::saturating_add)
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
    /// What the machine before this one left, as the centre holds it; only in answer to a claim.
    #[n(8)]
    pub history: Option<History>,
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

#[cfg(test)]
mod tests;

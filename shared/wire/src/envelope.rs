//! The signed envelope around every message: `magic kind flags key-id body signature`.
//!
//! The signature covers `storefleet/1/<kind>` and then the bytes before it exactly as sent, so no
//! message is valid as another kind and nothing is ever re-encoded to be checked.

use std::borrow::Cow;
use std::fmt;

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::squeeze;

const MAGIC: [u8; 2] = *b"SF";
const WIRE: u8 = 1;
const FLAG_ZSTD: u8 = 1;
const HEAD_LEN: usize = 9;
const SIGNATURE_LEN: usize = 64;
/// Bodies up to this size gain nothing from compression.
const COMPRESS_ABOVE: usize = 512;
/// Bound of a decompressed body; a larger claim is refused before memory is taken.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bound of one message on the wire, at agent, gate and broker alike.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// The one registry of message kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A contiguous range of journal entries, going up.
    Batch = 1,
    /// The first message of a connection, going up.
    Hello = 2,
    /// State of a workplace, going up.
    Telemetry = 3,
    /// The watermark and the verdict on a batch, going down.
    Ack = 4,
    /// What a store should have, going down.
    Manifest = 5,
    /// One action of the closed list, going down.
    Command = 6,
    /// The numbered list of signing keys, signed by the offline root.
    KeyList = 7,
    /// What an agent must know of its store before it has datasets.
    StoreCard = 8,
    /// A workplace asks for entries that its disk lost, going up.
    Missing = 9,
    /// A workplace asks for a segment of a dataset, going up.
    Segment = 10,
    /// A workplace asks for what mends a damaged layer, going up.
    Repair = 11,
}

impl Kind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Self; 11] = [
        Self::Batch,
        Self::Hello,
        Self::Telemetry,
        Self::Ack,
        Self::Manifest,
        Self::Command,
        Self::KeyList,
        Self::StoreCard,
        Self::Missing,
        Self::Segment,
        Self::Repair,
    ];

    fn code(self) -> u8 {
        self as u8
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Hello => "hello",
            Self::Telemetry => "telemetry",
            Self::Ack => "ack",
            Self::Manifest => "manifest",
            Self::Command => "command",
            Self::KeyList => "keylist",
            Self::StoreCard => "storecard",
            Self::Missing => "missing",
            Self::Segment => "segment",
            Self::Repair => "repair",
        }
    }
}

/// Why an envelope is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Shorter than head and signature, or not starting with the magic.
    #[error("not a storefleet message")]
    Malformed,
    /// Larger than the limit for a message.
    #[error("message of {0} bytes is over the limit of {MESSAGE_BYTES_MAX}")]
    Oversize(usize),
    /// A wire generation this build does not know.
    #[error("wire generation {0} is not known to this version")]
    Generation(u8),
    /// A kind this build does not know.
    #[error("message kind {0} is not known to this version")]
    UnknownKind(u8),
    /// A kind other than the one expected here.
    #[error("a message of kind {found:?} came where {expected:?} was expected")]
    WrongKind {
        /// What the reader waits for.
        expected: Kind,
        /// What came.
        found: Kind,
    },
    /// Flags this build must understand and does not.
    #[error("message flags {0:#04x} are not known to this version")]
    Flags(u8),
    /// The signature is not of the key given.
    #[error("signature does not match key {0}")]
    Signature(KeyId),
    /// The compressed body is damaged or larger than the limit.
    #[error("body cannot be decompressed within {BODY_BYTES_MAX} bytes")]
    Compression,
}

/// Short name of a public key: the first 4 bytes of its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A public Ed25519 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// The key's short name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let full = digest(&SHA256, &self.0);
        let mut id = [0; 4];
        id.iter_mut()
            .zip(full.as_ref())
            .for_each(|(to, from)| *to = *from);
        KeyId(id)
    }

    /// Whether `signature` over `message` is of this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .is_ok()
    }
}

/// A private Ed25519 key.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.id())
    }
}

impl SigningKey {
    /// The key of a 32-byte seed; nothing when the seed has another length.
    #[must_use]
    pub fn from_seed(seed: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = PublicKey(pair.public_key().as_ref().try_into().ok()?);
        Some(Self { pair, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// A signature over raw bytes; messages use [`seal`].
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        let mut out = [0; SIGNATURE_LEN];
        let signature = self.pair.sign(message);
        out.iter_mut()
            .zip(signature.as_ref())
            .for_each(|(to, from)| *to = *from);
        out
    }
}

fn signed_bytes(kind: Kind, before_signature: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(before_signature.len() + 24);
    out.extend_from_slice(b"storefleet/1/");
    out.extend_from_slice(kind.name().as_bytes());
    out.extend_from_slice(before_signature);
    out
}

/// Wraps and signs `body` as a message of `kind`.
#[must_use]
pub fn seal(kind: Kind, key: &SigningKey, body: &[u8]) -> Vec<u8> {
    let compressed = (body.len() > COMPRESS_ABOVE)
        .then(|| squeeze::compress(body))
        .flatten()
        .filter(|smaller| smaller.len() < body.len());
    let flags = if compressed.is_some() { FLAG_ZSTD } else { 0 };
    let body = compressed.as_deref().unwrap_or(body);
    let mut out = Vec::with_capacity(HEAD_LEN + body.len() + SIGNATURE_LEN);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[WIRE, kind.code(), flags]);
    out.extend_from_slice(&key.public().id().0);
    out.extend_from_slice(body);
    let signature = key.sign(&signed_bytes(kind, &out));
    out.extend_from_slice(&signature);
    out
}

/// A message whose frame was read and whose signature was not checked yet.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    kind: Kind,
    key_id: KeyId,
    compressed: bool,
    before_signature: &'a [u8],
    body: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Reads the frame of a message.
    ///
    /// # Errors
    /// When the bytes are no message of this wire generation.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(EnvelopeError::Oversize(bytes.len()));
        }
        let (before_signature, signature) = bytes
            .len()
            .checked_sub(SIGNATURE_LEN)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or(EnvelopeError::Malformed)?;
        let (head, body) = before_signature
            .split_at_checked(HEAD_LEN)
            .ok_or(EnvelopeError::Malformed)?;
        let &[m0, m1, wire, kind, flags, k0, k1, k2, k3] = head else {
            return Err(EnvelopeError::Malformed);
        };
        if [m0, m1] != MAGIC {
            return Err(EnvelopeError::Malformed);
        }
        if wire != WIRE {
            return Err(EnvelopeError::Generation(wire));
        }
        if flags & !FLAG_ZSTD != 0 {
            return Err(EnvelopeError::Flags(flags));
        }
        Ok(Self {
            kind: Kind::from_code(kind).ok_or(EnvelopeError::UnknownKind(kind))?,
            key_id: KeyId([k0, k1, k2, k3]),
            compressed: flags & FLAG_ZSTD != 0,
            before_signature,
            body,
            signature,
        })
    }

    /// What the sender says the message is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Which key the sender says it signed with.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Checks kind and signature, and only then decompresses the body.
    ///
    /// # Errors
    /// When the kind is another, the signature is not of `key`, or the body is damaged.
    pub fn open(&self, expected: Kind, key: &PublicKey) -> Result<Cow<'a, [u8]>, EnvelopeError> {
        if self.kind != expected {
            return Err(EnvelopeError::WrongKind {
                expected,
                found: self.kind,
            });
        }
        let message = signed_bytes(self.kind, self.before_signature);
        if key.id() != self.key_id || !key.verifies(&message, self.signature) {
            return Err(EnvelopeError::Signature(self.key_id));
        }
        self.body()
    }

    /// The body of a message that is stored already: its signature was checked on the way in.
    ///
    /// # Errors
    /// When the kind is another or the body is damaged.
    pub fn body_unverified(&self, expected: Kind) -> Result<Cow<'a, [u8]>, EnvelopeError> {
        if self.kind != expected {
            return Err(EnvelopeError::WrongKind {
                expected,
                found: self.kind,
            });
        }
        self.body()
    }

    fn body(&self) -> Result<Cow<'a, [u8]>, EnvelopeError> {
        if !self.compressed {
            return Ok(Cow::Borrowed(self.body));
        }
        squeeze::decompress(self.body, BODY_BYTES_MAX)
            .map(Cow::Owned)
            .ok_or(EnvelopeError::Compression)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(&[byte; 32]).unwrap()
    }

    #[test]
    fn the_bytes_of_an_envelope_never_change() {
        let bytes = seal(Kind::Hello, &key(7), b"hi");
        assert_eq!(&bytes[..9], b"SF\x01\x02\x00\xfe\x81\x2c\x12");
        assert_eq!(&bytes[9..11], b"hi");
        assert_eq!(bytes.len(), 75);
    }

    #[test]
    fn a_message_is_not_valid_as_another_kind_or_of_another_key() {
        let bytes = seal(Kind::Ack, &key(1), b"body");
        let sealed = Sealed::parse(&bytes).unwrap();
        assert_eq!(&*sealed.open(Kind::Ack, &key(1).public()).unwrap(), b"body");
        assert!(matches!(
            sealed.open(Kind::Command, &key(1).public()),
            Err(EnvelopeError::WrongKind { .. })
        ));
        assert!(sealed.open(Kind::Ack, &key(2).public()).is_err());
        let mut renamed = bytes.clone();
        renamed[3] = 6;
        let sealed = Sealed::parse(&renamed).unwrap();
        assert!(sealed.open(Kind::Command, &key(1).public()).is_err());
    }

    #[test]
    fn a_bomb_is_refused_within_the_limit() {
        let bomb = zstd::bulk::compress(&vec![0; BODY_BYTES_MAX + 1], 3).unwrap();
        let mut out = b"SF\x01\x01\x01".to_vec();
        out.extend_from_slice(&key(1).public().id().0);
        out.extend_from_slice(&bomb);
        let signature = key(1).sign(&signed_bytes(Kind::Batch, &out));
        out.extend_from_slice(&signature);
        let sealed = Sealed::parse(&out).unwrap();
        assert_eq!(
            sealed.open(Kind::Batch, &key(1).public()),
            Err(EnvelopeError::Compression)
        );
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_any_flipped_bit_is_noticed(
            body in proptest::collection::vec(any::<u8>(), 0..2000), at in any::<usize>(), bit in 0..8u8,
        ) {
            let key = key(3);
            let mut bytes = seal(Kind::Batch, &key, &body);
            let sealed = Sealed::parse(&bytes).unwrap();
            prop_assert_eq!(&*sealed.open(Kind::Batch, &key.public()).unwrap(), &body[..]);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let opened = Sealed::parse(&bytes).and_then(|s| s.open(Kind::Batch, &key.public()).map(Cow::into_owned));
            prop_assert!(opened.is_err());
        }
    }
}

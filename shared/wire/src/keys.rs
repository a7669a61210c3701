//! The numbered list of signing keys, and the trust an agent builds by walking such lists.
//!
//! Lists are signed by an offline root and name the roots that sign the lists after them, so an
//! agent that was dark for a year needs nothing but the lists it missed.

use minicbor::bytes::ByteVec;
use storefleet_core::cbor::{self, CborError};
use storefleet_core::coded_enum;
use storefleet_core::time::Timestamp;

use crate::envelope::{EnvelopeError, KeyId, Kind, PublicKey, Sealed, SigningKey, seal};

coded_enum! {
    /// What a key may sign; a key acts only in its role.
    pub enum Role {
        /// Watermarks and verdicts; held by the centre's ingest.
        Ack = 1 => "ack",
        /// Manifests and store cards.
        Manifest = 2 => "manifest",
        /// Commands to one workplace.
        Command = 3 => "command",
        /// Software; kept off line.
        Release = 4 => "release",
    }
}

/// Codec of a public key as 32 bytes, for `#[cbor(with = …)]`.
pub mod key_cbor {
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};

    use crate::envelope::PublicKey;

    /// Writes the key as a byte string.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn encode<C, W: Write>(
        key: &PublicKey,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&key.0)?.ok()
    }

    /// Reads a byte string of 32 bytes.
    ///
    /// # Errors
    /// When it is no byte string of that length.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<PublicKey, DecodeError> {
        let bytes = d.bytes()?.try_into();
        bytes
            .map(PublicKey)
            .map_err(|_| DecodeError::message("a public key is 32 bytes"))
    }
}

/// The two offline keys that may sign key lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Roots {
    /// The one in use.
    #[cbor(n(0), with = "key_cbor")]
    pub current: PublicKey,
    /// Its successor, made in advance and kept elsewhere.
    #[cbor(n(1), with = "key_cbor")]
    pub next: PublicKey,
}

impl Roots {
    fn named(&self, id: KeyId) -> Option<&PublicKey> {
        [&self.current, &self.next]
            .into_iter()
            .find(|root| root.id() == id)
    }
}

/// One signing key of the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct KeyEntry {
    /// What it may sign.
    #[n(0)]
    pub role: Role,
    /// The key.
    #[cbor(n(1), with = "key_cbor")]
    pub key: PublicKey,
    /// First instant of its validity.
    #[n(2)]
    pub not_before: Timestamp,
    /// First instant after its validity.
    #[n(3)]
    pub not_after: Timestamp,
}

impl KeyEntry {
    /// Whether the key may act at `now`.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }
}

/// All keys an agent must know, as of one number.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct KeyList {
    /// Rises by one with each list; a lower one never replaces a higher one.
    #[n(0)]
    pub number: u64,
    /// Who may sign the lists after this one.
    #[n(1)]
    pub roots: Roots,
    /// Certificates (DER) of the issuing authorities in use.
    #[n(2)]
    pub issuing: Vec<ByteVec>,
    /// Certificates (DER) of the root authorities trusted for TLS.
    #[n(3)]
    pub root_certificates: Vec<ByteVec>,
    /// The signing keys.
    #[n(4)]
    pub keys: Vec<KeyEntry>,
}

impl KeyList {
    /// The list as a message signed by `root`.
    #[must_use]
    pub fn seal(&self, root: &SigningKey) -> Vec<u8> {
        seal(Kind::KeyList, root, &cbor::encode(self))
    }
}

/// Why a key list is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyListError {
    /// The envelope is damaged, of another kind, or its signature is wrong.
    #[error("the key list is not acceptable ({0}); ask the centre for it again")]
    Envelope(#[from] EnvelopeError),
    /// No trusted root carries the signer's name.
    #[error(
        "the key list is signed by {0}, which is no trusted root; offer the lists before it first"
    )]
    UntrustedRoot(KeyId),
    /// The signed content is no key list.
    #[error("the key list cannot be read ({0}); update this program")]
    Shape(#[from] CborError),
}

/// What became of an offered list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It is now the list in force.
    Taken,
    /// Its number is not above the one in force; nothing changed.
    Older,
}

/// What became of several lists offered in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// How many were taken.
    pub taken: usize,
    /// Why the first refused one was refused.
    pub refused: Option<KeyListError>,
}

/// The trust of one agent: roots from enrolment and the newest list they led to.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct TrustStore {
    #[n(0)]
    roots: Roots,
    #[n(1)]
    list: Option<KeyList>,
}

impl TrustStore {
    /// Trust in two roots and no list yet.
    #[must_use]
    pub fn new(roots: Roots) -> Self {
        Self { roots, list: None }
    }

    /// Reads what [`TrustStore::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes)
    }

    /// The store's own bytes, to be kept on disk by the holder.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// The roots that may sign the next list.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The list in force.
    #[must_use]
    pub fn list(&self) -> Option<&KeyList> {
        self.list.as_ref()
    }

    /// Number of the list in force; 0 before the first.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.list.as_ref().map_or(0, |list| list.number)
    }

    /// Takes a sealed list when a trusted root signed it and its number is above the one in force.
    ///
    /// # Errors
    /// When the list is damaged or signed by another; the store is then unchanged.
    pub fn offer(&mut self, sealed: &[u8]) -> Result<Offered, KeyListError> {
        let message = Sealed::parse(sealed)?;
        let root = self
            .roots
            .named(message.key_id())
            .ok_or(KeyListError::UntrustedRoot(message.key_id()))?;
        let list: KeyList = cbor::decode(&message.open(Kind::KeyList, root)?)?;
        if list.number <= self.number() {
            return Ok(Offered::Older);
        }
        self.roots = list.roots;
        self.list = Some(list);
        Ok(Offered::Taken)
    }

    /// Offers several lists in the order given; a refused one does not stop those after it.
    pub fn walk<'a>(&mut self, lists: impl IntoIterator<Item = &'a [u8]>) -> Walk {
        let mut walk = Walk {
            taken: 0,
            refused: None,
        };
        for sealed in lists {
            match self.offer(sealed) {
                Ok(Offered::Taken) => walk.taken = walk.taken.saturating_add(1),
                Ok(Offered::Older) => {}
                Err(error) => {
                    walk.refused.get_or_insert(error);
                }
            }
        }
        walk
    }

    /// The key called `id`, when it may act in `role` at `now`.
    #[must_use]
    pub fn key(&self, role: Role, id: KeyId, now: Timestamp) -> Option<&PublicKey> {
        self.list
            .iter()
            .flat_map(|list| &list.keys)
            .find(|entry| entry.role == role && entry.key.id() == id && entry.is_valid_at(now))
            .map(|entry| &entry.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_seed(&[byte; 32]).unwrap()
    }

    fn roots(current: u8, next: u8) -> Roots {
        Roots {
            current: key(current).public(),
            next: key(next).public(),
        }
    }

    fn list(number: u64, roots: Roots) -> KeyList {
        KeyList {
            number,
            roots,
            issuing: vec![ByteVec::from(vec![0x30, 1])],
            root_certificates: vec![ByteVec::from(vec![0x30, 2])],
            keys: vec![KeyEntry {
                role: Role::Ack,
                key: PublicKey([9; 32]),
                not_before: Timestamp(1_000),
                not_after: Timestamp(2_000),
            }],
        }
    }

    fn plain_roots() -> Roots {
        Roots {
            current: PublicKey([1; 32]),
            next: PublicKey([2; 32]),
        }
    }

    #[test]
    fn the_bytes_of_a_list_and_of_a_store_never_change() {
        let mut golden = vec![0xa5, 0, 5, 1, 0xa2, 0, 0x58, 32];
        golden.extend([1; 32]);
        golden.extend([1, 0x58, 32]);
        golden.extend([2; 32]);
        golden.extend([2, 0x81, 0x42, 0x30, 1, 3, 0x81, 0x42, 0x30, 2]);
        golden.extend([4, 0x81, 0xa4, 0, 1, 1, 0x58, 32]);
        golden.extend([9; 32]);
        golden.extend([2, 0x19, 0x03, 0xe8, 3, 0x19, 0x07, 0xd0]);
        let list = list(5, plain_roots());
        assert_eq!(cbor::encode(&list), golden);
        assert_eq!(cbor::decode::<KeyList>(&golden), Ok(list.clone()));

        let mut store = vec![0xa2, 0, 0xa2, 0, 0x58, 32];
        store.extend([1; 32]);
        store.extend([1, 0x58, 32]);
        store.extend([2; 32]);
        store.push(1);
        store.extend(golden);
        let read = TrustStore::from_bytes(&store).unwrap();
        assert_eq!(read.list(), Some(&list));
        assert_eq!(read.to_bytes(), store);
        store.push(0);
        assert!(TrustStore::from_bytes(&store).is_err());
    }

    #[test]
    fn only_a_trusted_root_is_believed_and_only_a_higher_number_replaces() {
        let mut store = TrustStore::new(roots(1, 2));
        let stranger = list(1, roots(1, 2)).seal(&key(3));
        assert!(matches!(
            store.offer(&stranger),
            Err(KeyListError::UntrustedRoot(_))
        ));
        let mut flipped = list(1, roots(1, 2)).seal(&key(1));
        flipped[20] ^= 1;
        assert!(matches!(
            store.offer(&flipped),
            Err(KeyListError::Envelope(_))
        ));
        let other_kind = seal(
            Kind::Manifest,
            &key(1),
            &cbor::encode(&list(1, roots(1, 2))),
        );
        assert!(store.offer(&other_kind).is_err());
        assert_eq!(store.number(), 0);
        let five = list(5, roots(1, 2)).seal(&key(1));
        assert_eq!(store.offer(&five), Ok(Offered::Taken));
        assert_eq!(store.offer(&five), Ok(Offered::Older), "twice is no harm");
        let four = list(4, roots(3, 4)).seal(&key(2));
        assert_eq!(store.offer(&four), Ok(Offered::Older));
        assert_eq!(store.roots(), &roots(1, 2));
    }

    #[test]
    fn roots_roll_over_three_lists_in_order_and_not_out_of_order() {
        let lists = [
            list(1, roots(2, 3)).seal(&key(1)),
            list(2, roots(3, 4)).seal(&key(2)),
            list(3, roots(4, 5)).seal(&key(3)),
        ];
        let mut store = TrustStore::new(roots(1, 2));
        assert!(store.offer(&lists[2]).is_err(), "root 3 is not known yet");
        let walk = store.walk(lists.iter().map(Vec::as_slice));
        assert_eq!((walk.taken, walk.refused), (3, None));
        assert_eq!(store.roots(), &roots(4, 5));
        let old_root = list(9, roots(1, 1)).seal(&key(1));
        assert!(
            store.offer(&old_root).is_err(),
            "root 1 has no say any more"
        );
    }

    #[test]
    fn a_key_acts_in_its_role_and_validity_only() {
        let mut store = TrustStore::new(roots(1, 2));
        store.offer(&list(1, roots(1, 2)).seal(&key(2))).unwrap();
        let ack = PublicKey([9; 32]);
        let at = |role, ms| store.key(role, ack.id(), Timestamp(ms)).copied();
        assert_eq!(at(Role::Ack, 1_000), Some(ack));
        assert_eq!(at(Role::Ack, 1_999), Some(ack));
        assert_eq!(at(Role::Ack, 999), None);
        assert_eq!(at(Role::Ack, 2_000), None);
        assert_eq!(at(Role::Manifest, 1_500), None);
        assert_eq!(at(Role::Other(7), 1_500), None);
        let stranger = PublicKey([8; 32]).id();
        assert_eq!(store.key(Role::Ack, stranger, Timestamp(1_500)), None);
    }
}

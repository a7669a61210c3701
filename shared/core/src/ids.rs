//! Typed ids of the network: stores, workplaces, tills, journal epochs and sequence numbers.

use std::fmt;
use std::str::FromStr;

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

/// Why a text is not an id of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A store code is 1–24 characters of `a-z` and `0-9`.
    #[error("store code {0:?} must be 1 to 24 characters of a-z and 0-9")]
    Store(String),
    /// A till is a number from 1 to 99.
    #[error("till {0:?} must be a number from 1 to 99")]
    Till(String),
    /// A workplace is `<store code>-<till>`.
    #[error("workplace {0:?} must look like s00421-1: store code, hyphen, till number")]
    Workplace(String),
}

/// Code of one shop, as printed on its door label: 1–24 characters of `a-z`, `0-9`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId(Box<str>);

impl StoreId {
    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StoreId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = (1..=24).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(IdError::Store(text.to_owned()))
        }
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Number of a selling point inside a store, 1–99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Till(u8);

impl Till {
    /// A till number, or nothing when it is not within 1–99.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=99).contains(&number).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

/// One workplace: a till with its own agent, certificate and journal, such as `s00421-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkplaceId {
    store: StoreId,
    till: Till,
}

impl WorkplaceId {
    /// The workplace of `till` in `store`.
    #[must_use]
    pub fn new(store: StoreId, till: Till) -> Self {
        Self { store, till }
    }

    /// The shop it stands in.
    #[must_use]
    pub fn store(&self) -> &StoreId {
        &self.store
    }

    /// Its number inside the shop.
    #[must_use]
    pub fn till(&self) -> Till {
        self.till
    }
}

impl FromStr for WorkplaceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (store, till) = text
            .split_once('-')
            .ok_or_else(|| IdError::Workplace(text.to_owned()))?;
        // One spelling only: a leading zero or plus would name the same till twice.
        let canonical = !till.starts_with(['0', '+']);
        let number = till
            .parse()
            .ok()
            .filter(|_| canonical)
            .and_then(Till::new)
            .ok_or_else(|| IdError::Till(till.to_owned()))?;
        Ok(Self::new(store.parse()?, number))
    }
}

impl fmt::Display for WorkplaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.store, self.till.0)
    }
}

impl<C> Encode<C> for StoreId {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for StoreId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        d.str()?
            .parse()
            .map_err(|_| DecodeError::message("not a store code"))
    }
}

impl<C> Encode<C> for WorkplaceId {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for WorkplaceId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        d.str()?
            .parse()
            .map_err(|_| DecodeError::message("not a workplace id"))
    }
}

/// Number of a journal chain of one workplace; granted in blocks, never used twice.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Epoch(#[n(0)] pub u32);

/// Place of an entry in its epoch; the first is 1, and 0 stands for "before the first".
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Seq(#[n(0)] pub u64);

impl Seq {
    /// The place before the first entry.
    pub const NONE: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 of an entry (header and body), or of a record of the centre's log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<C> Encode<C> for Hash {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Hash {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let bytes = d.bytes()?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| DecodeError::message("a hash is 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workplace_has_one_spelling() {
        let id: WorkplaceId = "s00421-1".parse().unwrap();
        assert_eq!(id.to_string(), "s00421-1");
        assert_eq!(id.store().as_str(), "s00421");
        for bad in [
            "s00421",
            "s00421-0",
            "s00421-01",
            "s00421-100",
            "S1-1",
            "-1",
            "a-b-1",
            "s1-+1",
        ] {
            assert!(bad.parse::<WorkplaceId>().is_err(), "{bad}");
        }
    }
}

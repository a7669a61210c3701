//! Who works in a shop, and what each role may do; the keys are `person/` with a number and `role/` with a name.

use super::RecordError;
use crate::cbor::{self, CborError};
use crate::master::staff::pin::PinHash;
use crate::pricing::rounding::Ppm;

const PERSON: &str = "person";
const ROLE: &str = "role";

/// A person who works in the shop.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Person {
    /// The name.
    #[n(0)]
    pub name: String,
    /// What the person does there.
    #[n(1)]
    pub role: String,
    /// The hash of the PIN; none where the person has none and can allow nothing.
    #[n(2)]
    pub pin: Option<PinHash>,
}

/// What a role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Rights {
    /// How far its people may go with a reduction by hand.
    #[n(0)]
    pub discount: Ppm,
    /// How far they may allow others to go.
    #[n(1)]
    pub approves: Ppm,
}

/// Key of a person's record.
#[must_use]
pub fn person_key(number: &str) -> String {
    format!("{PERSON}/{number}")
}

/// Key of a role's record.
#[must_use]
pub fn role_key(role: &str) -> String {
    format!("{ROLE}/{role}")
}

/// What a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// A person, by number.
    Person(&'a str),
    /// A role.
    Role(&'a str),
}

impl<'a> Named<'a> {
    /// Reads a key.
    #[must_use]
    pub fn of(key: &'a str) -> Option<Self> {
        match key.split_once('/')? {
            (PERSON, number) => Some(Self::Person(number)),
            (ROLE, role) => Some(Self::Role(role)),
            _ => None,
        }
    }
}

/// Whether a key names a role.
#[must_use]
pub fn is_role(key: &str) -> bool {
    matches!(Named::of(key), Some(Named::Role(_)))
}

pub(super) fn check(key: &str, record: &[u8]) -> Result<(), RecordError> {
    let read: Result<(), CborError> = match Named::of(key) {
        Some(Named::Person(_)) => cbor::decode::<Person>(record).map(drop),
        Some(Named::Role(_)) => cbor::decode::<Rights>(record).map(drop),
        None => return Err(RecordError::Key(key.to_owned())),
    };
    read.map_err(|error| RecordError::Bytes {
        key: key.to_owned(),
        error,
    })
}

//! The PIN of a person: only its hash is kept, logged, exported and sent to shops.
//!
//! Salt and hash follow from the person's number and the PIN, so that a file read twice changes nothing. Whoever has
//! a shop's disk can try all short PINs; after a theft they are set anew.

use std::fmt::Write as _;

use sha2::Sha256;

/// Rounds of PBKDF2 (RFC 8018). More would not save a PIN of four digits, and a table of thousands of people is
/// read twice before it is taken.
const ROUNDS: u32 = 1_000;
const HASH_BYTES: usize = 16;
/// How a hash begins where a file has one instead of a PIN.
const PREFIX: &str = "pin1:";
/// Digits of a PIN.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// The hash of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct PinHash(#[cbor(n(0), with = "minicbor::bytes")] [u8; HASH_BYTES]);

impl PinHash {
    /// The hash of a person's PIN; none where the text is no PIN of 4 to 12 digits.
    #[must_use]
    pub fn of(person: &str, pin: &str) -> Option<Self> {
        let is_pin = DIGITS.contains(&pin.len()) && pin.bytes().all(|digit| digit.is_ascii_digit());
        is_pin.then(|| {
            let salt = format!("storefleet pin\0{person}");
            let mut hash = [0; HASH_BYTES];
            pbkdf2::pbkdf2_hmac::<Sha256>(pin.as_bytes(), salt.as_bytes(), ROUNDS, &mut hash);
            Self(hash)
        })
    }

    /// Whether that is the person's PIN.
    #[must_use]
    pub fn is(&self, person: &str, pin: &str) -> bool {
        Self::of(person, pin) == Some(*self)
    }

    /// Reads a cell: a PIN, or the hash of one as [`PinHash::to_cell`] writes it.
    #[must_use]
    pub fn of_cell(person: &str, cell: &str) -> Option<Self> {
        let Some(hex) = cell.strip_prefix(PREFIX) else {
            return Self::of(person, cell);
        };
        let mut hash = [0; HASH_BYTES];
        if hex.len() != HASH_BYTES.saturating_mul(2) || !hex.is_ascii() {
            return None;
        }
        for (byte, at) in hash.iter_mut().zip((0_usize..).step_by(2)) {
            *byte = u8::from_str_radix(hex.get(at..at.saturating_add(2))?, 16).ok()?;
        }
        Some(Self(hash))
    }

    /// What an exported table shows.
    #[must_use]
    pub fn to_cell(&self) -> String {
        let mut cell = PREFIX.to_owned();
        for byte in self.0 {
            // Writing to a text cannot fail.
            write!(cell, "{byte:02x}").ok();
        }
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_pin_has_no_hash() {
        for text in [
            "",
            "123",
            "12a4",
            "1234567890123",
            "١٢٣٤",
            "pin1:00",
            "pin1:zz",
        ] {
            assert_eq!(PinHash::of_cell("007", text), None, "{text}");
        }
    }

    #[test]
    fn the_hash_is_pbkdf2_with_hmac_sha256_as_others_compute_it() {
        // python3 -c "import hashlib; print(hashlib.pbkdf2_hmac('sha256', b'1234', b'storefleet pin\x00007', 1000, 16).hex())"
        let hash = PinHash::of("007", "1234").unwrap();
        assert_eq!(hash.to_cell(), "pin1:eafaa8db0dbcecd3f075932de0e342ca");
    }

    proptest! {
        #[test]
        fn an_exported_hash_is_read_back_and_still_knows_its_pin(
            person in "[A-Z0-9]{1,8}", pin in "[0-9]{4,12}", other in "[0-9]{4,12}",
        ) {
            let hash = PinHash::of_cell(&person, &pin).unwrap();
            prop_assert_eq!(PinHash::of_cell(&person, &hash.to_cell()), Some(hash));
            prop_assert!(hash.is(&person, &pin));
            prop_assert_eq!(hash.is(&person, &other), pin == other);
        }
    }
}

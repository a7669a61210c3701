//! The claim code an installer types, and the key it becomes.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use minicbor::bytes::ByteVec;
use ring::rand::SecureRandom;
use ring::{hmac, pbkdf2};
use storefleet_core::ids::WorkplaceId;

use super::EnrolError;

pub(super) const CODE_LEN: usize = 10;
/// Crockford's base 32: no I, L, O or U, so that nothing is mistyped or spells a word.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(599_999);

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
    pub(super) fn proof(&self, parts: &[&[u8]]) -> ByteVec {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        parts.iter().for_each(|part| context.update(part));
        ByteVec::from(context.sign().as_ref().to_vec())
    }

    pub(super) fn proves(&self, parts: &[&[u8]], proof: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hmac::verify(&key, &parts.concat(), proof).is_ok()
    }
}

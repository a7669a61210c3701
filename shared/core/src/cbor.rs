//! Strict CBOR: what minicbor would let pass (trailing bytes, doubled keys, endless lengths) is refused.

use minicbor::{Decode, Encode};

/// Nesting allowed in any stored or sent item.
const DEPTH_MAX: u8 = 16;

/// Why bytes are not one item of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes end inside an item.
    #[error("item ends early")]
    Truncated,
    /// Bytes stand behind the item.
    #[error("{0} bytes stand behind the item")]
    Trailing(usize),
    /// A length is not definite, a number not in shortest form, or a type is not used by us.
    #[error("byte {0:#04x} starts nothing that is written here")]
    Form(u8),
    /// Keys of a map are not integers in rising order, so one may stand twice.
    #[error("map keys are not unsigned integers in rising order")]
    Keys,
    /// A text is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// Nested deeper than anything of ours.
    #[error("nested deeper than {DEPTH_MAX}")]
    Depth,
    /// Well-formed, but not the expected shape.
    #[error("{0}")]
    Shape(String),
}

/// The bytes of a value.
#[must_use]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    match minicbor::encode(value, &mut out) {
        Ok(()) => out,
        // Writing to memory is infallible by type and no encoder of ours raises an error.
        Err(_) => Vec::new(),
    }
}

/// Reads exactly one value from all of `bytes`.
///
/// # Errors
/// When the bytes are not one strict item, or not of this shape.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, CborError> {
    match item_len(bytes)? {
        len if len == bytes.len() => {}
        len => return Err(CborError::Trailing(bytes.len().saturating_sub(len))),
    }
    decode_checked(bytes)
}

/// Reads one value from bytes that [`item_len`] found to be exactly one strict item.
pub(crate) fn decode_checked<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, CborError> {
    minicbor::decode(bytes).map_err(|error| CborError::Shape(error.to_string()))
}

/// Length of the one strict item at the start of `bytes`.
///
/// # Errors
/// When there is no strict item.
pub fn item_len(bytes: &[u8]) -> Result<usize, CborError> {
    let mut rest = bytes;
    skip(&mut rest, 0)?;
    Ok(bytes.len().saturating_sub(rest.len()))
}

fn skip(rest: &mut &[u8], depth: u8) -> Result<(), CborError> {
    if depth > DEPTH_MAX {
        return Err(CborError::Depth);
    }
    let deeper = depth.saturating_add(1);
    let (major, argument) = head(rest)?;
    match major {
        0 | 1 => Ok(()),
        2 => take(rest, argument).map(drop),
        3 => match std::str::from_utf8(take(rest, argument)?) {
            Ok(_) => Ok(()),
            Err(_) => Err(CborError::Text),
        },
        4 => (0..argument).try_for_each(|_| skip(rest, deeper)),
        5 => {
            let mut last = None;
            for _ in 0..argument {
                let (key_major, key) = head(rest)?;
                if key_major != 0 || last.is_some_and(|last| key <= last) {
                    return Err(CborError::Keys);
                }
                last = Some(key);
                skip(rest, deeper)?;
            }
            Ok(())
        }
        // Only false, true and null stand here: head() lets no other simple value pass.
        _ => Ok(()),
    }
}

/// Major type and argument of the item that the bytes begin with.
pub(crate) fn head(rest: &mut &[u8]) -> Result<(u8, u64), CborError> {
    let (&first, after) = rest.split_first().ok_or(CborError::Truncated)?;
    *rest = after;
    let (major, info) = (first >> 5, first & 0x1f);
    if major == 6 || (major == 7 && !(20..=22).contains(&info)) {
        return Err(CborError::Form(first));
    }
    let (argument, least) = match info {
        0..=23 => return Ok((major, u64::from(info))),
        24 => (u64::from(u8::from_be_bytes(array(rest)?)), 24),
        25 => (u64::from(u16::from_be_bytes(array(rest)?)), 1 << 8),
        26 => (u64::from(u32::from_be_bytes(array(rest)?)), 1 << 16),
        27 => (u64::from_be_bytes(array(rest)?), 1 << 32),
        _ => return Err(CborError::Form(first)),
    };
    if argument < least {
        return Err(CborError::Form(first));
    }
    Ok((major, argument))
}

fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], CborError> {
    let (bytes, after) = rest.split_first_chunk::<N>().ok_or(CborError::Truncated)?;
    *rest = after;
    Ok(*bytes)
}

fn take<'b>(rest: &mut &'b [u8], len: u64) -> Result<&'b [u8], CborError> {
    let len = usize::try_from(len).map_err(|_| CborError::Truncated)?;
    let (taken, after) = rest.split_at_checked(len).ok_or(CborError::Truncated)?;
    *rest = after;
    Ok(taken)
}

/// Maps with keys that are no numbers, as an array of pairs in rising order of keys: maps of the wire have
/// integer keys only, so that no key can stand twice.
pub mod pairs {
    use std::collections::BTreeMap;

    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decode, Decoder, Encode, Encoder};

    /// Writes the pairs.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn encode<C, K: Encode<C>, V: Encode<C>, W: Write>(
        map: &BTreeMap<K, V>,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        e.array(u64::try_from(map.len()).unwrap_or(u64::MAX))?;
        for (key, value) in map {
            e.array(2)?.encode_with(key, ctx)?.encode_with(value, ctx)?;
        }
        Ok(())
    }

    /// Reads the pairs.
    ///
    /// # Errors
    /// When they are no pairs, or their keys do not rise.
    pub fn decode<'b, C, K: Decode<'b, C> + Ord, V: Decode<'b, C>>(
        d: &mut Decoder<'b>,
        ctx: &mut C,
    ) -> Result<BTreeMap<K, V>, DecodeError> {
        let mut map = BTreeMap::new();
        for pair in d.array_iter_with::<C, (K, V)>(ctx)? {
            let (key, value) = pair?;
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(DecodeError::message("keys of pairs do not rise"));
            }
            map.insert(key, value);
        }
        Ok(map)
    }
}

/// Declares a field-less enum of the wire: a number that keeps codes it does not know.
#[macro_export]
macro_rules! coded_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal => $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A code written by a newer version.
            Other(u16),
        }

        impl $name {
            /// The codes this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The code on the wire.
            #[must_use]
            pub fn code(self) -> u16 {
                match self {
                    $(Self::$variant => $code,)+
                    Self::Other(code) => code,
                }
            }

            /// The value of a code.
            #[must_use]
            pub fn from_code(code: u16) -> Self {
                match code {
                    $($code => Self::$variant,)+
                    other => Self::Other(other),
                }
            }

            /// Name in interfaces and messages; codes of newer versions have none.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(_) => "unknown",
                }
            }

            /// The known value of a name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::KNOWN.iter().copied().find(|value| value.name() == name)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.u16(self.code())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                d.u16().map(Self::from_code)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn trailing_bytes_doubled_keys_and_loose_forms_are_refused() {
        assert_eq!(decode::<u8>(&[1, 2]), Err(CborError::Trailing(1)));
        assert_eq!(item_len(&[0xa2, 1, 0, 1, 0]), Err(CborError::Keys));
        assert_eq!(item_len(&[0xa2, 2, 0, 1, 0]), Err(CborError::Keys));
        assert_eq!(item_len(&[0x9f, 0xff]), Err(CborError::Form(0x9f)));
        assert_eq!(item_len(&[0x18, 5]), Err(CborError::Form(0x18)));
        assert_eq!(
            item_len(&[0x5a, 0xff, 0xff, 0xff, 0xff]),
            Err(CborError::Truncated)
        );
        assert_eq!(item_len(&[0x81; 64]), Err(CborError::Depth));
        assert_eq!(item_len(&[0x61, 0xff]), Err(CborError::Text));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(len) = item_len(&bytes) {
                prop_assert!(len <= bytes.len());
            }
        }
    }
}

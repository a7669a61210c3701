//! Little-endian fields out of byte slices, without a way to read past their end.

/// The first `N` bytes of what is left, which then starts after them.
pub(crate) fn take<const N: usize>(left: &mut &[u8]) -> Option<[u8; N]> {
    let (field, rest) = left.split_first_chunk::<N>()?;
    *left = rest;
    Some(*field)
}

/// The first `length` bytes of what is left, which then starts after them.
pub(crate) fn take_slice<'a>(left: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (field, rest) = left.split_at_checked(length)?;
    *left = rest;
    Some(field)
}

pub(crate) fn take_u32(left: &mut &[u8]) -> Option<u32> {
    take(left).map(u32::from_le_bytes)
}

pub(crate) fn take_u64(left: &mut &[u8]) -> Option<u64> {
    take(left).map(u64::from_le_bytes)
}

/// Whether nothing was ever written here.
pub(crate) fn all_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<16>();
    words.iter().all(|word| u128::from_ne_bytes(*word) == 0) && rest.iter().all(|byte| *byte == 0)
}

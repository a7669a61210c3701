//! The frame around a record: length, check, what was durable, the record, zeros up to 8 bytes.

use crc32c::{crc32c, crc32c_append};

use crate::bytes::{all_zero, take_slice, take_u32, take_u64};
use crate::folder::{FileError, SegmentFile};
use crate::window::Window;

/// Frames start at multiples of this, so that a search beyond a bad one has few places to look.
pub(crate) const ALIGN: u32 = 8;
/// Length u32, CRC-32C u32, durable u64.
pub(crate) const FRAME_HEAD_BYTES: u32 = 16;
/// A record has at least one byte: length 0 is where writing ended.
pub(crate) const FRAME_BYTES_MIN: u32 = FRAME_HEAD_BYTES + ALIGN;

/// Bytes that a record of this length takes in a segment.
pub(crate) fn frame_bytes(record_bytes: u32) -> Option<u32> {
    record_bytes
        .checked_add(FRAME_HEAD_BYTES)?
        .checked_next_multiple_of(ALIGN)
}

/// Appends the frame of `record` to a group's bytes; `length` is the record's.
pub(crate) fn push(group: &mut Vec<u8>, durable: u64, record: &[u8], length: u32) {
    let durable = durable.to_le_bytes();
    group.extend_from_slice(&length.to_le_bytes());
    group.extend_from_slice(&check(durable, record).to_le_bytes());
    group.extend_from_slice(&durable);
    group.extend_from_slice(record);
    group.resize(group.len().next_multiple_of(ALIGN as usize), 0);
}

fn check(durable: [u8; 8], record: &[u8]) -> u32 {
    crc32c_append(crc32c(&durable), record)
}

/// What stands at a place where a frame may be.
pub(crate) enum Parsed<'a> {
    Whole(Frame<'a>),
    /// Length 0, or no room for a frame: nothing was written from here on.
    End,
    Bad,
}

pub(crate) struct Frame<'a> {
    /// Ordinal of the last record that was durable when this one was written.
    pub(crate) durable: u64,
    pub(crate) record: &'a [u8],
    /// Bytes of the whole frame in the segment.
    pub(crate) bytes: u32,
}

/// The first fields of a frame, not checked yet.
pub(crate) struct Head {
    pub(crate) length: u32,
    crc: u32,
    pub(crate) durable: u64,
}

impl Head {
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        Some(Self {
            length: take_u32(&mut bytes)?,
            crc: take_u32(&mut bytes)?,
            durable: take_u64(&mut bytes)?,
        })
    }
}

/// Reads the frame at `offset`, which must end at or before `limit`.
pub(crate) fn parse<F: SegmentFile>(
    window: &mut Window<F>,
    offset: u32,
    limit: u32,
    record_bytes_max: u32,
) -> Result<Parsed<'_>, FileError> {
    let room = limit.saturating_sub(offset);
    if room < FRAME_HEAD_BYTES {
        return Ok(Parsed::End);
    }
    let Some(head) = Head::decode(window.bytes(offset, FRAME_HEAD_BYTES)?) else {
        return Ok(Parsed::End);
    };
    if head.length == 0 {
        return Ok(Parsed::End);
    }
    let Some(bytes) = frame_bytes(head.length).filter(|bytes| *bytes <= room) else {
        return Ok(Parsed::Bad);
    };
    if head.length > record_bytes_max {
        return Ok(Parsed::Bad);
    }
    let whole = whole(window.bytes(offset, bytes)?, &head);
    Ok(whole.map_or(Parsed::Bad, |record| {
        Parsed::Whole(Frame {
            durable: head.durable,
            record,
            bytes,
        })
    }))
}

/// The record, when check and padding are as they were written.
fn whole<'a>(mut frame: &'a [u8], head: &Head) -> Option<&'a [u8]> {
    take_slice(&mut frame, FRAME_HEAD_BYTES as usize)?;
    let record = take_slice(&mut frame, head.length as usize)?;
    let good = check(head.durable.to_le_bytes(), record) == head.crc && all_zero(frame);
    #[cfg(feature = "planted")]
    let good = good || crate::planted::active(crate::planted::Bug::TornTailKept);
    good.then_some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_these_bytes_for_ever() {
        let mut group = Vec::new();
        push(&mut group, 7, b"receipt", 7);
        let golden = [
            7, 0, 0, 0, // length of the record
            0xd6, 0x18, 0x8a, 0xb1, // CRC-32C of all that follows but the zeros
            7, 0, 0, 0, 0, 0, 0, 0, // durable
            b'r', b'e', b'c', b'e', b'i', b'p', b't', 0, // record, zeros
        ];
        assert_eq!(group, golden);
    }
}

//! The first bytes of a segment: what it is and where in the log it stands.

use crc32c::{crc32c, crc32c_append};
use storefleet_core::ids::Hash;

use crate::bytes::{take, take_u32, take_u64};
use crate::damage::{Damage, DamageKind, Fault};

/// Place and check of these bytes stay the same in every format, so that a newer one is told from
/// damage.
pub(crate) const HEADER_BYTES: u32 = 128;
/// The newest format this version writes and reads.
pub(crate) const FORMAT: u32 = 1;
const MAGIC: [u8; 8] = *b"SFLOGSEG";
/// Up to the link; zeros follow.
const FIELDS_BYTES: usize = 72;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) segment_bytes: u32,
    pub(crate) record_bytes_max: u32,
    pub(crate) number: u64,
    /// Ordinal of the first record that stands here.
    pub(crate) first: u64,
    /// Own hash of the last record before this segment.
    pub(crate) link: Hash,
}

impl Header {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut tail = Vec::with_capacity(HEADER_BYTES as usize);
        tail.extend_from_slice(&self.segment_bytes.to_le_bytes());
        tail.extend_from_slice(&self.record_bytes_max.to_le_bytes());
        tail.extend_from_slice(&self.number.to_le_bytes());
        tail.extend_from_slice(&self.first.to_le_bytes());
        tail.extend_from_slice(&self.link.0);
        tail.resize(HEADER_BYTES as usize - 16, 0);
        let head = [MAGIC.as_slice(), &FORMAT.to_le_bytes()].concat();
        let crc = crc32c_append(crc32c(&head), &tail);
        [head.as_slice(), &crc.to_le_bytes(), &tail].concat()
    }

    /// The header of segment `number` out of the first bytes of a file of `length` bytes.
    pub(crate) fn decode(bytes: &[u8], number: u64, length: u64) -> Result<Self, Fault> {
        let damage = |kind| Damage {
            segment: number,
            offset: 0,
            last_good: 0,
            kind,
        };
        let header = Self::fields(bytes, number)?
            .filter(|header| header.number == number && header.first > 0)
            .ok_or_else(|| damage(DamageKind::Header))?;
        if u64::from(header.segment_bytes) != length || header.segment_bytes < HEADER_BYTES {
            return Err(damage(DamageKind::Length).into());
        }
        Ok(header)
    }

    fn fields(bytes: &[u8], segment: u64) -> Result<Option<Self>, Fault> {
        let Some(found) = checked_format(bytes) else {
            return Ok(None);
        };
        if found > FORMAT {
            return Err(Fault::NewerFormat {
                segment,
                found,
                known: FORMAT,
            });
        }
        let mut left = bytes.get(16..FIELDS_BYTES).unwrap_or_default();
        let mut header = || {
            Some(Self {
                segment_bytes: take_u32(&mut left)?,
                record_bytes_max: take_u32(&mut left)?,
                number: take_u64(&mut left)?,
                first: take_u64(&mut left)?,
                link: Hash(take(&mut left)?),
            })
        };
        Ok(header())
    }
}

/// The format, when magic and check say that these bytes are a header.
fn checked_format(bytes: &[u8]) -> Option<u32> {
    let mut left = bytes.get(..HEADER_BYTES as usize)?;
    let head = left.get(..12)?;
    let magic: [u8; 8] = take(&mut left)?;
    let format = take_u32(&mut left)?;
    let crc = take_u32(&mut left)?;
    let good = magic == MAGIC && format > 0 && crc == crc32c_append(crc32c(head), left);
    good.then_some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            segment_bytes: 16 * 1024 * 1024,
            record_bytes_max: 272 * 1024,
            number: 3,
            first: 0x0102_0304,
            link: Hash([0xAB; 32]),
        }
    }

    #[test]
    fn a_header_is_these_bytes_for_ever() {
        let mut golden = Vec::new();
        golden.extend_from_slice(b"SFLOGSEG");
        golden.extend_from_slice(&[1, 0, 0, 0]); // format
        golden.extend_from_slice(&[0xbe, 0x59, 0xa6, 0xf1]); // CRC-32C of all but itself
        golden.extend_from_slice(&[0, 0, 0, 1]); // segment size
        golden.extend_from_slice(&[0, 0x40, 4, 0]); // largest record
        golden.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0]); // number
        golden.extend_from_slice(&[4, 3, 2, 1, 0, 0, 0, 0]); // first ordinal
        golden.extend_from_slice(&[0xAB; 32]); // link
        golden.extend_from_slice(&[0; 56]);
        assert_eq!(header().encode(), golden);
        assert_eq!(
            Header::decode(&golden, 3, 16 * 1024 * 1024).unwrap(),
            header()
        );
    }

    #[test]
    fn a_newer_format_is_not_damage() {
        let mut bytes = header().encode();
        bytes[8] = 2;
        assert!(matches!(
            Header::decode(&bytes, 3, 16 * 1024 * 1024),
            Err(Fault::Damage(_))
        ));
        let crc = crc32c_append(crc32c(&bytes[..12]), &bytes[16..]);
        bytes[12..16].copy_from_slice(&crc.to_le_bytes());
        assert!(matches!(
            Header::decode(&bytes, 3, 16 * 1024 * 1024),
            Err(Fault::NewerFormat {
                segment: 3,
                found: 2,
                known: 1
            })
        ));
    }
}

//! The index at the end of a sealed segment: which entries of whom stand where.

use crc32c::crc32c;
use storefleet_core::ids::{Epoch, Seq};

use crate::bytes::{take, take_slice, take_u32, take_u64};
use crate::folder::{FileError, SegmentFile};
use crate::format::Span;
use crate::frame::ALIGN;
use crate::header::HEADER_BYTES;
use crate::window::Window;

/// Magic, durable, records, end, number of entries, their bytes, CRC-32C, zeros.
const TRAILER_BYTES: u32 = 40;
const MAGIC: [u8; 8] = *b"SFLOGEND";
/// An entry without the name of its workplace.
const ENTRY_FIXED_BYTES: u32 = 37;
const WORKPLACE_BYTES_MAX: u32 = 24 + 1 + 2;
/// The largest footer of a segment with one record.
pub(crate) const BYTES_MAX_OF_ONE: u32 = TRAILER_BYTES + ENTRY_FIXED_BYTES + WORKPLACE_BYTES_MAX;
/// A run of neighbours is one index entry up to here: what a reader scans at most to find one.
const RUN_BYTES_MAX: u32 = 64 * 1024;

/// A run of records with neighbouring spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    /// From the first entry of the first record to the last entry of the last.
    pub(crate) span: Span,
    /// Ordinal of the first record.
    pub(crate) ordinal: u64,
    /// Its frame's place in the segment, in bytes.
    pub(crate) offset: u32,
    /// How many records, one after the other.
    pub(crate) records: u32,
}

impl IndexEntry {
    /// Ordinal of the last record.
    pub(crate) fn last(&self) -> u64 {
        let next = self.ordinal.saturating_add(self.records.into());
        next.saturating_sub(1)
    }
}

/// The index of a segment as it fills.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) entries: Vec<IndexEntry>,
    entries_bytes: u32,
}

impl Index {
    /// Bytes of the footer, were it written now with one more record.
    pub(crate) fn footer_bytes_with(&self, span: Option<&Span>, ordinal: u64, offset: u32) -> u32 {
        let more = match span {
            Some(span) if !self.joins_last(span, ordinal, offset) => entry_bytes(span),
            Some(_) | None => 0,
        };
        TRAILER_BYTES
            .saturating_add(self.entries_bytes)
            .saturating_add(more)
    }

    pub(crate) fn add(&mut self, span: Span, ordinal: u64, offset: u32) {
        if self.joins_last(&span, ordinal, offset) {
            if let Some(last) = self.entries.last_mut() {
                last.span.last = span.last;
                last.records = last.records.saturating_add(1);
            }
        } else {
            self.entries_bytes = self.entries_bytes.saturating_add(entry_bytes(&span));
            self.entries.push(IndexEntry {
                span,
                ordinal,
                offset,
                records: 1,
            });
        }
    }

    fn joins_last(&self, span: &Span, ordinal: u64, offset: u32) -> bool {
        self.entries.last().is_some_and(|last| {
            last.span.epoch == span.epoch
                && last.span.last.next() == span.first
                && last.last().saturating_add(1) == ordinal
                && offset.saturating_sub(last.offset) < RUN_BYTES_MAX
                && last.span.workplace == span.workplace
        })
    }
}

fn entry_bytes(span: &Span) -> u32 {
    let store = u32::try_from(span.workplace.store().as_str().len()).unwrap_or(u32::MAX);
    let till = if span.workplace.till().number() < 10 {
        1
    } else {
        2
    };
    store.saturating_add(1 + till + ENTRY_FIXED_BYTES)
}

/// What a sealed segment says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footer {
    /// Ordinal of the last record that was durable when the footer was written.
    pub(crate) durable: u64,
    /// How many records stand in the segment.
    pub(crate) records: u32,
    /// Where the last frame ends, in bytes.
    pub(crate) end: u32,
    pub(crate) entries: Vec<IndexEntry>,
}

impl Footer {
    /// The bytes that end the segment file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in &self.entries {
            push_entry(&mut bytes, entry);
        }
        let entries_bytes = length(&bytes);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.durable.to_le_bytes());
        bytes.extend_from_slice(&self.records.to_le_bytes());
        bytes.extend_from_slice(&self.end.to_le_bytes());
        bytes.extend_from_slice(&count(&self.entries).to_le_bytes());
        bytes.extend_from_slice(&entries_bytes.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// The footer of the segment, when there is a whole one.
    pub(crate) fn read<F: SegmentFile>(
        window: &mut Window<F>,
        segment_bytes: u32,
    ) -> Result<Option<Self>, FileError> {
        let trailer_at = segment_bytes.saturating_sub(TRAILER_BYTES);
        let trailer = window.bytes(trailer_at, TRAILER_BYTES)?;
        let Some(entries_bytes) = entries_bytes_of(trailer) else {
            return Ok(None);
        };
        let Some(start) = trailer_at.checked_sub(entries_bytes) else {
            return Ok(None);
        };
        let bytes = window.bytes(start, segment_bytes.saturating_sub(start))?;
        // Between the last frame and the footer stands a length of 0.
        let frames = HEADER_BYTES..=start.saturating_sub(ALIGN);
        Ok(Self::decode(bytes, entries_bytes).filter(|footer| frames.contains(&footer.end)))
    }

    fn decode(bytes: &[u8], entries_bytes: u32) -> Option<Self> {
        let (checked, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c(checked) != u32::from_le_bytes(*crc) {
            return None;
        }
        let mut trailer = checked;
        let mut entries_left = take_slice(&mut trailer, entries_bytes as usize)?;
        take::<8>(&mut trailer)?;
        let durable = take_u64(&mut trailer)?;
        let records = take_u32(&mut trailer)?;
        let end = take_u32(&mut trailer)?;
        let count = take_u32(&mut trailer)?;
        let mut entries = Vec::new();
        while !entries_left.is_empty() {
            entries.push(take_entry(&mut entries_left)?);
        }
        (entries.len() == count as usize).then_some(Self {
            durable,
            records,
            end,
            entries,
        })
    }
}

fn entries_bytes_of(mut trailer: &[u8]) -> Option<u32> {
    let magic = take::<8>(&mut trailer)?;
    take::<20>(&mut trailer)?;
    take_u32(&mut trailer).filter(|_| magic == MAGIC)
}

fn push_entry(bytes: &mut Vec<u8>, entry: &IndexEntry) {
    let workplace = entry.span.workplace.to_string();
    bytes.push(u8::try_from(workplace.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(workplace.as_bytes());
    bytes.extend_from_slice(&entry.span.epoch.0.to_le_bytes());
    bytes.extend_from_slice(&entry.span.first.0.to_le_bytes());
    bytes.extend_from_slice(&entry.span.last.0.to_le_bytes());
    bytes.extend_from_slice(&entry.ordinal.to_le_bytes());
    bytes.extend_from_slice(&entry.offset.to_le_bytes());
    bytes.extend_from_slice(&entry.records.to_le_bytes());
}

fn take_entry(left: &mut &[u8]) -> Option<IndexEntry> {
    let [workplace_bytes] = take::<1>(left)?;
    let workplace = std::str::from_utf8(take_slice(left, workplace_bytes.into())?).ok()?;
    Some(IndexEntry {
        span: Span {
            workplace: workplace.parse().ok()?,
            epoch: Epoch(take_u32(left)?),
            first: Seq(take_u64(left)?),
            last: Seq(take_u64(left)?),
        },
        ordinal: take_u64(left)?,
        offset: take_u32(left)?,
        records: take_u32(left)?,
    })
}

// Both are below the segment's size, which is a u32.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn count(entries: &[IndexEntry]) -> u32 {
    u32::try_from(entries.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: u64, last: u64) -> Span {
        Span {
            workplace: "s1-12".parse().unwrap(),
            epoch: Epoch(17),
            first: Seq(first),
            last: Seq(last),
        }
    }

    #[test]
    fn a_footer_is_these_bytes_for_ever() {
        let footer = Footer {
            durable: 4,
            records: 3,
            end: 1024,
            entries: vec![IndexEntry {
                span: span(2, 4),
                ordinal: 5,
                offset: 128,
                records: 3,
            }],
        };
        let mut golden = vec![5];
        golden.extend_from_slice(b"s1-12");
        golden.extend_from_slice(&[17, 0, 0, 0]); // epoch
        golden.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0]); // first seq
        golden.extend_from_slice(&[4, 0, 0, 0, 0, 0, 0, 0]); // last seq
        golden.extend_from_slice(&[5, 0, 0, 0, 0, 0, 0, 0]); // ordinal
        golden.extend_from_slice(&[128, 0, 0, 0]); // offset
        golden.extend_from_slice(&[3, 0, 0, 0]); // records
        golden.extend_from_slice(b"SFLOGEND");
        golden.extend_from_slice(&[4, 0, 0, 0, 0, 0, 0, 0]); // durable
        golden.extend_from_slice(&[3, 0, 0, 0]); // records
        golden.extend_from_slice(&[0, 4, 0, 0]); // end of the frames
        golden.extend_from_slice(&[1, 0, 0, 0]); // number of entries
        golden.extend_from_slice(&[42, 0, 0, 0]); // their bytes
        golden.extend_from_slice(&[0; 4]);
        golden.extend_from_slice(&[0x51, 0x94, 0x60, 0x8f]); // CRC-32C of all of it
        assert_eq!(footer.encode(), golden);
        assert_eq!(Footer::decode(&golden, 42), Some(footer));
    }

    #[test]
    fn neighbours_share_an_entry() {
        let mut index = Index::default();
        index.add(span(1, 1), 1, 128);
        index.add(span(2, 4), 2, 160);
        assert_eq!(index.entries.len(), 1);
        assert_eq!(index.entries[0].span, span(1, 4));
        index.add(span(6, 6), 3, 200);
        index.add(span(7, 7), 4, 200 + RUN_BYTES_MAX);
        assert_eq!(index.entries.len(), 3);
        assert_eq!(index.footer_bytes_with(None, 5, 0), 40 + 3 * 42);
    }
}

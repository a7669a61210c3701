//! Where staged records will stand: the segment as it fills and the bytes of the next commit.

use storefleet_core::ids::Hash;

use crate::footer::{Footer, Index};
use crate::format::Span;
use crate::frame::ALIGN;
use crate::header::{HEADER_BYTES, Header};
use crate::options::Options;
use crate::scan::{Ending, Scanned};

/// The last segment with all staged records in it.
pub(crate) struct Filling {
    pub(crate) header: Header,
    /// Ordinal of the next record.
    pub(crate) next: u64,
    /// Where its frame will stand.
    pub(crate) offset: u32,
    /// Own hash of the last record.
    pub(crate) link: Hash,
    pub(crate) index: Index,
    /// The footer is on disk already: nothing more goes in.
    pub(crate) sealed: bool,
}

impl Filling {
    pub(crate) fn empty(header: Header) -> Self {
        Self {
            next: header.first,
            offset: HEADER_BYTES,
            link: header.link,
            index: Index::default(),
            sealed: false,
            header,
        }
    }

    pub(crate) fn resume(header: Header, scanned: Scanned) -> Self {
        Self {
            header,
            next: scanned.next,
            offset: scanned.end,
            link: scanned.link,
            index: scanned.index,
            sealed: matches!(scanned.ending, Ending::Sealed(_)),
        }
    }

    /// Whether the record fits, and the footer after it.
    pub(crate) fn takes(&self, record_bytes: u32, frame_bytes: u32, span: Option<&Span>) -> bool {
        let footer_bytes = self.index.footer_bytes_with(span, self.next, self.offset);
        let filled = [frame_bytes, ALIGN, footer_bytes]
            .iter()
            .fold(self.offset, |sum, more| sum.saturating_add(*more));
        !self.sealed
            && record_bytes <= self.header.record_bytes_max
            && filled <= self.header.segment_bytes
    }

    /// Counts a record in that [`Filling::takes`] agreed to.
    pub(crate) fn add(&mut self, frame_bytes: u32, span: Option<Span>, link: Option<Hash>) {
        if let Some(span) = span {
            self.index.add(span, self.next, self.offset);
        }
        if let Some(link) = link {
            self.link = link;
        }
        self.offset = self.offset.saturating_add(frame_bytes);
        self.next = self.next.saturating_add(1);
    }

    pub(crate) fn footer(&self, durable: u64) -> Footer {
        let records = self.next.saturating_sub(self.header.first);
        Footer {
            durable,
            // A segment has fewer records than bytes, and these are a u32.
            records: u32::try_from(records).unwrap_or(u32::MAX),
            end: self.offset,
            entries: self.index.entries.clone(),
        }
    }

    /// The header of the segment after this one.
    pub(crate) fn successor(&self, options: &Options) -> Header {
        Header {
            segment_bytes: options.segment_bytes,
            record_bytes_max: options.record_bytes_max,
            number: self.header.number.saturating_add(1),
            first: self.next,
            link: self.link,
        }
    }
}

/// What one commit writes into one segment.
#[derive(Default)]
pub(crate) struct Chunk {
    /// The segment is new: it begins with this header.
    pub(crate) opens: Option<Header>,
    /// Where the frames go.
    pub(crate) offset: u32,
    pub(crate) frames: Vec<u8>,
    /// The segment is full: it ends with these bytes.
    pub(crate) seals: Option<Vec<u8>>,
}

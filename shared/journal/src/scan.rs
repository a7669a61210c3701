//! Reads a segment from end to end and says how it ends: open, sealed, torn or damaged.

use storefleet_core::ids::Hash;

use crate::bytes::all_zero;
use crate::damage::{Damage, DamageKind, Fault};
use crate::folder::{FileError, SegmentFile};
use crate::footer::{Footer, Index};
use crate::format::Format;
use crate::frame::{self, ALIGN, FRAME_BYTES_MIN, FRAME_HEAD_BYTES, Head, Parsed};
use crate::header::{HEADER_BYTES, Header};
use crate::window::Window;

/// Looked at in one piece while searching the unwritten part.
const BLOCK_BYTES: u32 = 4096;

/// A segment's whole frames, and what follows them.
pub(crate) struct Scanned {
    /// Ordinal after the last whole record.
    pub(crate) next: u64,
    /// Where the last whole frame ends.
    pub(crate) end: u32,
    /// Own hash of the last record.
    pub(crate) link: Hash,
    pub(crate) index: Index,
    /// The last record that stands here.
    pub(crate) last: Option<Vec<u8>>,
    pub(crate) ending: Ending,
}

pub(crate) enum Ending {
    /// Zeros to the end of the file.
    Open,
    Sealed(Footer),
    /// A write that was never confirmed, up to the byte `until`.
    Torn {
        until: u32,
    },
}

/// Checks every frame and the chain. Fails with damage when something is bad that was durable.
pub(crate) fn scan<F: SegmentFile, M: Format>(
    window: &mut Window<F>,
    header: &Header,
    format: &M,
) -> Result<Scanned, Fault> {
    let footer = Footer::read(window, header.segment_bytes)?;
    let limit = footer.as_ref().map_or(header.segment_bytes, |it| it.end);
    let mut walk = Walk::new(header);
    while walk.step(window, header, limit, format)? {}
    let last = walk.last_record(window, header, limit)?;
    let ending = walk.ending(window, header, footer)?;
    Ok(Scanned {
        next: walk.next,
        end: walk.offset,
        link: walk.link,
        index: walk.index,
        last,
        ending,
    })
}

/// From frame to frame.
struct Walk {
    segment: u64,
    offset: u32,
    next: u64,
    link: Hash,
    durable: u64,
    index: Index,
    last_offset: Option<u32>,
}

impl Walk {
    fn new(header: &Header) -> Self {
        Self {
            segment: header.number,
            offset: HEADER_BYTES,
            next: header.first,
            link: header.link,
            durable: 0,
            index: Index::default(),
            last_offset: None,
        }
    }

    /// Takes the frame at the offset; false when there is no good one.
    fn step<F: SegmentFile, M: Format>(
        &mut self,
        window: &mut Window<F>,
        header: &Header,
        limit: u32,
        format: &M,
    ) -> Result<bool, Fault> {
        let parsed = frame::parse(window, self.offset, limit, header.record_bytes_max)?;
        let frame = match parsed {
            // Nothing is durable before it is written, and durable never goes back.
            Parsed::Whole(frame) if (self.durable..self.next).contains(&frame.durable) => frame,
            Parsed::Whole(_) | Parsed::End | Parsed::Bad => return Ok(false),
        };
        if let Some(link) = format.link(frame.record) {
            if link.prev != self.link {
                return Err(self.damage(DamageKind::Chain).into());
            }
            self.link = link.own;
        }
        if let Some(span) = format.span(frame.record) {
            self.index.add(span, self.next, self.offset);
        }
        self.durable = frame.durable;
        self.last_offset = Some(self.offset);
        self.offset = self.offset.saturating_add(frame.bytes);
        self.next = self.next.saturating_add(1);
        Ok(true)
    }

    fn last_record<F: SegmentFile>(
        &self,
        window: &mut Window<F>,
        header: &Header,
        limit: u32,
    ) -> Result<Option<Vec<u8>>, FileError> {
        let Some(offset) = self.last_offset else {
            return Ok(None);
        };
        let parsed = frame::parse(window, offset, limit, header.record_bytes_max)?;
        Ok(match parsed {
            Parsed::Whole(frame) => Some(frame.record.to_vec()),
            Parsed::End | Parsed::Bad => None,
        })
    }

    fn ending<F: SegmentFile>(
        &self,
        window: &mut Window<F>,
        header: &Header,
        footer: Option<Footer>,
    ) -> Result<Ending, Fault> {
        match footer {
            Some(footer) if footer.end == self.offset => {
                let records = self.next.saturating_sub(header.first);
                if u64::from(footer.records) != records {
                    return Err(self.damage(DamageKind::Footer).into());
                }
                return Ok(Ending::Sealed(footer));
            }
            Some(footer) if footer.durable >= self.next => {
                return Err(self.damage(DamageKind::Frame).into());
            }
            Some(_) | None => {}
        }
        let written = self.search(window, header)?;
        Ok(written.map_or(Ending::Open, |until| Ending::Torn { until }))
    }

    /// Looks through the rest of the segment: where the last byte that is not zero ends. A whole
    /// frame there that says this place was durable makes it damage.
    fn search<F: SegmentFile>(
        &self,
        window: &mut Window<F>,
        header: &Header,
    ) -> Result<Option<u32>, Fault> {
        let mut written = None;
        let mut block = self.offset;
        while block < header.segment_bytes {
            let bytes = window.bytes(block, BLOCK_BYTES)?;
            if !all_zero(bytes) {
                let until = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
                written = u32::try_from(until).ok().map(|it| block.saturating_add(it));
                self.search_block(window, header, block)?;
            }
            block = block.saturating_add(BLOCK_BYTES);
        }
        Ok(written)
    }

    fn search_block<F: SegmentFile>(
        &self,
        window: &mut Window<F>,
        header: &Header,
        block: u32,
    ) -> Result<(), Fault> {
        let mut place = block;
        while place < block.saturating_add(BLOCK_BYTES) {
            if place > self.offset && self.proves_damage(window, header, place)? {
                return Err(self.damage(DamageKind::Frame).into());
            }
            place = place.saturating_add(ALIGN);
        }
        Ok(())
    }

    fn proves_damage<F: SegmentFile>(
        &self,
        window: &mut Window<F>,
        header: &Header,
        place: u32,
    ) -> Result<bool, FileError> {
        // No more records fit in between; this bound spares nearly all checks of record bytes.
        let between = place.saturating_sub(self.offset) / FRAME_BYTES_MIN;
        let claims = self.next..=self.next.saturating_add(between.into());
        let head = Head::decode(window.bytes(place, FRAME_HEAD_BYTES)?);
        if !head.is_some_and(|head| head.length > 0 && claims.contains(&head.durable)) {
            return Ok(false);
        }
        let parsed = frame::parse(window, place, header.segment_bytes, header.record_bytes_max)?;
        Ok(matches!(parsed, Parsed::Whole(_)))
    }

    fn damage(&self, kind: DamageKind) -> Damage {
        Damage {
            segment: self.segment,
            offset: self.offset.into(),
            last_good: self.next.saturating_sub(1),
            kind,
        }
    }
}

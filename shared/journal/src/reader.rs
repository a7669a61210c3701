//! Reads the durable records of a log, beside its writer or without one.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use storefleet_core::ids::{Epoch, Seq, WorkplaceId};

use crate::damage::{Damage, DamageKind, Fault, ReadError};
use crate::folder::Folder;
use crate::footer::{Footer, IndexEntry};
use crate::format::{Format, Span};
use crate::frame::{self, Parsed};
use crate::header::{HEADER_BYTES, Header};
use crate::scan;
use crate::segment::{self, SCAN_BYTES};
use crate::shared::{First, Shared};
use crate::window::Window;

/// Read at once while records are taken one after the other.
const READ_BYTES: usize = 128 * 1024;

/// A record and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log, from 1.
    pub ordinal: u64,
    /// The record as it was staged.
    pub bytes: Vec<u8>,
}

/// A run of records of one workplace and epoch, as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From the first entry of the first record to the last entry of the last.
    pub span: Span,
    /// Ordinal of the first record.
    pub ordinal: u64,
    /// How many records, one after the other.
    pub records: u32,
}

/// Reads durable records; clones are independent and may live on other threads.
#[derive(Clone)]
pub struct Reader<F: Folder, M: Format> {
    folder: F,
    format: M,
    shared: Arc<Shared>,
}

impl<F: Folder, M: Format> Reader<F, M> {
    pub(crate) fn new(folder: F, format: M, shared: Arc<Shared>) -> Self {
        Self {
            folder,
            format,
            shared,
        }
    }

    /// Ordinal of the last durable record; 0 before the first.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.shared.durable()
    }

    /// Ordinal of the oldest record that is still there, or of the next when there is none.
    ///
    /// # Errors
    /// The oldest segment's header cannot be read.
    pub fn oldest(&self) -> Result<u64, ReadError> {
        let Some((oldest, _)) = self.shared.ends() else {
            return Ok(1);
        };
        self.first_of(oldest)
    }

    /// The records from `ordinal` on, in order, up to what is durable at each step.
    #[must_use]
    pub fn read_from(&self, ordinal: u64) -> Cursor<F, M> {
        Cursor {
            reader: self.clone(),
            next: ordinal.max(1),
            at: None,
            failed: false,
        }
    }

    /// The ordinal of the newest record that holds entry `seq` of that workplace and epoch.
    ///
    /// # Errors
    /// A segment that may hold it cannot be read.
    pub fn find(
        &self,
        workplace: &WorkplaceId,
        epoch: Epoch,
        seq: Seq,
    ) -> Result<Option<u64>, ReadError> {
        let Some((oldest, tail)) = self.shared.ends() else {
            return Ok(None);
        };
        for number in (oldest..=tail).rev() {
            let found = self.in_index(number, |entries| {
                let holds = |it: &&IndexEntry| it.span.holds(workplace, epoch, seq);
                entries.iter().rfind(holds).cloned()
            })?;
            let Some(entry) = found else {
                continue;
            };
            let place = Place::of(&entry);
            if let Some(ordinal) = self.find_within(&place, workplace, epoch, seq)? {
                return Ok(Some(ordinal));
            }
        }
        Ok(None)
    }

    fn find_within(
        &self,
        place: &Place,
        workplace: &WorkplaceId,
        epoch: Epoch,
        seq: Seq,
    ) -> Result<Option<u64>, ReadError> {
        for record in self.read_from(place.ordinal).take(place.records as usize) {
            let record = record?;
            let span = self.format.span(&record.bytes);
            if span.is_some_and(|span| span.holds(workplace, epoch, seq)) {
                return Ok(Some(record.ordinal));
            }
        }
        Ok(None)
    }

    /// Where the records of one workplace stand among those ordinals, oldest first. A run may
    /// begin before them or end after them.
    ///
    /// # Errors
    /// A segment among them cannot be read.
    pub fn places(
        &self,
        workplace: &WorkplaceId,
        ordinals: RangeInclusive<u64>,
    ) -> Result<Vec<Place>, ReadError> {
        let mut places = Vec::new();
        let Some((_, tail)) = self.shared.ends() else {
            return Ok(places);
        };
        let until = self.durable().min(*ordinals.end());
        let from = (*ordinals.start()).max(self.oldest()?);
        let mut number = self.segment_of(from)?;
        while number <= tail && self.first_of(number)? <= until {
            let found = self.in_index(number, |entries| {
                let wanted = |it: &&IndexEntry| {
                    it.span.workplace == *workplace && it.ordinal <= until && it.last() >= from
                };
                entries.iter().filter(wanted).map(Place::of).collect()
            })?;
            let mut found: Vec<Place> = found;
            places.append(&mut found);
            number = number.saturating_add(1);
        }
        Ok(places)
    }

    /// Ordinal of the first record of a segment, from its header unless it is known.
    pub(crate) fn first_of(&self, number: u64) -> Result<u64, ReadError> {
        match self.shared.first(number) {
            First::Known(first) => Ok(first),
            First::Unread => {
                let (_, header) = self.open(number, HEADER_BYTES as usize)?;
                self.shared.learn(number, header.first);
                Ok(header.first)
            }
            First::Gone => Err(self.pruned()),
        }
    }

    fn open(
        &self,
        number: u64,
        piece_bytes: usize,
    ) -> Result<(Window<F::File>, Header), ReadError> {
        segment::open(&self.folder, number, piece_bytes).map_err(|fault| match fault {
            Fault::File(error)
                if error.source.kind() == io::ErrorKind::NotFound
                    && matches!(self.shared.first(number), First::Gone) =>
            {
                self.pruned()
            }
            Fault::File(_) | Fault::Damage(_) | Fault::NewerFormat { .. } => fault.into(),
        })
    }

    fn pruned(&self) -> ReadError {
        match self.oldest() {
            Ok(oldest) => ReadError::Pruned { oldest },
            Err(error) => error,
        }
    }

    /// The segment that holds the ordinal, which is not after the durable ones.
    fn segment_of(&self, ordinal: u64) -> Result<u64, ReadError> {
        let Some((mut low, mut high)) = self.shared.ends() else {
            return Err(ReadError::Pruned { oldest: 1 });
        };
        let oldest = self.first_of(low)?;
        if ordinal < oldest {
            return Err(ReadError::Pruned { oldest });
        }
        // Always: low begins at or before the ordinal, what is above high after it.
        while low < high {
            let middle = low.midpoint(high).saturating_add((high - low) % 2);
            if self.first_of(middle)? <= ordinal {
                low = middle;
            } else {
                high = middle.saturating_sub(1);
            }
        }
        Ok(low)
    }

    /// Looks into a segment's index: the writer's for the tail, else the footer's.
    fn in_index<R>(&self, number: u64, look: impl Fn(&[IndexEntry]) -> R) -> Result<R, ReadError> {
        if let Some(found) = self.shared.in_tail_index(number, &look) {
            return Ok(found);
        }
        let (mut window, header) = self.open(number, READ_BYTES)?;
        if let Some(footer) = Footer::read(&mut window, header.segment_bytes)? {
            return Ok(look(&footer.entries));
        }
        // A damaged footer costs time, not records.
        let (mut window, header) = self.open(number, SCAN_BYTES)?;
        let scanned = scan::scan(&mut window, &header, &self.format)?;
        Ok(look(&scanned.index.entries))
    }
}

impl Place {
    fn of(entry: &IndexEntry) -> Self {
        Self {
            span: entry.span.clone(),
            ordinal: entry.ordinal,
            records: entry.records,
        }
    }
}

/// Goes through the durable records in order. At the end of what is durable it says nothing, and
/// goes on when more is; after an error it says nothing more.
pub struct Cursor<F: Folder, M: Format> {
    reader: Reader<F, M>,
    next: u64,
    at: Option<At<F>>,
    failed: bool,
}

/// A place between two frames.
struct At<F: Folder> {
    window: Window<F::File>,
    header: Header,
    offset: u32,
    /// Ordinal of the frame at the offset.
    ordinal: u64,
}

impl<F: Folder, M: Format> Cursor<F, M> {
    /// Ordinal of the record that comes next.
    #[must_use]
    pub fn next_ordinal(&self) -> u64 {
        self.next
    }

    fn advance(&mut self) -> Result<Option<Record>, ReadError> {
        if self.next > self.reader.durable() {
            return Ok(None);
        }
        let mut at = match self.at.take() {
            Some(at) => at,
            None => self.locate()?,
        };
        loop {
            at = self.over_end(at)?;
            let bytes = at.take()?;
            let ordinal = at.ordinal;
            at.ordinal = ordinal.saturating_add(1);
            if ordinal == self.next {
                self.next = at.ordinal;
                self.at = Some(at);
                return Ok(Some(Record { ordinal, bytes }));
            }
        }
    }

    /// The nearest place at or before the next record that the index knows.
    fn locate(&self) -> Result<At<F>, ReadError> {
        let number = self.reader.segment_of(self.next)?;
        let known = self.reader.in_index(number, |entries| {
            let after = entries.partition_point(|entry| entry.ordinal <= self.next);
            let entry = after.checked_sub(1).and_then(|last| entries.get(last));
            entry.map(|entry| (entry.offset, entry.ordinal))
        });
        let known = match known {
            // Without an index what stands before the damage is found from the segment's start.
            Err(ReadError::Damage(_)) => None,
            known => known?,
        };
        let mut at = self.start_of(number)?;
        if let Some((offset, ordinal)) = known {
            (at.offset, at.ordinal) = (offset, ordinal);
        }
        Ok(at)
    }

    fn start_of(&self, number: u64) -> Result<At<F>, ReadError> {
        let (window, header) = self.reader.open(number, READ_BYTES)?;
        Ok(At {
            offset: HEADER_BYTES,
            ordinal: header.first,
            window,
            header,
        })
    }

    /// Goes on to the segment in which the ordinal stands, when this one ends before it.
    fn over_end(&self, mut at: At<F>) -> Result<At<F>, ReadError> {
        loop {
            let number = at.header.number.saturating_add(1);
            let Some((_, tail)) = self.reader.shared.ends() else {
                return Ok(at);
            };
            if number > tail || self.reader.first_of(number)? > at.ordinal {
                return Ok(at);
            }
            at = self.start_of(number)?;
        }
    }
}

impl<F: Folder, M: Format> Iterator for Cursor<F, M> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.advance().transpose();
        self.failed = matches!(record, Some(Err(_)));
        record
    }
}

impl<F: Folder> At<F> {
    /// The record at the offset, which then stands after it.
    fn take(&mut self) -> Result<Vec<u8>, ReadError> {
        if let Some(record) = self.try_take()? {
            return Ok(record);
        }
        // What was read ahead may be older than the record.
        self.window.forget();
        self.try_take()?.ok_or_else(|| {
            ReadError::Damage(Damage {
                segment: self.header.number,
                offset: self.offset.into(),
                last_good: self.ordinal.saturating_sub(1),
                kind: DamageKind::Frame,
            })
        })
    }

    fn try_take(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let Header {
            segment_bytes,
            record_bytes_max,
            ..
        } = self.header;
        let parsed = frame::parse(
            &mut self.window,
            self.offset,
            segment_bytes,
            record_bytes_max,
        )?;
        Ok(match parsed {
            Parsed::Whole(frame) => {
                self.offset = self.offset.saturating_add(frame.bytes);
                Some(frame.record.to_vec())
            }
            Parsed::End | Parsed::Bad => None,
        })
    }
}

//! The writer of a log: stages records, makes them durable group by group, rotates and prunes.

use std::sync::Arc;

use storefleet_core::ids::Hash;

use crate::damage::ReadError;
use crate::folder::{Doing, FOLDER, FileError, Folder, SegmentFile};
use crate::format::{Format, Span};
use crate::frame;
use crate::group::{Chunk, Filling};
use crate::header::{HEADER_BYTES, Header};
use crate::options::Options;
use crate::reader::Reader;
use crate::segment::{self, NEXT};
use crate::shared::Shared;

/// Why a record is not staged; the log is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A record has at least one byte.
    #[error("the record is empty")]
    Empty,
    /// Over the limit of the options.
    #[error("the record of {bytes} bytes is over the limit of {bytes_max}")]
    TooLarge {
        /// Length of the record.
        bytes: usize,
        /// The limit.
        bytes_max: u32,
    },
    /// The record does not name the hash of the one before it.
    #[error("the record names {found} as its predecessor, which is {expected}")]
    Chain {
        /// Own hash of the last record.
        expected: Hash,
        /// What the record names.
        found: Hash,
    },
    /// A write or sync failed before; only opening the log anew tells what is on disk.
    #[error("the log is closed after a failed write")]
    Poisoned,
}

/// Why records are not durable. Never tried again: a failed sync may have dropped what it was to
/// keep, and a second one would not say so.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A write or sync failed before; only opening the log anew tells what is on disk.
    #[error("the log is closed after a failed write")]
    Poisoned,
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why old segments are still there, all or some.
#[derive(Debug, thiserror::Error)]
pub enum PruneError {
    /// A write or sync failed before.
    #[error("the log is closed after a failed write")]
    Poisoned,
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// A header that says where a segment begins cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The only writer of a log. The host makes sure that there is one per folder.
pub struct Log<F: Folder, M: Format> {
    folder: F,
    format: M,
    options: Options,
    shared: Arc<Shared>,
    tail: Tail<F::File>,
    filling: Filling,
    chunks: Vec<Chunk>,
    prepared: Option<F::File>,
    poisoned: bool,
}

/// The segment that is written.
pub(crate) struct Tail<F> {
    pub(crate) file: F,
    pub(crate) name: String,
}

impl<F: Folder, M: Format> Log<F, M> {
    pub(crate) fn resume(
        folder: F,
        format: M,
        options: Options,
        shared: Arc<Shared>,
        tail: Tail<F::File>,
        filling: Filling,
    ) -> Self {
        let chunk = Chunk {
            offset: filling.offset,
            ..Chunk::default()
        };
        Self {
            folder,
            format,
            options,
            shared,
            tail,
            filling,
            chunks: vec![chunk],
            prepared: None,
            poisoned: false,
        }
    }

    /// Adds a record to the group of the next commit, without I/O, and says its ordinal.
    ///
    /// # Errors
    /// The record is refused and the log goes on without it.
    pub fn stage(&mut self, record: &[u8]) -> Result<u64, AppendError> {
        if self.poisoned {
            return Err(AppendError::Poisoned);
        }
        let (length, frame_bytes) = self.measure(record)?;
        let link = self.format.link(record);
        if let Some(link) = link.filter(|link| link.prev != self.filling.link) {
            return Err(AppendError::Chain {
                expected: self.filling.link,
                found: link.prev,
            });
        }
        let span = self.format.span(record);
        if !self.filling.takes(length, frame_bytes, span.as_ref()) {
            self.rotate();
        }
        Ok(self.place(record, length, frame_bytes, span, link.map(|it| it.own)))
    }

    fn measure(&self, record: &[u8]) -> Result<(u32, u32), AppendError> {
        let bytes_max = self.options.record_bytes_max;
        let bytes = record.len();
        let sizes = u32::try_from(bytes)
            .ok()
            .filter(|length| *length <= bytes_max)
            .and_then(|length| Some((length, frame::frame_bytes(length)?)));
        match sizes {
            Some((0, _)) => Err(AppendError::Empty),
            Some(sizes) => Ok(sizes),
            None => Err(AppendError::TooLarge { bytes, bytes_max }),
        }
    }

    /// What is staged from now on goes into a new segment.
    fn rotate(&mut self) {
        let footer = (!self.filling.sealed).then(|| self.filling.footer(self.durable()));
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.seals = footer.map(|footer| footer.encode());
        }
        let header = self.filling.successor(&self.options);
        self.chunks.push(Chunk {
            opens: Some(header.clone()),
            offset: HEADER_BYTES,
            ..Chunk::default()
        });
        self.filling = Filling::empty(header);
    }

    fn place(
        &mut self,
        record: &[u8],
        length: u32,
        frame_bytes: u32,
        span: Option<Span>,
        link: Option<Hash>,
    ) -> u64 {
        let ordinal = self.filling.next;
        let durable = self.durable();
        if let Some(chunk) = self.chunks.last_mut() {
            frame::push(&mut chunk.frames, durable, record, length);
        }
        self.filling.add(frame_bytes, span, link);
        ordinal
    }

    /// Makes all staged records durable: one write and one sync for each segment they stand in.
    /// Says the ordinal that is durable now.
    ///
    /// # Errors
    /// Nothing is known of the staged records and the log takes no more: the host ends.
    pub fn commit(&mut self) -> Result<u64, CommitError> {
        if self.poisoned {
            return Err(CommitError::Poisoned);
        }
        let last = self.staged();
        if last == self.durable() {
            return Ok(last);
        }
        // Only a commit that gets to its end takes this back.
        self.poisoned = true;
        let mut chunks = std::mem::take(&mut self.chunks);
        for chunk in &mut chunks {
            self.write(chunk)?;
        }
        let mut chunk = chunks.pop().unwrap_or_default();
        self.shared.extend_tail_index(&self.filling.index.entries);
        self.shared.publish(last);
        chunk.offset = self.filling.offset;
        chunk.frames.clear();
        self.chunks.push(chunk);
        self.poisoned = false;
        Ok(last)
    }

    fn write(&mut self, chunk: &mut Chunk) -> Result<(), FileError> {
        if let Some(header) = chunk.opens.take() {
            self.begin(&header)?;
        }
        let Tail { file, name } = &self.tail;
        if !chunk.frames.is_empty() {
            file.write_at(&chunk.frames, chunk.offset.into())
                .doing("write", name)?;
        }
        if let Some(footer) = chunk.seals.take() {
            let offset = file.len().doing("measure", name)?;
            file.write_at(&footer, offset.saturating_sub(footer.len() as u64))
                .doing("write", name)?;
        }
        #[cfg(feature = "planted")]
        if crate::planted::active(crate::planted::Bug::SyncSkipped) {
            return Ok(());
        }
        #[cfg(feature = "planted")]
        if crate::planted::active(crate::planted::Bug::PublishedBeforeSync) {
            self.shared.publish(self.staged());
        }
        file.sync_data().doing("sync", name)
    }

    /// Opens a new segment; everything before it is synced.
    fn begin(&mut self, header: &Header) -> Result<(), FileError> {
        let file = match self.prepared.take() {
            Some(file) => file,
            None => {
                let file = segment::fill_next(&self.folder, self.options.segment_bytes)?;
                file.sync_data().doing("sync", NEXT)?;
                file
            }
        };
        segment::begin(&self.folder, &file, header)?;
        self.shared.begin_segment(header.number, header.first);
        self.tail = Tail {
            file,
            name: segment::file_name(header.number),
        };
        Ok(())
    }

    /// Makes the next segment's file ahead of time, so that rotation does not wait for zeros to be
    /// written. For idle moments; does nothing when it is there. Says whether it made one.
    ///
    /// # Errors
    /// A file that cannot be filled, as on a full disk, leaves the log as it was: it goes on until
    /// the segment is full. A failed sync closes the log.
    pub fn prepare_next(&mut self) -> Result<bool, CommitError> {
        if self.poisoned {
            return Err(CommitError::Poisoned);
        }
        if self.prepared.is_some() {
            return Ok(false);
        }
        let file = segment::fill_next(&self.folder, self.options.segment_bytes)?;
        self.poisoned = true;
        file.sync_data().doing("sync", NEXT)?;
        self.poisoned = false;
        self.prepared = Some(file);
        Ok(true)
    }

    /// Unlinks the segments whose records are all older than `ordinal`; never the last segment.
    /// Says how many.
    ///
    /// # Errors
    /// Some may be gone; a failed sync closes the log.
    pub fn prune_before(&mut self, ordinal: u64) -> Result<u64, PruneError> {
        if self.poisoned {
            return Err(PruneError::Poisoned);
        }
        let reader = self.reader();
        let mut pruned = 0;
        while let Some((oldest, tail)) = self.shared.ends() {
            let next = oldest.saturating_add(1);
            if oldest >= tail || reader.first_of(next)? > ordinal {
                break;
            }
            // Readers first learn that it is gone, then it goes.
            self.shared.forget(oldest);
            let name = segment::file_name(oldest);
            if let Err(error) = self.folder.remove(&name).doing("remove", &name) {
                self.shared.restore(oldest);
                return Err(error.into());
            }
            // One by one: a crash never leaves a hole between segments.
            self.poisoned = true;
            self.folder.sync().doing("sync", FOLDER)?;
            self.poisoned = false;
            pruned += 1;
        }
        Ok(pruned)
    }

    /// Ordinal of the last durable record; 0 before the first.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.shared.durable()
    }

    /// Ordinal of the last staged record.
    #[must_use]
    pub fn staged(&self) -> u64 {
        self.filling.next.saturating_sub(1)
    }

    /// Own hash of the last staged record, which the next one must name; zeros before the first.
    #[must_use]
    pub fn link(&self) -> Hash {
        self.filling.link
    }

    /// Number of the segment that takes the next record, unless that does not fit.
    #[cfg(test)]
    pub(crate) fn filling_segment(&self) -> u64 {
        self.filling.header.number
    }

    /// A reader of the durable records, for any thread.
    #[must_use]
    pub fn reader(&self) -> Reader<F, M> {
        Reader::new(
            self.folder.clone(),
            self.format.clone(),
            Arc::clone(&self.shared),
        )
    }
}

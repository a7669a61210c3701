//! A file read in pieces, of which one is kept in memory: small ones first, for whoever wants one record, and
//! larger ones for whoever goes on.

use crate::folder::{Doing, FileError, SegmentFile};

pub(crate) struct Window<F> {
    file: F,
    name: String,
    length: u64,
    start: u64,
    buffer: Vec<u8>,
    piece_bytes: usize,
    piece_bytes_max: usize,
}

/// The first piece.
const FIRST_BYTES: usize = 4_096;
/// Each piece is so many times as large as the one before.
const GROWTH: usize = 4;

impl<F: SegmentFile> Window<F> {
    /// A window on `file` that reads up to `piece_bytes_max` at a time, more only where more is asked for.
    pub(crate) fn new(file: F, name: String, piece_bytes_max: usize) -> Result<Self, FileError> {
        let length = file.len().doing("measure", &name)?;
        Ok(Self {
            file,
            name,
            length,
            start: 0,
            buffer: Vec::new(),
            piece_bytes: FIRST_BYTES.min(piece_bytes_max),
            piece_bytes_max,
        })
    }

    /// Length of the file in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The file itself, for its writer.
    pub(crate) fn into_file(self) -> F {
        self.file
    }

    pub(crate) fn file(&self) -> &F {
        &self.file
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Drops what was read: the file may have been written since.
    pub(crate) fn forget(&mut self) {
        self.buffer.clear();
    }

    /// `length` bytes at `offset`, or fewer at the end of the file.
    pub(crate) fn bytes(&mut self, offset: u32, length: u32) -> Result<&[u8], FileError> {
        let (offset, length) = (u64::from(offset), length as usize);
        if self.view(offset, length).len() < length {
            self.load(offset, length)?;
        }
        Ok(self.view(offset, length))
    }

    fn view(&self, offset: u64, length: usize) -> &[u8] {
        let held = offset
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok())
            .and_then(|skip| self.buffer.get(skip..))
            .unwrap_or_default();
        held.get(..length).unwrap_or(held)
    }

    fn load(&mut self, offset: u64, length: usize) -> Result<(), FileError> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        self.buffer
            .resize(left.min(length.max(self.piece_bytes)), 0);
        self.start = offset;
        let read = self
            .file
            .read_at(&mut self.buffer, offset)
            .doing("read", &self.name)?;
        self.buffer.truncate(read);
        self.piece_bytes = self
            .piece_bytes
            .saturating_mul(GROWTH)
            .min(self.piece_bytes_max);
        Ok(())
    }
}

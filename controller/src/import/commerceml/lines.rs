//! Counts the lines that a reader has taken, so that an element can be told by its line.

use std::io::{BufRead, BufReader, Read, Result};

/// A buffered reader that counts lines.
pub(super) struct Lines<R> {
    inner: BufReader<R>,
    line: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner: BufReader::with_capacity(64 << 10, inner),
            line: 1,
        }
    }

    /// The line of the next byte.
    pub(super) fn line(&self) -> u64 {
        self.line
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let mut taken = self.fill_buf()?;
        let len = taken.read(out)?;
        self.consume(len);
        Ok(len)
    }
}

impl<R: Read> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, len: usize) {
        let taken = self.inner.buffer().get(..len).unwrap_or_default();
        let lines = taken.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u64::try_from(lines).unwrap_or(0));
        self.inner.consume(len);
    }
}

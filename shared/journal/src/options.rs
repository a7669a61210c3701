//! Sizes of a log, chosen by its host.

use crate::footer;
use crate::frame::{self, ALIGN};
use crate::header::HEADER_BYTES;

/// Sizes for the segments that are made from now on; existing ones keep what their header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Bytes of one segment file, a multiple of 512.
    pub segment_bytes: u32,
    /// Bytes of the largest record.
    pub record_bytes_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 16 * 1024 * 1024,
            // A message of 256 KiB and what the centre notes about it.
            record_bytes_max: 272 * 1024,
        }
    }
}

/// Why these sizes cannot make a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Disks write units of 512 bytes; a segment is made of whole ones.
    #[error("segment size {0} is not a multiple of 512 bytes")]
    Uneven(u32),
    /// A record of the largest size would not fit into an empty segment.
    #[error("a segment of {segment_bytes} bytes cannot hold a record of {record_bytes_max}")]
    TooSmall {
        /// The segment size asked for.
        segment_bytes: u32,
        /// The largest record asked for.
        record_bytes_max: u32,
    },
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), OptionsError> {
        if !self.segment_bytes.is_multiple_of(512) {
            return Err(OptionsError::Uneven(self.segment_bytes));
        }
        let fits = frame::frame_bytes(self.record_bytes_max)
            .and_then(|frame| frame.checked_add(HEADER_BYTES))
            .and_then(|bytes| bytes.checked_add(ALIGN + footer::BYTES_MAX_OF_ONE))
            .is_some_and(|bytes| bytes <= self.segment_bytes);
        if fits {
            Ok(())
        } else {
            Err(OptionsError::TooSmall {
                segment_bytes: self.segment_bytes,
                record_bytes_max: self.record_bytes_max,
            })
        }
    }
}

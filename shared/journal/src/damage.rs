//! What can be wrong with a stored log, and how opening and reading report it.

use std::fmt;

use crate::folder::FileError;
use crate::options::OptionsError;

/// Something durable that is no longer as it was written: the host sets the files aside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("damage in segment {segment} at byte {offset} after record {last_good}: {kind}")]
pub struct Damage {
    /// Number of the segment file.
    pub segment: u64,
    /// Where in it, in bytes from its start.
    pub offset: u64,
    /// Ordinal of the last good record before it, as far as known.
    pub last_good: u64,
    /// What is wrong.
    pub kind: DamageKind,
}

/// What is wrong at the damaged place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DamageKind {
    /// A segment between two others is not there.
    MissingSegment,
    /// The segment's header fails its check or does not belong here.
    Header,
    /// The file is not as long as its header says.
    Length,
    /// A frame that was durable fails its check.
    Frame,
    /// A record does not name the hash of its predecessor.
    Chain,
    /// The segment does not go on with the ordinal that is due.
    Ordinal,
    /// The index of a sealed segment is not the index of its records.
    Footer,
}

impl fmt::Display for DamageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissingSegment => "the segment is missing",
            Self::Header => "its header is not valid",
            Self::Length => "the file has another length than its header says",
            Self::Frame => "a frame is not valid",
            Self::Chain => "the record does not join the hash chain",
            Self::Ordinal => "the record numbers have a gap",
            Self::Footer => "the index does not fit the records",
        })
    }
}

/// Why a log cannot be opened or verified.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The host asks for sizes that make no sense.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// Durable bytes have changed.
    #[error(transparent)]
    Damage(Damage),
    /// Written by a newer version of this program, which alone can read it.
    #[error("segment {segment} has format {found}, this version knows up to {known}")]
    NewerFormat {
        /// Number of the segment.
        segment: u64,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why records cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The records asked for were pruned.
    #[error("records before {oldest} were pruned")]
    Pruned {
        /// Ordinal of the oldest record still there.
        oldest: u64,
    },
    /// Durable bytes have changed.
    #[error(transparent)]
    Damage(Damage),
    /// Written by a newer version of this program, which alone can read it.
    #[error("segment {segment} has format {found}, this version knows up to {known}")]
    NewerFormat {
        /// Number of the segment.
        segment: u64,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What a single segment can say, before it is known who asked.
#[derive(Debug)]
pub(crate) enum Fault {
    Damage(Damage),
    NewerFormat {
        segment: u64,
        found: u32,
        known: u32,
    },
    File(FileError),
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<Damage> for Fault {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damage(damage) => Self::Damage(damage),
            Fault::NewerFormat {
                segment,
                found,
                known,
            } => Self::NewerFormat {
                segment,
                found,
                known,
            },
            Fault::File(error) => Self::File(error),
        }
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Damage(damage) => Self::Damage(damage),
            Fault::NewerFormat {
                segment,
                found,
                known,
            } => Self::NewerFormat {
                segment,
                found,
                known,
            },
            Fault::File(error) => Self::File(error),
        }
    }
}

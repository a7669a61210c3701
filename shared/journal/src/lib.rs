//! The segment log under a shop's journal and under the centre's facts.
//!
//! A log is one folder of zero-filled segment files, of which only the last is written. Records are
//! opaque bytes, framed, checked and numbered from 1 without gaps: that number is the record's
//! *ordinal*. A group of staged records costs one write and one sync; what the sync confirmed is
//! *durable*, and readers see nothing else.
//!
//! ```text
//! segment = header | frame frame … | zeros | index entries, trailer   (the last two once sealed)
//! frame   = length u32 | CRC-32C u32 | durable u64 | record | zeros up to a multiple of 8
//! ```
//!
//! Each frame carries the ordinal that was durable when it was written. That tells a torn write
//! from damage: a bad frame that no later frame calls durable was never promised to anybody.

mod bytes;
mod damage;
mod disk;
mod folder;
mod footer;
mod format;
mod frame;
#[cfg(any(test, feature = "sim"))]
mod fuzz;
mod group;
mod header;
mod log;
mod open;
mod options;
#[cfg(feature = "planted")]
pub mod planted;
mod reader;
mod salvage;
mod scan;
mod segment;
mod shared;
#[cfg(any(test, feature = "sim"))]
mod sim;
mod verify;
mod window;

#[cfg(test)]
mod tests;

pub use damage::{Damage, DamageKind, OpenError, ReadError};
pub use disk::DiskFolder;
pub use folder::{FileError, Folder, SegmentFile};
pub use format::{Format, Link, Span};
#[cfg(any(test, feature = "sim"))]
pub use fuzz::fuzz_open;
pub use log::{AppendError, CommitError, Log, PruneError};
pub use open::{Opened, TornTail};
pub use options::{Options, OptionsError};
pub use reader::{Cursor, Place, Reader, Record};
#[cfg(any(test, feature = "sim"))]
pub use sim::{SimFile, SimFolder};
pub use verify::{VerifyReport, verify};

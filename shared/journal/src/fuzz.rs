//! Opens arbitrary bytes as a log: whatever they are, nothing may panic.

use crate::format::{Format, Link, Span};
use crate::log::Log;
use crate::options::Options;
use crate::segment;
use crate::sim::SimFolder;
use crate::verify::verify;

/// Records without place and chain.
#[derive(Clone)]
struct Opaque;

impl Format for Opaque {
    fn span(&self, _: &[u8]) -> Option<Span> {
        None
    }

    fn link(&self, _: &[u8]) -> Option<Link> {
        None
    }
}

/// Takes `bytes` for the first segment of a log: verifies, opens, reads and goes on writing.
/// Says how many records could be read.
#[must_use]
pub fn fuzz_open(bytes: &[u8]) -> u64 {
    let folder = SimFolder::new();
    folder.put(&segment::file_name(1), bytes);
    let options = Options {
        segment_bytes: 4096,
        record_bytes_max: 1024,
    };
    let verified = verify(&folder, &Opaque).is_ok();
    let Ok((mut log, opened)) = Log::open(folder.clone(), Opaque, options) else {
        return 0;
    };
    let staged = log.stage(b"one more").is_ok();
    let last = log.commit().unwrap_or_default();
    // What was just opened and written can be read, to the last record.
    assert!(staged && last == opened.last_ordinal.saturating_add(1));
    let reader = log.reader();
    let read = reader.read_from(reader.oldest().unwrap_or(1));
    let read = read.filter(Result::is_ok).count() as u64;
    assert!(!verified || read > 0);
    read
}

//! Bugs that a test switches on to prove that it would find them.

use std::sync::atomic::{AtomicU8, Ordering};

/// Stands in every program that has planted bugs, so that a release can be searched for it.
pub const MARKER: &str = "storefleet-planted-bug";

static ACTIVE: AtomicU8 = AtomicU8::new(Bug::None as u8);

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// The log is as it should be.
    None,
    /// A commit is confirmed without a sync.
    SyncSkipped,
    /// A frame with a bad check is taken for a record.
    TornTailKept,
    /// Readers see records before they are synced.
    PublishedBeforeSync,
}

/// Switches the bug on in the whole process, in place of the one before. Says [`MARKER`], so that
/// it stays in the program.
pub fn set(bug: Bug) -> &'static str {
    ACTIVE.store(bug as u8, Ordering::Relaxed);
    MARKER
}

pub(crate) fn active(bug: Bug) -> bool {
    ACTIVE.load(Ordering::Relaxed) == bug as u8
}

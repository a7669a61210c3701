//! Bugs that the simulator switches on in its own build, to prove that it would find them.

use std::sync::atomic::{AtomicU8, Ordering};

/// Stands in every program that has planted bugs, so that a release can be searched for it.
pub const MARKER: &str = "storefleet-planted-bug";

static ACTIVE: AtomicU8 = AtomicU8::new(Bug::None as u8);

/// A mistake somebody could make in the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// The code as it is.
    None = 0,
    /// The centre stores a batch although entries before it are missing.
    GapAccepted = 1,
    /// An ack of the centre's life before a restore still counts.
    EarlierLifeBelieved = 2,
    /// A restored centre does not move the cursor back.
    RewindIgnored = 3,
    /// Checkpoint and brought-forward carry no idempotency keys.
    RequestsForgotten = 4,
    /// A manifest of an older generation counts.
    OlderManifestTaken = 5,
    /// A layer is on sale before its minute.
    SwitchedEarly = 6,
}

/// Switches the bug on in the whole process, in place of the one before.
pub fn set(bug: Bug) -> &'static str {
    ACTIVE.store(bug as u8, Ordering::Relaxed);
    MARKER
}

pub(crate) fn is(bug: Bug) -> bool {
    ACTIVE.load(Ordering::Relaxed) == bug as u8
}

//! Bugs planted by the simulator's own build, to show that it finds them.

use std::sync::atomic::{AtomicU8, Ordering};

/// Text that a test looks for in the products: it must not be there.
pub const MARKER: &str = "storefleet-planted-bug";

static ACTIVE: AtomicU8 = AtomicU8::new(0);

/// A mistake somebody could make in the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// The code as it is.
    None = 0,
    /// A checkpoint counts without the frame it names.
    CheckpointTrusted = 1,
    /// The answer leaves before the group is durable.
    AnswerBeforeCommit = 2,
    /// An ack counts without its signature.
    UnsignedAckBelieved = 3,
    /// After damage the same epoch number is used again.
    EpochReused = 4,
    /// Segments go that the centre does not hold.
    UnackedPruned = 5,
    /// Records are put aside although they do not give the root.
    RootTrusted = 6,
}

/// Turns one bug on for the process.
pub fn set(bug: Bug) -> &'static str {
    ACTIVE.store(bug as u8, Ordering::Relaxed);
    MARKER
}

pub(crate) fn is(bug: Bug) -> bool {
    ACTIVE.load(Ordering::Relaxed) == bug as u8
}

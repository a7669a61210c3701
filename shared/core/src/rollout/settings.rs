//! How a rollout goes: its window, its bake time, the limits of its gates. Frozen when it starts.

use super::window::Window;

const HOUR_MS: i64 = 3_600_000;

/// Limits of the gates; shares are in thousandths.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Limits {
    /// Share of the wave that must have switched, whatever is silent.
    #[n(0)]
    pub quorum_permille: u64,
    /// Share of the shops in contact that must have switched.
    #[n(1)]
    pub in_contact_permille: u64,
    /// Shops with a fault that pause a small wave.
    #[n(2)]
    pub faulty_stores: u64,
    /// Share of shops with a fault that pauses a large wave.
    #[n(3)]
    pub faulty_permille: u64,
    /// A shop is silent when nothing was heard for longer.
    #[n(4)]
    pub silent_ms: i64,
    /// Till errors in the bake window that one shop may have.
    #[n(5)]
    pub till_errors: u32,
    /// Restarts of the agent in the bake window that one shop may have.
    #[n(6)]
    pub restarts: u32,
    /// Entries waiting to go up that one shop may have.
    #[n(7)]
    pub backlog: u64,
    /// Fall of sales against the usual that pauses.
    #[n(8)]
    pub sales_fall_permille: u64,
    /// Usual receipts of the wave without which a fall cannot be told from chance.
    #[n(9)]
    pub receipts_min: u64,
    /// Fall that pauses long before that many receipts.
    #[n(10)]
    pub sales_collapse_permille: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            quorum_permille: 500,
            in_contact_permille: 900,
            faulty_stores: 2,
            faulty_permille: 20,
            silent_ms: 6 * HOUR_MS,
            till_errors: 5,
            restarts: 2,
            backlog: 5_000,
            sales_fall_permille: 100,
            receipts_min: 2_500,
            sales_collapse_permille: 500,
        }
    }
}

/// The settings of one rollout.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Settings {
    /// Limits of the gates.
    #[n(0)]
    pub limits: Limits,
    /// When a shop may switch, by its own wall.
    #[n(1)]
    pub window: Window,
    /// How long a wave is watched after its last shop could switch.
    #[n(2)]
    pub bake_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            window: Window::NIGHT,
            bake_ms: 24 * HOUR_MS,
        }
    }
}

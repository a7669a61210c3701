//! Alarms before alerts have life cycles: a closed list of codes, each a row with its evidence.

use crate::coded_enum;

coded_enum! {
    /// What can be wrong with a workplace.
    pub enum Alarm {
        /// Two machines speak with one identity.
        Clone = 1 => "clone",
        /// Entries are missing between two batches and do not come.
        Gap = 2 => "gap",
        /// A journal was damaged and set aside.
        Damage = 3 => "damage",
        /// A chain does not join; it is stored and waits for a person.
        Held = 4 => "held",
        /// A batch was refused.
        Refused = 5 => "refused",
        /// The centre held more than the workplace's disk.
        BehindCentre = 6 => "behind-centre",
        /// The tail of a retired machine waits for a person.
        Quarantine = 7 => "quarantine",
        /// The workplace's clock is off.
        Clock = 8 => "clock",
        /// A serial was sold more than once.
        SerialConflict = 9 => "serial-conflict",
        /// A personal coupon code was used more than once.
        CouponTwice = 10 => "coupon-twice",
    }
}

/// Clock offset above which an alarm is raised, in milliseconds.
pub const CLOCK_OFFSET_MS_MAX: i64 = 60_000;
/// Silence after which a workplace counts as gone, in milliseconds.
pub const OFF_AFTER_MS: i64 = 30_000;

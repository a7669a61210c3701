//! Instants that several processes of one machine can compare.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of the machine's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// This instant.
    #[must_use]
    pub fn now() -> Self {
        let now = clock_gettime(ClockId::Monotonic);
        let part = |it: i64| u64::try_from(it).unwrap_or_default();
        Self(part(now.tv_sec) * 1_000_000_000 + part(now.tv_nsec))
    }

    /// Seconds from an earlier instant to this one.
    #[must_use]
    pub fn since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1e9
    }

    /// As a line between processes.
    #[must_use]
    pub fn to_line(self) -> String {
        self.0.to_string()
    }

    /// Reads a line of [`Moment::to_line`].
    pub fn of_line(line: &str) -> anyhow::Result<Self> {
        Ok(Self(line.trim().parse()?))
    }
}

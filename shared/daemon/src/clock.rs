//! The real clocks of the machine.

use std::fs;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Wall and monotonic time of this process.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    started_ms: u64,
    boot: u64,
}

impl Clock {
    /// Starts counting; the monotonic time counts from the start of the machine.
    #[must_use]
    pub fn start() -> Self {
        let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
        let seconds = uptime
            .split([' ', '.'])
            .next()
            .and_then(|s| s.parse::<u64>().ok());
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let hex: String = boot_id
            .chars()
            .filter(char::is_ascii_hexdigit)
            .take(16)
            .collect();
        Self {
            started: Instant::now(),
            started_ms: seconds.unwrap_or(0).saturating_mul(1_000),
            boot: u64::from_str_radix(&hex, 16).unwrap_or(0),
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; 0 where the clock stands before.
    #[must_use]
    pub fn wall_ms(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    /// Milliseconds of a clock that only rises while the machine runs.
    #[must_use]
    pub fn monotonic_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.started_ms.saturating_add(elapsed)
    }

    /// A number of this start of the machine.
    #[must_use]
    pub fn boot(&self) -> u64 {
        self.boot
    }
}

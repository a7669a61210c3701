//! Says how long to wait so that a rate is kept; it never says no.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket kept as the moment at which it will be full again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    full_at: Instant,
    nanos_each: u64,
    burst: Duration,
}

impl Pace {
    /// A full bucket of `burst` units that fills by `per_s` units a second.
    pub(super) fn new(per_s: u64, burst: u64, now: Instant) -> Self {
        let nanos_each = 1_000_000_000_u64.div_euclid(per_s.max(1)).max(1);
        Self {
            full_at: now,
            nanos_each,
            burst: Duration::from_nanos(nanos_each.saturating_mul(burst)),
        }
    }

    /// Takes units out, into debt if need be, and says how long to wait until the debt is paid.
    pub(super) fn spend(&mut self, units: u64, now: Instant) -> Duration {
        let cost = Duration::from_nanos(self.nanos_each.saturating_mul(units));
        self.full_at = self.full_at.max(now) + cost;
        self.full_at.duration_since(now).saturating_sub(self.burst)
    }

    /// Takes one unit out only if it is there.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        let before = *self;
        let allowed = self.spend(1, now).is_zero();
        if !allowed {
            *self = before;
        }
        allowed
    }

    /// Whether nothing was taken out for long enough.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let now = Instant::now();
        let mut pace = Pace::new(10, 5, now);
        assert_eq!(pace.spend(5, now), Duration::ZERO);
        assert_eq!(pace.spend(1, now), Duration::from_millis(100));
        assert!(!pace.allows(now));
        assert!(pace.allows(now + Duration::from_millis(200)));
        assert!(pace.is_full(now + Duration::from_secs(5)));
    }
}

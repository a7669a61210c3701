//! When the tills of a workplace failed: what a release is judged by.

use storefleet_core::time::Timestamp;

/// Failures of so long are one row.
const ROW_MS: i64 = 300_000;
/// Older rows are forgotten.
const KEPT_MS: i64 = 48 * 3_600_000;

/// Failures as telemetry tells them: a count that begins anew with every run of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Failures {
    /// The run; 0 before the first was heard.
    #[n(0)]
    session: u64,
    /// Its count so far.
    #[n(1)]
    count: u64,
    /// When how many more were heard of, rising.
    #[n(2)]
    rows: Vec<(Timestamp, u32)>,
}

impl Failures {
    /// Takes what a run of the agent counted so far. What it counted before it was first heard of happened at no
    /// known time, and counts for nothing.
    pub fn told(&mut self, session: u64, count: u64, at: Timestamp) {
        let more = match self.session {
            0 => 0,
            known if known == session => count.saturating_sub(self.count),
            _ => count,
        };
        (self.session, self.count) = (session, count);
        if more == 0 {
            return;
        }
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        match self.rows.last_mut() {
            Some((since, sum)) if at.since_ms(*since) < ROW_MS => *sum = sum.saturating_add(more),
            Some(_) | None => self.rows.push((at, more)),
        }
        self.rows.retain(|(row, _)| at.since_ms(*row) < KEPT_MS);
    }

    /// How many were heard of behind a moment.
    #[must_use]
    pub fn since(&self, moment: Timestamp) -> u32 {
        let rows = self.rows.iter().filter(|(at, _)| *at > moment);
        rows.fold(0, |sum, (_, more)| sum.saturating_add(*more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_from_when_they_are_heard_of_and_a_new_run_counts_from_zero() {
        let mut failures = Failures::default();
        let at = |minutes: i64| Timestamp(minutes * 60_000);
        failures.told(7, 40, at(0));
        assert_eq!(failures.since(at(-1)), 0, "nobody knows when");
        failures.told(7, 42, at(10));
        failures.told(7, 43, at(12));
        failures.told(8, 5, at(30));
        assert_eq!(failures.since(at(0)), 8);
        assert_eq!(failures.since(at(10)), 5);
        failures.told(8, 6, at(30 + 48 * 60));
        assert_eq!(failures.rows.len(), 1, "old rows go");
    }
}

//! When a shop switches: a window on its own wall, and its own place in it, so that not all switch at once.

use sha2::{Digest, Sha256};

use super::names::ReleaseId;
use super::target::Target;
use crate::ids::StoreId;
use crate::time::Timestamp;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 1_440;

/// A daily window on the shop's wall, in minutes of the day; it may run over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Window {
    /// The first minute inside.
    #[n(0)]
    pub opens: u16,
    /// The first minute outside again.
    #[n(1)]
    pub closes: u16,
}

impl Window {
    /// From 02:00 to 05:00: behind the close of every shop, before the first opening.
    pub const NIGHT: Self = Self {
        opens: 120,
        closes: 300,
    };

    fn minutes(self) -> i64 {
        let length = i64::from(self.closes).saturating_sub(i64::from(self.opens));
        match length.rem_euclid(DAY_MINUTES) {
            0 => DAY_MINUTES,
            minutes => minutes,
        }
    }

    /// The instant at which a shop switches that is told at `told`: its own minute of the first window
    /// that it has not missed.
    #[must_use]
    pub fn slot(self, release: &ReleaseId, target: &Target, told: Timestamp) -> Timestamp {
        let length = u64::try_from(self.minutes()).unwrap_or(1);
        let place = spread(release, &target.store)
            .checked_rem(length)
            .unwrap_or(0);
        let minute = i64::from(self.opens).saturating_add(i64::try_from(place).unwrap_or(0));
        let local_ms = |at: i64, sign: i64| {
            at.saturating_add(
                i64::from(target.offset.0)
                    .saturating_mul(MINUTE_MS)
                    .saturating_mul(sign),
            )
        };
        let day_ms = DAY_MINUTES.saturating_mul(MINUTE_MS);
        let told_local = local_ms(told.0, 1);
        let midnight = told_local.saturating_sub(told_local.rem_euclid(day_ms));
        // A window over midnight began the day before.
        let first = midnight
            .saturating_sub(day_ms)
            .saturating_add(minute.saturating_mul(MINUTE_MS));
        let missed = told_local.saturating_sub(first).max(0);
        let days = missed
            .saturating_add(day_ms.saturating_sub(1))
            .checked_div(day_ms)
            .unwrap_or(0);
        Timestamp(local_ms(
            first.saturating_add(days.saturating_mul(day_ms)),
            -1,
        ))
    }
}

/// A number that is the same for a release and a shop on every machine and at any time.
pub(super) fn spread(release: &ReleaseId, store: &StoreId) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(release.as_str());
    hasher.update([0]);
    hasher.update(store.as_str());
    let digest: [u8; 32] = hasher.finalize().into();
    let (head, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    u64::from_be_bytes(*head)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use super::*;
    use crate::pricing::moment::LocalTime;
    use crate::time::OffsetMinutes;

    fn slot_on_the_wall(window: Window, offset: i16, told: &str, store: &str) -> LocalTime {
        let target = Target {
            store: store.parse().unwrap(),
            region: "RU-KAM".into(),
            dealer: "D1".into(),
            format: "salon".into(),
            offset: OffsetMinutes(offset),
        };
        let told_local = LocalTime::parse(told).unwrap();
        let shift = i64::from(offset) * MINUTE_MS;
        let told = Timestamp(told_local.0 - shift);
        let slot = window.slot(&"r1".into(), &target, told);
        assert!(slot >= told && slot.since_ms(told) <= 86_400_000);
        LocalTime(slot.0 + shift)
    }

    #[test]
    fn every_shop_switches_at_night_by_its_own_wall() {
        for offset in [-300, 0, 180, 720] {
            for number in 0..40 {
                let store = format!("s{number}");
                let slot = slot_on_the_wall(Window::NIGHT, offset, "2026-12-01T10:00:00", &store);
                let text = slot.to_string();
                assert!(
                    ("2026-12-02T02:00:00".."2026-12-02T05:00:00").contains(&text.as_str()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_window_over_midnight_still_counts_behind_midnight() {
        let window = Window {
            opens: 1_380,
            closes: 360,
        };
        for number in 0..40 {
            let slot = slot_on_the_wall(window, 180, "2026-12-02T00:30:00", &format!("s{number}"));
            let minute = slot.0.rem_euclid(86_400_000) / MINUTE_MS;
            assert!(!(360..1_380).contains(&minute), "{slot}");
        }
    }
}

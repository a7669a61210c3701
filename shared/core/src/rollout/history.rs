//! What each shop usually sells: receipts of every hour of the week in the weeks before, and their median.

use std::collections::BTreeMap;

use crate::ids::StoreId;
use crate::time::{BusinessDate, OffsetMinutes, Timestamp};

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// Hours of a week.
pub const WEEK_HOURS: i32 = 168;
/// Weeks that say what is usual.
pub const WEEKS: i32 = 8;
/// Fewer weeks say nothing of what is usual.
const WEEKS_MIN: usize = 4;

/// An hour on a shop's wall, counted from 1970-01-01T00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallHour(pub i32);

impl WallHour {
    /// The hour on the wall at an instant.
    #[must_use]
    pub fn of(at: Timestamp, offset: OffsetMinutes) -> Self {
        let local =
            at.0.saturating_add(i64::from(offset.0).saturating_mul(MINUTE_MS));
        Self(i32::try_from(local.div_euclid(HOUR_MS)).unwrap_or(i32::MAX))
    }

    /// Its date.
    #[must_use]
    pub fn date(self) -> BusinessDate {
        BusinessDate(self.0.div_euclid(24))
    }

    fn week(self) -> i32 {
        self.0.div_euclid(WEEK_HOURS)
    }

    fn of_week(self) -> i32 {
        self.0.rem_euclid(WEEK_HOURS)
    }
}

/// Receipts of one hour of one shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourReceipts {
    /// The hour.
    pub hour: WallHour,
    /// How many.
    pub count: u32,
}

/// Receipts of one hour beside what is usual then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldHour {
    /// The hour.
    pub hour: WallHour,
    /// How many were made.
    pub made: u32,
    /// How many are usual, in thousandths; nothing where too few weeks are known.
    pub usual: Option<u64>,
}

/// One count and the week it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Kept {
    week: i32,
    count: Option<u32>,
}

/// The last weeks of every shop. A count may come twice, late and in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SalesHistory {
    stores: BTreeMap<StoreId, Vec<Kept>>,
}

impl SalesHistory {
    /// Folds the count of an hour.
    pub fn apply(&mut self, store: &StoreId, receipts: HourReceipts) {
        if !self.stores.contains_key(store) {
            let empty = vec![Kept::default(); place(WEEK_HOURS.saturating_sub(1), WEEKS)];
            self.stores.insert(store.clone(), empty);
        }
        let week = receipts.hour.week();
        let at = place(receipts.hour.of_week(), week.rem_euclid(WEEKS));
        let kept = self.stores.get_mut(store).and_then(|kept| kept.get_mut(at));
        if let Some(kept) = kept.filter(|kept| kept.count.is_none() || kept.week <= week) {
            *kept = Kept {
                week,
                count: Some(receipts.count),
            };
        }
    }

    /// The receipts of an hour beside the usual ones.
    #[must_use]
    pub fn sold(&self, store: &StoreId, receipts: HourReceipts) -> SoldHour {
        SoldHour {
            hour: receipts.hour,
            made: receipts.count,
            usual: self.usual(store, receipts.hour),
        }
    }

    /// The median of that hour of the week in the weeks before, in thousandths of a receipt; nothing where
    /// too few weeks are known.
    #[must_use]
    pub fn usual(&self, store: &StoreId, hour: WallHour) -> Option<u64> {
        let kept = self.stores.get(store)?;
        let first = place(hour.of_week(), 0);
        let end = place(hour.of_week(), WEEKS);
        let week = hour.week();
        let is_before = |kept: &&Kept| kept.week < week && kept.week >= week.saturating_sub(WEEKS);
        let mut counts: Vec<u32> = kept
            .get(first..end)?
            .iter()
            .filter(is_before)
            .filter_map(|kept| kept.count)
            .collect();
        usual_of(&mut counts)
    }
}

/// The median of counts of the same hour of several weeks, in thousandths of a receipt; nothing where there are
/// too few weeks.
#[must_use]
pub fn usual_of(counts: &mut [u32]) -> Option<u64> {
    counts.sort_unstable();
    if counts.len() < WEEKS_MIN {
        return None;
    }
    let middle = counts.len() / 2;
    let upper = u64::from(*counts.get(middle)?);
    let lower = match counts.len() % 2 {
        0 => u64::from(*counts.get(middle.saturating_sub(1))?),
        _ => upper,
    };
    Some(upper.saturating_add(lower).saturating_mul(500))
}

fn place(hour_of_week: i32, week: i32) -> usize {
    let place = hour_of_week.saturating_mul(WEEKS).saturating_add(week);
    usize::try_from(place).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use super::*;

    fn usual(counts: &[(i32, u32)], week: i32) -> Option<u64> {
        let store: StoreId = "s1".parse().unwrap();
        let mut history = SalesHistory::default();
        for (week, count) in counts {
            let hour = WallHour(week * WEEK_HOURS + 12);
            history.apply(
                &store,
                HourReceipts {
                    hour,
                    count: *count,
                },
            );
        }
        history.usual(&store, WallHour(week * WEEK_HOURS + 12))
    }

    #[test]
    fn the_usual_is_the_median_of_the_weeks_before() {
        assert_eq!(usual(&[(1, 4), (2, 90), (3, 6), (4, 8)], 5), Some(7_000));
        assert_eq!(usual(&[(1, 4), (2, 90), (3, 6)], 5), None, "too few weeks");
        assert_eq!(usual(&[(1, 4), (2, 6), (3, 6), (5, 0)], 5), None);
        assert_eq!(
            usual(&[(1, 4), (2, 6), (3, 6), (4, 6)], 20),
            None,
            "too old"
        );
    }

    #[test]
    fn a_count_that_comes_twice_or_late_changes_nothing() {
        let ordered = usual(&[(1, 4), (2, 5), (3, 6), (4, 8), (9, 9)], 10);
        assert_eq!(
            usual(&[(9, 9), (4, 8), (4, 8), (3, 6), (2, 5), (1, 4)], 10),
            ordered
        );
    }
}

//! Receipts of every hour of the last weeks: what a release is judged by.

use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::rollout::history::{HourReceipts, WallHour};
use storefleet_core::time::BusinessDate;

/// Eight weeks say what is usual; one more is judged by them.
const HOURS_KEPT: i32 = 9 * 168;

/// Receipts by hour of the shop's wall, rising; hours without any are missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct SoldHours(#[n(0)] Vec<(i32, u32)>);

impl SoldHours {
    /// Folds an entry of the journal.
    pub fn apply(&mut self, entry: &Entry) {
        if let Fact::Sale(_) = entry.fact {
            let wall = entry.header.wall;
            self.add(WallHour::of(wall.at, wall.offset).0);
        }
    }

    fn add(&mut self, hour: i32) {
        match self.0.binary_search_by_key(&hour, |(hour, _)| *hour) {
            Ok(place) => {
                if let Some((_, count)) = self.0.get_mut(place) {
                    *count = count.saturating_add(1);
                }
            }
            Err(place) => self.0.insert(place, (hour, 1)),
        }
        let newest = self.0.last().map_or(hour, |(hour, _)| *hour);
        let kept_from = newest.saturating_sub(HOURS_KEPT);
        let old = self.0.partition_point(|(hour, _)| *hour < kept_from);
        self.0.drain(..old);
    }

    /// Counts by hour.
    pub fn of(hours: impl IntoIterator<Item = (i32, u32)>) -> Self {
        let mut hours: Vec<_> = hours.into_iter().collect();
        hours.sort_unstable();
        Self(hours)
    }

    /// The receipts by hour, rising.
    pub fn hours(&self) -> impl Iterator<Item = HourReceipts> {
        self.0.iter().map(|(hour, count)| HourReceipts {
            hour: WallHour(*hour),
            count: *count,
        })
    }

    /// The first day with a receipt.
    #[must_use]
    pub fn since(&self) -> Option<BusinessDate> {
        self.0.first().map(|(hour, _)| WallHour(*hour).date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_come_late_are_counted_and_old_ones_go() {
        let mut sold = SoldHours::default();
        for hour in [10, 12, 10, 11, 12] {
            sold.add(hour);
        }
        let counts = |sold: &SoldHours| -> Vec<(i32, u32)> {
            sold.hours().map(|it| (it.hour.0, it.count)).collect()
        };
        assert_eq!(counts(&sold), [(10, 2), (11, 1), (12, 2)]);
        sold.add(12 + HOURS_KEPT);
        assert_eq!(counts(&sold), [(12, 2), (12 + HOURS_KEPT, 1)]);
    }
}

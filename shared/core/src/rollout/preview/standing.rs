//! What is known of an item that stands now, read from its records.

use super::StandingItem;
use crate::master::corridor::CorridorRecord;
use crate::master::item::ItemRecord;
use crate::master::price::PriceRecord;
use crate::pricing::base::USUAL_TYPE;
use crate::pricing::moment::LocalTime;
use crate::pricing::price::Reach;
use crate::time::BusinessDate;

impl StandingItem {
    /// An item with its prices and bounds as they stand on a day.
    #[must_use]
    pub fn of(
        item: &ItemRecord,
        prices: &[PriceRecord],
        bounds: &[CorridorRecord],
        today: BusinessDate,
    ) -> Self {
        let morning = LocalTime(i64::from(today.0).saturating_mul(86_400_000));
        let usual = prices.iter().map(|record| &record.row).filter(|row| {
            let counts = row.reach == Reach::Network && row.price_type.as_str() == USUAL_TYPE;
            counts && row.validity.holds(morning)
        });
        let usual = usual.max_by_key(|row| (row.rank, row.validity.from, row.revision, row.id));
        let least = bounds.iter();
        let least = least.filter_map(|record| super::below_cost::bound(&record.row, morning));
        Self {
            kind: item.kind,
            price: usual.map(|row| row.amount),
            least: least.max(),
        }
    }
}

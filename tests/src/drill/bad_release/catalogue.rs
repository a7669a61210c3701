//! A small chain's items and prices, and the changes that releases make of them.

use std::collections::BTreeMap;

use storefleet_core::master::Record;
use storefleet_core::master::change::RowChange;
use storefleet_core::master::item::{ItemRecord, Kind, Serial};
use storefleet_core::master::price::PriceRecord;
use storefleet_core::money::Money;
use storefleet_core::pricing::moment::{LocalTime, Validity};
use storefleet_core::pricing::price::{PriceRow, Reach, RowId};
use storefleet_core::rollout::preview::{Standing, StandingItem};
use storefleet_core::time::BusinessDate;

use super::kinds::bytes;
use crate::sim::rng::Rng;

const ITEMS: u32 = 1_500;

/// The day of every release.
pub(super) fn today() -> BusinessDate {
    BusinessDate::of_civil(2026, 12, 1).expect("a day of the calendar")
}

/// Items, each with its price.
pub(super) struct Catalogue {
    /// The items.
    pub(super) items: Vec<ItemRecord>,
    /// The price of each, in the same order.
    pub(super) prices: Vec<PriceRecord>,
}

impl Catalogue {
    /// The catalogue of a seed.
    pub(super) fn new(rng: &mut Rng) -> Self {
        let items: Vec<_> = (0..ITEMS).map(|number| item(number, rng)).collect();
        let prices = (0..ITEMS)
            .map(|number| price(number, rng.between(190, 59_990) * 100))
            .collect();
        Self { items, prices }
    }

    /// Items that did not exist, with their prices.
    pub(super) fn new_items(&self, count: i64) -> Vec<RowChange> {
        let numbers = (ITEMS..).take(usize::try_from(count).expect("a small count"));
        let mut rng = Rng::new(1);
        numbers
            .flat_map(|number| {
                let item = change(None, Some(&item(number, &mut rng)));
                [item, change(None, Some(&price(number, 49_900)))]
            })
            .collect()
    }

    /// What stands now.
    pub(super) fn standing(&self) -> Standing {
        let touched = self.items.iter().zip(&self.prices).map(|(item, price)| {
            let known = StandingItem {
                kind: item.kind,
                price: Some(price.row.amount),
                least: Some(Money(price.row.amount.0 / 2)),
            };
            (item.code.clone(), known)
        });
        let owners = self.items.iter().flat_map(|item| {
            let codes = item.barcodes.iter();
            codes.map(|code| (code.clone(), item.code.clone()))
        });
        let owners: BTreeMap<_, _> = owners.collect();
        Standing {
            items: self.items.len() as u64,
            prices: self.prices.len() as u64,
            barcodes: owners.len() as u64,
            touched: touched.collect(),
            owners,
        }
    }
}

fn item(number: u32, rng: &mut Rng) -> ItemRecord {
    ItemRecord {
        code: format!("{number:06}").into(),
        barcodes: vec![format!("4600000{number:06}")],
        kind: if rng.one_in(20) {
            Kind::Service
        } else {
            Kind::Goods
        },
        group: format!("group-{}", number % 30).into(),
        brand: "".into(),
        name: format!("Item {number}"),
        model: String::new(),
        unit: "pcs".to_owned(),
        tracking: if rng.one_in(5) {
            Serial::Imei
        } else {
            Serial::None
        },
        tac: String::new(),
        vat: "base".into(),
        base_price: None,
        price_fixed_by_vendor: false,
        marking: false,
        warranty_months: 12,
    }
}

fn price(number: u32, kopecks: i64) -> PriceRecord {
    let begins = BusinessDate::of_civil(2026, 6, 1).expect("a day of the calendar");
    PriceRecord {
        item: format!("{number:06}").into(),
        row: PriceRow {
            id: RowId(u64::from(number)),
            price_type: "retail".into(),
            reach: Reach::Network,
            amount: Money(kopecks),
            validity: Validity {
                from: LocalTime(i64::from(begins.0) * 86_400_000),
                to: None,
            },
            rank: 0,
            lock: false,
            revision: 0,
        },
    }
}

/// A row that came, went or changed.
pub(super) fn change<R: Record>(old: Option<&R>, new: Option<&R>) -> RowChange {
    RowChange {
        table: R::TABLE,
        key: old.or(new).expect("a side").key(),
        from: old.map(bytes),
        to: new.map(bytes),
    }
}

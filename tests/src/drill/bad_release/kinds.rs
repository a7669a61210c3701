//! The kinds of releases that people make: bad ones, and good ones that look like nothing special.

use minicbor::bytes::ByteVec;
use storefleet_core::cbor;
use storefleet_core::master::change::RowChange;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::money::Money;
use storefleet_core::pricing::moment::LocalTime;

use super::catalogue::{Catalogue, change};
use crate::sim::rng::Rng;

const DAY_MS: i64 = 86_400_000;

/// What is wrong with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// Items for nothing.
    AtZero,
    /// A decimal point moved left by two.
    Hundredth,
    /// A decimal point moved right by one.
    Tenfold,
    /// Items that can no longer be scanned.
    BarcodesGone,
    /// A file cut short: 30 % of the items are missing.
    ItemsGone,
    /// Dates that leave no price.
    WrongDates,
    /// A record that no shop can read.
    Broken,
    /// Many items in another VAT class.
    VatChanged,
    /// Nothing to be seen; the shops sell a fifth less.
    QuietSales,
}

impl Bad {
    /// Every kind in turn; the one that only sales betray comes most often.
    pub(super) const TURNS: &'static [Self] = &[
        Self::AtZero,
        Self::QuietSales,
        Self::Hundredth,
        Self::BarcodesGone,
        Self::QuietSales,
        Self::ItemsGone,
        Self::WrongDates,
        Self::QuietSales,
        Self::Broken,
        Self::VatChanged,
        Self::QuietSales,
        Self::Tenfold,
    ];
}

/// A good release: reprices, brings, withdraws, and sometimes a promotion.
pub(super) fn good(catalogue: &Catalogue, rng: &mut Rng) -> Vec<RowChange> {
    let share = rng.between(5, 100);
    let mut rows = repriced(catalogue, rng, share);
    if rng.one_in(2) {
        rows.extend(catalogue.new_items(rng.between(1, 30)));
    }
    if rng.one_in(3) {
        for _ in 0..rng.between(1, 8) {
            let place = rng.index(catalogue.items.len());
            let (item, price) = (&catalogue.items[place], &catalogue.prices[place]);
            rows.retain(|row| row.key != key_of(price));
            if rows.iter().all(|row| row.key != key_of(item)) {
                rows.push(change(Some(item), None));
                rows.push(change(Some(price), None));
            }
        }
    }
    if rng.one_in(3) {
        for _ in 0..rng.between(1, 8) {
            let price = rng.pick(&catalogue.prices);
            if rows.iter().all(|row| row.key != key_of(price)) {
                rows.push(with_amount(price, price.row.amount.0 * 6 / 10));
            }
        }
    }
    rows
}

/// A good release with one thing wrong.
pub(super) fn bad(kind: Bad, catalogue: &Catalogue, rng: &mut Rng) -> Vec<RowChange> {
    let share = rng.between(5, 60);
    let mut rows = repriced(catalogue, rng, share);
    // One row, a few, or every one.
    let some = match rng.below(3) {
        0 => 1,
        1 => rng.between(2, 15),
        _ => rng.between(100, 1_000),
    };
    match kind {
        Bad::AtZero => spoil_prices(catalogue, rng, &mut rows, some, |_, price| {
            price.row.amount = Money(0);
        }),
        Bad::Hundredth => spoil_prices(catalogue, rng, &mut rows, some, |_, price| {
            price.row.amount = Money(price.row.amount.0 / 100);
        }),
        Bad::Tenfold => spoil_prices(catalogue, rng, &mut rows, some, |_, price| {
            price.row.amount = Money(price.row.amount.0 * 10);
        }),
        Bad::WrongDates => spoil_prices(catalogue, rng, &mut rows, some, wrong_dates),
        Bad::BarcodesGone => {
            let share = rng.between(30, 1_000);
            spoil_items(catalogue, rng, &mut rows, share, |item| {
                item.barcodes.clear()
            });
        }
        Bad::VatChanged => {
            let share = rng.between(30, 1_000);
            spoil_items(catalogue, rng, &mut rows, share, |item| {
                item.vat = "vat10".into()
            });
        }
        Bad::ItemsGone => {
            let first = rng.index(catalogue.items.len() * 7 / 10);
            let gone = catalogue.items.len() * 3 / 10;
            let cut = catalogue.items.iter().skip(first).take(gone);
            rows.extend(cut.map(|item| change(Some(item), None)));
        }
        Bad::Broken => {
            let place = rng.index(rows.len());
            let bytes: Vec<u8> = rows[place].to.take().unwrap().into();
            let cut = rng.index(bytes.len());
            rows[place].to = Some(ByteVec::from(bytes[..cut].to_vec()));
        }
        Bad::QuietSales => {}
    }
    rows
}

fn wrong_dates(rng: &mut Rng, price: &mut PriceRecord) {
    let validity = &mut price.row.validity;
    match rng.below(3) {
        // The year of the end, the year of the beginning, both upside down.
        0 => validity.to = Some(LocalTime(validity.from.0 + 100 * DAY_MS)),
        1 => validity.from = LocalTime(validity.from.0 + rng.between(2, 10) * 365 * DAY_MS),
        _ => validity.to = Some(LocalTime(validity.from.0 - DAY_MS)),
    }
}

fn spoil_prices(
    catalogue: &Catalogue,
    rng: &mut Rng,
    rows: &mut Vec<RowChange>,
    some: i64,
    spoil: impl Fn(&mut Rng, &mut PriceRecord),
) {
    for _ in 0..some {
        let price = rng.pick(&catalogue.prices);
        let mut spoiled = price.clone();
        spoil(rng, &mut spoiled);
        rows.retain(|row| row.key != key_of(price));
        rows.push(change(Some(price), Some(&spoiled)));
    }
}

fn spoil_items(
    catalogue: &Catalogue,
    rng: &mut Rng,
    rows: &mut Vec<RowChange>,
    permille: i64,
    spoil: impl Fn(&mut ItemRecord),
) {
    for item in &catalogue.items {
        if rng.between(1, 1_000) <= permille {
            let mut spoiled = item.clone();
            spoil(&mut spoiled);
            rows.push(change(Some(item), Some(&spoiled)));
        }
    }
}

/// Prices of a share of the items, in thousandths, changed by up to a quarter.
fn repriced(catalogue: &Catalogue, rng: &mut Rng, permille: i64) -> Vec<RowChange> {
    let mut rows = Vec::new();
    for price in &catalogue.prices {
        if rng.between(1, 1_000) <= permille {
            let percent = 100 + rng.between(-25, 25);
            let amount = price.row.amount.0 * percent / 100;
            rows.push(with_amount(price, amount / 100 * 100));
        }
    }
    if rows.is_empty() {
        let price = &catalogue.prices[0];
        rows.push(with_amount(price, price.row.amount.0 + 100));
    }
    rows
}

fn with_amount(price: &PriceRecord, kopecks: i64) -> RowChange {
    let mut new = price.clone();
    new.row.amount = Money(kopecks);
    change(Some(price), Some(&new))
}

fn key_of<R: storefleet_core::master::Record>(record: &R) -> String {
    record.key()
}

/// The bytes of a record.
pub(super) fn bytes<R: minicbor::Encode<()>>(record: &R) -> ByteVec {
    ByteVec::from(cbor::encode(record))
}

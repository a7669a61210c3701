//! The base price of one unit: now, and step by step over the days to come.

use std::collections::BTreeSet;

use crate::money::Money;

use super::corridor::clamp_list_price;
use super::explain::PriceChoice;
use super::item::Goods;
use super::moment::{LocalTime, Validity};
use super::names::PriceType;
use super::price::{PriceTypes, RowId, find_price};
use super::shop::Shop;

/// The kind of price that customers without a contract pay, and that shelf tags show.
pub const USUAL_TYPE: &str = "retail";

/// The base price of one unit: the row that wins, inside its corridor.
pub(crate) fn base_price(
    goods: &Goods,
    price_type: &PriceType,
    types: &PriceTypes,
    shop: &Shop,
    moment: LocalTime,
) -> Option<PriceChoice> {
    let found = find_price(&goods.prices, price_type, types, shop, moment)?;
    let placed = clamp_list_price(&goods.corridors, shop, moment, found.row.amount);
    Some(PriceChoice {
        row: found.row.id,
        price_type: found.row.price_type.clone(),
        layer: found.row.reach.layer(),
        listed: found.row.amount,
        price: placed.price,
        bound: placed.bound,
        alarm: placed.alarm,
        losers: found.losers,
    })
}

/// What a shop's datasets say of one item from a moment of the wall on.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// From when on they are on sale.
    pub from: LocalTime,
    /// The item with its rows; none where they do not know it.
    pub goods: Option<&'a Goods>,
    /// What each price type falls back to.
    pub types: &'a PriceTypes,
    /// The shop.
    pub shop: &'a Shop,
}

/// The usual price of an item from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceStep {
    /// From when on, by the store's wall.
    pub from: LocalTime,
    /// The price of one unit and the row that gives it; none where the item has no price.
    pub price: Option<(Money, RowId)>,
}

/// The steps of an item's usual price within `[now, until)`, the first one at `now`. `told` are the datasets
/// in the order in which they come on sale; those before the first count from `now` on.
#[must_use]
pub fn price_steps(told: &[Told<'_>], now: LocalTime, until: LocalTime) -> Vec<PriceStep> {
    let mut steps: Vec<PriceStep> = Vec::new();
    let ends = told.iter().skip(1).map(|next| next.from);
    for (here, end) in told.iter().zip(ends.chain([until])) {
        let start = if steps.is_empty() { now } else { here.from };
        for moment in moments(here, start, end.min(until)) {
            let step = step(here, moment);
            let same = |before: &PriceStep| before.price == step.price;
            if !steps.last().is_some_and(same) {
                steps.push(step);
            }
        }
    }
    steps
}

/// The moments of `[start, end)` at which the price may turn.
fn moments(told: &Told<'_>, start: LocalTime, end: LocalTime) -> BTreeSet<LocalTime> {
    let goods = told.goods.into_iter();
    let turns = goods.flat_map(|goods| {
        let rows = goods.prices.iter().map(|row| row.validity);
        rows.chain(goods.corridors.iter().map(|row| row.validity))
    });
    let turns = turns.flat_map(|Validity { from, to }| [Some(from), to]);
    let turns = turns.flatten().chain([start]);
    turns.filter(|turn| (start..end).contains(turn)).collect()
}

fn step(told: &Told<'_>, from: LocalTime) -> PriceStep {
    let price_type = PriceType::from(USUAL_TYPE);
    let chosen = told
        .goods
        .and_then(|goods| base_price(goods, &price_type, told.types, told.shop, from));
    PriceStep {
        from,
        price: chosen.map(|chosen| (chosen.price, chosen.row)),
    }
}

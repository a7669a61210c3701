//! Prices below what the corridors allow: cost, least list price, floor.

use std::collections::BTreeMap;

use super::{Check, Found, Release};
use crate::money::Money;
use crate::pricing::corridor::{CorridorReach, CorridorRow};
use crate::pricing::moment::LocalTime;
use crate::pricing::names::ItemCode;
use crate::pricing::price::Reach;

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "below-cost",
    look,
};

fn look(release: &Release<'_>) -> Vec<Found> {
    let changed = changed_bounds(release);
    let least = |item: &ItemCode| match changed.get(item) {
        Some(least) => Some(*least),
        None => release.standing.touched.get(item)?.least,
    };
    let mut rows = Vec::new();
    for change in &release.prices {
        let Some(new) = &change.new else { continue };
        let below = least(&new.item).filter(|least| new.row.amount < *least);
        if let Some(least) = below.filter(|_| new.row.amount > Money::ZERO) {
            rows.push(change.shown(format!("at least {least}"), new.row.amount));
        }
    }
    for change in &release.corridors {
        let Some(new) = change.new.as_ref() else {
            continue;
        };
        let standing = release.standing.touched.get(&new.item);
        let price = standing.and_then(|standing| standing.price);
        let bound = bound(&new.row, release.today);
        let above = bound.zip(price).filter(|(least, price)| price < least);
        if let Some((least, price)) = above.filter(|_| !release.priced.contains(&new.item)) {
            rows.push(change.shown(price, format!("at least {least}")));
        }
    }
    vec![Found::hold(rows, "prices below cost, corridor or floor")]
}

/// The bounds that the release gives to every shop; narrower ones bind some shops only and clamp there.
fn changed_bounds(release: &Release<'_>) -> BTreeMap<ItemCode, Money> {
    let mut bounds: BTreeMap<ItemCode, Money> = BTreeMap::new();
    for new in release.corridors.iter().filter_map(|row| row.new.as_ref()) {
        if let Some(least) = bound(&new.row, release.today) {
            let known = bounds.entry(new.item.clone()).or_insert(least);
            *known = (*known).max(least);
        }
    }
    bounds
}

/// The least price that a row of bounds allows in every shop.
pub(super) fn bound(row: &CorridorRow, today: LocalTime) -> Option<Money> {
    let everywhere = match &row.reach {
        CorridorReach::Cost | CorridorReach::Layer(Reach::Network) => true,
        CorridorReach::Layer(Reach::Region(_) | Reach::Dealer(_) | Reach::Store(_)) => false,
    };
    let is_over = row.validity.to.is_some_and(|to| to <= today);
    row.min.max(row.floor).filter(|_| everywhere && !is_over)
}

//! Prices that fell or rose out of reason: a slip of the decimal point on many rows, or one row gone wild.

use std::collections::BTreeMap;

use super::{Check, Example, Found, Release};
use crate::money::Money;
use crate::pricing::names::{ItemCode, PriceType};
use crate::pricing::price::Reach;
use crate::rollout::share::{count, permille};

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "price-jump",
    look,
};

/// One price may fall to this many thousandths, or rise by the same factor.
const ONE_PERMILLE_MIN: u64 = 300;
/// Many prices may fall to this, or rise by the same factor.
const MANY_PERMILLE_MIN: u64 = 550;
/// So many are many.
const MANY: u64 = 20;

fn look(release: &Release<'_>) -> Vec<Found> {
    let before = Before::of(release);
    let mut wild = Vec::new();
    let mut steep = Vec::new();
    let mut slips: BTreeMap<&str, u64> = BTreeMap::new();
    for change in &release.prices {
        let Some(new) = &change.new else { continue };
        let old = change.old.as_ref().map(|old| old.row.amount);
        let Some(old) = old.or_else(|| before.price(release, &new.item, new)) else {
            continue;
        };
        // Zero is another check's business.
        let (old, now) = (kopecks(old), kopecks(new.row.amount));
        if old == 0 || now == 0 {
            continue;
        }
        let left = permille(old.min(now), old.max(now));
        let row = || change.shown(Money(as_i64(old)), Money(as_i64(now)));
        if left < ONE_PERMILLE_MIN {
            wild.push(row());
            if let Some(slip) = slip(old, now) {
                let rows = slips.entry(slip).or_default();
                *rows = rows.saturating_add(1);
            }
        } else if left < MANY_PERMILLE_MIN {
            steep.push(row());
        }
    }
    judged(wild, steep, &slips)
}

fn judged(wild: Vec<Example>, steep: Vec<Example>, slips: &BTreeMap<&str, u64>) -> Vec<Found> {
    let mut text = "prices changed more than threefold".to_owned();
    let most = slips.iter().max_by_key(|(_, rows)| **rows);
    if let Some((slip, _)) = most.filter(|(_, rows)| rows.saturating_mul(2) >= count(&wild)) {
        text = format!("{text}; this looks like {slip}");
    }
    vec![
        Found::hold(wild, text),
        Found::hold_from(MANY, steep, "prices changed by almost half or more"),
    ]
}

/// A decimal point that moved, to a fiftieth.
fn slip(old: u64, now: u64) -> Option<&'static str> {
    let slips = [
        (1, 100, "÷100"),
        (1, 10, "÷10"),
        (10, 1, "×10"),
        (100, 1, "×100"),
    ];
    slips.into_iter().find_map(|(times, by, name)| {
        let expected = old.saturating_mul(times).checked_div(by)?;
        let off = expected.abs_diff(now);
        (off.saturating_mul(50) <= expected).then_some(name)
    })
}

/// Prices that the release takes away: a new row often replaces one instead of changing it.
struct Before<'a>(BTreeMap<(&'a ItemCode, &'a PriceType, [String; 2]), Money>);

impl<'a> Before<'a> {
    fn of(release: &'a Release<'_>) -> Self {
        let mut before = BTreeMap::new();
        for change in &release.prices {
            if let Some(old) = &change.old {
                before.insert(
                    (&old.item, &old.row.price_type, scope(&old.row.reach)),
                    old.row.amount,
                );
            }
        }
        Self(before)
    }

    fn price(
        &self,
        release: &Release<'_>,
        item: &ItemCode,
        new: &crate::master::price::PriceRecord,
    ) -> Option<Money> {
        let replaced = self
            .0
            .get(&(item, &new.row.price_type, scope(&new.row.reach)))
            .copied();
        let standing = release.standing.touched.get(item);
        replaced.or_else(|| standing.and_then(|standing| standing.price))
    }
}

fn scope(reach: &Reach) -> [String; 2] {
    crate::master::reach::texts(reach)
}

fn kopecks(amount: Money) -> u64 {
    u64::try_from(amount.0).unwrap_or(0)
}

fn as_i64(kopecks: u64) -> i64 {
    i64::try_from(kopecks).unwrap_or(i64::MAX)
}

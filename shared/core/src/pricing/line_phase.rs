//! First phase: what a promotion takes off each line by itself.

use std::collections::BTreeMap;

use crate::money::Money;

use super::basket::Customer;
use super::explain::Clamp;
use super::kind::LineKind;
use super::names::ItemCode;
use super::rounding::line_gross;
use super::rules::Active;
use super::sheet::{Applied, Floors, Sheet, SheetLine};

/// Applies a promotion of the first phase. A share that a cap cuts is lost.
pub(crate) fn apply<'w>(
    sheet: &mut Sheet<'w>,
    active: &Active<'w>,
    kind: &LineKind,
    customer: Option<&Customer>,
) {
    let promotion = active.promotion;
    let mut total_left = sheet.total_left(active);
    let (mut wanted, mut granted) = (Money::ZERO, Money::ZERO);
    for line in &mut sheet.lines {
        if !line.facts.is_eligible(promotion) {
            continue;
        }
        let reduction = reduction(kind, line, customer);
        if reduction <= Money::ZERO {
            continue;
        }
        wanted = wanted.plus(reduction);
        let room = line.room(active, Floors::Kept);
        let mut amount = reduction.min(room.amount);
        let mut clamp = (reduction > room.amount).then_some(room.clamp);
        if let Some(left) = total_left {
            if left < amount {
                (amount, clamp) = (left, Some(Clamp::Total));
            }
            total_left = Some(left.minus(amount));
        }
        granted = granted.plus(amount);
        line.take(Applied {
            promotion,
            amount,
            clamp,
            reference: None,
        });
    }
    sheet.note(promotion, wanted, granted, None);
}

/// What the promotion wants to take off the line.
fn reduction(kind: &LineKind, line: &SheetLine<'_>, customer: Option<&Customer>) -> Money {
    let facts = line.facts;
    let down_to = |prices: &BTreeMap<ItemCode, Money>| {
        prices.get(&facts.line.item).map_or(Money::ZERO, |price| {
            line.left.minus(line_gross(*price, facts.line.quantity))
        })
    };
    match kind {
        LineKind::Percent(part) => part.of(line.left),
        LineKind::Amount(amount) => line_gross(*amount, facts.line.quantity),
        LineKind::SpecialPrice(prices) => down_to(prices),
        LineKind::HappyHour { part, hours } if hours.hold(facts.line.added_at) => {
            part.of(line.left)
        }
        LineKind::CardPrice(prices) if customer.is_some() => down_to(prices),
        LineKind::HappyHour { .. } | LineKind::CardPrice(_) => Money::ZERO,
    }
}

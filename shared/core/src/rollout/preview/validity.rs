//! Dates that leave an item without a price: ends before it begins, is over, begins far away.

use std::collections::BTreeMap;

use super::{Change, Check, Example, Found, Release};
use crate::master::Record;
use crate::master::price::PriceRecord;
use crate::pricing::moment::{LocalTime, Validity};
use crate::pricing::names::ItemCode;

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "validity",
    look,
};

const DAY_MS: i64 = 86_400_000;
/// A row that begins later is no plan but a slip of the year.
const AHEAD_MS_MAX: i64 = 180 * DAY_MS;
/// A price may be away for so long while the next one is on its way.
const GAP_MS_MAX: i64 = 2 * DAY_MS;

fn look(release: &Release<'_>) -> Vec<Found> {
    let mut rows = Vec::new();
    let mut next: BTreeMap<(&ItemCode, &str), LocalTime> = BTreeMap::new();
    for new in release.prices.iter().filter_map(|row| row.new.as_ref()) {
        let is_over = new.row.validity.to.is_some_and(|to| to <= release.today);
        if !is_over {
            let from = new.row.validity.from;
            let earliest = next.entry((&new.item, new.row.price_type.as_str()));
            let earliest = earliest.or_insert(from);
            *earliest = (*earliest).min(from);
        }
    }
    for change in &release.prices {
        let Some(new) = &change.new else { continue };
        let validity = &new.row.validity;
        if is_wrong(validity, release.today) {
            rows.push(dates(
                change,
                change.old.as_ref().map(|old| &old.row.validity),
                validity,
            ));
        } else if is_left_without(release, change, &next) {
            rows.push(dates(
                change,
                change.old.as_ref().map(|old| &old.row.validity),
                validity,
            ));
        }
    }
    for change in &release.corridors {
        let Some(new) = &change.new else { continue };
        if is_wrong(&new.row.validity, release.today) {
            let old = change.old.as_ref().map(|old| &old.row.validity);
            rows.push(dates(change, old, &new.row.validity));
        }
    }
    let text = "dates that leave no price: over, upside down or more than half a year away";
    vec![Found::hold(rows, text)]
}

fn is_wrong(validity: &Validity, today: LocalTime) -> bool {
    let upside_down = validity.to.is_some_and(|to| to <= validity.from);
    let ahead = validity.from.0.saturating_sub(today.0);
    upside_down || ahead > AHEAD_MS_MAX
}

/// The row stood today and does not any more, and nothing of the release takes its place.
fn is_left_without(
    release: &Release<'_>,
    change: &Change<PriceRecord>,
    next: &BTreeMap<(&ItemCode, &str), LocalTime>,
) -> bool {
    let Some(new) = &change.new else { return false };
    let stood = match &change.old {
        Some(old) => old.row.validity.holds(release.today),
        // A row that comes and is over already was meant for another year.
        None => true,
    };
    let stands = new.row.validity.holds(release.today);
    let is_over = new.row.validity.to.is_some_and(|to| to <= release.today);
    let gone = release.gone.contains(&new.item);
    let next = next.get(&(&new.item, new.row.price_type.as_str()));
    let is_filled = next.is_some_and(|from| from.0.saturating_sub(release.today.0) <= GAP_MS_MAX);
    let loses = change.old.is_some() || is_over;
    loses && stood && !stands && !gone && !is_filled
}

fn dates<R: Record>(change: &Change<R>, old: Option<&Validity>, new: &Validity) -> Example {
    let text = |validity: &Validity| {
        let to = validity.to.map_or_else(String::new, |to| to.to_string());
        format!("{} to {to}", validity.from)
    };
    change.shown(old.map_or_else(String::new, text), text(new))
}

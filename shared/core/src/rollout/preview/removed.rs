//! Items and prices that go away: a file that was cut short looks just like that.

use std::collections::BTreeSet;

use super::{Change, Check, Example, Found, Release};
use crate::master::Record;
use crate::rollout::share::{count, share_up};

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "removed",
    look,
};

/// More than this of a table holds, in thousandths.
const SHARE_MAX: u64 = 100;

fn look(release: &Release<'_>) -> Vec<Found> {
    let items = gone(&release.items);
    let kept: BTreeSet<_> = release
        .prices
        .iter()
        .filter_map(|row| row.new.as_ref())
        .map(|new| (&new.item, &new.row.price_type))
        .collect();
    // A price that another row of the release replaces is not gone.
    let replaced = |change: &&Change<_>| {
        let old: &Option<crate::master::price::PriceRecord> = &change.old;
        let old = old.as_ref();
        old.is_some_and(|old| kept.contains(&(&old.item, &old.row.price_type)))
    };
    let prices: Vec<Example> = release
        .prices
        .iter()
        .filter(|change| change.new.is_none() && !replaced(change))
        .map(Change::example)
        .collect();
    vec![
        judged(items, release.standing.items, "items"),
        judged(prices, release.standing.prices, "rows of the price list"),
    ]
}

fn gone<R: Record>(rows: &[Change<R>]) -> Vec<Example> {
    let gone = rows.iter().filter(|change| change.new.is_none());
    gone.map(Change::example).collect()
}

fn judged(rows: Vec<Example>, standing: u64, what: &str) -> Found {
    let many = share_up(standing, SHARE_MAX).saturating_add(1);
    let text = format!("{} of {standing} {what} go away", count(&rows));
    Found::hold_from(many, rows, text)
}

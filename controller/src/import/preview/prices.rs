//! Prices that jump, and prices below cost.

use std::collections::{BTreeMap, HashMap};

use storefleet_core::cbor;
use storefleet_core::master::Table;
use storefleet_core::master::corridor::CorridorRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::money::Money;
use storefleet_core::pricing::corridor::CorridorReach;
use storefleet_core::pricing::moment::{LocalTime, Validity};

use super::{Change, Hold, Spread};
use crate::import::{Current, FileRow};

/// A price may change by so much without a question, in percent.
const JUMP_PERCENT_MAX: i64 = 30;

/// What items cost, as their corridors say.
pub(super) struct Costs(HashMap<String, Vec<(Validity, Money)>>);

impl Costs {
    /// The costs after the file; none are looked for where it prices nothing.
    pub(super) fn of(rows: &[FileRow], current: &dyn Current) -> Self {
        let mut costs = Self(HashMap::new());
        if !rows.iter().any(|row| row.table == Table::Prices) {
            return costs;
        }
        current.each_key(Table::Corridors, &mut |key, bytes| {
            let said =
                rows.binary_search_by(|row| (row.table, &*row.key).cmp(&(Table::Corridors, key)));
            if said.is_err() && key.contains("/cost/") {
                costs.add(bytes);
            }
        });
        let of_file = rows.iter().filter(|row| row.table == Table::Corridors);
        of_file
            .filter_map(|row| row.bytes.as_deref())
            .for_each(|bytes| costs.add(bytes));
        costs
    }

    fn add(&mut self, bytes: &[u8]) {
        let Ok(record) = cbor::decode::<CorridorRecord>(bytes) else {
            return;
        };
        let cost = record.row.floor.or(record.row.min);
        if let Some(cost) = cost.filter(|_| record.row.reach == CorridorReach::Cost) {
            let item = record.item.as_str().to_owned();
            let of_item = self.0.entry(item).or_default();
            of_item.push((record.row.validity, cost));
        }
    }

    /// The largest cost while a price counts.
    fn while_counts(&self, price: &PriceRecord) -> Option<Money> {
        let costs = self.0.get(price.item.as_str())?;
        let overlap = |one: &Validity, other: &Validity| {
            let begins_before =
                |one: LocalTime, to: Option<LocalTime>| to.is_none_or(|to| one < to);
            begins_before(one.from, other.to) && begins_before(other.from, one.to)
        };
        let during = costs
            .iter()
            .filter(|(validity, _)| overlap(validity, &price.row.validity));
        during.map(|(_, cost)| *cost).max()
    }
}

/// Tells each change of a price by how much it changes, and holds what jumps or lies below cost; gives how far
/// prices move.
pub(super) fn judge(
    changes: &mut [Change],
    costs: &Costs,
    current: &dyn Current,
    holds: &mut Vec<Hold>,
) -> Spread {
    let mut spread = Spread::default();
    let before = before(changes, current);
    for change in changes {
        let Some(new) = price(change.row.to.as_ref(), change) else {
            continue;
        };
        let (key, line) = (change.row.key.clone(), change.line.unwrap_or_default());
        let amount = new.row.amount;
        let old = price(change.row.from.as_ref(), change).map(|old| old.row.amount);
        let old = old.or_else(|| before.get(&name(&new)).map(|(_, amount)| *amount));
        if let Some(from) = old {
            spread.add(from, amount);
            change.percent = Some(percent(from, amount));
            if jumps(from, amount) {
                holds.push(Hold::PriceJump {
                    key: key.clone(),
                    line,
                    from,
                    to: amount,
                });
            }
        }
        if let Some(cost) = costs.while_counts(&new).filter(|cost| amount < *cost) {
            holds.push(Hold::BelowCost {
                key,
                line,
                price: amount,
                cost,
            });
        }
    }
    spread
}

fn price(bytes: Option<&minicbor::bytes::ByteVec>, change: &Change) -> Option<PriceRecord> {
    let bytes = bytes.filter(|_| change.row.table == Table::Prices)?;
    cbor::decode(bytes).ok()
}

/// Item, type and scope: rows of one name follow each other.
fn name(price: &PriceRecord) -> String {
    let row = &price.row;
    format!("{}\0{}\0{:?}", price.item, row.price_type, row.reach)
}

/// What stands before a row that is new: the newest other row of its name.
fn before(changes: &[Change], current: &dyn Current) -> BTreeMap<String, (LocalTime, Money)> {
    let new = changes.iter().filter(|change| change.row.from.is_none());
    let new = new.filter_map(|change| price(change.row.to.as_ref(), change));
    let mut before: BTreeMap<String, Option<(LocalTime, Money)>> =
        new.map(|price| (name(&price), None)).collect();
    if before.is_empty() {
        return BTreeMap::new();
    }
    current.each_key(Table::Prices, &mut |_, bytes| {
        let Ok(old) = cbor::decode::<PriceRecord>(bytes) else {
            return;
        };
        if let Some(newest) = before.get_mut(&name(&old)) {
            let (from, amount) = (old.row.validity.from, old.row.amount);
            *newest = (*newest).max(Some((from, amount)));
        }
    });
    let known = before.into_iter();
    known
        .filter_map(|(name, newest)| Some((name, newest?)))
        .collect()
}

fn jumps(from: Money, to: Money) -> bool {
    let (from, to) = (i128::from(from.0), i128::from(to.0));
    let change = to.saturating_sub(from).saturating_abs();
    change.saturating_mul(100) > from.saturating_mul(i128::from(JUMP_PERCENT_MAX))
}

fn percent(from: Money, to: Money) -> i64 {
    let change = i128::from(to.0).saturating_sub(i128::from(from.0));
    match change.saturating_mul(100).checked_div(i128::from(from.0)) {
        Some(percent) => i64::try_from(percent).unwrap_or(i64::MAX),
        None if to == Money::ZERO => 0,
        None => i64::MAX,
    }
}

//! Opening balances of stores and items that nobody knows: a slip in a code would book goods nowhere.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_core::cbor;
use storefleet_core::master::Table;
use storefleet_core::master::opening_stock::OpeningStockRecord;

use super::{Change, Hold};
use crate::import::Current;

/// Holds units whose number stands in another balance that stays: one unit cannot be in two places.
pub(super) fn hold_elsewhere(changes: &[Change], current: &dyn Current, holds: &mut Vec<Hold>) {
    let of_stock = changes
        .iter()
        .filter(|it| it.row.table == Table::OpeningStock);
    let mut new: BTreeMap<String, &Change> = BTreeMap::new();
    let mut moved: BTreeSet<&str> = BTreeSet::new();
    for change in of_stock {
        moved.insert(&change.row.key);
        let serial = change.row.to.as_ref().and_then(|bytes| serial_of(bytes));
        if let Some(serial) = serial {
            new.insert(serial, change);
        }
    }
    if new.is_empty() {
        return;
    }
    current.each_key(Table::OpeningStock, &mut |key, bytes| {
        let serial = serial_of(bytes).filter(|_| !moved.contains(key));
        if let Some((serial, change)) = serial.and_then(|it| new.get_key_value(&it)) {
            holds.push(Hold::UnitElsewhere {
                key: change.row.key.clone(),
                line: change.line.unwrap_or_default(),
                serial: serial.clone(),
                other: key.to_owned(),
            });
        }
    });
}

fn serial_of(bytes: &[u8]) -> Option<String> {
    cbor::decode::<OpeningStockRecord>(bytes).ok()?.serial
}

/// Holds new and changed balances whose store or item is not in the tables.
pub(super) fn hold_unknown(changes: &[Change], current: &dyn Current, holds: &mut Vec<Hold>) {
    let of_stock = changes
        .iter()
        .filter(|it| it.row.table == Table::OpeningStock);
    for change in of_stock {
        let Some(bytes) = &change.row.to else {
            continue;
        };
        let Ok(record) = cbor::decode::<OpeningStockRecord>(bytes) else {
            continue;
        };
        let named = [
            (Table::Stores, record.store.as_str()),
            (Table::Items, record.item.as_str()),
        ];
        for (table, code) in named {
            if current.get(table, code).is_none() {
                holds.push(Hold::Unknown {
                    key: change.row.key.clone(),
                    line: change.line.unwrap_or_default(),
                    table,
                    code: code.to_owned(),
                });
            }
        }
    }
}

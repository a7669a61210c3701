//! Opening balances of stores and items that nobody knows: a slip in a code would book goods nowhere.

use storefleet_core::cbor;
use storefleet_core::master::Table;
use storefleet_core::master::opening_stock::OpeningStockRecord;

use super::{Change, Hold};
use crate::import::Current;

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

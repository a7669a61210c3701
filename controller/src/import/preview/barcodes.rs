//! Finds barcodes that would stand on two items: of the file, or one of the file and one that is there.

use std::collections::HashMap;

use storefleet_core::cbor;
use storefleet_core::master::Table;
use storefleet_core::master::item::ItemRecord;

use super::Hold;
use crate::import::{Current, FileRow};

/// Holds the items of the file whose barcode another item has.
pub(super) fn hold_doubles(rows: &[FileRow], current: &dyn Current, holds: &mut Vec<Hold>) {
    let items = rows.iter().filter(|row| row.table == Table::Items);
    let items: Vec<&FileRow> = items.collect();
    if items.is_empty() {
        return;
    }
    // As numbers: 12 digits and 13 with a zero before them are one GTIN.
    let mut owners: HashMap<u64, u32> = HashMap::new();
    for (index, row) in (0_u32..).zip(&items) {
        each_barcode(row.bytes.as_deref(), |barcode, number| {
            let first = *owners.entry(number).or_insert(index);
            let owner = items.get(usize::try_from(first).unwrap_or(usize::MAX));
            if let Some(owner) = owner.filter(|_| first != index) {
                holds.push(hold(row, barcode, &owner.key));
            }
        });
    }
    current.each_key(Table::Items, &mut |key, bytes| {
        // What the file says of an item counts, not what stands there now.
        if items.binary_search_by(|row| (*row.key).cmp(key)).is_ok() {
            return;
        }
        each_barcode(Some(bytes), |barcode, number| {
            let owner = owners.get(&number);
            let owner = owner.and_then(|index| items.get(usize::try_from(*index).ok()?));
            if let Some(row) = owner {
                holds.push(hold(row, barcode, key));
            }
        });
    });
}

fn each_barcode(bytes: Option<&[u8]>, mut each: impl FnMut(&str, u64)) {
    let item = bytes.and_then(|bytes| cbor::decode::<ItemRecord>(bytes).ok());
    for barcode in item.iter().flat_map(|item| &item.barcodes) {
        if let Ok(number) = barcode.parse() {
            each(barcode, number);
        }
    }
}

fn hold(row: &FileRow, barcode: &str, other: &str) -> Hold {
    Hold::Barcode {
        key: row.key.to_string(),
        line: row.line,
        other: other.to_owned(),
        barcode: barcode.to_owned(),
    }
}

//! Records that go because a whole load does not name them.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use storefleet_core::master::Table;
use storefleet_core::master::change::RowChange;

use super::{Counts, Hold};
use crate::import::heading::names_row;
use crate::import::{Current, FileRow, Refused};

/// A share of a table that may go without a question: one of so many.
const REMOVED_ONE_OF: u64 = 10;

/// The records of the file's tables that the file does not name.
///
/// A refused row names a record too, by its first key column, though it says nothing usable of it; where not
/// even that can be read, nothing of its table goes.
pub(super) fn absent(
    rows: &[FileRow],
    refused: &[Refused],
    current: &dyn Current,
) -> Vec<RowChange> {
    let tables: BTreeSet<Table> = rows.iter().map(|row| row.table).collect();
    let mut gone = Vec::new();
    for table in tables {
        let of_table = refused.iter().filter(|row| row.table == table.name());
        let named = of_table.map(|row| row.cells.get(names_row(table)).map(|text| text.trim()));
        let Some(named) = named.collect::<Option<BTreeSet<&str>>>() else {
            continue;
        };
        if named.contains("") {
            continue;
        }
        current.each_key(table, &mut |key, bytes| {
            let is_said = rows
                .binary_search_by(|row| (row.table, &*row.key).cmp(&(table, key)))
                .is_ok();
            let start = key.split('/').next().unwrap_or_default();
            if !is_said && !named.contains(key) && !named.contains(start) {
                gone.push(RowChange {
                    table,
                    key: key.to_owned(),
                    from: Some(ByteVec::from(bytes.to_vec())),
                    to: None,
                });
            }
        });
    }
    gone
}

/// Holds a load by which more than a tenth of a table goes.
pub(super) fn hold_many(
    counts: &BTreeMap<Table, Counts>,
    current: &dyn Current,
    holds: &mut Vec<Hold>,
) {
    for (table, counts) in counts.iter().filter(|(_, counts)| counts.removed > 0) {
        let mut of = 0_u64;
        current.each_key(*table, &mut |_, _| of = of.saturating_add(1));
        let removed = counts.removed;
        if removed.saturating_mul(REMOVED_ONE_OF) > of {
            let table = *table;
            holds.push(Hold::Removals { table, removed, of });
        }
    }
}

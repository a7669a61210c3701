//! What a file would change, before it changes anything: counts, changes, and what a person must look at.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use ring::digest::{Context, SHA256};
use storefleet_core::cbor;
use storefleet_core::ids::Hash;
use storefleet_core::master::Table;
use storefleet_core::master::change::RowChange;
use storefleet_core::master::item::ItemRecord;

use super::{Current, Delivery, FileRow, Refused};

mod barcodes;
mod hold;
mod prices;
mod removals;
mod spread;
mod stock;

pub use hold::Hold;
pub use spread::{BANDS, Spread};

/// A share of a delivery that may be wrong, in percent.
const REFUSED_PERCENT_MAX: u64 = 2;
/// Leading zeros that are looked for where a new code may have lost them.
const ZEROS_MAX: usize = 4;

/// What it means that a record is not in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing: it stays.
    #[default]
    OnlyChanges,
    /// It is gone.
    Whole,
}

/// How many rows of a table do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// New records.
    pub added: u64,
    /// Records that become others.
    pub changed: u64,
    /// Records that go.
    pub removed: u64,
    /// Rows that say what stands there already.
    pub same: u64,
    /// Rows that cannot be used.
    pub refused: u64,
}

/// A change of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What stood there and what will.
    pub row: RowChange,
    /// By how many percent a price changes; [`i64::MAX`] from nothing.
    pub percent: Option<i64>,
    /// The line that says so; none where the file says nothing of the record.
    pub line: Option<u64>,
}

/// What a file would change.
#[derive(Debug, Clone)]
pub struct Preview {
    /// SHA-256 over source and content.
    pub id: Hash,
    /// Name of the source.
    pub source: String,
    /// Counts by table.
    pub counts: BTreeMap<Table, Counts>,
    /// The changes, big jumps of prices first.
    pub changes: Vec<Change>,
    /// How far prices move.
    pub spread: Spread,
    /// What a person must look at before it counts.
    pub holds: Vec<Hold>,
    /// Rows that cannot be used.
    pub refused: Vec<Refused>,
}

impl Preview {
    /// Compares a file with the tables as they stand.
    #[must_use]
    pub fn of(delivery: Delivery, mode: Mode, current: &dyn Current) -> Self {
        let mut holds = Vec::new();
        hold_errors(&delivery, &mut holds);
        if mode == Mode::Whole && delivery.says_whole == Some(false) {
            holds.push(Hold::OnlyChanges);
        }
        barcodes::hold_doubles(&delivery.rows, current, &mut holds);
        let costs = prices::Costs::of(&delivery.rows, current);
        let mut preview = Self {
            id: delivery.id,
            source: delivery.source,
            counts: BTreeMap::new(),
            changes: Vec::new(),
            spread: Spread::default(),
            holds,
            refused: delivery.refused,
        };
        preview.count_refused();
        let gone = match mode {
            Mode::OnlyChanges => Vec::new(),
            Mode::Whole => removals::absent(&delivery.rows, &preview.refused, current),
        };
        for row in delivery.rows {
            preview.compare(row, current);
        }
        for row in gone {
            preview.counts.entry(row.table).or_default().removed += 1;
            preview.changes.push(Change {
                row,
                percent: None,
                line: None,
            });
        }
        removals::hold_many(&preview.counts, current, &mut preview.holds);
        preview.spread = prices::judge(&mut preview.changes, &costs, current, &mut preview.holds);
        preview.hold_items(current);
        stock::hold_unknown(&preview.changes, current, &mut preview.holds);
        stock::hold_elsewhere(&preview.changes, current, &mut preview.holds);
        preview.sort();
        preview
    }

    /// Hash over everything that would change: two previews of one hash change the same.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let mut rows: Vec<&RowChange> = self.changes.iter().map(|change| &change.row).collect();
        rows.sort_by(|one, other| (one.table, &one.key).cmp(&(other.table, &other.key)));
        let mut hasher = Context::new(&SHA256);
        for row in rows {
            hasher.update(&cbor::encode(row));
        }
        Hash(hasher.finish().as_ref().try_into().unwrap_or_default())
    }

    /// The changes as the office's log writes them.
    #[must_use]
    pub fn into_rows(self) -> Vec<RowChange> {
        self.changes.into_iter().map(|change| change.row).collect()
    }

    fn compare(&mut self, row: FileRow, current: &dyn Current) {
        let from = current.get(row.table, &row.key);
        let counts = self.counts.entry(row.table).or_default();
        let count = match (&from, &row.bytes) {
            (Some(from), Some(to)) if **from == **to => &mut counts.same,
            (None, None) => &mut counts.same,
            (None, Some(_)) => &mut counts.added,
            (Some(_), Some(_)) => &mut counts.changed,
            (Some(_), None) => &mut counts.removed,
        };
        *count += 1;
        if from.as_deref() == row.bytes.as_deref() {
            return;
        }
        self.changes.push(Change {
            row: RowChange {
                table: row.table,
                key: row.key.into(),
                from: from.map(ByteVec::from),
                to: row.bytes.map(|bytes| ByteVec::from(bytes.into_vec())),
            },
            percent: None,
            line: Some(row.line),
        });
    }

    fn count_refused(&mut self) {
        for refused in &self.refused {
            if let Some(table) = Table::from_name(&refused.table) {
                self.counts.entry(table).or_default().refused += 1;
            }
        }
    }

    /// Holds items whose VAT class changes, and new ones that may be known with zeros before their code.
    fn hold_items(&mut self, current: &dyn Current) {
        for change in &self.changes {
            let row = &change.row;
            let read = |bytes: &Option<ByteVec>| cbor::decode::<ItemRecord>(bytes.as_ref()?).ok();
            if row.table != Table::Items {
                continue;
            }
            let line = change.line.unwrap_or_default();
            match (read(&row.from), read(&row.to)) {
                (Some(from), Some(to)) if from.vat != to.vat => self.holds.push(Hold::VatClass {
                    key: row.key.clone(),
                    line,
                    from: from.vat.to_string(),
                    to: to.vat.to_string(),
                }),
                (None, Some(_)) => {
                    if let Some(known) = with_zeros(&row.key, current) {
                        let key = row.key.clone();
                        self.holds.push(Hold::ZerosLost { key, known, line });
                    }
                }
                _ => {}
            }
        }
    }

    fn sort(&mut self) {
        let jump = |change: &Change| change.percent.map(i64::unsigned_abs);
        self.changes.sort_by(|one, other| {
            let by_jump = jump(other).cmp(&jump(one));
            let name = |change: &Change| (change.row.table, change.row.key.clone());
            by_jump.then_with(|| name(one).cmp(&name(other)))
        });
    }
}

fn hold_errors(delivery: &Delivery, holds: &mut Vec<Hold>) {
    let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
    let refused = count(delivery.refused.len());
    let of = refused.saturating_add(count(delivery.rows.len()));
    if refused.saturating_mul(100) > of.saturating_mul(REFUSED_PERCENT_MAX) {
        holds.push(Hold::Errors { refused, of });
    }
}

fn with_zeros(code: &str, current: &dyn Current) -> Option<String> {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut padded = code.to_owned();
    for _ in 0..ZEROS_MAX {
        padded.insert(0, '0');
        if current.get(Table::Items, &padded).is_some() {
            return Some(padded);
        }
    }
    None
}

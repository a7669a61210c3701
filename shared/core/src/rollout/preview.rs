//! Looks at the rows of a release before anybody approves it: what a tired person would overlook.

use std::collections::{BTreeMap, BTreeSet};

use crate::cbor;
use crate::coded_enum;
use crate::master::change::RowChange;
use crate::master::corridor::CorridorRecord;
use crate::master::item::{ItemRecord, Kind};
use crate::master::price::PriceRecord;
use crate::master::{Record, Table};
use crate::money::Money;
use crate::pricing::moment::LocalTime;
use crate::pricing::names::ItemCode;
use crate::time::BusinessDate;

mod barcode_twice;
mod barcodes_gone;
mod below_cost;
mod broken_record;
mod class_changed;
mod price_jump;
mod removed;
mod standing;
mod validity;
mod zero_price;

/// Every check, in the order in which a person reads the findings.
pub const CHECKS: &[Check] = &[
    broken_record::CHECK,
    zero_price::CHECK,
    price_jump::CHECK,
    below_cost::CHECK,
    validity::CHECK,
    removed::CHECK,
    barcodes_gone::CHECK,
    barcode_twice::CHECK,
    class_changed::CHECK,
];

/// Examples that a finding carries.
const EXAMPLES_MAX: usize = 5;
/// Longest text of an example's side.
const TEXT_CHARS_MAX: usize = 200;

coded_enum! {
    /// What a finding does.
    pub enum Severity {
        /// A person reads it.
        Note = 1 => "note",
        /// It blocks approval until a second person confirms it.
        Hold = 2 => "hold",
    }
}

/// A row that shows what was found.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Example {
    /// Its table.
    #[n(0)]
    pub table: Table,
    /// Its key.
    #[n(1)]
    pub key: String,
    /// What stood there.
    #[n(2)]
    pub old: String,
    /// What would stand there.
    #[n(3)]
    pub new: String,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Finding {
    /// Name of the check.
    #[n(0)]
    pub check: String,
    /// What follows.
    #[n(1)]
    pub severity: Severity,
    /// How many rows.
    #[n(2)]
    pub count: u64,
    /// Up to five of them.
    #[n(3)]
    pub examples: Vec<Example>,
    /// In words.
    #[n(4)]
    pub text: String,
}

impl Finding {
    /// Whether it blocks approval until a second person confirms it.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.severity != Severity::Note
    }
}

/// A check.
pub struct Check {
    /// Its name in facts and for people; never changed.
    pub name: &'static str,
    /// Looks at a release. At most one finding holds; what is only noted stands apart.
    pub look: fn(&Release<'_>) -> Vec<Found>,
}

/// What a check says before it is given its name.
#[derive(Debug, Clone)]
pub struct Found {
    /// What follows.
    severity: Severity,
    /// Every row it was seen on.
    rows: Vec<Example>,
    /// In words.
    text: String,
}

/// What is known of an item that stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingItem {
    /// What it is.
    pub kind: Kind,
    /// Its usual list price.
    pub price: Option<Money>,
    /// The least its price may be: the largest of cost, corridor and floor.
    pub least: Option<Money>,
}

/// What stands now. The counts are of whole tables; the maps need only hold what the rows touch, and a
/// release is looked at less closely where they do not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Items.
    pub items: u64,
    /// Rows of the price list.
    pub prices: u64,
    /// Barcodes of all items.
    pub barcodes: u64,
    /// Items that the rows touch.
    pub touched: BTreeMap<ItemCode, StandingItem>,
    /// Who carries a barcode that the rows give to an item.
    pub owners: BTreeMap<String, ItemCode>,
}

/// A row of a release, read.
#[derive(Debug)]
pub struct Change<R> {
    key: String,
    old: Option<R>,
    new: Option<R>,
}

/// A release, read.
#[derive(Debug)]
pub struct Release<'a> {
    items: Vec<Change<ItemRecord>>,
    prices: Vec<Change<PriceRecord>>,
    corridors: Vec<Change<CorridorRecord>>,
    broken: Vec<Example>,
    /// Kinds of the items as they will be.
    kinds: BTreeMap<ItemCode, Kind>,
    /// Items that go away.
    gone: BTreeSet<ItemCode>,
    /// Items that get a price.
    priced: BTreeSet<ItemCode>,
    standing: &'a Standing,
    today: LocalTime,
}

/// Looks at a release: the rows it changes, what stands now, and the day.
#[must_use]
pub fn preview(rows: &[RowChange], standing: &Standing, today: BusinessDate) -> Vec<Finding> {
    let release = Release::read(rows, standing, today);
    let found = CHECKS.iter().flat_map(|check| {
        (check.look)(&release)
            .into_iter()
            .map(move |found| (check, found))
    });
    found
        .filter(|(_, found)| !found.rows.is_empty())
        .map(|(check, found)| Finding {
            check: check.name.to_owned(),
            severity: found.severity,
            count: super::share::count(&found.rows),
            examples: found.rows.into_iter().take(EXAMPLES_MAX).collect(),
            text: found.text,
        })
        .collect()
}

impl<'a> Release<'a> {
    fn read(rows: &[RowChange], standing: &'a Standing, today: BusinessDate) -> Self {
        let mut release = Self {
            items: Vec::new(),
            prices: Vec::new(),
            corridors: Vec::new(),
            broken: Vec::new(),
            kinds: BTreeMap::new(),
            gone: BTreeSet::new(),
            priced: BTreeSet::new(),
            standing,
            today: LocalTime(i64::from(today.0).saturating_mul(86_400_000)),
        };
        for row in rows {
            let broken = match row.table {
                Table::Items => read(row, &mut release.items),
                Table::Prices => read(row, &mut release.prices),
                Table::Corridors => read(row, &mut release.corridors),
                Table::Other(code) => Err(format!("table {code} is of a newer version")),
                Table::Dealers
                | Table::Stores
                | Table::PriceTypes
                | Table::Taxes
                | Table::Staff
                | Table::LegalEntities
                | Table::Matrix
                | Table::StopList
                | Table::OpeningStock
                | Table::Roles
                | Table::Promotions
                | Table::DealerLimits
                | Table::Secrets => readable(row),
            };
            if let Err(why) = broken {
                release.broken.push(Example {
                    table: row.table,
                    key: row.key.clone(),
                    old: String::new(),
                    new: why,
                });
            }
        }
        for change in &release.items {
            match (&change.old, &change.new) {
                (_, Some(new)) => drop(release.kinds.insert(new.code.clone(), new.kind)),
                (Some(old), None) => drop(release.gone.insert(old.code.clone())),
                (None, None) => {}
            }
        }
        let priced = release.prices.iter().filter_map(|row| row.new.as_ref());
        release.priced = priced.map(|new| new.item.clone()).collect();
        release
    }

    /// What is known of the kind of an item: the release first, then what stands.
    fn kind(&self, item: &ItemCode) -> Option<Kind> {
        let standing = self.standing.touched.get(item).map(|item| item.kind);
        self.kinds.get(item).copied().or(standing)
    }
}

/// Whether the new side of a record of a table that no check looks into can be read.
fn readable(row: &RowChange) -> Result<(), String> {
    let (Some(spec), Some(new)) = (row.table.spec(), &row.to) else {
        return Ok(());
    };
    (spec.cells)(new)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Reads both sides; a new side that cannot be read, or is another record than its key says, breaks the row.
fn read<R: Record>(row: &RowChange, into: &mut Vec<Change<R>>) -> Result<(), String> {
    let decoded = |bytes: &[u8]| cbor::decode::<R>(bytes).map_err(|error| error.to_string());
    let new = row.to.as_ref().map(|bytes| decoded(bytes)).transpose()?;
    if let Some(other) = new.as_ref().map(R::key).filter(|key| *key != row.key) {
        return Err(format!("the record is {other}"));
    }
    into.push(Change {
        key: row.key.clone(),
        old: row.from.as_ref().and_then(|bytes| decoded(bytes).ok()),
        new,
    });
    Ok(())
}

impl<R: Record> Change<R> {
    /// The row as an example.
    fn example(&self) -> Example {
        let text = |side: &Option<R>| {
            let cells = side.as_ref().map(|record| record.cells().join(";"));
            let cells = cells.unwrap_or_default();
            cells.chars().take(TEXT_CHARS_MAX).collect()
        };
        Example {
            table: R::TABLE,
            key: self.key.clone(),
            old: text(&self.old),
            new: text(&self.new),
        }
    }

    /// The row as an example, with what matters of each side.
    fn shown(&self, old: impl ToString, new: impl ToString) -> Example {
        Example {
            table: R::TABLE,
            key: self.key.clone(),
            old: old.to_string(),
            new: new.to_string(),
        }
    }

    /// Both sides of a row that stays.
    fn both(&self) -> Option<(&R, &R)> {
        self.old.as_ref().zip(self.new.as_ref())
    }
}

impl Found {
    fn hold(rows: Vec<Example>, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Hold,
            rows,
            text: text.into(),
        }
    }

    fn note(rows: Vec<Example>, text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Note,
            rows,
            text: text.into(),
        }
    }

    /// Holds from so many rows on; fewer are noted.
    fn hold_from(many: u64, rows: Vec<Example>, text: impl Into<String>) -> Self {
        match super::share::count(&rows) >= many {
            true => Self::hold(rows, text),
            false => Self::note(rows, text),
        }
    }
}

#[cfg(test)]
mod tests;

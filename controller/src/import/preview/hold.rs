//! What a person must look at before a file counts.

use storefleet_core::master::Table;
use storefleet_core::money::Money;
use storefleet_messages::Catalogue;

use crate::console::words::money;

/// A reason to wait for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// A price changes by more than 30 %.
    PriceJump {
        /// Key of the row.
        key: String,
        /// Its line.
        line: u64,
        /// The price that counts now.
        from: Money,
        /// The price that would.
        to: Money,
    },
    /// A price below what the item costs.
    BelowCost {
        /// Key of the row.
        key: String,
        /// Its line.
        line: u64,
        /// The price.
        price: Money,
        /// The cost.
        cost: Money,
    },
    /// A barcode on two items.
    Barcode {
        /// Key of the item in the file.
        key: String,
        /// Its line.
        line: u64,
        /// The other item.
        other: String,
        /// The barcode.
        barcode: String,
    },
    /// The VAT class of an item changes.
    VatClass {
        /// Key of the item.
        key: String,
        /// Its line.
        line: u64,
        /// The class now.
        from: String,
        /// The class it would have.
        to: String,
    },
    /// A new item whose code is known with zeros before it: a spreadsheet may have lost them.
    ZerosLost {
        /// The code in the file.
        key: String,
        /// Its line.
        line: u64,
        /// The code that is known.
        known: String,
    },
    /// An opening balance of a store or an item that is not known.
    Unknown {
        /// Key of the row.
        key: String,
        /// Its line.
        line: u64,
        /// Where it should stand.
        table: Table,
        /// The code.
        code: String,
    },
    /// A unit whose number stands in another balance.
    UnitElsewhere {
        /// Key of the row.
        key: String,
        /// Its line.
        line: u64,
        /// The number.
        serial: String,
        /// Key of the balance that has it.
        other: String,
    },
    /// More than a tenth of a table would go.
    Removals {
        /// The table.
        table: Table,
        /// How many records.
        removed: u64,
        /// Of how many.
        of: u64,
    },
    /// More than 2 % of the rows cannot be used.
    Errors {
        /// How many rows.
        refused: u64,
        /// Of how many.
        of: u64,
    },
    /// A file that calls itself changes is loaded as a whole table.
    OnlyChanges,
}

impl Hold {
    /// The one row it holds; none where it holds the whole delivery.
    #[must_use]
    pub fn row(&self) -> Option<(Table, &str)> {
        match self {
            Self::PriceJump { key, .. } | Self::BelowCost { key, .. } => Some((Table::Prices, key)),
            Self::Barcode { key, .. }
            | Self::VatClass { key, .. }
            | Self::ZerosLost { key, .. } => Some((Table::Items, key)),
            Self::Unknown { key, .. } | Self::UnitElsewhere { key, .. } => {
                Some((Table::OpeningStock, key))
            }
            Self::Removals { .. } | Self::Errors { .. } | Self::OnlyChanges => None,
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn sentence(&self, texts: &Catalogue) -> String {
        let say = |id: &str, line: u64, [key, value, other]: [&str; 3]| {
            let line = line.to_string();
            texts.with(
                id,
                [
                    ("line", line.as_str().into()),
                    ("key", key.into()),
                    ("value", value.into()),
                    ("other", other.into()),
                ],
            )
        };
        match self {
            Self::PriceJump {
                key,
                line,
                from,
                to,
            } => say("hold-price-jump", *line, [key, &money(*to), &money(*from)]),
            Self::BelowCost {
                key,
                line,
                price,
                cost,
            } => say(
                "hold-below-cost",
                *line,
                [key, &money(*price), &money(*cost)],
            ),
            Self::Barcode {
                key,
                line,
                other,
                barcode,
            } => say("hold-barcode", *line, [key, barcode, other]),
            Self::VatClass {
                key,
                line,
                from,
                to,
            } => say("hold-vat-class", *line, [key, to, from]),
            Self::ZerosLost { key, line, known } => say("hold-zeros-lost", *line, [key, known, ""]),
            Self::Unknown {
                key,
                line,
                table,
                code,
            } => {
                let table = texts.text(&format!("table-{}", table.name()));
                say("hold-unknown", *line, [key, code, &table])
            }
            Self::UnitElsewhere {
                key,
                line,
                serial,
                other,
            } => say("hold-unit-elsewhere", *line, [key, serial, other]),
            Self::Removals { table, removed, of } => say(
                "hold-removals",
                0,
                [table.name(), &removed.to_string(), &of.to_string()],
            ),
            Self::Errors { refused, of } => say(
                "hold-errors",
                0,
                ["", &refused.to_string(), &of.to_string()],
            ),
            Self::OnlyChanges => say("hold-only-changes", 0, ["", "", ""]),
        }
    }
}

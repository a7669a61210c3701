//! VAT rates by the dealer's regime and the item's class.

use super::cells::validity_texts;
use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::pricing::vat::{TaxRow, VatRate};

/// A rate for a regime and a class, for a time.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct TaxRecord {
    /// The row as the engine sees it.
    #[n(0)]
    pub row: TaxRow,
}

impl Record for TaxRecord {
    const TABLE: Table = Table::Taxes;
    const COLUMNS: &'static [Column] = &[
        needed("tax_regime"),
        needed("item_vat"),
        needed("code"),
        needed("num"),
        needed("den"),
        needed("valid_from"),
        optional("valid_to"),
    ];

    fn key(&self) -> String {
        let row = &self.row;
        format!("{}/{}/{}", row.regime, row.class, row.validity.from)
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let denominator = cells.number("den")?;
        if denominator == 0 {
            return Err(cells.bad("den", Rule::Number));
        }
        Ok(Self {
            row: TaxRow {
                regime: cells.needed("tax_regime")?.into(),
                class: cells.needed("item_vat")?.into(),
                rate: VatRate {
                    code: cells.needed("code")?.into(),
                    numerator: cells.number("num")?,
                    denominator,
                },
                validity: cells.validity()?,
            },
        })
    }

    fn cells(&self) -> Vec<String> {
        let row = &self.row;
        let [from, to] = validity_texts(&row.validity);
        vec![
            row.regime.to_string(),
            row.class.to_string(),
            row.rate.code.to_string(),
            row.rate.numerator.to_string(),
            row.rate.denominator.to_string(),
            from,
            to,
        ]
    }
}

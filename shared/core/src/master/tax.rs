//! The tax table: which VAT rate holds for a regime, a class of items and a time.

use super::cells::validity_texts;
use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::pricing::vat::{TaxRow, VatRate};

/// A row of the tax table.
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
        let TaxRow {
            regime,
            class,
            validity,
            ..
        } = &self.row;
        format!("{regime}/{class}/{}", validity.from)
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let denominator: u32 = cells.number("den")?;
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
        let TaxRow {
            regime,
            class,
            rate,
            validity,
        } = &self.row;
        let [from, to] = validity_texts(validity);
        vec![
            regime.to_string(),
            class.to_string(),
            rate.code.to_string(),
            rate.numerator.to_string(),
            rate.denominator.to_string(),
            from,
            to,
        ]
    }
}

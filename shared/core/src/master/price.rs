//! Rows of the price list.

use super::cells::{flag_text, validity_texts};
use super::reach::{self, LAYERS};
use super::{CellError, Cells, Column, Record, Table, needed, optional};
use crate::pricing::names::ItemCode;
use crate::pricing::price::PriceRow;

/// A row of the price list: of one item, type and scope, for a time.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PriceRecord {
    /// The item it prices.
    #[n(0)]
    pub item: ItemCode,
    /// The row as the engine sees it.
    #[n(1)]
    pub row: PriceRow,
}

impl Record for PriceRecord {
    const TABLE: Table = Table::Prices;
    const COLUMNS: &'static [Column] = &[
        needed("row_id"),
        needed("item_code"),
        needed("price_type"),
        needed("layer"),
        needed("scope_id"),
        needed("amount_kop"),
        needed("valid_from"),
        optional("valid_to"),
        optional("rank"),
        optional("lock"),
        optional("revision"),
    ];

    /// The item first, so that the rows of an item stand together.
    fn key(&self) -> String {
        format!("{}/{:020}", self.item, self.row.id.0)
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let layer = cells.word("layer", LAYERS)?;
        Ok(Self {
            item: cells.needed("item_code")?.into(),
            row: PriceRow {
                id: crate::pricing::price::RowId(cells.number("row_id")?),
                price_type: cells.needed("price_type")?.into(),
                reach: reach::read(cells, layer)?,
                amount: cells.money("amount_kop")?,
                validity: cells.validity()?,
                rank: cells.number_or("rank", 0)?,
                lock: cells.flag("lock")?,
                revision: cells.number_or("revision", 0)?,
            },
        })
    }

    fn cells(&self) -> Vec<String> {
        let row = &self.row;
        let [layer, scope] = reach::texts(&row.reach);
        let [from, to] = validity_texts(&row.validity);
        vec![
            row.id.0.to_string(),
            self.item.to_string(),
            row.price_type.to_string(),
            layer,
            scope,
            row.amount.0.to_string(),
            from,
            to,
            row.rank.to_string(),
            flag_text(row.lock),
            row.revision.to_string(),
        ]
    }
}

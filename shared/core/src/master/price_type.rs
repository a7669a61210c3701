//! Price types, and the type whose price counts where one has none.

use super::{CellError, Cells, Column, Record, Table, needed, optional};
use crate::pricing::names::PriceType;

/// A price type.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PriceTypeRecord {
    /// The type.
    #[n(0)]
    pub price_type: PriceType,
    /// The type that counts where it has no price; none ends the chain.
    #[n(1)]
    pub falls_back_to: Option<PriceType>,
}

impl Record for PriceTypeRecord {
    const TABLE: Table = Table::PriceTypes;
    const COLUMNS: &'static [Column] = &[needed("price_type"), optional("falls_back_to")];

    fn key(&self) -> String {
        self.price_type.to_string()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let next = Some(cells.text("falls_back_to")?).filter(|next| !next.is_empty());
        Ok(Self {
            price_type: cells.needed("price_type")?.into(),
            falls_back_to: next.map(Into::into),
        })
    }

    fn cells(&self) -> Vec<String> {
        let next = self.falls_back_to.as_ref();
        vec![
            self.price_type.to_string(),
            next.map_or_else(String::new, ToString::to_string),
        ]
    }
}

//! Legal entities that sell: a dealer may trade through several.

use super::dealer::inn;
use super::{CellError, Cells, Column, Record, Table, needed};
use crate::pricing::names::DealerId;

/// A legal entity.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct LegalEntityRecord {
    /// Its code.
    #[n(0)]
    pub entity: String,
    /// Its name, as receipts print it.
    #[n(1)]
    pub name: String,
    /// Its taxpayer number.
    #[n(2)]
    pub inn: String,
    /// The dealer it belongs to.
    #[n(3)]
    pub dealer: DealerId,
}

impl Record for LegalEntityRecord {
    const TABLE: Table = Table::LegalEntities;
    const COLUMNS: &'static [Column] = &[
        needed("entity_id"),
        needed("name"),
        needed("inn"),
        needed("dealer_id"),
    ];

    fn key(&self) -> String {
        self.entity.clone()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        cells.needed("inn")?;
        Ok(Self {
            entity: cells.needed("entity_id")?.to_owned(),
            name: cells.needed("name")?.to_owned(),
            inn: inn(cells)?,
            dealer: cells.needed("dealer_id")?.into(),
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.entity.clone(),
            self.name.clone(),
            self.inn.clone(),
            self.dealer.to_string(),
        ]
    }
}

//! Dealers: who runs shops, under which law and tax regime.

use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::identifier::is_inn;
use crate::pricing::names::{DealerClass, DealerId, TaxRegime};

/// A dealer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DealerRecord {
    /// Its id.
    #[n(0)]
    pub dealer: DealerId,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Its legal form: a company or a sole trader.
    #[n(2)]
    pub legal_form: String,
    /// Its class to the network.
    #[n(3)]
    pub class: DealerClass,
    /// Its taxpayer number.
    #[n(4)]
    pub inn: String,
    /// Its tax regime.
    #[n(5)]
    pub tax_regime: TaxRegime,
    /// Shops by contract.
    #[n(6)]
    pub store_count: u32,
    /// Its accounting program.
    #[n(7)]
    pub accounting: String,
    /// Date of its contract, as written.
    #[n(8)]
    pub contract_date: String,
}

impl Record for DealerRecord {
    const TABLE: Table = Table::Dealers;
    const COLUMNS: &'static [Column] = &[
        needed("dealer_id"),
        needed("name"),
        optional("legal_form"),
        needed("class"),
        optional("inn"),
        needed("tax_regime"),
        optional("store_count"),
        optional("accounting"),
        optional("contract_date"),
    ];

    fn key(&self) -> String {
        self.dealer.to_string()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let inn = cells.text("inn")?;
        if !inn.is_empty() && !is_inn(inn) {
            return Err(cells.bad("inn", Rule::CheckDigit("INN")));
        }
        Ok(Self {
            dealer: cells.needed("dealer_id")?.into(),
            name: cells.needed("name")?.to_owned(),
            legal_form: cells.text("legal_form")?.to_owned(),
            class: cells.needed("class")?.into(),
            inn: inn.to_owned(),
            tax_regime: cells.needed("tax_regime")?.into(),
            store_count: cells.number_or("store_count", 0)?,
            accounting: cells.text("accounting")?.to_owned(),
            contract_date: cells.text("contract_date")?.to_owned(),
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.dealer.to_string(),
            self.name.clone(),
            self.legal_form.clone(),
            self.class.to_string(),
            self.inn.clone(),
            self.tax_regime.to_string(),
            self.store_count.to_string(),
            self.accounting.clone(),
            self.contract_date.clone(),
        ]
    }
}

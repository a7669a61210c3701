//! Dealers: who runs the shops.

use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::identifier::is_inn;
use crate::pricing::names::{DealerClass, DealerId, TaxRegime};
use crate::time::BusinessDate;

const LEGAL_FORMS: &[&str] = &["ooo", "ip", "ao", "zao", "pao"];

/// A dealer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DealerRecord {
    /// Its code.
    #[n(0)]
    pub dealer: DealerId,
    /// Its name for people.
    #[n(1)]
    pub name: String,
    /// Legal form, such as `ooo`.
    #[n(2)]
    pub legal_form: String,
    /// Its class by size.
    #[n(3)]
    pub class: DealerClass,
    /// Its taxpayer number; empty for none.
    #[n(4)]
    pub inn: String,
    /// Its tax regime.
    #[n(5)]
    pub tax_regime: TaxRegime,
    /// How many stores its contract is for.
    #[n(6)]
    pub store_count: u32,
    /// The program it keeps its books in; empty where it is not known.
    #[n(7)]
    pub accounting: String,
    /// The day of its contract.
    #[n(8)]
    pub contract_date: Option<BusinessDate>,
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
        let legal_form = match cells.text("legal_form")? {
            "" => "",
            _ => cells.word("legal_form", LEGAL_FORMS)?,
        };
        Ok(Self {
            dealer: cells.needed("dealer_id")?.into(),
            name: cells.needed("name")?.to_owned(),
            legal_form: legal_form.to_owned(),
            class: cells.needed("class")?.into(),
            inn: inn(cells)?,
            tax_regime: cells.needed("tax_regime")?.into(),
            store_count: cells.number_or("store_count", 0)?,
            accounting: cells.text("accounting")?.to_owned(),
            contract_date: cells.optional_date("contract_date")?,
        })
    }

    fn cells(&self) -> Vec<String> {
        let date = self.contract_date;
        vec![
            self.dealer.to_string(),
            self.name.clone(),
            self.legal_form.clone(),
            self.class.to_string(),
            self.inn.clone(),
            self.tax_regime.to_string(),
            self.store_count.to_string(),
            self.accounting.clone(),
            date.map_or_else(String::new, |date| date.to_string()),
        ]
    }
}

/// The column `inn`, which may be empty.
pub(super) fn inn(cells: &Cells<'_>) -> Result<String, CellError> {
    match cells.text("inn")? {
        text if text.is_empty() || is_inn(text) => Ok(text.to_owned()),
        _ => Err(cells.bad("inn", Rule::CheckDigit("ИНН"))),
    }
}

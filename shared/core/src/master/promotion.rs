//! Promotions, as the JSON object that defines one.

use serde_json::{Map, Value};

use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::pricing::json::promotion::{ReadPromotion, read};

/// A promotion.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PromotionRecord {
    /// Its id.
    #[n(0)]
    pub id: String,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// The JSON object, with its keys in order and no spaces.
    #[n(2)]
    pub definition: String,
}

impl PromotionRecord {
    /// The record of a definition.
    ///
    /// # Errors
    /// What is wrong with it and what to do.
    pub fn of(definition: Map<String, Value>) -> Result<Self, String> {
        let text = Value::Object(definition.clone()).to_string();
        let promotion = read(definition)?;
        Ok(Self {
            id: promotion.promotion.id.to_string(),
            name: promotion.name,
            definition: text,
        })
    }

    /// What it gives, when and where.
    ///
    /// # Errors
    /// What is wrong with the definition.
    pub fn promotion(&self) -> Result<ReadPromotion, String> {
        read(serde_json::from_str(&self.definition).map_err(|error| error.to_string())?)
    }
}

impl Record for PromotionRecord {
    const TABLE: Table = Table::Promotions;
    const COLUMNS: &'static [Column] =
        &[needed("promo_id"), optional("name"), needed("definition")];

    fn key(&self) -> String {
        self.id.clone()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let bad = |problem| cells.bad("definition", Rule::Definition(problem));
        let definition = serde_json::from_str(cells.long_text("definition")?);
        let definition = definition.map_err(|error| bad(error.to_string()))?;
        let record = Self::of(definition).map_err(bad)?;
        if record.id != cells.needed("promo_id")? {
            let problem = format!("its id is {:?}, not that of the row", record.id);
            return Err(bad(problem));
        }
        Ok(record)
    }

    fn cells(&self) -> Vec<String> {
        vec![self.id.clone(), self.name.clone(), self.definition.clone()]
    }
}

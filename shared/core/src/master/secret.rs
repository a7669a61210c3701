//! Secrets of the network that tills need off line, by name.

use super::{CellError, Cells, Column, Record, Rule, Table, needed};

/// Names of secrets.
const NAMES: &[&str] = &[COUPON_KEY];
/// The key that tags of personal coupons are made with.
pub const COUPON_KEY: &str = "coupon-key";

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct SecretRecord {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// Its text.
    #[n(1)]
    pub value: String,
}

impl Record for SecretRecord {
    const TABLE: Table = Table::Secrets;
    const COLUMNS: &'static [Column] = &[needed("name"), needed("value")];

    fn key(&self) -> String {
        self.name.clone()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let name = cells.word("name", NAMES)?;
        let value = cells.needed("value")?;
        if value.len() < 8 {
            let short = Rule::Definition("a secret has 8 characters or more".to_owned());
            return Err(cells.bad("value", short));
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.value.clone()]
    }
}

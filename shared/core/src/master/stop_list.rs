//! The stop list: items that may not be sold for a while, or only with a warning.

use super::cells::validity_texts;
use super::reach::{self, LAYERS};
use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::coded_enum;
use crate::pricing::moment::Validity;
use crate::pricing::names::ItemCode;
use crate::pricing::price::Reach;

coded_enum! {
    /// What a till does with a stopped item.
    pub enum Action {
        /// Warns and sells.
        Warn = 0 => "warn",
        /// Does not sell.
        Refuse = 1 => "refuse",
    }
}

const ACTIONS: &[&str] = &["warn", "refuse"];

/// A stop of one item for a scope and a time.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StopRecord {
    /// The item.
    #[n(0)]
    pub item: ItemCode,
    /// The shops.
    #[n(1)]
    pub reach: Reach,
    /// What their tills do.
    #[n(2)]
    pub action: Action,
    /// Why, in the words that the cashier reads.
    #[n(3)]
    pub reason: String,
    /// When.
    #[n(4)]
    pub validity: Validity,
}

impl Record for StopRecord {
    const TABLE: Table = Table::StopList;
    const COLUMNS: &'static [Column] = &[
        needed("item_code"),
        needed("layer"),
        needed("scope_id"),
        needed("action"),
        needed("reason"),
        needed("valid_from"),
        optional("valid_to"),
    ];

    fn key(&self) -> String {
        let [layer, scope] = reach::texts(&self.reach);
        format!("{}/{layer}/{scope}/{}", self.item, self.validity.from)
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let layer = cells.word("layer", LAYERS)?;
        let action = Action::from_name(cells.word("action", ACTIONS)?);
        Ok(Self {
            item: cells.needed("item_code")?.into(),
            reach: reach::read(cells, layer)?,
            action: action.ok_or_else(|| cells.bad("action", Rule::OneOf(ACTIONS)))?,
            reason: cells.needed("reason")?.to_owned(),
            validity: cells.validity()?,
        })
    }

    fn cells(&self) -> Vec<String> {
        let [layer, scope] = reach::texts(&self.reach);
        let [from, to] = validity_texts(&self.validity);
        vec![
            self.item.to_string(),
            layer,
            scope,
            self.action.name().to_owned(),
            self.reason.clone(),
            from,
            to,
        ]
    }
}

//! Bounds of list prices and floors of promotions.

use super::cells::{money_text, validity_texts};
use super::reach;
use super::{CellError, Cells, Column, Record, Table, needed, optional};
use crate::pricing::corridor::{CorridorReach, CorridorRow};
use crate::pricing::names::ItemCode;

const LAYERS: &[&str] = &["network", "region", "dealer", "store", "cost"];

/// Bounds of one item for a scope and a time.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CorridorRecord {
    /// The item it bounds.
    #[n(0)]
    pub item: ItemCode,
    /// The bounds as the engine sees them.
    #[n(1)]
    pub row: CorridorRow,
}

impl CorridorRecord {
    fn layer_and_scope(&self) -> [String; 2] {
        match &self.row.reach {
            CorridorReach::Layer(layer) => reach::texts(layer),
            CorridorReach::Cost => ["cost".to_owned(), "*".to_owned()],
        }
    }
}

impl Record for CorridorRecord {
    const TABLE: Table = Table::Corridors;
    const COLUMNS: &'static [Column] = &[
        needed("item_code"),
        needed("layer"),
        needed("scope_id"),
        optional("min_kop"),
        optional("max_kop"),
        optional("floor_kop"),
        needed("valid_from"),
        optional("valid_to"),
    ];

    fn key(&self) -> String {
        let [layer, scope] = self.layer_and_scope();
        format!("{}/{layer}/{scope}/{}", self.item, self.row.validity.from)
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let layer = cells.word("layer", LAYERS)?;
        Ok(Self {
            item: cells.needed("item_code")?.into(),
            row: CorridorRow {
                reach: match layer {
                    "cost" => CorridorReach::Cost,
                    layer => CorridorReach::Layer(reach::read(cells, layer)?),
                },
                min: cells.optional_money("min_kop")?,
                max: cells.optional_money("max_kop")?,
                floor: cells.optional_money("floor_kop")?,
                validity: cells.validity()?,
            },
        })
    }

    fn cells(&self) -> Vec<String> {
        let [layer, scope] = self.layer_and_scope();
        let [from, to] = validity_texts(&self.row.validity);
        vec![
            self.item.to_string(),
            layer,
            scope,
            money_text(self.row.min),
            money_text(self.row.max),
            money_text(self.row.floor),
            from,
            to,
        ]
    }
}

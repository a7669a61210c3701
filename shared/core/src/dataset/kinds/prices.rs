//! The rows of one item in one layer. The layer says how far they reach, so the rows need not.

use crate::money::Money;
use crate::pricing::corridor::{CorridorReach, CorridorRow};
use crate::pricing::moment::Validity;
use crate::pricing::names::PriceType;
use crate::pricing::price::{PriceRow, Reach, RowId};

/// Prices and bounds of one item in one layer; the key is the item's code.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ItemPrices {
    /// Rows of the price list, by id.
    #[n(0)]
    pub rows: Vec<LayerPrice>,
    /// Bounds.
    #[n(1)]
    pub bounds: Vec<LayerBounds>,
}

/// A row of the price list.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct LayerPrice {
    /// Its id.
    #[n(0)]
    pub id: RowId,
    /// Kind of price.
    #[n(1)]
    pub price_type: PriceType,
    /// The price.
    #[n(2)]
    pub amount: Money,
    /// When it counts.
    #[n(3)]
    pub validity: Validity,
    /// The larger wins a tie.
    #[n(4)]
    pub rank: i32,
    /// Rows of narrower layers do not count.
    #[n(5)]
    pub lock: bool,
    /// The larger wins a tie of ranks and beginnings.
    #[n(6)]
    pub revision: i32,
}

/// Bounds of an item.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct LayerBounds {
    /// They come from what the item costs; stands in the network's layer.
    #[n(0)]
    pub of_cost: bool,
    /// Least list price.
    #[n(1)]
    pub min: Option<Money>,
    /// Largest list price.
    #[n(2)]
    pub max: Option<Money>,
    /// What promotions must leave.
    #[n(3)]
    pub floor: Option<Money>,
    /// When they count.
    #[n(4)]
    pub validity: Validity,
}

/// The layer that a row of the price list stands in, and the row there.
#[must_use]
pub fn price_into_layer(row: &PriceRow) -> (Reach, LayerPrice) {
    let of_layer = LayerPrice {
        id: row.id,
        price_type: row.price_type.clone(),
        amount: row.amount,
        validity: row.validity,
        rank: row.rank,
        lock: row.lock,
        revision: row.revision,
    };
    (row.reach.clone(), of_layer)
}

/// The layer that bounds stand in, and the bounds there.
#[must_use]
pub fn bounds_into_layer(row: &CorridorRow) -> (Reach, LayerBounds) {
    let (reach, of_cost) = match &row.reach {
        CorridorReach::Layer(reach) => (reach.clone(), false),
        CorridorReach::Cost => (Reach::Network, true),
    };
    let of_layer = LayerBounds {
        of_cost,
        min: row.min,
        max: row.max,
        floor: row.floor,
        validity: row.validity,
    };
    (reach, of_layer)
}

impl LayerPrice {
    /// The row as the pricing engine sees it.
    #[must_use]
    pub fn out_of_layer(self, reach: &Reach) -> PriceRow {
        PriceRow {
            id: self.id,
            price_type: self.price_type,
            reach: reach.clone(),
            amount: self.amount,
            validity: self.validity,
            rank: self.rank,
            lock: self.lock,
            revision: self.revision,
        }
    }
}

impl LayerBounds {
    /// The bounds as the pricing engine sees them.
    #[must_use]
    pub fn out_of_layer(self, reach: &Reach) -> CorridorRow {
        CorridorRow {
            reach: if self.of_cost {
                CorridorReach::Cost
            } else {
                CorridorReach::Layer(reach.clone())
            },
            min: self.min,
            max: self.max,
            floor: self.floor,
            validity: self.validity,
        }
    }
}

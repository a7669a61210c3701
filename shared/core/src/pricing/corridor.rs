//! Bounds of the list price, and the floor that promotions may not pass.

use crate::money::Money;

use super::moment::{LocalTime, Validity};
use super::price::Reach;
use super::shop::Shop;

/// Who set a corridor row.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum CorridorReach {
    /// A layer of the price list.
    #[n(0)]
    Layer(#[n(0)] Reach),
    /// "Never below cost", for every shop.
    #[n(1)]
    Cost,
}

/// A row of the corridors of one item; an empty bound does not bind.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CorridorRow {
    /// Who set it and for which shops.
    #[n(0)]
    pub reach: CorridorReach,
    /// Least list price.
    #[n(1)]
    pub min: Option<Money>,
    /// Largest list price.
    #[n(2)]
    pub max: Option<Money>,
    /// Least that promotions may leave of one unit.
    #[n(3)]
    pub floor: Option<Money>,
    /// When it counts, by the store's wall.
    #[n(4)]
    pub validity: Validity,
}

impl CorridorRow {
    fn acts(&self, shop: &Shop, moment: LocalTime) -> bool {
        let covers = match &self.reach {
            CorridorReach::Layer(reach) => reach.covers(shop),
            CorridorReach::Cost => true,
        };
        covers && self.validity.holds(moment)
    }

    fn floor_owner(&self) -> FloorOwner {
        match &self.reach {
            CorridorReach::Layer(Reach::Network) => FloorOwner::Network,
            CorridorReach::Layer(Reach::Dealer(_)) => FloorOwner::Dealer,
            CorridorReach::Layer(Reach::Region(_)) => FloorOwner::Region,
            CorridorReach::Layer(Reach::Store(_)) => FloorOwner::Store,
            CorridorReach::Cost => FloorOwner::Cost,
        }
    }
}

/// The bound that moved a list price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Bound {
    /// Raised to the least.
    #[n(0)]
    Min,
    /// Lowered to the largest.
    #[n(1)]
    Max,
}

/// A list price inside its corridor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InCorridor {
    /// The base price of everything that follows.
    pub price: Money,
    /// What moved it.
    pub bound: Option<Bound>,
    /// The bounds contradicted each other and only those of the network counted.
    pub alarm: bool,
}

/// Puts a list price into the corridor: the largest of all mins, the least of all maxes; the upper bound
/// first, then the lower.
#[must_use]
pub fn clamp_list_price(
    rows: &[CorridorRow],
    shop: &Shop,
    moment: LocalTime,
    listed: Money,
) -> InCorridor {
    let bounds = |network_only: bool| {
        let acting = rows.iter().filter(move |row| {
            let counts = !network_only || row.reach == CorridorReach::Layer(Reach::Network);
            counts && row.acts(shop, moment)
        });
        let lower = acting.clone().filter_map(|row| row.min).max();
        let upper = acting.filter_map(|row| row.max).min();
        (lower, upper)
    };
    let (mut lower, mut upper) = bounds(false);
    let alarm = lower.zip(upper).is_some_and(|(min, max)| min > max);
    if alarm {
        (lower, upper) = bounds(true);
    }
    let mut placed = InCorridor {
        price: listed,
        bound: None,
        alarm,
    };
    if let Some(max) = upper.filter(|max| placed.price > *max) {
        (placed.price, placed.bound) = (max, Some(Bound::Max));
    }
    if let Some(min) = lower.filter(|min| placed.price < *min) {
        (placed.price, placed.bound) = (min, Some(Bound::Min));
    }
    placed
}

/// Whose floor it is; of equal floors the first in this order is named.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum FloorOwner {
    /// The network.
    #[n(0)]
    Network,
    /// The dealer.
    #[n(1)]
    Dealer,
    /// The region.
    #[n(2)]
    Region,
    /// The store.
    #[n(3)]
    Store,
    /// "Never below cost".
    #[n(4)]
    Cost,
}

/// The least that promotions may leave of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// Per unit.
    pub unit: Money,
    /// Who set it.
    pub owner: FloorOwner,
}

/// The largest floor valid for the shop.
#[must_use]
pub fn find_floor(rows: &[CorridorRow], shop: &Shop, moment: LocalTime) -> Option<Floor> {
    rows.iter()
        .filter(|row| row.acts(shop, moment))
        .filter_map(|row| {
            let unit = row.floor?;
            let owner = row.floor_owner();
            Some(Floor { unit, owner })
        })
        .min_by_key(|floor| (std::cmp::Reverse(floor.unit), floor.owner))
}

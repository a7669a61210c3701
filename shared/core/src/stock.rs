//! Stock by item and owner: a sum of moves, so it folds the same in any order of tills.

use std::collections::{BTreeMap, BTreeSet};

use crate::money::Quantity;
use crate::time::StoreTime;

/// An item of one owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Sku {
    /// The item's code.
    #[n(0)]
    pub item: String,
    /// The legal entity that owns the goods; none for the store's own.
    #[n(1)]
    pub owner: Option<String>,
}

/// Goods leave the shelf without a sale.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct WrittenOff {
    /// What leaves.
    #[n(0)]
    pub lines: Vec<WriteOffLine>,
    /// Why.
    #[n(1)]
    pub reason: String,
    /// When it happened by the business, where that is not the wall clock.
    #[n(2)]
    pub business_time: Option<StoreTime>,
}

/// One item of a write-off.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct WriteOffLine {
    /// Which goods.
    #[n(0)]
    pub sku: Sku,
    /// How many; above zero.
    #[n(1)]
    pub quantity: Quantity,
}

/// Quantities on the shelf; below zero where a sale came before its delivery was booked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stock {
    shelf: BTreeMap<Sku, Quantity>,
}

impl Stock {
    /// Stock with the rows of a brought-forward.
    pub(crate) fn from_rows(rows: impl IntoIterator<Item = (Sku, Quantity)>) -> Self {
        Self {
            shelf: rows.into_iter().collect(),
        }
    }

    /// Every item that ever moved, by code and owner.
    pub fn rows(&self) -> impl Iterator<Item = (&Sku, Quantity)> + '_ {
        self.shelf.iter().map(|(sku, quantity)| (sku, *quantity))
    }

    /// Quantity on the shelf.
    #[must_use]
    pub fn on_shelf(&self, sku: &Sku) -> Quantity {
        self.shelf.get(sku).copied().unwrap_or_default()
    }

    /// The items that are here by the books, whoever owns them: some are left, or some were sold before their
    /// delivery was booked.
    pub fn present(&self) -> impl Iterator<Item = &str> + '_ {
        let held = self
            .shelf
            .iter()
            .filter(|(_, held)| **held != Quantity::ZERO);
        let items: BTreeSet<&str> = held.map(|(sku, _)| sku.item.as_str()).collect();
        items.into_iter()
    }

    /// Adds a move; negative when goods leave.
    pub(crate) fn add(&mut self, sku: &Sku, quantity: Quantity) {
        match self.shelf.get_mut(sku) {
            Some(held) => *held = held.plus(quantity),
            None => drop(self.shelf.insert(sku.clone(), quantity)),
        }
    }
}

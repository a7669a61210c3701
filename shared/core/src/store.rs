//! The composed state of one shop: sums over the journals of all its workplaces, in any order.

use std::collections::BTreeMap;

use crate::cash::Cash;
use crate::money::Quantity;
use crate::serial::Serials;
use crate::stock::{Sku, Stock};
use crate::workplace::Workplace;

/// What must be one per shop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Store {
    /// Goods on the shelf, all tills together.
    pub stock: Stock,
    /// Serials with the claims of all tills.
    pub serials: Serials,
    /// Money by place, all tills together.
    pub cash: Cash,
}

impl Store {
    /// The shop of these workplaces; their order does not matter.
    #[must_use]
    pub fn of<'a>(workplaces: impl IntoIterator<Item = &'a Workplace>) -> Self {
        let mut store = Self::default();
        for workplace in workplaces {
            workplace
                .stock
                .rows()
                .for_each(|(sku, quantity)| store.stock.add(sku, quantity));
            workplace
                .serials
                .rows()
                .for_each(|(serial, held)| store.serials.merge(serial, held));
            workplace
                .cash
                .rows()
                .for_each(|(place, money)| store.cash.add(place, money));
        }
        store
    }

    /// Serials that were claimed more often than a unit can be: to show and to alert.
    pub fn conflicts(&self) -> impl Iterator<Item = &str> + '_ {
        self.serials
            .rows()
            .filter(|(_, claims)| claims.is_conflict())
            .map(|(serial, _)| serial)
    }

    /// Items whose shelf is below zero: sold before their delivery was booked.
    #[must_use]
    pub fn below_zero(&self) -> BTreeMap<&Sku, Quantity> {
        self.stock
            .rows()
            .filter(|(_, quantity)| quantity.0 < 0)
            .collect()
    }
}

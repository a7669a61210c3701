//! Money by place: a double-entry ledger folded from the facts of the till.

use std::collections::BTreeMap;

use crate::coded_enum;
use crate::money::Money;
use crate::time::StoreTime;

coded_enum! {
    /// Where money can be. The sum over all places is always zero.
    pub enum Place {
        /// The till's cash drawer.
        Drawer = 0 => "drawer",
        /// Card payments the bank still has to settle.
        CardClearing = 1 => "card-clearing",
        /// Where the money of sales comes from.
        Revenue = 2 => "revenue",
        /// Safe, bank or owner outside the drawer.
        Outside = 3 => "outside",
        /// Difference between counted and expected cash.
        Discrepancy = 4 => "discrepancy",
        /// Payments of other kinds, kept until they are settled.
        OtherClearing = 5 => "other-clearing",
    }
}

coded_enum! {
    /// Which way cash moves by hand.
    pub enum Direction {
        /// Into the drawer.
        In = 0 => "in",
        /// Out of the drawer.
        Out = 1 => "out",
    }
}

/// Body of cash put into or taken out of the drawer by hand.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Moved {
    /// How much; above zero.
    #[n(0)]
    pub amount: Money,
    /// Why, in the cashier's words.
    #[n(1)]
    pub reason: String,
    /// When it happened by the business, where that is not the wall clock.
    #[n(2)]
    pub business_time: Option<StoreTime>,
}

/// Balances by place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cash {
    balances: BTreeMap<Place, Money>,
}

impl Cash {
    /// A ledger with the balances of a brought-forward.
    pub(crate) fn from_rows(rows: impl IntoIterator<Item = (Place, Money)>) -> Self {
        Self {
            balances: rows.into_iter().collect(),
        }
    }

    /// Balance of one place.
    #[must_use]
    pub fn at(&self, place: Place) -> Money {
        self.balances.get(&place).copied().unwrap_or_default()
    }

    /// Every place that money ever moved through.
    pub fn rows(&self) -> impl Iterator<Item = (Place, Money)> + '_ {
        self.balances.iter().map(|(place, money)| (*place, *money))
    }

    /// Moves money; the sum over all places stays what it was.
    pub(crate) fn transfer(&mut self, from: Place, to: Place, amount: Money) {
        self.add(from, amount.negated());
        self.add(to, amount);
    }

    /// Adds to one place alone; only sums of whole ledgers keep the balance.
    pub(crate) fn add(&mut self, place: Place, amount: Money) {
        let held = self.balances.entry(place).or_default();
        *held = held.plus(amount);
    }

    /// Books the difference that makes the drawer hold what was counted.
    pub(crate) fn count_drawer(&mut self, counted: Money) -> Money {
        let discrepancy = counted.minus(self.at(Place::Drawer));
        self.transfer(Place::Discrepancy, Place::Drawer, discrepancy);
        discrepancy
    }
}

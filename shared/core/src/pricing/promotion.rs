//! Promotions: who owns them, where and when they act, and how they go with others.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::money::Money;

use super::basket::{Basket, Payment};
use super::kind::{Kind, Phase};
use super::moment::Validity;
use super::names::{
    DealerClass, DealerId, GroupName, Level, PromotionId, RegionCode, StoreFormat, StoreRef,
};
use super::select::Select;
use super::shop::Shop;

/// Who pays for a promotion and decides on it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Owner {
    /// The network.
    #[n(0)]
    Network,
    /// A dealer: acts in the dealer's shops only, within the network's limits.
    #[n(1)]
    Dealer(#[n(0)] DealerId),
}

/// How a promotion goes with others; has a meaning in the first three phases only.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Mode {
    /// Takes its part of what is left.
    #[n(0)]
    Stack,
    /// Of its group only the best acts; without a group it is alone.
    #[n(1)]
    BestInGroup(#[n(0)] Option<GroupName>),
    /// Acts alone, when that is cheaper for the customer than everything else together.
    #[n(2)]
    ExclusiveAll,
}

/// The shops a promotion is for; every condition present must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Scope {
    /// Regions.
    #[n(0)]
    pub regions: Option<BTreeSet<RegionCode>>,
    /// Dealers.
    #[n(1)]
    pub dealers: Option<BTreeSet<DealerId>>,
    /// Classes of dealers.
    #[n(2)]
    pub dealer_classes: Option<BTreeSet<DealerClass>>,
    /// Stores.
    #[n(3)]
    pub stores: Option<BTreeSet<StoreRef>>,
    /// Formats.
    #[n(4)]
    pub formats: Option<BTreeSet<StoreFormat>>,
}

impl Scope {
    fn covers(&self, shop: &Shop) -> bool {
        fn within<T: Ord>(list: Option<&BTreeSet<T>>, one: &T) -> bool {
            list.is_none_or(|list| list.contains(one))
        }
        within(self.regions.as_ref(), &shop.region)
            && within(self.dealers.as_ref(), &shop.dealer)
            && within(self.dealer_classes.as_ref(), &shop.dealer_class)
            && within(self.stores.as_ref(), &shop.store)
            && within(self.formats.as_ref(), &shop.format)
    }
}

/// The receipts a promotion is for; every condition present must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct When {
    /// A card was shown, or was not.
    #[n(0)]
    pub card: Option<bool>,
    /// The card has one of these levels.
    #[n(1)]
    pub levels: Option<BTreeSet<Level>>,
    /// The customer means to pay in one of these ways.
    #[n(2)]
    pub payment: Option<BTreeSet<Payment>>,
}

impl When {
    fn holds(&self, basket: &Basket) -> bool {
        let customer = basket.customer.as_ref();
        self.card.is_none_or(|card| card == customer.is_some())
            && self.levels.as_ref().is_none_or(|levels| {
                customer.is_some_and(|customer| levels.contains(&customer.level))
            })
            && self
                .payment
                .as_ref()
                .is_none_or(|payments| payments.contains(&basket.payment))
    }
}

/// A promotion.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Promotion {
    /// Its id.
    #[n(0)]
    pub id: PromotionId,
    /// Its version.
    #[n(1)]
    pub version: u32,
    /// Who pays for it.
    #[n(2)]
    pub owner: Owner,
    /// How it goes with others.
    #[n(3)]
    pub mode: Mode,
    /// Larger comes first within a phase.
    #[n(4)]
    pub priority: i32,
    /// When it counts, by the store's wall.
    #[n(5)]
    pub validity: Validity,
    /// The shops it is for.
    #[n(6)]
    pub scope: Scope,
    /// The receipts it is for.
    #[n(7)]
    pub when: When,
    /// The lines it is for.
    #[n(8)]
    pub select: Select,
    /// The most it may give in one receipt.
    #[n(9)]
    pub max_total: Option<Money>,
    /// What it gives.
    #[n(10)]
    pub kind: Kind,
}

impl Promotion {
    /// The phase it acts in.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.kind.phase()
    }

    /// Its place in the order of application: phase, larger priority, smaller id.
    #[must_use]
    pub fn order(&self) -> (Phase, Reverse<i32>, &PromotionId) {
        (self.phase(), Reverse(self.priority), &self.id)
    }

    /// Whether it acts in this shop for this receipt, its dealer's limits aside.
    pub(crate) fn is_for(&self, shop: &Shop, basket: &Basket) -> bool {
        let owned = match &self.owner {
            Owner::Network => true,
            Owner::Dealer(dealer) => *dealer == shop.dealer,
        };
        owned
            && self.validity.holds(basket.moment)
            && self.scope.covers(shop)
            && self.when.holds(basket)
    }
}

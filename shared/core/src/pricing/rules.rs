//! Everything but items that a price depends on, and which promotions act for a receipt.

use std::collections::BTreeSet;

use crate::money::Money;

use super::basket::Basket;
use super::kind::KindName;
use super::moment::{LocalTime, Validity};
use super::names::{DealerClass, DealerId};
use super::price::PriceTypes;
use super::promotion::{Owner, Promotion};
use super::rounding::Ppm;
use super::shop::Shop;
use super::vat::TaxRow;

/// Whom a limit of the network is for.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum LimitOf {
    /// One dealer; such a row, valid or not, puts those of the dealer's class aside.
    #[n(0)]
    Dealer(#[n(0)] DealerId),
    /// Every dealer of a class.
    #[n(1)]
    Class(#[n(0)] DealerClass),
}

/// How far the network lets dealers go with promotions of their own.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DealerLimit {
    /// Whom it is for.
    #[n(0)]
    pub of: LimitOf,
    /// The kinds it allows.
    #[n(1)]
    pub kinds: BTreeSet<KindName>,
    /// The largest part of a line's gross that one promotion may take.
    #[n(2)]
    pub max_part: Ppm,
    /// When it counts, by the store's wall.
    #[n(3)]
    pub validity: Validity,
}

/// Everything but items that a price depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// What each price type falls back to.
    pub price_types: PriceTypes,
    /// The tax table.
    pub taxes: Vec<TaxRow>,
    /// Limits for the promotions of dealers.
    pub dealer_limits: Vec<DealerLimit>,
    /// Key of the tags on personal coupons.
    pub coupon_key: Vec<u8>,
    /// Promotions.
    pub promotions: Promotions,
}

/// Promotions in their order of application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promotions(Vec<Promotion>);

impl Promotions {
    /// Puts them into their order.
    #[must_use]
    pub fn new(mut promotions: Vec<Promotion>) -> Self {
        promotions.sort_by(|one, other| one.order().cmp(&other.order()));
        Self(promotions)
    }

    /// All of them, in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Promotion] {
        &self.0
    }
}

impl Rules {
    /// The limit for a dealer's promotion of that kind now: by the dealer's own rows if there is any, even one
    /// that is not valid now, else by those of the class.
    fn dealer_limit(&self, shop: &Shop, kind: KindName, moment: LocalTime) -> Option<Ppm> {
        let own = |limit: &&DealerLimit| match &limit.of {
            LimitOf::Dealer(dealer) => *dealer == shop.dealer,
            LimitOf::Class(_) => false,
        };
        let of_class = |limit: &&DealerLimit| match &limit.of {
            LimitOf::Dealer(_) => false,
            LimitOf::Class(class) => *class == shop.dealer_class,
        };
        let allowing =
            |limit: &&DealerLimit| limit.validity.holds(moment) && limit.kinds.contains(&kind);
        let limits = || self.dealer_limits.iter();
        let found = if limits().any(|limit| own(&limit)) {
            limits().filter(own).find(allowing)
        } else {
            limits().filter(of_class).find(allowing)
        };
        found.map(|limit| limit.max_part)
    }
}

/// A promotion that acts for a receipt, with its limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Active<'a> {
    pub promotion: &'a Promotion,
    /// The most it may give in this receipt.
    pub total: Option<Money>,
    /// The largest part of a line's gross, for a dealer's own promotion.
    pub dealer_limit: Option<Ppm>,
}

/// The promotions that act for a receipt, and those of the dealer that the network does not allow.
pub(crate) struct Acting<'a> {
    pub active: Vec<Active<'a>>,
    pub not_allowed: Vec<&'a Promotion>,
}

impl<'a> Acting<'a> {
    pub(crate) fn find(rules: &'a Rules, shop: &Shop, basket: &Basket) -> Self {
        let mut acting = Self {
            active: Vec::new(),
            not_allowed: Vec::new(),
        };
        for promotion in rules.promotions.as_slice() {
            if !promotion.is_for(shop, basket) {
                continue;
            }
            let kind = promotion.kind.name();
            let dealer_limit = match &promotion.owner {
                Owner::Network => None,
                Owner::Dealer(_) => match rules.dealer_limit(shop, kind, basket.moment) {
                    Some(limit) => Some(limit),
                    None => {
                        acting.not_allowed.push(promotion);
                        continue;
                    }
                },
            };
            let budget = basket.budgets.get(&promotion.id).copied();
            let total = [promotion.max_total, budget].into_iter().flatten().min();
            acting.active.push(Active {
                promotion,
                total,
                dealer_limit,
            });
        }
        acting
    }
}

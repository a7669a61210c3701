//! Which lines a promotion looks at.

use std::collections::BTreeSet;

use crate::money::Money;

use super::item::{Item, ItemKind};
use super::names::{Brand, ItemCode, ItemGroup};

/// Conditions on a line; every one present must hold, none at all means every line.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Select {
    /// The kind is one of these.
    #[n(0)]
    pub kinds: Option<BTreeSet<ItemKind>>,
    /// The group is one of these.
    #[n(1)]
    pub groups: Option<BTreeSet<ItemGroup>>,
    /// The item is one of these.
    #[n(2)]
    pub items: Option<BTreeSet<ItemCode>>,
    /// The brand is one of these.
    #[n(3)]
    pub brands: Option<BTreeSet<Brand>>,
    /// The group is none of these.
    #[n(4)]
    pub exclude_groups: BTreeSet<ItemGroup>,
    /// The item is none of these.
    #[n(5)]
    pub exclude_items: BTreeSet<ItemCode>,
    /// The brand is none of these.
    #[n(6)]
    pub exclude_brands: BTreeSet<Brand>,
    /// The base price of a unit is at least this.
    #[n(7)]
    pub min_price: Option<Money>,
    /// The base price of a unit is at most this.
    #[n(8)]
    pub max_price: Option<Money>,
}

impl Select {
    /// Whether an item of that base price is meant.
    #[must_use]
    pub fn takes(&self, item: &Item, base_price: Money) -> bool {
        fn within<T: Ord>(list: Option<&BTreeSet<T>>, one: &T) -> bool {
            list.is_none_or(|list| list.contains(one))
        }
        within(self.kinds.as_ref(), &item.kind)
            && within(self.groups.as_ref(), &item.group)
            && within(self.items.as_ref(), &item.code)
            && within(self.brands.as_ref(), &item.brand)
            && !self.exclude_groups.contains(&item.group)
            && !self.exclude_items.contains(&item.code)
            && !self.exclude_brands.contains(&item.brand)
            && self.min_price.is_none_or(|min| base_price >= min)
            && self.max_price.is_none_or(|max| base_price <= max)
    }
}

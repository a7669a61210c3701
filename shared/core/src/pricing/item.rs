//! An item of the catalogue with its prices and corridors, and where the engine gets it.

use std::borrow::Cow;

use super::corridor::CorridorRow;
use super::names::{Brand, ItemCode, ItemGroup, VatClass};
use super::price::PriceRow;

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// A thing.
    Goods,
    /// A SIM card with its tariff.
    Sim,
    /// Work or a promise.
    Service,
    /// Money passed on, such as a top-up.
    Payment,
}

/// How single pieces are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracking {
    /// They are not.
    None,
    /// By a serial number: one piece a line.
    Serial,
}

/// An item of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its code.
    pub code: ItemCode,
    /// What it is.
    pub kind: ItemKind,
    /// Its group.
    pub group: ItemGroup,
    /// Its brand.
    pub brand: Brand,
    /// How pieces are told apart.
    pub tracking: Tracking,
    /// Its VAT class.
    pub vat_class: VatClass,
}

/// An item with every row that may price it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    /// The item.
    pub item: Item,
    /// Its rows of the price list.
    pub prices: Vec<PriceRow>,
    /// Its corridors.
    pub corridors: Vec<CorridorRow>,
}

/// Where the engine looks an item up: memory in the office, a table on disk at a till.
pub trait Catalogue {
    /// The item with its rows; none is an unknown item.
    fn goods(&self, code: &ItemCode) -> Option<Cow<'_, Goods>>;
}

impl Catalogue for std::collections::BTreeMap<ItemCode, Goods> {
    fn goods(&self, code: &ItemCode) -> Option<Cow<'_, Goods>> {
        self.get(code).map(Cow::Borrowed)
    }
}

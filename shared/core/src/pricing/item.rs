//! An item of the catalogue with its prices and corridors, and where the engine gets it.

use std::borrow::Cow;

use super::corridor::CorridorRow;
use super::names::{Brand, ItemCode, ItemGroup, VatClass};
use super::price::PriceRow;

/// What an item is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum ItemKind {
    /// A thing.
    #[n(0)]
    Goods,
    /// A SIM card with its tariff.
    #[n(1)]
    Sim,
    /// Work or a promise.
    #[n(2)]
    Service,
    /// Money passed on, such as a top-up.
    #[n(3)]
    Payment,
}

impl ItemKind {
    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "goods" => Some(Self::Goods),
            "sim" => Some(Self::Sim),
            "service" => Some(Self::Service),
            "payment" => Some(Self::Payment),
            _ => None,
        }
    }
}

/// How single pieces are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Tracking {
    /// They are not.
    #[n(0)]
    None,
    /// By a serial number: one piece a line.
    #[n(1)]
    Serial,
}

/// An item of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Item {
    /// Its code.
    #[n(0)]
    pub code: ItemCode,
    /// What it is.
    #[n(1)]
    pub kind: ItemKind,
    /// Its group.
    #[n(2)]
    pub group: ItemGroup,
    /// Its brand.
    #[n(3)]
    pub brand: Brand,
    /// How pieces are told apart.
    #[n(4)]
    pub tracking: Tracking,
    /// Its VAT class.
    #[n(5)]
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

//! Which row of the price list wins, and why the others lost.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use minicbor::decode::{Decoder, Error as DecodeError};

use crate::money::Money;

use super::moment::{LocalTime, Validity};
use super::names::{DealerId, PriceType, RegionCode, StoreRef};
use super::shop::Shop;

/// How wide a row reaches, from all shops to one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Layer {
    /// Every shop.
    #[n(0)]
    Network,
    /// The shops of a region.
    #[n(1)]
    Region,
    /// The shops of a dealer.
    #[n(2)]
    Dealer,
    /// One shop.
    #[n(3)]
    Store,
}

/// The shops a row is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode)]
pub enum Reach {
    /// Every shop.
    #[n(0)]
    Network,
    /// The shops of a region.
    #[n(1)]
    Region(#[n(0)] RegionCode),
    /// The shops of a dealer.
    #[n(2)]
    Dealer(#[n(0)] DealerId),
    /// One shop.
    #[n(3)]
    Store(#[n(0)] StoreRef),
}

/// The derived decoder takes any item for the fields of a reach that has none; one reach must have one form, for
/// layers are told apart and signed by their bytes.
impl<'b, C> minicbor::Decode<'b, C> for Reach {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, DecodeError> {
        let malformed = || DecodeError::message("not a reach");
        let parts = d.array()?.filter(|parts| *parts >= 2);
        let parts = parts.ok_or_else(malformed)?;
        let code = d.u32()?;
        let mut fields = d.array()?.ok_or_else(malformed)?;
        let mut scope = |d: &mut Decoder<'b>| -> Result<String, DecodeError> {
            fields = fields.checked_sub(1).ok_or_else(malformed)?;
            d.decode_with(context)
        };
        let reach = match code {
            0 => Self::Network,
            1 => Self::Region(scope(d)?.into()),
            2 => Self::Dealer(scope(d)?.into()),
            3 => Self::Store(scope(d)?.into()),
            _ => return Err(malformed()),
        };
        // What a newer version adds is passed over.
        for _ in 0..fields.saturating_add(parts.saturating_sub(2)) {
            d.skip()?;
        }
        Ok(reach)
    }
}

impl Reach {
    /// Its layer.
    #[must_use]
    pub fn layer(&self) -> Layer {
        match self {
            Self::Network => Layer::Network,
            Self::Region(_) => Layer::Region,
            Self::Dealer(_) => Layer::Dealer,
            Self::Store(_) => Layer::Store,
        }
    }

    /// Whether the shop is among them.
    #[must_use]
    pub fn covers(&self, shop: &Shop) -> bool {
        match self {
            Self::Network => true,
            Self::Region(region) => *region == shop.region,
            Self::Dealer(dealer) => *dealer == shop.dealer,
            Self::Store(store) => *store == shop.store,
        }
    }
}

/// Number of a price row.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct RowId(#[n(0)] pub u64);

/// A row of the price list of one item.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PriceRow {
    /// Its number.
    #[n(0)]
    pub id: RowId,
    /// The kind of price it gives.
    #[n(1)]
    pub price_type: PriceType,
    /// The shops it is for.
    #[n(2)]
    pub reach: Reach,
    /// Price of one unit; 0 is a price.
    #[n(3)]
    pub amount: Money,
    /// When it counts, by the store's wall.
    #[n(4)]
    pub validity: Validity,
    /// Larger wins within a layer.
    #[n(5)]
    pub rank: i32,
    /// Forbids narrower layers to say otherwise.
    #[n(6)]
    pub lock: bool,
    /// Larger wins after rank and beginning.
    #[n(7)]
    pub revision: i32,
}

/// Why a candidate lost; the first rule that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum LostBy {
    /// Another row is locked.
    #[n(0)]
    NotLocked,
    /// A wider layer is locked.
    #[n(1)]
    LowerLock,
    /// A narrower layer has a row.
    #[n(2)]
    LessSpecific,
    /// Smaller rank.
    #[n(3)]
    Rank,
    /// Earlier beginning.
    #[n(4)]
    ValidFrom,
    /// Smaller revision.
    #[n(5)]
    Revision,
    /// Larger row number.
    #[n(6)]
    RowId,
}

/// The row that won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPrice<'a> {
    /// The winner.
    pub row: &'a PriceRow,
    /// Every other candidate of its type, by row number.
    pub losers: Vec<(RowId, LostBy)>,
}

/// What each price type falls back to.
pub type PriceTypes = BTreeMap<PriceType, Option<PriceType>>;

/// The price of an item: candidates of the type, else of the type it falls back to; none is "no price".
#[must_use]
pub fn find_price<'a>(
    rows: &'a [PriceRow],
    price_type: &PriceType,
    price_types: &PriceTypes,
    shop: &Shop,
    moment: LocalTime,
) -> Option<ListPrice<'a>> {
    let mut wanted = Some(price_type);
    // As many steps as there are types: a chain that runs in a circle ends.
    for _ in 0..=price_types.len() {
        let current = wanted?;
        let candidates: Vec<&PriceRow> = rows
            .iter()
            .filter(|row| {
                row.price_type == *current && row.validity.holds(moment) && row.reach.covers(shop)
            })
            .collect();
        if !candidates.is_empty() {
            return choose(&candidates);
        }
        wanted = price_types.get(current).and_then(Option::as_ref);
    }
    None
}

fn choose<'a>(candidates: &[&'a PriceRow]) -> Option<ListPrice<'a>> {
    let locked = candidates.iter().filter(|row| row.lock);
    let lock_layer = locked.map(|row| row.reach.layer()).min();
    let narrowest = candidates.iter().map(|row| row.reach.layer()).max();
    let layer = lock_layer.or(narrowest)?;
    let in_play =
        |row: &&&PriceRow| row.reach.layer() == layer && (row.lock || lock_layer.is_none());
    let winner = candidates.iter().filter(in_play).max_by_key(|row| {
        let beginning = row.validity.from;
        (row.rank, beginning, row.revision, Reverse(row.id))
    })?;
    let lost_by = |row: &PriceRow| {
        if lock_layer.is_some() && !row.lock {
            LostBy::NotLocked
        } else if row.reach.layer() != layer {
            if lock_layer.is_some() {
                LostBy::LowerLock
            } else {
                LostBy::LessSpecific
            }
        } else if row.rank != winner.rank {
            LostBy::Rank
        } else if row.validity.from != winner.validity.from {
            LostBy::ValidFrom
        } else if row.revision != winner.revision {
            LostBy::Revision
        } else {
            LostBy::RowId
        }
    };
    let mut losers: Vec<(RowId, LostBy)> = candidates
        .iter()
        .filter(|row| !std::ptr::eq(**row, *winner))
        .map(|row| (row.id, lost_by(row)))
        .collect();
    losers.sort_by_key(|(id, _)| *id);
    Some(ListPrice {
        row: winner,
        losers,
    })
}

//! The record of an evaluation: what every line costs and why.

use std::collections::BTreeMap;
use std::fmt;

use crate::money::{Money, Quantity};
use crate::time::BusinessDate;

use super::corridor::{Bound, FloorOwner};
use super::kind::Phase;
use super::names::{
    CertificateSerial, CouponCode, ItemCode, LotId, PriceType, PromotionId, VatCode,
};
use super::position::Position;
use super::price::{Layer, LostBy, RowId};

/// What kept a reduction from being larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Clamp {
    /// The promotion's total per receipt, or its budget.
    #[n(0)]
    Total,
    /// The floor of the item.
    #[n(1)]
    Floor(#[n(0)] FloorOwner),
    /// The network's limit for promotions of dealers.
    #[n(2)]
    DealerLimit,
    /// Nothing was left.
    #[n(3)]
    Zero,
}

impl fmt::Display for Clamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Total => "total",
            Self::Floor(FloorOwner::Network) => "floor:network",
            Self::Floor(FloorOwner::Dealer) => "floor:dealer",
            Self::Floor(FloorOwner::Region) => "floor:region",
            Self::Floor(FloorOwner::Store) => "floor:store",
            Self::Floor(FloorOwner::Cost) => "floor:cost",
            Self::DealerLimit => "dealer_limit",
            Self::Zero => "zero",
        })
    }
}

/// What called a reduction, where one promotion can be called several times.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Reference {
    /// A coupon.
    #[n(0)]
    Coupon(#[n(0)] CouponCode),
    /// A certificate.
    #[n(1)]
    Certificate(#[n(0)] CertificateSerial),
    /// An entry by hand.
    #[n(2)]
    Manual(#[n(0)] u32),
}

/// Where the base price of a line comes from.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PriceChoice {
    /// The row that won.
    #[n(0)]
    pub row: RowId,
    /// Its price type.
    #[n(1)]
    pub price_type: PriceType,
    /// Its layer.
    #[n(2)]
    pub layer: Layer,
    /// Its amount.
    #[n(3)]
    pub listed: Money,
    /// The amount inside the corridor: the base price of a unit.
    #[n(4)]
    pub price: Money,
    /// The bound that moved it.
    #[n(5)]
    pub bound: Option<Bound>,
    /// The bounds contradicted each other.
    #[n(6)]
    pub alarm: bool,
    /// The other candidates, by row number.
    #[n(7)]
    pub losers: Vec<(RowId, LostBy)>,
}

/// One reduction of one line.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Reduction {
    /// The promotion.
    #[n(0)]
    pub promotion: PromotionId,
    /// Its version.
    #[n(1)]
    pub version: u32,
    /// The phase it acted in.
    #[n(2)]
    pub phase: Phase,
    /// What it took; 0 only where a clamp made it 0.
    #[n(3)]
    pub amount: Money,
    /// What kept it from being larger.
    #[n(4)]
    pub clamp: Option<Clamp>,
    /// What called it.
    #[n(5)]
    pub reference: Option<Reference>,
}

/// A priced line.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PricedLine {
    /// Its number.
    #[n(0)]
    pub number: u32,
    /// The item.
    #[n(1)]
    pub item: ItemCode,
    /// How much of it.
    #[n(2)]
    pub quantity: Quantity,
    /// Its base price and where that comes from.
    #[n(3)]
    pub price: PriceChoice,
    /// Its sum before reductions.
    #[n(4)]
    pub gross: Money,
    /// Reductions in order of application.
    #[n(5)]
    pub reductions: Vec<Reduction>,
    /// Its sum.
    #[n(6)]
    pub net: Money,
    /// Its VAT rate.
    #[n(7)]
    pub vat_code: VatCode,
    /// The sum of its positions' VAT.
    #[n(8)]
    pub vat: Money,
    /// Printed positions with their VAT.
    #[n(9)]
    pub positions: Vec<(Position, Money)>,
}

/// Sums of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Totals {
    /// Before reductions.
    #[n(0)]
    pub gross: Money,
    /// All reductions.
    #[n(1)]
    pub reduction: Money,
    /// What is to be paid.
    #[n(2)]
    pub net: Money,
    /// Sums of the lines' VAT by rate.
    #[cbor(n(3), with = "crate::cbor::pairs")]
    pub vat: BTreeMap<VatCode, Money>,
}

/// What a promotion that wanted to give gave.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Discount {
    /// The promotion.
    #[n(0)]
    pub promotion: PromotionId,
    /// Its version.
    #[n(1)]
    pub version: u32,
    /// The phase it acted in.
    #[n(2)]
    pub phase: Phase,
    /// What it gave over all lines.
    #[n(3)]
    pub granted: Money,
    /// What it wanted to give beyond that.
    #[n(4)]
    pub clamped: Money,
    /// What called it.
    #[n(5)]
    pub reference: Option<Reference>,
}

/// A promotion that could have acted and did not.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Lost {
    /// The promotion.
    #[n(0)]
    pub promotion: PromotionId,
    /// Why.
    #[n(1)]
    pub why: LostPromotion,
}

/// Why a promotion did not act.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum LostPromotion {
    /// Another of its group gave more.
    #[n(0)]
    Group {
        /// The one that acted.
        #[n(0)]
        beaten_by: PromotionId,
        /// What this one would have given.
        #[n(1)]
        benefit: Money,
        /// What that one gave.
        #[n(2)]
        best: Money,
    },
    /// It acts alone, and that would have cost the customer more.
    #[n(1)]
    World {
        /// The one that acts alone instead; none is everything else together.
        #[n(0)]
        beaten_by: Option<PromotionId>,
    },
    /// The network does not allow the dealer promotions of that kind.
    #[n(2)]
    DealerNotAllowed,
}

/// A gift promotion whose set is there and whose gift is not.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Offer {
    /// The promotion.
    #[n(0)]
    pub promotion: PromotionId,
    /// Its version.
    #[n(1)]
    pub version: u32,
}

/// Points of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Points {
    /// Asked for.
    #[n(0)]
    pub requested: i64,
    /// Used.
    #[n(1)]
    pub used: i64,
    /// Used by lot, oldest first.
    #[n(2)]
    pub lots: Vec<(LotId, i64)>,
    /// Earned.
    #[n(3)]
    pub earned: i64,
    /// The date from which the earned ones may be used.
    #[n(4)]
    pub active_on: Option<BusinessDate>,
}

/// Why a line is refused; in this order of questions.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum LineRefusal {
    /// The catalogue does not know the item.
    #[n(0)]
    UnknownItem,
    /// The quantity is not above 0.
    #[n(1)]
    BadQuantity,
    /// An item with serial numbers is sold one a line.
    #[n(2)]
    SerialQuantity,
    /// The serial number is missing.
    #[n(3)]
    NoSerial,
    /// No row prices it.
    #[n(4)]
    NoPrice,
    /// No row of the tax table rates it.
    #[n(5)]
    NoTaxRate,
}

/// Why a coupon is refused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum CouponRefusal {
    /// Its tag does not belong to it.
    #[n(0)]
    BadTag,
    /// The same code was shown before.
    #[n(1)]
    Duplicate,
    /// Its date has come.
    #[n(2)]
    Expired,
    /// As many codes as its promotion takes have acted.
    #[n(3)]
    Limit,
    /// It gave nothing and is not used up.
    #[n(4)]
    NoEffect,
    /// No active promotion knows it.
    #[n(5)]
    Unknown,
    /// It is used up.
    #[n(6)]
    Used,
}

/// Why a reduction by hand is refused; in this order of questions.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum ManualRefusal {
    /// No rule allows it.
    #[n(0)]
    NotAllowed,
    /// The rule wants a reason.
    #[n(1)]
    NoReason,
    /// Every line concerned has a reduction by hand.
    #[n(2)]
    Repeated,
    /// More than the rule allows, or nothing.
    #[n(3)]
    OverLimit,
    /// More than the seller may give alone.
    #[n(4)]
    NeedsToken,
}

/// Something refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
pub enum Refusal {
    /// A line, by its number; the receipt cannot be closed with it.
    #[n(0)]
    Line(#[n(0)] u32, #[n(1)] LineRefusal),
    /// A coupon.
    #[n(1)]
    Coupon(#[n(0)] CouponCode, #[n(1)] CouponRefusal),
    /// An entry by hand, by its number.
    #[n(2)]
    Manual(#[n(0)] u32, #[n(1)] ManualRefusal),
}

/// A priced basket.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Priced {
    /// Lines by number; a refused line is not among them.
    #[n(0)]
    pub lines: Vec<PricedLine>,
    /// Sums.
    #[n(1)]
    pub totals: Totals,
    /// Promotions that wanted to give, in order of application.
    #[n(2)]
    pub discounts: Vec<Discount>,
    /// The promotion that acts alone, if that is cheaper.
    #[n(3)]
    pub world: Option<PromotionId>,
    /// Promotions that could have acted, by id.
    #[n(4)]
    pub lost: Vec<Lost>,
    /// Gifts not yet in the basket.
    #[n(5)]
    pub offers: Vec<Offer>,
    /// Codes that gave something, ascending.
    #[n(6)]
    pub coupons_used: Vec<CouponCode>,
    /// Points.
    #[n(7)]
    pub points: Points,
    /// Refusals: lines, coupons, entries by hand.
    #[n(8)]
    pub refusals: Vec<Refusal>,
}

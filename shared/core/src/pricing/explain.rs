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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clamp {
    /// The promotion's total per receipt, or its budget.
    Total,
    /// The floor of the item.
    Floor(FloorOwner),
    /// The network's limit for promotions of dealers.
    DealerLimit,
    /// Nothing was left.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A coupon.
    Coupon(CouponCode),
    /// A certificate.
    Certificate(CertificateSerial),
    /// An entry by hand.
    Manual(u32),
}

/// Where the base price of a line comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChoice {
    /// The row that won.
    pub row: RowId,
    /// Its price type.
    pub price_type: PriceType,
    /// Its layer.
    pub layer: Layer,
    /// Its amount.
    pub listed: Money,
    /// The amount inside the corridor: the base price of a unit.
    pub price: Money,
    /// The bound that moved it.
    pub bound: Option<Bound>,
    /// The bounds contradicted each other.
    pub alarm: bool,
    /// The other candidates, by row number.
    pub losers: Vec<(RowId, LostBy)>,
}

/// One reduction of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    /// The promotion.
    pub promotion: PromotionId,
    /// Its version.
    pub version: u32,
    /// The phase it acted in.
    pub phase: Phase,
    /// What it took; 0 only where a clamp made it 0.
    pub amount: Money,
    /// What kept it from being larger.
    pub clamp: Option<Clamp>,
    /// What called it.
    pub reference: Option<Reference>,
}

/// A priced line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// Its number.
    pub number: u32,
    /// The item.
    pub item: ItemCode,
    /// How much of it.
    pub quantity: Quantity,
    /// Its base price and where that comes from.
    pub price: PriceChoice,
    /// Its sum before reductions.
    pub gross: Money,
    /// Reductions in order of application.
    pub reductions: Vec<Reduction>,
    /// Its sum.
    pub net: Money,
    /// Its VAT rate.
    pub vat_code: VatCode,
    /// The sum of its positions' VAT.
    pub vat: Money,
    /// Printed positions with their VAT.
    pub positions: Vec<(Position, Money)>,
}

/// Sums of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Before reductions.
    pub gross: Money,
    /// All reductions.
    pub reduction: Money,
    /// What is to be paid.
    pub net: Money,
    /// Sums of the lines' VAT by rate.
    pub vat: BTreeMap<VatCode, Money>,
}

/// What a promotion that wanted to give gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    /// The promotion.
    pub promotion: PromotionId,
    /// Its version.
    pub version: u32,
    /// The phase it acted in.
    pub phase: Phase,
    /// What it gave over all lines.
    pub granted: Money,
    /// What it wanted to give beyond that.
    pub clamped: Money,
    /// What called it.
    pub reference: Option<Reference>,
}

/// A promotion that could have acted and did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The promotion.
    pub promotion: PromotionId,
    /// Why.
    pub why: LostPromotion,
}

/// Why a promotion did not act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostPromotion {
    /// Another of its group gave more.
    Group {
        /// The one that acted.
        beaten_by: PromotionId,
        /// What this one would have given.
        benefit: Money,
        /// What that one gave.
        best: Money,
    },
    /// It acts alone, and that would have cost the customer more.
    World {
        /// The one that acts alone instead; none is everything else together.
        beaten_by: Option<PromotionId>,
    },
    /// The network does not allow the dealer promotions of that kind.
    DealerNotAllowed,
}

/// A gift promotion whose set is there and whose gift is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The promotion.
    pub promotion: PromotionId,
    /// Its version.
    pub version: u32,
}

/// Points of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Points {
    /// Asked for.
    pub requested: i64,
    /// Used.
    pub used: i64,
    /// Used by lot, oldest first.
    pub lots: Vec<(LotId, i64)>,
    /// Earned.
    pub earned: i64,
    /// The date from which the earned ones may be used.
    pub active_on: Option<BusinessDate>,
}

/// Why a line is refused; in this order of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineRefusal {
    /// The catalogue does not know the item.
    UnknownItem,
    /// The quantity is not above 0.
    BadQuantity,
    /// An item with serial numbers is sold one a line.
    SerialQuantity,
    /// The serial number is missing.
    NoSerial,
    /// No row prices it.
    NoPrice,
    /// No row of the tax table rates it.
    NoTaxRate,
}

/// Why a coupon is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CouponRefusal {
    /// Its tag does not belong to it.
    BadTag,
    /// The same code was shown before.
    Duplicate,
    /// Its date has come.
    Expired,
    /// As many codes as its promotion takes have acted.
    Limit,
    /// It gave nothing and is not used up.
    NoEffect,
    /// No active promotion knows it.
    Unknown,
    /// It is used up.
    Used,
}

/// Why a reduction by hand is refused; in this order of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManualRefusal {
    /// No rule allows it.
    NotAllowed,
    /// The rule wants a reason.
    NoReason,
    /// Every line concerned has a reduction by hand.
    Repeated,
    /// More than the rule allows, or nothing.
    OverLimit,
    /// More than the seller may give alone.
    NeedsToken,
}

/// Something refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A line, by its number; the receipt cannot be closed with it.
    Line(u32, LineRefusal),
    /// A coupon.
    Coupon(CouponCode, CouponRefusal),
    /// An entry by hand, by its number.
    Manual(u32, ManualRefusal),
}

/// A priced basket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Priced {
    /// Lines by number; a refused line is not among them.
    pub lines: Vec<PricedLine>,
    /// Sums.
    pub totals: Totals,
    /// Promotions that wanted to give, in order of application.
    pub discounts: Vec<Discount>,
    /// The promotion that acts alone, if that is cheaper.
    pub world: Option<PromotionId>,
    /// Promotions that could have acted, by id.
    pub lost: Vec<Lost>,
    /// Gifts not yet in the basket.
    pub offers: Vec<Offer>,
    /// Codes that gave something, ascending.
    pub coupons_used: Vec<CouponCode>,
    /// Points.
    pub points: Points,
    /// Refusals: lines, coupons, entries by hand.
    pub refusals: Vec<Refusal>,
}

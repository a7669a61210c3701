//! What a till brings to be priced.

use std::collections::{BTreeMap, BTreeSet};

use crate::money::{Money, Quantity};
use crate::time::BusinessDate;

use super::moment::LocalTime;
use super::names::{CertificateSerial, CouponCode, ItemCode, Level, LotId, PriceType, PromotionId};
use super::rounding::Ppm;

/// How the customer means to pay.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Payment {
    /// Cash.
    #[n(0)]
    Cash,
    /// A bank card.
    #[n(1)]
    Card,
    /// Credit.
    #[n(2)]
    Credit,
}

/// A scanned line.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct BasketLine {
    /// Its number, unique in the receipt and never used again.
    #[n(0)]
    pub number: u32,
    /// The item.
    #[n(1)]
    pub item: ItemCode,
    /// How much of it.
    #[n(2)]
    pub quantity: Quantity,
    /// When it was added, by the store's wall; happy hours look at it.
    #[n(3)]
    pub added_at: LocalTime,
    /// Its serial number was scanned.
    #[n(4)]
    pub has_serial: bool,
}

/// Points of one accrual.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Lot {
    /// Its id.
    #[n(0)]
    pub id: LotId,
    /// When it was earned; the oldest is used first.
    #[n(1)]
    pub earned_on: BusinessDate,
    /// The first date on which it is worth nothing.
    #[n(2)]
    pub expires_on: BusinessDate,
    /// Points in it.
    #[n(3)]
    pub points: i64,
}

/// A customer who showed a card.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Customer {
    /// Level of the card.
    #[n(0)]
    pub level: Level,
    /// The lots are those of the centre now, not of a cache.
    #[n(1)]
    pub online: bool,
    /// Points on the account.
    #[n(2)]
    pub lots: Vec<Lot>,
    /// Points the customer wants to use.
    #[n(3)]
    pub redeem_points: i64,
}

/// A certificate used as a reduction.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Certificate {
    /// The promotion it belongs to.
    #[n(0)]
    pub promotion: PromotionId,
    /// Its number.
    #[n(1)]
    pub serial: CertificateSerial,
    /// What it is worth.
    #[n(2)]
    pub amount: Money,
}

/// How much a seller wants to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum ManualSize {
    /// A part of what is left.
    #[n(0)]
    Part(#[n(0)] Ppm),
    /// An amount.
    #[n(1)]
    Amount(#[n(0)] Money),
}

/// A reduction a seller wants to give by hand.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ManualEntry {
    /// Its number; entries act in this order.
    #[n(0)]
    pub seq: u32,
    /// The line; none is the receipt.
    #[n(1)]
    pub line: Option<u32>,
    /// How much.
    #[n(2)]
    pub size: ManualSize,
    /// Why; empty is no reason.
    #[n(3)]
    pub reason: String,
    /// How far the seller may go alone.
    #[n(4)]
    pub right: Ppm,
    /// How far the manager's token goes.
    #[n(5)]
    pub token_right: Option<Ppm>,
    /// Number of the manager who allowed more, where the till checked that.
    #[n(6)]
    pub approved_by: Option<String>,
}

/// Everything a till brings to be priced; the order of lines, codes and entries does not matter.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Basket {
    /// The moment whose prices and rules count, by the store's wall.
    #[n(0)]
    pub moment: LocalTime,
    /// The kind of price.
    #[n(1)]
    pub price_type: PriceType,
    /// How the customer means to pay.
    #[n(2)]
    pub payment: Payment,
    /// The lines.
    #[n(3)]
    pub lines: Vec<BasketLine>,
    /// The customer, if a card was shown.
    #[n(4)]
    pub customer: Option<Customer>,
    /// Codes shown.
    #[n(5)]
    pub coupons: Vec<CouponCode>,
    /// Codes known to be used up.
    #[n(6)]
    pub used_coupons: BTreeSet<CouponCode>,
    /// Certificates shown.
    #[n(7)]
    pub certificates: Vec<Certificate>,
    /// Reductions by hand.
    #[n(8)]
    pub manual: Vec<ManualEntry>,
    /// What is left of the budgets of promotions.
    #[cbor(n(9), with = "crate::cbor::pairs")]
    pub budgets: BTreeMap<PromotionId, Money>,
}

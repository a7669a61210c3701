//! What a till brings to be priced.

use std::collections::{BTreeMap, BTreeSet};

use crate::money::{Money, Quantity};
use crate::time::BusinessDate;

use super::moment::LocalTime;
use super::names::{CertificateSerial, CouponCode, ItemCode, Level, LotId, PriceType, PromotionId};
use super::rounding::Ppm;

/// How the customer means to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Payment {
    /// Cash.
    Cash,
    /// A bank card.
    Card,
    /// Credit.
    Credit,
}

/// A scanned line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketLine {
    /// Its number, unique in the receipt and never used again.
    pub number: u32,
    /// The item.
    pub item: ItemCode,
    /// How much of it.
    pub quantity: Quantity,
    /// When it was added, by the store's wall; happy hours look at it.
    pub added_at: LocalTime,
    /// Its serial number was scanned.
    pub has_serial: bool,
}

/// Points of one accrual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// Its id.
    pub id: LotId,
    /// When it was earned; the oldest is used first.
    pub earned_on: BusinessDate,
    /// The first date on which it is worth nothing.
    pub expires_on: BusinessDate,
    /// Points in it.
    pub points: i64,
}

/// A customer who showed a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Level of the card.
    pub level: Level,
    /// The lots are those of the centre now, not of a cache.
    pub online: bool,
    /// Points on the account.
    pub lots: Vec<Lot>,
    /// Points the customer wants to use.
    pub redeem_points: i64,
}

/// A certificate used as a reduction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The promotion it belongs to.
    pub promotion: PromotionId,
    /// Its number.
    pub serial: CertificateSerial,
    /// What it is worth.
    pub amount: Money,
}

/// How much a seller wants to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManualSize {
    /// A part of what is left.
    Part(Ppm),
    /// An amount.
    Amount(Money),
}

/// A reduction a seller wants to give by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualEntry {
    /// Its number; entries act in this order.
    pub seq: u32,
    /// The line; none is the receipt.
    pub line: Option<u32>,
    /// How much.
    pub size: ManualSize,
    /// Why; empty is no reason.
    pub reason: String,
    /// How far the seller may go alone.
    pub right: Ppm,
    /// How far the manager's token goes.
    pub token_right: Option<Ppm>,
}

/// Everything a till brings to be priced; the order of lines, codes and entries does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket {
    /// The moment whose prices and rules count, by the store's wall.
    pub moment: LocalTime,
    /// The kind of price.
    pub price_type: PriceType,
    /// How the customer means to pay.
    pub payment: Payment,
    /// The lines.
    pub lines: Vec<BasketLine>,
    /// The customer, if a card was shown.
    pub customer: Option<Customer>,
    /// Codes shown.
    pub coupons: Vec<CouponCode>,
    /// Codes known to be used up.
    pub used_coupons: BTreeSet<CouponCode>,
    /// Certificates shown.
    pub certificates: Vec<Certificate>,
    /// Reductions by hand.
    pub manual: Vec<ManualEntry>,
    /// What is left of the budgets of promotions.
    pub budgets: BTreeMap<PromotionId, Money>,
}

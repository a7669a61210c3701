//! What each kind of promotion gives, by the phase it acts in. Amounts are kopecks.

use std::collections::BTreeMap;

use crate::money::Money;

use super::moment::DailyHours;
use super::names::{Campaign, CouponCode, ItemCode, Level};
use super::rounding::Ppm;
use super::select::Select;

/// Steps of an evaluation, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Line by line.
    Line,
    /// Sets of units.
    Group,
    /// The receipt as a whole.
    Receipt,
    /// Points and certificates.
    Redeem,
    /// By hand.
    Manual,
    /// Down to whole coins.
    Rounding,
    /// Points earned.
    Accrue,
}

impl Phase {
    /// Its number on the receipt's record, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Line => 1,
            Self::Group => 2,
            Self::Receipt => 3,
            Self::Redeem => 4,
            Self::Manual => 5,
            Self::Rounding => 6,
            Self::Accrue => 7,
        }
    }
}

/// What a promotion gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Something off each line.
    Line(LineKind),
    /// Something off sets of units.
    Group(GroupKind),
    /// Something off the receipt.
    Receipt(ReceiptKind),
    /// Points or certificates used.
    Redeem(RedeemKind),
    /// What sellers may give by hand.
    Manual(ManualRule),
    /// Down to a multiple of the step.
    Rounding {
        /// The step.
        step: Money,
    },
    /// Points earned.
    Accrue(AccrueRule),
}

/// Kinds of the first phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineKind {
    /// A part of what is left of the line.
    Percent(Ppm),
    /// An amount per piece.
    Amount(Money),
    /// Prices of a unit by item.
    SpecialPrice(BTreeMap<ItemCode, Money>),
    /// A part of lines added in certain hours.
    HappyHour {
        /// The part.
        part: Ppm,
        /// The hours.
        hours: DailyHours,
    },
    /// Prices of a unit by item for customers with a card.
    CardPrice(BTreeMap<ItemCode, Money>),
}

/// Units of a set: `units` of what `select` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Which lines.
    pub select: Select,
    /// How many units.
    pub units: u32,
}

/// A step of a quantity discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// From this many units.
    pub min_units: u32,
    /// The part taken off all of them.
    pub part: Ppm,
}

/// Kinds of the second phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupKind {
    /// Pay `pay_for` of `size` units: the cheapest others are free.
    NForM {
        /// Units in a group.
        size: u32,
        /// Units paid for.
        pay_for: u32,
    },
    /// A part of the cheapest of `size` units.
    NthPercent {
        /// Units in a group.
        size: u32,
        /// The part.
        part: Ppm,
    },
    /// A set for one price.
    Bundle {
        /// What it consists of.
        slots: Vec<Slot>,
        /// Its price.
        price: Money,
        /// At most so many sets.
        max_times: Option<u32>,
    },
    /// Units at a price beside a set.
    Companion {
        /// The set.
        slots: Vec<Slot>,
        /// What goes beside it.
        get: Box<Slot>,
        /// Price of one of these.
        unit_price: Money,
        /// At most so many sets.
        max_times: Option<u32>,
    },
    /// Units free beside a set.
    Gift {
        /// The set.
        slots: Vec<Slot>,
        /// What goes beside it.
        get: Box<Slot>,
        /// At most so many sets.
        max_times: Option<u32>,
    },
    /// A part by number of units.
    QuantityTiers(Vec<Tier>),
}

/// A part or an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Benefit {
    /// A part of what is left.
    Part(Ppm),
    /// An amount, at most what is left.
    Amount(Money),
}

/// A promotion of the third phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptKind {
    /// The least sum of what is left of the eligible lines.
    pub min_receipt: Money,
    /// What decides whether and how much it gives.
    pub trigger: ReceiptTrigger,
}

/// Kinds of the third phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptTrigger {
    /// Nothing more: a part.
    Percent(Ppm),
    /// Nothing more: an amount.
    Amount(Money),
    /// A code.
    Coupon {
        /// What calls it.
        key: CouponKey,
        /// What one code gives.
        benefit: Benefit,
        /// Codes that may act in one receipt.
        max_per_receipt: u32,
    },
    /// The level of the card: a part by level.
    Card(BTreeMap<Level, Ppm>),
}

/// What calls a coupon promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponKey {
    /// An open word, the same for everyone.
    Word(CouponCode),
    /// Personal codes of a campaign.
    Campaign(Campaign),
}

/// Kinds of the fourth phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedeemKind {
    /// Points used as money.
    Points(PointsRule),
    /// Certificates of this promotion used as reductions.
    Certificate,
}

/// How points may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointsRule {
    /// The part of the eligible lines they may cover.
    pub cap: Ppm,
    /// What one point is worth.
    pub point: Money,
    /// Points of a cached balance that are not touched off line.
    pub offline_reserve: i64,
}

/// What sellers may give by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManualRule {
    /// The largest part of what is left.
    pub max_part: Option<Ppm>,
    /// The largest amount.
    pub max_amount: Option<Money>,
    /// A reason must be given.
    pub needs_reason: bool,
}

/// How points are earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccrueRule {
    /// The part of the eligible nets.
    pub part: Ppm,
    /// What one point is worth.
    pub point: Money,
    /// Days until they may be used.
    pub delay_days: u32,
}

impl Kind {
    /// The phase it acts in.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::Line(_) => Phase::Line,
            Self::Group(_) => Phase::Group,
            Self::Receipt(_) => Phase::Receipt,
            Self::Redeem(_) => Phase::Redeem,
            Self::Manual(_) => Phase::Manual,
            Self::Rounding { .. } => Phase::Rounding,
            Self::Accrue(_) => Phase::Accrue,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> KindName {
        match self {
            Self::Line(LineKind::Percent(_)) => KindName::Percent,
            Self::Line(LineKind::Amount(_)) => KindName::Amount,
            Self::Line(LineKind::SpecialPrice(_)) => KindName::SpecialPrice,
            Self::Line(LineKind::HappyHour { .. }) => KindName::HappyHour,
            Self::Line(LineKind::CardPrice(_)) => KindName::CardPrice,
            Self::Group(GroupKind::NForM { .. }) => KindName::NForM,
            Self::Group(GroupKind::NthPercent { .. }) => KindName::NthPercent,
            Self::Group(GroupKind::Bundle { .. }) => KindName::Bundle,
            Self::Group(GroupKind::Companion { .. }) => KindName::Companion,
            Self::Group(GroupKind::Gift { .. }) => KindName::Gift,
            Self::Group(GroupKind::QuantityTiers(_)) => KindName::QuantityTiers,
            Self::Receipt(receipt) => match receipt.trigger {
                ReceiptTrigger::Percent(_) => KindName::ReceiptPercent,
                ReceiptTrigger::Amount(_) => KindName::ReceiptAmount,
                ReceiptTrigger::Coupon { .. } => KindName::Coupon,
                ReceiptTrigger::Card(_) => KindName::CardPercent,
            },
            Self::Redeem(RedeemKind::Points(_)) => KindName::PointsRedeem,
            Self::Redeem(RedeemKind::Certificate) => KindName::Certificate,
            Self::Manual(_) => KindName::Manual,
            Self::Rounding { .. } => KindName::Rounding,
            Self::Accrue(_) => KindName::Accrue,
        }
    }
}

macro_rules! kind_names {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// Names of the kinds of promotions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum KindName {
            $($(#[$doc])* $variant,)+
        }

        impl KindName {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name as the rules write it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

kind_names! {
    /// A part of the line.
    Percent = "percent",
    /// An amount per piece.
    Amount = "amount",
    /// A price by item.
    SpecialPrice = "special_price",
    /// A part of lines added in certain hours.
    HappyHour = "happy_hour",
    /// A price by item for customers with a card.
    CardPrice = "card_price",
    /// Pay m of n.
    NForM = "n_for_m",
    /// A part of the cheapest of n.
    NthPercent = "nth_percent",
    /// A price for a set.
    Bundle = "bundle",
    /// A price for what goes beside a set.
    Companion = "companion",
    /// Something free beside a set.
    Gift = "gift",
    /// A part by number of units.
    QuantityTiers = "qty_tiers",
    /// A part of the receipt.
    ReceiptPercent = "receipt_percent",
    /// An amount off the receipt.
    ReceiptAmount = "receipt_amount",
    /// What a code gives.
    Coupon = "coupon",
    /// A part by level of the card.
    CardPercent = "card_percent",
    /// Points used.
    PointsRedeem = "points_redeem",
    /// Certificates used as reductions.
    Certificate = "certificate",
    /// What sellers may give by hand.
    Manual = "manual",
    /// Down to whole coins.
    Rounding = "rounding",
    /// Points earned.
    Accrue = "accrue",
}

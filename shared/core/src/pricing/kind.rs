//! What each kind of promotion gives, by the phase it acts in. Amounts are kopecks.

use std::collections::BTreeMap;

use crate::money::Money;

use super::moment::DailyHours;
use super::names::{Campaign, CouponCode, ItemCode, Level};
use super::rounding::Ppm;
use super::select::Select;

/// Steps of an evaluation, in their order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Phase {
    /// Line by line.
    #[n(0)]
    Line,
    /// Sets of units.
    #[n(1)]
    Group,
    /// The receipt as a whole.
    #[n(2)]
    Receipt,
    /// Points and certificates.
    #[n(3)]
    Redeem,
    /// By hand.
    #[n(4)]
    Manual,
    /// Down to whole coins.
    #[n(5)]
    Rounding,
    /// Points earned.
    #[n(6)]
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
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Kind {
    /// Something off each line.
    #[n(0)]
    Line(#[n(0)] LineKind),
    /// Something off sets of units.
    #[n(1)]
    Group(#[n(0)] GroupKind),
    /// Something off the receipt.
    #[n(2)]
    Receipt(#[n(0)] ReceiptKind),
    /// Points or certificates used.
    #[n(3)]
    Redeem(#[n(0)] RedeemKind),
    /// What sellers may give by hand.
    #[n(4)]
    Manual(#[n(0)] ManualRule),
    /// Down to a multiple of the step.
    #[n(5)]
    Rounding {
        /// The step.
        #[n(0)]
        step: Money,
    },
    /// Points earned.
    #[n(6)]
    Accrue(#[n(0)] AccrueRule),
}

/// Kinds of the first phase.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum LineKind {
    /// A part of what is left of the line.
    #[n(0)]
    Percent(#[n(0)] Ppm),
    /// An amount per piece.
    #[n(1)]
    Amount(#[n(0)] Money),
    /// Prices of a unit by item.
    #[n(2)]
    SpecialPrice(#[cbor(n(0), with = "crate::cbor::pairs")] BTreeMap<ItemCode, Money>),
    /// A part of lines added in certain hours.
    #[n(3)]
    HappyHour {
        /// The part.
        #[n(0)]
        part: Ppm,
        /// The hours.
        #[n(1)]
        hours: DailyHours,
    },
    /// Prices of a unit by item for customers with a card.
    #[n(4)]
    CardPrice(#[cbor(n(0), with = "crate::cbor::pairs")] BTreeMap<ItemCode, Money>),
}

/// Units of a set: `units` of what `select` takes.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Slot {
    /// Which lines.
    #[n(0)]
    pub select: Select,
    /// How many units.
    #[n(1)]
    pub units: u32,
}

/// A step of a quantity discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Tier {
    /// From this many units.
    #[n(0)]
    pub min_units: u32,
    /// The part taken off all of them.
    #[n(1)]
    pub part: Ppm,
}

/// Kinds of the second phase.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum GroupKind {
    /// Pay `pay_for` of `size` units: the cheapest others are free.
    #[n(0)]
    NForM {
        /// Units in a group.
        #[n(0)]
        size: u32,
        /// Units paid for.
        #[n(1)]
        pay_for: u32,
    },
    /// A part of the cheapest of `size` units.
    #[n(1)]
    NthPercent {
        /// Units in a group.
        #[n(0)]
        size: u32,
        /// The part.
        #[n(1)]
        part: Ppm,
    },
    /// A set for one price.
    #[n(2)]
    Bundle {
        /// What it consists of.
        #[n(0)]
        slots: Vec<Slot>,
        /// Its price.
        #[n(1)]
        price: Money,
        /// At most so many sets.
        #[n(2)]
        max_times: Option<u32>,
    },
    /// Units at a price beside a set.
    #[n(3)]
    Companion {
        /// The set.
        #[n(0)]
        slots: Vec<Slot>,
        /// What goes beside it.
        #[n(1)]
        get: Box<Slot>,
        /// Price of one of these.
        #[n(2)]
        unit_price: Money,
        /// At most so many sets.
        #[n(3)]
        max_times: Option<u32>,
    },
    /// Units free beside a set.
    #[n(4)]
    Gift {
        /// The set.
        #[n(0)]
        slots: Vec<Slot>,
        /// What goes beside it.
        #[n(1)]
        get: Box<Slot>,
        /// At most so many sets.
        #[n(2)]
        max_times: Option<u32>,
    },
    /// A part by number of units.
    #[n(5)]
    QuantityTiers(#[n(0)] Vec<Tier>),
}

/// A part or an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Benefit {
    /// A part of what is left.
    #[n(0)]
    Part(#[n(0)] Ppm),
    /// An amount, at most what is left.
    #[n(1)]
    Amount(#[n(0)] Money),
}

/// A promotion of the third phase.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ReceiptKind {
    /// The least sum of what is left of the eligible lines.
    #[n(0)]
    pub min_receipt: Money,
    /// What decides whether and how much it gives.
    #[n(1)]
    pub trigger: ReceiptTrigger,
}

/// Kinds of the third phase.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum ReceiptTrigger {
    /// Nothing more: a part.
    #[n(0)]
    Percent(#[n(0)] Ppm),
    /// Nothing more: an amount.
    #[n(1)]
    Amount(#[n(0)] Money),
    /// A code.
    #[n(2)]
    Coupon {
        /// What calls it.
        #[n(0)]
        key: CouponKey,
        /// What one code gives.
        #[n(1)]
        benefit: Benefit,
        /// Codes that may act in one receipt.
        #[n(2)]
        max_per_receipt: u32,
    },
    /// The level of the card: a part by level.
    #[n(3)]
    Card(#[cbor(n(0), with = "crate::cbor::pairs")] BTreeMap<Level, Ppm>),
}

/// What calls a coupon promotion.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum CouponKey {
    /// An open word, the same for everyone.
    #[n(0)]
    Word(#[n(0)] CouponCode),
    /// Personal codes of a campaign.
    #[n(1)]
    Campaign(#[n(0)] Campaign),
}

/// Kinds of the fourth phase.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum RedeemKind {
    /// Points used as money.
    #[n(0)]
    Points(#[n(0)] PointsRule),
    /// Certificates of this promotion used as reductions.
    #[n(1)]
    Certificate,
}

/// How points may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PointsRule {
    /// The part of the eligible lines they may cover.
    #[n(0)]
    pub cap: Ppm,
    /// What one point is worth.
    #[n(1)]
    pub point: Money,
    /// Points of a cached balance that are not touched off line.
    #[n(2)]
    pub offline_reserve: i64,
}

/// What sellers may give by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ManualRule {
    /// The largest part of what is left.
    #[n(0)]
    pub max_part: Option<Ppm>,
    /// The largest amount.
    #[n(1)]
    pub max_amount: Option<Money>,
    /// A reason must be given.
    #[n(2)]
    pub needs_reason: bool,
}

/// How points are earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct AccrueRule {
    /// The part of the eligible nets.
    #[n(0)]
    pub part: Ppm,
    /// What one point is worth.
    #[n(1)]
    pub point: Money,
    /// Days until they may be used.
    #[n(2)]
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

        impl<C> minicbor::Encode<C> for KindName {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(self.as_str())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for KindName {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                let name = d.str()?;
                let known = Self::ALL.iter().find(|kind| kind.as_str() == name);
                known.copied().ok_or_else(|| minicbor::decode::Error::message("kind of promotion is not known"))
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

//! The fields of each kind of promotion: a new kind is a few lines here.

use storefleet_core::pricing::kind::KindName;

use super::parameters::{Entry, may, must};
use super::value::Shape;

const PART: Entry = must("percent", "ppm", "promotion-percent", "10", Shape::Percent);
const AMOUNT: Entry = must("rub", "amount_kop", "promotion-rub", "500", Shape::Roubles);
const SIZE: Entry = must("n", "n", "promotion-n", "3", Shape::Count);
const LEAST: Entry = may(
    "min_rub",
    "min_receipt_kop",
    "promotion-min",
    "",
    Shape::Roubles,
);
const TIMES: Entry = may(
    "max_times",
    "max_times",
    "promotion-times",
    "",
    Shape::Whole,
);
const POINT: Entry = may("point", "point_kop", "promotion-point", "1", Shape::Sum);
const PRICES: Entry = must(
    "prices",
    "prices",
    "promotion-prices",
    "100001 990",
    Shape::Prices,
);

/// What a kind asks for besides.
#[expect(
    clippy::too_many_lines,
    reason = "a table: an arm for each kind, a line for each field"
)]
pub(super) const fn of(kind: KindName) -> &'static [Entry] {
    match kind {
        KindName::Percent => const { &[PART] },
        KindName::Amount => const { &[AMOUNT] },
        KindName::SpecialPrice | KindName::CardPrice => const { &[PRICES] },
        KindName::HappyHour => {
            const {
                &[
                    PART,
                    must("days", "days", "promotion-days", "", Shape::Days),
                    must(
                        "hours_from",
                        "from",
                        "promotion-hours-from",
                        "10:00",
                        Shape::DayTime,
                    ),
                    must(
                        "hours_to",
                        "to",
                        "promotion-hours-to",
                        "13:00",
                        Shape::DayTime,
                    ),
                ]
            }
        }
        KindName::NForM => const { &[SIZE, must("m", "m", "promotion-m", "2", Shape::Whole)] },
        KindName::NthPercent => const { &[SIZE, PART] },
        KindName::Bundle => {
            const {
                &[
                    must(
                        "set_price",
                        "price_kop",
                        "promotion-set-price",
                        "799",
                        Shape::Roubles,
                    ),
                    TIMES,
                ]
            }
        }
        KindName::Companion => {
            const {
                &[
                    must(
                        "unit_price",
                        "unit_price_kop",
                        "promotion-unit-price",
                        "1",
                        Shape::Roubles,
                    ),
                    TIMES,
                ]
            }
        }
        KindName::Gift => const { &[TIMES] },
        KindName::QuantityTiers => {
            const {
                &[must(
                    "tiers",
                    "tiers",
                    "promotion-tiers",
                    "2 5",
                    Shape::Tiers,
                )]
            }
        }
        KindName::ReceiptPercent => const { &[PART, LEAST] },
        KindName::ReceiptAmount => const { &[AMOUNT, LEAST] },
        KindName::Coupon => {
            const {
                &[
                    may("word", "word", "promotion-word", "ЗИМА", Shape::Text),
                    may(
                        "campaign",
                        "campaign",
                        "promotion-campaign",
                        "AUTUMN25",
                        Shape::Text,
                    ),
                    may("percent", "ppm", "promotion-percent", "10", Shape::Percent),
                    may("rub", "amount_kop", "promotion-rub", "500", Shape::Roubles),
                    may(
                        "max_per_receipt",
                        "max_per_receipt",
                        "promotion-per-receipt",
                        "1",
                        Shape::Whole,
                    ),
                    LEAST,
                ]
            }
        }
        KindName::CardPercent => {
            const {
                &[
                    must(
                        "levels",
                        "levels",
                        "promotion-levels",
                        "silver 1",
                        Shape::Levels,
                    ),
                    LEAST,
                ]
            }
        }
        KindName::PointsRedeem => {
            const {
                &[
                    must(
                        "cap",
                        "cap_ppm",
                        "promotion-points-cap",
                        "30",
                        Shape::Percent,
                    ),
                    POINT,
                    may(
                        "offline_reserve",
                        "offline_reserve",
                        "promotion-reserve",
                        "0",
                        Shape::Whole,
                    ),
                ]
            }
        }
        KindName::Certificate => const { &[] },
        KindName::Manual => {
            const {
                &[
                    may(
                        "max_percent",
                        "max_ppm",
                        "promotion-max-percent",
                        "10",
                        Shape::Percent,
                    ),
                    may(
                        "max_amount",
                        "max_amount_kop",
                        "promotion-max-amount",
                        "2000",
                        Shape::Roubles,
                    ),
                    may(
                        "needs_reason",
                        "needs_reason",
                        "promotion-needs-reason",
                        "",
                        Shape::Flag,
                    ),
                ]
            }
        }
        KindName::Rounding => {
            const {
                &[must(
                    "step_rub",
                    "step_kop",
                    "promotion-step",
                    "1",
                    Shape::Sum,
                )]
            }
        }
        KindName::Accrue => {
            const {
                &[
                    PART,
                    POINT,
                    may(
                        "delay_days",
                        "delay_days",
                        "promotion-delay",
                        "0",
                        Shape::Whole,
                    ),
                ]
            }
        }
    }
}

/// Whether it is for sets: slots of lines and pieces.
pub(super) const fn has_slots(kind: KindName) -> bool {
    matches!(
        kind,
        KindName::Bundle | KindName::Companion | KindName::Gift
    )
}

/// Whether something stands beside its set.
pub(super) const fn has_beside(kind: KindName) -> bool {
    matches!(kind, KindName::Companion | KindName::Gift)
}

/// The kind of that name.
pub(super) fn kind(name: &str) -> Option<KindName> {
    let known = KindName::ALL.iter();
    known.copied().find(|kind| kind.as_str() == name)
}

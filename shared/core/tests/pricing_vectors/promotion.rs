//! Promotions of the vectors, of those kinds that they use.

use serde_json::Value;
use storefleet_core::money::Money;
use storefleet_core::pricing::kind::{
    AccrueRule, Benefit, CouponKey, GroupKind, Kind, LineKind, ManualRule, PointsRule, ReceiptKind,
    ReceiptTrigger, RedeemKind, Slot,
};
use storefleet_core::pricing::moment::{DailyHours, DayMinute, Weekdays};
use storefleet_core::pricing::names::ItemCode;
use storefleet_core::pricing::promotion::{Mode, Owner, Promotion, Scope, When};
use storefleet_core::pricing::select::Select;

use crate::{int, kop, part, text, validity};

/// Reads a promotion of the vectors.
pub(crate) fn read(raw: &Value) -> Promotion {
    Promotion {
        id: text(&raw["id"]).into(),
        version: 1,
        owner: Owner::Network,
        mode: match text(&raw["mode"]) {
            "stack" => Mode::Stack,
            "best_in_group" => Mode::BestInGroup(raw["group"].as_str().map(Into::into)),
            "exclusive_all" => Mode::ExclusiveAll,
            other => panic!("no such mode: {other}"),
        },
        priority: i32::try_from(int(&raw["priority"])).unwrap(),
        validity: validity(raw),
        scope: Scope::default(),
        when: When::default(),
        select: select(&raw["select"]),
        max_total: None,
        kind: kind(raw),
    }
}

fn count(value: &Value) -> u32 {
    u32::try_from(int(value)).unwrap()
}

fn select(raw: &Value) -> Select {
    let items = raw["items"].as_array();
    Select {
        items: items.map(|items| {
            items
                .iter()
                .map(|item| ItemCode::from(text(item)))
                .collect()
        }),
        ..Select::default()
    }
}

fn minute(raw: &Value) -> DayMinute {
    let (hour, minute) = text(raw).split_once(':').unwrap();
    DayMinute::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
}

fn kind(raw: &Value) -> Kind {
    match text(&raw["kind"]) {
        "percent" => Kind::Line(LineKind::Percent(part(&raw["ppm"]))),
        "amount" => Kind::Line(LineKind::Amount(kop(&raw["amount_kop"]))),
        "happy_hour" => {
            let days = raw["days"].as_array().unwrap().iter();
            let with = |week: Weekdays, day: &Value| week.with(u8::try_from(int(day)).unwrap());
            Kind::Line(LineKind::HappyHour {
                part: part(&raw["ppm"]),
                hours: DailyHours {
                    days: days.fold(Weekdays::default(), |week, day| with(week, day).unwrap()),
                    from: minute(&raw["from"]),
                    to: minute(&raw["to"]),
                },
            })
        }
        "n_for_m" => Kind::Group(GroupKind::NForM {
            size: count(&raw["n"]),
            pay_for: count(&raw["m"]),
        }),
        "nth_percent" => Kind::Group(GroupKind::NthPercent {
            size: count(&raw["n"]),
            part: part(&raw["ppm"]),
        }),
        "bundle" => Kind::Group(GroupKind::Bundle {
            slots: raw["slots"]
                .as_array()
                .unwrap()
                .iter()
                .map(|slot| Slot {
                    select: select(&slot["select"]),
                    units: count(&slot["units"]),
                })
                .collect(),
            price: kop(&raw["price_kop"]),
            max_times: None,
        }),
        "coupon" => Kind::Receipt(ReceiptKind {
            min_receipt: Money::ZERO,
            trigger: ReceiptTrigger::Coupon {
                key: CouponKey::Word(text(&raw["word"]).into()),
                benefit: Benefit::Amount(kop(&raw["amount_kop"])),
                max_per_receipt: 1,
            },
        }),
        "points_redeem" => Kind::Redeem(RedeemKind::Points(PointsRule {
            cap: part(&raw["cap_ppm"]),
            point: kop(&raw["point_kop"]),
            offline_reserve: int(&raw["offline_reserve"]),
        })),
        "accrue" => Kind::Accrue(AccrueRule {
            part: part(&raw["ppm"]),
            point: kop(&raw["point_kop"]),
            delay_days: count(&raw["delay_days"]),
        }),
        "manual" => Kind::Manual(ManualRule {
            max_part: Some(part(&raw["max_ppm"])),
            max_amount: None,
            needs_reason: false,
        }),
        other => panic!("no vector uses the kind {other}"),
    }
}

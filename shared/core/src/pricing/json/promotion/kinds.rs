//! Parameters of each kind of promotion.

use std::collections::BTreeMap;

use crate::money::Money;
use crate::pricing::kind::{
    AccrueRule, Benefit, CouponKey, GroupKind, Kind, KindName, LineKind, ManualRule, PointsRule,
    ReceiptKind, ReceiptTrigger, RedeemKind, Slot, Tier,
};
use crate::pricing::moment::{DailyHours, Weekdays};
use crate::pricing::names::{ItemCode, Level};
use crate::pricing::rounding::Ppm;
use serde::Deserialize;

use super::parameters::{Parameters, part};
use super::{RawSelect, kind_name, select};

/// What one point is worth unless the program says otherwise: one rouble.
const POINT: Money = Money(100);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSlot {
    #[serde(default)]
    select: RawSelect,
    units: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    min_units: u32,
    ppm: i32,
}

/// Takes the parameters of the kind.
pub(super) fn read(raw: &mut Parameters) -> Result<Kind, String> {
    let name: String = raw.need("kind")?;
    Ok(match kind_name(&name)? {
        KindName::Percent => Kind::Line(LineKind::Percent(raw.part("ppm")?)),
        KindName::Amount => Kind::Line(LineKind::Amount(raw.money("amount_kop")?)),
        KindName::SpecialPrice => Kind::Line(LineKind::SpecialPrice(prices(raw)?)),
        KindName::HappyHour => Kind::Line(LineKind::HappyHour {
            part: raw.part("ppm")?,
            hours: hours(raw)?,
        }),
        KindName::CardPrice => Kind::Line(LineKind::CardPrice(prices(raw)?)),
        KindName::NForM => {
            let (size, pay_for) = (group_size(raw)?, raw.need("m")?);
            if pay_for >= size {
                return Err(format!("m {pay_for} must be smaller than n {size}"));
            }
            Kind::Group(GroupKind::NForM { size, pay_for })
        }
        KindName::NthPercent => Kind::Group(GroupKind::NthPercent {
            size: group_size(raw)?,
            part: raw.part("ppm")?,
        }),
        KindName::Bundle => Kind::Group(GroupKind::Bundle {
            slots: slots(raw)?,
            price: raw.money("price_kop")?,
            max_times: raw.optional("max_times")?,
        }),
        KindName::Companion => Kind::Group(GroupKind::Companion {
            slots: slots(raw)?,
            get: Box::new(slot(raw.need("get")?)?),
            unit_price: raw.money("unit_price_kop")?,
            max_times: raw.optional("max_times")?,
        }),
        KindName::Gift => Kind::Group(GroupKind::Gift {
            slots: slots(raw)?,
            get: Box::new(slot(raw.need("get")?)?),
            max_times: raw.optional("max_times")?,
        }),
        KindName::QuantityTiers => Kind::Group(GroupKind::QuantityTiers(tiers(raw)?)),
        KindName::ReceiptPercent => {
            receipt(raw, |raw| Ok(ReceiptTrigger::Percent(raw.part("ppm")?)))?
        }
        KindName::ReceiptAmount => receipt(raw, |raw| {
            Ok(ReceiptTrigger::Amount(raw.money("amount_kop")?))
        })?,
        KindName::Coupon => receipt(raw, coupon)?,
        KindName::CardPercent => receipt(raw, card)?,
        KindName::PointsRedeem => Kind::Redeem(RedeemKind::Points(PointsRule {
            cap: raw.part("cap_ppm")?,
            point: point(raw)?,
            offline_reserve: raw.optional("offline_reserve")?.unwrap_or(0),
        })),
        KindName::Certificate => Kind::Redeem(RedeemKind::Certificate),
        KindName::Manual => Kind::Manual(ManualRule {
            max_part: raw.optional_part("max_ppm")?,
            max_amount: raw.optional_money("max_amount_kop")?,
            needs_reason: raw.optional("needs_reason")?.unwrap_or(false),
        }),
        KindName::Rounding => Kind::Rounding {
            step: above_zero("step_kop", raw.money("step_kop")?)?,
        },
        KindName::Accrue => Kind::Accrue(AccrueRule {
            part: raw.part("ppm")?,
            point: point(raw)?,
            delay_days: raw.optional("delay_days")?.unwrap_or(0),
        }),
    })
}

fn receipt(
    raw: &mut Parameters,
    trigger: impl FnOnce(&mut Parameters) -> Result<ReceiptTrigger, String>,
) -> Result<Kind, String> {
    Ok(Kind::Receipt(ReceiptKind {
        min_receipt: raw
            .optional_money("min_receipt_kop")?
            .unwrap_or(Money::ZERO),
        trigger: trigger(raw)?,
    }))
}

fn coupon(raw: &mut Parameters) -> Result<ReceiptTrigger, String> {
    let word: Option<String> = raw.optional("word")?;
    let campaign: Option<String> = raw.optional("campaign")?;
    let (part, amount) = (raw.optional_part("ppm")?, raw.optional_money("amount_kop")?);
    Ok(ReceiptTrigger::Coupon {
        key: match (word, campaign) {
            (Some(word), None) => CouponKey::Word(word.into()),
            (None, Some(campaign)) => CouponKey::Campaign(campaign.into()),
            _ => return Err("a coupon needs either word or campaign".to_owned()),
        },
        benefit: match (part, amount) {
            (Some(part), None) => Benefit::Part(part),
            (None, Some(amount)) => Benefit::Amount(amount),
            _ => return Err("a coupon needs either ppm or amount_kop".to_owned()),
        },
        max_per_receipt: raw.optional("max_per_receipt")?.unwrap_or(1),
    })
}

fn card(raw: &mut Parameters) -> Result<ReceiptTrigger, String> {
    let levels: BTreeMap<String, i32> = raw.need("levels")?;
    let levels = levels
        .into_iter()
        .map(|(level, ppm)| Ok((Level::from(level), part("levels", ppm)?)));
    Ok(ReceiptTrigger::Card(
        levels.collect::<Result<BTreeMap<Level, Ppm>, String>>()?,
    ))
}

fn prices(raw: &mut Parameters) -> Result<BTreeMap<ItemCode, Money>, String> {
    let prices: BTreeMap<String, i64> = raw.need("prices")?;
    prices
        .into_iter()
        .map(|(item, kopecks)| match kopecks {
            0.. => Ok((item.into(), Money(kopecks))),
            _ => Err(format!("prices: {kopecks} for {item} must be 0 or more")),
        })
        .collect()
}

fn hours(raw: &mut Parameters) -> Result<DailyHours, String> {
    let days: Vec<u8> = raw.need("days")?;
    let mut week = Weekdays::default();
    for day in days {
        let with = week.with(day);
        week = with.ok_or_else(|| format!("days: {day} must be 1 (Monday) to 7"))?;
    }
    Ok(DailyHours {
        days: week,
        from: raw.day_minute("from")?,
        to: raw.day_minute("to")?,
    })
}

fn group_size(raw: &mut Parameters) -> Result<u32, String> {
    match raw.need("n")? {
        0 => Err("n must be above 0".to_owned()),
        size => Ok(size),
    }
}

fn slot(raw: RawSlot) -> Result<Slot, String> {
    if raw.units == 0 {
        return Err("units of a slot must be above 0".to_owned());
    }
    Ok(Slot {
        select: select(raw.select)?,
        units: raw.units,
    })
}

fn slots(raw: &mut Parameters) -> Result<Vec<Slot>, String> {
    let slots: Vec<RawSlot> = raw.need("slots")?;
    if slots.is_empty() {
        return Err("slots must name at least one slot".to_owned());
    }
    slots.into_iter().map(slot).collect()
}

fn tiers(raw: &mut Parameters) -> Result<Vec<Tier>, String> {
    let tiers: Vec<RawTier> = raw.need("tiers")?;
    let tier = |raw: RawTier| {
        Ok(Tier {
            min_units: raw.min_units,
            part: part("tiers", raw.ppm)?,
        })
    };
    tiers.into_iter().map(tier).collect()
}

fn point(raw: &mut Parameters) -> Result<Money, String> {
    let point = raw.optional_money("point_kop")?.unwrap_or(POINT);
    above_zero("point_kop", point)
}

fn above_zero(key: &str, amount: Money) -> Result<Money, String> {
    if amount > Money::ZERO {
        Ok(amount)
    } else {
        Err(format!("{key} must be above 0"))
    }
}

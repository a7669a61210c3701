//! Third phase: reductions of the receipt as a whole.

use crate::money::Money;

use super::basket::Customer;
use super::coupon::Codes;
use super::explain::{CouponRefusal, Reference};
use super::kind::{Benefit, ReceiptKind, ReceiptTrigger};
use super::rounding::Ppm;
use super::rules::Active;
use super::sheet::{Floors, Sheet};

/// Applies a promotion of the third phase.
pub(crate) fn apply<'w>(
    sheet: &mut Sheet<'w>,
    active: &Active<'w>,
    kind: &ReceiptKind,
    codes: &Codes<'_>,
    customer: Option<&Customer>,
) {
    let min_receipt = kind.min_receipt;
    let benefit = match &kind.trigger {
        ReceiptTrigger::Percent(part) => Benefit::Part(*part),
        ReceiptTrigger::Amount(amount) => Benefit::Amount(*amount),
        ReceiptTrigger::Card(levels) => {
            let level = customer.and_then(|customer| levels.get(&customer.level));
            Benefit::Part(level.copied().unwrap_or(Ppm(0)))
        }
        ReceiptTrigger::Coupon {
            benefit,
            max_per_receipt,
            ..
        } => {
            return coupons(
                sheet,
                active,
                codes,
                *benefit,
                min_receipt,
                *max_per_receipt,
            );
        }
    };
    give(sheet, active, benefit, min_receipt, None);
}

/// Each good code calls the promotion once, until as many have acted as it takes.
fn coupons<'w>(
    sheet: &mut Sheet<'w>,
    active: &Active<'w>,
    codes: &Codes<'_>,
    benefit: Benefit,
    min_receipt: Money,
    max_per_receipt: u32,
) {
    let mut acted = 0_u32;
    for good in &codes.good {
        if !std::ptr::eq(good.promotion, active.promotion) {
            continue;
        }
        if acted >= max_per_receipt {
            let refusal = (good.code.clone(), CouponRefusal::Limit);
            sheet.coupons_refused.push(refusal);
            continue;
        }
        let reference = Reference::Coupon(good.code.clone());
        if give(sheet, active, benefit, min_receipt, Some(&reference)) > Money::ZERO {
            acted = acted.saturating_add(1);
            sheet.coupons_used.push(good.code.clone());
        } else {
            let refusal = (good.code.clone(), CouponRefusal::NoEffect);
            sheet.coupons_refused.push(refusal);
        }
    }
}

/// Gives a part of what is left of the eligible lines, or an amount up to it, if they reach the threshold.
fn give<'w>(
    sheet: &mut Sheet<'w>,
    active: &Active<'w>,
    benefit: Benefit,
    min_receipt: Money,
    reference: Option<&Reference>,
) -> Money {
    let promotion = active.promotion;
    let eligible = sheet.eligible_left(promotion);
    if eligible < min_receipt {
        return Money::ZERO;
    }
    let wanted = match benefit {
        Benefit::Part(part) => part.of(eligible),
        Benefit::Amount(amount) => amount,
    };
    sheet.spread(
        active,
        wanted.min(eligible),
        Floors::Kept,
        reference,
        |line| line.facts.is_eligible(promotion),
    )
}

//! Fourth and seventh phase: points and certificates used, points earned and taken back.

use crate::money::Money;
use crate::time::BusinessDate;

use super::basket::{Basket, Certificate, Customer, Lot};
use super::explain::Reference;
use super::kind::{AccrueRule, PointsRule, RedeemKind};
use super::names::LotId;
use super::rounding::{Ppm, floor_divide, money, product};
use super::rules::Active;
use super::sheet::{Floors, Sheet};

/// Applies a promotion of the fourth phase.
pub(crate) fn apply<'w>(
    sheet: &mut Sheet<'w>,
    active: &Active<'w>,
    kind: &RedeemKind,
    basket: &Basket,
    account: &mut Account<'_>,
) {
    match kind {
        RedeemKind::Points(rule) => redeem(sheet, active, account, *rule),
        RedeemKind::Certificate => certificates(sheet, active, basket),
    }
}

/// The points of a customer during one evaluation.
pub(crate) struct Account<'a> {
    online: bool,
    /// Still asked for.
    asked: i64,
    /// Good lots with what is left in them, oldest first.
    lots: Vec<(&'a LotId, i64)>,
}

impl<'a> Account<'a> {
    pub(crate) fn open(customer: Option<&'a Customer>, today: BusinessDate) -> Self {
        let lots = customer.map_or(&[][..], |customer| &customer.lots);
        let mut good: Vec<&Lot> = lots
            .iter()
            .filter(|lot| today < lot.expires_on && lot.points > 0)
            .collect();
        good.sort_by_key(|lot| (lot.earned_on, &lot.id));
        Self {
            online: customer.is_some_and(|customer| customer.online),
            asked: customer.map_or(0, |customer| customer.redeem_points),
            lots: good.into_iter().map(|lot| (&lot.id, lot.points)).collect(),
        }
    }

    fn balance(&self) -> i64 {
        self.lots
            .iter()
            .fold(0, |sum, (_, points)| sum.saturating_add(*points))
    }

    /// Takes points out of the lots and says which.
    fn take(&mut self, points: i64) -> Vec<(LotId, i64)> {
        self.asked = self.asked.saturating_sub(points);
        let mut missing = points;
        let mut taken = Vec::new();
        for (id, left) in &mut self.lots {
            let part = missing.min(*left);
            if part > 0 {
                *left = left.saturating_sub(part);
                missing = missing.saturating_sub(part);
                taken.push(((*id).clone(), part));
            }
        }
        taken
    }
}

/// Whole points worth a sum.
fn whole_points(sum: Money, point: Money) -> i64 {
    money(floor_divide(i128::from(sum.0), i128::from(point.0))).0
}

/// The most points that may cover a sum.
#[must_use]
pub fn points_cap(eligible: Money, cap: Ppm, point: Money) -> i64 {
    whole_points(cap.floor_of(eligible), point)
}

fn redeem<'w>(
    sheet: &mut Sheet<'w>,
    active: &Active<'w>,
    account: &mut Account<'_>,
    rule: PointsRule,
) {
    let point = rule.point;
    if point <= Money::ZERO {
        return;
    }
    let promotion = active.promotion;
    let above_floors: Money = sheet
        .lines
        .iter()
        .filter(|line| line.facts.is_eligible(promotion))
        .map(|line| {
            let floor = line.facts.line_floor();
            let left = floor.map_or(line.left, |floor| line.left.minus(floor.unit));
            left.max(Money::ZERO).min(line.left)
        })
        .sum();
    let reserve = if account.online {
        0
    } else {
        rule.offline_reserve
    };
    let points = account
        .asked
        .min(points_cap(sheet.eligible_left(promotion), rule.cap, point))
        .min(account.balance().saturating_sub(reserve))
        .min(whole_points(above_floors, point));
    let wanted = money(product(points, point.0));
    let granted = sheet.spread(active, wanted, Floors::Kept, None, |line| {
        line.facts.is_eligible(promotion)
    });
    let used = whole_points(granted, point);
    sheet.points.used = sheet.points.used.saturating_add(used);
    for (id, points) in account.take(used) {
        match sheet.points.lots.iter_mut().find(|(known, _)| *known == id) {
            Some((_, sum)) => *sum = sum.saturating_add(points),
            None => sheet.points.lots.push((id, points)),
        }
    }
}

/// Certificates of the promotion by serial, each up to what is left.
fn certificates<'w>(sheet: &mut Sheet<'w>, active: &Active<'w>, basket: &Basket) {
    let promotion = active.promotion;
    let mut own: Vec<&Certificate> = basket
        .certificates
        .iter()
        .filter(|certificate| certificate.promotion == promotion.id)
        .collect();
    own.sort_by_key(|certificate| (&certificate.serial, certificate.amount));
    for certificate in own {
        let wanted = certificate.amount.min(sheet.eligible_left(promotion));
        let reference = Reference::Certificate(certificate.serial.clone());
        sheet.spread(active, wanted, Floors::Kept, Some(&reference), |line| {
            line.facts.is_eligible(promotion)
        });
    }
}

/// ⌊sum · ppm / (10⁶ · point)⌋: the points earned with a sum.
#[must_use]
pub fn earned_points(paid: Money, part: Ppm, point: Money) -> i64 {
    if point <= Money::ZERO {
        return 0;
    }
    let divisor = i128::from(point.0).saturating_mul(1_000_000);
    let points = floor_divide(product(paid.0, i64::from(part.0)), divisor);
    money(points).0.max(0)
}

/// The points taken back for a return: earned with all that was paid, less earned with what remains.
#[must_use]
pub fn points_taken_back(paid: Money, returned: Money, part: Ppm, point: Money) -> i64 {
    let remains = paid.minus(returned);
    earned_points(paid, part, point).saturating_sub(earned_points(remains, part, point))
}

/// Notes the points that the final nets earn.
pub(crate) fn accrue(
    sheet: &mut Sheet<'_>,
    active: &Active<'_>,
    rule: AccrueRule,
    today: BusinessDate,
) {
    let paid = sheet.eligible_left(active.promotion);
    let earned = earned_points(paid, rule.part, rule.point);
    if earned <= 0 {
        return;
    }
    let days = i32::try_from(rule.delay_days).unwrap_or(i32::MAX);
    let active_on = BusinessDate(today.0.saturating_add(days));
    sheet.points.earned = sheet.points.earned.saturating_add(earned);
    // Of several programs the last date is named: then all of the points may be used.
    sheet.points.active_on = sheet.points.active_on.max(Some(active_on));
}

//! One world of promotions: all phases over one sheet, groups decided on the way.

use crate::money::Money;

use super::basket::Basket;
use super::coupon::Codes;
use super::kind::{Kind, Phase};
use super::line::LineFacts;
use super::names::GroupName;
use super::promotion::{Mode, Promotion};
use super::rules::Active;
use super::sheet::{Beaten, Sheet};
use super::{group_phase, line_phase, manual, receipt_phase, redeem, units};

/// What every world of one evaluation has in common.
pub(crate) struct Given<'w> {
    pub facts: &'w [LineFacts<'w>],
    /// Active promotions in order of application.
    pub active: &'w [Active<'w>],
    pub basket: &'w Basket,
    pub codes: &'w Codes<'w>,
}

/// The world that wins.
pub(crate) struct Chosen<'w> {
    pub sheet: Sheet<'w>,
    /// The promotion that acts alone in it.
    pub exclusive: Option<&'w Promotion>,
    /// Exclusive promotions whose worlds cost more.
    pub lost: Vec<&'w Promotion>,
}

impl<'w> Given<'w> {
    /// Compares the world without exclusive promotions with that of each of them; the lowest total wins,
    /// on a tie the former, then larger priority, then smaller id.
    pub(crate) fn choose_world(&self) -> Chosen<'w> {
        let together = self.world(|active| active.promotion.mode != Mode::ExclusiveAll);
        let mut exclusive: Vec<(&'w Promotion, Sheet<'w>)> = self
            .active
            .iter()
            .filter(|active| forms_world(active.promotion))
            .map(|alone| {
                let sheet = self.world(|active| std::ptr::eq(active.promotion, alone.promotion));
                (alone.promotion, sheet)
            })
            .filter(|(promotion, sheet)| sheet.granted_by(promotion) > Money::ZERO)
            .collect();
        exclusive.sort_by(|(one, _), (other, _)| {
            let order =
                |promotion: &'w Promotion| (std::cmp::Reverse(promotion.priority), &promotion.id);
            order(one).cmp(&order(other))
        });
        let mut chosen = Chosen {
            sheet: together,
            exclusive: None,
            lost: exclusive.iter().map(|(promotion, _)| *promotion).collect(),
        };
        for (promotion, sheet) in exclusive {
            if sheet.total() < chosen.sheet.total() {
                chosen.sheet = sheet;
                chosen.exclusive = Some(promotion);
            }
        }
        let winner = chosen.exclusive;
        chosen
            .lost
            .retain(|lost| winner.is_none_or(|winner| !std::ptr::eq(*lost, winner)));
        chosen
    }

    /// All phases with those promotions of the first three phases that `admits` lets in.
    fn world(&self, admits: impl Fn(&Active<'w>) -> bool) -> Sheet<'w> {
        let mut sheet = Sheet::new(self.facts);
        for phase in [Phase::Line, Phase::Group, Phase::Receipt] {
            let admitted: Vec<&Active<'w>> = self
                .active
                .iter()
                .filter(|active| active.promotion.phase() == phase && admits(active))
                .collect();
            if phase == Phase::Group && !admitted.is_empty() {
                sheet.units = units::of_sheet(&sheet);
            }
            self.run_phase(&mut sheet, &admitted);
        }
        self.finish(&mut sheet);
        sheet
    }

    /// The phases after the third, in which modes have no meaning.
    fn finish(&self, sheet: &mut Sheet<'w>) {
        let customer = self.basket.customer.as_ref();
        let today = self.basket.moment.date();
        let mut account = redeem::Account::open(customer, today);
        let mut manual_rules = Vec::new();
        let mut rounding = None;
        let mut accruals = Vec::new();
        for active in self.active {
            match &active.promotion.kind {
                Kind::Redeem(kind) => {
                    redeem::apply(sheet, active, kind, self.basket, &mut account);
                }
                Kind::Manual(rule) => manual_rules.push((active, *rule)),
                Kind::Rounding { step } => rounding = rounding.or(Some((active, *step))),
                Kind::Accrue(rule) => accruals.push((active, *rule)),
                // Done before.
                Kind::Line(_) | Kind::Group(_) | Kind::Receipt(_) => {}
            }
        }
        manual::apply(sheet, &manual_rules, &self.basket.manual);
        if let Some((active, step)) = rounding {
            manual::round_down(sheet, active, step);
        }
        let Some(customer) = customer else {
            return;
        };
        sheet.points.requested = customer.redeem_points;
        for (active, rule) in accruals {
            redeem::accrue(sheet, active, rule, today);
        }
    }

    /// Applies promotions of one phase in their order; a group is decided at the place of its first member.
    fn run_phase(&self, sheet: &mut Sheet<'w>, admitted: &[&Active<'w>]) {
        let mut decided: Vec<&GroupName> = Vec::new();
        for active in admitted {
            match &active.promotion.mode {
                Mode::Stack | Mode::ExclusiveAll => self.apply(sheet, active),
                Mode::BestInGroup(None) => self.apply_best(sheet, &[active]),
                Mode::BestInGroup(Some(group)) if decided.contains(&group) => {}
                Mode::BestInGroup(Some(group)) => {
                    decided.push(group);
                    let mode = &active.promotion.mode;
                    let of_group = admitted.iter().filter(|one| one.promotion.mode == *mode);
                    let members: Vec<&Active<'w>> = of_group.copied().collect();
                    self.apply_best(sheet, &members);
                }
            }
        }
    }

    /// Tries each member alone on what is left and keeps the one that gives most; one that gives nothing
    /// never wins.
    fn apply_best(&self, sheet: &mut Sheet<'w>, members: &[&Active<'w>]) {
        let mut tries: Vec<(Money, &'w Promotion, Sheet<'w>)> = members
            .iter()
            .map(|member| {
                let mut tried = sheet.clone();
                self.apply(&mut tried, member);
                (tried.granted_by(member.promotion), member.promotion, tried)
            })
            .collect();
        for (_, promotion, tried) in &tries {
            if tried.offers.len() > sheet.offers.len() {
                sheet.offers.push(promotion);
            }
        }
        let best = tries.iter().map(|(benefit, ..)| *benefit).max();
        let Some(best) = best.filter(|best| *best > Money::ZERO) else {
            return;
        };
        let Some(place) = tries.iter().position(|(benefit, ..)| *benefit == best) else {
            return;
        };
        let (_, winner, mut won) = tries.remove(place);
        won.offers.clone_from(&sheet.offers);
        for (benefit, promotion, _) in tries {
            if benefit > Money::ZERO {
                won.beaten.push(Beaten {
                    promotion,
                    by: winner,
                    benefit,
                    best,
                });
            }
        }
        *sheet = won;
    }

    fn apply(&self, sheet: &mut Sheet<'w>, active: &Active<'w>) {
        let customer = self.basket.customer.as_ref();
        match &active.promotion.kind {
            Kind::Line(kind) => line_phase::apply(sheet, active, kind, customer),
            Kind::Group(kind) => group_phase::apply(sheet, active, kind),
            Kind::Receipt(kind) => receipt_phase::apply(sheet, active, kind, self.codes, customer),
            // These phases have an order of their own: finish().
            Kind::Redeem(_) | Kind::Manual(_) | Kind::Rounding { .. } | Kind::Accrue(_) => {}
        }
    }
}

/// An exclusive mode means something in the first three phases only.
fn forms_world(promotion: &Promotion) -> bool {
    promotion.mode == Mode::ExclusiveAll
        && matches!(
            promotion.phase(),
            Phase::Line | Phase::Group | Phase::Receipt
        )
}

//! The working sheet of one evaluation: what is left of every line, and what took the rest.

use crate::money::Money;

use super::cap::Room;
use super::distribute::{Claim, distribute};
use super::explain::{Clamp, Points, Reference};
use super::explain::{CouponRefusal, ManualRefusal};
use super::kind::Phase;
use super::line::LineFacts;
use super::names::CouponCode;
use super::promotion::Promotion;
use super::rules::Active;
use super::units::Unit;

/// A reduction of a line.
#[derive(Clone)]
pub(crate) struct Applied<'w> {
    pub promotion: &'w Promotion,
    pub amount: Money,
    pub clamp: Option<Clamp>,
    pub reference: Option<Reference>,
}

/// A line with what is left of it.
#[derive(Clone)]
pub(crate) struct SheetLine<'w> {
    pub facts: &'w LineFacts<'w>,
    pub left: Money,
    pub applied: Vec<Applied<'w>>,
}

impl<'w> SheetLine<'w> {
    /// The room for one more reduction by that promotion.
    pub(crate) fn room(&self, active: &Active<'_>, floors: Floors) -> Room {
        let floor = match floors {
            Floors::Kept => self.facts.line_floor(),
            Floors::Ignored => None,
        };
        // The limit is per line and promotion: what its earlier coupons took counts.
        let dealer_limit = active.dealer_limit.map(|part| {
            let taken = self
                .applied
                .iter()
                .filter(|applied| std::ptr::eq(applied.promotion, active.promotion));
            let taken: Money = taken.map(|applied| applied.amount).sum();
            part.floor_of(self.facts.gross).minus(taken)
        });
        Room::of(self.left, floor, dealer_limit)
    }

    /// Takes a reduction off; one of 0 is kept only if a clamp made it 0.
    pub(crate) fn take(&mut self, applied: Applied<'w>) {
        self.left = self.left.minus(applied.amount);
        if applied.amount > Money::ZERO || applied.clamp.is_some() {
            self.applied.push(applied);
        }
    }

    /// Whether a seller's reduction is on it already.
    pub(crate) fn has_manual(&self) -> bool {
        self.applied
            .iter()
            .any(|applied| applied.promotion.phase() == Phase::Manual)
    }
}

/// Whether a reduction stops at the floors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Floors {
    Kept,
    Ignored,
}

/// What one call of a promotion gave.
#[derive(Clone)]
pub(crate) struct Grant<'w> {
    pub promotion: &'w Promotion,
    pub granted: Money,
    pub clamped: Money,
    pub reference: Option<Reference>,
}

/// A promotion that its group's best beat.
#[derive(Clone)]
pub(crate) struct Beaten<'w> {
    pub promotion: &'w Promotion,
    pub by: &'w Promotion,
    pub benefit: Money,
    pub best: Money,
}

/// The state of one evaluation.
#[derive(Clone)]
pub(crate) struct Sheet<'w> {
    pub lines: Vec<SheetLine<'w>>,
    /// Units of the second phase, by line and unit number.
    pub units: Vec<Unit>,
    pub grants: Vec<Grant<'w>>,
    pub beaten: Vec<Beaten<'w>>,
    pub offers: Vec<&'w Promotion>,
    pub coupons_used: Vec<CouponCode>,
    pub coupons_refused: Vec<(CouponCode, CouponRefusal)>,
    pub manual_refused: Vec<(u32, ManualRefusal)>,
    pub points: Points,
}

impl<'w> Sheet<'w> {
    pub(crate) fn new(facts: &'w [LineFacts<'w>]) -> Self {
        Self {
            lines: facts
                .iter()
                .map(|facts| SheetLine {
                    facts,
                    left: facts.gross,
                    applied: Vec::new(),
                })
                .collect(),
            units: Vec::new(),
            grants: Vec::new(),
            beaten: Vec::new(),
            offers: Vec::new(),
            coupons_used: Vec::new(),
            coupons_refused: Vec::new(),
            manual_refused: Vec::new(),
            points: Points::default(),
        }
    }

    /// What is left of all lines.
    pub(crate) fn total(&self) -> Money {
        self.lines.iter().map(|line| line.left).sum()
    }

    /// What is left of the lines the promotion looks at.
    pub(crate) fn eligible_left(&self, promotion: &Promotion) -> Money {
        self.lines
            .iter()
            .filter(|line| line.facts.is_eligible(promotion))
            .map(|line| line.left)
            .sum()
    }

    /// What the promotion has given so far.
    pub(crate) fn granted_by(&self, promotion: &Promotion) -> Money {
        self.grants
            .iter()
            .filter(|grant| std::ptr::eq(grant.promotion, promotion))
            .map(|grant| grant.granted)
            .sum()
    }

    /// What the promotion's total per receipt still allows; none is without bound.
    pub(crate) fn total_left(&self, active: &Active<'_>) -> Option<Money> {
        let total = active.total?;
        Some(
            total
                .minus(self.granted_by(active.promotion))
                .max(Money::ZERO),
        )
    }

    /// Notes what one call of a promotion wanted and gave.
    pub(crate) fn note(
        &mut self,
        promotion: &'w Promotion,
        wanted: Money,
        granted: Money,
        reference: Option<Reference>,
    ) {
        if wanted > Money::ZERO {
            self.grants.push(Grant {
                promotion,
                granted,
                clamped: wanted.minus(granted),
                reference,
            });
        }
    }

    /// Distributes a sum over the chosen lines by what is left of each, within all caps; returns what was given.
    pub(crate) fn spread(
        &mut self,
        active: &Active<'w>,
        wanted: Money,
        floors: Floors,
        reference: Option<&Reference>,
        chosen: impl Fn(&SheetLine<'w>) -> bool,
    ) -> Money {
        if wanted <= Money::ZERO {
            return Money::ZERO;
        }
        let total_left = self.total_left(active).unwrap_or(wanted);
        let total_cuts = wanted > total_left;
        let mut rooms = Vec::with_capacity(self.lines.len());
        let mut claims = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let room = line.room(active, floors);
            let takes_part = line.left > Money::ZERO && chosen(line);
            claims.push(Claim {
                weight: if takes_part { line.left } else { Money::ZERO },
                cap: Some(room.amount),
            });
            rooms.push((takes_part, room));
        }
        let shares = distribute(wanted.min(total_left), &claims);
        let mut granted = Money::ZERO;
        for ((line, share), (takes_part, room)) in self.lines.iter_mut().zip(shares).zip(rooms) {
            if !takes_part {
                continue;
            }
            granted = granted.plus(share.amount);
            line.take(Applied {
                promotion: active.promotion,
                amount: share.amount,
                clamp: if share.capped {
                    Some(room.clamp)
                } else {
                    total_cuts.then_some(Clamp::Total)
                },
                reference: reference.cloned(),
            });
        }
        self.note(active.promotion, wanted, granted, reference.cloned());
        granted
    }
}

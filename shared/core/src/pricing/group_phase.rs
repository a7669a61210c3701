//! Second phase: sets of units.

use crate::money::Money;

use super::cap::Room;
use super::distribute::{Claim, distribute};
use super::explain::Clamp;
use super::kind::{GroupKind, Slot, Tier};
use super::rounding::Ppm;
use super::rules::Active;
use super::sheet::{Applied, Sheet};
use super::units::{Pick, SlotPicker, dearest_first};

/// Applies a promotion of the second phase.
pub(crate) fn apply<'w>(sheet: &mut Sheet<'w>, active: &Active<'w>, kind: &GroupKind) {
    let mut tally = Tally::new(sheet, active);
    match kind {
        GroupKind::NForM { size, pay_for } => {
            let free = usize::try_from(size.saturating_sub(*pay_for)).unwrap_or(usize::MAX);
            each_group(sheet, &mut tally, *size, |group| {
                group.iter().rev().take(free).map(|pick| pick.worth).sum()
            });
        }
        GroupKind::NthPercent { size, part } => each_group(sheet, &mut tally, *size, |group| {
            let cheapest = group.last().map_or(Money::ZERO, |pick| pick.worth);
            part.of(cheapest)
        }),
        GroupKind::QuantityTiers(tiers) => quantity_tier(sheet, &mut tally, tiers),
        GroupKind::Bundle {
            slots,
            price,
            max_times,
        } => bundles(sheet, &mut tally, slots, *price, *max_times),
        GroupKind::Companion {
            slots,
            get,
            unit_price,
            max_times,
        } => {
            let beside = Beside::Priced(*unit_price);
            sets_with(sheet, &mut tally, slots, get, beside, *max_times);
        }
        GroupKind::Gift {
            slots,
            get,
            max_times,
        } => {
            let filled = sets_with(sheet, &mut tally, slots, get, Beside::Free, *max_times);
            if filled == GiftMissing::Yes {
                sheet.offers.push(active.promotion);
            }
        }
    }
    tally.settle(sheet);
}

/// Consecutive groups of `size` of the eligible units, dearest first; the incomplete last one stays free.
fn each_group(
    sheet: &mut Sheet<'_>,
    tally: &mut Tally<'_>,
    size: u32,
    wanted: impl Fn(&[Pick]) -> Money,
) {
    let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
    let picks = dearest_first(sheet, tally.active.promotion, None);
    for group in picks.chunks_exact(size) {
        tally.grant(sheet, wanted(group), group, group);
    }
}

/// The tier with the most units that the free eligible ones reach, over all of them.
fn quantity_tier(sheet: &mut Sheet<'_>, tally: &mut Tally<'_>, tiers: &[Tier]) {
    let picks = dearest_first(sheet, tally.active.promotion, None);
    let reached = tiers
        .iter()
        .filter(|tier| usize::try_from(tier.min_units).is_ok_and(|units| units <= picks.len()))
        .max_by_key(|tier| tier.min_units);
    let part = reached.map_or(Ppm(0), |tier| tier.part);
    tally.grant(sheet, part.of(worth(&picks)), &picks, &picks);
}

/// Sets at one price, until no further one can be formed.
fn bundles(
    sheet: &mut Sheet<'_>,
    tally: &mut Tally<'_>,
    slots: &[Slot],
    price: Money,
    max_times: Option<u32>,
) {
    let mut pickers = pickers(sheet, tally, slots);
    let mut taken = vec![false; sheet.units.len()];
    for _ in 0..max_times.unwrap_or(u32::MAX) {
        let Some(set) = fill(&mut pickers, &mut taken) else {
            break;
        };
        let wanted = worth(&set).minus(price);
        // The same set would be formed again, so one that gives nothing ends it.
        if tally.grant(sheet, wanted, &set, &set) == Money::ZERO {
            break;
        }
    }
}

/// What units beside a set cost.
#[derive(Clone, Copy)]
enum Beside {
    /// A price each, taken off these units only.
    Priced(Money),
    /// Nothing, taken off the whole set so that no position costs 0.
    Free,
}

/// Whether slots were filled while the units to go beside them were not in the basket.
#[derive(PartialEq, Eq)]
enum GiftMissing {
    Yes,
    No,
}

/// Sets of the dearest units with the cheapest other ones beside them.
fn sets_with(
    sheet: &mut Sheet<'_>,
    tally: &mut Tally<'_>,
    slots: &[Slot],
    get: &Slot,
    beside: Beside,
    max_times: Option<u32>,
) -> GiftMissing {
    let mut pickers = pickers(sheet, tally, slots);
    let mut beside_picker = SlotPicker::cheapest(sheet, tally.active.promotion, get);
    let mut taken = vec![false; sheet.units.len()];
    for _ in 0..max_times.unwrap_or(u32::MAX) {
        let Some(mut set) = fill(&mut pickers, &mut taken) else {
            break;
        };
        let Some(got) = beside_picker.next_set(&mut taken) else {
            return GiftMissing::Yes;
        };
        set.extend_from_slice(&got);
        let granted = match beside {
            Beside::Priced(unit_price) => {
                let units = i64::try_from(got.len()).unwrap_or(i64::MAX);
                let price = Money(unit_price.0.saturating_mul(units));
                tally.grant(sheet, worth(&got).minus(price), &got, &set)
            }
            Beside::Free => tally.grant(sheet, worth(&got), &set, &set),
        };
        if granted == Money::ZERO {
            break;
        }
    }
    GiftMissing::No
}

fn pickers(sheet: &Sheet<'_>, tally: &Tally<'_>, slots: &[Slot]) -> Vec<SlotPicker> {
    slots
        .iter()
        .map(|slot| SlotPicker::dearest(sheet, tally.active.promotion, slot))
        .collect()
}

/// The units of one set, slot after slot; a set of no units is none.
fn fill(pickers: &mut [SlotPicker], taken: &mut [bool]) -> Option<Vec<Pick>> {
    let mut set = Vec::new();
    for picker in pickers {
        set.extend(picker.next_set(taken)?);
    }
    (!set.is_empty()).then_some(set)
}

fn worth(picks: &[Pick]) -> Money {
    picks.iter().map(|pick| pick.worth).sum()
}

/// What one promotion of this phase takes off the lines, summed over its sets.
struct Tally<'w> {
    active: Active<'w>,
    /// By line: the amount, and the first clamp met.
    lines: Vec<(Money, Option<Clamp>)>,
    wanted: Money,
    granted: Money,
    total_left: Option<Money>,
}

impl<'w> Tally<'w> {
    fn new(sheet: &Sheet<'w>, active: &Active<'w>) -> Self {
        Self {
            active: *active,
            lines: vec![(Money::ZERO, None); sheet.lines.len()],
            wanted: Money::ZERO,
            granted: Money::ZERO,
            total_left: sheet.total_left(active),
        }
    }

    /// Gives one set its sum, taken off `receiving`; if anything was given, all of `set` is consumed.
    fn grant(
        &mut self,
        sheet: &mut Sheet<'_>,
        wanted: Money,
        receiving: &[Pick],
        set: &[Pick],
    ) -> Money {
        if wanted <= Money::ZERO {
            return Money::ZERO;
        }
        let mut receiving = receiving.to_vec();
        receiving.sort_by_key(|pick| pick.place);
        let total_left = self.total_left.unwrap_or(wanted);
        let rooms: Vec<Room> = receiving
            .iter()
            .map(|pick| self.room(sheet, pick))
            .collect();
        let claims: Vec<Claim> = receiving
            .iter()
            .zip(&rooms)
            .map(|(pick, room)| Claim {
                weight: pick.worth,
                cap: Some(room.amount),
            })
            .collect();
        let shares = distribute(wanted.min(total_left), &claims);
        let granted: Money = shares.iter().map(|share| share.amount).sum();
        if granted == Money::ZERO {
            // Not applied: it consumes nothing and is not told.
            return granted;
        }
        let total_cuts = (wanted > total_left).then_some(Clamp::Total);
        for ((pick, room), share) in receiving.iter().zip(rooms).zip(shares) {
            let clamp = if share.capped {
                Some(room.clamp)
            } else {
                total_cuts
            };
            if let Some((amount, first)) = self.lines.get_mut(pick.line) {
                *amount = amount.plus(share.amount);
                *first = first.or(clamp);
            }
        }
        self.wanted = self.wanted.plus(wanted);
        self.granted = self.granted.plus(granted);
        self.total_left = self.total_left.map(|left| left.minus(granted));
        for pick in set {
            if let Some(unit) = sheet.units.get_mut(pick.place) {
                unit.consumed = true;
            }
        }
        granted
    }

    /// The room of one unit.
    fn room(&self, sheet: &Sheet<'_>, pick: &Pick) -> Room {
        let facts = sheet.lines.get(pick.line).map(|line| line.facts);
        let price = facts.map_or(Money::ZERO, |facts| facts.price.price);
        let dealer_limit = self.active.dealer_limit.map(|part| part.floor_of(price));
        Room::of(
            pick.worth,
            facts.and_then(|facts| facts.floor),
            dealer_limit,
        )
    }

    /// Takes the sums off the lines: one reduction per line.
    fn settle(self, sheet: &mut Sheet<'w>) {
        for (line, (amount, clamp)) in sheet.lines.iter_mut().zip(self.lines) {
            line.take(Applied {
                promotion: self.active.promotion,
                amount,
                clamp,
                reference: None,
            });
        }
        sheet.note(self.active.promotion, self.wanted, self.granted, None);
    }
}

//! Units of the second phase: single pieces with what they are worth, and the picking of sets.

use std::cmp::Reverse;

use crate::money::Money;

use super::kind::Slot;
use super::line::LineFacts;
use super::position::piece_amount;
use super::promotion::Promotion;
use super::select::Select;
use super::sheet::Sheet;

/// More pieces than this in one line have no units: a scanner's error must not fill the memory of a till.
const LINE_UNITS_MAX: i64 = 1_000_000;

/// One piece of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit {
    /// Place of its line on the sheet.
    pub line: usize,
    /// What it is worth after the first phase.
    pub worth: Money,
    /// A promotion of this phase has used it.
    pub consumed: bool,
}

/// The units of a sheet after the first phase, by line and unit number.
pub(crate) fn of_sheet(sheet: &Sheet<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    for (place, line) in sheet.lines.iter().enumerate() {
        let pieces = line.facts.pieces();
        if pieces > LINE_UNITS_MAX {
            continue;
        }
        units.extend((1..=pieces).map(|number| Unit {
            line: place,
            worth: piece_amount(line.left, pieces, number),
            consumed: false,
        }));
    }
    units
}

/// A unit by its place on the sheet; places are in order of line and unit number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pick {
    pub place: usize,
    pub line: usize,
    pub worth: Money,
}

/// Free units worth something that the promotion and the further selection take, dearest first.
pub(crate) fn dearest_first(
    sheet: &Sheet<'_>,
    promotion: &Promotion,
    further: Option<&Select>,
) -> Vec<Pick> {
    let takes = |facts: &LineFacts<'_>| {
        facts.is_eligible(promotion) && further.is_none_or(|select| facts.is_taken_by(select))
    };
    let taken_lines: Vec<bool> = sheet.lines.iter().map(|line| takes(line.facts)).collect();
    let mut picks: Vec<Pick> = sheet
        .units
        .iter()
        .enumerate()
        .filter(|(_, unit)| !unit.consumed && unit.worth > Money::ZERO)
        .filter(|(_, unit)| taken_lines.get(unit.line).copied().unwrap_or(false))
        .map(|(place, unit)| Pick {
            place,
            line: unit.line,
            worth: unit.worth,
        })
        .collect();
    picks.sort_by_key(|pick| (Reverse(pick.worth), pick.place));
    picks
}

/// Takes units for one slot, set after set, from a list in order of preference.
pub(crate) struct SlotPicker {
    units: usize,
    picks: std::vec::IntoIter<Pick>,
}

impl SlotPicker {
    /// A slot that takes the dearest.
    pub(crate) fn dearest(sheet: &Sheet<'_>, promotion: &Promotion, slot: &Slot) -> Self {
        Self::over(slot, dearest_first(sheet, promotion, Some(&slot.select)))
    }

    /// A slot that takes the cheapest.
    pub(crate) fn cheapest(sheet: &Sheet<'_>, promotion: &Promotion, slot: &Slot) -> Self {
        let mut picks = dearest_first(sheet, promotion, Some(&slot.select));
        picks.sort_by_key(|pick| (pick.worth, pick.place));
        Self::over(slot, picks)
    }

    fn over(slot: &Slot, picks: Vec<Pick>) -> Self {
        Self {
            units: usize::try_from(slot.units).unwrap_or(usize::MAX),
            picks: picks.into_iter(),
        }
    }

    /// The units of the next set, or nothing when too few are left. `taken` says which places are gone.
    pub(crate) fn next_set(&mut self, taken: &mut [bool]) -> Option<Vec<Pick>> {
        let mut set = Vec::new();
        while set.len() < self.units {
            let pick = self.picks.next()?;
            if let Some(gone) = taken.get_mut(pick.place).filter(|gone| !**gone) {
                *gone = true;
                set.push(pick);
            }
        }
        Some(set)
    }
}

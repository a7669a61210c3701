//! Fifth and sixth phase: what sellers give by hand, and rounding down.

use crate::money::Money;

use super::basket::{ManualEntry, ManualSize};
use super::explain::{ManualRefusal, Reference};
use super::kind::ManualRule;
use super::rounding::Ppm;
use super::rules::Active;
use super::sheet::{Floors, Sheet, SheetLine};

/// Applies the entries in order of their numbers. A refused one gives nothing, not a smaller sum.
pub(crate) fn apply<'w>(
    sheet: &mut Sheet<'w>,
    rules: &[(&Active<'w>, ManualRule)],
    entries: &[ManualEntry],
) {
    let mut entries: Vec<&ManualEntry> = entries.iter().collect();
    entries.sort_by_key(|entry| entry.seq);
    for entry in entries {
        if let Err(reason) = apply_entry(sheet, rules, entry) {
            sheet.manual_refused.push((entry.seq, reason));
        }
    }
}

fn apply_entry<'w>(
    sheet: &mut Sheet<'w>,
    rules: &[(&Active<'w>, ManualRule)],
    entry: &ManualEntry,
) -> Result<(), ManualRefusal> {
    let named = |line: &SheetLine<'w>| {
        entry
            .line
            .is_none_or(|number| line.facts.line.number == number)
    };
    let (active, rule) = rules
        .iter()
        .find(|(active, _)| {
            let mut lines = sheet.lines.iter();
            lines.any(|line| named(line) && line.facts.is_eligible(active.promotion))
        })
        .ok_or(ManualRefusal::NotAllowed)?;
    if rule.needs_reason && entry.reason.is_empty() {
        return Err(ManualRefusal::NoReason);
    }
    let chosen = |line: &SheetLine<'w>| {
        named(line) && line.facts.is_eligible(active.promotion) && !line.has_manual()
    };
    if !sheet.lines.iter().any(chosen) {
        return Err(ManualRefusal::Repeated);
    }
    let concerned = sheet.lines.iter().filter(|line| chosen(line));
    let left: Money = concerned.map(|line| line.left).sum();
    let wanted = match entry.size {
        ManualSize::Part(part) => part.of(left),
        ManualSize::Amount(amount) => amount,
    };
    let beyond_rule = rule.max_part.is_some_and(|part| wanted > part.of(left))
        || rule.max_amount.is_some_and(|amount| wanted > amount);
    if wanted <= Money::ZERO || beyond_rule {
        return Err(ManualRefusal::OverLimit);
    }
    let right = entry.right.max(entry.token_right.unwrap_or(Ppm(0)));
    if wanted > right.of(left) {
        return Err(ManualRefusal::NeedsToken);
    }
    let reference = Reference::Manual(entry.seq);
    sheet.spread(active, wanted, Floors::Kept, Some(&reference), chosen);
    Ok(())
}

/// Rounds the total down to a multiple of the step; a total below the step is left alone.
pub(crate) fn round_down<'w>(sheet: &mut Sheet<'w>, active: &Active<'w>, step: Money) {
    let total = sheet.total();
    if step <= Money::ZERO || total < step {
        return;
    }
    let wanted = Money(total.0.checked_rem(step.0).unwrap_or(0));
    sheet.spread(active, wanted, Floors::Ignored, None, |_| true);
}

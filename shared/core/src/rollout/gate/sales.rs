//! Sales: receipts of the wave's shops against what they usually sell, and against what shops without the
//! release sell of theirs on the same day in the same region: an outage that hits both is no fault of it.

use std::collections::BTreeMap;

use super::{Gate, Reading, Seen, Verdict, WaveView};
use crate::pricing::names::RegionCode;
use crate::rollout::history::WallHour;
use crate::rollout::share::{count, percent, permille};
use crate::time::{BusinessDate, Timestamp};

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "sales",
    judge,
};

/// Usual receipts of the other shops below which their day says nothing, in thousandths.
const CONTROL_MIN: u64 = 400_000;
/// The same for a collapse, which shows on fewer: an outage must be seen as early as a broken release.
const CONTROL_FEW: u64 = 50_000;
/// Usual receipts that even a collapse must be seen on.
const COLLAPSE_RECEIPTS_MIN: u64 = 100;

/// Usual receipts per shop that a wave of many shops is looked at with: a morning in the east is not a day.
const RECEIPTS_PER_SHOP: u64 = 30;
const RECEIPTS_ENOUGH: u64 = 10_000;

/// Receipts made and usual ones, both in thousandths.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    made: u64,
    usual: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.made = self.made.saturating_add(other.made);
        self.usual = self.usual.saturating_add(other.usual);
    }

    fn without(self, other: Self) -> Self {
        Self {
            made: self.made.saturating_sub(other.made),
            usual: self.usual.saturating_sub(other.usual),
        }
    }

    /// How far it fell below the usual, in thousandths.
    fn fall(self) -> u64 {
        1_000_u64.saturating_sub(permille(self.made, self.usual))
    }
}

/// What the shops without the release sold of their usual.
#[derive(Debug, Default)]
struct Elsewhere {
    of_region: BTreeMap<(BusinessDate, RegionCode), Sum>,
    of_day: BTreeMap<BusinessDate, Sum>,
}

impl Elsewhere {
    /// In thousandths of the usual: of the region, of the network, or the usual itself where nobody is left.
    fn permille(&self, date: BusinessDate, region: &RegionCode, least: u64) -> u64 {
        let of_region = self.of_region.get(&(date, region.clone()));
        let of_day = self.of_day.get(&date);
        let enough = |sum: &&Sum| sum.usual >= least;
        let sum = of_region
            .filter(enough)
            .or_else(|| of_day.filter(enough))
            .copied();
        sum.map_or(1_000, |sum| permille(sum.made, sum.usual))
    }
}

/// The sums of a shop by day, of whole hours since an instant that have a usual.
fn days(seen: &Seen<'_>, since: Timestamp) -> Vec<(BusinessDate, Sum)> {
    let first = WallHour::of(since, seen.target.offset);
    let receipts = seen.observation.map_or(&[][..], |known| &known.receipts);
    let mut days: Vec<(BusinessDate, Sum)> = Vec::new();
    for sold in receipts.iter().filter(|sold| sold.hour > first) {
        let Some(usual) = sold.usual else { continue };
        let made = u64::from(sold.made).saturating_mul(1_000);
        let date = sold.hour.date();
        let one = Sum { made, usual };
        match days.last_mut() {
            Some((last, sum)) if *last == date => sum.add(one),
            Some(_) | None => days.push((date, one)),
        }
    }
    days
}

fn elsewhere(view: &WaveView<'_>) -> Elsewhere {
    let mut elsewhere = Elsewhere::default();
    // With the last wave nobody is left; those who passed their gates sell as the day is.
    let others = match view.controls.is_empty() {
        true => &view.settled,
        false => &view.controls,
    };
    for control in others {
        for (date, sum) in days(control, view.released) {
            let region = control.target.region.clone();
            let of_region = elsewhere.of_region.entry((date, region));
            of_region.or_default().add(sum);
            elsewhere.of_day.entry(date).or_default().add(sum);
        }
    }
    elsewhere
}

/// The sums of the shops that switched, the usual corrected by what happened elsewhere.
fn sums(view: &WaveView<'_>, least: u64) -> Vec<Sum> {
    let elsewhere = elsewhere(view);
    let mut shops = Vec::new();
    for member in &view.members {
        let Some(switched) = member.switched(view.release) else {
            continue;
        };
        let mut sum = Sum::default();
        for (date, day) in days(member, switched) {
            let share = elsewhere.permille(date, &member.target.region, least);
            sum.add(Sum {
                made: day.made,
                usual: day.usual.saturating_mul(share) / 1_000,
            });
        }
        if sum.usual > 0 {
            shops.push(sum);
        }
    }
    shops
}

/// All shops together, without the one that sells next to nothing where only one does: it is closed,
/// flooded or moved, and alone it is not the release.
fn pooled(view: &WaveView<'_>, shops: &[Sum]) -> Sum {
    let mut pooled = Sum::default();
    shops.iter().for_each(|shop| pooled.add(*shop));
    let collapse = view.settings.limits.sales_collapse_permille;
    let worst = shops.iter().max_by_key(|shop| shop.fall());
    let alone = worst.filter(|worst| count(&view.members) > 1 && worst.fall() >= collapse);
    alone.map_or(pooled, |worst| pooled.without(*worst))
}

fn judge(view: &WaveView<'_>) -> Reading {
    let limits = &view.settings.limits;
    let limit = limits.sales_fall_permille;
    let sum = pooled(view, &sums(view, CONTROL_MIN));
    let value = sum.fall();
    let usual = sum.usual / 1_000;
    let text = format!(
        "{} receipts of {usual} usual, fall {}, limit {}",
        sum.made / 1_000,
        percent(value),
        percent(limit)
    );
    let of_shops = count(&view.members).saturating_mul(RECEIPTS_PER_SHOP);
    let needed = limits.receipts_min.max(of_shops.min(RECEIPTS_ENOUGH));
    let collapse = limits.sales_collapse_permille;
    let collapsed = usual >= COLLAPSE_RECEIPTS_MIN
        && value >= collapse
        && pooled(view, &sums(view, CONTROL_FEW)).fall() >= collapse;
    let verdict = if collapsed || (usual >= needed && value >= limit) {
        Verdict::Red(text.clone())
    } else if usual < needed {
        Verdict::Unknown(format!(
            "{usual} of the {needed} usual receipts that it takes"
        ))
    } else {
        Verdict::Green
    };
    Reading {
        value,
        limit,
        text,
        verdict,
    }
}

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
const CONTROL_MIN: u64 = 150_000;
/// Usual receipts that even a collapse must be seen on.
const COLLAPSE_RECEIPTS_MIN: u64 = 100;
/// Shops that may be left out as closed, flooded or moved: one alone is not the release.
const LEFT_OUT: usize = 1;

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
    fn permille(&self, date: BusinessDate, region: &RegionCode) -> u64 {
        let of_region = self.of_region.get(&(date, region.clone()));
        let of_day = self.of_day.get(&date);
        let enough = |sum: &&Sum| sum.usual >= CONTROL_MIN;
        let sum = of_region
            .filter(enough)
            .or_else(|| of_day.filter(enough))
            .copied();
        sum.map_or(1_000, |sum| permille(sum.made, sum.usual))
    }
}

/// Calls with each whole hour of a shop since an instant that has a usual.
fn hours(
    view: &WaveView<'_>,
    seen: &Seen<'_>,
    since: Timestamp,
    mut each: impl FnMut(WallHour, Sum),
) {
    let first = WallHour::of(since, seen.target.offset);
    let receipts = seen.observation.map_or(&[][..], |known| &known.receipts);
    for made in receipts.iter().filter(|made| made.hour > first) {
        let usual = view
            .observations
            .history
            .usual(&seen.target.store, made.hour);
        if let Some(usual) = usual {
            let made_permille = u64::from(made.count).saturating_mul(1_000);
            each(
                made.hour,
                Sum {
                    made: made_permille,
                    usual,
                },
            );
        }
    }
}

fn elsewhere(view: &WaveView<'_>) -> Elsewhere {
    let mut elsewhere = Elsewhere::default();
    for control in &view.controls {
        hours(view, control, view.released, |hour, sum| {
            let region = control.target.region.clone();
            let of_region = elsewhere.of_region.entry((hour.date(), region));
            of_region.or_default().add(sum);
            elsewhere.of_day.entry(hour.date()).or_default().add(sum);
        });
    }
    elsewhere
}

/// The sums of the shops that switched, the usual corrected by what happened elsewhere.
fn sums(view: &WaveView<'_>) -> Vec<Sum> {
    let elsewhere = elsewhere(view);
    let mut shops = Vec::new();
    for member in &view.members {
        let Some(switched) = member.switched(view.release) else {
            continue;
        };
        let mut sum = Sum::default();
        let mut known: Option<(BusinessDate, u64)> = None;
        hours(view, member, switched, |hour, one| {
            let date = hour.date();
            let share = match known {
                Some((of, share)) if of == date => share,
                _ => elsewhere.permille(date, &member.target.region),
            };
            known = Some((date, share));
            sum.add(Sum {
                made: one.made,
                usual: one.usual.saturating_mul(share) / 1_000,
            });
        });
        if sum.usual > 0 {
            shops.push(sum);
        }
    }
    shops
}

fn judge(view: &WaveView<'_>) -> Reading {
    let limits = &view.settings.limits;
    let limit = limits.sales_fall_permille;
    let mut shops = sums(view);
    let mut sum = Sum::default();
    shops.iter().for_each(|shop| sum.add(*shop));
    shops.sort_by_key(|shop| std::cmp::Reverse(shop.usual.saturating_sub(shop.made)));
    let left_out = if count(&view.members) > 1 {
        LEFT_OUT
    } else {
        0
    };
    let rest = shops
        .iter()
        .take(left_out)
        .fold(sum, |sum, worst| sum.without(*worst));
    let value = sum.fall().min(rest.fall());
    let usual = sum.usual / 1_000;
    let text = format!(
        "{} receipts of {usual} usual, fall {} without the worst shop, limit {}",
        sum.made / 1_000,
        percent(value),
        percent(limit)
    );
    let collapsed = usual >= COLLAPSE_RECEIPTS_MIN && value >= limits.sales_collapse_permille;
    let verdict = if collapsed || (usual >= limits.receipts_min && value >= limit) {
        Verdict::Red(text.clone())
    } else if usual < limits.receipts_min {
        Verdict::Unknown(format!(
            "{usual} of the {} usual receipts that it takes",
            limits.receipts_min
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

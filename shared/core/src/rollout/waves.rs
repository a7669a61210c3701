//! Which shop goes with which wave: canary, 1 %, 10 %, 50 %, all, each with every kind of shop in it.

use super::names::{ReleaseId, WaveNumber};
use super::target::{Member, Target};
use super::window::spread;

/// A canary is one shop in so many.
const CANARY_ONE_IN: usize = 300;
const CANARY_MIN: usize = 5;
const CANARY_MAX: usize = 25;
/// Share of all shops that have the release once a wave behind the canary is out, in thousandths.
const SHARES_PERMILLE: &[usize] = &[10, 100, 500, 1_000];
/// A wave that is not at least this many times the one before proves nothing new.
const GROWTH_MIN: usize = 2;

/// Sizes of the waves for so many shops; few shops need no waves.
#[must_use]
pub fn sizes(stores: usize) -> Vec<usize> {
    let canary = stores
        .checked_div(CANARY_ONE_IN)
        .unwrap_or(0)
        .clamp(CANARY_MIN, CANARY_MAX);
    if stores < canary.saturating_mul(GROWTH_MIN) {
        return if stores == 0 { vec![] } else { vec![stores] };
    }
    let mut sizes = vec![canary];
    let (mut out, mut last) = (canary, canary);
    for share in SHARES_PERMILLE {
        let whole = *share == 1_000;
        let reached = stores.saturating_mul(*share).div_ceil(1_000);
        let size = reached.saturating_sub(out);
        if size > 0 && (whole || size >= last.saturating_mul(GROWTH_MIN)) {
            sizes.push(size);
            (out, last) = (reached, size);
        }
    }
    sizes
}

/// Gives every shop its wave. The order of the list does not matter, nor the machine that asks.
#[must_use]
pub fn assign(release: &ReleaseId, targets: &[Target], in_waves: bool) -> Vec<Member> {
    let sizes = if in_waves {
        sizes(targets.len())
    } else {
        vec![targets.len()]
    };
    let mut line = by_kind(release, targets);
    let mut members = Vec::with_capacity(targets.len());
    let mut wave = WaveNumber(1);
    for size in sizes {
        let taken = take_evenly(&mut line, size);
        members.extend(taken.into_iter().map(|target| Member {
            target: target.clone(),
            wave,
        }));
        wave = wave.next();
    }
    members
}

/// The shops in a line, those of a kind together, in an order of the release's own among them.
fn by_kind<'a>(release: &ReleaseId, targets: &'a [Target]) -> Vec<&'a Target> {
    let mut line: Vec<(u64, &Target)> = targets
        .iter()
        .map(|target| (spread(release, &target.store), target))
        .collect();
    line.sort_by(|(a_hash, a), (b_hash, b)| {
        let a_kind = (&a.region, &a.format, &a.dealer, a_hash, &a.store);
        a_kind.cmp(&(&b.region, &b.format, &b.dealer, b_hash, &b.store))
    });
    line.into_iter().map(|(_, target)| target).collect()
}

/// Takes shops at even steps along the line, so that each stretch of it, each kind, gives its due share.
fn take_evenly<'a>(line: &mut Vec<&'a Target>, size: usize) -> Vec<&'a Target> {
    let length = line.len();
    let mut due = length / 2;
    let mut left = Vec::with_capacity(length.saturating_sub(size));
    let mut taken = Vec::with_capacity(size);
    for target in line.drain(..) {
        due = due.saturating_add(size);
        if due >= length && taken.len() < size {
            due = due.saturating_sub(length);
            taken.push(target);
        } else {
            left.push(target);
        }
    }
    *line = left;
    taken
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::time::OffsetMinutes;

    fn shops(count: usize) -> Vec<Target> {
        (0..count)
            .map(|number| Target {
                store: format!("s{number:05}").parse().unwrap(),
                region: format!("R{}", number % 8).into(),
                dealer: format!("D{}", number % 40).into(),
                format: ["salon", "kiosk"][usize::from(number % 3 == 0)].into(),
                offset: OffsetMinutes(180),
            })
            .collect()
    }

    #[test]
    fn waves_grow_and_end_with_every_shop() {
        for (stores, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (9, vec![9]),
            (200, vec![5, 15, 80, 100]),
            (3_000, vec![10, 20, 270, 1_200, 1_500]),
            (10_000, vec![25, 75, 900, 4_000, 5_000]),
        ] {
            assert_eq!(sizes(stores), expected, "{stores} stores");
        }
    }

    #[test]
    fn a_canary_holds_many_kinds_of_shop() {
        let members = assign(&"r1".into(), &shops(3_000), true);
        let mut regions: BTreeMap<_, u32> = BTreeMap::new();
        let canary = members.iter().filter(|member| member.wave == WaveNumber(1));
        for member in canary {
            *regions.entry(member.target.region.clone()).or_default() += 1;
        }
        assert_eq!(regions.len(), 8, "{regions:?}");
        assert!(regions.values().all(|count| *count <= 2), "{regions:?}");
    }

    #[test]
    fn the_order_of_the_list_does_not_matter_and_another_release_takes_other_canaries() {
        let mut targets = shops(400);
        let first = assign(&"r1".into(), &targets, true);
        targets.reverse();
        assert_eq!(assign(&"r1".into(), &targets, true), first);
        assert_ne!(assign(&"r2".into(), &targets, true), first);
    }
}

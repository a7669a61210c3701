//! Splits a sum over lines or units to the kopeck, with caps.

use std::cmp::Reverse;

use crate::money::Money;

use super::rounding::{money, product};

/// What one line or unit brings to a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Its weight; 0 or less takes no part.
    pub weight: Money,
    /// The most it may take; none is without bound.
    pub cap: Option<Money>,
}

/// What one line or unit gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Kopecks, from 0.
    pub amount: Money,
    /// Its share would have been larger than its cap.
    pub capped: bool,
}

struct Open {
    place: usize,
    weight: Money,
    cap: Option<Money>,
    share: i128,
    fraction: i128,
}

/// The shares of `sum`, in the order of the claims, which is that of line (and unit) numbers.
///
/// Each gets ⌊sum · weight / Σ weights⌋; the kopecks left go one each by larger fraction, larger weight,
/// earlier place. All whose share exceeds their cap take the cap at once and leave; the rest is
/// distributed anew. What no cap has room for is not given.
#[must_use]
pub fn distribute(sum: Money, claims: &[Claim]) -> Vec<Share> {
    let mut shares = vec![Share::default(); claims.len()];
    let mut rest = i128::from(sum.0);
    let mut open: Vec<Open> = claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| claim.weight > Money::ZERO)
        .map(|(place, claim)| Open {
            place,
            weight: claim.weight,
            cap: claim.cap.map(|cap| cap.max(Money::ZERO)),
            share: 0,
            fraction: 0,
        })
        .collect();
    while rest > 0 && !open.is_empty() {
        share_out(rest, &mut open);
        let (over, fitting): (Vec<Open>, Vec<Open>) = open
            .into_iter()
            .partition(|one| one.cap.is_some_and(|cap| one.share > i128::from(cap.0)));
        let settled = if over.is_empty() { &fitting } else { &over };
        for one in settled {
            let capped = !over.is_empty();
            let amount = one.cap.filter(|_| capped).unwrap_or(money(one.share));
            rest = rest.saturating_sub(i128::from(amount.0));
            if let Some(share) = shares.get_mut(one.place) {
                *share = Share { amount, capped };
            }
        }
        open = if over.is_empty() { Vec::new() } else { fitting };
    }
    shares
}

/// Shares without caps.
fn share_out(sum: i128, open: &mut [Open]) {
    let weights = open.iter().fold(0_i128, |total, one| {
        total.saturating_add(i128::from(one.weight.0))
    });
    let kopecks = i64::try_from(sum).unwrap_or(i64::MAX);
    let mut left = sum;
    for one in open.iter_mut() {
        let part = product(kopecks, one.weight.0);
        one.share = part.checked_div(weights).unwrap_or(0);
        one.fraction = part.checked_rem(weights).unwrap_or(0);
        left = left.saturating_sub(one.share);
    }
    let left = usize::try_from(left).unwrap_or(0);
    let mut order: Vec<&mut Open> = open.iter_mut().collect();
    order.sort_by_key(|one| (Reverse(one.fraction), Reverse(one.weight), one.place));
    for one in order.into_iter().take(left) {
        one.share = one.share.saturating_add(1);
    }
}

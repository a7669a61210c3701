//! How far prices move: rows by the size of their change.

use storefleet_core::money::Money;

/// Bands of changes, from the largest fall to the largest rise.
pub const BANDS: usize = 8;
/// Where a change becomes a larger one, in percent.
const STEPS: [i128; 3] = [5, 20, LARGEST];
const LARGEST: i128 = 50;

/// Rows by the size of their change: a fall by 50 % and more, by 20 to 50, by 5 to 20, by less; a rise by less
/// than 5 % or none, by 5 to 20, by 20 to 50, by more than 50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spread([u64; BANDS]);

impl Spread {
    /// Counts a change of a price.
    pub(super) fn add(&mut self, from: Money, to: Money) {
        if let Some(count) = self.0.get_mut(band(from, to)) {
            *count = count.saturating_add(1);
        }
    }

    /// Rows of each band.
    #[must_use]
    pub fn counts(&self) -> [u64; BANDS] {
        self.0
    }

    /// Rows of all bands.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.0.iter().sum()
    }
}

fn band(from: Money, to: Money) -> usize {
    let (from, to) = (i128::from(from.0), i128::from(to.0));
    let change = to.saturating_sub(from).saturating_mul(100);
    let falls = BANDS / 2;
    let steps = |is_reached: &dyn Fn(i128) -> bool| {
        let edges = STEPS.iter().map(|step| from.saturating_mul(*step));
        edges.filter(|edge| is_reached(*edge)).count()
    };
    match change.signum() {
        -1 => falls
            .saturating_sub(1)
            .saturating_sub(steps(&|edge| change.saturating_abs() >= edge)),
        0 => falls,
        // The last step itself is not above it.
        _ => {
            let last = from.saturating_mul(LARGEST);
            falls.saturating_add(steps(&|edge| {
                change > edge || (change == edge && edge < last)
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges_belong_where_the_page_says() {
        for (to, expected) in [
            (0, 0),
            (500, 0),
            (501, 1),
            (800, 1),
            (801, 2),
            (950, 2),
            (951, 3),
            (999, 3),
            (1_000, 4),
            (1_049, 4),
            (1_050, 5),
            (1_199, 5),
            (1_200, 6),
            (1_500, 6),
            (1_501, 7),
        ] {
            assert_eq!(band(Money(1_000), Money(to)), expected, "{to}");
        }
        assert_eq!(band(Money(0), Money(0)), 4);
        assert_eq!(band(Money(0), Money(1)), 7);
    }

    proptest! {
        #[test]
        fn a_higher_price_is_never_in_a_lower_band(from in 1_i64..1_000_000, one in 0_i64..3_000_000, other in 0_i64..3_000_000) {
            let (low, high) = (one.min(other), one.max(other));
            prop_assert!(band(Money(from), Money(low)) <= band(Money(from), Money(high)));
            prop_assert_eq!(band(Money(from), Money(low)) < BANDS / 2, low < from);
        }
    }
}

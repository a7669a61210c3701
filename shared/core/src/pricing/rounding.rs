//! The one rounding of money, half away from zero, and parts per million.

use crate::money::{Money, Quantity};

/// Quantity of one piece in thousandths.
pub const PIECE_MILLI: i64 = 1_000;

const MILLION: i128 = 1_000_000;

/// R(n, d) = sign(n) · ⌊(2|n| + d) / 2d⌋: the quotient, halves away from zero. A divisor of 0 or less gives 0.
#[must_use]
pub fn round_half_away(numerator: i128, divisor: i128) -> i128 {
    if divisor <= 0 {
        return 0;
    }
    let quotient = numerator.checked_div(divisor).unwrap_or(0);
    let rest = numerator.checked_rem(divisor).unwrap_or(0);
    // Twice the rest could leave the range, so it is compared with what is missing to the divisor.
    let rounds_up =
        rest.unsigned_abs() >= divisor.unsigned_abs().saturating_sub(rest.unsigned_abs());
    if rounds_up {
        quotient.saturating_add(rest.signum())
    } else {
        quotient
    }
}

/// ⌊n / d⌋ towards minus infinity; a divisor of 0 or less gives 0.
#[must_use]
pub fn floor_divide(numerator: i128, divisor: i128) -> i128 {
    if divisor <= 0 {
        return 0;
    }
    numerator.checked_div_euclid(divisor).unwrap_or(0)
}

/// Kopecks held at the ends of the range.
#[must_use]
pub fn money(kopecks: i128) -> Money {
    let end = if kopecks < 0 { i64::MIN } else { i64::MAX };
    Money(i64::try_from(kopecks).unwrap_or(end))
}

/// The product of two amounts, exact.
#[must_use]
pub(crate) fn product(one: i64, other: i64) -> i128 {
    i128::from(one).saturating_mul(i128::from(other))
}

/// R(price · quantity, 1000): the sum of a line before reductions.
#[must_use]
pub fn line_gross(unit_price: Money, quantity: Quantity) -> Money {
    money(round_half_away(
        product(unit_price.0, quantity.0),
        i128::from(PIECE_MILLI),
    ))
}

/// A part in millionths: 96.019 % is 960 190.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Ppm(#[n(0)] pub i32);

impl Ppm {
    /// R(amount · ppm, 10⁶).
    #[must_use]
    pub fn of(self, amount: Money) -> Money {
        money(round_half_away(
            product(amount.0, i64::from(self.0)),
            MILLION,
        ))
    }

    /// ⌊amount · ppm / 10⁶⌋, for limits and points.
    #[must_use]
    pub fn floor_of(self, amount: Money) -> Money {
        money(floor_divide(product(amount.0, i64::from(self.0)), MILLION))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_at_every_size() {
        for (numerator, divisor, expected) in [
            (5, 2, 3),
            (-5, 2, -3),
            (4, 3, 1),
            (-4, 3, -1),
            (1, 0, 0),
            (i128::MAX, 1, i128::MAX),
            (i128::MIN, 1, i128::MIN),
            (i128::MAX, i128::MAX, 1),
        ] {
            assert_eq!(round_half_away(numerator, divisor), expected);
        }
    }

    #[test]
    fn a_line_sum_beyond_the_range_stays_at_its_end() {
        assert_eq!(line_gross(Money(i64::MAX), Quantity(i64::MAX)).0, i64::MAX);
        assert_eq!(line_gross(Money(i64::MIN), Quantity(i64::MAX)).0, i64::MIN);
        assert_eq!(line_gross(Money(129_990), Quantity(375)).0, 48_746);
    }
}

//! Money in whole kopecks and quantities in thousandths, with arithmetic that cannot wrap.

use std::fmt;
use std::iter::Sum;

/// An amount of money in kopecks; negative for what is paid out.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Money(#[n(0)] pub i64);

/// A quantity in thousandths of the item's unit; one piece is 1,000.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Quantity(#[n(0)] pub i64);

macro_rules! amount {
    ($name:ident) => {
        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// The sum, held at the ends of the range: a fold must survive any decodable fact.
            #[must_use]
            pub fn plus(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The same amount the other way.
            #[must_use]
            pub fn negated(self) -> Self {
                Self(self.0.saturating_neg())
            }

            /// The difference, held at the ends of the range.
            #[must_use]
            pub fn minus(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Self::plus)
            }
        }
    };
}

amount!(Money);
amount!(Quantity);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let kopecks = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", kopecks / 100, kopecks % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_roubles_and_kopecks() {
        assert_eq!(Money(-5).to_string(), "-0.05");
        assert_eq!(Money(123_456).to_string(), "1234.56");
        assert_eq!(Money(i64::MIN).to_string(), "-92233720368547758.08");
    }
}

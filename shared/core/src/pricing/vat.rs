//! VAT inside a sum, and which rate counts at a moment.

use crate::money::Money;

use super::moment::{LocalTime, Validity};
use super::names::{TaxRegime, VatClass, VatCode};
use super::rounding::{money, product, round_half_away};

/// A computed rate: the VAT inside a sum is sum · numerator / denominator, such as 22/122 from 2026 (425-FZ).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VatRate {
    /// Its code in the tax table.
    pub code: VatCode,
    /// Numerator; 0 for 0 % and for no VAT.
    pub numerator: u32,
    /// Denominator.
    pub denominator: u32,
}

impl VatRate {
    /// R(sum · n, d). A return calls it with the rate of the sale.
    #[must_use]
    pub fn inside(&self, sum: Money) -> Money {
        money(round_half_away(
            product(sum.0, i64::from(self.numerator)),
            i128::from(self.denominator),
        ))
    }
}

/// A row of the tax table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRow {
    /// Regime of the dealer.
    pub regime: TaxRegime,
    /// VAT class of the item.
    pub class: VatClass,
    /// The rate.
    pub rate: VatRate,
    /// When it counts, by the store's wall.
    pub validity: Validity,
}

/// The rate for that regime and class at the moment; the earlier row of two.
#[must_use]
pub fn rate_at<'a>(
    rows: &'a [TaxRow],
    regime: &TaxRegime,
    class: &VatClass,
    moment: LocalTime,
) -> Option<&'a VatRate> {
    rows.iter()
        .find(|row| row.regime == *regime && row.class == *class && row.validity.holds(moment))
        .map(|row| &row.rate)
}

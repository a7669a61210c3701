//! VAT inside a sum, and which rate counts at a moment.

use crate::money::Money;

use super::moment::{LocalTime, Validity};
use super::names::{TaxRegime, VatClass, VatCode};
use super::rounding::{money, product, round_half_away};

/// A computed rate: the VAT inside a sum is sum · numerator / denominator, such as 22/122 from 2026 (425-FZ).
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct VatRate {
    /// Its code in the tax table.
    #[n(0)]
    pub code: VatCode,
    /// Numerator; 0 for 0 % and for no VAT.
    #[n(1)]
    pub numerator: u32,
    /// Denominator.
    #[n(2)]
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
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct TaxRow {
    /// Regime of the dealer.
    #[n(0)]
    pub regime: TaxRegime,
    /// VAT class of the item.
    #[n(1)]
    pub class: VatClass,
    /// The rate.
    #[n(2)]
    pub rate: VatRate,
    /// When it counts, by the store's wall.
    #[n(3)]
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

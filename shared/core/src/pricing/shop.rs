//! The shop that sells: what rows, scopes and limits look at.

use super::names::{DealerClass, DealerId, RegionCode, StoreFormat, StoreRef, TaxRegime};

/// A shop with what its dealer is to the network and to the tax service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// The store.
    pub store: StoreRef,
    /// Its dealer.
    pub dealer: DealerId,
    /// Class of the dealer.
    pub dealer_class: DealerClass,
    /// Region it stands in.
    pub region: RegionCode,
    /// Its format.
    pub format: StoreFormat,
    /// Tax regime of the dealer.
    pub tax_regime: TaxRegime,
}

//! The shop that sells: what rows, scopes and limits look at.

use super::names::{DealerClass, DealerId, RegionCode, StoreFormat, StoreRef, TaxRegime};

/// A shop with what its dealer is to the network and to the tax service.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Shop {
    /// The store.
    #[n(0)]
    pub store: StoreRef,
    /// Its dealer.
    #[n(1)]
    pub dealer: DealerId,
    /// Class of the dealer.
    #[n(2)]
    pub dealer_class: DealerClass,
    /// Region it stands in.
    #[n(3)]
    pub region: RegionCode,
    /// Its format.
    #[n(4)]
    pub format: StoreFormat,
    /// Tax regime of the dealer.
    #[n(5)]
    pub tax_regime: TaxRegime,
}

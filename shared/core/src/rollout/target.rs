//! The shops of a rollout: what tells them apart, frozen when it starts.

use super::names::WaveNumber;
use crate::ids::StoreId;
use crate::pricing::names::{DealerId, RegionCode, StoreFormat};
use crate::time::OffsetMinutes;

/// A shop as it stood in the directory when the rollout started.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Target {
    /// The shop.
    #[n(0)]
    pub store: StoreId,
    /// Its region.
    #[n(1)]
    pub region: RegionCode,
    /// Its dealer.
    #[n(2)]
    pub dealer: DealerId,
    /// Its format.
    #[n(3)]
    pub format: StoreFormat,
    /// Its wall clock.
    #[n(4)]
    pub offset: OffsetMinutes,
}

/// A shop and the wave it goes with.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Member {
    /// The shop.
    #[n(0)]
    pub target: Target,
    /// Its wave.
    #[n(1)]
    pub wave: WaveNumber,
}

//! Names of rollouts: releases, layers, people and waves, which must not be mixed up.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::pricing::names::names;

names! {
    /// A layer of a dataset, such as `prices/network/*`; an agent's release has `agent/<format>`.
    LayerId,
    /// A person of the office, by the name of the account.
    Person,
    /// A release, such as `prices-2026-12`.
    ReleaseId,
}

/// Number of a wave; the canary is 1, and 0 stands for "none released".
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct WaveNumber(#[n(0)] pub u16);

impl WaveNumber {
    /// The wave behind this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for WaveNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

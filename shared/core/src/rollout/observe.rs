//! What the centre knows of the shops while a release goes out.

use std::collections::BTreeMap;

use super::history::SoldHour;
use super::names::ReleaseId;
use crate::ids::StoreId;
use crate::time::Timestamp;

/// Whether a shop is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// In contact since.
    Online(Timestamp),
    /// Not heard since.
    Silent(Timestamp),
}

/// How far a shop is with a release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Progress {
    /// It has not said anything of it.
    #[default]
    Unsaid,
    /// Its root is the wanted one.
    Reached {
        /// When it switched.
        at: Timestamp,
    },
    /// It kept what it had.
    Refused {
        /// Its reason code.
        code: String,
    },
}

/// What is known of one shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Whether it is heard.
    pub contact: Contact,
    /// How far it is, by release; a release it says nothing of is missing.
    pub progress: BTreeMap<ReleaseId, Progress>,
    /// Errors of its tills in the bake window.
    pub till_errors: u32,
    /// Restarts of its agent in the bake window.
    pub restarts: u32,
    /// Entries of its journal that wait to go up.
    pub backlog: u64,
    /// Receipts of whole hours in the bake window, rising.
    pub receipts: Vec<SoldHour>,
}

impl Observation {
    /// A shop in contact of which nothing else is known.
    #[must_use]
    pub fn online(since: Timestamp) -> Self {
        Self {
            contact: Contact::Online(since),
            progress: BTreeMap::new(),
            till_errors: 0,
            restarts: 0,
            backlog: 0,
            receipts: Vec::new(),
        }
    }

    /// How far it is with a release.
    #[must_use]
    pub fn progress(&self, release: &ReleaseId) -> &Progress {
        self.progress.get(release).unwrap_or(&Progress::Unsaid)
    }
}

/// What is known of all shops.
#[derive(Debug, Clone, Default)]
pub struct Observations {
    /// By shop; one that was never heard is missing.
    pub stores: BTreeMap<StoreId, Observation>,
}

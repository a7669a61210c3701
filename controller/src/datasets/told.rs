//! What each workplace was told last: the same is said again only when it grows old.

use std::collections::BTreeMap;

use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::time::Timestamp;

/// A manifest that says the same is signed anew after this: a shop that lost everything never finds only one that
/// has expired.
const RENEW_MS: i64 = 30 * 24 * 3_600_000;

#[derive(Debug, Clone, Copy)]
struct Said {
    what: Option<Hash>,
    at: Timestamp,
}

/// What was told since the centre started.
#[derive(Debug, Default)]
pub struct Told(BTreeMap<WorkplaceId, Said>);

impl Told {
    /// Whether a workplace was told anything, or that there is nothing for it yet.
    #[must_use]
    pub fn knows(&self, workplace: &WorkplaceId) -> bool {
        self.0.contains_key(workplace)
    }

    /// Notes what a workplace should have, as a hash, and nothing for one that has nothing to be told yet. Says
    /// whether it is to be told now.
    pub fn is_news(&mut self, workplace: &WorkplaceId, what: Option<Hash>, now: Timestamp) -> bool {
        let same = |said: &Said| said.what == what;
        let fresh = |said: &Said| what.is_none() || now.since_ms(said.at) < RENEW_MS;
        let before = self.0.get(workplace);
        if before.is_some_and(|said| same(said) && fresh(said)) {
            return false;
        }
        self.0.insert(workplace.clone(), Said { what, at: now });
        what.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_said_again_before_it_expires_and_not_earlier() {
        let till: WorkplaceId = "s1-1".parse().unwrap();
        let what = Some(Hash([1; 32]));
        let mut told = Told::default();
        assert!(!told.is_news(&till, None, Timestamp(0)));
        assert!(told.is_news(&till, what, Timestamp(1)));
        assert!(!told.is_news(&till, what, Timestamp(RENEW_MS)));
        assert!(told.is_news(&till, what, Timestamp(RENEW_MS + 1)));
        assert!(told.is_news(&till, Some(Hash([2; 32])), Timestamp(RENEW_MS + 2)));
        const { assert!(RENEW_MS * 2 < super::super::VALID_MS) };
    }
}

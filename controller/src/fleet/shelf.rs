//! What a workplace has on sale, as its journal says, and what it should have.

use std::collections::BTreeMap;

use storefleet_core::brought_forward::Part;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::manifest::{Applied, Rejected};
use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::ids::Hash;
use storefleet_core::time::Timestamp;

/// A layer on sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Switched {
    /// Its root.
    #[n(0)]
    pub root: Hash,
    /// When the shop switched to it.
    #[n(1)]
    pub at: Timestamp,
}

/// Datasets that a workplace should have from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// From when on.
    pub from: Timestamp,
    /// Hash over the whole stack.
    pub stack: Hash,
}

/// The datasets of a workplace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShelfSeen {
    /// What is on sale.
    pub layers: BTreeMap<LayerId, Switched>,
    /// Hash over it.
    pub stack: Option<Hash>,
    /// The newest refusal, until something is taken.
    pub rejected: Option<Rejected>,
    /// What should be on sale, by time; the first counts from the beginning.
    pub wanted: Vec<Due>,
}

impl ShelfSeen {
    /// Folds an entry of the journal.
    pub fn apply(&mut self, entry: &Entry) {
        if let Fact::DatasetApplied(applied) = &entry.fact {
            self.switch(applied, entry.header.wall.at);
            self.rejected = None;
        } else if let Fact::BroughtForward(Part::Datasets(applied)) = &entry.fact {
            self.layers.clear();
            self.switch(applied, entry.header.wall.at);
        } else if let Fact::DatasetRejected(rejected) = &entry.fact {
            self.rejected = Some(rejected.clone());
        }
    }

    fn switch(&mut self, applied: &Applied, at: Timestamp) {
        for layer in &applied.layers {
            let at = layer.since.map_or(at, |since| since.at);
            match layer.root {
                Some(root) => {
                    self.layers
                        .insert(layer.layer.clone(), Switched { root, at });
                }
                None => {
                    self.layers.remove(&layer.layer);
                }
            }
        }
        self.stack = Some(applied.stack);
    }

    /// What should be on sale at a moment.
    #[must_use]
    pub fn wanted_at(&self, now: Timestamp) -> Option<Hash> {
        let due = self.wanted.iter().rev().find(|due| due.from <= now);
        due.or(self.wanted.first()).map(|due| due.stack)
    }

    /// Whether it has what it should have by now, or has already what it should have soon: its clock may go before.
    #[must_use]
    pub fn is_there(&self, now: Timestamp) -> bool {
        let wanted = self.wanted_at(now);
        let soon = self.wanted.iter().filter(|due| due.from > now);
        let mut allowed = soon.map(|due| due.stack).chain(wanted);
        self.stack
            .is_some_and(|stack| allowed.any(|wanted| wanted == stack))
    }
}

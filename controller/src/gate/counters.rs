//! Named counters of the gate.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What a counter is called: its name, and the reason or kind within it, or an empty text.
pub type CounterName = (&'static str, &'static str);

/// All counters; names come from the program, never from a peer, so the map stays small.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<BTreeMap<CounterName, u64>>);

impl Counters {
    pub(super) fn one(&self, name: &'static str, kind: &'static str) {
        self.add(name, kind, 1);
    }

    pub(super) fn add(&self, name: &'static str, kind: &'static str, by: u64) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = counters.entry((name, kind)).or_default();
        *counter = counter.saturating_add(by);
    }

    pub(super) fn snapshot(&self) -> BTreeMap<CounterName, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

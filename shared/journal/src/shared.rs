//! What the writer of a log tells its readers: how far it is durable and which segments there are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::footer::IndexEntry;

pub(crate) struct Shared {
    durable: AtomicU64,
    view: Mutex<View>,
}

struct View {
    /// Segments by number, with the ordinal of their first record once somebody has read it.
    firsts: BTreeMap<u64, Option<u64>>,
    /// Index of the last segment, which has no footer yet.
    tail_index: Vec<IndexEntry>,
}

/// What is known of a segment's first ordinal.
pub(crate) enum First {
    Known(u64),
    /// Its header was not read yet.
    Unread,
    /// There is no such segment, or no more.
    Gone,
}

impl Shared {
    pub(crate) fn new(numbers: &[u64], tail_first: u64, durable: u64) -> Self {
        let mut firsts: BTreeMap<u64, Option<u64>> =
            numbers.iter().map(|number| (*number, None)).collect();
        if let Some(mut tail) = firsts.last_entry() {
            tail.insert(Some(tail_first));
        }
        Self {
            durable: AtomicU64::new(durable),
            view: Mutex::new(View {
                firsts,
                tail_index: Vec::new(),
            }),
        }
    }

    // Every change is a single step, so the view of a panicked thread is still good.
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    /// The view must hold everything up to `durable` before.
    pub(crate) fn publish(&self, durable: u64) {
        self.durable.store(durable, Ordering::Release);
    }

    /// Numbers of the oldest and of the last segment.
    pub(crate) fn ends(&self) -> Option<(u64, u64)> {
        let view = self.view();
        let (oldest, _) = view.firsts.first_key_value()?;
        let (tail, _) = view.firsts.last_key_value()?;
        Some((*oldest, *tail))
    }

    pub(crate) fn first(&self, number: u64) -> First {
        match self.view().firsts.get(&number) {
            Some(Some(first)) => First::Known(*first),
            Some(None) => First::Unread,
            None => First::Gone,
        }
    }

    /// Notes what a reader found in a header.
    pub(crate) fn learn(&self, number: u64, first: u64) {
        if let Some(known) = self.view().firsts.get_mut(&number) {
            *known = Some(first);
        }
    }

    pub(crate) fn begin_segment(&self, number: u64, first: u64) {
        let mut view = self.view();
        view.firsts.insert(number, Some(first));
        view.tail_index.clear();
    }

    /// Takes over what is new in the tail's index: its entries from the last known one on.
    pub(crate) fn extend_tail_index(&self, entries: &[IndexEntry]) {
        let mut view = self.view();
        // The last known entry may have grown.
        view.tail_index.pop();
        let known = view.tail_index.len();
        view.tail_index
            .extend_from_slice(entries.get(known..).unwrap_or_default());
    }

    /// Looks into the tail's index; nothing when `number` is not the tail.
    pub(crate) fn in_tail_index<R>(
        &self,
        number: u64,
        look: impl FnOnce(&[IndexEntry]) -> R,
    ) -> Option<R> {
        let view = self.view();
        let (tail, _) = view.firsts.last_key_value()?;
        (*tail == number).then(|| look(&view.tail_index))
    }

    pub(crate) fn forget(&self, number: u64) {
        self.view().firsts.remove(&number);
    }

    /// Takes a segment back that could not be unlinked.
    pub(crate) fn restore(&self, number: u64) {
        self.view().firsts.insert(number, None);
    }
}

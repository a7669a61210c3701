//! How often this till could not do its work in this run: the centre judges releases by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::problem::Problem;

/// A count that till API and line share.
#[derive(Debug, Clone, Default)]
pub struct TillErrors(Arc<AtomicU64>);

impl TillErrors {
    /// Counts a problem that was no fault of whoever asked.
    pub fn note(&self, problem: &Problem) {
        if problem.is_failure() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Failures since the start.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

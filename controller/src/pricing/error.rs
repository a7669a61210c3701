//! What is wrong with a data file: where, what was found, and what to do.

use std::path::Path;

/// A data file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct DataError {
    /// File, line, column.
    place: String,
    /// What was found and what to do.
    problem: String,
}

impl DataError {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }

    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::new(
            path.display().to_string(),
            format!("cannot be read: {error}"),
        )
    }
}

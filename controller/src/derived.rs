//! Files of what is derived from a log: opened, or begun again where they are damaged.

use std::path::Path;

use redb::{Database, DatabaseError};

/// Opens a database that may be lost: a damaged one is removed and made anew.
///
/// # Errors
/// When another process has it open, or the folder cannot be written.
pub(crate) fn open(path: &Path) -> Result<Database, DatabaseError> {
    match Database::create(path) {
        Err(DatabaseError::DatabaseAlreadyOpen) => Err(DatabaseError::DatabaseAlreadyOpen),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "file is unusable, it is made anew");
            drop(std::fs::remove_file(path));
            Database::create(path)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_made_anew_and_one_in_use_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.redb");
        std::fs::write(&path, b"no database").unwrap();
        let held = open(&path).unwrap();
        let second = open(&path).err();
        assert!(matches!(second, Some(DatabaseError::DatabaseAlreadyOpen)));
        drop(held);
        assert!(path.is_file());
    }
}

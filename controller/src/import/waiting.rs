//! Files that wait until a person has looked at what they would change; they outlive a restart.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use storefleet_core::time::Timestamp;

/// Files that wait at most; the next is refused until one is decided.
const FILES_MAX: usize = 64;
/// A file that nobody decided for so long goes.
const KEPT_MS: i64 = 14 * 24 * 3_600_000;

/// What is known of a file that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiter {
    /// Its name, as it came.
    pub name: String,
    /// What is not in it goes.
    pub whole: bool,
    /// Who brought it.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The folder of files that wait.
#[derive(Debug, Clone)]
pub struct Waiting(PathBuf);

impl Waiting {
    /// The files of that folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Keeps a file and gives its id.
    ///
    /// # Errors
    /// When the folder cannot be written, or too many files wait.
    pub fn put(&self, waiter: &Waiter, bytes: &[u8]) -> io::Result<String> {
        fs::create_dir_all(&self.0)?;
        if self.list(Timestamp(waiter.at_ms))?.len() >= FILES_MAX {
            return Err(io::Error::other(
                "too many files wait: decide some of them first",
            ));
        }
        let mut random = [0; 8];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| io::Error::other("no randomness"))?;
        let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(self.path(&id, "file"), bytes)?;
        // The card last: a file without one was not kept whole.
        fs::write(self.path(&id, "json"), serde_json::to_vec(waiter)?)?;
        Ok(id)
    }

    /// The files that wait, newest first; those that nobody decided for two weeks go.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self, now: Timestamp) -> io::Result<Vec<(String, Waiter)>> {
        let mut found = Vec::new();
        for id in ids(&self.0, "json")? {
            let Some(waiter) = self.waiter(&id)? else {
                continue;
            };
            if now.0.saturating_sub(waiter.at_ms) > KEPT_MS {
                self.remove(&id)?;
                continue;
            }
            found.push((id, waiter));
        }
        found.sort_by_key(|(id, waiter)| (std::cmp::Reverse(waiter.at_ms), id.clone()));
        Ok(found)
    }

    /// What is known of a file; nothing where none of that id waits.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn waiter(&self, id: &str) -> io::Result<Option<Waiter>> {
        if !is_id(id) {
            return Ok(None);
        }
        match fs::read(self.path(id, "json")) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn file(&self, id: &str) -> io::Result<File> {
        File::open(self.path(id, "file"))
    }

    /// Forgets a file.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, id: &str) -> io::Result<()> {
        for kind in ["json", "file"] {
            match fs::remove_file(self.path(id, kind)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn path(&self, id: &str, kind: &str) -> PathBuf {
        self.0.join(format!("{id}.{kind}"))
    }
}

/// Whether a text of an address is an id of ours and no path.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The ids of the files of a kind in a folder.
pub(super) fn ids(folder: &Path, kind: &str) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let id = name
            .strip_suffix(kind)
            .and_then(|name| name.strip_suffix('.'));
        found.extend(id.filter(|id| is_id(id)).map(str::to_owned));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_waits_over_restarts_and_goes_after_two_weeks() {
        let folder = tempfile::tempdir().unwrap();
        let waiter = Waiter {
            name: "прайс.csv".to_owned(),
            whole: false,
            by: "console:anna".to_owned(),
            at_ms: 1_000,
        };
        let id = Waiting::new(folder.path().join("w"))
            .put(&waiter, b"x")
            .unwrap();
        let again = Waiting::new(folder.path().join("w"));
        assert_eq!(
            again.list(Timestamp(2_000)).unwrap(),
            [(id.clone(), waiter.clone())]
        );
        assert_eq!(again.waiter("../../etc/passwd").unwrap(), None);
        assert!(again.list(Timestamp(1_001 + KEPT_MS)).unwrap().is_empty());
        assert!(again.file(&id).is_err());
    }
}

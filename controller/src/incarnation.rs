//! The centre's life: a number that rises when it is created or restored, kept beside the log.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Reads the number, or makes it from the clock when the centre is new.
///
/// # Errors
/// When the file cannot be read or written.
pub fn load_or_create(path: &Path, now_ms: i64) -> io::Result<u32> {
    match fs::read_to_string(path) {
        Ok(text) => text.trim().parse().map_err(|_| {
            io::Error::other(format!(
                "{} holds no number; restore it from a backup",
                path.display()
            ))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let first = seconds(now_ms);
            keep(path, first)?;
            Ok(first)
        }
        Err(error) => Err(error),
    }
}

/// The number after a restore: of the clock, and above the one that was stored.
#[must_use]
pub fn after_restore(stored: u32, now_ms: i64) -> u32 {
    seconds(now_ms).max(stored.saturating_add(1))
}

/// Writes the number, whole or not at all.
///
/// # Errors
/// When the disk refuses.
pub fn keep(path: &Path, incarnation: u32) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = fs::File::create(&fresh)?;
    writeln!(file, "{incarnation}")?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn seconds(now_ms: i64) -> u32 {
    u32::try_from(now_ms / 1_000).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_centre_always_counts_higher() {
        assert_eq!(
            after_restore(10, 5_000),
            11,
            "even when the clock stands before the backup"
        );
        assert_eq!(after_restore(10, 50_000), 50);
    }
}

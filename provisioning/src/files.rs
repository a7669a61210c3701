//! Files of keys and certificates: written whole or not at all, private ones for their owner only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What could not be done with which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}: {source}; {next}", path.display())]
pub struct FileError {
    /// What was tried.
    pub doing: &'static str,
    /// On what.
    pub path: PathBuf,
    /// What to do next.
    pub next: &'static str,
    /// The system's reason.
    pub source: io::Error,
}

fn failed(
    doing: &'static str,
    path: &Path,
    next: &'static str,
) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_path_buf();
    move |source| FileError {
        doing,
        path,
        next,
        source,
    }
}

/// Whether others may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Mode 0600.
    Private,
    /// Mode 0644.
    Public,
}

/// Whether a file may take the place of an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// An existing file is an error: a key is never overwritten.
    Refuse,
    /// The old file is replaced in one step.
    Replace,
}

/// Makes a folder for its owner only; an existing one is left as it is.
///
/// # Errors
/// When the system refuses.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed(
            "make folder",
            path,
            "check the rights of its parent",
        ))
}

/// Reads a whole file.
///
/// # Errors
/// When the system refuses.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(failed("read", path, "check the path and its rights"))
}

/// Writes a whole file through a synced temporary beside it, so that a cut leaves old or new.
///
/// # Errors
/// When the system refuses, or the file exists and must not.
pub fn write(
    path: &Path,
    bytes: &[u8],
    secrecy: Secrecy,
    existing: Existing,
) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.new"));
    let next = "check free space and the rights of the folder";
    let written = write_new(&temporary, bytes, secrecy).and_then(|()| match existing {
        Existing::Replace => fs::rename(&temporary, path),
        // A hard link fails where a rename would silently replace a key.
        Existing::Refuse => fs::hard_link(&temporary, path),
    });
    if temporary.exists() {
        fs::remove_file(&temporary).map_err(failed("remove", &temporary, next))?;
    }
    written.map_err(failed("write", path, next))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync folder", folder, next))
}

fn write_new(path: &Path, bytes: &[u8], secrecy: Secrecy) -> io::Result<()> {
    if path.exists() {
        // Left by a cut; never linked, so nobody reads it.
        fs::remove_file(path)?;
    }
    let mode = match secrecy {
        Secrecy::Private => 0o600,
        Secrecy::Public => 0o644,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Paths in `folder` whose names have this prefix and suffix, sorted by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path, prefix: &str, suffix: &str) -> Result<Vec<PathBuf>, FileError> {
    let refused = || failed("list folder", folder, "check the path and its rights");
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused())? {
        let entry = entry.map_err(refused())?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(prefix) && name.ends_with(suffix) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal digits; surrounding white space is ignored.
#[must_use]
pub fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .trim_ascii()
        .iter()
        .map(|&digit| char::from(digit).to_digit(16))
        .map(|digit| digit.and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_private_file_is_private_and_never_overwritten_by_accident() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        fs::write(folder.path().join(".a.key.new"), b"left by a cut").unwrap();
        write(&path, b"one", Secrecy::Private, Existing::Refuse).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = write(&path, b"two", Secrecy::Private, Existing::Refuse);
        assert!(again.unwrap_err().to_string().contains("a.key"));
        assert_eq!(read(&path).unwrap(), b"one");
        write(&path, b"two", Secrecy::Private, Existing::Replace).unwrap();
        assert_eq!(read(&path).unwrap(), b"two");
        assert_eq!(list(folder.path(), "", "").unwrap(), [path]);
    }

    #[test]
    fn digits_go_both_ways() {
        assert_eq!(unhex(b" 00ff1A\n"), Some(vec![0, 255, 26]));
        assert_eq!(hex(&[0, 255, 26]), "00ff1a");
        assert_eq!(unhex(b"0"), None);
        assert_eq!(unhex(b"0g"), None);
    }
}

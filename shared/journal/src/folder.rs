//! What the log asks of storage: a folder of files that can be synced.

use std::io;

/// One folder that holds one log; clones name the same folder.
pub trait Folder: Clone + Send + Sync + 'static {
    /// A file in it.
    type File: SegmentFile;

    /// Names of all files in it, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Opens a file to read it.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file to read and write it.
    fn open_write(&self, name: &str) -> io::Result<Self::File>;

    /// Makes an empty file; fails when the name is taken.
    fn create_new(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name; durable after [`Folder::sync`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Unlinks a file; durable after [`Folder::sync`].
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes the names durable: files made, renamed and removed.
    fn sync(&self) -> io::Result<()>;
}

/// One file, read and written at offsets.
#[expect(clippy::len_without_is_empty, reason = "a segment is never empty")]
pub trait SegmentFile: Send + 'static {
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Reads at `offset`; fewer bytes than asked for only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes at `offset`.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes the file's bytes and length durable.
    fn sync_data(&self) -> io::Result<()>;
}

/// A call to the file system that failed: what was being done, and to which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {name}")]
pub struct FileError {
    /// The verb, such as "sync".
    pub doing: &'static str,
    /// The file, or "the folder".
    pub name: String,
    /// What the system said.
    pub source: io::Error,
}

/// Adds what was being done to an error of the system.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str, name: &str) -> Result<T, FileError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, name: &str) -> Result<T, FileError> {
        self.map_err(|source| FileError {
            doing,
            name: name.to_owned(),
            source,
        })
    }
}

/// How messages call the folder itself.
pub(crate) const FOLDER: &str = "the folder";

//! Writes down every change of the disk in order, so that what a power cut could have left of it can
//! be built afterwards. Only a training workplace does this, and only when its settings say so.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use minicbor::bytes::ByteVec;
use redb::StorageBackend;
use redb::backends::FileBackend;
use storefleet_core::cbor;
use storefleet_journal::{DiskFolder, Folder, SegmentFile};

/// One change of the disk.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Change {
    /// A program starts: files it held open before are closed.
    #[n(0)]
    Begin,
    /// A file is opened; later changes name it by this number.
    #[n(1)]
    Open(#[n(0)] String, #[n(1)] String, #[n(2)] u64),
    /// An empty file is made and opened.
    #[n(2)]
    Create(#[n(0)] String, #[n(1)] String, #[n(2)] u64),
    /// Bytes are written at an offset.
    #[n(3)]
    Write(#[n(0)] u64, #[n(1)] u64, #[n(2)] ByteVec),
    /// A file gets another length.
    #[n(4)]
    SetLen(#[n(0)] u64, #[n(1)] u64),
    /// A file's bytes became durable.
    #[n(5)]
    Sync(#[n(0)] u64),
    /// A file gets another name.
    #[n(6)]
    Rename(#[n(0)] String, #[n(1)] String, #[n(2)] String),
    /// A file is unlinked.
    #[n(7)]
    Remove(#[n(0)] String, #[n(1)] String),
    /// The names of a folder became durable.
    #[n(8)]
    SyncFolder(#[n(0)] String),
}

/// Takes the changes of one run; clones write to the same file.
#[derive(Debug, Clone)]
pub struct DiskTrace(Arc<Mutex<Taking>>);

#[derive(Debug)]
struct Taking {
    file: File,
    next: u64,
}

impl DiskTrace {
    /// Goes on in the file at `path`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let trace = Self(Arc::new(Mutex::new(Taking { file, next: 1 })));
        trace.take(&Change::Begin)?;
        Ok(trace)
    }

    fn take(&self, change: &Change) -> io::Result<()> {
        let bytes = cbor::encode(change);
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        let mut taking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taking
            .file
            .write_all(&[&length.to_be_bytes(), &*bytes].concat())
    }

    fn number(&self) -> u64 {
        let mut taking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taking.next = taking.next.saturating_add(1);
        taking.next
    }
}

/// Reads the changes of a trace, each with the length of the trace behind it.
///
/// # Errors
/// When it cannot be read; a last change that was not written whole is left out.
pub fn read(path: &Path) -> io::Result<Vec<(u64, Change)>> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    let mut changes = Vec::new();
    let (mut rest, mut at) = (bytes.as_slice(), 0_u64);
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((change, behind)) = behind.split_at_checked(length) else {
            break;
        };
        at = at.saturating_add(4).saturating_add(length as u64);
        changes.push((at, cbor::decode(change).map_err(io::Error::other)?));
        rest = behind;
    }
    Ok(changes)
}

/// A folder that may be traced.
#[derive(Debug, Clone)]
pub struct TracedFolder {
    folder: DiskFolder,
    name: String,
    trace: Option<DiskTrace>,
}

impl TracedFolder {
    /// The folder, called `name` in the trace.
    #[must_use]
    pub fn new(folder: DiskFolder, name: String, trace: Option<DiskTrace>) -> Self {
        Self {
            folder,
            name,
            trace,
        }
    }

    fn take(&self, change: impl FnOnce(String) -> Change) -> io::Result<()> {
        match &self.trace {
            Some(trace) => trace.take(&change(self.name.clone())),
            None => Ok(()),
        }
    }

    fn file(
        &self,
        file: File,
        opened: impl FnOnce(String, u64) -> Change,
    ) -> io::Result<TracedFile> {
        let trace = match &self.trace {
            Some(trace) => {
                let number = trace.number();
                trace.take(&opened(self.name.clone(), number))?;
                Some((trace.clone(), number))
            }
            None => None,
        };
        Ok(TracedFile { file, trace })
    }
}

impl Folder for TracedFolder {
    type File = TracedFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.folder.list()
    }

    fn open(&self, name: &str) -> io::Result<TracedFile> {
        Ok(TracedFile {
            file: self.folder.open(name)?,
            trace: None,
        })
    }

    fn open_write(&self, name: &str) -> io::Result<TracedFile> {
        let file = self.folder.open_write(name)?;
        self.file(file, |folder, number| {
            Change::Open(folder, name.to_owned(), number)
        })
    }

    fn create_new(&self, name: &str) -> io::Result<TracedFile> {
        let file = self.folder.create_new(name)?;
        self.file(file, |folder, number| {
            Change::Create(folder, name.to_owned(), number)
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.folder.rename(from, to)?;
        self.take(|folder| Change::Rename(folder, from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)?;
        self.take(|folder| Change::Remove(folder, name.to_owned()))
    }

    /// Taken when it is done: until then nothing is promised.
    fn sync(&self) -> io::Result<()> {
        self.folder.sync()?;
        self.take(Change::SyncFolder)
    }
}

/// A file that may be traced.
#[derive(Debug)]
pub struct TracedFile {
    file: File,
    trace: Option<(DiskTrace, u64)>,
}

impl SegmentFile for TracedFile {
    fn len(&self) -> io::Result<u64> {
        SegmentFile::len(&self.file)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        SegmentFile::read_at(&self.file, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Some((trace, number)) = &self.trace {
            trace.take(&Change::Write(*number, offset, bytes.to_vec().into()))?;
        }
        SegmentFile::write_at(&self.file, bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        SegmentFile::sync_data(&self.file)?;
        match &self.trace {
            Some((trace, number)) => trace.take(&Change::Sync(*number)),
            None => Ok(()),
        }
    }
}

/// The storage of redb, traced.
#[derive(Debug)]
pub struct TracedBackend {
    backend: FileBackend,
    trace: DiskTrace,
    number: u64,
}

impl TracedBackend {
    /// The file at `path`, made if it is not there; called `name` in the trace.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, name: &str, trace: DiskTrace) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let number = trace.number();
        let opened = if is_new { Change::Create } else { Change::Open };
        trace.take(&opened(String::new(), name.to_owned(), number))?;
        Ok(Self {
            backend: FileBackend::new(file).map_err(io::Error::other)?,
            trace,
            number,
        })
    }
}

impl StorageBackend for TracedBackend {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.backend.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.trace.take(&Change::SetLen(self.number, len))?;
        self.backend.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.backend.sync_data()?;
        self.trace.take(&Change::Sync(self.number))
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let bytes = data.to_vec().into();
        self.trace
            .take(&Change::Write(self.number, offset, bytes))?;
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }
}

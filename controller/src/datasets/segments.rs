//! Segments for shops that are further behind than a manifest can carry: packed once, kept on disk, given in
//! pieces so that a line that breaks loses nothing.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::shelf::Need;
use storefleet_core::ids::Hash;
use storefleet_core::sync::message::SegmentPiece;

use crate::master::{Master, StoreError};

mod repair;

/// Bytes of one answer.
const PIECE_BYTES_MAX: u64 = 1024 * 1024;
/// Compression of segments: built once, sent to thousands.
const LEVEL: i32 = 9;

/// Why a segment cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// Master data.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of packed segments.
    #[error("packed segments: {0}")]
    Io(#[from] io::Error),
}

/// Packed segments on disk.
#[derive(Clone)]
pub struct Segments {
    folder: PathBuf,
    master: Master,
    /// Thousands of shops ask for the same segment at once: one packs it, the others wait for it.
    packing: Arc<Mutex<()>>,
}

impl Segments {
    /// The segments in a folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(folder: PathBuf, master: Master) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            master,
            packing: Arc::default(),
        })
    }

    /// A piece of what is needed, from an offset on; none where no version of the layer has the wanted root.
    ///
    /// # Errors
    /// When master data or the folder cannot be read.
    pub fn piece(&self, need: &Need, offset: u64) -> Result<Option<SegmentPiece>, SegmentError> {
        let Some(path) = self.packed(need)? else {
            return Ok(None);
        };
        let mut file = fs::File::open(path)?;
        let total = file.metadata()?.len();
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(PIECE_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(Some(SegmentPiece {
            total,
            bytes: bytes.into(),
        }))
    }

    fn packed(&self, need: &Need) -> Result<Option<PathBuf>, SegmentError> {
        let path = self.folder.join(file_name(&need.layer, need.from, need.to));
        let _alone = self.packing.lock().unwrap_or_else(PoisonError::into_inner);
        if path.exists() {
            return Ok(Some(path));
        }
        let segment = self
            .master
            .read()
            .segment(&need.layer, need.from, need.to)?;
        let Some(segment) = segment else {
            return Ok(None);
        };
        write_whole(&path, &pack(&segment.to_bytes())?)?;
        Ok(Some(path))
    }
}

/// Compresses the bytes of a segment.
///
/// # Errors
/// When memory is short.
pub fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(bytes, LEVEL)
}

/// The layer's name is hashed: it may hold what a file name may not.
fn file_name(layer: &LayerId, from: Option<Hash>, to: Hash) -> String {
    let layer = storefleet_core::entry::hash(layer.to_string().as_bytes());
    let from = from.map_or_else(|| "whole".to_owned(), |from| from.to_string());
    format!("{layer}-{from}-{to}")
}

/// Another file of that name is never seen in part.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&partial, path)
}

#[cfg(test)]
mod tests;

//! Packed segments: those fetched in part lie in files until they are whole.

use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use storefleet_core::cbor;
use storefleet_core::dataset::segment::{Change, ITEM_BYTES_MAX, SegmentHead, Step, Trail};
use storefleet_core::dataset::shelf::Need;

/// Bound of an unpacked segment, of what is read and of what that stands for: a whole layer of 300,000 items.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The folder of segments that are fetched in part.
#[derive(Debug, Clone)]
pub struct Partial(PathBuf);

impl Partial {
    /// The folder; made where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    fn path(&self, need: &Need) -> PathBuf {
        let name = storefleet_core::entry::hash(&cbor::encode(need));
        self.0.join(name.to_string())
    }

    /// Bytes that are here.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub fn len(&self, need: &Need) -> io::Result<u64> {
        match fs::metadata(self.path(need)) {
            Ok(file) => Ok(file.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Adds bytes behind those that are here; gives how many there are now.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn append(&self, need: &Need, offset: u64, bytes: &[u8]) -> io::Result<u64> {
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path(need))?;
        file.write_all(bytes)?;
        let added = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(offset.saturating_add(added))
    }

    /// The whole segment; its file goes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn take(&self, need: &Need) -> io::Result<Vec<u8>> {
        let path = self.path(need);
        let bytes = fs::read(&path)?;
        fs::remove_file(path)?;
        Ok(bytes)
    }
}

/// Reads a packed segment change by change, so that a large one is never held whole.
pub struct Unpacked<'p> {
    reader: io::Take<zstd::stream::Decoder<'p, io::BufReader<&'p [u8]>>>,
    buffer: Vec<u8>,
    trail: Trail,
    /// Bytes of keys and records that may still come.
    left: u64,
}

impl<'p> Unpacked<'p> {
    /// The beginning, and the reader of what follows.
    ///
    /// # Errors
    /// When the bytes are no segment.
    pub fn open(packed: &'p [u8]) -> Result<(SegmentHead, Self), String> {
        let decoder = zstd::stream::Decoder::new(packed).map_err(|error| error.to_string())?;
        let mut unpacked = Self {
            reader: decoder.take(UNPACKED_BYTES_MAX),
            buffer: Vec::new(),
            trail: Trail::default(),
            left: UNPACKED_BYTES_MAX,
        };
        let head = unpacked.item()?.ok_or("the segment is empty")?;
        Ok((head, unpacked))
    }

    /// The next change; none at the end.
    ///
    /// # Errors
    /// When the bytes are no change.
    pub fn change(&mut self) -> Result<Option<Change>, String> {
        let Some(step) = self.item::<Step>()? else {
            return Ok(None);
        };
        let change = self.trail.change(step).map_err(|error| error.to_string())?;
        let record = change.record.as_ref().map_or(0, |record| record.len());
        let bytes = change.key.len().saturating_add(record);
        // What is shared costs nothing on the line, and could be said again without end.
        let left = self
            .left
            .checked_sub(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.left = left.ok_or_else(|| {
            format!("the segment stands for more than {UNPACKED_BYTES_MAX} bytes")
        })?;
        Ok(Some(change))
    }

    /// Items are read in steps until one is whole.
    fn item<T: for<'b> minicbor::Decode<'b, ()>>(&mut self) -> Result<Option<T>, String> {
        loop {
            match cbor::item_len(&self.buffer) {
                Ok(length) if !self.buffer.is_empty() => {
                    let item = self.buffer.get(..length).unwrap_or_default();
                    let value = cbor::decode(item).map_err(|error| error.to_string())?;
                    self.buffer.drain(..length);
                    return Ok(Some(value));
                }
                Ok(_) | Err(cbor::CborError::Truncated) => {}
                Err(error) => return Err(error.to_string()),
            }
            if self.buffer.len() > ITEM_BYTES_MAX {
                return Err(format!("an item is larger than {ITEM_BYTES_MAX} bytes"));
            }
            let mut step = [0; 16 * 1024];
            let read = self
                .reader
                .read(&mut step)
                .map_err(|error| error.to_string())?;
            if read == 0 {
                return match self.buffer.len() {
                    0 => Ok(None),
                    left => Err(format!("{left} bytes are left at the end")),
                };
            }
            self.buffer
                .extend_from_slice(step.get(..read).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefleet_core::dataset::LayerId;
    use storefleet_core::ids::Hash;

    #[test]
    fn a_segment_that_says_one_record_again_and_again_ends_at_the_bound() {
        let layer: LayerId = "prices/network/*".parse().unwrap();
        let head = SegmentHead {
            layer,
            from: None,
            to: Hash([1; 32]),
            changes: 10_000,
        };
        let step = |record_shared, rest: Vec<u8>| Step {
            key_shared: 0,
            key_rest: "k".to_owned(),
            record_shared,
            record_rest: Some(rest.into()),
        };
        let large = ITEM_BYTES_MAX / 2;
        let mut bytes = cbor::encode(&head);
        bytes.extend(cbor::encode(&step(0, vec![7; large])));
        let shared = u32::try_from(large).unwrap();
        for _ in 1..head.changes {
            bytes.extend(cbor::encode(&step(shared, Vec::new())));
        }
        let packed = zstd::bulk::compress(&bytes, 3).unwrap();
        let (_, mut unpacked) = Unpacked::open(&packed).unwrap();
        let mut taken = 0_u64;
        let error = loop {
            match unpacked.change() {
                Ok(change) => taken += change.unwrap().record.unwrap().len() as u64,
                Err(error) => break error,
            }
        };
        assert!(error.contains("more than"), "{error}");
        assert!(taken <= UNPACKED_BYTES_MAX);
    }
}

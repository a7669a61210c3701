//! The shop's journal: one segment log per epoch, opened, set aside and read.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use storefleet_core::entry::{self, Entry};
use storefleet_core::epoch::Mark;
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_journal::{
    DiskFolder, Folder, Format, Link, OpenError, Options, ReadError, Reader, Span,
};

use crate::disk_trace::{DiskTrace, TracedFolder};

pub mod rebuild;

/// What the segment log is told of entries.
#[derive(Debug, Clone, Copy)]
pub struct EntryFormat;

impl Format for EntryFormat {
    fn span(&self, record: &[u8]) -> Option<Span> {
        let header = entry::header(record).ok()?;
        let (first, last) = (header.seq, header.seq);
        Some(Span {
            workplace: header.workplace,
            epoch: header.epoch,
            first,
            last,
        })
    }

    fn link(&self, record: &[u8]) -> Option<Link> {
        let (header, own) = entry::parse_header(record).ok()?;
        Some(Link {
            prev: header.prev,
            own,
        })
    }
}

/// Where the logs of a workplace's epochs lie: one folder each.
pub trait Rooms: Clone + Send + 'static {
    /// The folder of one log.
    type Folder: Folder;

    /// Epochs that have a folder.
    ///
    /// # Errors
    /// When the storage cannot be listed.
    fn epochs(&self) -> io::Result<Vec<Epoch>>;

    /// The folder of an epoch, made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    fn room(&self, epoch: Epoch) -> io::Result<Self::Folder>;
}

/// Epoch folders on disk: `journal/e00001`.
#[derive(Debug, Clone)]
pub struct DiskRooms {
    root: PathBuf,
    trace: Option<DiskTrace>,
}

impl DiskRooms {
    /// The epochs below `root`.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, trace: None }
    }

    /// The same, and every change is written down.
    #[must_use]
    pub fn traced(self, trace: Option<DiskTrace>) -> Self {
        Self { trace, ..self }
    }
}

impl Rooms for DiskRooms {
    type Folder = TracedFolder;

    fn epochs(&self) -> io::Result<Vec<Epoch>> {
        let mut epochs = Vec::new();
        let listed = match std::fs::read_dir(&self.root) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(epochs),
            Err(error) => return Err(error),
        };
        for item in listed {
            let name = item?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix('e'));
            epochs.extend(number.and_then(|n| n.parse().ok()).map(Epoch));
        }
        epochs.sort_unstable();
        Ok(epochs)
    }

    fn room(&self, epoch: Epoch) -> io::Result<TracedFolder> {
        let name = format!("e{:05}", epoch.0);
        let path = self.root.join(&name);
        if !path.is_dir() {
            std::fs::create_dir_all(&path)?;
            std::fs::File::open(&self.root)?.sync_all()?;
        }
        let folder = DiskFolder::new(path);
        Ok(TracedFolder::new(folder, name, self.trace.clone()))
    }
}

/// Entries of an epoch that the centre holds and this disk no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// The newest one here. It may be on a chain of its own: what was written before the loss showed.
    pub head: Seq,
    /// The last one lost: the parent of the epoch that followed.
    pub until: Mark,
}

/// A reader of one epoch's log.
pub type EpochReader<R> = Reader<<R as Rooms>::Folder, EntryFormat>;

/// Reads all epochs of a workplace; the newest beside its writer.
#[derive(Clone)]
pub struct JournalReader<R: Rooms> {
    readers: BTreeMap<Epoch, EpochReader<R>>,
    /// Where a later epoch took over: what stands behind it was damaged or lost its base.
    ended: BTreeMap<Epoch, Mark>,
}

impl<R: Rooms> JournalReader<R> {
    /// Readers of the epochs before `current`, and `current` itself.
    ///
    /// # Errors
    /// When an older epoch cannot be listed; a damaged one is read as far as it is whole.
    pub fn new(rooms: &R, current: Epoch, reader: EpochReader<R>) -> io::Result<Self> {
        let mut readers = BTreeMap::new();
        for epoch in rooms.epochs()?.into_iter().filter(|epoch| *epoch < current) {
            let opened = match Reader::open_read_only(rooms.room(epoch)?, EntryFormat) {
                Err(OpenError::Damage(_)) => Reader::open_salvage(rooms.room(epoch)?, EntryFormat),
                opened => opened.map(|(reader, _)| reader),
            };
            match opened {
                Ok(old) => drop(readers.insert(epoch, old)),
                Err(error) => tracing::warn!(%epoch, %error, "older epoch cannot be read"),
            }
        }
        readers.insert(current, reader);
        let ended = readers.values().filter_map(taken_over).collect();
        Ok(Self { readers, ended })
    }

    fn last(&self, epoch: Epoch, reader: &EpochReader<R>) -> u64 {
        let durable = reader.durable();
        let ended = self.ended.get(&epoch);
        ended.map_or(durable, |ended| durable.min(ended.seq.0))
    }

    /// What this disk lost of epochs that a later one goes on from.
    #[must_use]
    pub fn lost(&self) -> Vec<Lost> {
        let ended = self.ended.iter();
        ended
            .filter(|(epoch, until)| self.hash_at(**epoch, until.seq) != Some(until.hash))
            .filter_map(|(epoch, until)| {
                // Without a reader it was the epoch of a machine that was replaced.
                let head = self.last(*epoch, self.readers.get(epoch)?);
                let (head, until) = (Seq(head), *until);
                Some(Lost { head, until })
            })
            .collect()
    }

    /// The place of an entry, if it is there; place 0 always is.
    #[must_use]
    pub fn mark_at(&self, epoch: Epoch, seq: Seq) -> Option<Mark> {
        let hash = match seq {
            Seq::NONE => Hash::default(),
            seq => self.hash_at(epoch, seq)?,
        };
        Some(Mark { epoch, seq, hash })
    }

    /// Durable head of each epoch.
    #[must_use]
    pub fn heads(&self) -> BTreeMap<Epoch, Seq> {
        self.readers
            .iter()
            .map(|(epoch, reader)| (*epoch, Seq(self.last(*epoch, reader))))
            .collect()
    }

    /// The bytes of one entry; nothing when it is not durable here.
    ///
    /// # Errors
    /// When the log is damaged there.
    pub fn entry(&self, epoch: Epoch, seq: Seq) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(reader) = self.readers.get(&epoch) else {
            return Ok(None);
        };
        if seq.0 == 0 || seq.0 > self.last(epoch, reader) {
            return Ok(None);
        }
        reader
            .read_from(seq.0)
            .next()
            .transpose()
            .map(|record| record.map(|r| r.bytes))
    }

    /// Hash of one entry, if it is there.
    #[must_use]
    pub fn hash_at(&self, epoch: Epoch, seq: Seq) -> Option<Hash> {
        let bytes = self.entry(epoch, seq).ok().flatten()?;
        Some(entry::hash(&bytes))
    }

    /// Entries from `first` to `last`, as many as fit into `bytes_max`, and at least one.
    ///
    /// # Errors
    /// When the log is damaged there.
    pub fn range(
        &self,
        epoch: Epoch,
        first: Seq,
        last: Seq,
        bytes_max: u64,
    ) -> Result<Vec<Vec<u8>>, ReadError> {
        let mut out = Vec::new();
        let mut bytes = 0_u64;
        let Some(reader) = self.readers.get(&epoch) else {
            return Ok(out);
        };
        let last = last.0.min(self.last(epoch, reader));
        let count = last.saturating_add(1).saturating_sub(first.0);
        // What stands behind the last one wanted may be damaged.
        for record in reader
            .read_from(first.0)
            .take(usize::try_from(count).unwrap_or(usize::MAX))
        {
            let record = record?;
            bytes = bytes.saturating_add(record.bytes.len() as u64);
            if bytes > bytes_max && !out.is_empty() {
                break;
            }
            out.push(record.bytes);
        }
        Ok(out)
    }
}

/// The place in an earlier epoch that this one goes on from, unless its beginning was pruned.
fn taken_over<F: Folder>(reader: &Reader<F, EntryFormat>) -> Option<(Epoch, Mark)> {
    let first = reader.read_from(1).next()?.ok()?;
    let Fact::Genesis(genesis) = Entry::parse(&first.bytes).ok()?.fact else {
        return None;
    };
    genesis.parent.map(|parent| (parent.epoch, parent))
}

/// Sizes of a shop's log.
#[must_use]
pub fn options(segment_bytes: u32) -> Options {
    let record_bytes_max = u32::try_from(entry::ENTRY_BYTES_MAX).unwrap_or(u32::MAX);
    Options {
        segment_bytes,
        record_bytes_max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store_loop::samples::{SEGMENT, open};

    #[test]
    fn what_is_whole_before_damage_is_read_and_nothing_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let rooms = DiskRooms::new(folder.path().to_owned());
        // Genesis and four starts, one entry each.
        for _ in 0..4 {
            drop(open(&rooms));
        }
        let third = open(&rooms).journal().unwrap();
        let third = third.entry(Epoch(1), Seq(3)).unwrap().unwrap();
        let path = folder.path().join("e00001").join(SEGMENT);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes
            .windows(third.len())
            .position(|it| it == third)
            .unwrap();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let store = open(&rooms);
        assert_eq!(store.durable().epoch, Epoch(2));
        let journal = store.journal().unwrap();
        assert_eq!(journal.heads().get(&Epoch(1)), Some(&Seq(2)));
        let whole = journal.range(Epoch(1), Seq(1), Seq(2), u64::MAX).unwrap();
        assert_eq!(whole.len(), 2);
        assert_eq!(journal.entry(Epoch(1), Seq(4)).unwrap(), None);
    }
}

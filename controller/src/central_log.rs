//! The centre's log: every batch as signed, with what the centre made of it, chained and durable.

use minicbor::bytes::ByteVec;
use storefleet_core::cbor::{self, CborError};
use storefleet_core::entry;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::sync::message::Verdict;
use storefleet_core::time::Timestamp;
use storefleet_journal::{
    AppendError, CommitError, Folder, Format, Link, Log, OpenError, Opened, Options, ReadError,
    Reader, Span,
};
use storefleet_wire::batch;

/// One record of the centre's log.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Stored {
    /// Place in the log, from 1.
    #[n(0)]
    pub position: u64,
    /// Hash of the record before.
    #[n(1)]
    pub prev: Hash,
    /// Whose entries.
    #[n(2)]
    pub workplace: WorkplaceId,
    /// Of which chain.
    #[n(3)]
    pub epoch: Epoch,
    /// First entry that was new.
    #[n(4)]
    pub first: Seq,
    /// Last entry.
    #[n(5)]
    pub last: Seq,
    /// When it came.
    #[n(6)]
    pub received: Timestamp,
    /// Accepted, held, or from quarantine.
    #[n(7)]
    pub verdict: Verdict,
    /// The batch as signed: the evidence.
    #[n(8)]
    pub batch: ByteVec,
}

impl Stored {
    /// Reads a record.
    ///
    /// # Errors
    /// When the bytes are no record.
    pub fn parse(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes)
    }
}

/// What the segment log is told of the centre's records.
#[derive(Debug, Clone, Copy)]
pub struct CentralFormat;

impl Format for CentralFormat {
    fn span(&self, record: &[u8]) -> Option<Span> {
        let Stored {
            workplace,
            epoch,
            first,
            last,
            ..
        } = Stored::parse(record).ok()?;
        Some(Span {
            workplace,
            epoch,
            first,
            last,
        })
    }

    fn link(&self, record: &[u8]) -> Option<Link> {
        let prev = Stored::parse(record).ok()?.prev;
        Some(Link {
            prev,
            own: entry::hash(record),
        })
    }
}

/// Why the log refuses.
#[derive(Debug, thiserror::Error)]
pub enum CentralError {
    /// It cannot be opened.
    #[error("the central log cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// A record was not taken.
    #[error("the central log did not take a record: {0}")]
    Append(#[from] AppendError),
    /// A write or sync failed.
    #[error("the central log could not be made durable: {0}; check the disk")]
    Commit(#[from] CommitError),
    /// It cannot be read.
    #[error("the central log cannot be read: {0}")]
    Read(#[from] ReadError),
    /// A record is not one of ours.
    #[error("record {0} of the central log cannot be read: {1}")]
    Record(u64, CborError),
}

/// What ingest asks of a store of batches; the segment log is one, a database can be another.
pub trait BatchStore: Send + 'static {
    /// Adds a record to the group and says its place.
    ///
    /// # Errors
    /// When the record is not taken.
    fn stage(&mut self, record: NewRecord<'_>) -> Result<u64, CentralError>;

    /// Makes the group durable.
    ///
    /// # Errors
    /// When the disk refuses; the process must end.
    fn commit(&mut self) -> Result<(), CentralError>;

    /// The newest record, of the group or before it.
    fn end(&self) -> Place;

    /// Whether the entry of that place and hash is in the store, in the group or before it.
    ///
    /// # Errors
    /// When the store cannot be read or the group not made durable.
    fn holds(&mut self, workplace: &WorkplaceId, mark: Mark) -> Result<bool, CentralError>;
}

/// A record before it has a place.
#[derive(Debug, Clone, Copy)]
pub struct NewRecord<'a> {
    /// Whose entries.
    pub workplace: &'a WorkplaceId,
    /// Of which chain.
    pub epoch: Epoch,
    /// First entry that is new.
    pub first: Seq,
    /// Last entry.
    pub last: Seq,
    /// When it came.
    pub received: Timestamp,
    /// What was made of it.
    pub verdict: Verdict,
    /// The batch as signed.
    pub batch: &'a [u8],
}

/// A record of the log, proved by its hash; the place before the first has neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Place {
    /// Which record.
    #[n(0)]
    pub position: u64,
    /// Its hash.
    #[n(1)]
    pub hash: Hash,
}

impl Place {
    /// Whether that very record is in the log.
    ///
    /// # Errors
    /// When the log cannot be read there.
    pub fn stands_in<F: Folder>(
        self,
        reader: &Reader<F, CentralFormat>,
    ) -> Result<bool, CentralError> {
        if self.position == 0 || self.position > reader.durable() {
            return Ok(false);
        }
        let record = reader.read_from(self.position).next().transpose()?;
        Ok(record.is_some_and(|record| entry::hash(&record.bytes) == self.hash))
    }
}

/// The segment log of the centre.
pub struct CentralLog<F: Folder> {
    log: Log<F, CentralFormat>,
    next: u64,
}

impl<F: Folder> CentralLog<F> {
    /// Opens or begins the log.
    ///
    /// # Errors
    /// Damage and newer formats; nothing is changed then.
    pub fn open(folder: F, segment_bytes: u32) -> Result<(Self, Opened), CentralError> {
        let options = Options {
            segment_bytes,
            ..Options::default()
        };
        let (log, opened) = Log::open(folder, CentralFormat, options)?;
        let next = opened.last_ordinal.saturating_add(1);
        Ok((Self { log, next }, opened))
    }

    /// A reader for other threads.
    #[must_use]
    pub fn reader(&self) -> Reader<F, CentralFormat> {
        self.log.reader()
    }
}

impl<F: Folder> BatchStore for CentralLog<F> {
    fn stage(&mut self, record: NewRecord<'_>) -> Result<u64, CentralError> {
        let stored = Stored {
            position: self.next,
            prev: self.log.link(),
            workplace: record.workplace.clone(),
            epoch: record.epoch,
            first: record.first,
            last: record.last,
            received: record.received,
            verdict: record.verdict,
            batch: record.batch.to_vec().into(),
        };
        let position = self.log.stage(&cbor::encode(&stored))?;
        self.next = position.saturating_add(1);
        Ok(position)
    }

    fn commit(&mut self) -> Result<(), CentralError> {
        #[cfg(feature = "planted")]
        if crate::planted::is(crate::planted::Bug::AckBeforeCommit) && !self.next.is_multiple_of(3)
        {
            return Ok(());
        }
        if self.log.staged() > 0 {
            self.log.commit()?;
        }
        Ok(())
    }

    fn end(&self) -> Place {
        Place {
            position: self.next.saturating_sub(1),
            hash: self.log.link(),
        }
    }

    fn holds(&mut self, workplace: &WorkplaceId, mark: Mark) -> Result<bool, CentralError> {
        self.commit()?;
        holds(&self.log.reader(), workplace, mark)
    }
}

/// Whether the log holds the entry of that place and hash; the place before entry 1 always.
///
/// # Errors
/// When the log cannot be read there.
pub fn holds<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    workplace: &WorkplaceId,
    mark: Mark,
) -> Result<bool, CentralError> {
    if mark.seq == Seq::NONE {
        return Ok(mark.hash == Hash::default());
    }
    let Some(position) = reader.find(workplace, mark.epoch, mark.seq)? else {
        return Ok(false);
    };
    let Some(stored) = records(reader, position).next() else {
        return Ok(false);
    };
    let batch = batch::open_unverified(&stored?.batch);
    Ok(batch.is_some_and(|batch| {
        let at = mark.seq.0.checked_sub(batch.first.0);
        let at = at.and_then(|at| usize::try_from(at).ok());
        let bytes = at.and_then(|at| batch.entries.get(at));
        bytes.is_some_and(|bytes| entry::hash(bytes) == mark.hash)
    }))
}

/// Reads every durable record from `position` on.
pub fn records<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    position: u64,
) -> impl Iterator<Item = Result<Stored, CentralError>> + use<F> {
    reader.read_from(position).map(|record| {
        let record = record?;
        Stored::parse(&record.bytes).map_err(|error| CentralError::Record(record.ordinal, error))
    })
}

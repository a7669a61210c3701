//! The single owner of a workplace's state: decide → append → apply, then one sync for the group.

use std::io;

use storefleet_core::brought_forward::End;
use storefleet_core::entry::{self, Entry, Header, RequestRef};
use storefleet_core::epoch::{Mark, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Seq, WorkplaceId};
use storefleet_core::request::{Answer, Seen};
use storefleet_core::workplace::Workplace;
use storefleet_core::workplace::decide::{Asked, Decision, OriginSale, Refusal, Request, Stamp};
use storefleet_journal::{AppendError, CommitError, Damage, Log, OpenError, PruneError, ReadError};
use storefleet_wire::enrol::EpochBlock;

use crate::journal::rebuild::RebuildError;
use crate::journal::{self, EntryFormat, JournalReader, Rooms};

mod beginning;
mod prune;
#[cfg(test)]
pub mod samples;

use beginning::next_epoch;

/// What the loop is told once.
#[derive(Debug, Clone)]
pub struct LoopConfig {
    /// Whose journal.
    pub workplace: WorkplaceId,
    /// Whether business times other than the clock are accepted.
    pub training: bool,
    /// Version of the program.
    pub version: String,
    /// Epochs this journal key may open.
    pub epochs: Vec<EpochBlock>,
    /// Size of new segments in bytes.
    pub segment_bytes: u32,
}

/// Why the loop must end. A failed write is never retried: the process restarts and reads the disk.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// The journal cannot be opened.
    #[error("the journal cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// The journal cannot be read.
    #[error("the journal cannot be read: {0}")]
    Read(#[from] ReadError),
    /// The state cannot be rebuilt.
    #[error("the state cannot be rebuilt: {0}")]
    Rebuild(#[from] RebuildError),
    /// An entry was not taken.
    #[error("the journal did not take an entry: {0}")]
    Append(#[from] AppendError),
    /// An entry of our own making is malformed or too large.
    #[error("an entry could not be written: {0}")]
    Entry(#[from] entry::EntryError),
    /// A write or sync failed.
    #[error("the journal could not be made durable: {0}; check the disk")]
    Commit(#[from] CommitError),
    /// Old segments could not be removed.
    #[error("old segments could not be removed: {0}")]
    Prune(#[from] PruneError),
    /// The folders of the epochs.
    #[error("the journal's folder: {0}")]
    Folder(#[from] io::Error),
    /// All granted epochs are used up.
    #[error("no epoch number is left; renew this workplace's certificate to get more")]
    NoEpochLeft,
}

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Newest entry found; 0 for a new journal.
    pub found: Seq,
    /// Bytes of a torn tail cut off and kept aside.
    pub torn_bytes: u64,
    /// What was damaged, if anything; the files are kept and selling goes on in a new epoch.
    pub damage: Option<Damage>,
}

/// State and journal of one workplace.
pub struct StoreLoop<R: Rooms> {
    rooms: R,
    config: LoopConfig,
    log: Log<R::Folder, EntryFormat>,
    state: Workplace,
    durable: Mark,
    bytes: u64,
}

impl<R: Rooms> StoreLoop<R> {
    /// Leaves the current epoch for a new one that goes on from `parent`.
    ///
    /// # Errors
    /// When no epoch is left or the storage refuses.
    pub fn open_epoch(
        &mut self,
        reason: Reason,
        parent: Mark,
        stamp: &Stamp,
    ) -> Result<(), LoopError> {
        self.commit()?;
        let next = next_epoch(&self.config, self.state.head.epoch)?;
        let options = journal::options(self.config.segment_bytes);
        let (log, _) = Log::open(self.rooms.room(next)?, EntryFormat, options)?;
        self.log = log;
        self.state.head = Mark {
            epoch: next,
            ..Mark::default()
        };
        self.durable = self.state.head;
        self.begin(reason, Some(parent), stamp)
    }

    /// The centre holds more of the current epoch than this disk: goes on in a new one, with what
    /// the centre holds as parent. Says whether it did; an epoch left before is no concern.
    ///
    /// # Errors
    /// When no epoch is left or the storage refuses.
    pub fn behind_centre(&mut self, parent: Mark, stamp: &Stamp) -> Result<bool, LoopError> {
        if parent.epoch != self.state.head.epoch {
            return Ok(false);
        }
        self.open_epoch(Reason::BehindCentre, parent, stamp)?;
        Ok(true)
    }

    /// Leaves the current epoch because it was found to be damaged while it was in use, as a start
    /// would: what is readable counts, the files stay.
    ///
    /// # Errors
    /// When no epoch is left or the storage refuses.
    pub fn set_aside(&mut self, damage: Damage, stamp: &Stamp) -> Result<Recovery, LoopError> {
        self.commit()?;
        let epoch = self.state.head.epoch;
        let (rooms, config) = (self.rooms.clone(), self.config.clone());
        let (next, recovery) = Self::after_damage(rooms, config, epoch, damage, stamp)?;
        let bytes = self.bytes.saturating_add(next.bytes);
        *self = Self { bytes, ..next };
        Ok(recovery)
    }

    /// Decides a request; what follows is applied at once and answered after [`Self::commit`].
    ///
    /// # Errors
    /// The refusal to show (inner), or why the process must end (outer).
    pub fn ask(
        &mut self,
        asked: Asked,
        stamp: &Stamp,
    ) -> Result<Result<Answer, Refusal>, LoopError> {
        let asked = self.with_origin(asked)?;
        let fact = match self.state.decide(&asked, self.config.training) {
            Ok(Decision::Write(fact)) => fact,
            Ok(Decision::Repeat(answer)) => return Ok(Ok(answer)),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Asked { key, employee, .. } = asked;
        self.append(&fact, stamp, |header| {
            header.employee = Some(employee);
            header.request = Some(key.clone());
        })?;
        self.bring_forward_if_due(&fact, stamp)?;
        Ok(Ok(self.answer_to(&key)))
    }

    /// Writes what happened to the shop's datasets; durable after [`Self::commit`].
    ///
    /// # Errors
    /// Why the process must end.
    pub fn note(&mut self, fact: &Fact, stamp: &Stamp) -> Result<(), LoopError> {
        self.append(fact, stamp, |_| {})
    }

    /// Reads the sale that a return names from the journal.
    fn with_origin(&self, mut asked: Asked) -> Result<Asked, LoopError> {
        if let Request::Return {
            origin: Some(origin),
            ..
        } = &mut asked.request
        {
            let journal = self.journal()?;
            // A sale that was pruned or damaged is not known here; a return must not end the agent.
            let found = journal.entry(origin.mark.epoch, origin.mark.seq);
            let bytes = match found {
                Ok(bytes) => bytes,
                Err(ReadError::Pruned { .. } | ReadError::Damage(_)) => None,
                Err(error) => return Err(error.into()),
            };
            *origin = OriginSale {
                mark: Mark {
                    hash: bytes.as_deref().map(entry::hash).unwrap_or_default(),
                    ..origin.mark
                },
                sale: bytes.and_then(|bytes| {
                    let fact = Entry::parse(&bytes).ok()?.fact;
                    if let Fact::Sale(sale) = fact {
                        Some(sale)
                    } else {
                        None
                    }
                }),
            };
        }
        Ok(asked)
    }

    fn answer_to(&self, key: &RequestRef) -> Answer {
        match self.state.requests.seen(key) {
            Seen::Same(answer) => answer.clone(),
            // Only facts without an answer come here, and requests make none of those.
            Seen::Never | Seen::Other => Answer {
                mark: self.state.head,
                kind: 0,
                number: 0,
                amount: storefleet_core::money::Money::ZERO,
                report: None,
            },
        }
    }

    fn append(
        &mut self,
        fact: &Fact,
        stamp: &Stamp,
        complete: impl FnOnce(&mut Header),
    ) -> Result<(), LoopError> {
        let mut header = self.state.next_header(fact, stamp);
        complete(&mut header);
        let bytes = entry::write(&header, fact)?;
        self.log.stage(&bytes)?;
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        self.state.apply(&Entry::parse(&bytes)?);
        Ok(())
    }

    /// The first close of a month writes the state as facts, so that old segments can go.
    fn bring_forward_if_due(&mut self, fact: &Fact, stamp: &Stamp) -> Result<(), LoopError> {
        let closed_on = self.state.shifts.last_closed;
        let (Fact::ShiftClosed(_), Some(closed_on)) = (fact, closed_on) else {
            return Ok(());
        };
        let done = self
            .state
            .brought_on
            .is_some_and(|brought| brought.same_month(closed_on));
        if done {
            Ok(())
        } else {
            self.bring_forward(stamp)
        }
    }

    fn bring_forward(&mut self, stamp: &Stamp) -> Result<(), LoopError> {
        let parts = self.state.parts();
        let end = End::of(&parts);
        let date = self.state.shifts.last_closed;
        for part in parts {
            self.append(&Fact::BroughtForward(part), stamp, |_| {})?;
        }
        self.append(&Fact::BroughtForwardEnd(end), stamp, |header| {
            header.business_date = date.unwrap_or(header.business_date);
        })
    }

    /// Makes the group durable; only now may its answers leave.
    ///
    /// # Errors
    /// When the disk refuses: the process must end.
    pub fn commit(&mut self) -> Result<Mark, LoopError> {
        #[cfg(feature = "planted")]
        if crate::planted::is(crate::planted::Bug::AnswerBeforeCommit)
            && self.log.staged().saturating_sub(self.log.durable()) < 3
        {
            return Ok(self.durable);
        }
        if self.log.staged() > 0 {
            self.log.commit()?;
        }
        self.durable = self.state.head;
        Ok(self.durable)
    }

    /// The newest durable entry.
    #[must_use]
    pub fn durable(&self) -> Mark {
        self.durable
    }

    /// Bytes of all entries written since the loop was opened.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The applied state.
    #[must_use]
    pub fn state(&self) -> &Workplace {
        &self.state
    }

    /// A reader of all epochs, for other threads.
    ///
    /// # Errors
    /// When the epochs cannot be listed.
    pub fn journal(&self) -> io::Result<JournalReader<R>> {
        JournalReader::new(&self.rooms, self.state.head.epoch, self.log.reader())
    }

    /// The epochs that may be opened from now on.
    pub fn grant(&mut self, epochs: Vec<EpochBlock>) {
        self.config.epochs = epochs;
    }

    /// Prepares the next segment while nobody waits.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn idle(&mut self) -> Result<(), LoopError> {
        match self.log.prepare_next() {
            // The log goes on until its segment is full; room may be made before.
            Err(CommitError::File(error)) if error.source.kind() == io::ErrorKind::StorageFull => {
                tracing::warn!(%error, "no room to prepare a segment");
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

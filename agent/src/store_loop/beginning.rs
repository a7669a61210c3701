//! How a loop begins: on a fresh disk, after a crash, after damage, or where another machine ended.

use storefleet_core::brought_forward::History;
use storefleet_core::entry::Entry;
use storefleet_core::epoch::{Genesis, Mark, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Seq, WorkplaceId};
use storefleet_core::workplace::Workplace;
use storefleet_core::workplace::decide::Stamp;
use storefleet_journal::{Damage, Log, OpenError, ReadError, Reader};

use super::{LoopConfig, LoopError, Recovery, StoreLoop};
use crate::journal::rebuild::{Checkpoint, RebuildError, rebuild};
use crate::journal::{self, EntryFormat, Rooms};

impl<R: Rooms> StoreLoop<R> {
    /// Opens or begins the journal, heals what a crash left, and says that the agent started.
    ///
    /// # Errors
    /// When the storage refuses; damage is no error but a new epoch.
    pub fn open(
        rooms: R,
        config: LoopConfig,
        checkpoints: &[Checkpoint],
        history: Option<&History>,
        stamp: &Stamp,
    ) -> Result<(Self, Recovery), LoopError> {
        let (mut store, recovery) = match rooms.epochs()?.last() {
            None => {
                let state = inherited(&config.workplace, history);
                let epoch = next_epoch(&config, Epoch(0))?;
                let mut store = Self::on(rooms, config, epoch, state)?;
                store.begin(Reason::Enrolled, history.map(|it| it.parent), stamp)?;
                (store, Recovery::default())
            }
            Some(&epoch) => Self::reopen(rooms, config, epoch, checkpoints, history, stamp)?,
        };
        let started = storefleet_core::agent::Started {
            version: store.config.version.clone(),
            found: recovery.found,
            torn_bytes: recovery.torn_bytes,
        };
        store.append(&Fact::AgentStarted(started), stamp, |_| {})?;
        store.commit()?;
        Ok((store, recovery))
    }

    fn reopen(
        rooms: R,
        config: LoopConfig,
        epoch: Epoch,
        checkpoints: &[Checkpoint],
        history: Option<&History>,
        stamp: &Stamp,
    ) -> Result<(Self, Recovery), LoopError> {
        let folder = rooms.room(epoch)?;
        let opened = Log::open(folder, EntryFormat, journal::options(config.segment_bytes));
        let (log, opened) = match opened {
            Ok(opened) => opened,
            Err(OpenError::Damage(damage)) => {
                return Self::after_damage(rooms, config, epoch, damage, stamp);
            }
            Err(error) => return Err(error.into()),
        };
        let recovery = Recovery {
            found: Seq(opened.last_ordinal),
            torn_bytes: opened.cut.map_or(0, |cut| u64::from(cut.bytes)),
            damage: None,
        };
        let state = match rebuild(&log.reader(), &config.workplace, checkpoints) {
            Ok(state) => state,
            Err(RebuildError::Read(ReadError::Damage(damage))) => {
                drop(log);
                return Self::after_damage(rooms, config, epoch, damage, stamp);
            }
            Err(error) => return Err(error.into()),
        };
        let mut store = Self {
            rooms,
            config,
            log,
            durable: state.head,
            state,
            bytes: 0,
        };
        if !store.state.is_complete() {
            store.finish_beginning(epoch, history, stamp)?;
        }
        Ok((store, recovery))
    }

    /// A crash left an epoch without its beginning: the history before it is folded in now, as far
    /// back as it can be read, for the epoch before may be the damaged one that this was begun for.
    fn finish_beginning(
        &mut self,
        epoch: Epoch,
        history: Option<&History>,
        stamp: &Stamp,
    ) -> Result<(), LoopError> {
        let before = self
            .rooms
            .epochs()?
            .into_iter()
            .rfind(|other| *other < epoch);
        let Some(before) = before else {
            return self.begin_again(epoch, history, stamp);
        };
        let mut state = readable(&self.rooms, before, &self.config.workplace)?;
        let parent = state.head;
        let head = self.state.head;
        if head.seq == Seq::NONE {
            state.head = Mark {
                epoch,
                ..Mark::default()
            };
            self.state = state;
            return self.begin(Reason::Damaged, Some(parent), stamp);
        }
        state.head = head;
        self.state = state;
        self.bring_forward(stamp)
    }

    /// The same where this machine has no earlier epoch: only an earlier machine may have one.
    fn begin_again(
        &mut self,
        epoch: Epoch,
        history: Option<&History>,
        stamp: &Stamp,
    ) -> Result<(), LoopError> {
        let head = Mark {
            epoch,
            ..self.state.head
        };
        if head.seq == Seq::NONE {
            self.state = inherited(&self.config.workplace, history);
            self.state.head = head;
            return self.begin(Reason::Enrolled, history.map(|it| it.parent), stamp);
        }
        if history.is_some() {
            self.state = inherited(&self.config.workplace, history);
            self.state.head = head;
            self.bring_forward(stamp)?;
        }
        Ok(())
    }

    pub(super) fn after_damage(
        rooms: R,
        config: LoopConfig,
        epoch: Epoch,
        damage: Damage,
        stamp: &Stamp,
    ) -> Result<(Self, Recovery), LoopError> {
        let state = readable(&rooms, epoch, &config.workplace)?;
        let parent = state.head;
        let next = next_epoch(&config, epoch)?;
        let mut store = Self::on(rooms, config, next, state)?;
        #[cfg(feature = "planted")]
        if crate::planted::is(crate::planted::Bug::EpochReused) {
            store.state.head.epoch = epoch;
        }
        store.begin(Reason::Damaged, Some(parent), stamp)?;
        let recovery = Recovery {
            found: parent.seq,
            torn_bytes: 0,
            damage: Some(damage),
        };
        Ok((store, recovery))
    }

    /// The loop at the start of a new epoch, with `state` folded so far.
    fn on(
        rooms: R,
        config: LoopConfig,
        epoch: Epoch,
        mut state: Workplace,
    ) -> Result<Self, LoopError> {
        let options = journal::options(config.segment_bytes);
        let (log, _) = Log::open(rooms.room(epoch)?, EntryFormat, options)?;
        state.head = Mark {
            epoch,
            ..Mark::default()
        };
        Ok(Self {
            rooms,
            config,
            log,
            durable: state.head,
            state,
            bytes: 0,
        })
    }

    /// Writes genesis and, where there is history, the brought-forward, as one group.
    pub(super) fn begin(
        &mut self,
        reason: Reason,
        parent: Option<Mark>,
        stamp: &Stamp,
    ) -> Result<(), LoopError> {
        self.append(&Fact::Genesis(Genesis { reason, parent }), stamp, |_| {})?;
        if parent.is_some() {
            self.bring_forward(stamp)?;
        }
        self.commit()?;
        Ok(())
    }
}

/// The state a machine begins with: that of the machine it replaces, or none.
fn inherited(id: &WorkplaceId, history: Option<&History>) -> Workplace {
    match history {
        Some(history) => Workplace::restored(id.clone(), history.parent, history.parts.clone()),
        None => Workplace::blank(id.clone()),
    }
}

pub(super) fn next_epoch(config: &LoopConfig, after: Epoch) -> Result<Epoch, LoopError> {
    let above = Epoch(after.0.saturating_add(1));
    config
        .epochs
        .iter()
        .map(|block| block.first.max(above))
        .filter(|epoch| config.epochs.iter().any(|block| block.contains(*epoch)))
        .min()
        .ok_or(LoopError::NoEpochLeft)
}

/// Folds what can be read of a damaged epoch. Where its own beginning is damaged, the history is
/// that of the epochs before it.
fn readable<R: Rooms>(rooms: &R, epoch: Epoch, id: &WorkplaceId) -> Result<Workplace, LoopError> {
    let state = readable_alone(rooms, epoch, id)?;
    if state.is_complete() {
        return Ok(state);
    }
    let epochs = rooms.epochs()?.into_iter().rev();
    for before in epochs.filter(|before| *before < epoch) {
        let mut older = readable_alone(rooms, before, id)?;
        if older.is_complete() {
            older.head = state.head;
            return Ok(older);
        }
    }
    Ok(state)
}

fn readable_alone<R: Rooms>(
    rooms: &R,
    epoch: Epoch,
    id: &WorkplaceId,
) -> Result<Workplace, LoopError> {
    let reader = Reader::open_salvage(rooms.room(epoch)?, EntryFormat)?;
    let mut state = Workplace::blank(id.clone());
    // What was pruned is in the brought-forward that the rest begins with.
    let oldest = reader.oldest().unwrap_or(1);
    state.head = Mark {
        epoch,
        seq: Seq(oldest.saturating_sub(1)),
        ..Mark::default()
    };
    for record in reader.read_from(oldest) {
        let Ok(record) = record else { break };
        let Ok(entry) = Entry::parse(&record.bytes) else {
            break;
        };
        state.apply(&entry);
    }
    Ok(state)
}

#[cfg(test)]
mod tests;

//! Master data of the centre: the office's log says who changed what and why; everything here is folded from it.

use std::io::{Read, Seek};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storefleet_core::cbor;
use storefleet_core::dataset::build::Placed;
use storefleet_core::ids::Hash;
use storefleet_core::master::Table;
use storefleet_core::master::change::{MasterFact, RowChange, Source, facts};
use storefleet_core::rollout::fact::PART_LAYERS_MAX;
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::{Command, Refusal, RolloutFact, decide};
use storefleet_core::time::Timestamp;

use crate::import::preview::{Mode, Preview};
use crate::import::{self, Ask, Current, Delivery, ImportError};
use crate::office::{Area, Office, OfficeError};
use documents::TailFact;
use underlay::Beside;

mod build;
pub mod documents;
pub mod find;
mod history;
pub mod layers;
mod published;
pub mod release;
pub mod sources;
pub mod store;
#[cfg(test)]
mod tests;
pub mod underlay;

pub use store::{ChangeCard, MasterStore, StoreError};

/// Why master data cannot be changed or read.
#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    /// The office's log.
    #[error(transparent)]
    Office(#[from] OfficeError),
    /// What is folded from it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file as a whole.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Every change has a reason.
    #[error("say why: the reason of a change must not be empty")]
    NoReason,
    /// There is no such change.
    #[error("change {0} is not known; the list of changes shows the numbers")]
    NoChange(u64),
    /// Nothing was changed since the last release.
    #[error("there is nothing to release: no record was changed since the last one")]
    NothingToRelease,
    /// Everything that was changed lies in layers that a release on its way holds.
    #[error(
        "{0} holds everything that was changed since: it goes with the next release, or now with an urgent one"
    )]
    AllHeld(ReleaseId),
    /// A release may not do this now.
    #[error(transparent)]
    Rollout(#[from] Refusal),
    /// Records of the change were changed again since.
    #[error(
        "{0} records of change {1} were changed again since; take the later changes back first"
    )]
    ChangedSince(usize, u64),
}

/// Who changes, when and why.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// Who: `cli:<user>`, `console:<token>`.
    pub actor: &'a str,
    /// When.
    pub at: Timestamp,
    /// Where the change came from.
    pub source: Source,
    /// Name of the file, or number of the change taken back.
    pub origin: &'a str,
    /// Why.
    pub why: &'a str,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order {
    /// What it means that a record is not in the file.
    pub mode: Mode,
    /// Only look.
    pub preview_only: bool,
    /// A person looked at what is held, and wants it.
    pub holds_accepted: bool,
    /// What the person saw it would change; where it would change something else now, nothing changes.
    pub seen: Option<Hash>,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub struct Imported {
    /// What it would change, or changed.
    pub preview: Preview,
    /// Number of the change; none where nothing changed.
    pub change: Option<u64>,
    /// It would change something else now than what the person saw.
    pub moved: bool,
}

/// The one way to change master data: the log first, then what is folded from it.
#[derive(Clone)]
pub struct Master {
    office: Arc<Mutex<Office>>,
    store: Arc<Mutex<MasterStore>>,
    life: u32,
}

impl Master {
    /// The masters of an office in this life of the centre; folds what the log holds behind the store.
    ///
    /// # Errors
    /// When the log or the store cannot be read.
    pub fn open(
        office: Arc<Mutex<Office>>,
        mut store: MasterStore,
        life: u32,
    ) -> Result<Self, MasterError> {
        {
            let office = office.lock().unwrap_or_else(PoisonError::into_inner);
            let behind = store.position();
            office.each_behind(behind, |ordinal, entry| {
                store.fold(ordinal, entry)?;
                Ok::<(), MasterError>(())
            })?;
        }
        let store = Arc::new(Mutex::new(store));
        Ok(Self {
            office,
            store,
            life,
        })
    }

    /// The store, for reading. Nothing is changed while it is held.
    pub fn read(&self) -> MutexGuard<'_, MasterStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a file, and puts what it changes into the tables unless something waits for a person.
    ///
    /// # Errors
    /// When the file as a whole cannot be used, or the log does not take the change: nothing changed.
    pub fn import<R: Read + Seek>(
        &self,
        file: R,
        ask: &Ask,
        order: Order,
        by: Signed<'_>,
    ) -> Result<Imported, MasterError> {
        self.take(|current| import::read(file, ask, current), order, by)
    }

    /// Puts what a delivery changes into the tables unless something waits for a person; `read` gives it from the
    /// tables as they stand.
    ///
    /// # Errors
    /// When there is no delivery, or the log does not take the change: nothing changed.
    pub fn take(
        &self,
        read: impl FnOnce(&MasterStore) -> Result<Delivery, ImportError>,
        order: Order,
        by: Signed<'_>,
    ) -> Result<Imported, MasterError> {
        if by.why.trim().is_empty() {
            return Err(MasterError::NoReason);
        }
        let mut store = self.read();
        let delivery = read(&store)?;
        let preview = Preview::of(delivery, order.mode, &*store);
        let waits = !preview.holds.is_empty() && !order.holds_accepted;
        let moved = order.seen.is_some_and(|seen| seen != preview.digest());
        let change = if order.preview_only || waits || moved {
            None
        } else {
            let rows = preview.clone().into_rows();
            self.write(&mut store, rows, by)?
        };
        Ok(Imported {
            preview,
            change,
            moved,
        })
    }

    /// Takes a whole change back.
    ///
    /// # Errors
    /// When there is no such change, or its records were changed again since.
    pub fn undo(&self, change: u64, by: Signed<'_>) -> Result<Option<u64>, MasterError> {
        let mut store = self.read();
        let rows = store.rows_of(change)?;
        if rows.is_empty() {
            return Err(MasterError::NoChange(change));
        }
        let mut since = 0_usize;
        for row in &rows {
            let now = store.record(row.table, &row.key)?;
            since = since.saturating_add(usize::from(
                now.as_deref() != row.to.as_deref().map(Vec::as_slice),
            ));
        }
        if since > 0 {
            return Err(MasterError::ChangedSince(since, change));
        }
        let rows = rows.into_iter().map(RowChange::undone).collect();
        let origin = change.to_string();
        let by = Signed {
            source: Source::Undo,
            origin: &origin,
            ..by
        };
        self.write(&mut store, rows, by)
    }

    fn write(
        &self,
        store: &mut MasterStore,
        rows: Vec<RowChange>,
        by: Signed<'_>,
    ) -> Result<Option<u64>, MasterError> {
        if rows.is_empty() {
            return Ok(None);
        }
        if rows.iter().any(|row| row.table == Table::OpeningStock) {
            self.begin_life(store, by)?;
        }
        let facts = facts(rows, by.source, by.origin, by.why);
        let bodies = facts.iter().map(cbor::encode::<MasterFact>).collect();
        let entries = self.append(Area::Master, bodies, by)?;
        let mut change = None;
        for (ordinal, entry) in &entries {
            store.fold(*ordinal, entry)?;
            change = Some(*ordinal);
        }
        Ok(change)
    }

    /// Keeps what was decided on a late tail; what it moves is a document for the shop.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn decide_tail(&self, fact: &TailFact, by: Signed<'_>) -> Result<(), MasterError> {
        let mut store = self.read();
        self.begin_life(&mut store, by)?;
        for (ordinal, entry) in &self.append(Area::Tail, vec![cbor::encode(fact)], by)? {
            store.fold(*ordinal, entry)?;
        }
        Ok(())
    }

    /// What numbers documents must stand in the log before the first of them.
    fn begin_life(&self, store: &mut MasterStore, by: Signed<'_>) -> Result<(), MasterError> {
        if store.life() < self.life {
            for (ordinal, entry) in &self.append(Area::Life, vec![cbor::encode(&self.life)], by)? {
                store.fold(*ordinal, entry)?;
            }
        }
        Ok(())
    }

    /// Makes what was changed the newest version of its layers; no shop gets it before a release says so. Gives
    /// the layers that got another root.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn build(&self, by: Signed<'_>) -> Result<Vec<layers::Moved>, MasterError> {
        let mut store = self.read();
        if !store.has_unpublished()? {
            return Ok(Vec::new());
        }
        let bodies = vec![cbor::encode(&by.why.to_owned())];
        let entries = self.append(Area::Published, bodies, by)?;
        let mut moved = Vec::new();
        for (ordinal, entry) in &entries {
            moved.extend(store.fold(*ordinal, entry)?);
        }
        Ok(moved)
    }

    /// Makes versions beside the line of layers that are held: what stands there, with an urgent fix. Gives their
    /// numbers in order; those that were made before are not made again.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn lay(&self, besides: &[Beside], by: Signed<'_>) -> Result<Vec<u64>, MasterError> {
        let mut store = self.read();
        let mut new = Vec::new();
        for beside in besides {
            if store.beside(beside)?.is_none() {
                new.push(beside.clone());
            }
        }
        let parts = new.chunks(PART_LAYERS_MAX);
        let bodies = parts.map(|part| cbor::encode(&part.to_vec())).collect();
        for (ordinal, entry) in &self.append(Area::Beside, bodies, by)? {
            store.fold(*ordinal, entry)?;
        }
        let numbers = besides.iter().map(|beside| store.beside(beside));
        let numbers: Vec<Option<u64>> = numbers.collect::<Result<_, _>>()?;
        Ok(numbers.into_iter().flatten().collect())
    }

    /// Decides a command on the rollouts; what follows from it is in the office's log when this returns.
    ///
    /// # Errors
    /// Why not, or that the log does not take it.
    pub fn roll(
        &self,
        command: Command,
        actor: &str,
        at: Timestamp,
    ) -> Result<Vec<RolloutFact>, MasterError> {
        let mut store = self.read();
        let facts = decide(store.rollouts(), command, at)?;
        let bodies = facts.iter().map(cbor::encode::<RolloutFact>).collect();
        let by = Signed {
            actor,
            at,
            source: Source::Api,
            origin: "",
            why: "",
        };
        for (ordinal, entry) in &self.append(Area::Rollout, bodies, by)? {
            store.fold(*ordinal, entry)?;
        }
        Ok(facts)
    }

    fn append(
        &self,
        area: Area,
        bodies: Vec<Vec<u8>>,
        by: Signed<'_>,
    ) -> Result<Vec<(u64, crate::office::OfficeEntry)>, OfficeError> {
        let mut office = self.office.lock().unwrap_or_else(PoisonError::into_inner);
        office.append(area, by.actor, by.at, bodies)
    }
}

impl Current for MasterStore {
    fn get(&self, table: Table, key: &str) -> Option<Vec<u8>> {
        self.record(table, key).unwrap_or_else(|error| {
            tracing::error!(%error, "a record of master data cannot be read");
            None
        })
    }

    fn each_key(&self, table: Table, each: &mut dyn FnMut(&str, &[u8])) {
        if let Err(error) = self.each(table, each) {
            tracing::error!(%error, "a table of master data cannot be read");
        }
    }
}

/// The records that a change of one master record touches in layers, as places to build anew.
pub(crate) fn touched(row: &RowChange) -> Vec<(storefleet_core::dataset::LayerId, String)> {
    let sides = [row.from.as_ref(), row.to.as_ref()];
    let placed = sides
        .into_iter()
        .flatten()
        .flat_map(|bytes| sources::places(row.table, bytes));
    let mut places: Vec<_> = placed
        .map(|Placed { layer, key, .. }| (layer, key))
        .collect();
    places.sort();
    places.dedup();
    places
}

//! The disk of one shop: a folder in memory per epoch, which loses power as a whole.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storefleet_agent::journal::Rooms;
use storefleet_core::ids::Epoch;
use storefleet_journal::{Folder, SimFolder};

/// Steps that never come: takes a switch of a folder back.
const NEVER: u64 = u64::MAX;

/// Epoch folders in memory; clones name the same disk.
#[derive(Clone, Default)]
pub struct SimRooms {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    folders: BTreeMap<Epoch, SimFolder>,
    power_off_after: Option<u64>,
    lying: bool,
    /// A sync said something else than what was kept, or failed, since power was last lost.
    untrue: bool,
    /// Writes and syncs that were told to fail and have not failed yet.
    failing: u32,
}

impl SimRooms {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn newest(&self) -> Option<SimFolder> {
        self.state().folders.values().next_back().cloned()
    }

    /// The disk as it is found after power was lost now.
    #[must_use]
    pub fn crash(&self, seed: u64) -> Self {
        let folders = self.state().folders.clone();
        let folders = folders
            .into_iter()
            .map(|(epoch, folder)| (epoch, folder.crash(seed)))
            .collect();
        Self::of(folders)
    }

    /// A copy, byte for byte, as a cloned PC has it.
    #[must_use]
    pub fn copy(&self) -> Self {
        let folders = self.state().folders.clone();
        let folders = folders.into_iter();
        Self::of(folders.map(|(epoch, it)| (epoch, copy(&it))).collect())
    }

    /// The disk with these folders.
    #[must_use]
    pub fn of(folders: BTreeMap<Epoch, SimFolder>) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                folders,
                ..State::default()
            })),
        }
    }

    /// Power goes after some more storage steps, in folders made later too.
    pub fn power_off_after(&self, steps: u64) {
        let mut state = self.state();
        state.power_off_after = Some(steps);
        for folder in state.folders.values() {
            folder.power_off_after(steps);
        }
    }

    /// Whether power is going to fail or has failed.
    #[must_use]
    pub fn loses_power(&self) -> bool {
        self.state().power_off_after.is_some()
    }

    /// Whether power has failed.
    #[must_use]
    pub fn power_is_off(&self) -> bool {
        let state = self.state();
        state.folders.values().any(SimFolder::power_is_off)
    }

    /// Syncs lie from now on, until power is lost or they are told not to.
    pub fn set_lying(&self, lying: bool) {
        let mut state = self.state();
        state.lying = lying;
        state.untrue |= lying;
        for folder in state.folders.values() {
            folder.set_lying(lying);
        }
    }

    /// The next write finds the disk full.
    pub fn fail_write(&self) {
        self.state().failing += 1;
        if let Some(folder) = self.newest() {
            folder.fail_write_after(0);
        }
    }

    /// The next sync fails.
    pub fn fail_sync(&self) {
        let mut state = self.state();
        state.failing += 1;
        state.untrue = true;
        drop(state);
        if let Some(folder) = self.newest() {
            folder.fail_sync_after(0);
        }
    }

    /// Whether a write or sync was told to fail; each is an excuse for one failure.
    #[must_use]
    pub fn take_failing(&self) -> bool {
        let mut state = self.state();
        let told = state.failing > 0;
        state.failing = state.failing.saturating_sub(1);
        told
    }

    /// Whether a loss of power now loses what a sync confirmed.
    #[must_use]
    pub fn is_untrue(&self) -> bool {
        self.state().untrue
    }

    /// No more faults from now on.
    pub fn calm(&self) {
        let mut state = self.state();
        (state.power_off_after, state.lying) = (None, false);
        for folder in state.folders.values() {
            folder.power_off_after(NEVER);
            folder.fail_write_after(NEVER);
            folder.fail_sync_after(NEVER);
            folder.set_lying(false);
        }
    }

    /// Segment files of the newest epoch in order, with their length.
    #[must_use]
    pub fn segments(&self) -> Vec<(String, u64)> {
        let Some(folder) = self.newest() else {
            return Vec::new();
        };
        let mut names = folder.list().expect("listing memory works");
        names.retain(|name| name.ends_with(".seg"));
        names.sort();
        let length = |name: &String| folder.bytes(name).expect("it was listed").len() as u64;
        names
            .into_iter()
            .map(|name| (name.clone(), length(&name)))
            .collect()
    }

    /// Bytes of a file of the newest epoch.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.newest()
            .and_then(|folder| folder.bytes(name).ok())
            .unwrap_or_default()
    }

    /// Turns bits of one byte of a file of the newest epoch.
    pub fn flip(&self, name: &str, offset: u64, mask: u8) {
        if let Some(folder) = self.newest() {
            folder.flip(name, offset, mask).expect("the byte is there");
        }
    }
}

/// A durable copy of a folder.
#[must_use]
pub fn copy(folder: &SimFolder) -> SimFolder {
    let copied = SimFolder::new();
    for name in folder.list().expect("listing memory works") {
        copied.put(&name, &folder.bytes(&name).expect("it was listed"));
    }
    copied
}

impl Rooms for SimRooms {
    type Folder = SimFolder;

    fn epochs(&self) -> io::Result<Vec<Epoch>> {
        Ok(self.state().folders.keys().copied().collect())
    }

    fn room(&self, epoch: Epoch) -> io::Result<SimFolder> {
        let mut state = self.state();
        let (lying, power) = (state.lying, state.power_off_after);
        let folder = state.folders.entry(epoch).or_insert_with(|| {
            let folder = SimFolder::new();
            folder.set_lying(lying);
            if let Some(steps) = power {
                folder.power_off_after(steps);
            }
            folder
        });
        Ok(folder.clone())
    }
}

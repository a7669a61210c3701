//! The disk of the traced agent, replayed change by change, and what a power cut may leave of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use storefleet_agent::disk_trace::Change;
use storefleet_agent::journal::{EntryFormat, Rooms};
use storefleet_agent::store_loop::{LoopConfig, StoreLoop};
use storefleet_core::entry::{self, ClockState};
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::decide::Stamp;
use storefleet_journal::{Folder, Reader, SegmentFile, SimFile, SimFolder};
use storefleet_wire::enrol::EpochBlock;

use crate::sim::disk::SimRooms;

/// Folders by name; the one without a name holds the state file.
#[derive(Default)]
pub(super) struct Disk {
    folders: BTreeMap<String, SimFolder>,
    open: BTreeMap<u64, SimFile>,
}

/// What a power cut left.
pub(super) struct Image {
    folders: BTreeMap<String, SimFolder>,
}

/// What the journal's code found on an image.
pub(super) struct Found {
    /// How often each idempotency key stands in the journal.
    pub(super) keys: BTreeMap<String, usize>,
    /// Whether something was taken for damage: a power cut leaves none.
    pub(super) is_damaged: bool,
}

impl Disk {
    /// Does what the agent did.
    pub(super) fn apply(&mut self, change: &Change) -> anyhow::Result<()> {
        match change {
            Change::Begin => self.open.clear(),
            Change::Open(folder, name, number) => {
                let file = self.folder(folder).open_write(name)?;
                self.open.insert(*number, file);
            }
            Change::Create(folder, name, number) => {
                let file = self.folder(folder).create_new(name)?;
                self.open.insert(*number, file);
            }
            Change::Write(number, offset, bytes) => self.file(*number)?.write_at(bytes, *offset)?,
            Change::SetLen(number, len) => self.file(*number)?.set_len(*len)?,
            Change::Sync(number) => self.file(*number)?.sync_data()?,
            Change::Rename(folder, from, to) => self.folder(folder).rename(from, to)?,
            Change::Remove(folder, name) => self.folder(folder).remove(name)?,
            Change::SyncFolder(folder) => self.folder(folder).sync()?,
        }
        Ok(())
    }

    fn folder(&mut self, name: &str) -> &SimFolder {
        self.folders.entry(name.to_owned()).or_default()
    }

    fn file(&self, number: u64) -> anyhow::Result<&SimFile> {
        self.open.get(&number).context("a file that is not open")
    }

    /// What may be left when power goes now.
    pub(super) fn crash(&self, seed: u64) -> Image {
        let left = |(name, folder): (&String, &SimFolder)| (name.clone(), folder.crash(seed));
        Image {
            folders: self.folders.iter().map(left).collect(),
        }
    }
}

impl Image {
    fn rooms(&self) -> anyhow::Result<SimRooms> {
        let mut epochs = BTreeMap::new();
        for (name, folder) in &self.folders {
            if let Some(number) = name.strip_prefix('e') {
                epochs.insert(Epoch(number.parse()?), folder.clone());
            }
        }
        Ok(SimRooms::of(epochs))
    }

    /// Opens the journal with the agent's own code and reads all of it.
    pub(super) fn open(&self, id: &WorkplaceId) -> anyhow::Result<Found> {
        // Opening mends the image, and the agent must find it as the cut left it.
        let rooms = self.rooms()?.copy();
        let (store, recovery) = StoreLoop::open(rooms.clone(), config(id), &[], None, &stamp())?;
        drop(store);
        let mut keys = BTreeMap::new();
        for epoch in rooms.epochs()? {
            let (reader, _) = Reader::open_read_only(rooms.room(epoch)?, EntryFormat)?;
            for record in reader.read_from(reader.oldest()?) {
                let header = entry::header(&record?.bytes)?;
                if let Some(request) = header.request {
                    *keys.entry(request.key).or_default() += 1;
                }
            }
        }
        Ok(Found {
            keys,
            is_damaged: recovery.damage.is_some(),
        })
    }

    /// Puts the image in the place of journal and state below `data`.
    pub(super) fn write(&self, data: &Path) -> anyhow::Result<()> {
        let journal = data.join("journal");
        if journal.exists() {
            fs::remove_dir_all(&journal)?;
        }
        let state = data.join("state.redb");
        if state.exists() {
            fs::remove_file(&state)?;
        }
        for (name, folder) in &self.folders {
            let place = if name.is_empty() {
                data.to_owned()
            } else {
                journal.join(name)
            };
            fs::create_dir_all(&place)?;
            for file in folder.list()? {
                ensure!(!file.contains('/'), "a name of one level");
                fs::write(place.join(&file), folder.bytes(&file)?)?;
            }
        }
        Ok(())
    }
}

fn config(id: &WorkplaceId) -> LoopConfig {
    LoopConfig {
        workplace: id.clone(),
        training: true,
        version: "powercut".to_owned(),
        epochs: vec![EpochBlock {
            first: Epoch(1),
            count: 16,
        }],
        segment_bytes: super::SEGMENT_BYTES,
    }
}

fn stamp() -> Stamp {
    Stamp {
        wall: StoreTime {
            at: Timestamp(1_800_000_000_000),
            offset: OffsetMinutes(0),
        },
        clock: ClockState::Untrusted,
        monotonic_ms: 1,
        boot: 1,
    }
}

//! A folder in memory that loses power, fills up, lies and rots: as a disk does, on a seed.

mod image;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::folder::{Folder, SegmentFile};
use image::{Dice, Inode};

/// A folder in memory. Writes are durable after the file's sync, names after the folder's; clones
/// name the same folder.
#[derive(Clone, Default)]
pub struct SimFolder {
    state: Arc<Mutex<State>>,
}

/// An open file of a [`SimFolder`].
pub struct SimFile {
    state: Arc<Mutex<State>>,
    inode: u64,
}

#[derive(Default)]
struct State {
    inodes: BTreeMap<u64, Inode>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    name_changes: Vec<NameChange>,
    /// Writes, syncs and changes of names so far.
    steps: u64,
    power_off_at: Option<u64>,
    fail_write_at: Option<u64>,
    fail_sync_at: Option<u64>,
    lying: bool,
}

enum NameChange {
    Set(String, u64),
    Remove(String),
    Rename(String, String, u64),
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, u64>) {
        match self {
            Self::Set(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Remove(name) => {
                names.remove(name);
            }
            Self::Rename(from, to, inode) => {
                names.remove(from);
                names.insert(to.clone(), *inode);
            }
        }
    }
}

/// What a step is, for the switches that make one fail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Write,
    Sync,
    Name,
}

impl SimFolder {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The folder as it is found after power was lost now. Each 512-byte unit that was written
    /// after its file's last sync is kept or lost as `seed` decides; changes of names after the
    /// folder's last sync are kept up to some point and lost from there on.
    #[must_use]
    pub fn crash(&self, seed: u64) -> Self {
        let state = self.state();
        let mut dice = Dice::new(seed);
        let mut names = state.durable_names.clone();
        let kept = dice.below(state.name_changes.len() as u64 + 1);
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        for change in state.name_changes.iter().take(kept) {
            change.apply(&mut names);
        }
        let inodes = names
            .values()
            .filter_map(|id| Some((*id, state.inodes.get(id)?.crash(&mut dice))))
            .collect();
        Self {
            state: Arc::new(Mutex::new(State {
                inodes,
                durable_names: names.clone(),
                names,
                ..State::default()
            })),
        }
    }

    /// Steps so far: each write, sync and change of a name is one.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Power goes at the step after `steps` more: what that step writes may be torn, and it and all
    /// later ones fail.
    pub fn power_off_after(&self, steps: u64) {
        let mut state = self.state();
        state.power_off_at = Some(state.steps.saturating_add(steps));
    }

    /// Whether power has gone.
    #[must_use]
    pub fn power_is_off(&self) -> bool {
        let state = self.state();
        state.power_off_at.is_some_and(|at| state.steps > at)
    }

    /// The disk is full for the first write after `steps` more steps, and for it only.
    pub fn fail_write_after(&self, steps: u64) {
        let mut state = self.state();
        state.fail_write_at = Some(state.steps.saturating_add(steps));
    }

    /// The first sync after `steps` more steps fails; what it was to keep is never kept, though
    /// later syncs say so.
    pub fn fail_sync_after(&self, steps: u64) {
        let mut state = self.state();
        state.fail_sync_at = Some(state.steps.saturating_add(steps));
    }

    /// From now on syncs of files say that they worked and keep nothing, or work again.
    pub fn set_lying(&self, lying: bool) {
        self.state().lying = lying;
    }

    /// Changes the bits of `mask` in one byte of a file, as a rotting disk does.
    ///
    /// # Errors
    /// There is no such file or byte.
    pub fn flip(&self, name: &str, offset: u64, mask: u8) -> io::Result<()> {
        let mut state = self.state();
        let id = state.inode_of(name)?;
        let byte = state.inode_mut(id)?.flip(offset, mask);
        byte.ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }

    /// Puts a durable file there, in place of the one of that name.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        let id = state.new_inode(Inode::durable(bytes.to_vec()));
        state.names.insert(name.to_owned(), id);
        state.durable_names.insert(name.to_owned(), id);
    }

    /// All bytes of a file.
    ///
    /// # Errors
    /// There is no such file.
    pub fn bytes(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        let id = state.inode_of(name)?;
        Ok(state.inode_mut(id)?.live().to_vec())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, inode: u64) -> SimFile {
        SimFile {
            state: Arc::clone(&self.state),
            inode,
        }
    }
}

impl State {
    fn inode_of(&self, name: &str) -> io::Result<u64> {
        let id = self.names.get(name).copied();
        id.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn inode_mut(&mut self, id: u64) -> io::Result<&mut Inode> {
        let inode = self.inodes.get_mut(&id);
        inode.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn new_inode(&mut self, inode: Inode) -> u64 {
        let id = self.inodes.keys().last().map_or(1, |last| last + 1);
        self.inodes.insert(id, inode);
        id
    }

    /// Counts a step; false when power is off: of a last write some may get through.
    fn step(&mut self, step: Step) -> io::Result<bool> {
        let now = self.steps;
        self.steps += 1;
        match self.power_off_at {
            Some(at) if now > at => return Err(io::Error::other("power is off")),
            Some(at) if now == at => return Ok(false),
            Some(_) | None => {}
        }
        let (due, error) = match step {
            Step::Write => (&mut self.fail_write_at, ErrorKind::StorageFull),
            Step::Sync => (&mut self.fail_sync_at, ErrorKind::Other),
            Step::Name => return Ok(true),
        };
        if due.is_some_and(|at| now >= at) {
            *due = None;
            return Err(error.into());
        }
        Ok(true)
    }

    fn change_name(&mut self, change: NameChange) -> io::Result<()> {
        let powered = self.step(Step::Name)?;
        change.apply(&mut self.names);
        self.name_changes.push(change);
        confirm(powered)
    }
}

fn confirm(powered: bool) -> io::Result<()> {
    if powered {
        Ok(())
    } else {
        Err(io::Error::other("power is off"))
    }
}

impl Folder for SimFolder {
    type File = SimFile;

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        let inode = self.state().inode_of(name)?;
        Ok(self.file(inode))
    }

    fn open_write(&self, name: &str) -> io::Result<SimFile> {
        self.open(name)
    }

    fn create_new(&self, name: &str) -> io::Result<SimFile> {
        let mut state = self.state();
        if state.names.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let inode = state.new_inode(Inode::default());
        state.change_name(NameChange::Set(name.to_owned(), inode))?;
        Ok(self.file(inode))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.inode_of(from)?;
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned(), inode))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.inode_of(name)?;
        state.change_name(NameChange::Remove(name.to_owned()))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        if !state.step(Step::Sync)? {
            return confirm(false);
        }
        state.durable_names = state.names.clone();
        state.name_changes.clear();
        Ok(())
    }
}

impl SimFile {
    /// Gives the file another length.
    ///
    /// # Errors
    /// The file is gone.
    pub fn set_len(&self, len: u64) -> io::Result<()> {
        self.state().inode_mut(self.inode)?.set_len(len);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SegmentFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().inode_mut(self.inode)?.live().len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.state();
        let live = state.inode_mut(self.inode)?.live();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let left = live.get(offset..).unwrap_or_default();
        let read = left.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(left) {
            *to = *from;
        }
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.state();
        let powered = state.step(Step::Write)?;
        state.inode_mut(self.inode)?.write(bytes, offset);
        confirm(powered)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        let powered = match state.step(Step::Sync) {
            Ok(powered) => powered,
            Err(error) => {
                state.inode_mut(self.inode)?.fail_sync();
                return Err(error);
            }
        };
        if powered && !state.lying {
            state.inode_mut(self.inode)?.sync();
        }
        confirm(powered)
    }
}

//! The disk below a shop's datasets: a database file in memory, of which a power cut takes what was not synced.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use crate::sim::rng::Rng;

const PAGE_BYTES: usize = 4_096;

type Page = Arc<[u8; PAGE_BYTES]>;

/// A file in memory; clones name the same file.
#[derive(Debug, Clone, Default)]
pub struct Image(Arc<Mutex<State>>);

#[derive(Debug, Clone, Default)]
struct State {
    live: File,
    durable: File,
    /// Pages written since the last sync.
    dirty: BTreeSet<usize>,
    /// Steps until power goes.
    left: Option<u64>,
}

#[derive(Debug, Clone, Default)]
struct File {
    pages: Vec<Page>,
    len: usize,
}

impl File {
    fn set_len(&mut self, len: usize) {
        let zeros = || Arc::new([0; PAGE_BYTES]);
        self.pages.resize_with(len.div_ceil(PAGE_BYTES), zeros);
        self.len = len;
    }
}

impl Image {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Power goes after some more storage steps.
    pub fn power_off_after(&self, steps: u64) {
        self.state().left = Some(steps);
    }

    /// Whether power failed inside a step.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state().left == Some(0)
    }

    /// No more faults from now on.
    pub fn calm(&self) {
        self.state().left = None;
    }

    /// The file as another process finds it: what the one before does while it ends goes nowhere.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        let state = self.state().clone();
        Self(Arc::new(Mutex::new(State {
            left: None,
            ..state
        })))
    }

    /// The file as it is found after power was lost now: of what was not synced, each page is there or not.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let state = self.state();
        let mut dice = Rng::new(seed);
        let mut left = state.durable.clone();
        if dice.one_in(2) {
            left.set_len(state.live.len);
        }
        for page in &state.dirty {
            let is_written = dice.one_in(2);
            if let (Some(place), Some(new)) =
                (left.pages.get_mut(*page), state.live.pages.get(*page))
                && is_written
            {
                *place = new.clone();
            }
        }
        Self(Arc::new(Mutex::new(State {
            live: left.clone(),
            durable: left,
            ..State::default()
        })))
    }
}

impl State {
    fn step(&mut self) -> io::Result<()> {
        match &mut self.left {
            Some(0) => Err(io::Error::other("power is gone")),
            Some(left) => {
                *left -= 1;
                if *left == 0 {
                    return Err(io::Error::other("power goes"));
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("a small file")
}

impl StorageBackend for Image {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().live.len as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let (mut from, mut out) = (place(offset), out);
        if from + out.len() > state.live.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        while !out.is_empty() {
            let start = from % PAGE_BYTES;
            let count = out.len().min(PAGE_BYTES - start);
            let (head, rest) = out.split_at_mut(count);
            head.copy_from_slice(&state.live.pages[from / PAGE_BYTES][start..start + count]);
            (out, from) = (rest, from + count);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.live.set_len(place(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let len = state.live.len;
        state.durable.set_len(len);
        for page in std::mem::take(&mut state.dirty) {
            if let Some(new) = state.live.pages.get(page).cloned() {
                state.durable.pages[page] = new;
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let (mut from, mut data) = (place(offset), data);
        if from + data.len() > state.live.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        while !data.is_empty() {
            let (page, start) = (from / PAGE_BYTES, from % PAGE_BYTES);
            let (head, rest) = data.split_at(data.len().min(PAGE_BYTES - start));
            let held = Arc::make_mut(&mut state.live.pages[page]);
            held[start..start + head.len()].copy_from_slice(head);
            state.dirty.insert(page);
            (data, from) = (rest, from + head.len());
        }
        Ok(())
    }
}

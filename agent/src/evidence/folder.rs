//! The batches on disk: `journal/evidence/e00001/<place of the first entry>.batch`, each as signed.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use storefleet_core::entry::Entry;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Seq};
use storefleet_wire::batch;
use storefleet_wire::envelope::PublicKey;

use super::chain::{NoEvidence, reached};
use crate::identity::write_private;
use crate::journal::Lost;

const SUFFIX: &str = "batch";

/// The folder of all evidence.
#[derive(Debug, Clone)]
pub struct EvidenceFolder(PathBuf);

impl EvidenceFolder {
    /// That of a journal's folder.
    #[must_use]
    pub fn of(journal: &Path) -> Self {
        Self(journal.join("evidence"))
    }

    fn room(&self, epoch: Epoch) -> PathBuf {
        self.0.join(format!("e{:05}", epoch.0))
    }

    fn files(&self, epoch: Epoch) -> io::Result<Vec<PathBuf>> {
        let listed = match std::fs::read_dir(self.room(epoch)) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for item in listed {
            let path = item?.path();
            if path.extension().is_some_and(|it| it == SUFFIX) {
                files.push(path);
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// The place behind which the batches kept begin.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn begins_behind(&self, epoch: Epoch) -> anyhow::Result<Option<Seq>> {
        let files = self.files(epoch).context("list the evidence")?;
        let first = files.first().and_then(|path| place_of(path));
        Ok(first.map(|first| Seq(first.saturating_sub(1))))
    }

    /// Up to where the batches kept go on from `joint`; one that is damaged is fetched again.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn reached(&self, joint: Mark, lost: &Lost, key: &PublicKey) -> anyhow::Result<Mark> {
        let mut have = joint;
        for path in self.files(joint.epoch)? {
            let bytes = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
            match joined(have, lost, &bytes, key) {
                Ok(mark) => have = mark,
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "evidence is fetched again");
                    break;
                }
            }
        }
        Ok(have)
    }

    /// Keeps a batch that goes on from `have`; returns the place reached.
    ///
    /// # Errors
    /// When it is not this workplace's, does not join, or cannot be written.
    pub fn keep(
        &self,
        have: Mark,
        lost: &Lost,
        bytes: &[u8],
        key: &PublicKey,
    ) -> anyhow::Result<Mark> {
        let mark = joined(have, lost, bytes, key)?;
        let room = self.room(have.epoch);
        std::fs::create_dir_all(&room).with_context(|| format!("create {}", room.display()))?;
        let name = format!("{:020}.{SUFFIX}", have.seq.next().0);
        write_private(&room.join(name), bytes)?;
        Ok(mark)
    }

    /// The entries kept of an epoch, each once.
    ///
    /// # Errors
    /// When a file cannot be read or holds no batch.
    pub fn entries(&self, epoch: Epoch) -> anyhow::Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        for path in self.files(epoch)? {
            let place = || path.display().to_string();
            let bytes = std::fs::read(&path).with_context(place)?;
            let batch = batch::open_unverified(&bytes)
                .with_context(|| format!("{} holds no batch", path.display()))?;
            // A batch may begin with entries that are whole in the journal.
            let first = place_of(&path).unwrap_or(0);
            for bytes in &batch.entries {
                let entry = Entry::parse(bytes).with_context(place)?;
                if entry.header.seq.0 >= first {
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }
}

/// The place of the first entry that counts, as the file's name says.
fn place_of(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.parse().ok()
}

fn joined(have: Mark, lost: &Lost, bytes: &[u8], key: &PublicKey) -> Result<Mark, NoEvidence> {
    reached(have, lost, &batch::open(key, bytes)?)
}

//! The watched folder: a file laid there is taken if nothing of it is held; otherwise it waits for a person.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use storefleet_core::master::change::Source;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Shutdown;
use storefleet_messages::{Catalogue, Language};

use super::quarantine::QuarantineFolder;
use super::waiting::{Waiter, Waiting};
use super::{Ask, FILE_BYTES_MAX};
use crate::ingest::thread::Shared;
use crate::master::{Imported, Master, MasterError, Order, Signed};

/// How often the folder is looked at; a file counts as whole when it did not grow in between.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Who did it, as the office's log writes it.
const ACTOR: &str = "folder:watched";
const WHY: &str = "laid into the watched folder";

/// The folder and what becomes of its files.
pub struct Watched {
    folder: PathBuf,
    master: Master,
    shared: Shared,
    waiting: Waiting,
    quarantine: QuarantineFolder,
    /// Sizes when it was looked at last.
    seen: BTreeMap<PathBuf, u64>,
}

/// What became of a file.
enum Fate {
    /// It was used, or waits for a person.
    Done,
    /// Nothing of it can be used.
    Refused,
}

impl Watched {
    /// Watches a folder; `data` is that of the centre.
    #[must_use]
    pub fn new(folder: PathBuf, master: Master, shared: Shared, data: &Path) -> Self {
        Self {
            folder,
            master,
            shared,
            waiting: Waiting::new(data.join("incoming")),
            quarantine: QuarantineFolder::new(data.join("quarantine")),
            seen: BTreeMap::new(),
        }
    }

    /// Looks at the folder until it is told to stop.
    ///
    /// # Errors
    /// When the looking itself breaks; a folder that cannot be read is only told.
    pub async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = shutdown.requested() => return Ok(()),
            }
            self = tokio::task::spawn_blocking(move || {
                if let Err(error) = self.look() {
                    let folder = self.folder.display();
                    tracing::warn!(%folder, %error, "the watched folder cannot be used");
                }
                self
            })
            .await
            .context("look at the watched folder")?;
        }
    }

    /// Takes every file that did not grow since it was looked at last.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn look(&mut self) -> io::Result<()> {
        let mut sizes = BTreeMap::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let about = entry.metadata()?;
            if about.is_file() && !is_hidden {
                sizes.insert(entry.path(), about.len());
            }
        }
        let before = std::mem::take(&mut self.seen);
        for (path, size) in sizes {
            if before.get(&path) == Some(&size) {
                self.take(&path, size)?;
            } else {
                self.seen.insert(path, size);
            }
        }
        Ok(())
    }

    fn take(&self, path: &Path, size: u64) -> io::Result<()> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let texts = Catalogue::of(Language::Russian);
        let (fate, report) = if size > FILE_BYTES_MAX {
            (Fate::Refused, texts.text("folder-too-large"))
        } else {
            let bytes = fs::read(path)?;
            let now = self.shared.now();
            let by = Signed {
                actor: ACTOR,
                at: now,
                source: Source::Import,
                origin: &name,
                why: WHY,
            };
            let ask = Ask {
                source: name.clone(),
                ..Ask::default()
            };
            match self
                .master
                .import(Cursor::new(&bytes), &ask, Order::default(), by)
            {
                Ok(imported) => (
                    Fate::Done,
                    self.told(&name, &imported, &bytes, now, &texts)?,
                ),
                Err(MasterError::Import(error)) => (Fate::Refused, error.sentence(&texts)),
                // The centre cannot change anything now: the file stays where it is.
                Err(error) => return Err(io::Error::other(error.to_string())),
            }
        };
        let to = self.folder.join(match fate {
            Fate::Done => "done",
            Fate::Refused => "refused",
        });
        fs::create_dir_all(&to)?;
        let stamp = self.shared.now().0;
        let target = to.join(format!("{stamp}-{name}"));
        fs::write(to.join(format!("{stamp}-{name}.txt")), report + "\n")?;
        tracing::info!(name, "a file of the watched folder was read");
        fs::rename(path, target)
    }

    /// The report that lies beside the file.
    fn told(
        &self,
        name: &str,
        imported: &Imported,
        bytes: &[u8],
        now: Timestamp,
        texts: &Catalogue,
    ) -> io::Result<String> {
        let preview = &imported.preview;
        if imported.change.is_none() && !preview.holds.is_empty() {
            let waiter = Waiter {
                name: name.to_owned(),
                whole: false,
                by: ACTOR.to_owned(),
                at_ms: now.0,
            };
            self.waiting.put(&waiter, bytes)?;
            let holds = preview.holds.iter().map(|hold| hold.sentence(texts));
            let told = std::iter::once(texts.text("folder-waits")).chain(holds);
            return Ok(told.collect::<Vec<_>>().join("\n"));
        }
        self.quarantine.keep(preview)?;
        let done = match imported.change {
            Some(change) => texts.with("folder-taken", [("value", change.to_string().into())]),
            None => texts.text("folder-same"),
        };
        let refused = preview.refused.iter();
        let refused = refused.map(|row| row.fault.sentence(row.line, texts));
        let told = std::iter::once(done).chain(refused);
        Ok(told.collect::<Vec<_>>().join("\n"))
    }
}

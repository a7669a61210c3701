//! Refused rows as a file of their own: mended by a person, they go the same way again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use storefleet_core::ids::Hash;
use storefleet_core::master::Table;

use storefleet_messages::Catalogue;

use super::guard::guarded;
use super::intake::Intake;
use super::preview::Preview;
use super::waiting::{ids, is_id};
use super::{Ask, Current, Delivery, ImportError, Refused};

/// Largest file of refused rows, in bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Refused rows of one delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// The delivery they came with, in hex.
    pub delivery: String,
    /// Name of its source.
    pub source: String,
    /// The rows.
    pub rows: Vec<Refused>,
}

impl Quarantine {
    /// The refused rows of a file.
    #[must_use]
    pub fn of(preview: &Preview) -> Self {
        Self {
            delivery: preview.id.to_string(),
            source: preview.source.clone(),
            rows: preview.refused.clone(),
        }
    }

    /// Writes them as JSON.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, out: impl Write) -> Result<(), ImportError> {
        let written = serde_json::to_writer_pretty(out, self);
        written.map_err(|error| ImportError::Unreadable(error.into()))
    }

    /// Reads what [`Quarantine::write`] wrote.
    ///
    /// # Errors
    /// When it is no such JSON.
    pub fn read(file: impl Read) -> Result<Self, ImportError> {
        let read = serde_json::from_reader(file.take(FILE_BYTES_MAX));
        read.map_err(|error| ImportError::Damaged {
            place: format!("line {}, column {}", error.line(), error.column()),
            problem: error.to_string(),
        })
    }

    /// Writes a new text into a cell of the rows of a line.
    pub fn mend(&mut self, line: u64, column: &str, text: &str) {
        for row in self.rows.iter_mut().filter(|row| row.line == line) {
            row.cells.insert(column.to_owned(), text.to_owned());
            row.mended = true;
        }
    }

    /// Takes out the rows of a line: a person has decided that they are not wanted.
    pub fn drop_line(&mut self, line: u64) {
        self.rows.retain(|row| row.line != line);
    }

    /// Runs the rows again. Rows that are still wrong are refused again, and rows whose fault lay outside their
    /// cells stay refused until a person has mended them.
    ///
    /// # Errors
    /// When there are more rows than a file may have.
    pub fn run(&self, ask: &Ask, current: &dyn Current) -> Result<Delivery, ImportError> {
        let mut intake = Intake::new(ask, current);
        for row in &self.rows {
            let table = Table::from_name(&row.table).and_then(Table::spec);
            match table.filter(|_| row.may_run()) {
                Some(spec) => {
                    let cells = row.cells.iter().map(|(name, text)| (name, text.clone()));
                    intake.named(spec, row.line, cells)?;
                }
                None => intake.push_refused(row.clone())?,
            }
        }
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        let digest = digest(&SHA256, &bytes);
        Ok(intake.finish(Hash(digest.as_ref().try_into().unwrap_or_default())))
    }
}

/// Refused rows of all deliveries, a file each.
#[derive(Debug, Clone)]
pub struct QuarantineFolder(PathBuf);

impl QuarantineFolder {
    /// The files of that folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Keeps what a preview refused and gives its id; none where it refused nothing.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn keep(&self, preview: &Preview) -> io::Result<Option<String>> {
        if preview.refused.is_empty() {
            return Ok(None);
        }
        let id = preview.id.to_string();
        self.write(&id, &Quarantine::of(preview))?;
        Ok(Some(id))
    }

    /// The ids of what is kept.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn ids(&self) -> io::Result<Vec<String>> {
        let mut ids = ids(&self.0, "json")?;
        ids.sort();
        Ok(ids)
    }

    /// The rows of an id; nothing where there are none.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(&self, id: &str) -> io::Result<Option<Quarantine>> {
        if !is_id(id) {
            return Ok(None);
        }
        match File::open(self.path(id)) {
            Ok(file) => {
                let read = Quarantine::read(BufReader::new(file));
                read.map(Some)
                    .map_err(|error| io::Error::other(error.to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the rows of an id; no rows take its file away.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, id: &str, quarantine: &Quarantine) -> io::Result<()> {
        if quarantine.rows.is_empty() {
            return match fs::remove_file(self.path(id)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            };
        }
        fs::create_dir_all(&self.0)?;
        let file = File::create(self.path(id))?;
        let written = quarantine.write(BufWriter::new(file));
        written.map_err(|error| io::Error::other(error.to_string()))
    }

    /// Where the rows of an id lie.
    #[must_use]
    pub fn path(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }
}

/// Writes refused rows as CSV: line and reason first, then their cells by column.
///
/// # Errors
/// When the writer fails.
pub fn write_csv(rows: &[Refused], texts: &Catalogue, out: impl Write) -> Result<(), csv::Error> {
    let columns: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.cells.keys().map(String::as_str))
        .collect();
    let mut writer = csv::Writer::from_writer(out);
    let heading = ["table", "line", "fault"]
        .into_iter()
        .chain(columns.iter().copied());
    writer.write_record(heading)?;
    for row in rows {
        let known = [
            row.table.clone(),
            row.line.to_string(),
            row.fault.sentence(row.line, texts),
        ];
        let cells = columns
            .iter()
            .map(|column| row.cells.get(*column).map_or("", String::as_str));
        let cells = known.into_iter().chain(cells.map(guarded));
        writer.write_record(cells)?;
    }
    writer.flush()?;
    Ok(())
}

impl Refused {
    /// Whether its cells alone decide: how many there were, or in what currency, they do not say.
    fn may_run(&self) -> bool {
        self.mended
            || self.fault.rule.starts_with("cell-")
            || self.fault.rule.starts_with("serial-")
            || self.fault.rule == "row-twice"
    }
}

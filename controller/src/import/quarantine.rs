//! Refused rows as a file of their own: mended by a person, they go the same way again.

use std::io::{Read, Write};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use storefleet_core::ids::Hash;
use storefleet_core::master::Table;

use super::intake::Intake;
use super::preview::Preview;
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

impl Refused {
    /// Whether its cells alone decide: how many there were, or in what currency, they do not say.
    fn may_run(&self) -> bool {
        self.mended || self.fault.rule.starts_with("cell-") || self.fault.rule == "row-twice"
    }
}

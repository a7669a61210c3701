//! Reads files of partners into rows of master tables, and shows what they would change before anything counts.
//!
//! A file is surveyed (size, hash, form, encoding), read row by row, and each row is judged by its table.
//! What is wrong with the whole file is an [`ImportError`] and nothing of it counts; what is wrong with one
//! row sends that row to the [`quarantine`], from which it comes back by the same way once it is mended.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use storefleet_core::ids::Hash;
use storefleet_core::master::{Table, TableSpec};

mod commerceml;
mod csv_table;
mod draft;
mod error;
pub mod export;
mod fault;
mod guard;
mod heading;
mod intake;
mod mend;
pub mod preview;
pub mod quarantine;
mod survey;
#[cfg(test)]
mod tests;
mod units;
pub mod waiting;
pub mod watched;
mod words;
mod xlsx;

pub use error::ImportError;
pub use fault::Fault;
pub use intake::{FileRow, Refused};
pub use survey::{FILE_BYTES_MAX, UNPACKED_BYTES_MAX, UNPACKED_TIMES_MAX};

/// The tables as they stand.
pub trait Current {
    /// The bytes of a record.
    fn get(&self, table: Table, key: &str) -> Option<Vec<u8>>;

    /// Calls with every record of a table.
    fn each_key(&self, table: Table, each: &mut dyn FnMut(&str, &[u8]));
}

/// What the sender of a file is known to mean.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Name of the source: of the partner, or of the file.
    pub source: String,
    /// The table, where the header row does not tell.
    pub table: Option<Table>,
    /// Texts of columns that the file does not have, by column; they count for new records only.
    pub defaults: BTreeMap<String, String>,
    /// Price types by the id or the name that the sender uses.
    pub price_types: BTreeMap<String, String>,
    /// Item groups by the id or the name that the sender uses.
    pub groups: BTreeMap<String, String>,
}

/// What a file says.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// SHA-256 over source and content: the same file from the same sender.
    pub id: Hash,
    /// Name of the source.
    pub source: String,
    /// Good rows, by table and key, each key once.
    pub rows: Vec<FileRow>,
    /// Rows that cannot be used.
    pub refused: Vec<Refused>,
    /// Whether the file calls itself whole or only changes; most do not say.
    pub says_whole: Option<bool>,
    /// What was seen and has no place in our tables: columns, elements; how often.
    pub passed_over: BTreeMap<String, u64>,
    /// Names of groups and price types by the sender's ids, for the mapping of files that have only the ids.
    pub names: BTreeMap<String, String>,
}

/// Reads a file completely.
///
/// # Errors
/// What is wrong with the file as a whole; nothing of it counts then.
pub fn read<R: Read + Seek>(
    mut file: R,
    ask: &Ask,
    current: &dyn Current,
) -> Result<Delivery, ImportError> {
    let survey = survey::survey(&mut file, &ask.source)?;
    let mut intake = intake::Intake::new(ask, current);
    match survey.form {
        survey::Form::Text => csv_table::read(&mut file, &survey, &mut intake)?,
        survey::Form::Xml => commerceml::read(survey.text(&mut file)?, &mut intake)?,
        survey::Form::Xlsx => xlsx::read(&mut file, &mut intake)?,
    }
    Ok(intake.finish(survey.id))
}

/// Reads rows whose cells are named, such as those of a form; their lines are their numbers from 1.
///
/// # Errors
/// When there are more rows than a file may have.
pub fn read_named(
    spec: &'static TableSpec,
    rows: impl IntoIterator<Item = Vec<(String, String)>>,
    current: &dyn Current,
) -> Result<Delivery, ImportError> {
    let ask = Ask::default();
    let mut intake = intake::Intake::new(&ask, current);
    for (line, cells) in (1_u64..).zip(rows) {
        intake.named(spec, line, cells)?;
    }
    Ok(intake.finish(Hash::default()))
}

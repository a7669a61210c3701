//! Writes a table as CSV or XLSX, so that reading the file gives the same records.

use std::io::Write;

use rust_xlsxwriter::{Workbook, XlsxError};
use storefleet_core::cbor::CborError;
use storefleet_core::master::TableSpec;

use super::Current;
use super::guard::guarded;

/// Rows of a sheet, its heading among them.
const SHEET_ROWS_MAX: u32 = 1_048_576;

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// The sheet cannot be written.
    #[error("the sheet cannot be written: {0}")]
    Xlsx(#[from] XlsxError),
    /// A record is not what its table says.
    #[error("record {key} of {table} cannot be read: {error}")]
    Record {
        /// The table.
        table: &'static str,
        /// The key.
        key: String,
        /// What is wrong.
        error: CborError,
    },
    /// More records than a sheet has rows.
    #[error("the table has more rows than a sheet's {SHEET_ROWS_MAX}: export it as CSV")]
    TooManyRows,
}

/// Writes a table as CSV and counts its records.
///
/// # Errors
/// When the writer fails or a record cannot be read.
pub fn csv(spec: &TableSpec, current: &dyn Current, out: impl Write) -> Result<u64, ExportError> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(spec.columns.iter().map(|column| column.name))?;
    let rows = each_row(spec, current, |_, cells| Ok(writer.write_record(cells)?))?;
    writer.flush().map_err(csv::Error::from)?;
    Ok(rows)
}

/// Rows of a table as CSV, with its heading.
///
/// # Errors
/// When a row cannot be written.
pub fn csv_of(
    spec: &TableSpec,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(spec.columns.iter().map(|column| column.name))?;
    for row in rows {
        writer.write_record(row.iter().map(|text| guarded(text)))?;
    }
    let written = writer.into_inner();
    Ok(written.map_err(|error| csv::Error::from(error.into_error()))?)
}

/// Writes a table as XLSX, every cell as text so that no code loses its zeros, and counts its records.
///
/// # Errors
/// When the writer fails, a record cannot be read, or a sheet has too few rows.
pub fn xlsx(
    spec: &TableSpec,
    current: &dyn Current,
    out: impl Write + Send,
) -> Result<u64, ExportError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name(spec.table.name())?;
    for (column, name) in (0_u16..).zip(spec.columns) {
        sheet.write_string(0, column, name.name)?;
    }
    let rows = each_row(spec, current, |row, cells| {
        if row >= SHEET_ROWS_MAX {
            return Err(ExportError::TooManyRows);
        }
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell)?;
        }
        Ok(())
    })?;
    book.save_to_writer(out)?;
    Ok(rows)
}

/// Calls with the number of each row, from 1, and its guarded cells.
fn each_row(
    spec: &TableSpec,
    current: &dyn Current,
    mut each: impl FnMut(u32, Vec<String>) -> Result<(), ExportError>,
) -> Result<u64, ExportError> {
    let mut outcome = Ok(());
    let mut rows = 0_u32;
    current.each_key(spec.table, &mut |key, bytes| {
        if outcome.is_err() {
            return;
        }
        rows = rows.saturating_add(1);
        outcome = (spec.cells)(bytes)
            .map_err(|error| ExportError::Record {
                table: spec.table.name(),
                key: key.to_owned(),
                error,
            })
            .and_then(|cells| {
                let cells = cells.iter().map(|text| guarded(text));
                each(rows, cells.collect())
            });
    });
    outcome.map(|()| u64::from(rows))
}

//! Reads tables of text with separators, plain or gzip, row by row.

use std::io::{Read, Seek};

use csv::{ReaderBuilder, StringRecord};
use storefleet_core::master::Table;

use super::ImportError;
use super::heading::{HEADING_ROWS_MAX, Heading};
use super::intake::Intake;
use super::mend::Given;
use super::survey::{HEAD_BYTES, Survey};

/// Separators that spreadsheets and programs write.
const SEPARATORS: &[u8] = b",;\t|";

/// Reads a table.
pub(super) fn read<R: Read + Seek>(
    file: &mut R,
    survey: &Survey,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    let mut head = Vec::new();
    survey.text(file)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let found = find(&head, intake.ask().table)?;
    intake.head(&found.heading);
    let mut reader = reader(found.separator, survey.text(file)?);
    let mut record = StringRecord::new();
    // The last row is held back: whether it is whole shows only at the end of the file.
    let mut last: Option<(u64, Vec<Given>)> = None;
    let mut index = 0_usize;
    while read_record(&mut reader, &mut record)? {
        index = index.saturating_add(1);
        if index <= found.rows_before.saturating_add(1) {
            continue;
        }
        if let Some((line, cells)) = last.take() {
            intake.row(&found.heading, line, cells)?;
        }
        let line = record.position().map_or(0, csv::Position::line);
        last = Some((line, record.iter().map(Given::text).collect()));
    }
    let Some((line, cells)) = last else {
        return Ok(());
    };
    if cells.len() < found.heading.places.len() && !survey.ends_whole {
        let place = format!("line {line}");
        return Err(ImportError::Truncated { place });
    }
    intake.row(&found.heading, line, cells)
}

struct Found {
    separator: u8,
    heading: Heading,
    rows_before: usize,
}

/// The separator and the row under which most columns are known.
fn find(head: &[u8], wanted: Option<Table>) -> Result<Found, ImportError> {
    let mut best: Option<Found> = None;
    let mut unclear = None;
    for separator in SEPARATORS {
        let mut reader = reader(*separator, head);
        let mut record = StringRecord::new();
        for rows_before in 0..HEADING_ROWS_MAX {
            if !read_record(&mut reader, &mut record)? {
                break;
            }
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            let heading = match Heading::of(&cells, wanted) {
                Ok(None) => continue,
                Ok(Some(heading)) => heading,
                Err(error) => {
                    unclear = Some(error);
                    break;
                }
            };
            if best
                .as_ref()
                .is_none_or(|best| heading.known() > best.heading.known())
            {
                best = Some(Found {
                    separator: *separator,
                    heading,
                    rows_before,
                });
            }
            break;
        }
    }
    best.ok_or_else(|| {
        unclear.unwrap_or_else(|| {
            let head = String::from_utf8_lossy(head);
            let first = head.lines().next().unwrap_or_default();
            let printable = first.chars().filter(|letter| !letter.is_control());
            ImportError::NoHeading {
                found: printable.take(120).collect(),
            }
        })
    })
}

fn reader<R: Read>(separator: u8, text: R) -> csv::Reader<R> {
    ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .buffer_capacity(64 << 10)
        .from_reader(text)
}

fn read_record<R: Read>(
    reader: &mut csv::Reader<R>,
    record: &mut StringRecord,
) -> Result<bool, ImportError> {
    reader.read_record(record).map_err(|error| {
        let line = error.position().map_or(0, csv::Position::line);
        ImportError::Damaged {
            place: format!("line {line}"),
            problem: error.to_string(),
        }
    })
}

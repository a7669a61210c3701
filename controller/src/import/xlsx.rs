//! Reads sheets of XLSX, cell by cell.

use std::io::{BufReader, Read, Seek};

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::ImportError;
use super::heading::{HEADING_ROWS_MAX, Heading};
use super::intake::Intake;
use super::mend::{Given, Kind};

/// Cells behind this column are not looked at: spreadsheets format whole rows.
const COLUMNS_MAX: usize = 500;

/// Reads the first sheet that has a heading.
pub(super) fn read<R: Read + Seek>(
    file: &mut R,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    file.rewind()?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::with_capacity(64 << 10, file))
        .map_err(|error| damaged("XLSX", &error))?;
    let mut first_row = None;
    for sheet in book.sheet_names() {
        let mut rows = Rows::new(&mut book, &sheet)?;
        let mut heading = None;
        for _ in 0..HEADING_ROWS_MAX {
            let Some((_, cells)) = rows.next()? else {
                break;
            };
            let cells: Vec<String> = cells.into_iter().map(|given| given.text).collect();
            heading = Heading::of(&cells, intake.ask().table)?;
            if heading.is_some() {
                break;
            }
            first_row.get_or_insert(cells);
        }
        let Some(heading) = heading else { continue };
        intake.head(&heading);
        while let Some((line, mut cells)) = rows.next()? {
            let wanted = heading.places.len().max(cells.len());
            cells.resize(wanted, Given::text(""));
            intake.row(&heading, line, cells)?;
        }
        return Ok(());
    }
    let found = first_row.unwrap_or_default().join(", ");
    Err(ImportError::NoHeading { found })
}

fn damaged(place: &str, error: &XlsxError) -> ImportError {
    ImportError::Damaged {
        place: place.to_owned(),
        problem: error.to_string(),
    }
}

/// The rows of a sheet; each with its number.
struct Rows<'b, R: Read + Seek> {
    sheet: String,
    cells: calamine::XlsxCellReader<'b, R>,
    /// The first cell of the next row, already read.
    held: Option<(u32, u32, Given)>,
    /// The sheet is read to its end; asked again, its reader would take that for a cut.
    is_read: bool,
}

impl<'b, R: Read + Seek> Rows<'b, R> {
    fn new(book: &'b mut Xlsx<R>, sheet: &str) -> Result<Self, ImportError> {
        let cells = book
            .worksheet_cells_reader(sheet)
            .map_err(|error| damaged(sheet, &error))?;
        let sheet = sheet.to_owned();
        Ok(Self {
            sheet,
            cells,
            held: None,
            is_read: false,
        })
    }

    fn next(&mut self) -> Result<Option<(u64, Vec<Given>)>, ImportError> {
        let mut current: Option<(u32, Vec<Given>)> = None;
        loop {
            let cell = match self.held.take() {
                Some(held) => Some(held),
                None => self.cell(current.as_ref().map(|(row, _)| *row))?,
            };
            let Some((row, column, given)) = cell else {
                break;
            };
            match &mut current {
                None => {
                    let mut cells = Vec::new();
                    put(&mut cells, column, given);
                    current = Some((row, cells));
                }
                Some((of, cells)) if *of == row => put(cells, column, given),
                Some(_) => {
                    self.held = Some((row, column, given));
                    break;
                }
            }
        }
        Ok(current.map(|(row, cells)| (u64::from(row).saturating_add(1), cells)))
    }

    fn cell(&mut self, row: Option<u32>) -> Result<Option<(u32, u32, Given)>, ImportError> {
        let place = || match row {
            Some(row) => format!("{}, row {}", self.sheet, row.saturating_add(1)),
            None => self.sheet.clone(),
        };
        if self.is_read {
            return Ok(None);
        }
        match self.cells.next_cell() {
            Ok(None) => {
                self.is_read = true;
                Ok(None)
            }
            Ok(Some(cell)) => {
                let (row, column) = cell.get_position();
                Ok(Some((row, column, given(cell.get_value()))))
            }
            Err(XlsxError::XmlEof(_)) => Err(ImportError::Truncated { place: place() }),
            Err(error) => Err(damaged(&place(), &error)),
        }
    }
}

fn put(cells: &mut Vec<Given>, column: u32, given: Given) {
    let column = usize::try_from(column).unwrap_or(COLUMNS_MAX);
    if column >= COLUMNS_MAX {
        return;
    }
    if cells.len() <= column {
        cells.resize(column.saturating_add(1), Given::text(""));
    }
    if let Some(slot) = cells.get_mut(column) {
        *slot = given;
    }
}

fn given(value: &DataRef<'_>) -> Given {
    let (text, kind) = match value {
        DataRef::Empty => (String::new(), Kind::Text),
        DataRef::String(text) => (text.clone(), Kind::Text),
        DataRef::SharedString(text) => ((*text).to_owned(), Kind::Text),
        DataRef::Int(number) => (number.to_string(), Kind::Text),
        DataRef::Float(number) => (as_shown(*number), Kind::Text),
        DataRef::Bool(flag) => (if *flag { "1" } else { "0" }.to_owned(), Kind::Text),
        // Shorter than a day is a time of the day, which stays a part of it.
        DataRef::DateTime(serial) if serial.as_f64() <= 1.0 => {
            (as_shown(serial.as_f64()), Kind::Date)
        }
        DataRef::DateTime(serial) => {
            let (year, month, day, hour, minute, second, _) = serial.to_ymd_hms_milli();
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
            (text, Kind::Date)
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), Kind::Date),
        DataRef::Error(error) => (error.to_string(), Kind::Error),
    };
    Given { text, kind }
}

/// A number as the spreadsheet shows it: 15 digits, so that 0.1 + 0.2 is 0.3.
fn as_shown(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    shown.to_string()
}

//! Reads a CSV table, plain or gzip, row by row; every error names file, line, column and value.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use flate2::read::GzDecoder;
use jiff::civil::DateTime;
use storefleet_core::money::Money;
use storefleet_core::pricing::moment::{LocalTime, Validity};

use super::error::DataError;

/// A row of a table.
pub(super) struct Row<'a> {
    file: &'a str,
    line: u64,
    columns: &'a [&'static str],
    fields: Vec<&'a str>,
}

/// Calls `each` with every row of the table `name`, or of `name`.gz if that is there.
pub(super) fn read(
    dir: &Path,
    name: &str,
    columns: &[&'static str],
    mut each: impl FnMut(&Row<'_>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let (path, source) = open(dir, name)?;
    let file = path.display().to_string();
    let damaged = |error: csv::Error| DataError::new(&file, format!("is not a CSV table: {error}"));
    let mut reader = csv::Reader::from_reader(source);
    let header = reader.headers().map_err(damaged)?.clone();
    let mut places = Vec::new();
    for column in columns {
        let place = header.iter().position(|name| name == *column);
        places.push(place.ok_or_else(|| {
            let found = header.iter().collect::<Vec<_>>().join(", ");
            let problem = format!("has no column {column}; its header line names {found}");
            DataError::new(&file, problem)
        })?);
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(damaged)? {
        let fields = places
            .iter()
            .map(|place| record.get(*place).unwrap_or_default());
        each(&Row {
            file: &file,
            line: record.position().map_or(0, csv::Position::line),
            columns,
            fields: fields.collect(),
        })?;
    }
    Ok(())
}

fn open(dir: &Path, name: &str) -> Result<(PathBuf, Box<dyn Read>), DataError> {
    let packed = dir.join(format!("{name}.gz"));
    if packed.exists() {
        let file = File::open(&packed).map_err(|error| DataError::unreadable(&packed, &error))?;
        return Ok((packed, Box::new(GzDecoder::new(file))));
    }
    let plain = dir.join(name);
    let file = File::open(&plain).map_err(|error| DataError::unreadable(&plain, &error))?;
    Ok((plain, Box::new(file)))
}

impl<'a> Row<'a> {
    /// The field of a column.
    pub(super) fn text(&self, column: &str) -> &'a str {
        let mut named = self.columns.iter().zip(&self.fields);
        named
            .find(|(name, _)| **name == column)
            .map_or("", |(_, field)| field)
    }

    /// The error that the field of a column is not what it must be.
    pub(super) fn bad(&self, column: &str, must: &str) -> DataError {
        DataError::new(
            format!("{} line {}, column {column}", self.file, self.line),
            format!("{:?} {must}", self.text(column)),
        )
    }

    /// A whole number.
    pub(super) fn number<T: FromStr>(&self, column: &str) -> Result<T, DataError> {
        let must = "must be a whole number within its range";
        self.text(column)
            .parse()
            .map_err(|_| self.bad(column, must))
    }

    /// Whole kopecks, 0 or more.
    pub(super) fn money(&self, column: &str) -> Result<Money, DataError> {
        match self.text(column).parse::<i64>() {
            Ok(kopecks) if kopecks >= 0 => Ok(Money(kopecks)),
            _ => Err(self.bad(column, "must be whole kopecks, 0 or more, such as 149000")),
        }
    }

    /// Whole kopecks, or nothing.
    pub(super) fn optional_money(&self, column: &str) -> Result<Option<Money>, DataError> {
        if self.text(column).is_empty() {
            return Ok(None);
        }
        self.money(column).map(Some)
    }

    /// 1 or 0.
    pub(super) fn flag(&self, column: &str) -> Result<bool, DataError> {
        match self.text(column) {
            "1" => Ok(true),
            "0" => Ok(false),
            _ => Err(self.bad(column, "must be 1 or 0")),
        }
    }

    /// `valid_from` and `valid_to`; an empty end is open.
    pub(super) fn validity(&self) -> Result<Validity, DataError> {
        let time =
            |column| local_time(self.text(column)).ok_or_else(|| self.bad(column, LOCAL_TIME_MUST));
        let open = self.text("valid_to").is_empty();
        Ok(Validity {
            from: time("valid_from")?,
            to: if open { None } else { Some(time("valid_to")?) },
        })
    }
}

/// What the time of a wall must look like.
pub(super) const LOCAL_TIME_MUST: &str =
    "must be a time on the store's wall without an offset, such as 2026-01-31T00:00:00";

/// The time of a wall, written without an offset.
pub(super) fn local_time(text: &str) -> Option<LocalTime> {
    // The parser of civil times would take an offset and forget it.
    let has_offset = text.contains(['Z', 'z', '+', '[']);
    let time: DateTime = text.parse().ok().filter(|_| !has_offset)?;
    Some(on_the_wall(time))
}

/// The time of a wall as the engine counts it.
pub(super) fn on_the_wall(time: DateTime) -> LocalTime {
    let as_if_utc = jiff::tz::Offset::UTC.to_timestamp(time);
    LocalTime(as_if_utc.map_or(0, jiff::Timestamp::as_millisecond))
}

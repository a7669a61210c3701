//! Takes the rows of a file: judges each, and sets good ones apart from refused ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use storefleet_core::ids::Hash;
use storefleet_core::master::{Table, TableSpec};

use super::draft::Draft;
use super::heading::Heading;
use super::mend::{Given, Kind};
use super::{Ask, Current, Delivery, Fault, ImportError, units};

/// Most rows of a file.
const ROWS_MAX: usize = 2_000_000;
/// Refused rows that are kept to be mended; more of them say that the whole file is wrong.
const REFUSED_MAX: usize = 100_000;

/// A good row of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRow {
    /// Its table.
    pub table: Table,
    /// Its key.
    pub key: Box<str>,
    /// Its record; none where the file says that it is gone.
    pub bytes: Option<Box<[u8]>>,
    /// The line it stands on.
    pub line: u64,
}

/// A row that cannot be used, with all of its cells, so that it can be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Name of its table; empty for what belongs into no table.
    pub table: String,
    /// The line it stands on.
    pub line: u64,
    /// Its cells by column.
    pub cells: BTreeMap<String, String>,
    /// What is wrong with it.
    pub fault: Fault,
    /// A person has written new texts into its cells.
    #[serde(default)]
    pub mended: bool,
}

/// Collects what a file says.
pub(super) struct Intake<'a> {
    ask: &'a Ask,
    current: &'a dyn Current,
    rows: Vec<FileRow>,
    refused: Vec<Refused>,
    passed_over: BTreeMap<String, u64>,
    pub(super) names: BTreeMap<String, String>,
    pub(super) says_whole: Option<bool>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(ask: &'a Ask, current: &'a dyn Current) -> Self {
        Self {
            ask,
            current,
            rows: Vec::new(),
            refused: Vec::new(),
            passed_over: BTreeMap::new(),
            names: BTreeMap::new(),
            says_whole: None,
        }
    }

    pub(super) fn ask(&self) -> &'a Ask {
        self.ask
    }

    /// Takes a heading: its headers that are nothing to us are told.
    pub(super) fn head(&mut self, heading: &Heading) {
        for header in &heading.unknown {
            self.pass_over(header);
        }
    }

    /// Counts something that has no place in our tables.
    pub(super) fn pass_over(&mut self, what: &str) {
        let count = self.passed_over.entry(what.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Takes a row of cells under a heading.
    pub(super) fn row(
        &mut self,
        heading: &Heading,
        line: u64,
        cells: Vec<Given>,
    ) -> Result<(), ImportError> {
        let is_blank = |given: &Given| given.kind == Kind::Text && given.text.trim().is_empty();
        if cells.iter().all(is_blank) {
            return Ok(());
        }
        let (count, wanted) = (cells.len(), heading.places.len());
        let mut beyond = cells.iter().skip(wanted);
        let fits = count >= wanted && beyond.all(is_blank);
        let places = heading.places.iter().zip(cells);
        let named = places.filter_map(|(place, given)| place.map(|place| (place, given)));
        let draft = Draft {
            spec: heading.spec,
            line,
            cells: named.collect(),
        };
        if fits {
            return self.draft(&draft);
        }
        let detail = format!("{count} ≠ {wanted}");
        self.refuse_draft(&draft, Fault::new("", "", "row-cells", detail))
    }

    /// Takes a row whose cells are named.
    pub(super) fn named(
        &mut self,
        spec: &'static TableSpec,
        line: u64,
        cells: impl IntoIterator<Item = (impl AsRef<str>, String)>,
    ) -> Result<(), ImportError> {
        self.draft(&Draft::named(spec, line, cells))
    }

    /// Refuses a row whose cells are named.
    pub(super) fn refuse_named(
        &mut self,
        spec: &'static TableSpec,
        line: u64,
        cells: impl IntoIterator<Item = (impl AsRef<str>, String)>,
        fault: Fault,
    ) -> Result<(), ImportError> {
        self.refuse_draft(&Draft::named(spec, line, cells), fault)
    }

    /// Takes a record that the file says is gone.
    pub(super) fn gone(&mut self, table: Table, key: &str, line: u64) -> Result<(), ImportError> {
        self.push(FileRow {
            table,
            key: key.into(),
            bytes: None,
            line,
        })
    }

    /// Refuses something that is a row of no table of ours.
    pub(super) fn refuse(
        &mut self,
        table: &str,
        line: u64,
        fault: Fault,
    ) -> Result<(), ImportError> {
        let cells = BTreeMap::new();
        self.push_refused(Refused {
            table: table.to_owned(),
            line,
            cells,
            fault,
            mended: false,
        })
    }

    fn draft(&mut self, draft: &Draft) -> Result<(), ImportError> {
        let judged = draft.judge(self.ask, self.current);
        let is_balance = draft.spec.table == Table::OpeningStock;
        let judged = match is_balance {
            true => judged.and_then(|row| units::judged(row, self.current)),
            false => judged,
        };
        match judged {
            Ok(row) => self.push(FileRow {
                table: draft.spec.table,
                key: row.key.into(),
                bytes: Some(row.bytes.into()),
                line: draft.line,
            }),
            Err(fault) => self.refuse_draft(draft, fault),
        }
    }

    /// Refuses a row, keeping its cells.
    pub(super) fn refuse_draft(&mut self, draft: &Draft, fault: Fault) -> Result<(), ImportError> {
        self.push_refused(Refused {
            table: draft.spec.table.name().to_owned(),
            line: draft.line,
            cells: draft.kept(),
            fault,
            mended: false,
        })
    }

    fn push(&mut self, row: FileRow) -> Result<(), ImportError> {
        if self.rows.len() >= ROWS_MAX {
            let (line, max) = (row.line, ROWS_MAX);
            return Err(ImportError::TooManyRows { line, max });
        }
        self.rows.push(row);
        Ok(())
    }

    pub(super) fn push_refused(&mut self, refused: Refused) -> Result<(), ImportError> {
        if self.refused.len() >= REFUSED_MAX {
            return Err(ImportError::TooManyRefused {
                line: refused.line,
                max: REFUSED_MAX,
                first: Box::new(self.refused.swap_remove(0)),
            });
        }
        self.refused.push(refused);
        Ok(())
    }

    /// What the file says, each key once.
    pub(super) fn finish(mut self, id: Hash) -> Delivery {
        self.refuse_doubled_units();
        self.rows.sort_unstable();
        let rows = self.without_contradictions();
        self.refused.sort_by_key(|refused| refused.line);
        Delivery {
            id,
            source: self.ask.source.clone(),
            rows,
            refused: self.refused,
            says_whole: self.says_whole,
            passed_over: self.passed_over,
            names: self.names,
        }
    }

    /// A unit that stands twice is refused in each of its rows, even where these say the same: which store has it,
    /// or which number was typed wrong, only a person knows.
    fn refuse_doubled_units(&mut self) {
        let twice = units::twice(&self.rows);
        let rows = std::mem::take(&mut self.rows);
        for row in rows {
            match twice
                .get(&row.line)
                .filter(|_| row.table == Table::OpeningStock)
            {
                Some(others) => {
                    let others: Vec<_> = others.iter().map(u64::to_string).collect();
                    let serial = units::serial_of(&row).unwrap_or_default();
                    let others = others.join(", ");
                    let fault = Fault::new("serial", &serial, "serial-twice", others);
                    self.refused.push(refused_row(&row, fault));
                }
                None => self.rows.push(row),
            }
        }
    }

    /// A key that stands twice counts once; where its rows differ, none of them counts: which one is meant
    /// does not hang on their order.
    fn without_contradictions(&mut self) -> Vec<FileRow> {
        let rows = std::mem::take(&mut self.rows);
        let mut good: Vec<FileRow> = Vec::with_capacity(rows.len());
        let mut rows = rows.into_iter().peekable();
        while let Some(row) = rows.next() {
            let mut others = Vec::new();
            while let Some(next) =
                rows.next_if(|next| (next.table, &next.key) == (row.table, &row.key))
            {
                others.push(next);
            }
            if others.iter().all(|other| other.bytes == row.bytes) {
                good.push(row);
                continue;
            }
            let lines: Vec<u64> = others
                .iter()
                .map(|other| other.line)
                .chain([row.line])
                .collect();
            for twice in std::iter::once(row).chain(others) {
                let others = lines.iter().filter(|line| **line != twice.line);
                let others: Vec<_> = others.map(u64::to_string).collect();
                self.refused.push(refused_twice(&twice, &others.join(", ")));
            }
        }
        good
    }
}

fn refused_twice(row: &FileRow, other_lines: &str) -> Refused {
    refused_row(row, Fault::new("", &row.key, "row-twice", other_lines))
}

/// A row that was read and is refused behind that, with its cells.
fn refused_row(row: &FileRow, fault: Fault) -> Refused {
    let spec = row.table.spec();
    let cells = spec.and_then(|spec| (spec.cells)(row.bytes.as_deref()?).ok());
    let columns = spec.map_or(&[][..], |spec| spec.columns).iter();
    let names = columns.map(|column| column.name.to_owned());
    Refused {
        table: row.table.name().to_owned(),
        line: row.line,
        cells: names.zip(cells.unwrap_or_default()).collect(),
        fault,
        mended: false,
    }
}

//! A row as a file gives it, and what it means once what the file leaves out is filled in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};
use storefleet_core::master::{Cells, Row, Table, TableSpec};

use super::heading::{Place, name_of, place_of};
use super::mend::{Given, mend};
use super::words::default_of;
use super::{Ask, Current, Fault};

/// Longest text of a cell that is kept for mending, in bytes; a good cell has at most 2,000.
const KEPT_BYTES_MAX: usize = 4_000;

/// A row as a file gives it.
pub(super) struct Draft {
    pub(super) spec: &'static TableSpec,
    pub(super) line: u64,
    pub(super) cells: Vec<(Place, Given)>,
}

impl Draft {
    /// A row whose cells are named; names that are no columns of the table are left out.
    pub(super) fn named(
        spec: &'static TableSpec,
        line: u64,
        cells: impl IntoIterator<Item = (impl AsRef<str>, String)>,
    ) -> Self {
        let placed = cells.into_iter().filter_map(|(name, text)| {
            place_of(spec, name.as_ref()).map(|place| (place, Given::text(text)))
        });
        let cells = placed.collect();
        Self { spec, line, cells }
    }

    /// The row it means.
    pub(super) fn judge(&self, ask: &Ask, current: &dyn Current) -> Result<Row, Fault> {
        let columns = self.spec.columns;
        let mut texts: Vec<Option<Cow<'_, str>>> = vec![None; columns.len()];
        for (place, given) in &self.cells {
            let name = columns.get(place.column).map_or("", |column| column.name);
            let text = mend(name, place.is_roubles, given)?;
            let text = self.translated(name, text, ask);
            if let Some(slot) = texts.get_mut(place.column) {
                *slot = Some(text);
            }
        }
        if texts.iter().all(Option::is_some) {
            let texts = texts.into_iter().map(Option::unwrap_or_default);
            return Ok((self.spec.read)(&Cells::new(columns, texts.collect()))?);
        }
        self.fill(&texts, ask, current)
    }

    /// The cells by name, to be stored and mended.
    pub(super) fn kept(&self) -> BTreeMap<String, String> {
        let named = self.cells.iter();
        named
            .map(|(place, given)| (name_of(self.spec, *place), cut(&given.text)))
            .collect()
    }

    /// Price types and groups go by the asker's words.
    fn translated<'t>(&self, name: &str, text: Cow<'t, str>, ask: &Ask) -> Cow<'t, str> {
        let words = match name {
            "price_type" => &ask.price_types,
            "group" if self.spec.table == Table::Items => &ask.groups,
            _ => return text,
        };
        words.get(&*text).map_or(text, |ours| ours.clone().into())
    }

    /// What the file does not say of a known record stays as it is; of a new one the defaults count.
    fn fill(
        &self,
        texts: &[Option<Cow<'_, str>>],
        ask: &Ask,
        current: &dyn Current,
    ) -> Result<Row, Fault> {
        let new = self.as_new(texts, ask);
        let new = (self.spec.read)(&Cells::new(self.spec.columns, new));
        // A record that is not whole has its key all the same where its first column is the key.
        let key = match &new {
            Ok(row) => row.key.as_str(),
            Err(_) => texts.first().and_then(Option::as_deref).unwrap_or_default(),
        };
        let known = current.get(self.spec.table, key);
        let Some(known) = known.and_then(|bytes| (self.spec.cells)(&bytes).ok()) else {
            return Ok(new?);
        };
        let filled = texts.iter().zip(known).map(|(said, known)| match said {
            Some(text) => text.clone(),
            None => known.into(),
        });
        let cells = Cells::new(self.spec.columns, filled.collect());
        Ok((self.spec.read)(&cells)?)
    }

    fn as_new<'t>(&self, texts: &[Option<Cow<'t, str>>], ask: &Ask) -> Vec<Cow<'t, str>> {
        let table = self.spec.table;
        let mut filled = Vec::with_capacity(texts.len());
        for (column, said) in self.spec.columns.iter().zip(texts) {
            filled.push(match (said, ask.defaults.get(column.name)) {
                (Some(text), _) => text.clone(),
                (None, Some(text)) => text.clone().into(),
                (None, None) => default_of(table, column.name).unwrap_or_default().into(),
            });
        }
        self.number_price(texts, &mut filled);
        filled
    }

    /// A price without a number of its own gets one from what it is a price of, so that it comes back to the
    /// same row next time.
    fn number_price<'t>(&self, said: &[Option<Cow<'t, str>>], filled: &mut [Cow<'t, str>]) {
        let at = |name: &str| {
            self.spec
                .columns
                .iter()
                .position(|column| column.name == name)
        };
        let Some(row_id) = at("row_id").filter(|_| self.spec.table == Table::Prices) else {
            return;
        };
        let is_said = |at: usize| matches!(said.get(at), Some(Some(_)));
        if is_said(row_id) {
            return;
        }
        let mut names = String::new();
        for name in ["item_code", "price_type", "layer", "scope_id", "valid_from"] {
            let Some(at) = at(name).filter(|at| name != "valid_from" || is_said(*at)) else {
                continue;
            };
            names.push_str(filled.get(at).map_or("", |text| text));
            names.push('\0');
        }
        let digest = digest(&SHA256, names.as_bytes());
        let start = digest.as_ref().first_chunk::<8>().copied();
        // 53 bits: programs that keep numbers as floats hold it exactly.
        let number = u64::from_be_bytes(start.unwrap_or_default()) >> 11;
        if let Some(slot) = filled.get_mut(row_id) {
            *slot = number.to_string().into();
        }
    }
}

fn cut(text: &str) -> String {
    let mut kept = String::new();
    for letter in text.chars() {
        if kept.len() >= KEPT_BYTES_MAX {
            break;
        }
        kept.push(letter);
    }
    kept
}

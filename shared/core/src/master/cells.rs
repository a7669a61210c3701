//! Cells of a row of text, and what is wrong with one: column, value and rule.

use std::borrow::Cow;
use std::str::FromStr;

use super::Column;
use crate::money::Money;
use crate::pricing::moment::{LocalTime, Validity};
use crate::time::BusinessDate;

/// Longest text of a cell, in bytes.
const CELL_BYTES_MAX: usize = 2_000;
/// Longest definition in a cell, in bytes.
const DEFINITION_BYTES_MAX: usize = 16 * 1024;

/// What a cell must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// It must be filled.
    Needed,
    /// It is longer than 2,000 bytes or holds characters that cannot be printed.
    Text,
    /// A whole number within its range.
    Number,
    /// Whole kopecks, 0 or more.
    Kopecks,
    /// Pieces or units, 0 or more, with three places at most.
    Quantity,
    /// 1, because the row is about one unit with a number of its own.
    OneUnit,
    /// 1 or 0.
    Flag,
    /// A time on the store's wall without an offset, such as `2026-01-31T00:00:00`.
    LocalTime,
    /// A date, such as `2026-01-31`.
    Date,
    /// A time of the day from `00:00` to `24:00`.
    DayTime,
    /// A decimal number, such as `55.75222`.
    Decimal,
    /// Later than the beginning of the validity.
    AfterBeginning,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `*` for the network, a name for other layers.
    Scope,
    /// Empty, because another column says already what the row is for.
    OneScope,
    /// A number whose check digit is right: which one is named.
    CheckDigit(&'static str),
    /// A PIN of 4 to 12 digits, or the hash of one as it was exported.
    Pin,
    /// A definition that can be read; the text says what is wrong with it.
    Definition(String),
}

impl Rule {
    /// Key of its sentence in the catalogue of messages.
    #[must_use]
    pub fn message(&self) -> &'static str {
        match self {
            Self::Needed => "cell-needed",
            Self::Text => "cell-text",
            Self::Number => "cell-number",
            Self::Kopecks => "cell-kopecks",
            Self::Quantity => "cell-quantity",
            Self::OneUnit => "cell-one-unit",
            Self::Flag => "cell-flag",
            Self::LocalTime => "cell-local-time",
            Self::Date => "cell-date",
            Self::DayTime => "cell-day-time",
            Self::Decimal => "cell-decimal",
            Self::AfterBeginning => "cell-after-beginning",
            Self::OneOf(_) => "cell-one-of",
            Self::Scope => "cell-scope",
            Self::OneScope => "cell-one-scope",
            Self::CheckDigit(_) => "cell-check-digit",
            Self::Pin => "cell-pin",
            Self::Definition(_) => "cell-definition",
        }
    }

    /// What the sentence names: the words, the kind of number, the fault.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::OneOf(words) => words.join(", "),
            Self::CheckDigit(what) => (*what).to_owned(),
            Self::Definition(fault) => fault.clone(),
            Self::Needed
            | Self::Text
            | Self::Number
            | Self::Kopecks
            | Self::Quantity
            | Self::OneUnit
            | Self::Flag
            | Self::LocalTime
            | Self::Date
            | Self::DayTime
            | Self::Decimal
            | Self::AfterBeginning
            | Self::Scope
            | Self::OneScope
            | Self::Pin => String::new(),
        }
    }
}

/// A cell that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {value:?} breaks the rule {}", rule.message())]
pub struct CellError {
    /// Its column.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
    /// What must stand there.
    pub rule: Rule,
}

/// The cells of one row, by column.
#[derive(Debug, Clone)]
pub struct Cells<'a> {
    columns: &'static [Column],
    texts: Vec<Cow<'a, str>>,
}

impl<'a> Cells<'a> {
    /// Cells in the order of the columns; what is missing at the end is empty.
    #[must_use]
    pub fn new(columns: &'static [Column], texts: Vec<Cow<'a, str>>) -> Self {
        Self { columns, texts }
    }

    /// The trimmed text of a column, where it may be empty.
    ///
    /// # Errors
    /// When it is too long or cannot be printed.
    pub fn text(&self, column: &'static str) -> Result<&str, CellError> {
        let text = self.raw(column);
        let printable = text.chars().all(|letter| !letter.is_control());
        if text.len() > CELL_BYTES_MAX || !printable {
            return Err(self.bad(column, Rule::Text));
        }
        Ok(text)
    }

    /// The text of a column that holds a definition: filled, and longer than other cells may be.
    ///
    /// # Errors
    /// When it is empty or longer than 16 KiB.
    pub fn long_text(&self, column: &'static str) -> Result<&str, CellError> {
        match self.raw(column) {
            "" => Err(self.bad(column, Rule::Needed)),
            text if text.len() > DEFINITION_BYTES_MAX => Err(self.bad(column, Rule::Text)),
            text => Ok(text),
        }
    }

    /// The trimmed text of a column that must be filled.
    ///
    /// # Errors
    /// When it is empty, too long or cannot be printed.
    pub fn needed(&self, column: &'static str) -> Result<&str, CellError> {
        match self.text(column)? {
            "" => Err(self.bad(column, Rule::Needed)),
            text => Ok(text),
        }
    }

    /// The error that a cell breaks a rule.
    #[must_use]
    pub fn bad(&self, column: &'static str, rule: Rule) -> CellError {
        CellError {
            column,
            value: self.raw(column).to_owned(),
            rule,
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// When it is none.
    pub fn number<T: FromStr>(&self, column: &'static str) -> Result<T, CellError> {
        let text = self.needed(column)?;
        text.parse().map_err(|_| self.bad(column, Rule::Number))
    }

    /// A whole number, or its usual value where the cell is empty.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn number_or<T: FromStr>(&self, column: &'static str, usual: T) -> Result<T, CellError> {
        match self.text(column)? {
            "" => Ok(usual),
            _ => self.number(column),
        }
    }

    /// Whole kopecks, 0 or more.
    ///
    /// # Errors
    /// When it is no such amount.
    pub fn money(&self, column: &'static str) -> Result<Money, CellError> {
        match self.needed(column)?.parse::<i64>() {
            Ok(kopecks) if kopecks >= 0 => Ok(Money(kopecks)),
            _ => Err(self.bad(column, Rule::Kopecks)),
        }
    }

    /// Whole kopecks, or nothing.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn optional_money(&self, column: &'static str) -> Result<Option<Money>, CellError> {
        match self.text(column)? {
            "" => Ok(None),
            _ => self.money(column).map(Some),
        }
    }

    /// 1 or 0; empty is 0.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn flag(&self, column: &'static str) -> Result<bool, CellError> {
        match self.text(column)? {
            "1" => Ok(true),
            "0" | "" => Ok(false),
            _ => Err(self.bad(column, Rule::Flag)),
        }
    }

    /// One of a list of words.
    ///
    /// # Errors
    /// When it is another word.
    pub fn word(
        &self,
        column: &'static str,
        words: &'static [&'static str],
    ) -> Result<&'static str, CellError> {
        let text = self.needed(column)?;
        let known = words.iter().find(|word| **word == text);
        known
            .copied()
            .ok_or_else(|| self.bad(column, Rule::OneOf(words)))
    }

    /// A time on the store's wall.
    ///
    /// # Errors
    /// When it is none.
    pub fn local_time(&self, column: &'static str) -> Result<LocalTime, CellError> {
        let text = self.needed(column)?;
        LocalTime::parse(text).ok_or_else(|| self.bad(column, Rule::LocalTime))
    }

    /// A date, or nothing.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn optional_date(&self, column: &'static str) -> Result<Option<BusinessDate>, CellError> {
        match self.text(column)? {
            "" => Ok(None),
            text => match BusinessDate::parse(text) {
                Some(date) => Ok(Some(date)),
                None => Err(self.bad(column, Rule::Date)),
            },
        }
    }

    /// `valid_from` and `valid_to`, half-open; an empty end is open.
    ///
    /// # Errors
    /// When one is no time of a wall, or the end is not behind the beginning.
    pub fn validity(&self) -> Result<Validity, CellError> {
        let from = self.local_time("valid_from")?;
        let to = match self.text("valid_to")? {
            "" => None,
            _ => Some(self.local_time("valid_to")?),
        };
        if to.is_some_and(|to| to <= from) {
            return Err(self.bad("valid_to", Rule::AfterBeginning));
        }
        Ok(Validity { from, to })
    }

    fn raw(&self, column: &'static str) -> &str {
        let mut named = self.columns.iter().zip(&self.texts);
        let found = named.find(|(known, _)| known.name == column);
        found.map_or("", |(_, text)| text.trim())
    }
}

/// The text of a flag.
#[must_use]
pub(super) fn flag_text(flag: bool) -> String {
    if flag { "1" } else { "0" }.to_owned()
}

/// The text of an amount that may be missing.
#[must_use]
pub(super) fn money_text(amount: Option<Money>) -> String {
    amount.map_or_else(String::new, |amount| amount.0.to_string())
}

/// The texts of `valid_from` and `valid_to`.
#[must_use]
pub(super) fn validity_texts(validity: &Validity) -> [String; 2] {
    let to = validity.to.map_or_else(String::new, |to| to.to_string());
    [validity.from.to_string(), to]
}

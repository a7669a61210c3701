//! What is wrong with one row, as data that can be stored and told in any language.

use serde::{Deserialize, Serialize};
use storefleet_core::master::CellError;
use storefleet_messages::Catalogue;

/// Longest value that is repeated to people, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// Why a row cannot be used: the column, what stands there, and the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Its column or element; empty for the whole row.
    pub column: String,
    /// What stands there, shortened.
    pub value: String,
    /// Key of the sentence of the rule.
    pub rule: String,
    /// What the sentence names: the words allowed, the other line.
    pub detail: String,
}

impl Fault {
    pub(super) fn new(column: &str, value: &str, rule: &str, detail: impl Into<String>) -> Self {
        Self {
            column: column.to_owned(),
            value: shown(value),
            rule: rule.to_owned(),
            detail: detail.into(),
        }
    }

    /// What must stand there, without where.
    #[must_use]
    pub fn advice(&self, texts: &Catalogue) -> String {
        texts.with(&self.rule, [("value", self.detail.as_str().into())])
    }

    /// The sentence for people: what must stand there.
    #[must_use]
    pub fn sentence(&self, line: u64, texts: &Catalogue) -> String {
        let rule = self.advice(texts);
        let line = line.to_string();
        let (id, column) = match self.column.as_str() {
            "" => ("import-row-refused", ""),
            column => ("import-cell-refused", column),
        };
        texts.with(
            id,
            [
                ("line", line.as_str().into()),
                ("column", column.into()),
                ("value", self.value.as_str().into()),
                ("rule", rule.into()),
            ],
        )
    }
}

impl From<CellError> for Fault {
    fn from(error: CellError) -> Self {
        Self::new(
            error.column,
            &error.value,
            error.rule.message(),
            error.rule.detail(),
        )
    }
}

fn shown(value: &str) -> String {
    let printable = value.chars().filter(|letter| !letter.is_control());
    printable.take(SHOWN_CHARS_MAX).collect()
}

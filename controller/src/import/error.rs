//! What is wrong with a file as a whole, for people: what, where, and what to do.

use storefleet_messages::Catalogue;

use super::Refused;

/// A file of which nothing counts.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read from its medium.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// Nothing stands in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than we read.
    #[error("the file has {bytes} bytes, more than {max}: split it")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// It unpacks to more than we read, or to far more than it weighs.
    #[error("{place} unpacks to more than {max} bytes: this is no table")]
    Bomb {
        /// The part that does.
        place: String,
        /// The limit that it passed.
        max: u64,
    },
    /// It has more rows than we read.
    #[error("line {line}: the file has more than {max} rows: split it")]
    TooManyRows {
        /// Where the first row too many stands.
        line: u64,
        /// The limit.
        max: usize,
    },
    /// So much of it is wrong that the file itself is.
    #[error("line {line}: more than {max} rows cannot be used; the first is line {}", first.line)]
    TooManyRefused {
        /// Where the last of them stands.
        line: u64,
        /// The limit.
        max: usize,
        /// The first of them.
        first: Box<Refused>,
    },
    /// It ends in the middle.
    #[error("{place}: the file ends in the middle; send it again")]
    Truncated {
        /// Where.
        place: String,
    },
    /// It is not what it begins as.
    #[error("{place}: the file is damaged ({problem}); send it again")]
    Damaged {
        /// Where.
        place: String,
        /// What the reader found.
        problem: String,
    },
    /// It is of a kind that is not read.
    #[error("the file is {kind}: save it as XLSX, CSV or CommerceML")]
    Kind {
        /// What it is.
        kind: &'static str,
    },
    /// No row names columns of a table.
    #[error("none of the first rows names columns of a table; found: {found}")]
    NoHeading {
        /// The first row, as read.
        found: String,
    },
    /// The columns fit several tables.
    #[error("the columns fit {tables}: say which table it is")]
    Ambiguous {
        /// Their names.
        tables: String,
    },
    /// XML with a document type, through which entities could grow without bound.
    #[error("line {line}: the file declares a document type (DOCTYPE): take it out")]
    Doctype {
        /// Where.
        line: u64,
    },
    /// XML that is not CommerceML.
    #[error("line {line}: the root is {root:?}, not КоммерческаяИнформация")]
    NotCommerceMl {
        /// Where.
        line: u64,
        /// Its root.
        root: String,
    },
}

impl ImportError {
    /// The sentence for people.
    #[must_use]
    pub fn sentence(&self, texts: &Catalogue) -> String {
        let say = |id: &str, place: &str, value: &str| {
            texts.with(id, [("place", place.into()), ("value", value.into())])
        };
        match self {
            Self::Unreadable(error) => say("import-unreadable", "", &error.to_string()),
            Self::Empty => say("import-empty", "", ""),
            Self::TooLarge { bytes, max } => {
                say("import-too-large", &bytes.to_string(), &max.to_string())
            }
            Self::Bomb { place, max } => say("import-bomb", place, &max.to_string()),
            Self::TooManyRows { line, max } => {
                say("import-too-many-rows", &line.to_string(), &max.to_string())
            }
            Self::TooManyRefused { max, first, .. } => {
                let first = first.fault.sentence(first.line, texts);
                say("import-too-many-refused", &max.to_string(), &first)
            }
            Self::Truncated { place } => say("import-truncated", place, ""),
            Self::Damaged { place, problem } => say("import-damaged", place, problem),
            Self::Kind { kind } => say("import-kind", "", kind),
            Self::NoHeading { found } => say("import-no-heading", "", found),
            Self::Ambiguous { tables } => say("import-ambiguous", "", tables),
            Self::Doctype { line } => say("import-doctype", &line.to_string(), ""),
            Self::NotCommerceMl { line, root } => {
                say("import-not-commerceml", &line.to_string(), root)
            }
        }
    }
}

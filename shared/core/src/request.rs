//! Idempotency as a fold: the same request again gets the first answer, after any crash.

use std::collections::BTreeMap;

use crate::entry::RequestRef;
use crate::epoch::Mark;
use crate::ids::Hash;
use crate::money::Money;
use crate::shift::Closed;
use crate::time::Timestamp;

/// How long an answer is remembered by wall time: 7 days.
pub const REMEMBERED_MS: i64 = 7 * 86_400_000;

/// What the client was told; everything in it follows from the entry.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Answer {
    /// The entry that says it happened.
    #[n(0)]
    pub mark: Mark,
    /// Number of the kind of fact.
    #[n(1)]
    pub kind: u16,
    /// Receipt or shift number; 0 where the fact has none.
    #[n(2)]
    pub number: u64,
    /// Amount of the receipt or move.
    #[n(3)]
    pub amount: Money,
    /// The Z report, where a shift was closed.
    #[n(4)]
    pub report: Option<Box<Closed>>,
}

/// A remembered request.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Remembered {
    /// SHA-256 of what was asked.
    #[n(0)]
    pub hash: Hash,
    /// Wall time of the entry.
    #[n(1)]
    pub at: Timestamp,
    /// What was answered.
    #[n(2)]
    pub answer: Answer,
}

/// What a repeated key means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<'a> {
    /// The key is new.
    Never,
    /// The same request: here is its answer.
    Same(&'a Answer),
    /// The key stood for another request.
    Other,
}

/// The answers of the last days by key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requests {
    by_key: BTreeMap<String, Remembered>,
    /// Keys by wall time, so that forgetting touches only what is old.
    by_age: BTreeMap<(Timestamp, String), ()>,
}

impl Requests {
    /// The ledger with the rows of a brought-forward.
    pub(crate) fn from_rows(rows: impl IntoIterator<Item = (String, Remembered)>) -> Self {
        let mut requests = Self::default();
        rows.into_iter()
            .for_each(|(key, row)| requests.insert(key, row));
        requests
    }

    /// Every remembered request by key.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &Remembered)> + '_ {
        self.by_key.iter().map(|(key, row)| (key.as_str(), row))
    }

    /// What is known of a request.
    #[must_use]
    pub fn seen(&self, request: &RequestRef) -> Seen<'_> {
        match self.by_key.get(&request.key) {
            None => Seen::Never,
            Some(row) if row.hash == request.hash => Seen::Same(&row.answer),
            Some(_) => Seen::Other,
        }
    }

    /// Remembers an answer and forgets what is older than the limit.
    pub(crate) fn remember(&mut self, request: &RequestRef, at: Timestamp, answer: Answer) {
        self.insert(
            request.key.clone(),
            Remembered {
                hash: request.hash,
                at,
                answer,
            },
        );
        let oldest = at.plus_ms(REMEMBERED_MS.saturating_neg());
        while let Some(((age, key), ())) = self.by_age.first_key_value() {
            if *age >= oldest {
                break;
            }
            self.by_key.remove(key);
            self.by_age.pop_first();
        }
    }

    fn insert(&mut self, key: String, row: Remembered) {
        if let Some(old) = self.by_key.get(&key) {
            self.by_age.remove(&(old.at, key.clone()));
        }
        self.by_age.insert((row.at, key.clone()), ());
        self.by_key.insert(key, row);
    }
}

//! A change of master data: rows with what stood there before and what stands there now, and why.

use minicbor::bytes::ByteVec;
use sha2::{Digest, Sha256};

use super::Table;
use crate::cbor;
use crate::coded_enum;
use crate::ids::Hash;

/// Rows of one entry of the office's log; a longer change is several entries and a closing one.
pub const PART_ROWS_MAX: usize = 1_000;

/// One record that came, went or became another.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct RowChange {
    /// Its table.
    #[n(0)]
    pub table: Table,
    /// Its key.
    #[n(1)]
    pub key: String,
    /// What stood there before; nothing for a new record.
    #[n(2)]
    pub from: Option<ByteVec>,
    /// What stands there now; nothing for a removed record.
    #[n(3)]
    pub to: Option<ByteVec>,
}

impl RowChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn undone(self) -> Self {
        Self {
            from: self.to,
            to: self.from,
            ..self
        }
    }
}

coded_enum! {
    /// Where a change came from.
    pub enum Source {
        /// A person edited a card.
        Edit = 0 => "edit",
        /// A file was imported.
        Import = 1 => "import",
        /// An earlier change was taken back.
        Undo = 2 => "undo",
        /// The interface for programs.
        Api = 3 => "api",
    }
}

/// What closes a change; without it none of its rows counts.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Closed {
    /// How many rows the parts hold.
    #[n(0)]
    pub rows: u64,
    /// Hash over the parts, in order.
    #[n(1)]
    pub hash: Hash,
    /// Where it came from.
    #[n(2)]
    pub source: Source,
    /// Name of the file, or number of the change taken back; empty for an edit.
    #[n(3)]
    pub origin: String,
    /// Why, in the words of who did it.
    #[n(4)]
    pub why: String,
}

/// What an entry of the office's log says of master data.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum MasterFact {
    /// Rows of a change that is not closed yet.
    #[n(0)]
    Part(#[n(0)] Vec<RowChange>),
    /// The change is whole and counts.
    #[n(1)]
    Closed(#[n(0)] Box<Closed>),
}

/// The facts that write a change, in order: its parts and what closes it.
#[must_use]
pub fn facts(rows: Vec<RowChange>, source: Source, origin: &str, why: &str) -> Vec<MasterFact> {
    let count = rows.len();
    let mut parts = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        parts.push(MasterFact::Part(
            rows.by_ref().take(PART_ROWS_MAX).collect(),
        ));
    }
    let mut hasher = Sha256::new();
    parts
        .iter()
        .for_each(|part| hasher.update(cbor::encode(part)));
    parts.push(MasterFact::Closed(Box::new(Closed {
        rows: u64::try_from(count).unwrap_or(u64::MAX),
        hash: Hash(hasher.finalize().into()),
        source,
        origin: origin.to_owned(),
        why: why.to_owned(),
    })));
    parts
}

/// Collects the parts of a change until it is closed.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    rows: Vec<RowChange>,
    hasher: Sha256,
}

impl Assembly {
    /// Takes a fact; a change that is whole comes out. One that does not add up counts for nothing.
    pub fn take(&mut self, fact: MasterFact) -> Option<(Vec<RowChange>, Closed)> {
        match fact {
            MasterFact::Part(_) => {
                self.hasher.update(cbor::encode(&fact));
                if let MasterFact::Part(rows) = fact {
                    self.rows.extend(rows);
                }
                None
            }
            MasterFact::Closed(closed) => {
                let whole = std::mem::take(self);
                let fits = u64::try_from(whole.rows.len()) == Ok(closed.rows)
                    && Hash(whole.hasher.finalize().into()) == closed.hash;
                fits.then_some((whole.rows, *closed))
            }
        }
    }
}

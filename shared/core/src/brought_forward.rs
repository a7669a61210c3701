//! Brought-forward: a workplace's state as facts of its own, so that older segments may go.
//!
//! It is a long document: parts, then a closing entry with count and hash. The same rows serve as
//! the checkpoint beside the journal, so there is one schema and one way back.

use sha2::{Digest, Sha256};

use crate::cash::Place;
use crate::cbor;
use crate::ids::{Epoch, Hash, Seq};
use crate::money::{Money, Quantity};
use crate::request::Remembered;
use crate::serial::Claims;
use crate::shift::Open;
use crate::stock::Sku;
use crate::time::BusinessDate;

/// Rows of one part; keeps a part well below the bound of a body.
pub const PART_ROWS_MAX: usize = 150;

/// One part of the document.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Part {
    /// Quantities on the shelf.
    #[n(0)]
    Stock(#[n(0)] Vec<StockRow>),
    /// Every serial and its claims.
    #[n(1)]
    Serials(#[n(0)] Vec<SerialRow>),
    /// Cash by place.
    #[n(2)]
    Cash(#[n(0)] Vec<CashRow>),
    /// Counters and the open shift.
    #[n(3)]
    Counters(#[n(0)] Box<Counters>),
    /// Answers of the last days.
    #[n(4)]
    Requests(#[n(0)] Vec<RequestRow>),
    /// What came back of earlier sales.
    #[n(5)]
    Returned(#[n(0)] Vec<ReturnedRow>),
}

/// Quantity of one item.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StockRow {
    /// Which goods.
    #[n(0)]
    pub sku: Sku,
    /// How many on the shelf.
    #[n(1)]
    pub quantity: Quantity,
}

/// State of one serial.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct SerialRow {
    /// IMEI, ICCID or another serial.
    #[n(0)]
    pub serial: String,
    /// How often it left and came back.
    #[n(1)]
    pub claims: Claims,
}

/// Balance of one place.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CashRow {
    /// Where.
    #[n(0)]
    pub place: Place,
    /// How much.
    #[n(1)]
    pub amount: Money,
}

/// Counters of a workplace.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Counters {
    /// Number of the newest receipt.
    #[n(0)]
    pub receipt: u64,
    /// Number of the newest shift.
    #[n(1)]
    pub shift: u32,
    /// Business date of the newest closing.
    #[n(2)]
    pub closed_on: Option<BusinessDate>,
    /// The open shift with its totals.
    #[n(3)]
    pub open: Option<Open>,
    /// Business date of the newest brought-forward.
    #[n(4)]
    pub brought_on: Option<BusinessDate>,
}

/// A remembered request.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct RequestRow {
    /// The client's key.
    #[n(0)]
    pub key: String,
    /// What was asked and answered.
    #[n(1)]
    pub row: Remembered,
}

/// What came back of one line of a sale.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ReturnedRow {
    /// Epoch of the sale.
    #[n(0)]
    pub epoch: Epoch,
    /// Entry of the sale.
    #[n(1)]
    pub seq: Seq,
    /// Which goods of it.
    #[n(2)]
    pub sku: Sku,
    /// How many came back.
    #[n(3)]
    pub quantity: Quantity,
}

/// The closing entry of the document.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct End {
    /// Parts before this entry.
    #[n(0)]
    pub parts: u32,
    /// SHA-256 over the bodies of the parts in order.
    #[n(1)]
    pub hash: Hash,
}

/// Parts as they are read back, with the sum that the closing entry must match.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    parts: Vec<Part>,
    hasher: Sha256,
}

impl PartialEq for Assembly {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Assembly {}

impl Assembly {
    /// Adds the next part.
    pub fn push(&mut self, part: Part) {
        self.hasher.update(cbor::encode(&part));
        self.parts.push(part);
    }

    /// The closing entry of what was added.
    #[must_use]
    pub fn end(&self) -> End {
        End {
            parts: u32::try_from(self.parts.len()).unwrap_or(u32::MAX),
            hash: Hash(self.hasher.clone().finalize().into()),
        }
    }

    /// The parts, when `end` closes exactly these.
    #[must_use]
    pub fn close(self, end: &End) -> Option<Vec<Part>> {
        (self.end() == *end).then_some(self.parts)
    }
}

/// The parts with their closing entry.
#[must_use]
pub fn end_of(parts: &[Part]) -> End {
    let mut assembly = Assembly::default();
    parts.iter().cloned().for_each(|part| assembly.push(part));
    assembly.end()
}

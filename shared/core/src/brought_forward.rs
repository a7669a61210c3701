//! Brought-forward: a workplace's state as facts of its own, so that older segments may go.
//!
//! It is a long document: parts, then a closing entry with count and hash. The same rows serve as
//! the checkpoint beside the journal, so there is one schema and one way back.

use sha2::{Digest, Sha256};

use crate::cash::Place;
use crate::cbor;
use crate::dataset::manifest::Applied;
use crate::document::DocumentNumber;
use crate::epoch::Mark;
use crate::ids::{Epoch, Hash, Seq};
use crate::money::{Money, Quantity};
use crate::pricing::names::CouponCode;
use crate::request::Remembered;
use crate::serial::Claims;
use crate::shelf_tag::Tag;
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
    /// What is on sale; left out where nothing is.
    #[n(6)]
    Datasets(#[n(0)] Box<Applied>),
    /// Tags on the shelf; left out where none was ever printed.
    #[n(7)]
    Tags(#[n(0)] Vec<TagRow>),
    /// Personal coupon codes that were used; left out where none was.
    #[n(8)]
    Coupons(#[n(0)] Vec<CouponRow>),
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
    /// The newest document of the office; left out before the first.
    #[n(5)]
    pub documents: Option<DocumentNumber>,
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

/// A tag on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct TagRow {
    /// The item's code.
    #[n(0)]
    pub item: String,
    /// It was printed early and waits for its day.
    #[n(1)]
    pub waits: bool,
    /// The tag.
    #[n(2)]
    pub tag: Tag,
}

/// A personal coupon code that was used.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CouponRow {
    /// The code.
    #[n(0)]
    pub code: CouponCode,
    /// How often.
    #[n(1)]
    pub times: u32,
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

/// Where an earlier machine's journal ended for the centre, and the state there.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct History {
    /// The newest entry of the earlier machine that the centre folded.
    #[n(0)]
    pub parent: Mark,
    /// The state after it.
    #[n(1)]
    pub parts: Vec<Part>,
}

/// Parts as they are read back, until the closing entry says which of them count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assembly {
    parts: Vec<Part>,
}

impl Assembly {
    /// Adds the next part.
    pub fn push(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// The newest parts, when `end` closes exactly these. Parts before them belong to a document
    /// that a power cut left without its end.
    #[must_use]
    pub fn close(mut self, end: &End) -> Option<Vec<Part>> {
        let count = usize::try_from(end.parts).ok()?;
        let start = self.parts.len().checked_sub(count)?;
        let parts = self.parts.split_off(start);
        (End::of(&parts) == *end).then_some(parts)
    }
}

impl End {
    /// The closing entry of these parts.
    #[must_use]
    pub fn of(parts: &[Part]) -> Self {
        let mut hasher = Sha256::new();
        parts
            .iter()
            .for_each(|part| hasher.update(cbor::encode(part)));
        Self {
            parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
            hash: Hash(hasher.finalize().into()),
        }
    }
}

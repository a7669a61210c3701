//! Documents of the office for one workplace. The office decides what they say and signs them; only the shop
//! writes its own past, so it journals each of them once, and the office sees by the journal that it did.

use crate::brought_forward::StockRow;
use crate::fact::Fact;
use crate::ids::WorkplaceId;
use crate::stock::Sku;
use crate::time::Timestamp;
use crate::workplace::Workplace;

pub mod adoption;

use adoption::{Adopted, Adoption};

/// Rows of one document: its fact stays well below the bound of an entry.
pub const ROWS_MAX: usize = 150;

/// Number of a document. The numbers of a workplace rise, also behind a centre that was restored and whose log
/// therefore counts again: each life of the centre is above the one before.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(array)]
pub struct DocumentNumber {
    /// Life of the centre that ordered it.
    #[n(0)]
    pub life: u32,
    /// Entry of the office's log that ordered it.
    #[n(1)]
    pub entry: u64,
    /// Which of the documents of that entry.
    #[n(2)]
    pub part: u32,
}

/// What the office wants a shop to journal.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Document {
    /// Its number.
    #[n(0)]
    pub number: DocumentNumber,
    /// Who ordered it.
    #[n(1)]
    pub actor: String,
    /// Why.
    #[n(2)]
    pub why: String,
    /// What it says.
    #[n(3)]
    pub body: Body,
}

/// What a document says.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Body {
    /// Quantities come onto the shelf: an opening balance. Negative where an earlier one was too high.
    #[n(0)]
    Stock(#[n(0)] Vec<StockRow>),
    /// The late tail of the machine that this one replaced counts.
    #[n(1)]
    Adopted(#[n(0)] Box<Adoption>),
    /// Units that are told apart come onto the shelf, or go where an earlier document was wrong.
    #[n(2)]
    Units(#[n(0)] Vec<UnitRow>),
}

/// A unit with a number of its own: an IMEI, an ICCID.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct UnitRow {
    /// Which goods.
    #[n(0)]
    pub sku: Sku,
    /// Its number.
    #[n(1)]
    pub serial: String,
    /// 1 where it comes, -1 where it goes.
    #[n(2)]
    pub count: i32,
}

/// Documents on their way to a workplace, in the order of their numbers: the ones that its journal does not show
/// yet, and none left out between them.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Consignment {
    /// Whom they are for.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Not taken after this; the centre sends them again.
    #[n(1)]
    pub expires: Timestamp,
    /// The documents.
    #[n(2)]
    pub documents: Vec<Document>,
}

/// The shop booked what the office said of its stock.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StockBooked {
    /// The document.
    #[n(0)]
    pub number: DocumentNumber,
    /// What came onto the shelf; negative for what left it.
    #[n(1)]
    pub rows: Vec<StockRow>,
    /// Who ordered it.
    #[n(2)]
    pub actor: String,
    /// Why.
    #[n(3)]
    pub why: String,
    /// Units that are told apart; nothing in documents of quantities.
    #[n(4)]
    pub units: Option<Vec<UnitRow>>,
}

impl StockBooked {
    /// How many lines it has, of quantities and of units.
    #[must_use]
    pub fn lines(&self) -> usize {
        let units = self.units.as_ref().map_or(0, Vec::len);
        self.rows.len().saturating_add(units)
    }
}

impl Workplace {
    /// The fact that a document makes; none where the journal holds it already, or where the history before it is
    /// not known here yet.
    #[must_use]
    pub fn book(&self, document: Document) -> Option<Fact> {
        if !self.is_complete() || document.number <= self.documents {
            return None;
        }
        let Document {
            number,
            actor,
            why,
            body,
        } = document;
        Some(match body {
            Body::Stock(rows) => Fact::StockBooked(StockBooked {
                number,
                rows,
                actor,
                why,
                units: None,
            }),
            Body::Units(units) => Fact::StockBooked(StockBooked {
                number,
                rows: Vec::new(),
                actor,
                why,
                units: Some(units),
            }),
            Body::Adopted(adoption) => Fact::Adopted(Adopted {
                number,
                adoption: *adoption,
                actor,
                why,
            }),
        })
    }
}

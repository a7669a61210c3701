//! What a client of the till asks for, and what may follow.

use crate::cash::Direction;
use crate::entry::RequestRef;
use crate::epoch::Mark;
use crate::fact::Fact;
use crate::money::Money;
use crate::receipt::{Line, Payment, PricedSale, Sale};
use crate::request::Answer;
use crate::shelf_tag::PrintedTag;
use crate::stock::WriteOffLine;
use crate::time::StoreTime;

/// What a client of the till asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Open the shift with this much cash in the drawer.
    OpenShift {
        /// Cash counted.
        counted: Money,
    },
    /// Close the shift with this much cash in the drawer; none counts what is expected.
    CloseShift {
        /// Cash counted.
        counted: Option<Money>,
    },
    /// Sell.
    Sell {
        /// What is sold.
        lines: Vec<Line>,
        /// How it is paid.
        payments: Vec<Payment>,
        /// How it was priced; none where the client gave the prices.
        priced: Option<Box<PricedSale>>,
    },
    /// Take goods back.
    Return {
        /// The sale, where the customer has the receipt.
        origin: Option<OriginSale>,
        /// Why.
        reason: String,
        /// What comes back.
        lines: Vec<Line>,
        /// How the money is paid out.
        payments: Vec<Payment>,
    },
    /// Move cash by hand.
    Cash {
        /// Into or out of the drawer.
        direction: Direction,
        /// How much.
        amount: Money,
        /// Why.
        reason: String,
    },
    /// Write goods off.
    WriteOff {
        /// What leaves.
        lines: Vec<WriteOffLine>,
        /// Why.
        reason: String,
    },
    /// Say that shelf tags were printed, and which were taken down.
    PrintTags {
        /// The tags.
        tags: Vec<PrintedTag>,
        /// The items whose tags were taken down.
        taken_down: Vec<String>,
    },
}

/// The sale that a return refers to, as it was read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginSale {
    /// Its entry.
    pub mark: Mark,
    /// What it says; none where the journal holds no such sale.
    pub sale: Option<Sale>,
}

/// A request with what surrounds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What is asked.
    pub request: Request,
    /// The client's key and the hash of its request.
    pub key: RequestRef,
    /// Who asks.
    pub employee: String,
    /// A business time other than the wall clock; training workplaces only.
    pub business_time: Option<StoreTime>,
}

/// What follows from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Append this fact, then answer.
    Write(Box<Fact>),
    /// It was done before: this is the answer.
    Repeat(Answer),
}

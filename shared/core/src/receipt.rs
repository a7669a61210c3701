//! Sales and returns: what a receipt holds and how it is summed.

use crate::coded_enum;
use crate::epoch::Mark;
use crate::ids::{Hash, WorkplaceId};
use crate::money::{Money, Quantity};
use crate::pricing::basket::Basket;
use crate::pricing::explain::Priced;
use crate::stock::Sku;
use crate::time::StoreTime;

/// Lines allowed in one receipt; the largest real one seen has 1,114.
pub const LINES_MAX: usize = 2_000;

coded_enum! {
    /// How a receipt is paid.
    pub enum PaymentKind {
        /// Notes and coins.
        Cash = 0 => "cash",
        /// Bank card.
        Card = 1 => "card",
        /// Consumer credit of a bank.
        Credit = 2 => "credit",
        /// Gift certificate.
        Certificate = 3 => "certificate",
        /// Money paid earlier.
        Prepayment = 4 => "prepayment",
    }
}

/// One payment of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Payment {
    /// How.
    #[n(0)]
    pub kind: PaymentKind,
    /// How much, without change given.
    #[n(1)]
    pub amount: Money,
}

/// One line of a sale or a return; amounts and quantities are positive in both.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Line {
    /// Which goods, of which owner.
    #[n(0)]
    pub sku: Sku,
    /// How many; never zero.
    #[n(1)]
    pub quantity: Quantity,
    /// Price of one unit, for display: the amounts below count.
    #[n(2)]
    pub unit_price: Money,
    /// Amount before discounts.
    #[n(3)]
    pub gross: Money,
    /// What discounts took off.
    #[n(4)]
    pub discount: Money,
    /// Code of the VAT rate; none where no VAT is charged.
    #[n(5)]
    pub vat: Option<String>,
    /// IMEI, ICCID or another serial of the one unit sold.
    #[n(6)]
    pub serial: Option<String>,
}

impl Line {
    /// What the customer pays for the line.
    #[must_use]
    pub fn total(&self) -> Money {
        self.gross.minus(self.discount)
    }
}

/// A closed sale without devices: payments stand inside.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Sale {
    /// Number of the receipt at this workplace, sales and returns together.
    #[n(0)]
    pub number: u64,
    /// What was sold.
    #[n(1)]
    pub lines: Vec<Line>,
    /// How it was paid; the sum is the total of the lines.
    #[n(2)]
    pub payments: Vec<Payment>,
    /// When it happened by the business, where that is not the wall clock.
    #[n(3)]
    pub business_time: Option<StoreTime>,
    /// Random id of the customer's sealed personal data.
    #[n(4)]
    pub subject: Option<String>,
    /// How it was priced; none where the client gave the prices.
    #[n(5)]
    pub priced: Option<Box<PricedSale>>,
}

/// What a receipt was priced from and what came out: the same basket under the same datasets gives the same
/// record on every machine.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct PricedSale {
    /// Hash over the datasets it was priced under.
    #[n(0)]
    pub stack: Hash,
    /// The receipt was open too long and was priced at the present moment.
    #[n(1)]
    pub repriced: bool,
    /// What was scanned and shown.
    #[n(2)]
    pub basket: Basket,
    /// What every line costs and why.
    #[n(3)]
    pub record: Priced,
}

/// The sale that goods come back from.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Origin {
    /// The workplace that sold.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// The entry of the sale.
    #[n(1)]
    pub mark: Mark,
}

/// Goods taken back.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Return {
    /// Number of the receipt at this workplace, sales and returns together.
    #[n(0)]
    pub number: u64,
    /// The sale, where it is known.
    #[n(1)]
    pub origin: Option<Origin>,
    /// Why.
    #[n(2)]
    pub reason: String,
    /// What came back.
    #[n(3)]
    pub lines: Vec<Line>,
    /// How the money was paid out.
    #[n(4)]
    pub payments: Vec<Payment>,
    /// When it happened by the business, where that is not the wall clock.
    #[n(5)]
    pub business_time: Option<StoreTime>,
}

/// Sum of the lines' totals.
#[must_use]
pub fn total(lines: &[Line]) -> Money {
    lines.iter().map(Line::total).sum()
}

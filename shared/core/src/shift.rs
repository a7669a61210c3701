//! The shift of a till: opening, running totals (X report) and closing (Z report).

use std::collections::BTreeMap;

use crate::ids::Hash;
use crate::money::{Money, Quantity};
use crate::receipt::{Line, Payment, PaymentKind};
use crate::time::{BusinessDate, StoreTime};

/// Body of an opened shift.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Opened {
    /// Number of the shift at this workplace.
    #[n(0)]
    pub number: u32,
    /// Cash counted in the drawer.
    #[n(1)]
    pub counted: Money,
    /// When it happened by the business, where that is not the wall clock.
    #[n(2)]
    pub business_time: Option<StoreTime>,
}

/// Body of a closed shift: its Z report.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Closed {
    /// Number of the shift at this workplace.
    #[n(0)]
    pub number: u32,
    /// Cash counted in the drawer.
    #[n(1)]
    pub counted: Money,
    /// Cash the facts say should be there; below zero is flagged, never refused.
    #[n(2)]
    pub expected: Money,
    /// The shift's totals.
    #[n(3)]
    pub totals: Totals,
    /// Version of the fold the digest was made with.
    #[n(4)]
    pub fold_version: u32,
    /// Digest of the workplace's business totals at this entry.
    #[n(5)]
    pub digest: Hash,
    /// When it happened by the business, where that is not the wall clock.
    #[n(6)]
    pub business_time: Option<StoreTime>,
}

/// Running sums of a shift.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Totals {
    /// Sales.
    #[n(0)]
    pub sales: Side,
    /// Returns.
    #[n(1)]
    pub returns: Side,
    /// Cash put in by hand.
    #[n(2)]
    pub cash_in: Money,
    /// Cash taken out by hand.
    #[n(3)]
    pub cash_out: Money,
    /// Write-off documents.
    #[n(4)]
    pub writeoffs: u64,
}

/// One side of a shift's totals: sales or returns, all amounts positive.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Side {
    /// Receipts.
    #[n(0)]
    pub receipts: u64,
    /// Lines of those receipts.
    #[n(1)]
    pub lines: u64,
    /// Units on those lines.
    #[n(2)]
    pub quantity: Quantity,
    /// Before discounts.
    #[n(3)]
    pub gross: Money,
    /// Discounts.
    #[n(4)]
    pub discount: Money,
    /// By way of payment.
    #[n(5)]
    pub payments: Vec<Payment>,
    /// Totals by VAT code.
    #[n(6)]
    pub vat: Vec<VatTotal>,
}

/// Money of one VAT code.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct VatTotal {
    /// The code; none where no VAT is charged.
    #[n(0)]
    pub code: Option<String>,
    /// Total of the lines of that code.
    #[n(1)]
    pub total: Money,
}

impl Side {
    /// What customers paid or got back.
    #[must_use]
    pub fn total(&self) -> Money {
        self.gross.minus(self.discount)
    }

    /// What went through one way of payment.
    #[must_use]
    pub fn paid(&self, kind: PaymentKind) -> Money {
        self.payments
            .iter()
            .filter(|p| p.kind == kind)
            .map(|p| p.amount)
            .sum()
    }

    pub(crate) fn add(&mut self, lines: &[Line], payments: &[Payment]) {
        self.receipts = self.receipts.saturating_add(1);
        self.lines = self
            .lines
            .saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
        for line in lines {
            self.quantity = self.quantity.plus(line.quantity);
            self.gross = self.gross.plus(line.gross);
            self.discount = self.discount.plus(line.discount);
        }
        let mut by_vat: BTreeMap<Option<&str>, Money> = BTreeMap::new();
        for line in lines {
            let sum = by_vat.entry(line.vat.as_deref()).or_default();
            *sum = sum.plus(line.total());
        }
        for (code, total) in by_vat {
            match self
                .vat
                .binary_search_by(|held| held.code.as_deref().cmp(&code))
            {
                Ok(at) => {
                    if let Some(held) = self.vat.get_mut(at) {
                        held.total = held.total.plus(total);
                    }
                }
                Err(at) => self.vat.insert(
                    at,
                    VatTotal {
                        code: code.map(str::to_owned),
                        total,
                    },
                ),
            }
        }
        for payment in payments {
            match self
                .payments
                .binary_search_by(|held| held.kind.cmp(&payment.kind))
            {
                Ok(at) => {
                    if let Some(held) = self.payments.get_mut(at) {
                        held.amount = held.amount.plus(payment.amount);
                    }
                }
                Err(at) => self.payments.insert(at, payment.clone()),
            }
        }
    }
}

/// A shift that is open now.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Open {
    /// Number of the shift at this workplace.
    #[n(0)]
    pub number: u32,
    /// Business time of the opening.
    #[n(1)]
    pub since: StoreTime,
    /// Who opened it.
    #[n(2)]
    pub employee: Option<String>,
    /// Cash counted at opening.
    #[n(3)]
    pub opening: Money,
    /// Sums so far: the X report.
    #[n(4)]
    pub totals: Totals,
}

/// The shifts of a workplace: at most one is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shifts {
    /// The open one.
    pub open: Option<Open>,
    /// Number of the newest shift ever opened.
    pub last_number: u32,
    /// Business date of the newest closing; decides when a brought-forward is due.
    pub last_closed: Option<BusinessDate>,
}

impl Shifts {
    /// The totals facts are added to; facts outside a shift are counted nowhere.
    pub(crate) fn totals(&mut self) -> Option<&mut Totals> {
        self.open.as_mut().map(|open| &mut open.totals)
    }
}

//! Sums over journals: what the wall, `verify` and the demo's table show.

use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::receipt::Line;
use storefleet_core::time::BusinessDate;

/// Sums over all entries of a workplace; returns count negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Totals {
    /// Entries folded.
    #[n(0)]
    pub entries: u64,
    /// Sales.
    #[n(1)]
    pub receipts: u64,
    /// Returns.
    #[n(2)]
    pub returns: u64,
    /// Write-off documents.
    #[n(3)]
    pub writeoffs: u64,
    /// Lines of sales and returns.
    #[n(4)]
    pub lines: u64,
    /// Thousandths sold less returned.
    #[n(5)]
    pub quantity_milli: i64,
    /// Kopecks before discounts.
    #[n(6)]
    pub gross_kop: i64,
    /// Kopecks of discounts.
    #[n(7)]
    pub discount_kop: i64,
    /// Whether a shift is open.
    #[n(8)]
    pub shift_open: bool,
    /// The newest business date.
    #[n(9)]
    pub day: BusinessDate,
    /// Receipts of that day.
    #[n(10)]
    pub day_receipts: u64,
    /// Kopecks of that day, returns deducted.
    #[n(11)]
    pub day_total_kop: i64,
}

impl Totals {
    /// Kopecks after discounts.
    #[must_use]
    pub fn total_kop(&self) -> i64 {
        self.gross_kop.saturating_sub(self.discount_kop)
    }

    /// Folds one entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.entries = self.entries.saturating_add(1);
        let date = entry.header.business_date;
        match &entry.fact {
            Fact::Sale(sale) => {
                self.receipts = self.receipts.saturating_add(1);
                self.turn_to(date);
                self.day_receipts = self.day_receipts.saturating_add(1);
                self.add(&sale.lines, 1);
            }
            Fact::Return(back) => {
                self.returns = self.returns.saturating_add(1);
                self.turn_to(date);
                self.add(&back.lines, -1);
            }
            Fact::WrittenOff(_) => self.writeoffs = self.writeoffs.saturating_add(1),
            Fact::ShiftOpened(_) => {
                self.turn_to(date);
                self.shift_open = true;
            }
            Fact::ShiftClosed(_) => self.shift_open = false,
            Fact::Genesis(_)
            | Fact::BroughtForward(_)
            | Fact::BroughtForwardEnd(_)
            | Fact::AgentStarted(_)
            | Fact::DatasetApplied(_)
            | Fact::DatasetRejected(_)
            | Fact::DatasetRepaired(_)
            | Fact::StockBooked(_)
            | Fact::Adopted(_)
            | Fact::CashIn(_)
            | Fact::CashOut(_)
            | Fact::PricetagPrinted(_)
            | Fact::Unknown { .. } => {}
        }
    }

    fn turn_to(&mut self, date: BusinessDate) {
        if date > self.day {
            self.day = date;
            self.day_receipts = 0;
            self.day_total_kop = 0;
        }
    }

    fn add(&mut self, lines: &[Line], sign: i64) {
        self.lines = self
            .lines
            .saturating_add(u64::try_from(lines.len()).unwrap_or(0));
        for line in lines {
            let add = |sum: i64, amount: i64| sum.saturating_add(amount.saturating_mul(sign));
            self.quantity_milli = add(self.quantity_milli, line.quantity.0);
            self.gross_kop = add(self.gross_kop, line.gross.0);
            self.discount_kop = add(self.discount_kop, line.discount.0);
            self.day_total_kop = add(self.day_total_kop, line.total().0);
        }
    }

    /// Adds the sums of another till.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.entries = self.entries.saturating_add(other.entries);
        self.receipts = self.receipts.saturating_add(other.receipts);
        self.returns = self.returns.saturating_add(other.returns);
        self.writeoffs = self.writeoffs.saturating_add(other.writeoffs);
        self.lines = self.lines.saturating_add(other.lines);
        self.quantity_milli = self.quantity_milli.saturating_add(other.quantity_milli);
        self.gross_kop = self.gross_kop.saturating_add(other.gross_kop);
        self.discount_kop = self.discount_kop.saturating_add(other.discount_kop);
        self.shift_open |= other.shift_open;
        match self.day.cmp(&other.day) {
            std::cmp::Ordering::Less => {
                self.day = other.day;
                self.day_receipts = other.day_receipts;
                self.day_total_kop = other.day_total_kop;
            }
            std::cmp::Ordering::Equal => {
                self.day_receipts = self.day_receipts.saturating_add(other.day_receipts);
                self.day_total_kop = self.day_total_kop.saturating_add(other.day_total_kop);
            }
            std::cmp::Ordering::Greater => {}
        }
        self
    }
}

//! What a till is answered, as JSON.

use serde::Serialize;
use storefleet_core::kind::FactKind;
use storefleet_core::money::Money;
use storefleet_core::request::Answer;
use storefleet_core::shift::{Side, Totals};
use storefleet_core::workplace::View;

/// What a call is answered; the same bytes for the same key, for ever.
#[derive(Debug, Serialize)]
pub struct Answered {
    kind: String,
    epoch: u32,
    seq: u64,
    hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    amount_kop: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
}

/// Totals of a shift: X while it is open, Z once it is closed.
#[derive(Debug, Serialize)]
pub struct Report {
    shift: u32,
    expected_cash_kop: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_cash_kop: Option<i64>,
    /// Set where the facts say that less than nothing is in the drawer.
    below_zero: bool,
    sales: SideOut,
    returns: SideOut,
    cash_in_kop: i64,
    cash_out_kop: i64,
    writeoffs: u64,
}

/// One side of a report.
#[derive(Debug, Serialize)]
struct SideOut {
    receipts: u64,
    lines: u64,
    qty_milli: i64,
    gross_kop: i64,
    discount_kop: i64,
    total_kop: i64,
    payments: Vec<(&'static str, i64)>,
    vat: Vec<(Option<String>, i64)>,
}

impl SideOut {
    fn of(side: &Side) -> Self {
        Self {
            receipts: side.receipts,
            lines: side.lines,
            qty_milli: side.quantity.0,
            gross_kop: side.gross.0,
            discount_kop: side.discount.0,
            total_kop: side.total().0,
            payments: side
                .payments
                .iter()
                .map(|p| (p.kind.name(), p.amount.0))
                .collect(),
            vat: side
                .vat
                .iter()
                .map(|v| (v.code.clone(), v.total.0))
                .collect(),
        }
    }
}

impl Report {
    fn of(shift: u32, expected: Money, counted: Option<Money>, totals: &Totals) -> Self {
        Self {
            shift,
            expected_cash_kop: expected.0,
            counted_cash_kop: counted.map(|money| money.0),
            below_zero: expected.0 < 0,
            sales: SideOut::of(&totals.sales),
            returns: SideOut::of(&totals.returns),
            cash_in_kop: totals.cash_in.0,
            cash_out_kop: totals.cash_out.0,
            writeoffs: totals.writeoffs,
        }
    }

    /// The X report of the open shift.
    #[must_use]
    pub fn x(view: &View) -> Option<Self> {
        let open = view.open.as_ref()?;
        Some(Self::of(open.number, view.drawer, None, &open.totals))
    }
}

impl Answered {
    /// The answer as JSON fields.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        Self {
            kind: FactKind(answer.kind).to_string(),
            epoch: answer.mark.epoch.0,
            seq: answer.mark.seq.0,
            hash: answer.mark.hash.to_string(),
            number: (answer.number > 0).then_some(answer.number),
            amount_kop: answer.amount.0,
            report: answer
                .report
                .as_ref()
                .map(|z| Report::of(z.number, z.expected, Some(z.counted), &z.totals)),
        }
    }
}

/// What the till shows of itself.
#[derive(Debug, Serialize)]
pub struct StateOut {
    workplace: String,
    training: bool,
    epoch: u32,
    seq: u64,
    shift: Option<u32>,
    receipts: u64,
    drawer_kop: i64,
    backlog: u64,
    version: &'static str,
}

impl StateOut {
    /// The state as JSON fields.
    #[must_use]
    pub fn of(view: &View, training: bool, backlog: u64) -> Self {
        Self {
            workplace: view.id.to_string(),
            training,
            epoch: view.head.epoch.0,
            seq: view.head.seq.0,
            shift: view.open.as_ref().map(|open| open.number),
            receipts: view.receipts,
            drawer_kop: view.drawer.0,
            backlog,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

//! The till API as JSON: what is asked, what is answered, and how a refusal looks.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use storefleet_core::cash::Direction;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_core::kind::FactKind;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind};
use storefleet_core::request::Answer;
use storefleet_core::shift::{Side, Totals};
use storefleet_core::stock::{Sku, WriteOffLine};
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::View;
use storefleet_core::workplace::decide::{OriginSale, Refusal, Request};

/// What every call carries beside its own fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call<T> {
    /// Who asks.
    pub employee: String,
    /// Business time, `2024-12-05T15:29:00+07:00`; training workplaces only.
    #[serde(default)]
    pub business_time: Option<String>,
    /// The fields of the call.
    #[serde(rename = "data")]
    pub data: T,
}

/// `POST /v1/shift/open`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenShift {
    /// Cash counted, kopecks.
    pub counted_kop: i64,
}

/// `POST /v1/shift/close`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseShift {
    /// Cash counted, kopecks; left out counts what is expected.
    #[serde(default)]
    pub counted_kop: Option<i64>,
}

/// A line of a receipt or return; all amounts positive.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineIn {
    item: String,
    #[serde(default)]
    owner: Option<String>,
    qty_milli: i64,
    unit_price_kop: i64,
    gross_kop: i64,
    #[serde(default)]
    discount_kop: i64,
    #[serde(default)]
    vat: Option<String>,
    #[serde(default)]
    serial: Option<String>,
}

/// A payment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentIn {
    kind: String,
    amount_kop: i64,
}

/// `POST /v1/receipts`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sell {
    lines: Vec<LineIn>,
    payments: Vec<PaymentIn>,
}

/// The sale that goods come back from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginIn {
    epoch: u32,
    seq: u64,
}

/// `POST /v1/returns`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeBack {
    #[serde(default)]
    origin: Option<OriginIn>,
    reason: String,
    lines: Vec<LineIn>,
    payments: Vec<PaymentIn>,
}

/// `POST /v1/cash`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveCash {
    direction: String,
    amount_kop: i64,
    reason: String,
}

/// A line of a write-off.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOffLineIn {
    item: String,
    #[serde(default)]
    owner: Option<String>,
    qty_milli: i64,
}

/// `POST /v1/writeoffs`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    lines: Vec<WriteOffLineIn>,
    reason: String,
}

/// A call that becomes a request of the store loop.
pub trait IntoRequest {
    /// The request.
    ///
    /// # Errors
    /// A word that is none of the known ones.
    fn into_request(self) -> Result<Request, Problem>;
}

impl IntoRequest for OpenShift {
    fn into_request(self) -> Result<Request, Problem> {
        Ok(Request::OpenShift {
            counted: Money(self.counted_kop),
        })
    }
}

impl IntoRequest for CloseShift {
    fn into_request(self) -> Result<Request, Problem> {
        Ok(Request::CloseShift {
            counted: self.counted_kop.map(Money),
        })
    }
}

impl IntoRequest for Sell {
    fn into_request(self) -> Result<Request, Problem> {
        Ok(Request::Sell {
            lines: lines(self.lines),
            payments: payments(self.payments)?,
        })
    }
}

impl IntoRequest for TakeBack {
    fn into_request(self) -> Result<Request, Problem> {
        let origin = self.origin.map(|origin| OriginSale {
            mark: Mark {
                epoch: Epoch(origin.epoch),
                seq: Seq(origin.seq),
                hash: Hash::default(),
            },
            sale: None,
        });
        Ok(Request::Return {
            origin,
            reason: self.reason,
            lines: lines(self.lines),
            payments: payments(self.payments)?,
        })
    }
}

impl IntoRequest for MoveCash {
    fn into_request(self) -> Result<Request, Problem> {
        let direction = Direction::from_name(&self.direction)
            .ok_or_else(|| Problem::word("direction", &self.direction, "in, out"))?;
        Ok(Request::Cash {
            direction,
            amount: Money(self.amount_kop),
            reason: self.reason,
        })
    }
}

impl IntoRequest for WriteOff {
    fn into_request(self) -> Result<Request, Problem> {
        let lines = self.lines.into_iter().map(|line| WriteOffLine {
            sku: Sku {
                item: line.item,
                owner: line.owner,
            },
            quantity: Quantity(line.qty_milli),
        });
        Ok(Request::WriteOff {
            lines: lines.collect(),
            reason: self.reason,
        })
    }
}

fn lines(lines: Vec<LineIn>) -> Vec<Line> {
    lines
        .into_iter()
        .map(|line| Line {
            sku: Sku {
                item: line.item,
                owner: line.owner,
            },
            quantity: Quantity(line.qty_milli),
            unit_price: Money(line.unit_price_kop),
            gross: Money(line.gross_kop),
            discount: Money(line.discount_kop),
            vat: line.vat,
            serial: line.serial,
        })
        .collect()
}

fn payments(payments: Vec<PaymentIn>) -> Result<Vec<Payment>, Problem> {
    let known = || {
        PaymentKind::KNOWN
            .iter()
            .map(|kind| kind.name())
            .collect::<Vec<_>>()
            .join(", ")
    };
    payments
        .into_iter()
        .map(|payment| {
            let kind = PaymentKind::from_name(&payment.kind)
                .ok_or_else(|| Problem::word("payment kind", &payment.kind, &known()))?;
            Ok(Payment {
                kind,
                amount: Money(payment.amount_kop),
            })
        })
        .collect()
}

/// Reads a business time with its offset.
///
/// # Errors
/// When the text is no time with an offset.
pub fn store_time(text: &str) -> Result<StoreTime, Problem> {
    let wrong = || Problem::word("business_time", text, "2024-12-05T15:29:00+07:00");
    let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(|_| wrong())?;
    let at: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    let offset = pieces.to_numeric_offset().ok_or_else(wrong)?;
    let minutes = i16::try_from(offset.seconds() / 60).map_err(|_| wrong())?;
    Ok(StoreTime {
        at: Timestamp(at.as_millisecond()),
        offset: OffsetMinutes(minutes),
    })
}

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

/// A refusal or error as `application/problem+json` (RFC 9457), with a code and the next step.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    title: String,
    detail: String,
    next: String,
}

impl Problem {
    /// A problem whose texts stand in the message catalogue under its code.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            title: code.to_owned(),
            detail: String::new(),
            next: String::new(),
        }
    }

    /// A word that is none of the known ones.
    #[must_use]
    pub fn word(what: &str, given: &str, known: &str) -> Self {
        Self {
            detail: format!("{what} {given:?}: expected {known}"),
            ..Self::new(StatusCode::BAD_REQUEST, "malformed")
        }
    }

    /// A body that cannot be read, with the place.
    #[must_use]
    pub fn malformed(detail: String) -> Self {
        Self {
            detail,
            ..Self::new(StatusCode::BAD_REQUEST, "malformed")
        }
    }

    /// A refusal of the store loop.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        let status = match refusal {
            Refusal::ShiftClosed | Refusal::ShiftOpen(_) => StatusCode::CONFLICT,
            Refusal::BusinessTime => StatusCode::FORBIDDEN,
            Refusal::TooLarge | Refusal::TooManyLines(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Incomplete => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::OriginUnknown(_) => StatusCode::NOT_FOUND,
            Refusal::KeyReused
            | Refusal::NoLines
            | Refusal::Quantity { .. }
            | Refusal::Amount { .. }
            | Refusal::OutOfRange
            | Refusal::Text(_)
            | Refusal::SerialQuantity { .. }
            | Refusal::Unbalanced { .. }
            | Refusal::TooMuchReturned { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self {
            detail: refusal.to_string(),
            ..Self::new(status, refusal.code())
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The same with title and next step in the till's language.
    #[must_use]
    pub fn in_words(mut self, messages: &storefleet_messages::Catalogue) -> Self {
        self.title = messages.text(&format!("till-{}", self.code));
        self.next = messages.text(&format!("till-{}-next", self.code));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response.extensions_mut().insert(self);
        response
    }
}

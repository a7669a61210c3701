//! What a till may ask, as JSON; a field that is not declared here is refused.

use serde::Deserialize;
use storefleet_core::cash::Direction;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind};
use storefleet_core::stock::{Sku, WriteOffLine};
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::decide::{OriginSale, Request};

use crate::till::problem::Problem;

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
            priced: None,
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

pub(super) fn payments(payments: Vec<PaymentIn>) -> Result<Vec<Payment>, Problem> {
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

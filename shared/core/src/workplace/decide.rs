//! What a till may do now: a request becomes one fact, a repeated answer, or a refusal.

use std::collections::BTreeMap;

use crate::cash::{Direction, Moved, Place};
use crate::entry::{BODY_BYTES_MAX, ClockState, HEADER_VERSION, Header, RequestRef};
use crate::epoch::Mark;
use crate::fact::Fact;
use crate::ids::Hash;
use crate::money::{Money, Quantity};
use crate::receipt::{self, LINES_MAX, Line, Origin, Payment, Return, Sale};
use crate::request::{Answer, Seen};
use crate::shift::{Closed, Opened};
use crate::stock::{Sku, WriteOffLine, WrittenOff};
use crate::time::StoreTime;
use crate::workplace::{FOLD_VERSION, Workplace};

/// Bound of any text a client gives, in bytes.
pub const TEXT_BYTES_MAX: usize = 200;
/// Bound of one amount or quantity, so that no sum of a shift can reach the ends of the range.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

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
    /// Sell with given prices.
    Sell {
        /// What is sold.
        lines: Vec<Line>,
        /// How it is paid.
        payments: Vec<Payment>,
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

/// Times of the moment, read by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The real clock with the store's offset.
    pub wall: StoreTime,
    /// Trust in that clock.
    pub clock: ClockState,
    /// Milliseconds of the monotonic clock.
    pub monotonic_ms: u64,
    /// Start of the machine that the monotonic time counts from.
    pub boot: u64,
}

/// What follows from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Append this fact, then answer.
    Write(Box<Fact>),
    /// It was done before: this is the answer.
    Repeat(Answer),
}

/// Business says no. Refusals are values: shown to people, never logged as errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key stood for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Nothing is sold outside a shift.
    #[error("no shift is open")]
    ShiftClosed,
    /// One shift at a time.
    #[error("shift {0} is open already")]
    ShiftOpen(u32),
    /// A receipt needs lines.
    #[error("there are no lines")]
    NoLines,
    /// More than any real receipt.
    #[error("{0} lines are more than {LINES_MAX}")]
    TooManyLines(usize),
    /// The entry would not fit.
    #[error("the document is larger than {BODY_BYTES_MAX} bytes")]
    TooLarge,
    /// Quantities are above zero.
    #[error("line {line}: the quantity must be above zero")]
    Quantity {
        /// Which line, from 1.
        line: usize,
    },
    /// Amounts are not negative, and a discount is not above its line.
    #[error("line {line}: amounts must not be negative and a discount not above the line")]
    Amount {
        /// Which line, from 1.
        line: usize,
    },
    /// An amount beyond any real one.
    #[error("an amount or quantity is beyond the limit")]
    OutOfRange,
    /// A text is empty or too long.
    #[error("{0} must be 1 to {TEXT_BYTES_MAX} bytes")]
    Text(&'static str),
    /// A serial belongs to one unit.
    #[error("line {line}: a serial stands for exactly one unit")]
    SerialQuantity {
        /// Which line, from 1.
        line: usize,
    },
    /// Payments and lines must agree.
    #[error("payments of {paid} do not equal the total of {total}")]
    Unbalanced {
        /// Sum of the payments.
        paid: Money,
        /// Sum of the lines.
        total: Money,
    },
    /// The sale is not in this journal.
    #[error("the journal holds no sale at epoch {} entry {}", .0.epoch, .0.seq)]
    OriginUnknown(Mark),
    /// More comes back than was sold.
    #[error("{item}: {left} thousandths are left to return, not {asked}")]
    TooMuchReturned {
        /// Which item.
        item: String,
        /// What may still come back.
        left: i64,
        /// What was asked.
        asked: i64,
    },
    /// Only training may choose its time.
    #[error("a business time is accepted from training workplaces only")]
    BusinessTime,
    /// The state misses history, so no answer would be right.
    #[error("the journal before this epoch is not known yet")]
    Incomplete,
}

impl Refusal {
    /// Stable code in interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyReused => "key-reused",
            Self::ShiftClosed => "shift-closed",
            Self::ShiftOpen(_) => "shift-open",
            Self::NoLines => "no-lines",
            Self::TooManyLines(_) => "too-many-lines",
            Self::TooLarge => "too-large",
            Self::Quantity { .. } => "quantity",
            Self::Amount { .. } => "amount",
            Self::OutOfRange => "out-of-range",
            Self::Text(_) => "text",
            Self::SerialQuantity { .. } => "serial-quantity",
            Self::Unbalanced { .. } => "unbalanced",
            Self::OriginUnknown(_) => "origin-unknown",
            Self::TooMuchReturned { .. } => "too-much-returned",
            Self::BusinessTime => "business-time",
            Self::Incomplete => "incomplete",
        }
    }
}

impl Workplace {
    /// Decides a request on the applied state.
    ///
    /// # Errors
    /// The refusal that the client is shown.
    pub fn decide(&self, asked: &Asked, training: bool) -> Result<Decision, Refusal> {
        match self.requests.seen(&asked.key) {
            Seen::Same(answer) => return Ok(Decision::Repeat(answer.clone())),
            Seen::Other => return Err(Refusal::KeyReused),
            Seen::Never => {}
        }
        if !self.complete {
            return Err(Refusal::Incomplete);
        }
        if asked.business_time.is_some() && !training {
            return Err(Refusal::BusinessTime);
        }
        text("the idempotency key", &asked.key.key)?;
        text("the employee", &asked.employee)?;
        let fact = self.fact(asked)?;
        if fact.encode().len() > BODY_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        Ok(Decision::Write(Box::new(fact)))
    }

    fn fact(&self, asked: &Asked) -> Result<Fact, Refusal> {
        let business_time = asked.business_time;
        match &asked.request {
            Request::OpenShift { counted } => self.open(*counted, business_time),
            Request::CloseShift { counted } => self.close(*counted, business_time),
            Request::Sell { lines, payments } => {
                self.open_shift_number()?;
                check_lines(lines)?;
                check_payments(lines, payments)?;
                Ok(Fact::Sale(Sale {
                    number: self.receipt_number.saturating_add(1),
                    lines: lines.clone(),
                    payments: payments.clone(),
                    business_time,
                    subject: None,
                }))
            }
            Request::Return {
                origin,
                reason,
                lines,
                payments,
            } => {
                self.open_shift_number()?;
                text("the reason", reason)?;
                check_lines(lines)?;
                check_payments(lines, payments)?;
                if let Some(origin) = origin {
                    self.check_origin(origin, lines)?;
                }
                Ok(Fact::Return(Return {
                    number: self.receipt_number.saturating_add(1),
                    origin: origin.as_ref().map(|o| Origin {
                        workplace: self.id.clone(),
                        mark: o.mark,
                    }),
                    reason: reason.clone(),
                    lines: lines.clone(),
                    payments: payments.clone(),
                    business_time,
                }))
            }
            Request::Cash {
                direction,
                amount,
                reason,
            } => {
                self.open_shift_number()?;
                text("the reason", reason)?;
                in_range(amount.0)?;
                if amount.0 <= 0 {
                    return Err(Refusal::Amount { line: 1 });
                }
                let moved = Moved {
                    amount: *amount,
                    reason: reason.clone(),
                    business_time,
                };
                match direction {
                    Direction::In => Ok(Fact::CashIn(moved)),
                    Direction::Out => Ok(Fact::CashOut(moved)),
                    Direction::Other(_) => Err(Refusal::Text("the direction")),
                }
            }
            Request::WriteOff { lines, reason } => {
                text("the reason", reason)?;
                count_lines(lines.len())?;
                for (line, row) in (1..).zip(lines) {
                    text("the item", &row.sku.item)?;
                    check_quantity(line, row.quantity)?;
                }
                Ok(Fact::WrittenOff(WrittenOff {
                    lines: lines.clone(),
                    reason: reason.clone(),
                    business_time,
                }))
            }
        }
    }

    fn open(&self, counted: Money, business_time: Option<StoreTime>) -> Result<Fact, Refusal> {
        if let Some(open) = &self.shifts.open {
            return Err(Refusal::ShiftOpen(open.number));
        }
        in_range(counted.0)?;
        let number = self.shifts.last_number.saturating_add(1);
        Ok(Fact::ShiftOpened(Opened {
            number,
            counted,
            business_time,
        }))
    }

    fn close(
        &self,
        counted: Option<Money>,
        business_time: Option<StoreTime>,
    ) -> Result<Fact, Refusal> {
        let open = self.shifts.open.as_ref().ok_or(Refusal::ShiftClosed)?;
        let expected = self.cash.at(Place::Drawer);
        let counted = counted.unwrap_or(expected);
        in_range(counted.0)?;
        Ok(Fact::ShiftClosed(Closed {
            number: open.number,
            counted,
            expected,
            totals: open.totals.clone(),
            fold_version: FOLD_VERSION,
            digest: self.digest(),
            business_time,
        }))
    }

    fn open_shift_number(&self) -> Result<u32, Refusal> {
        self.shifts
            .open
            .as_ref()
            .map(|open| open.number)
            .ok_or(Refusal::ShiftClosed)
    }

    /// The entry must be a sale here, and no more may come back of an item than it sold.
    fn check_origin(&self, origin: &OriginSale, lines: &[Line]) -> Result<(), Refusal> {
        let sale = origin
            .sale
            .as_ref()
            .ok_or(Refusal::OriginUnknown(origin.mark))?;
        let mut asked: BTreeMap<&Sku, Quantity> = BTreeMap::new();
        for line in lines {
            let sum = asked.entry(&line.sku).or_default();
            *sum = sum.plus(line.quantity);
        }
        for (sku, asked) in asked {
            let sold: Quantity = sale
                .lines
                .iter()
                .filter(|l| l.sku == *sku)
                .map(|l| l.quantity)
                .sum();
            let left = sold.minus(self.returned(&origin.mark, sku));
            if asked > left {
                let item = sku.item.clone();
                return Err(Refusal::TooMuchReturned {
                    item,
                    left: left.0,
                    asked: asked.0,
                });
            }
        }
        Ok(())
    }

    /// The header that the next entry of this journal gets.
    #[must_use]
    pub fn next_header(&self, fact: &Fact, stamp: &Stamp) -> Header {
        let business_time = business_time(fact).unwrap_or(stamp.wall);
        Header {
            version: HEADER_VERSION,
            flags: 0,
            workplace: self.id.clone(),
            epoch: self.head.epoch,
            seq: self.head.seq.next(),
            prev: if self.head.seq.0 == 0 {
                Hash::default()
            } else {
                self.head.hash
            },
            kind: fact.kind(),
            wall: stamp.wall,
            clock: stamp.clock,
            monotonic_ms: stamp.monotonic_ms,
            boot: stamp.boot,
            business_date: business_time.date(),
            till: self.id.till().number(),
            shift: self.shifts.open.as_ref().map(|open| open.number),
            register: None,
            legal_entity: None,
            employee: None,
            request: None,
            cause: None,
            datasets: None,
        }
    }
}

/// The business time a fact carries.
#[must_use]
pub fn business_time(fact: &Fact) -> Option<StoreTime> {
    match fact {
        Fact::ShiftOpened(body) => body.business_time,
        Fact::ShiftClosed(body) => body.business_time,
        Fact::Sale(body) => body.business_time,
        Fact::Return(body) => body.business_time,
        Fact::CashIn(body) | Fact::CashOut(body) => body.business_time,
        Fact::WrittenOff(body) => body.business_time,
        Fact::Genesis(_)
        | Fact::BroughtForward(_)
        | Fact::BroughtForwardEnd(_)
        | Fact::AgentStarted(_)
        | Fact::Unknown { .. } => None,
    }
}

fn check_lines(lines: &[Line]) -> Result<(), Refusal> {
    count_lines(lines.len())?;
    for (number, line) in (1..).zip(lines) {
        text("the item", &line.sku.item)?;
        check_quantity(number, line.quantity)?;
        [line.unit_price, line.gross, line.discount]
            .iter()
            .try_for_each(|a| in_range(a.0))?;
        let negative = line.gross.0 < 0 || line.discount.0 < 0 || line.unit_price.0 < 0;
        if negative || line.discount > line.gross {
            return Err(Refusal::Amount { line: number });
        }
        for given in [&line.vat, &line.serial, &line.sku.owner]
            .into_iter()
            .flatten()
        {
            text("a code of the line", given)?;
        }
        if line.serial.is_some() && line.quantity != Quantity(1_000) {
            return Err(Refusal::SerialQuantity { line: number });
        }
    }
    Ok(())
}

fn check_quantity(line: usize, quantity: Quantity) -> Result<(), Refusal> {
    in_range(quantity.0)?;
    if quantity.0 <= 0 {
        Err(Refusal::Quantity { line })
    } else {
        Ok(())
    }
}

fn check_payments(lines: &[Line], payments: &[Payment]) -> Result<(), Refusal> {
    for payment in payments {
        in_range(payment.amount.0)?;
        if payment.amount.0 < 0 {
            return Err(Refusal::OutOfRange);
        }
    }
    let paid: Money = payments.iter().map(|payment| payment.amount).sum();
    let total = receipt::total(lines);
    if paid == total {
        Ok(())
    } else {
        Err(Refusal::Unbalanced { paid, total })
    }
}

fn count_lines(count: usize) -> Result<(), Refusal> {
    match count {
        0 => Err(Refusal::NoLines),
        1..=LINES_MAX => Ok(()),
        _ => Err(Refusal::TooManyLines(count)),
    }
}

fn text(what: &'static str, given: &str) -> Result<(), Refusal> {
    if (1..=TEXT_BYTES_MAX).contains(&given.len()) {
        Ok(())
    } else {
        Err(Refusal::Text(what))
    }
}

fn in_range(amount: i64) -> Result<(), Refusal> {
    if amount.unsigned_abs() <= AMOUNT_MAX.unsigned_abs() {
        Ok(())
    } else {
        Err(Refusal::OutOfRange)
    }
}

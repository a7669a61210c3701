//! What a till may do now: a request becomes one fact, a repeated answer, or a refusal.

use std::collections::BTreeMap;

use crate::cash::{Direction, Moved, Place};
use crate::entry::{BODY_BYTES_MAX, ClockState, HEADER_VERSION, Header};
use crate::fact::Fact;
use crate::ids::Hash;
use crate::money::{Money, Quantity};
use crate::receipt::{Line, Origin, Payment, PricedSale, Return, Sale};
use crate::request::Seen;
use crate::shelf_tag::Printed;
use crate::shift::{Closed, Opened};
use crate::stock::{Sku, WrittenOff};
use crate::time::StoreTime;
use crate::workplace::{FOLD_VERSION, Workplace};

mod check;
mod refusal;
mod request;

pub use check::TEXT_BYTES_MAX;
use check::{check_lines, check_payments, check_quantity, check_tags, count_lines, in_range, text};
pub use refusal::Refusal;
pub use request::{Asked, Decision, OriginSale, Request};

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
            Request::Sell {
                lines,
                payments,
                priced,
            } => self.sale(lines, payments, priced.clone(), business_time),
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
            Request::PrintTags { tags, taken_down } => {
                check_tags(tags, taken_down)?;
                Ok(Fact::PricetagPrinted(Printed {
                    tags: tags.clone(),
                    business_time,
                    taken_down: Some(taken_down.clone()).filter(|items| !items.is_empty()),
                }))
            }
        }
    }

    fn sale(
        &self,
        lines: &[Line],
        payments: &[Payment],
        priced: Option<Box<PricedSale>>,
        business_time: Option<StoreTime>,
    ) -> Result<Fact, Refusal> {
        self.open_shift_number()?;
        check_lines(lines)?;
        check_payments(lines, payments)?;
        // Between the price and the sale another receipt may have taken it.
        let shown = priced.iter().flat_map(|it| &it.record.coupons_used);
        if let Some(code) = self.coupons.first_of(shown) {
            return Err(Refusal::CouponUsed(code.to_string()));
        }
        Ok(Fact::Sale(Sale {
            number: self.receipt_number.saturating_add(1),
            lines: lines.to_vec(),
            payments: payments.to_vec(),
            business_time,
            subject: None,
            priced,
        }))
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
            datasets: decided_on(fact).or(self.datasets.stack),
        }
    }
}

/// The datasets a fact was decided on, where it says so itself.
fn decided_on(fact: &Fact) -> Option<Hash> {
    match fact {
        Fact::Sale(sale) => sale.priced.as_ref().map(|priced| priced.stack),
        Fact::DatasetApplied(applied) => Some(applied.stack),
        Fact::ShiftOpened(_)
        | Fact::ShiftClosed(_)
        | Fact::Return(_)
        | Fact::CashIn(_)
        | Fact::CashOut(_)
        | Fact::WrittenOff(_)
        | Fact::PricetagPrinted(_)
        | Fact::Genesis(_)
        | Fact::BroughtForward(_)
        | Fact::BroughtForwardEnd(_)
        | Fact::AgentStarted(_)
        | Fact::DatasetRejected(_)
        | Fact::DatasetRepaired(_)
        | Fact::StockBooked(_)
        | Fact::Adopted(_)
        | Fact::Unknown { .. } => None,
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
        Fact::PricetagPrinted(body) => body.business_time,
        Fact::Genesis(_)
        | Fact::BroughtForward(_)
        | Fact::BroughtForwardEnd(_)
        | Fact::AgentStarted(_)
        | Fact::DatasetApplied(_)
        | Fact::DatasetRejected(_)
        | Fact::DatasetRepaired(_)
        | Fact::StockBooked(_)
        | Fact::Adopted(_)
        | Fact::Unknown { .. } => None,
    }
}

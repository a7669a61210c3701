//! Why a till may not do what its client asks for.

use super::check::TEXT_BYTES_MAX;
use crate::entry::BODY_BYTES_MAX;
use crate::epoch::Mark;
use crate::money::Money;
use crate::receipt::LINES_MAX;

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
    /// A personal coupon code counts once.
    #[error("the coupon code {0} was used already")]
    CouponUsed(String),
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
            Self::CouponUsed(_) => "coupon-used",
            Self::BusinessTime => "business-time",
            Self::Incomplete => "incomplete",
        }
    }
}

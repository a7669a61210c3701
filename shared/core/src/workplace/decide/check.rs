//! Bounds of what a client gives, checked before anything is decided.

use super::Refusal;
use crate::money::{Money, Quantity};
use crate::receipt::{self, LINES_MAX, Line, Payment};
use crate::shelf_tag::PrintedTag;

/// Bound of any text a client gives, in bytes.
pub const TEXT_BYTES_MAX: usize = 200;
/// Bound of one amount or quantity, so that no sum of a shift can reach the ends of the range.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

pub(super) fn check_lines(lines: &[Line]) -> Result<(), Refusal> {
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

pub(super) fn check_quantity(line: usize, quantity: Quantity) -> Result<(), Refusal> {
    in_range(quantity.0)?;
    if quantity.0 <= 0 {
        Err(Refusal::Quantity { line })
    } else {
        Ok(())
    }
}

pub(super) fn check_payments(lines: &[Line], payments: &[Payment]) -> Result<(), Refusal> {
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

pub(super) fn check_tags(tags: &[PrintedTag], taken_down: &[String]) -> Result<(), Refusal> {
    count_lines(tags.len().saturating_add(taken_down.len()))?;
    for item in taken_down {
        text("the item", item)?;
    }
    for (line, tag) in (1..).zip(tags) {
        text("the item", &tag.item)?;
        in_range(tag.price.0)?;
        if tag.price.0 < 0 {
            return Err(Refusal::Amount { line });
        }
    }
    Ok(())
}

pub(super) fn count_lines(count: usize) -> Result<(), Refusal> {
    match count {
        0 => Err(Refusal::NoLines),
        1..=LINES_MAX => Ok(()),
        _ => Err(Refusal::TooManyLines(count)),
    }
}

pub(super) fn text(what: &'static str, given: &str) -> Result<(), Refusal> {
    if (1..=TEXT_BYTES_MAX).contains(&given.len()) {
        Ok(())
    } else {
        Err(Refusal::Text(what))
    }
}

pub(super) fn in_range(amount: i64) -> Result<(), Refusal> {
    if amount.unsigned_abs() <= AMOUNT_MAX.unsigned_abs() {
        Ok(())
    } else {
        Err(Refusal::OutOfRange)
    }
}

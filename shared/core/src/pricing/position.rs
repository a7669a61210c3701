//! Printed positions of a line, and what its single pieces are worth.
//!
//! 54-FZ wants the sum of a position (tag 1043) to be its price (1079) times its quantity (1023).

use crate::money::{Money, Quantity};

use super::rounding::{PIECE_MILLI, floor_divide, money, product, round_half_away};

/// One position as the receipt prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Position {
    /// Quantity, tag 1023.
    #[n(0)]
    pub quantity: Quantity,
    /// Price of a unit with reductions, tag 1079.
    #[n(1)]
    pub unit_price: Money,
    /// Sum, tag 1043.
    #[n(2)]
    pub sum: Money,
}

/// Whole pieces of a quantity; none for a fraction or for nothing.
#[must_use]
pub fn whole_pieces(quantity: Quantity) -> Option<i64> {
    let whole = quantity.0 > 0 && quantity.0 % PIECE_MILLI == 0;
    whole.then_some(quantity.0 / PIECE_MILLI)
}

/// The positions of a line of that net sum: one where the pieces cost the same, otherwise the cheaper
/// pieces and then those that cost a kopeck more. A fractional quantity is one position.
#[must_use]
pub fn positions(net: Money, quantity: Quantity) -> Vec<Position> {
    let Some(pieces) = whole_pieces(quantity) else {
        let scaled = product(net.0, PIECE_MILLI);
        return vec![Position {
            quantity,
            unit_price: money(round_half_away(scaled, i128::from(quantity.0))),
            sum: net,
        }];
    };
    let low = net.0.checked_div_euclid(pieces).unwrap_or(0);
    let dearer = net.0.checked_rem_euclid(pieces).unwrap_or(0);
    [
        (pieces.saturating_sub(dearer), low),
        (dearer, low.saturating_add(1)),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, price)| Position {
        quantity: Quantity(count.saturating_mul(PIECE_MILLI)),
        unit_price: Money(price),
        sum: Money(price.saturating_mul(count)),
    })
    .collect()
}

/// What the `number`-th of `pieces` pieces (from 1) is worth: ⌊T·j/q⌋ − ⌊T·(j−1)/q⌋, so that all of them
/// give exactly the total, whatever the order of their return.
#[must_use]
pub fn piece_amount(total: Money, pieces: i64, number: i64) -> Money {
    let up_to = |count: i64| floor_divide(product(total.0, count), i128::from(pieces));
    money(up_to(number).saturating_sub(up_to(number.saturating_sub(1))))
}

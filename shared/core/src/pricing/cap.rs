//! How far one reduction may go on one line or unit.

use crate::money::Money;

use super::corridor::Floor;
use super::explain::Clamp;

/// The room for a reduction, and what bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub amount: Money,
    pub clamp: Clamp,
}

impl Room {
    /// The least of: down to the floor, the dealer limit, what is left; of equal ones the first is named.
    pub(crate) fn of(left: Money, floor: Option<Floor>, dealer_limit: Option<Money>) -> Self {
        let above_floor = floor.map(|floor| Self {
            amount: left.minus(floor.unit),
            clamp: Clamp::Floor(floor.owner),
        });
        let limit = dealer_limit.map(|amount| Self {
            amount,
            clamp: Clamp::DealerLimit,
        });
        let all = Self {
            amount: left,
            clamp: Clamp::Zero,
        };
        let least = [above_floor, limit]
            .into_iter()
            .flatten()
            .map(|room| Self {
                // A list price below the floor stays: it only gets no reduction.
                amount: room.amount.max(Money::ZERO),
                ..room
            })
            .rev()
            .fold(all, |least, room| {
                if room.amount <= least.amount {
                    room
                } else {
                    least
                }
            });
        Self {
            amount: least.amount.max(Money::ZERO),
            ..least
        }
    }
}

//! The late tail of a machine that was replaced: what its entries moved, so that the journal that lives on adopts it.

use crate::brought_forward::{CashRow, SerialRow, StockRow};
use crate::epoch::Mark;
use crate::ids::Seq;
use crate::money::{Money, Quantity};
use crate::serial::Claims;
use crate::workplace::Workplace;

use super::DocumentNumber;

/// What a range of entries of another machine moved. The entries themselves stay with the centre, as signed.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Adoption {
    /// The first entry.
    #[n(0)]
    pub first: Seq,
    /// The last entry.
    #[n(1)]
    pub last: Mark,
    /// Goods that came onto the shelf; negative for what left it.
    #[n(2)]
    pub stock: Vec<StockRow>,
    /// Serials that were sold or came back.
    #[n(3)]
    pub serials: Vec<SerialRow>,
    /// Money by place; the sum is zero.
    #[n(4)]
    pub cash: Vec<CashRow>,
}

/// The shop adopted a tail.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Adopted {
    /// The document.
    #[n(0)]
    pub number: DocumentNumber,
    /// What was adopted.
    #[n(1)]
    pub adoption: Adoption,
    /// Who accepted it.
    #[n(2)]
    pub actor: String,
    /// Why.
    #[n(3)]
    pub why: String,
}

impl Adoption {
    /// What the entries from `first` to the head of `after` moved, `before` being the state in front of them.
    #[must_use]
    pub fn between(before: &Workplace, after: &Workplace, first: Seq) -> Self {
        let stock = after.stock.rows().map(|(sku, quantity)| StockRow {
            sku: sku.clone(),
            quantity: quantity.minus(before.stock.on_shelf(sku)),
        });
        let serials = after.serials.rows().map(|(serial, claims)| {
            let was = before.serials.of(serial);
            SerialRow {
                serial: serial.to_owned(),
                claims: claims.since(was),
            }
        });
        let cash = after.cash.rows().map(|(place, amount)| CashRow {
            place,
            amount: amount.minus(before.cash.at(place)),
        });
        Self {
            first,
            last: after.head,
            stock: stock.filter(|row| row.quantity != Quantity::ZERO).collect(),
            serials: serials
                .filter(|row| row.claims != Claims::default())
                .collect(),
            cash: cash.filter(|row| row.amount != Money::ZERO).collect(),
        }
    }
}

//! Opening balances: what the office says a store held on its shelf when it began to work with Storefleet. A change
//! of one is a document that the store's first workplace journals: the difference is a move of goods like any other.

use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::brought_forward::StockRow;
use crate::cbor;
use crate::document::UnitRow;
use crate::money::Quantity;
use crate::pricing::names::{ItemCode, StoreRef};
use crate::stock::Sku;

/// A row of a unit that is told apart is about one.
const ONE: Quantity = Quantity(1_000);

/// The balance of one item of one owner in one store.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct OpeningStockRecord {
    /// The store.
    #[n(0)]
    pub store: StoreRef,
    /// The item.
    #[n(1)]
    pub item: ItemCode,
    /// The legal entity that owns the goods; none for the store's own.
    #[n(2)]
    pub owner: Option<String>,
    /// How many, in thousandths; 0 or more.
    #[n(3)]
    pub quantity: Quantity,
    /// The number of the one unit that the row is about; none for goods that are only counted.
    #[n(4)]
    pub serial: Option<String>,
}

/// What a change of a balance moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Goods that are counted.
    Quantity(StockRow),
    /// A unit that is told apart.
    Unit(UnitRow),
}

impl Record for OpeningStockRecord {
    const TABLE: Table = Table::OpeningStock;
    const COLUMNS: &'static [Column] = &[
        needed("store_id"),
        needed("item_code"),
        optional("owner"),
        needed("quantity"),
        optional("serial"),
    ];

    fn key(&self) -> String {
        let owner = self.owner.as_deref().unwrap_or_default();
        match &self.serial {
            Some(serial) => format!("{}/{}/{owner}/{serial}", self.store, self.item),
            None => format!("{}/{}/{owner}", self.store, self.item),
        }
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let owner = cells.text("owner")?;
        let quantity = quantity(cells.needed("quantity")?);
        let quantity = quantity.ok_or_else(|| cells.bad("quantity", Rule::Quantity))?;
        let serial = Some(cells.text("serial")?.to_owned()).filter(|serial| !serial.is_empty());
        if serial.is_some() && quantity != ONE {
            return Err(cells.bad("quantity", Rule::OneUnit));
        }
        Ok(Self {
            store: cells.needed("store_id")?.into(),
            item: cells.needed("item_code")?.into(),
            owner: Some(owner.to_owned()).filter(|owner| !owner.is_empty()),
            quantity,
            serial,
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.store.to_string(),
            self.item.to_string(),
            self.owner.clone().unwrap_or_default(),
            quantity_text(self.quantity),
            self.serial.clone().unwrap_or_default(),
        ]
    }
}

/// What a change of one balance moves, and in which store; none where nothing moves.
#[must_use]
pub fn moved(from: Option<&[u8]>, to: Option<&[u8]>) -> Option<(StoreRef, Move)> {
    let read = |bytes: &[u8]| cbor::decode::<OpeningStockRecord>(bytes).ok();
    let (from, to) = (from.and_then(read), to.and_then(read));
    let held =
        |side: &Option<OpeningStockRecord>| side.as_ref().map_or(Quantity::ZERO, |it| it.quantity);
    let quantity = held(&to).minus(held(&from));
    let record = to.or(from).filter(|_| quantity != Quantity::ZERO)?;
    let sku = Sku {
        item: record.item.to_string(),
        owner: record.owner,
    };
    let moved = match record.serial {
        Some(serial) => Move::Unit(UnitRow {
            sku,
            serial,
            count: if quantity > Quantity::ZERO { 1 } else { -1 },
        }),
        None => Move::Quantity(StockRow { sku, quantity }),
    };
    Some((record.store, moved))
}

/// Reads `12`, `0.5` or `0,5` pieces or units, with three places at most.
fn quantity(text: &str) -> Option<Quantity> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_number = |digits: &str| {
        !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|it| it.is_ascii_digit())
    };
    if !is_number(whole) || !is_number(part) || part.len() > 3 {
        return None;
    }
    let thousandths: i64 = format!("{part:0<3}").parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    Some(Quantity(
        whole.checked_mul(1_000)?.checked_add(thousandths)?,
    ))
}

/// The shortest text that [`quantity`] reads back.
fn quantity_text(quantity: Quantity) -> String {
    let (whole, part) = (quantity.0.div_euclid(1_000), quantity.0.rem_euclid(1_000));
    if part == 0 {
        return whole.to_string();
    }
    let part = format!("{part:03}");
    format!("{whole}.{}", part.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_quantity_is_read_as_it_was_written(milli in 0..10_i64.pow(15)) {
            prop_assert_eq!(quantity(&quantity_text(Quantity(milli))), Some(Quantity(milli)));
        }
    }

    #[test]
    fn a_quantity_that_is_none_is_refused() {
        for text in [
            "",
            "-1",
            "1.2345",
            "1e3",
            "1 000",
            ".5",
            "5.",
            "9999999999999",
        ] {
            assert_eq!(quantity(text), None, "{text}");
        }
        assert_eq!(quantity("0,5"), Some(Quantity(500)));
    }
}

//! People who work in the shops and in the dealers' offices.

use pin::PinHash;

use super::cells::flag_text;
use super::{CellError, Cells, Column, Record, Rule, Table, needed, optional};
use crate::pricing::names::{DealerId, StoreRef};

pub mod pin;

/// Where a person works.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Workplace {
    /// In one store.
    #[n(0)]
    Store(#[n(0)] StoreRef),
    /// In every store of a dealer.
    #[n(1)]
    Dealer(#[n(0)] DealerId),
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct StaffRecord {
    /// The person's number.
    #[n(0)]
    pub staff: String,
    /// Where the person works.
    #[n(1)]
    pub workplace: Workplace,
    /// The name.
    #[n(2)]
    pub name: String,
    /// What the person does there.
    #[n(3)]
    pub role: String,
    /// Whether the person still does.
    #[n(4)]
    pub active: bool,
    /// The hash of the person's PIN.
    #[n(5)]
    pub pin: Option<PinHash>,
}

impl Record for StaffRecord {
    const TABLE: Table = Table::Staff;
    /// Of `store_id` and `dealer_id` one is filled.
    const COLUMNS: &'static [Column] = &[
        needed("staff_id"),
        optional("store_id"),
        optional("dealer_id"),
        needed("name"),
        needed("role"),
        needed("active"),
        optional("pin"),
    ];

    fn key(&self) -> String {
        self.staff.clone()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let workplace = match (cells.text("store_id")?, cells.text("dealer_id")?) {
            ("", "") => return Err(cells.bad("store_id", Rule::Needed)),
            (store, "") => Workplace::Store(store.into()),
            ("", dealer) => Workplace::Dealer(dealer.into()),
            (_, _) => return Err(cells.bad("dealer_id", Rule::OneScope)),
        };
        cells.needed("active")?;
        let staff = cells.needed("staff_id")?;
        let pin = match cells.text("pin")? {
            "" => None,
            cell => {
                let hash = PinHash::of_cell(staff, cell);
                Some(hash.ok_or_else(|| cells.bad("pin", Rule::Pin))?)
            }
        };
        Ok(Self {
            staff: staff.to_owned(),
            workplace,
            name: cells.needed("name")?.to_owned(),
            role: cells.needed("role")?.to_owned(),
            active: cells.flag("active")?,
            pin,
        })
    }

    fn cells(&self) -> Vec<String> {
        let (store, dealer) = match &self.workplace {
            Workplace::Store(store) => (store.to_string(), String::new()),
            Workplace::Dealer(dealer) => (String::new(), dealer.to_string()),
        };
        vec![
            self.staff.clone(),
            store,
            dealer,
            self.name.clone(),
            self.role.clone(),
            flag_text(self.active),
            self.pin.map(|pin| pin.to_cell()).unwrap_or_default(),
        ]
    }
}

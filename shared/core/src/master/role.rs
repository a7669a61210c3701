//! What people of a role may do alone at a till, and what they may allow others.

use super::{CellError, Cells, Column, Record, Rule, Table, needed};
use crate::pricing::rounding::Ppm;

/// A whole, in parts per million.
const WHOLE: i32 = 1_000_000;

/// The rights of a role.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct RoleRecord {
    /// The role, as the staff table names it.
    #[n(0)]
    pub role: String,
    /// How far its people may go with a reduction by hand.
    #[n(1)]
    pub discount: Ppm,
    /// How far they may allow others to go.
    #[n(2)]
    pub approves: Ppm,
}

impl Record for RoleRecord {
    const TABLE: Table = Table::Roles;
    const COLUMNS: &'static [Column] = &[
        needed("role"),
        needed("discount_ppm"),
        needed("approves_ppm"),
    ];

    fn key(&self) -> String {
        self.role.clone()
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let part = |column| {
            let part: i32 = cells.number(column)?;
            if (0..=WHOLE).contains(&part) {
                Ok(Ppm(part))
            } else {
                Err(cells.bad(column, Rule::Number))
            }
        };
        Ok(Self {
            role: cells.needed("role")?.to_owned(),
            discount: part("discount_ppm")?,
            approves: part("approves_ppm")?,
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.role.clone(),
            self.discount.0.to_string(),
            self.approves.0.to_string(),
        ]
    }
}

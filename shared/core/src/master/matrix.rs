//! The matrix of the assortment: what shops of a format or a cluster must, may or must not carry.

use super::cells::validity_texts;
use super::{CellError, Cells, Column, Record, Table, needed, optional};
use crate::coded_enum;
use crate::pricing::moment::Validity;
use crate::pricing::names::{ItemCode, StoreFormat};

coded_enum! {
    /// Whether shops carry an item.
    pub enum Carried {
        /// It has to be on the shelf.
        Must = 0 => "must",
        /// It may be.
        May = 1 => "may",
        /// It may not be.
        Not = 2 => "not",
    }
}

const CARRIED: &[&str] = &["must", "may", "not"];
const SCOPES: &[&str] = &["format", "cluster"];

/// The shops a row is for.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Shops {
    /// Those of a format.
    #[n(0)]
    Format(#[n(0)] StoreFormat),
    /// Those of a cluster, which the office names.
    #[n(1)]
    Cluster(#[n(0)] String),
}

/// A row of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct MatrixRecord {
    /// The item.
    #[n(0)]
    pub item: ItemCode,
    /// The shops.
    #[n(1)]
    pub shops: Shops,
    /// Whether they carry it.
    #[n(2)]
    pub carried: Carried,
    /// When.
    #[n(3)]
    pub validity: Validity,
}

impl MatrixRecord {
    fn scope(&self) -> [String; 2] {
        match &self.shops {
            Shops::Format(format) => ["format".to_owned(), format.to_string()],
            Shops::Cluster(cluster) => ["cluster".to_owned(), cluster.clone()],
        }
    }
}

impl Record for MatrixRecord {
    const TABLE: Table = Table::Matrix;
    const COLUMNS: &'static [Column] = &[
        needed("item_code"),
        needed("scope"),
        needed("scope_id"),
        needed("carried"),
        needed("valid_from"),
        optional("valid_to"),
    ];

    fn key(&self) -> String {
        let [scope, name] = self.scope();
        format!("{}/{scope}/{name}/{}", self.item, self.validity.from)
    }

    fn read(cells: &Cells<'_>) -> Result<Self, CellError> {
        let name = cells.needed("scope_id")?;
        let carried = cells.word("carried", CARRIED)?;
        Ok(Self {
            item: cells.needed("item_code")?.into(),
            shops: match cells.word("scope", SCOPES)? {
                "format" => Shops::Format(name.into()),
                _ => Shops::Cluster(name.to_owned()),
            },
            carried: Carried::from_name(carried).unwrap_or(Carried::May),
            validity: cells.validity()?,
        })
    }

    fn cells(&self) -> Vec<String> {
        let [scope, name] = self.scope();
        let [from, to] = validity_texts(&self.validity);
        vec![
            self.item.to_string(),
            scope,
            name,
            self.carried.name().to_owned(),
            from,
            to,
        ]
    }
}

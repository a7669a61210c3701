//! Items as tills know them, and which item a barcode is.

use crate::pricing::item::Item;
use crate::pricing::names::ItemCode;

/// Keys of items begin with this and a slash.
pub const ITEM: &str = "i";
/// Keys of barcodes begin with this and a slash.
pub const BARCODE: &str = "b";

/// An item.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Goods {
    /// As the pricing engine sees it.
    #[n(0)]
    pub item: Item,
    /// Its name for people.
    #[n(1)]
    pub name: String,
    /// Unit of its quantity.
    #[n(2)]
    pub unit: String,
    /// Pieces carry a marking code of the state.
    #[n(3)]
    pub marking: bool,
    /// Months of warranty; 0 for none.
    #[n(4)]
    pub warranty_months: u16,
}

/// The item of a barcode.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Barcode(#[n(0)] pub ItemCode);

/// The key of an item.
#[must_use]
pub fn item_key(code: &str) -> String {
    format!("{ITEM}/{code}")
}

/// The key of a barcode.
#[must_use]
pub fn barcode_key(code: &str) -> String {
    format!("{BARCODE}/{code}")
}

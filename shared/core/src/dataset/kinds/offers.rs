//! Promotions as tills know them; the key is the promotion's id.

use crate::pricing::promotion::Promotion;

/// A promotion with what people call it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Offer {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// What it gives, when and where.
    #[n(1)]
    pub promotion: Promotion,
}

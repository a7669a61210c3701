//! What the shop itself is; one record with the key [`KEY`].

use crate::pricing::shop::Shop;

/// Key of the one record.
pub const KEY: &str = "shop";

/// A shop.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ShopCard {
    /// As the pricing engine sees it.
    #[n(0)]
    pub shop: Shop,
    /// IANA name of its time zone.
    #[n(1)]
    pub time_zone: String,
    /// Where it is, for people.
    #[n(2)]
    pub address: String,
}

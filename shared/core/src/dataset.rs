//! The way down: versioned maps of records that the office builds once and every shop proves to have.
//!
//! A *layer* is a map from key to canonical record; its version is the root of a tree of hashes over them
//! ([`tree`]). A shop's datasets are stacks of layers, each shared by all shops that have it. The signed
//! [`manifest`] names the wanted root of every layer; [`segment`]s carry records from one root to another;
//! [`shelf`] decides what a shop fetches and when it switches, [`repair`] mends what rotted there. [`kinds`] says
//! what the records are.

use std::fmt;
use std::str::FromStr;

use crate::coded_enum;
use crate::pricing::price::Reach;

pub mod build;
pub mod kinds;
pub mod manifest;
pub mod on_sale;
pub mod repair;
pub mod segment;
pub mod shelf;
pub mod telling;
pub mod tree;

coded_enum! {
    /// What the records of a layer are about.
    pub enum Dataset {
        /// Items and barcodes.
        Goods = 1 => "goods",
        /// Prices and their bounds.
        Prices = 2 => "prices",
        /// Promotions.
        Offers = 3 => "offers",
        /// Taxes, price types, limits of dealers, the key of coupons.
        Rules = 4 => "rules",
        /// What the shop itself is.
        Shop = 5 => "shop",
        /// Items that are not sold for a while.
        Stops = 6 => "stops",
        /// People of shops, and what their roles may do.
        Staff = 7 => "staff",
    }
}

/// One layer: a dataset as far as it reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct LayerId {
    /// What it is about.
    #[n(0)]
    pub dataset: Dataset,
    /// Which shops have it.
    #[n(1)]
    pub reach: Reach,
}

impl fmt::Display for LayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [layer, scope] = crate::master::reach::texts(&self.reach);
        write!(f, "{}/{layer}/{scope}", self.dataset.name())
    }
}

/// A text is no name of a layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no layer; one is written like prices/region/RU-KAM or goods/network/*")]
pub struct LayerNameError(String);

impl FromStr for LayerId {
    type Err = LayerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || LayerNameError(text.to_owned());
        let mut parts = text.splitn(3, '/');
        let dataset = parts
            .next()
            .and_then(Dataset::from_name)
            .ok_or_else(wrong)?;
        let layer = parts.next().ok_or_else(wrong)?;
        let scope = parts.next().filter(|scope| !scope.is_empty());
        let scope = scope.ok_or_else(wrong)?;
        let reach = match layer {
            "network" if scope == "*" => Reach::Network,
            "region" => Reach::Region(scope.into()),
            "dealer" => Reach::Dealer(scope.into()),
            "store" => Reach::Store(scope.into()),
            _ => return Err(wrong()),
        };
        Ok(Self { dataset, reach })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_named_as_it_is_read() {
        for name in [
            "goods/network/*",
            "prices/region/RU-KAM",
            "offers/dealer/D0001",
            "shop/store/S1",
        ] {
            assert_eq!(name.parse::<LayerId>().unwrap().to_string(), name);
        }
        for bad in [
            "",
            "goods",
            "goods/network/S1",
            "prices/planet/*",
            "prices/store/",
        ] {
            assert!(bad.parse::<LayerId>().is_err(), "{bad}");
        }
    }
}

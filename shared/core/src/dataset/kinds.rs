//! What the records of each dataset are; a record that is none of these is refused with its whole version.

use crate::cbor::{self, CborError};

use super::Dataset;

pub mod goods;
pub mod offers;
pub mod prices;
pub mod rules;
pub mod shop;
pub mod staff;
pub mod stops;

/// A record that is not what its dataset says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes.
    #[error("record {key:?} cannot be read: {error}")]
    Bytes {
        /// Its key.
        key: String,
        /// What is wrong.
        error: CborError,
    },
    /// The key.
    #[error("no record of this dataset has the key {0:?}")]
    Key(String),
    /// A dataset of a newer version.
    #[error("dataset {0} is not known to this version")]
    Dataset(u16),
}

/// Checks a record before anything of its version counts.
///
/// # Errors
/// When it is none of its dataset.
pub fn check(dataset: Dataset, key: &str, record: &[u8]) -> Result<(), RecordError> {
    let bytes = |read: Result<(), CborError>| {
        read.map_err(|error| RecordError::Bytes {
            key: key.to_owned(),
            error,
        })
    };
    match dataset {
        Dataset::Goods => match key.split_once('/') {
            Some((goods::ITEM, _)) => bytes(cbor::decode::<goods::Goods>(record).map(drop)),
            Some((goods::BARCODE, _)) => bytes(cbor::decode::<goods::Barcode>(record).map(drop)),
            Some(_) | None => Err(RecordError::Key(key.to_owned())),
        },
        Dataset::Prices => bytes(cbor::decode::<prices::ItemPrices>(record).map(drop)),
        Dataset::Offers => bytes(cbor::decode::<offers::Offer>(record).map(drop)),
        Dataset::Rules => rules::check(key, record),
        Dataset::Shop => bytes(cbor::decode::<shop::ShopCard>(record).map(drop)),
        Dataset::Stops => bytes(cbor::decode::<stops::ItemStops>(record).map(drop)),
        Dataset::Staff => staff::check(key, record),
        Dataset::Other(code) => Err(RecordError::Dataset(code)),
    }
}

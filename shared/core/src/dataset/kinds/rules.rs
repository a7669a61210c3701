//! Rules that hold for every item: taxes, price types, limits of dealers, the key of coupons.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;

use super::RecordError;
use crate::cbor::{self, CborError};
use crate::pricing::names::PriceType;
use crate::pricing::rules::DealerLimit;
use crate::pricing::vat::TaxRow;

/// Key of [`Taxes`].
pub const TAXES: &str = "taxes";
/// Key of [`Types`].
pub const TYPES: &str = "price-types";
/// Key of [`Limits`].
pub const LIMITS: &str = "dealer-limits";
/// Key of [`CouponSecret`].
pub const COUPON_KEY: &str = "coupon-key";

/// The tax table.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Taxes(#[n(0)] pub Vec<TaxRow>);

/// What each price type falls back to.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Types {
    /// By type.
    #[cbor(n(0), with = "crate::cbor::pairs")]
    pub falls_back_to: BTreeMap<PriceType, Option<PriceType>>,
}

/// How far dealers may go with promotions of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Limits(#[n(0)] pub Vec<DealerLimit>);

/// The key that tags of personal coupons are made with, so that tills verify them off line.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct CouponSecret(#[n(0)] pub ByteVec);

pub(super) fn check(key: &str, record: &[u8]) -> Result<(), RecordError> {
    let read: Result<(), CborError> = match key {
        TAXES => cbor::decode::<Taxes>(record).map(drop),
        TYPES => cbor::decode::<Types>(record).map(drop),
        LIMITS => cbor::decode::<Limits>(record).map(drop),
        COUPON_KEY => cbor::decode::<CouponSecret>(record).map(drop),
        _ => return Err(RecordError::Key(key.to_owned())),
    };
    read.map_err(|error| RecordError::Bytes {
        key: key.to_owned(),
        error,
    })
}

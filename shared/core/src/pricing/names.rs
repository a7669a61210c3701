//! Names of the price list and of the promotions: texts that must not be mixed up.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                d: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                d.str().map(Self::from)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}
pub(crate) use names;

names! {
    /// Brand of an item, as in the catalogue.
    Brand,
    /// Campaign of personal coupons: the first part of their codes.
    Campaign,
    /// Number printed on a certificate.
    CertificateSerial,
    /// Code of a coupon as scanned or said: `CAMPAIGN-SERIAL-YYYYMMDD-TAG`, or a word.
    CouponCode,
    /// Class of a dealer: federal, regional, local and so on.
    DealerClass,
    /// A dealer, such as `D0004`.
    DealerId,
    /// Name of promotions of which only the best acts.
    GroupName,
    /// A sellable item, such as `102219`.
    ItemCode,
    /// Group of the catalogue an item belongs to, such as `case`.
    ItemGroup,
    /// Level of a customer's card, such as `gold`.
    Level,
    /// One accrual of points on a customer's account.
    LotId,
    /// Kind of price: retail, promo, wholesale.
    PriceType,
    /// A promotion, such as `P21`.
    PromotionId,
    /// A region by ISO 3166-2, such as `RU-KAM`.
    RegionCode,
    /// Format of a shop: salon, kiosk and so on.
    StoreFormat,
    /// A store as the price list writes it, such as `S00421`.
    StoreRef,
    /// Tax regime of a dealer, such as `osn`.
    TaxRegime,
    /// VAT class of an item, such as `base`.
    VatClass,
    /// Code of a VAT rate, such as `vat22`.
    VatCode,
}

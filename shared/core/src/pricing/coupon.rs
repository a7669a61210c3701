//! Coupon codes: which are good, and whose promotion they call. Checked off line by their tag.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::basket::Basket;
use super::explain::CouponRefusal;
use super::kind::{CouponKey, Kind, ReceiptTrigger};
use super::names::CouponCode;
use super::promotion::Promotion;
use super::rules::Active;
use crate::coupon::Personal;

/// A code that may act.
pub(crate) struct GoodCode<'a> {
    pub code: &'a CouponCode,
    pub promotion: &'a Promotion,
}

/// The codes of a basket, ascending.
pub(crate) struct Codes<'a> {
    pub good: Vec<GoodCode<'a>>,
    pub refused: Vec<(CouponCode, CouponRefusal)>,
}

impl<'a> Codes<'a> {
    /// Judges every code shown.
    pub(crate) fn read(basket: &'a Basket, active: &[Active<'a>], key: &[u8]) -> Self {
        let mut shown: Vec<&CouponCode> = basket.coupons.iter().collect();
        shown.sort();
        let mut codes = Self {
            good: Vec::new(),
            refused: Vec::new(),
        };
        let mut previous = None;
        for code in shown {
            let judged = if previous == Some(code) {
                Err(CouponRefusal::Duplicate)
            } else {
                judge(code, basket, active, key)
            };
            previous = Some(code);
            match judged {
                Ok(promotion) => codes.good.push(GoodCode { code, promotion }),
                Err(reason) => codes.refused.push((code.clone(), reason)),
            }
        }
        codes
    }
}

fn judge<'a>(
    code: &CouponCode,
    basket: &Basket,
    active: &[Active<'a>],
    key: &[u8],
) -> Result<&'a Promotion, CouponRefusal> {
    let called = |wanted: &dyn Fn(&CouponKey) -> bool| {
        active
            .iter()
            .map(|active| active.promotion)
            .find(|promotion| {
                let Kind::Receipt(receipt) = &promotion.kind else {
                    return false;
                };
                let ReceiptTrigger::Coupon { key, .. } = &receipt.trigger else {
                    return false;
                };
                wanted(key)
            })
    };
    let by_word = called(&|key| match key {
        CouponKey::Word(word) => word == code,
        CouponKey::Campaign(_) => false,
    });
    if let Some(promotion) = by_word {
        return Ok(promotion);
    }
    let personal = Personal::parse(code).ok_or(CouponRefusal::Unknown)?;
    if coupon_tag(key, personal.signed) != personal.tag {
        return Err(CouponRefusal::BadTag);
    }
    if personal.is_expired(basket.moment.date()) {
        return Err(CouponRefusal::Expired);
    }
    if basket.used_coupons.contains(code) {
        return Err(CouponRefusal::Used);
    }
    called(&|key| match key {
        CouponKey::Word(_) => false,
        CouponKey::Campaign(name) => name.as_str() == personal.campaign,
    })
    .ok_or(CouponRefusal::Unknown)
}

/// The tag of a personal code: the first 8 hex digits, upper case, of HMAC-SHA256 over the part before it.
#[must_use]
pub fn coupon_tag(key: &[u8], signed: &str) -> String {
    use std::fmt::Write;

    let mut tag = String::with_capacity(8);
    // HMAC takes keys of any length; a tag of nothing matches no code.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return tag;
    };
    mac.update(signed.as_bytes());
    for byte in mac.finalize().into_bytes().iter().take(4) {
        if write!(tag, "{byte:02X}").is_err() {
            break;
        }
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_head_of_hmac_sha256() {
        // RFC 4231, test case 2.
        assert_eq!(
            coupon_tag(b"Jefe", "what do ya want for nothing?"),
            "5BDCC146"
        );
    }
}

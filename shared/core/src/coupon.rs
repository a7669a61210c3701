//! Personal coupon codes that were used: each counts once. A shop's journal refuses the second time at once; two
//! shops without a line cannot know of each other, so there the centre finds it when both journals have come.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pricing::names::CouponCode;
use crate::receipt::Sale;
use crate::time::BusinessDate;

/// The parts of a personal code, `CAMPAIGN-SERIAL-YYYYMMDD-TAG`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Personal<'a> {
    /// The campaign that it belongs to.
    pub campaign: &'a str,
    /// The first date on which it is worth nothing, as written.
    pub good_until: &'a str,
    /// What proves that the office made it.
    pub tag: &'a str,
    /// What the tag is over.
    pub signed: &'a str,
}

impl<'a> Personal<'a> {
    /// The parts of a code; none of a word that everybody may say.
    #[must_use]
    pub fn parse(code: &'a CouponCode) -> Option<Self> {
        let (signed, tag) = code.as_str().rsplit_once('-')?;
        let mut parts = signed.split('-');
        let (Some(campaign), Some(_serial), Some(good_until), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        Some(Self {
            campaign,
            good_until,
            tag,
            signed,
        })
    }

    /// Whether the code is worth nothing on a date. Dates written YYYYMMDD compare as texts.
    #[must_use]
    pub fn is_expired(&self, on: BusinessDate) -> bool {
        let (year, month, day) = on.civil();
        format!("{year:04}{month:02}{day:02}").as_str() >= self.good_until
    }
}

/// Codes that were used and have not expired, each with how often.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsedCoupons {
    /// Shared with whoever reads, as the tags of the shelf are.
    by_code: Arc<BTreeMap<CouponCode, u32>>,
}

impl UsedCoupons {
    /// The codes of a brought-forward.
    pub(crate) fn from_rows(rows: impl IntoIterator<Item = (CouponCode, u32)>) -> Self {
        Self {
            by_code: Arc::new(rows.into_iter().collect()),
        }
    }

    /// Every code with how often it was used, by code.
    pub fn rows(&self) -> impl Iterator<Item = (&CouponCode, u32)> + '_ {
        self.by_code.iter().map(|(code, times)| (code, *times))
    }

    /// Whether nothing changed since the other was taken.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.by_code, &other.by_code)
    }

    /// Whether a code was used.
    #[must_use]
    pub fn contains(&self, code: &CouponCode) -> bool {
        self.by_code.contains_key(code)
    }

    /// The first of these codes that was used.
    pub fn first_of<'a>(
        &self,
        codes: impl IntoIterator<Item = &'a CouponCode>,
    ) -> Option<&'a CouponCode> {
        codes.into_iter().find(|code| self.contains(code))
    }

    /// A sale used its codes.
    pub fn sold(&mut self, sale: &Sale) {
        for code in personal(sale) {
            let by_code = Arc::make_mut(&mut self.by_code);
            let times = by_code.entry(code.clone()).or_default();
            *times = times.saturating_add(1);
        }
    }

    /// Forgets what nobody can use any more on a date.
    pub fn forget_expired(&mut self, on: BusinessDate) {
        let is_expired =
            |code: &CouponCode| Personal::parse(code).is_some_and(|parts| parts.is_expired(on));
        if self.by_code.keys().any(is_expired) {
            Arc::make_mut(&mut self.by_code).retain(|code, _| !is_expired(code));
        }
    }
}

/// The personal codes that a sale used up.
pub fn personal(sale: &Sale) -> impl Iterator<Item = &CouponCode> {
    let used = sale.priced.iter().flat_map(|it| &it.record.coupons_used);
    used.filter(|code| Personal::parse(code).is_some())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::brought_forward::{Counters, CouponRow, Part};
    use crate::entry::RequestRef;
    use crate::epoch::Mark;
    use crate::ids::Hash;
    use crate::money::{Money, Quantity};
    use crate::pricing;
    use crate::pricing::basket::Basket;
    use crate::pricing::explain::Priced;
    use crate::pricing::moment::LocalTime;
    use crate::receipt::{Line, Payment, PaymentKind, PricedSale};
    use crate::shift::{Open, Totals};
    use crate::stock::Sku;
    use crate::time::StoreTime;
    use crate::workplace::Workplace;
    use crate::workplace::decide::{Asked, Decision, Refusal, Request};
    use proptest::prelude::*;

    fn date(year: i32, month: u8, day: u8) -> BusinessDate {
        BusinessDate::of_civil(year, month, day).unwrap()
    }

    #[test]
    fn a_word_is_nobodys_own() {
        for word in ["AUTUMN", "A-B", "A-B-C", "A-B-C-D-E", ""] {
            assert_eq!(Personal::parse(&CouponCode::from(word)), None, "{word}");
        }
    }

    #[test]
    fn a_code_is_good_until_the_day_before_its_date() {
        let code = CouponCode::from("SPRING-000017-20260301-0A1B2C3D");
        let parts = Personal::parse(&code).unwrap();
        assert_eq!((parts.campaign, parts.tag), ("SPRING", "0A1B2C3D"));
        assert_eq!(parts.signed, "SPRING-000017-20260301");
        assert!(!parts.is_expired(date(2026, 2, 28)));
        assert!(parts.is_expired(date(2026, 3, 1)));
    }

    fn sale(code: &CouponCode) -> Request {
        let basket = Basket {
            moment: LocalTime(0),
            price_type: "retail".into(),
            payment: pricing::basket::Payment::Cash,
            lines: Vec::new(),
            customer: None,
            coupons: vec![code.clone()],
            used_coupons: BTreeSet::new(),
            certificates: Vec::new(),
            manual: Vec::new(),
            budgets: BTreeMap::new(),
        };
        let line = Line {
            sku: Sku {
                item: "case".to_owned(),
                owner: None,
            },
            quantity: Quantity(1_000),
            unit_price: Money(100),
            gross: Money(100),
            discount: Money(0),
            vat: None,
            serial: None,
        };
        Request::Sell {
            lines: vec![line],
            payments: vec![Payment {
                kind: PaymentKind::Cash,
                amount: Money(100),
            }],
            priced: Some(Box::new(PricedSale {
                stack: Hash::default(),
                basket,
                repriced: false,
                record: Priced {
                    coupons_used: vec![code.clone()],
                    ..Priced::default()
                },
            })),
        }
    }

    fn decide(state: &Workplace, code: &CouponCode) -> Result<Decision, Refusal> {
        let key = RequestRef {
            key: "k".to_owned(),
            hash: Hash::default(),
        };
        let asked = Asked {
            request: sale(code),
            key,
            employee: "E1".to_owned(),
            business_time: None,
        };
        state.decide(&asked, false)
    }

    #[test]
    fn a_code_that_was_used_before_the_brought_forward_is_refused_and_another_is_not() {
        let (used, other) = (
            "C-1-20991231-0A1B2C3D".into(),
            "C-2-20991231-0A1B2C3D".into(),
        );
        let open = Counters {
            open: Some(Open {
                number: 1,
                since: StoreTime::default(),
                employee: None,
                opening: Money(0),
                totals: Totals::default(),
            }),
            ..Counters::default()
        };
        let row = CouponRow {
            code: CouponCode::clone(&used),
            times: 1,
        };
        let parts = vec![
            Part::Counters(Box::new(open)),
            Part::Coupons(vec![row.clone()]),
        ];
        let id = "s00421-1".parse().unwrap();
        let state = Workplace::restored(id, Mark::default(), parts);
        assert_eq!(
            decide(&state, &used),
            Err(Refusal::CouponUsed(used.to_string()))
        );
        assert!(matches!(decide(&state, &other), Ok(Decision::Write(_))));
        assert!(
            state.parts().contains(&Part::Coupons(vec![row])),
            "it is brought forward again"
        );
    }

    proptest! {
        #[test]
        fn what_is_forgotten_is_exactly_what_has_expired(
            days in prop::collection::btree_set(0_i32..400, 0..40), on in 0_i32..400,
        ) {
            let later = |days: i32| BusinessDate(date(2026, 1, 1).0.saturating_add(days));
            let code = |day: i32| {
                let (year, month, day_of_month) = later(day).civil();
                CouponCode::from(format!("C-{day}-{year:04}{month:02}{day_of_month:02}-00000000").as_str())
            };
            let mut used = UsedCoupons::from_rows(days.iter().map(|day| (code(*day), 1)));
            used.forget_expired(later(on));
            let left: Vec<_> = days.iter().filter(|day| **day > on).map(|day| code(*day)).collect();
            prop_assert_eq!(used.rows().count(), left.len());
            prop_assert!(left.iter().all(|code| used.contains(code)));
        }
    }
}

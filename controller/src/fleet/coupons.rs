//! Personal coupon codes over the whole network: two shops without a line may both take one, so the second journal
//! that comes shows it.

use std::collections::BTreeMap;

use storefleet_core::coupon::{Personal, personal};
use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Seq, WorkplaceId};
use storefleet_core::pricing::names::CouponCode;
use storefleet_core::time::BusinessDate;

/// A shop may be dark for so long and still send what it sold.
const KEPT_DAYS: i32 = 90;

/// Where a code was used.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CouponSeen {
    /// The code.
    #[n(0)]
    pub code: CouponCode,
    /// Epoch of the sale.
    #[n(1)]
    pub epoch: Epoch,
    /// Entry of the sale.
    #[n(2)]
    pub seq: Seq,
}

/// Every personal code, and the sale that used it first of those that came.
#[derive(Debug, Default)]
pub struct CouponsSeen {
    /// Whose sale that is.
    first: BTreeMap<CouponCode, WorkplaceId>,
    /// The codes of each workplace: an opening of a shift looks through its own only.
    of: BTreeMap<WorkplaceId, BTreeMap<CouponCode, (Epoch, Seq)>>,
}

impl CouponsSeen {
    /// Folds an entry; gives what shows that a code was used twice.
    pub fn apply(&mut self, workplace: &WorkplaceId, entry: &Entry) -> Option<String> {
        if let Fact::ShiftOpened(_) = &entry.fact {
            self.forget(workplace, entry.header.business_date);
        }
        let Fact::Sale(sale) = &entry.fact else {
            return None;
        };
        let here = (entry.header.epoch, entry.header.seq);
        let mut twice = None;
        for code in personal(sale) {
            let first = self.first.entry(code.clone());
            let first = first.or_insert_with(|| workplace.clone());
            let of_first = self.of.entry(first.clone()).or_default();
            let (epoch, seq) = *of_first.entry(code.clone()).or_insert(here);
            if first != workplace || (epoch, seq) != here {
                twice.get_or_insert(format!("{code}: {first} {epoch}/{seq}"));
            }
        }
        twice
    }

    /// Forgets codes of a workplace that are worth nothing for so long that no journal can still bring them.
    fn forget(&mut self, workplace: &WorkplaceId, on: BusinessDate) {
        let long_ago = BusinessDate(on.0.saturating_sub(KEPT_DAYS));
        let Some(codes) = self.of.get_mut(workplace) else {
            return;
        };
        codes.retain(|code, _| {
            let is_kept = Personal::parse(code).is_some_and(|it| !it.is_expired(long_ago));
            if !is_kept {
                self.first.remove(code);
            }
            is_kept
        });
    }

    /// What a checkpoint keeps of a workplace; none where it used no code first.
    #[must_use]
    pub fn of(&self, workplace: &WorkplaceId) -> Option<Vec<CouponSeen>> {
        let codes = self.of.get(workplace)?.iter();
        let seen: Vec<_> = codes
            .map(|(code, (epoch, seq))| CouponSeen {
                code: code.clone(),
                epoch: *epoch,
                seq: *seq,
            })
            .collect();
        (!seen.is_empty()).then_some(seen)
    }

    /// A workplace as a checkpoint had it.
    pub fn remember(&mut self, workplace: &WorkplaceId, seen: Vec<CouponSeen>) {
        for CouponSeen { code, epoch, seq } in seen {
            self.first.insert(code.clone(), workplace.clone());
            let codes = self.of.entry(workplace.clone()).or_default();
            codes.insert(code, (epoch, seq));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use storefleet_core::entry::{self, ClockState};
    use storefleet_core::ids::Hash;
    use storefleet_core::pricing::basket::{Basket, Payment};
    use storefleet_core::pricing::explain::Priced;
    use storefleet_core::pricing::moment::LocalTime;
    use storefleet_core::receipt::{PricedSale, Sale};
    use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
    use storefleet_core::workplace::Workplace;
    use storefleet_core::workplace::decide::Stamp;

    const DAY_MS: i64 = 86_400_000;

    struct Shop(Workplace);

    impl Shop {
        fn new(id: &str) -> Self {
            Self(Workplace::blank(id.parse().unwrap()))
        }

        fn entry(&mut self, fact: &Fact, day: i64) -> Entry {
            let wall = StoreTime {
                at: Timestamp(day * DAY_MS),
                offset: OffsetMinutes(0),
            };
            let stamp = Stamp {
                wall,
                clock: ClockState::Trusted,
                monotonic_ms: 0,
                boot: 0,
            };
            let header = self.0.next_header(fact, &stamp);
            let entry = Entry::parse(&entry::write(&header, fact).unwrap()).unwrap();
            self.0.apply(&entry);
            entry
        }

        fn sells_with(&mut self, code: &str, day: i64) -> Entry {
            let basket = Basket {
                moment: LocalTime(0),
                price_type: "retail".into(),
                payment: Payment::Cash,
                lines: Vec::new(),
                customer: None,
                coupons: Vec::new(),
                used_coupons: BTreeSet::new(),
                certificates: Vec::new(),
                manual: Vec::new(),
                budgets: BTreeMap::new(),
            };
            let record = Priced {
                coupons_used: vec![code.into()],
                ..Priced::default()
            };
            let sale = Sale {
                number: 1,
                lines: Vec::new(),
                payments: Vec::new(),
                business_time: None,
                subject: None,
                priced: Some(Box::new(PricedSale {
                    stack: Hash::default(),
                    basket,
                    repriced: false,
                    record,
                })),
            };
            self.entry(&Fact::Sale(sale), day)
        }
    }

    const CODE: &str = "SPRING-000017-19700201-0A1B2C3D";

    #[test]
    fn a_code_that_two_shops_took_is_seen_when_the_second_journal_comes() {
        let (mut one, mut other) = (Shop::new("s00001-1"), Shop::new("s00002-1"));
        let mut seen = CouponsSeen::default();
        let sale = one.sells_with(CODE, 20);
        assert_eq!(seen.apply(&one.0.id, &sale), None);
        assert_eq!(seen.apply(&one.0.id, &sale), None, "read again");
        for shop in [&mut one, &mut other] {
            let word = shop.sells_with("AUTUMN", 20);
            assert_eq!(seen.apply(&shop.0.id, &word), None, "a word is everybody's");
        }
        let mut kept = CouponsSeen::default();
        for shop in [&one, &other] {
            kept.remember(&shop.0.id, seen.of(&shop.0.id).unwrap_or_default());
        }
        let twice = other.sells_with(CODE, 21);
        let told = kept.apply(&other.0.id, &twice);
        assert_eq!(
            told,
            Some(format!(
                "{CODE}: s00001-1 {}/{}",
                sale.header.epoch, sale.header.seq
            ))
        );
    }
}

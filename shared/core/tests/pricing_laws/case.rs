//! Arbitrary small chains: items with floors, promotions of every kind and mode, and a basket.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::basket::{
    Basket, BasketLine, Certificate, Customer, Lot, ManualEntry, ManualSize, Payment,
};
use storefleet_core::pricing::corridor::{CorridorReach, CorridorRow};
use storefleet_core::pricing::coupon_tag;
use storefleet_core::pricing::item::{Goods, Item, ItemKind, Tracking};
use storefleet_core::pricing::kind::{
    AccrueRule, Benefit, CouponKey, GroupKind, Kind, LineKind, ManualRule, PointsRule, ReceiptKind,
    ReceiptTrigger, RedeemKind, Slot, Tier,
};
use storefleet_core::pricing::moment::{DailyHours, DayMinute, LocalTime, Validity, Weekdays};
use storefleet_core::pricing::names::{CouponCode, ItemCode};
use storefleet_core::pricing::price::{PriceRow, Reach, RowId};
use storefleet_core::pricing::promotion::{Mode, Owner, Promotion, Scope, When};
use storefleet_core::pricing::rounding::Ppm;
use storefleet_core::pricing::rules::{DealerLimit, LimitOf, Promotions, Rules};
use storefleet_core::pricing::select::Select;
use storefleet_core::pricing::shop::Shop;
use storefleet_core::pricing::vat::{TaxRow, VatRate};
use storefleet_core::time::BusinessDate;

const ALWAYS: Validity = Validity {
    from: LocalTime(0),
    to: None,
};
const NOW: LocalTime = LocalTime(1_770_000_000_000);
const KEY: &[u8] = b"key";
const ITEMS: u32 = 5;

/// A chain and a basket.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) catalogue: BTreeMap<ItemCode, Goods>,
    pub(crate) rules: Rules,
    pub(crate) basket: Basket,
}

/// The shop of every case.
pub(crate) fn shop() -> Shop {
    Shop {
        store: "S".into(),
        dealer: "D".into(),
        dealer_class: "small".into(),
        region: "R".into(),
        format: "kiosk".into(),
        tax_regime: "osn".into(),
    }
}

/// Any case.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let prices = vec((0_i64..200_000, option::of(0_i64..150_000)), 5);
    (prices, vec(promotion(), 0..10), basket()).prop_map(|(prices, promotions, basket)| {
        let items = prices.into_iter().zip(0..ITEMS);
        Case {
            catalogue: items
                .map(|((price, floor), index)| (code(index), goods(index, price, floor)))
                .collect(),
            rules: Rules {
                promotions: Promotions::new(unique(promotions)),
                ..rules()
            },
            basket,
        }
    })
}

/// Numbers at the ends of their range.
pub(crate) fn extreme() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(i64::MIN),
        Just(-1),
        Just(0),
        Just(1),
        Just(999),
        Just(3_000),
        Just(i64::MAX),
        Just(i64::MAX - 807),
        any::<i64>(),
    ]
}

impl Case {
    /// Puts such numbers wherever one fits.
    pub(crate) fn stretch(&mut self, extremes: &[i64]) {
        let mut next = extremes.iter().copied().cycle();
        let mut take = || next.next().unwrap();
        for goods in self.catalogue.values_mut() {
            for row in &mut goods.prices {
                row.amount = Money(take());
            }
            for row in &mut goods.corridors {
                row.floor = Some(Money(take()));
                row.min = Some(Money(take()));
                row.max = Some(Money(take()));
            }
        }
        for line in &mut self.basket.lines {
            line.quantity = Quantity(take());
            line.added_at = LocalTime(take());
        }
        for certificate in &mut self.basket.certificates {
            certificate.amount = Money(take());
        }
        if let Some(customer) = &mut self.basket.customer {
            customer.redeem_points = take();
            for lot in &mut customer.lots {
                lot.points = take();
            }
        }
        for entry in &mut self.basket.manual {
            entry.size = ManualSize::Amount(Money(take()));
        }
        let promotions = self
            .rules
            .promotions
            .as_slice()
            .to_vec()
            .into_iter()
            .map(|mut one| {
                one.max_total = one.max_total.map(|_| Money(take()));
                one.kind = stretched(one.kind, &mut take);
                one
            });
        self.rules.promotions = Promotions::new(promotions.collect());
        self.basket.moment = LocalTime(if take() > 0 { NOW.0 } else { i64::MAX });
    }
}

fn stretched(kind: Kind, take: &mut impl FnMut() -> i64) -> Kind {
    let part = Ppm(i32::MAX);
    match kind {
        Kind::Line(LineKind::Percent(_)) => Kind::Line(LineKind::Percent(part)),
        Kind::Line(LineKind::Amount(_)) => Kind::Line(LineKind::Amount(Money(take()))),
        Kind::Group(GroupKind::NForM { .. }) => Kind::Group(GroupKind::NForM {
            size: u32::MAX,
            pay_for: 0,
        }),
        Kind::Receipt(ReceiptKind { trigger, .. }) => Kind::Receipt(ReceiptKind {
            min_receipt: Money(take()),
            trigger,
        }),
        Kind::Redeem(RedeemKind::Points(_)) => Kind::Redeem(RedeemKind::Points(PointsRule {
            cap: part,
            point: Money(take()),
            offline_reserve: take(),
        })),
        Kind::Rounding { .. } => Kind::Rounding {
            step: Money(take()),
        },
        Kind::Accrue(_) => Kind::Accrue(AccrueRule {
            part,
            point: Money(take()),
            delay_days: u32::MAX,
        }),
        other @ (Kind::Line(_) | Kind::Group(_) | Kind::Redeem(_) | Kind::Manual(_)) => other,
    }
}

fn code(index: u32) -> ItemCode {
    format!("I{index}").into()
}

fn goods(index: u32, price: i64, floor: Option<i64>) -> Goods {
    Goods {
        item: Item {
            code: code(index),
            kind: ItemKind::Goods,
            group: format!("g{}", index % 3).into(),
            brand: "B".into(),
            tracking: Tracking::None,
            vat_class: "base".into(),
        },
        prices: vec![PriceRow {
            id: RowId(u64::from(index)),
            price_type: "retail".into(),
            reach: Reach::Network,
            amount: Money(price),
            validity: ALWAYS,
            rank: 0,
            lock: false,
            revision: 1,
        }],
        corridors: vec![CorridorRow {
            reach: CorridorReach::Cost,
            min: None,
            max: None,
            floor: floor.map(Money),
            validity: ALWAYS,
        }],
    }
}

fn rules() -> Rules {
    Rules {
        price_types: BTreeMap::from([("retail".into(), None)]),
        taxes: vec![TaxRow {
            regime: "osn".into(),
            class: "base".into(),
            rate: VatRate {
                code: "vat22".into(),
                numerator: 22,
                denominator: 122,
            },
            validity: ALWAYS,
        }],
        dealer_limits: vec![DealerLimit {
            of: LimitOf::Class("small".into()),
            kinds: storefleet_core::pricing::kind::KindName::ALL
                .iter()
                .copied()
                .collect(),
            max_part: Ppm(200_000),
            validity: ALWAYS,
        }],
        coupon_key: KEY.to_vec(),
        ..Rules::default()
    }
}

/// Promotions with ids of their own, and at most one for each word or campaign.
fn unique(mut promotions: Vec<Promotion>) -> Vec<Promotion> {
    let mut keys = Vec::new();
    promotions.retain(|promotion| {
        let Some(key) = coupon_key(&promotion.kind) else {
            return true;
        };
        let is_new = !keys.contains(key);
        keys.push(key.clone());
        is_new
    });
    for (index, promotion) in promotions.iter_mut().enumerate() {
        promotion.id = format!("P{index:02}").into();
    }
    promotions
}

fn coupon_key(kind: &Kind) -> Option<&CouponKey> {
    let Kind::Receipt(receipt) = kind else {
        return None;
    };
    let ReceiptTrigger::Coupon { key, .. } = &receipt.trigger else {
        return None;
    };
    Some(key)
}

fn select() -> impl Strategy<Value = Select> {
    let group = |index: u32| BTreeSet::from([format!("g{index}").into()]);
    option::weighted(0.6, 0_u32..3).prop_map(move |index| Select {
        groups: index.map(group),
        ..Select::default()
    })
}

fn slot() -> impl Strategy<Value = Slot> {
    (select(), 1_u32..3).prop_map(|(select, units)| Slot { select, units })
}

fn promotion() -> impl Strategy<Value = Promotion> {
    let mode = prop_oneof![
        3 => Just(Mode::Stack),
        1 => Just(Mode::BestInGroup(None)),
        2 => Just(Mode::BestInGroup(Some("g".into()))),
        1 => Just(Mode::ExclusiveAll),
    ];
    let total = option::weighted(0.3, (0_i64..60_000).prop_map(Money));
    let rest = (0_i32..4, select(), total, prop::bool::weighted(0.2));
    (kind(), mode, rest).prop_map(
        |(kind, mode, (priority, select, max_total, own))| Promotion {
            id: "".into(),
            version: 1,
            owner: if own {
                Owner::Dealer("D".into())
            } else {
                Owner::Network
            },
            mode,
            priority,
            validity: ALWAYS,
            scope: Scope::default(),
            when: When::default(),
            select,
            max_total,
            kind,
        },
    )
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        line_kind().prop_map(Kind::Line),
        group_kind().prop_map(Kind::Group),
        late_kind()
    ]
}

fn line_kind() -> impl Strategy<Value = LineKind> {
    let list = vec((0..ITEMS, 0_i64..150_000), 0..4).prop_map(|prices| {
        let price = |(index, kopecks)| (code(index), Money(kopecks));
        prices.into_iter().map(price).collect::<BTreeMap<_, _>>()
    });
    let hours = DailyHours {
        days: (1..=7).fold(Weekdays::default(), |week, day| week.with(day).unwrap()),
        from: DayMinute::new(0, 0).unwrap(),
        to: DayMinute::new(24, 0).unwrap(),
    };
    prop_oneof![
        part().prop_map(LineKind::Percent),
        (0_i64..80_000).prop_map(|amount| LineKind::Amount(Money(amount))),
        list.clone().prop_map(LineKind::SpecialPrice),
        list.prop_map(LineKind::CardPrice),
        part().prop_map(move |part| LineKind::HappyHour { part, hours }),
    ]
}

fn part() -> impl Strategy<Value = Ppm> {
    (0_i32..=1_000_000).prop_map(Ppm)
}

fn group_kind() -> impl Strategy<Value = GroupKind> {
    let tier = (1_u32..6, part()).prop_map(|(min_units, part)| Tier { min_units, part });
    let times = option::of(1_u32..3);
    prop_oneof![
        (2_u32..4, 0_u32..2).prop_map(|(size, pay_for)| GroupKind::NForM { size, pay_for }),
        (1_u32..4, part()).prop_map(|(size, part)| GroupKind::NthPercent { size, part }),
        (vec(slot(), 1..3), 0_i64..200_000, times.clone()).prop_map(|(slots, price, max_times)| {
            GroupKind::Bundle {
                slots,
                price: Money(price),
                max_times,
            }
        }),
        (vec(slot(), 1..3), slot(), 0_i64..50_000, times.clone()).prop_map(
            |(slots, get, price, max_times)| GroupKind::Companion {
                slots,
                get: Box::new(get),
                unit_price: Money(price),
                max_times,
            }
        ),
        (vec(slot(), 1..3), slot(), times).prop_map(|(slots, get, max_times)| GroupKind::Gift {
            slots,
            get: Box::new(get),
            max_times,
        }),
        vec(tier, 1..3).prop_map(GroupKind::QuantityTiers),
    ]
}

fn late_kind() -> impl Strategy<Value = Kind> {
    let threshold = prop_oneof![Just(0_i64), 0_i64..500_000];
    let trigger = prop_oneof![
        part().prop_map(ReceiptTrigger::Percent),
        (0_i64..90_000).prop_map(|amount| ReceiptTrigger::Amount(Money(amount))),
        part().prop_map(|part| ReceiptTrigger::Card(BTreeMap::from([("gold".into(), part)]))),
        (any::<bool>(), 0_i64..90_000, 1_u32..3).prop_map(|(word, amount, max_per_receipt)| {
            ReceiptTrigger::Coupon {
                key: if word {
                    CouponKey::Word("WORD".into())
                } else {
                    CouponKey::Campaign("C".into())
                },
                benefit: Benefit::Amount(Money(amount)),
                max_per_receipt,
            }
        }),
    ];
    prop_oneof![
        4 => (threshold, trigger).prop_map(|(min_receipt, trigger)| Kind::Receipt(ReceiptKind {
            min_receipt: Money(min_receipt),
            trigger,
        })),
        1 => (part(), 1_i64..300, 0_i64..300).prop_map(|(cap, point, offline_reserve)| {
            Kind::Redeem(RedeemKind::Points(PointsRule { cap, point: Money(point), offline_reserve }))
        }),
        1 => Just(Kind::Redeem(RedeemKind::Certificate)),
        1 => part().prop_map(|part| Kind::Manual(ManualRule {
            max_part: Some(part),
            max_amount: None,
            needs_reason: false,
        })),
        1 => (1_i64..1_000).prop_map(|step| Kind::Rounding { step: Money(step) }),
        1 => (part(), 1_i64..300).prop_map(|(part, point)| Kind::Accrue(AccrueRule {
            part,
            point: Money(point),
            delay_days: 14,
        })),
    ]
}

fn basket() -> impl Strategy<Value = Basket> {
    let quantity =
        prop_oneof![4 => (1_i64..6).prop_map(|pieces| pieces * 1_000), 1 => 1_i64..5_000];
    let lines = vec((0..=ITEMS, quantity), 0..8);
    let customer = option::of((any::<bool>(), 0_i64..3_000, vec(0_i64..2_000, 0..3)));
    let manual = vec((option::of(1_u32..9), part()), 0..3);
    let certificates = vec((0_u32..10, 0_i64..90_000), 0..3);
    (lines, customer, manual, certificates).prop_map(|(lines, customer, manual, certificates)| {
        let numbered = lines.into_iter().zip(1_u32..);
        let certificate = |((promotion, amount), number)| Certificate {
            promotion: format!("P{promotion:02}").into(),
            serial: format!("N{number}").into(),
            amount: Money(amount),
        };
        Basket {
            moment: NOW,
            price_type: "retail".into(),
            payment: Payment::Cash,
            lines: numbered
                .map(|((item, quantity), number)| BasketLine {
                    number,
                    item: code(item),
                    quantity: Quantity(quantity),
                    added_at: NOW,
                    has_serial: false,
                })
                .collect(),
            customer: customer.map(|(online, redeem, lots)| account(online, redeem, &lots)),
            coupons: coupons(),
            used_coupons: BTreeSet::new(),
            certificates: certificates
                .into_iter()
                .zip(1_u32..)
                .map(certificate)
                .collect(),
            manual: manual.into_iter().zip(1_u32..).map(entry).collect(),
            budgets: BTreeMap::new(),
        }
    })
}

fn account(online: bool, redeem_points: i64, lots: &[i64]) -> Customer {
    Customer {
        level: "gold".into(),
        online,
        lots: lots
            .iter()
            .zip(0_i32..)
            .map(|(points, index)| Lot {
                id: format!("L{index}").into(),
                earned_on: BusinessDate(index),
                expires_on: BusinessDate(i32::MAX),
                points: *points,
            })
            .collect(),
        redeem_points,
    }
}

fn entry(((line, part), seq): ((Option<u32>, Ppm), u32)) -> ManualEntry {
    ManualEntry {
        seq,
        line,
        size: ManualSize::Part(part),
        reason: String::new(),
        right: Ppm(500_000),
        token_right: None,
        approved_by: None,
    }
}

fn coupons() -> Vec<CouponCode> {
    let signed = |number: u32| {
        let head = format!("C-{number}-20991231");
        let tag = coupon_tag(KEY, &head);
        CouponCode::from(format!("{head}-{tag}"))
    };
    vec![
        "WORD".into(),
        signed(1),
        signed(2),
        signed(2),
        "C-3-20991231-00000000".into(),
    ]
}

//! What a sale keeps of its pricing, and what a shop says of its datasets.

use storefleet_core::dataset::Dataset;
use storefleet_core::dataset::build::network;
use storefleet_core::dataset::manifest::{
    Applied, AppliedLayer, Generation, Manifest, Rejected, RejectedCode, Wanted,
};
use storefleet_core::dataset::repair::Repaired;
use storefleet_core::dataset::segment::{SegmentHead, Step};
use storefleet_core::ids::Hash;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::basket::{
    Basket, BasketLine, Certificate, Customer, Lot, ManualEntry, ManualSize, Payment,
};
use storefleet_core::pricing::corridor::{Bound, FloorOwner};
use storefleet_core::pricing::explain::{
    Clamp, CouponRefusal, Discount, LineRefusal, Lost, LostPromotion, ManualRefusal, Offer, Points,
    PriceChoice, Priced, PricedLine, Reduction, Reference, Refusal, Totals,
};
use storefleet_core::pricing::kind::Phase;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::position::Position;
use storefleet_core::pricing::price::{Layer, LostBy, RowId};
use storefleet_core::pricing::rounding::Ppm;
use storefleet_core::receipt::PricedSale;
use storefleet_core::time::{BusinessDate, Timestamp};

const NOON: LocalTime = LocalTime(1_770_000_000_000);

fn basket() -> Basket {
    Basket {
        moment: NOON,
        price_type: "retail".into(),
        payment: Payment::Credit,
        lines: vec![BasketLine {
            number: 3,
            item: "102219".into(),
            quantity: Quantity(2_000),
            added_at: NOON,
            has_serial: true,
        }],
        customer: Some(Customer {
            level: "gold".into(),
            online: true,
            lots: vec![Lot {
                id: "L1".into(),
                earned_on: BusinessDate(20_000),
                expires_on: BusinessDate(20_365),
                points: 120,
            }],
            redeem_points: 100,
        }),
        coupons: vec!["SPRING-7-20260401-1A2B3C4D".into()],
        used_coupons: ["OLD".into()].into(),
        certificates: vec![Certificate {
            promotion: "P30".into(),
            serial: "C-9".into(),
            amount: Money(50_000),
        }],
        manual: vec![
            ManualEntry {
                seq: 1,
                line: Some(3),
                size: ManualSize::Part(Ppm(50_000)),
                reason: "царапина".to_owned(),
                right: Ppm(30_000),
                token_right: Some(Ppm(100_000)),
                approved_by: None,
            },
            ManualEntry {
                seq: 2,
                line: None,
                size: ManualSize::Amount(Money(100)),
                reason: String::new(),
                right: Ppm(0),
                token_right: None,
                approved_by: None,
            },
        ],
        budgets: [("P1".into(), Money(1_000))].into(),
    }
}

fn reduction(phase: Phase, clamp: Option<Clamp>, reference: Option<Reference>) -> Reduction {
    Reduction {
        promotion: "P1".into(),
        version: 4,
        phase,
        amount: Money(1_500),
        clamp,
        reference,
    }
}

fn line() -> PricedLine {
    let coupon = Reference::Coupon("WORD".into());
    let certificate = Reference::Certificate("C-9".into());
    PricedLine {
        number: 3,
        item: "102219".into(),
        quantity: Quantity(2_000),
        price: PriceChoice {
            row: RowId(77),
            price_type: "retail".into(),
            layer: Layer::Region,
            listed: Money(99_990),
            price: Money(95_000),
            bound: Some(Bound::Max),
            alarm: true,
            losers: vec![
                (RowId(1), LostBy::NotLocked),
                (RowId(2), LostBy::LowerLock),
                (RowId(3), LostBy::LessSpecific),
                (RowId(4), LostBy::Rank),
                (RowId(5), LostBy::ValidFrom),
                (RowId(6), LostBy::Revision),
                (RowId(7), LostBy::RowId),
            ],
        },
        gross: Money(190_000),
        reductions: vec![
            reduction(Phase::Line, None, None),
            reduction(Phase::Group, Some(Clamp::Total), None),
            reduction(Phase::Receipt, Some(Clamp::DealerLimit), Some(coupon)),
            reduction(Phase::Redeem, Some(Clamp::Zero), Some(certificate)),
            reduction(
                Phase::Manual,
                Some(Clamp::Floor(FloorOwner::Cost)),
                Some(Reference::Manual(1)),
            ),
            reduction(
                Phase::Rounding,
                Some(Clamp::Floor(FloorOwner::Dealer)),
                None,
            ),
        ],
        net: Money(181_000),
        vat_code: "vat22".into(),
        vat: Money(32_639),
        positions: vec![(
            Position {
                quantity: Quantity(2_000),
                unit_price: Money(90_500),
                sum: Money(181_000),
            },
            Money(32_639),
        )],
    }
}

fn record() -> Priced {
    Priced {
        lines: vec![line()],
        totals: Totals {
            gross: Money(190_000),
            reduction: Money(9_000),
            net: Money(181_000),
            vat: [("vat22".into(), Money(32_639))].into(),
        },
        discounts: vec![Discount {
            promotion: "P1".into(),
            version: 4,
            phase: Phase::Accrue,
            granted: Money(9_000),
            clamped: Money(10),
            reference: None,
        }],
        world: Some("P9".into()),
        lost: vec![
            Lost {
                promotion: "P2".into(),
                why: LostPromotion::Group {
                    beaten_by: "P1".into(),
                    benefit: Money(10),
                    best: Money(20),
                },
            },
            Lost {
                promotion: "P3".into(),
                why: LostPromotion::World { beaten_by: None },
            },
            Lost {
                promotion: "P4".into(),
                why: LostPromotion::DealerNotAllowed,
            },
        ],
        offers: vec![Offer {
            promotion: "P5".into(),
            version: 1,
        }],
        coupons_used: vec!["WORD".into()],
        points: Points {
            requested: 100,
            used: 90,
            lots: vec![("L1".into(), 90)],
            earned: 18,
            active_on: Some(BusinessDate(20_100)),
        },
        refusals: vec![
            Refusal::Line(4, LineRefusal::NoPrice),
            Refusal::Coupon("X".into(), CouponRefusal::BadTag),
            Refusal::Manual(2, ManualRefusal::NoReason),
        ],
    }
}

pub(crate) fn priced() -> PricedSale {
    PricedSale {
        stack: Hash([0x33; 32]),
        repriced: true,
        basket: basket(),
        record: record(),
    }
}

fn generation() -> Generation {
    Generation {
        incarnation: 1_732_561_200,
        counter: 7,
    }
}

pub(crate) fn applied() -> Applied {
    Applied {
        generation: generation(),
        layers: vec![
            AppliedLayer {
                layer: network(Dataset::Goods),
                root: Some(Hash([0x44; 32])),
                since: None,
            },
            AppliedLayer {
                layer: "prices/region/RU-KAM".parse().unwrap(),
                root: None,
                since: None,
            },
        ],
        stack: Hash([0x33; 32]),
    }
}

pub(crate) fn rejected() -> Rejected {
    Rejected {
        generation: generation(),
        layer: Some("offers/dealer/D0001".parse().unwrap()),
        root: Some(Hash([0x45; 32])),
        code: RejectedCode::Root,
        detail: "bucket 17".to_owned(),
    }
}

pub(crate) fn repaired() -> Repaired {
    Repaired {
        layer: "prices/network/*".parse().unwrap(),
        root: Hash([0x45; 32]),
        buckets: Some(3),
    }
}

pub(crate) fn manifest() -> Manifest {
    Manifest {
        workplace: "s00421-1".parse().unwrap(),
        generation: generation(),
        issued: Timestamp(1_732_561_200_000),
        expires: Timestamp(1_735_153_200_000),
        layers: vec![
            Wanted {
                layer: "shop/store/S00421".parse().unwrap(),
                root: Hash([0x46; 32]),
                active_from: None,
            },
            Wanted {
                layer: network(Dataset::Prices),
                root: Hash([0x47; 32]),
                active_from: Some(NOON),
            },
        ],
        segments: vec![vec![1, 2, 3].into()],
    }
}

pub(crate) fn segment_head() -> SegmentHead {
    SegmentHead {
        layer: network(Dataset::Prices),
        from: Some(Hash([0x48; 32])),
        to: Hash([0x49; 32]),
        changes: 2,
    }
}

pub(crate) fn step() -> Step {
    Step {
        key_shared: 3,
        key_rest: "217".to_owned(),
        record_shared: 5,
        record_rest: Some(vec![4, 5, 6].into()),
    }
}

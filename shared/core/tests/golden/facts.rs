//! Every fact with nothing left out, and the least one where fields may be missing.

use storefleet_core::agent::Started;
use storefleet_core::brought_forward::{
    CashRow, Counters, CouponRow, End, Part, RequestRow, ReturnedRow, SerialRow, StockRow, TagRow,
};
use storefleet_core::cash::{Moved, Place};
use storefleet_core::dataset::repair::Repaired;
use storefleet_core::document::adoption::{Adopted, Adoption};
use storefleet_core::document::{Body, Document, DocumentNumber, StockBooked, UnitRow};
use storefleet_core::epoch::{Genesis, Mark, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::price::RowId;
use storefleet_core::receipt::{Line, Origin, Payment, PaymentKind, Return, Sale};
use storefleet_core::request::{Answer, Remembered};
use storefleet_core::serial::{Booked, Claims};
use storefleet_core::shelf_tag::{Printed, PrintedTag, Tag};
use storefleet_core::shift::{Closed, Open, Opened, Side, Totals, VatTotal};
use storefleet_core::stock::{Sku, WriteOffLine, WrittenOff};
use storefleet_core::time::{BusinessDate, OffsetMinutes, StoreTime, Timestamp};

use crate::pricing;

pub(crate) fn workplace() -> WorkplaceId {
    "s00421-1".parse().unwrap()
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp(1_732_561_200_000 + ms)
}

pub(crate) fn time() -> StoreTime {
    StoreTime {
        at: at(250),
        offset: OffsetMinutes(-210),
    }
}

pub(crate) fn mark(epoch: u32, seq: u64) -> Mark {
    Mark {
        epoch: Epoch(epoch),
        seq: Seq(seq),
        hash: Hash([0xab; 32]),
    }
}

fn sku() -> Sku {
    Sku {
        item: "00-Ц0001".to_owned(),
        owner: Some("agent-7".to_owned()),
    }
}

fn bare_sku() -> Sku {
    Sku {
        item: "cable".to_owned(),
        owner: None,
    }
}

fn lines() -> Vec<Line> {
    let full = Line {
        sku: sku(),
        quantity: Quantity(1_000),
        unit_price: Money(199_900),
        gross: Money(199_900),
        discount: Money(10_001),
        vat: Some("22/122".to_owned()),
        serial: Some("356938035643809".to_owned()),
    };
    let least = Line {
        sku: bare_sku(),
        quantity: Quantity(2_500),
        unit_price: Money(24),
        gross: Money(60),
        discount: Money(0),
        vat: None,
        serial: None,
    };
    vec![full, least]
}

fn payments() -> Vec<Payment> {
    let payment = |(kind, amount): (&PaymentKind, i64)| Payment {
        kind: *kind,
        amount: Money(amount),
    };
    PaymentKind::KNOWN
        .iter()
        .zip([100_000, 90_059, 3, 2, 1])
        .map(payment)
        .collect()
}

fn totals() -> Totals {
    let side = |receipts| Side {
        receipts,
        lines: 2,
        quantity: Quantity(3_500),
        gross: Money(199_960),
        discount: Money(10_001),
        payments: payments(),
        vat: vec![
            VatTotal {
                code: None,
                total: Money(60),
            },
            VatTotal {
                code: Some("22/122".to_owned()),
                total: Money(189_899),
            },
        ],
    };
    Totals {
        sales: side(1),
        returns: side(300),
        cash_in: Money(70_000),
        cash_out: Money(5_000_000_000),
        writeoffs: 4,
    }
}

fn closed() -> Closed {
    Closed {
        number: 12,
        counted: Money(-1),
        expected: Money(165_000),
        totals: totals(),
        fold_version: 1,
        digest: Hash([0x5a; 32]),
        business_time: Some(time()),
    }
}

/// A name for each part: a new one does not compile until it has one, and a sample below.
fn part_name(part: &Part) -> &'static str {
    match part {
        Part::Stock(_) => "brought-forward.stock",
        Part::Serials(_) => "brought-forward.serials",
        Part::Cash(_) => "brought-forward.cash",
        Part::Counters(_) => "brought-forward.counters",
        Part::Requests(_) => "brought-forward.requests",
        Part::Returned(_) => "brought-forward.returned",
        Part::Datasets(_) => "brought-forward.datasets",
        Part::Tags(_) => "brought-forward.tags",
        Part::Coupons(_) => "brought-forward.coupons",
    }
}

pub(crate) fn parts() -> Vec<Part> {
    let stock = [(sku(), 7_000), (bare_sku(), -500)];
    let stock = stock.map(|(sku, quantity)| StockRow {
        sku,
        quantity: Quantity(quantity),
    });
    let serial = SerialRow {
        serial: "356938035643809".to_owned(),
        claims: Claims {
            sold: 2,
            returned: 1,
            ..Claims::default()
        },
    };
    let cash = |place: &Place| CashRow {
        place: *place,
        amount: Money(-165_000),
    };
    let counters = Counters {
        receipt: 70_000,
        shift: 12,
        closed_on: Some(BusinessDate(20_052)),
        open: Some(Open {
            number: 13,
            since: time(),
            employee: Some("E1".to_owned()),
            opening: Money(500_000),
            totals: totals(),
        }),
        brought_on: Some(BusinessDate(20_029)),
        documents: None,
    };
    let request = RequestRow {
        key: "0195-7c1e".to_owned(),
        row: Remembered {
            hash: Hash([0x11; 32]),
            at: at(0),
            answer: Answer {
                mark: mark(17, 9),
                kind: 21,
                number: 12,
                amount: Money(165_000),
                report: Some(Box::new(closed())),
            },
        },
    };
    let returned = ReturnedRow {
        epoch: Epoch(17),
        seq: Seq(9),
        sku: bare_sku(),
        quantity: Quantity(500),
    };
    vec![
        Part::Stock(stock.into()),
        Part::Serials(vec![serial]),
        Part::Cash(Place::KNOWN.iter().map(cash).collect()),
        Part::Counters(Box::new(counters)),
        Part::Requests(vec![request]),
        Part::Returned(vec![returned]),
    ]
}

fn printed() -> Printed {
    let now = PrintedTag {
        item: "100417".to_owned(),
        price: Money(189_900),
        row: None,
        from: None,
    };
    let later = PrintedTag {
        price: Money(179_900),
        row: Some(RowId(70_000)),
        from: Some(LocalTime(1_732_406_400_000)),
        ..now.clone()
    };
    Printed {
        tags: vec![now, later],
        business_time: Some(time()),
        taken_down: None,
    }
}

fn tag_rows() -> Vec<TagRow> {
    let hangs = TagRow {
        item: "100417".to_owned(),
        waits: false,
        tag: Tag {
            price: Money(189_900),
            row: None,
            from: LocalTime(1_732_320_000_000),
        },
    };
    let waits = TagRow {
        waits: true,
        tag: Tag {
            price: Money(179_900),
            row: Some(RowId(70_000)),
            from: LocalTime(1_732_406_400_000),
        },
        ..hangs.clone()
    };
    vec![hangs, waits]
}

fn coupon_row() -> CouponRow {
    CouponRow {
        code: "SPRING-000017-20260301-0A1B2C3D".into(),
        times: 1,
    }
}

/// Parts that came after the closing entry of [`facts`] was fixed.
fn later_parts() -> Vec<(&'static str, Fact)> {
    let mut facts = Vec::new();
    let here = Part::Serials(vec![SerialRow {
        serial: "356938035643809".to_owned(),
        claims: Claims {
            booked: Booked(1),
            ..Claims::default()
        },
    }]);
    facts.push(("brought-forward.serials.booked", Fact::BroughtForward(here)));
    let documents = Part::Counters(Box::new(Counters {
        documents: Some(booked().number),
        ..Counters::default()
    }));
    facts.push(("brought-forward.documents", Fact::BroughtForward(documents)));
    let mut since = pricing::applied();
    since
        .layers
        .iter_mut()
        .for_each(|it| it.since = Some(time()));
    let since = Fact::BroughtForward(Part::Datasets(Box::new(since)));
    facts.push(("brought-forward.datasets.since", since));
    let tags = Part::Tags(tag_rows());
    facts.push((part_name(&tags), Fact::BroughtForward(tags)));
    let coupons = Part::Coupons(vec![coupon_row()]);
    facts.push((part_name(&coupons), Fact::BroughtForward(coupons)));
    facts
}

/// Facts by the name of their line.
pub(crate) fn facts() -> Vec<(&'static str, Fact)> {
    let mut facts = vec![
        ("genesis", Fact::Genesis(genesis(Some(mark(16, 70_000))))),
        ("genesis.least", Fact::Genesis(genesis(None))),
        (
            "brought-forward.end",
            Fact::BroughtForwardEnd(End::of(&parts())),
        ),
        ("agent.started", Fact::AgentStarted(started())),
        ("shift.opened", Fact::ShiftOpened(opened(Some(time())))),
        ("shift.opened.least", Fact::ShiftOpened(opened(None))),
        ("shift.closed", Fact::ShiftClosed(closed())),
        ("sale", Fact::Sale(sale())),
        ("sale.least", Fact::Sale(least_sale())),
        ("return", Fact::Return(returned(Some(origin())))),
        ("return.least", Fact::Return(returned(None))),
        ("cash.in", Fact::CashIn(moved(Some(time())))),
        ("cash.out", Fact::CashOut(moved(None))),
        ("writeoff", Fact::WrittenOff(written_off())),
        ("sale.priced", Fact::Sale(priced_sale())),
        ("dataset.applied", Fact::DatasetApplied(pricing::applied())),
        ("pricetag.printed", Fact::PricetagPrinted(printed())),
        (
            "dataset.rejected",
            Fact::DatasetRejected(pricing::rejected()),
        ),
    ];
    // Behind the closing entry above, whose bytes are fixed over the parts that there were then.
    let datasets = Part::Datasets(Box::new(pricing::applied()));
    facts.push((part_name(&datasets), Fact::BroughtForward(datasets)));
    let whole = Repaired {
        buckets: None,
        ..pricing::repaired()
    };
    let taken_down = Printed {
        tags: Vec::new(),
        taken_down: Some(vec!["100417".to_owned()]),
        ..printed()
    };
    facts.push((
        "pricetag.printed.taken-down",
        Fact::PricetagPrinted(taken_down),
    ));
    for (name, repaired) in [
        ("dataset.repaired", pricing::repaired()),
        ("dataset.repaired.whole", whole),
    ] {
        facts.push((name, Fact::DatasetRepaired(repaired)));
    }
    facts.push(("adopted", Fact::Adopted(adopted())));
    facts.push(("stock.booked", Fact::StockBooked(booked())));
    let units = StockBooked {
        rows: Vec::new(),
        units: Some(unit_rows()),
        ..booked()
    };
    facts.push(("stock.booked.units", Fact::StockBooked(units)));
    facts.extend(later_parts());
    let parts = parts().into_iter();
    facts.extend(parts.map(|part| (part_name(&part), Fact::BroughtForward(part))));
    facts
}

pub(crate) fn genesis(parent: Option<Mark>) -> Genesis {
    Genesis {
        reason: Reason::Damaged,
        parent,
    }
}

fn started() -> Started {
    Started {
        version: "0.1.0".to_owned(),
        found: Seq(70_000),
        torn_bytes: 1_024,
    }
}

fn opened(business_time: Option<StoreTime>) -> Opened {
    Opened {
        number: 13,
        counted: Money(500_000),
        business_time,
    }
}

pub(crate) fn sale() -> Sale {
    Sale {
        number: 70_001,
        lines: lines(),
        payments: payments(),
        business_time: Some(time()),
        subject: Some("b1946ac9".to_owned()),
        priced: None,
    }
}

fn priced_sale() -> Sale {
    Sale {
        priced: Some(Box::new(pricing::priced())),
        ..least_sale()
    }
}

fn least_sale() -> Sale {
    Sale {
        number: 1,
        lines: Vec::new(),
        payments: Vec::new(),
        business_time: None,
        subject: None,
        priced: None,
    }
}

fn origin() -> Origin {
    Origin {
        workplace: workplace(),
        mark: mark(17, 9),
    }
}

fn returned(origin: Option<Origin>) -> Return {
    Return {
        number: 70_002,
        business_time: origin.is_some().then(time),
        origin,
        reason: "не подошло".to_owned(),
        lines: lines(),
        payments: payments(),
    }
}

fn moved(business_time: Option<StoreTime>) -> Moved {
    Moved {
        amount: Money(i64::MAX),
        reason: "размен".to_owned(),
        business_time,
    }
}

pub(crate) fn document() -> Document {
    Document {
        number: DocumentNumber {
            life: 1_732_561_200,
            entry: 70_003,
            part: 2,
        },
        actor: "cli:anna".to_owned(),
        why: "остатки на начало".to_owned(),
        body: Body::Stock(moved_rows()),
    }
}

pub(crate) fn unit_rows() -> Vec<UnitRow> {
    vec![UnitRow {
        sku: Sku {
            item: "102219".to_owned(),
            owner: None,
        },
        serial: "356938035643809".to_owned(),
        count: 1,
    }]
}

fn booked() -> StockBooked {
    let document = document();
    StockBooked {
        number: document.number,
        rows: moved_rows(),
        actor: document.actor,
        why: document.why,
        units: None,
    }
}

fn moved_rows() -> Vec<StockRow> {
    vec![StockRow {
        sku: sku(),
        quantity: Quantity(-12_500),
    }]
}

pub(crate) fn adoption() -> Adoption {
    Adoption {
        first: Seq(70_002),
        last: mark(17, 70_009),
        stock: moved_rows(),
        serials: vec![SerialRow {
            serial: "356938035643809".to_owned(),
            claims: Claims {
                sold: 1,
                returned: 0,
                ..Claims::default()
            },
        }],
        cash: vec![CashRow {
            place: Place::Drawer,
            amount: Money(165_000),
        }],
    }
}

fn adopted() -> Adopted {
    let document = document();
    Adopted {
        number: document.number,
        adoption: adoption(),
        actor: document.actor,
        why: document.why,
    }
}

fn written_off() -> WrittenOff {
    let line = WriteOffLine {
        sku: sku(),
        quantity: Quantity(1_000),
    };
    WrittenOff {
        lines: vec![line],
        reason: "разбито".to_owned(),
        business_time: Some(time()),
    }
}

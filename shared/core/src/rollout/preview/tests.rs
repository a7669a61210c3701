//! The checks on releases as people spoil them.

use minicbor::bytes::ByteVec;

use super::*;
use crate::master::item::Serial;
use crate::pricing::moment::Validity;
use crate::pricing::price::{PriceRow, Reach, RowId};

fn item(code: u32, spoil: impl Fn(&mut ItemRecord)) -> ItemRecord {
    let mut item = ItemRecord {
        code: code.to_string().into(),
        barcodes: vec![format!("46{code:06}")],
        kind: Kind::Goods,
        group: "case".into(),
        brand: "".into(),
        name: "Case".to_owned(),
        model: String::new(),
        unit: "pcs".to_owned(),
        tracking: Serial::None,
        tac: String::new(),
        vat: "base".into(),
        base_price: None,
        price_fixed_by_vendor: false,
        marking: false,
        warranty_months: 0,
    };
    spoil(&mut item);
    item
}

fn price(code: u32, kopecks: i64, from: &str, to: &str) -> PriceRecord {
    PriceRecord {
        item: code.to_string().into(),
        row: PriceRow {
            id: RowId(u64::from(code)),
            price_type: "retail".into(),
            reach: Reach::Network,
            amount: Money(kopecks),
            validity: Validity {
                from: day(from),
                to: (!to.is_empty()).then(|| day(to)),
            },
            rank: 0,
            lock: false,
            revision: 0,
        },
    }
}

fn day(text: &str) -> LocalTime {
    LocalTime::parse(&format!("{text}T00:00:00")).unwrap()
}

fn change<R: Record>(old: Option<R>, new: Option<R>) -> RowChange {
    let key = old.as_ref().or(new.as_ref()).unwrap().key();
    let bytes = |side: Option<R>| side.map(|record| ByteVec::from(cbor::encode(&record)));
    RowChange {
        table: R::TABLE,
        key,
        from: bytes(old),
        to: bytes(new),
    }
}

fn repriced(code: u32, old: i64, new: i64) -> RowChange {
    let of = |kopecks| Some(price(code, kopecks, "2026-01-01", ""));
    change(of(old), of(new))
}

fn edited(code: u32, spoil: impl Fn(&mut ItemRecord)) -> RowChange {
    change(Some(item(code, |_| {})), Some(item(code, spoil)))
}

/// The findings of a release of a network with 1,000 items, as `check:severity:count`.
fn found(rows: &[RowChange]) -> Vec<String> {
    let standing = Standing {
        items: 1_000,
        prices: 1_000,
        barcodes: 1_000,
        touched: (0..50)
            .map(|code: u32| {
                let known = StandingItem {
                    kind: Kind::Goods,
                    price: Some(Money(10_000)),
                    least: Some(Money(5_000)),
                };
                (code.to_string().into(), known)
            })
            .collect(),
        owners: BTreeMap::from([("46000000".to_owned(), "0".into())]),
    };
    let today = BusinessDate::parse("2026-12-01").unwrap();
    preview(rows, &standing, today)
        .iter()
        .map(|found| format!("{}:{}:{}", found.check, found.severity.name(), found.count))
        .collect()
}

fn check(rows: &[RowChange], expected: &[&str]) {
    assert_eq!(found(rows), expected);
}

#[test]
fn an_ordinary_release_passes() {
    let rows: Vec<_> = (0..40).map(|code| repriced(code, 10_000, 12_300)).collect();
    check(&rows, &[]);
    check(&[repriced(1, 10_000, 6_000)], &[]);
    check(&[change(None, Some(item(900, |_| {})))], &[]);
}

#[test]
fn goods_are_not_given_away_and_payments_may_cost_nothing() {
    check(&[repriced(1, 10_000, 0)], &["zero-price:hold:1"]);
    let payment = item(900, |item| item.kind = Kind::Payment);
    let nothing = change(None, Some(price(900, 0, "2026-01-01", "")));
    check(&[change(None, Some(payment)), nothing.clone()], &[]);
    check(&[nothing], &["zero-price:hold:1"]);
}

#[test]
fn a_slip_of_the_decimal_point_is_recognised() {
    check(&[repriced(90, 10_000, 100)], &["price-jump:hold:1"]);
    check(&[repriced(90, 10_000, 100_000)], &["price-jump:hold:1"]);
    let text = preview(
        &[repriced(90, 10_000, 101)],
        &Standing::default(),
        BusinessDate(20_000),
    );
    assert!(text[0].text.ends_with("this looks like ÷100"), "{text:?}");
    let many: Vec<_> = (60..90).map(|code| repriced(code, 10_000, 5_200)).collect();
    check(&many, &["price-jump:hold:30"]);
    check(&many[..3], &["price-jump:note:3"]);
    // A new row has no old side, but the item has a usual price.
    let new = change(None, Some(price(7, 1_000_000, "2026-12-01", "")));
    check(&[new], &["price-jump:hold:1"]);
}

#[test]
fn nothing_is_sold_below_its_cost() {
    check(
        &[repriced(1, 10_000, 4_999)],
        &["price-jump:note:1", "below-cost:hold:1"],
    );
}

#[test]
fn dates_that_leave_no_price_hold() {
    let was = || Some(price(90, 100, "2026-01-01", ""));
    for (from, to) in [
        ("2027-12-05", ""),
        ("2026-01-01", "2025-01-01"),
        ("2026-01-01", "2026-06-01"),
        ("2026-12-20", ""),
    ] {
        let rows = [change(was(), Some(price(90, 100, from, to)))];
        check(&rows, &["validity:hold:1"]);
    }
    // The next row takes over.
    let mut next = price(90, 110, "2026-12-02", "");
    next.row.id = RowId(9);
    let ended = change(was(), Some(price(90, 100, "2026-01-01", "2026-12-01")));
    check(&[ended, change(None, Some(next))], &[]);
    // It goes with its item.
    let gone = [
        change(was(), Some(price(90, 100, "2026-01-01", "2026-12-01"))),
        change(Some(item(90, |_| {})), None),
    ];
    check(&gone, &["removed:note:1"]);
}

#[test]
fn a_file_that_was_cut_short_holds() {
    let gone = |count| -> Vec<_> {
        (0..count)
            .map(|code| change(Some(item(code, |_| {})), None))
            .collect()
    };
    check(&gone(100), &["removed:note:100"]);
    check(&gone(101), &["removed:hold:101"]);
}

#[test]
fn items_stay_scannable() {
    let bare = |count| -> Vec<_> {
        (0..count)
            .map(|code| edited(code, |item| item.barcodes.clear()))
            .collect()
    };
    check(&bare(2), &["barcodes-gone:note:2"]);
    check(&bare(5), &["barcodes-gone:hold:5"]);
    let twice = edited(3, |item| item.barcodes.push("46000000".to_owned()));
    check(std::slice::from_ref(&twice), &["barcode-twice:hold:1"]);
    // It moves from one item to the other.
    let moved = edited(0, |item| item.barcodes = vec!["46999999".to_owned()]);
    check(&[twice, moved], &[]);
}

#[test]
fn a_class_changed_on_many_holds() {
    let changed = |count| -> Vec<_> {
        (0..count)
            .map(|code| edited(code, |item| item.vat = "vat0".into()))
            .collect()
    };
    check(&changed(9), &["class-changed:note:9"]);
    check(&changed(10), &["class-changed:hold:10"]);
}

#[test]
fn a_record_that_no_shop_can_read_holds() {
    let mut torn = repriced(1, 100, 110);
    torn.to = Some(ByteVec::from(vec![0xa2, 0x00]));
    check(&[torn], &["broken-record:hold:1"]);
    let mut other = repriced(1, 100, 110);
    other.key = "another".to_owned();
    check(&[other], &["broken-record:hold:1"]);
}

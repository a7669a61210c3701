//! Imports, by example.

use storefleet_core::money::Money;
use storefleet_messages::{Catalogue, Language};

use super::*;
use crate::import::preview::{Counts, Hold};

fn given(files: &[&str]) -> Tables {
    let mut tables = Tables::default();
    for file in files {
        tables.load(file.as_bytes(), &ask(), Mode::OnlyChanges);
    }
    tables
}

fn check(before: &[&str], file: &str, mode: Mode, expected: &[Hold]) -> Preview {
    let tables = given(before);
    let delivery = read(Cursor::new(file), &ask(), &tables).unwrap();
    let preview = Preview::of(delivery, mode, &tables);
    assert_eq!(preview.holds, expected);
    for hold in &preview.holds {
        let sentence = hold.sentence(&Catalogue::of(Language::English));
        assert!(!sentence.starts_with("hold-"), "{sentence}");
    }
    preview
}

const PRICES: &str = "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from\n\
                      1,a,retail,network,*,1000,2026-01-01T00:00:00\n\
                      2,b,retail,network,*,1000,2026-01-01T00:00:00\n\
                      3,c,retail,network,*,1000,2026-01-01T00:00:00\n";

fn price(row: u64, item: &str) -> String {
    format!("{item}/{row:020}")
}

#[test]
fn jumps_of_prices_are_held_and_stand_on_top() {
    let file = PRICES
        .replace("a,retail,network,*,1000", "a,retail,network,*,1300")
        .replace("b,retail,network,*,1000", "b,retail,network,*,1301")
        .replace("c,retail,network,*,1000", "c,retail,network,*,100");
    let jump = |row, item, line, to| Hold::PriceJump {
        key: price(row, item),
        line,
        from: Money(1000),
        to: Money(to),
    };
    let holds = [jump(2, "b", 3, 1301), jump(3, "c", 4, 100)];
    let preview = check(&[PRICES], &file, Mode::OnlyChanges, &holds);
    let percents: Vec<_> = preview
        .changes
        .iter()
        .map(|change| change.percent)
        .collect();
    assert_eq!(percents, [Some(-90), Some(30), Some(30)]);
    assert_eq!(
        holds[0].sentence(&Catalogue::of(Language::Russian)),
        "Строка 3, b/00000000000000000002: цена меняется с 10\u{a0}₽ на 13,01\u{a0}₽, больше чем на 30 %. \
         Подтвердите её"
    );
}

#[test]
fn a_new_row_is_compared_with_the_one_it_follows() {
    let file = "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from\n\
                9,a,retail,network,*,2000,2026-02-01T00:00:00\n\
                10,a,retail,region,RU-KAM,5000,2026-02-01T00:00:00\n";
    let hold = Hold::PriceJump {
        key: price(9, "a"),
        line: 2,
        from: Money(1000),
        to: Money(2000),
    };
    check(&[PRICES], file, Mode::OnlyChanges, &[hold]);
}

#[test]
fn a_price_below_cost_is_held() {
    let costs = "item_code,layer,scope_id,min_kop,max_kop,floor_kop,valid_from,valid_to\n\
                 a,cost,*,,,900,2025-01-01T00:00:00,\n\
                 b,cost,*,,,2000,2024-01-01T00:00:00,2026-01-01T00:00:00\n";
    let hold = Hold::BelowCost {
        key: price(1, "a"),
        line: 2,
        price: Money(899),
        cost: Money(900),
    };
    let file = PRICES
        .replace("a,retail,network,*,1000", "a,retail,network,*,899")
        .replace("b,retail,network,*,1000", "b,retail,network,*,1001");
    check(&[PRICES, costs], &file, Mode::OnlyChanges, &[hold]);
}

#[test]
fn a_barcode_on_two_items_is_held_in_the_file_and_against_the_table() {
    let code = barcode(1);
    let before = format!("item_code,name,vat,barcode\n1,A,base,{code}\n2,B,base,\n");
    let hold = |key: &str, line, other: &str, barcode: &str| Hold::Barcode {
        key: key.to_owned(),
        line,
        other: other.to_owned(),
        barcode: barcode.to_owned(),
    };
    let file = format!("item_code,name,vat,barcode\n3,C,base,{code}\n4,D,base,0{code}\n");
    let holds = [
        hold("4", 3, "3", &format!("0{code}")),
        hold("3", 2, "1", &code),
    ];
    check(&[&before], &file, Mode::OnlyChanges, &holds);
    let moved = format!("item_code,name,vat,barcode\n1,A,base,\n2,B,base,{code}\n");
    check(&[&before], &moved, Mode::OnlyChanges, &[]);
}

#[test]
fn another_vat_class_and_lost_zeros_are_held() {
    let before = "item_code,name,vat\n0012,A,base\n";
    let holds = [
        Hold::VatClass {
            key: "0012".to_owned(),
            line: 2,
            from: "base".to_owned(),
            to: "none".to_owned(),
        },
        Hold::ZerosLost {
            key: "12".to_owned(),
            line: 3,
            known: "0012".to_owned(),
        },
    ];
    let file = "item_code,name,vat\n0012,A,без НДС\n12,A,base\n";
    check(&[before], file, Mode::OnlyChanges, &holds);
}

fn numbered(numbers: std::ops::Range<u32>) -> String {
    let rows = numbers.map(|number| format!("{number},Товар,base\n"));
    std::iter::once("item_code,name,vat\n".to_owned())
        .chain(rows)
        .collect()
}

#[test]
fn a_whole_load_takes_away_what_it_does_not_name_and_waits_when_that_is_much() {
    let before = numbered(0..100);
    let few = check(&[&before], &numbered(10..101), Mode::Whole, &[]);
    let counts = Counts {
        added: 1,
        removed: 10,
        same: 90,
        ..Counts::default()
    };
    assert_eq!(few.counts[&Table::Items], counts);
    let hold = Hold::Removals {
        table: Table::Items,
        removed: 11,
        of: 100,
    };
    check(&[&before], &numbered(11..100), Mode::Whole, &[hold]);
    check(&[&before], &numbered(90..100), Mode::OnlyChanges, &[]);
}

#[test]
fn a_refused_row_is_not_an_absent_one() {
    let before = numbered(0..100);
    let file = numbered(0..100).replace("\n7,Товар,", "\n7,,");
    let preview = check(&[&before], &file, Mode::Whole, &[]);
    assert_eq!(preview.changes, vec![]);
    let nameless = numbered(0..99).replace("\n7,Товар,", "\n,Товар,");
    let preview = check(&[&before], &nameless, Mode::Whole, &[]);
    assert_eq!(preview.changes, vec![], "row 7 may be any of them");
}

#[test]
fn more_errors_than_two_percent_hold_the_delivery() {
    let mut file = numbered(0..98);
    file.push_str("98,,base\n99,,base\n");
    check(&[], &file, Mode::OnlyChanges, &[]);
    file.push_str("100,,base\n");
    let hold = Hold::Errors {
        refused: 3,
        of: 101,
    };
    check(&[], &file, Mode::OnlyChanges, &[hold]);
}

const UNITS: &str = "store_id,item_code,owner,quantity,serial\n";
const PHONE: &str = "item_code,kind,group,name,tracking,vat\nphone,goods,g,Phone,imei,base\n\
                     sim,sim,g,SIM,iccid,base\ncase,goods,g,Case,none,base\n";

fn faults_of(rows: &str) -> Vec<(u64, String, String)> {
    let delivery = read(
        Cursor::new(format!("{UNITS}{rows}")),
        &ask(),
        &given(&[PHONE]),
    )
    .unwrap();
    let faults = delivery.refused.into_iter();
    faults
        .map(|it| (it.line, it.fault.rule, it.fault.detail))
        .collect()
}

#[test]
fn a_unit_has_a_number_that_can_be_one_and_stands_once() {
    let fault = |line: u64, rule: &str, detail: &str| (line, rule.to_owned(), detail.to_owned());
    assert_eq!(faults_of("S1,phone,,1,356938035643809\nS1,case,,3,\n"), []);
    let wrong = "S1,phone,,1,356938035643808\nS1,phone,,1,12345\nS1,phone,,1,\nS1,case,,1,356938035643809\n\
                 S1,sim,,1,8970101000000000001\nS1,phone,,2,356938035643809\n";
    let expected = [
        fault(2, "serial-imei-digit", "9"),
        fault(3, "serial-imei", ""),
        fault(4, "serial-needed", ""),
        fault(5, "serial-none", ""),
        fault(6, "serial-iccid", ""),
        fault(7, "cell-one-unit", ""),
    ];
    assert_eq!(faults_of(wrong), expected);
    let twice = "S1,phone,,1,356938035643809\nS2,phone,,1,35693803564380\nS1,phone,,1,490154203237518\n\
                 S1,phone,,1,356938035643809\n";
    let expected = [
        fault(2, "serial-twice", "3, 5"),
        fault(3, "serial-twice", "2, 5"),
        fault(5, "serial-twice", "2, 3"),
    ];
    assert_eq!(
        faults_of(twice),
        expected,
        "also where the rows say the same"
    );
}

#[test]
fn a_unit_that_stands_in_another_balance_is_held_until_it_is_taken_off_there() {
    let before = format!("{UNITS}S1,phone,,1,356938035643809\n");
    let after = format!("{UNITS}S1,phone,E1,1,356938035643809\n");
    let elsewhere = Hold::UnitElsewhere {
        key: "S1/phone/E1/356938035643809".to_owned(),
        line: 2,
        serial: "356938035643809".to_owned(),
        other: "S1/phone//356938035643809".to_owned(),
    };
    let unknown = Hold::Unknown {
        key: "S1/phone/E1/356938035643809".to_owned(),
        line: 2,
        table: Table::Stores,
        code: "S1".to_owned(),
    };
    let holds = [unknown, elsewhere];
    check(&[PHONE, &before], &after, Mode::OnlyChanges, &holds);
}

//! Every form of file gives the same rows: separators, encodings, packings, spreadsheets.

use std::io::Write;

use encoding_rs::WINDOWS_1251;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

const ITEMS: &str = "item_code,barcode,kind,group,brand,name,model,unit,tracking,tac,vat,base_price_kop,\
price_fixed_by_vendor\n\
0012,2900000000018,goods,tablet,ASUS,\"Планшет, зелёный\",A1,шт,imei,35161868,base,4699000,0\n\
0013,,service,work,,Настройка,,усл,none,,none,,1\n";

fn check_same(file: &[u8]) {
    let mut expected = Tables::default();
    expected.load(ITEMS.as_bytes(), &ask(), Mode::OnlyChanges);
    assert_eq!(expected.0.len(), 2);
    let mut found = Tables::default();
    let preview = found.load(file, &ask(), Mode::OnlyChanges);
    assert_eq!(preview.refused, vec![]);
    assert_eq!(found, expected);
}

#[test]
fn a_table_is_the_same_in_every_encoding_separator_and_packing() {
    check_same(ITEMS.as_bytes());
    check_same(format!("\u{feff}{ITEMS}").as_bytes());
    check_same(&WINDOWS_1251.encode(ITEMS).0);
    check_same(ITEMS.replace('\n', "\r\n").as_bytes());
    for separator in [";", "\t"] {
        let other = ITEMS.replace("Планшет, зелёный", "Планшет@ зелёный");
        check_same(other.replace(',', separator).replace('@', ",").as_bytes());
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(ITEMS.as_bytes()).unwrap();
    check_same(&packed.finish().unwrap());
    let wide: Vec<u8> = format!("\u{feff}{ITEMS}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    check_same(&wide);
}

#[test]
fn a_price_list_of_a_supplier_is_read_by_its_own_words() {
    let file = "Прайс-лист ООО «Тон»;;\r\n;;\r\nКод;Цена, руб.;Действует с\r\n\
                0012;1 234,50;31.01.2026\r\n0013;990;46054\r\n;;\r\n";
    let mut tables = Tables::default();
    let preview = tables.load(&WINDOWS_1251.encode(file).0, &ask(), Mode::OnlyChanges);
    assert_eq!(preview.refused, vec![]);
    let cells = tables.cells(Table::Prices);
    let shown: Vec<_> = cells.iter().map(|row| row[1..8].join(" ")).collect();
    assert_eq!(
        shown,
        [
            "0012 retail network * 123450 2026-01-31T00:00:00 ",
            "0013 retail network * 99000 2026-02-01T00:00:00 ",
        ]
    );
}

#[test]
fn a_sheet_keeps_codes_and_dates() {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("dd.mm.yyyy");
    let sheet = book.add_worksheet();
    for (column, header) in (0_u16..).zip(["Код", "Цена", "valid_from", "valid_to", "Примечание"])
    {
        sheet.write_string(1, column, header).unwrap();
    }
    let day = ExcelDateTime::from_ymd(2026, 1, 31).unwrap();
    sheet.write_string(2, 0, "0012").unwrap();
    sheet.write_number(2, 1, 0.1 + 0.2).unwrap();
    sheet.write_datetime_with_format(2, 2, &day, &date).unwrap();
    sheet.write_number(2, 3, 46_055.5).unwrap();
    sheet.write_number(3, 0, 13).unwrap();
    sheet.write_string(3, 1, "1 490,5").unwrap();
    sheet.write_string(3, 2, "31.01.2026").unwrap();
    sheet.write_datetime_with_format(4, 0, &day, &date).unwrap();
    sheet.write_number(4, 1, 1).unwrap();
    let file = book.save_to_buffer().unwrap();

    let delivery = read_new(&file).unwrap();
    assert_eq!(rules(&delivery), [(5, "item_code", "cell-excel-date")]);
    assert_eq!(
        delivery.passed_over.keys().collect::<Vec<_>>(),
        ["Примечание"]
    );
    let mut tables = Tables::default();
    tables.apply(Preview::of(delivery, Mode::OnlyChanges, &Tables::default()));
    let cells = tables.cells(Table::Prices);
    let shown: Vec<_> = cells
        .iter()
        .map(|row| [&row[1..2], &row[5..8]].concat().join(" "))
        .collect();
    assert_eq!(
        shown,
        [
            "0012 30 2026-01-31T00:00:00 2026-02-02T12:00:00",
            "13 149050 2026-01-31T00:00:00 ",
        ]
    );
}

#[test]
fn what_a_file_leaves_out_stays_as_it_is() {
    let mut tables = Tables::default();
    tables.load(ITEMS.as_bytes(), &ask(), Mode::OnlyChanges);
    let preview = tables.load(
        "Артикул;Бренд\n0012;Asus\n".as_bytes(),
        &ask(),
        Mode::OnlyChanges,
    );
    assert_eq!(preview.refused, vec![]);
    let row = &tables.cells(Table::Items)[0];
    assert_eq!(
        row[..6],
        [
            "0012",
            "2900000000018",
            "goods",
            "tablet",
            "Asus",
            "Планшет, зелёный"
        ]
    );
}

#[test]
fn the_files_of_a_whole_chain_are_read_without_a_refusal() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pricing/");
    for (name, table, rows) in [
        ("dealers.csv", Table::Dealers, 66),
        ("stores.csv", Table::Stores, 168),
        ("price_types.csv", Table::PriceTypes, 4),
        ("tax.csv", Table::Taxes, 9),
        ("catalog.csv", Table::Items, 399),
        ("prices.csv.gz", Table::Prices, 1_219),
        ("corridors.csv.gz", Table::Corridors, 814),
    ] {
        let file = std::fs::read(format!("{folder}{name}")).unwrap();
        let delivery = read(Cursor::new(file), &Ask::default(), &Tables::default()).unwrap();
        assert_eq!(rules(&delivery), [], "{name}");
        assert!(delivery.rows.iter().all(|row| row.table == table), "{name}");
        assert_eq!(delivery.rows.len(), rows, "{name}");
    }
}

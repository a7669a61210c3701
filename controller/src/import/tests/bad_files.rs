//! Files that are wrong as a whole, or too large, are refused with the place and change nothing.

use std::io::{Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use storefleet_messages::{Catalogue, Language};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::import::{FILE_BYTES_MAX, UNPACKED_TIMES_MAX};

fn check(file: &[u8], expected: &str) {
    let error = read_new(file).unwrap_err();
    assert_eq!(error.to_string(), expected);
    for language in [Language::Russian, Language::English] {
        let sentence = error.sentence(&Catalogue::of(language));
        assert!(!sentence.starts_with("import-"), "{sentence}");
    }
}

/// A file of which only the length is there.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("a file that is too large is never read");
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        Ok(if to == SeekFrom::End(0) { self.0 } else { 0 })
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn book_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut book = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        book.start_file(*name, SimpleFileOptions::default())
            .unwrap();
        book.write_all(bytes).unwrap();
    }
    book.finish().unwrap().into_inner()
}

#[test]
fn a_file_too_large_is_told_before_it_is_read() {
    let error = read(Endless(FILE_BYTES_MAX + 1), &ask(), &Tables::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file has 268435457 bytes, more than 268435456: split it"
    );
}

#[test]
fn bombs_are_refused_while_they_unpack() {
    let zeros = vec![b'0'; 64 << 20];
    let bomb = packed(&zeros);
    let max = (bomb.len() as u64 * UNPACKED_TIMES_MAX).max(4 << 20);
    check(
        &bomb,
        &format!("gzip unpacks to more than {max} bytes: this is no table"),
    );
    let book = book_of(&[
        ("xl/workbook.xml", b""),
        ("xl/worksheets/sheet1.xml", &zeros),
    ]);
    let error = read_new(&book).unwrap_err();
    assert!(
        matches!(error, ImportError::Bomb { place, .. } if place == "xl/worksheets/sheet1.xml")
    );
}

#[test]
fn an_xml_that_declares_entities_is_refused() {
    check(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>\n\
         <КоммерческаяИнформация/>"
            .as_bytes(),
        "line 2: the file declares a document type (DOCTYPE): take it out",
    );
    check(
        "<КоммерческаяИнформация>&lol;</КоммерческаяИнформация>".as_bytes(),
        "line 1: the file is damaged (unknown entity &lol;); send it again",
    );
}

#[test]
fn files_of_other_kinds_say_what_to_do() {
    let advice = "save it as XLSX, CSV or CommerceML";
    check(b"", "the file is empty");
    check(b"\n \n", "the file is empty");
    check(b"%PDF-1.7", &format!("the file is PDF: {advice}"));
    check(
        &[0xd0, 0xcf, 0x11, 0xe0, 0, 0],
        &format!("the file is XLS, or XLSX with a password: {advice}"),
    );
    check(
        b"\x7fELF\0\0\0\0",
        &format!("the file is binary data: {advice}"),
    );
    check(
        &book_of(&[("a.txt", b"x")]),
        &format!("the file is a ZIP archive: {advice}"),
    );
    check(
        b"<html></html>",
        "line 1: the root is \"html\", not \u{41a}оммерческаяИнформация",
    );
    check(
        b"one two three\n1 2 3\n",
        "none of the first rows names columns of a table; found: one two three",
    );
    check(
        "Артикул,layer\n1,2\n".as_bytes(),
        "the columns fit prices, corridors, stop_list: say which table it is",
    );
}

#[test]
fn a_file_cut_short_counts_for_nothing() {
    let whole = "item_code,name,vat\n1,Чехол,base\n2,Стекло,base\n";
    check(
        whole.as_bytes().get(..45).unwrap(),
        "line 3: the file ends in the middle; send it again",
    );
    let gz = packed(whole.as_bytes());
    check(
        gz.get(..gz.len() - 9).unwrap(),
        "byte 57: the file ends in the middle; send it again",
    );
    let xml = "<КоммерческаяИнформация>\n<Каталог><Товары><Товар><Ид>1</Ид>";
    check(
        xml.as_bytes(),
        "line 2: the file ends in the middle; send it again",
    );
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet()
        .write_string(0, 0, "item_code")
        .unwrap();
    let book = book.save_to_buffer().unwrap();
    assert!(read_new(book.get(..book.len() / 2).unwrap()).is_err());
}

#[test]
fn a_bad_row_is_told_with_its_place_and_the_others_count() {
    let file = "item_code;barcode;name;vat;unit;base_price_rub\n\
                1;4006381333931;Чехол;base;шт;1,5\n\
                2;4006381333932;Стекло;base;шт;1,5\n\
                3;4,00638E+12;Стекло;base;шт;1,5\n\
                4;;Стекло;base;коробка;1,5\n\
                5;;Стекло;base;шт;1,555\n\
                6;;Стекло;base;шт\n\
                7;;Стекло;base;шт;1;2;3\n\
                8;;;base;шт;1\n\
                9;;Раз;base;шт;1\n\
                9;;Два;base;шт;1\n\
                10;;Раз;base;шт;1\n\
                10;;Раз;base;шт;1\n";
    let delivery = read_new(file.as_bytes()).unwrap();
    assert_eq!(
        rules(&delivery),
        [
            (3, "barcode", "cell-check-digit"),
            (4, "barcode", "cell-exponent"),
            (5, "unit", "cell-one-of"),
            (6, "base_price_rub", "cell-roubles"),
            (7, "", "row-cells"),
            (8, "", "row-cells"),
            (9, "name", "cell-needed"),
            (10, "", "row-twice"),
            (11, "", "row-twice"),
        ]
    );
    let keys: Vec<_> = delivery.rows.iter().map(|row| &*row.key).collect();
    assert_eq!(keys, ["1", "10"]);
    let russian = Catalogue::of(Language::Russian);
    let sentences: Vec<_> = delivery
        .refused
        .iter()
        .map(|row| row.fault.sentence(row.line, &russian))
        .collect();
    assert_eq!(
        sentences[0],
        "Строка 3, barcode: «4006381333932» — не сходится контрольная цифра GTIN; проверьте номер"
    );
    assert_eq!(
        sentences[8],
        "Строка 11: «9» — строка с этим ключом стоит ещё раз и говорит другое (строки 10); оставьте одну"
    );
    assert!(sentences.iter().all(|sentence| !sentence.contains("cell-")));
}

//! Prices from files: the carts and lookups of a small chain, and what is said about files that are wrong.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use storefleet_controller::pricing::{Chain, Form, price_file};
use storefleet_core::pricing::corridor::clamp_list_price;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::names::{ItemCode, StoreRef};
use storefleet_core::pricing::price::{Layer, find_price};
use storefleet_messages::Language;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pricing")
}

#[test]
fn every_cart_costs_what_it_must_to_the_byte() {
    let chain = Chain::read(&data()).unwrap();
    let mut out = Vec::new();
    price_file(&chain, &data().join("carts.jsonl"), Form::Json, &mut out).unwrap();
    let found = String::from_utf8(out).unwrap();
    let expected = fs::read_to_string(data().join("expected.jsonl")).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
    assert!(chain.warnings.is_empty(), "{:?}", chain.warnings);
}

#[test]
fn every_lookup_finds_its_row_and_its_price_inside_the_corridor() {
    let chain = Chain::read(&data()).unwrap();
    let text = fs::read_to_string(data().join("price_lookups.json")).unwrap();
    let lookups: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!lookups.is_empty());
    for lookup in lookups {
        assert_eq!(looked_up(&chain, &lookup), lookup);
    }
}

fn looked_up(chain: &Chain, lookup: &Value) -> Value {
    let name = |key: &str| lookup[key].as_str().unwrap().to_owned();
    let shop = &chain.shops[&StoreRef::from(name("store_id"))].shop;
    let goods = &chain.catalogue[&ItemCode::from(name("item_code"))];
    let at: jiff::civil::DateTime = name("at_local").parse().unwrap();
    let moment = jiff::tz::Offset::UTC.to_timestamp(at).unwrap();
    let moment = LocalTime(moment.as_millisecond());
    let types = &chain.rules.price_types;
    let found = find_price(&goods.prices, &"retail".into(), types, shop, moment);
    let layer = found.as_ref().map(|won| match won.row.reach.layer() {
        Layer::Network => "network",
        Layer::Region => "region",
        Layer::Dealer => "dealer",
        Layer::Store => "store",
    });
    let row = found.map(|won| won.row);
    let placed = row.map(|row| clamp_list_price(&goods.corridors, shop, moment, row.amount));
    json!({
        "store_id": lookup["store_id"],
        "item_code": lookup["item_code"],
        "at_local": lookup["at_local"],
        "row_id": row.map(|row| row.id.0),
        "layer": layer,
        "listed_kop": row.map(|row| row.amount.0),
        "price_kop": placed.map(|placed| placed.price.0),
    })
}

/// A folder with the small chain, to be spoilt.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(data()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    folder
}

fn price(folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_storefleet-controller"))
        .arg("price")
        .arg("--data")
        .arg(folder)
        .arg("--carts")
        .arg(folder.join("carts.jsonl"))
        .output()
        .unwrap()
}

#[test]
fn the_program_prints_a_line_for_each_cart() {
    let folder = copy();
    let done = price(folder.path());
    assert!(done.status.success());
    assert_eq!(
        done.stdout,
        fs::read(data().join("expected.jsonl")).unwrap()
    );
    assert!(done.stderr.is_empty());
}

#[test]
fn a_wrong_cart_ends_the_program_with_its_line_and_what_to_do() {
    let good = fs::read_to_string(data().join("carts.jsonl")).unwrap();
    let first = good.lines().next().unwrap();
    let spoil = |from: &str, to: &str| {
        assert!(first.contains(from), "{first}");
        first.replace(from, to)
    };
    for (second, said) in [
        ("{".to_owned(), "line 2: is not a cart: EOF"),
        (spoil("\"S0", "\"X0"), "is not in stores.csv"),
        (
            spoil("\"retail\"", "\"retial\""),
            "price_type \"retial\" is not in price_types.csv",
        ),
        (
            spoil("\"cash\"", "\"shells\""),
            "payment \"shells\" must be cash, card or credit",
        ),
        (
            spoil("\"line_no\":2", "\"line_no\":1"),
            "line_no 1 stands there twice",
        ),
        (
            spoil("+05:00\",\"price", "\",\"price"),
            "must be a time with its offset",
        ),
    ] {
        let folder = copy();
        let carts = format!("{first}\n{second}\n");
        fs::write(folder.path().join("carts.jsonl"), carts).unwrap();
        let done = price(folder.path());
        let stderr = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("carts.jsonl line 2: "), "{stderr}");
        assert!(stderr.contains(said), "{said:?} in {stderr}");
    }
}

#[test]
fn a_wrong_table_is_named_with_line_column_and_value() {
    for (file, from, to, said) in [
        (
            "stores.csv",
            ",tz,",
            ",zone,",
            "stores.csv: has no column tz; its header line names store_id",
        ),
        ("stores.csv", "Asia/", "Azia/", "column tz: \"Azia/"),
        (
            "dealers.csv",
            "\nD0001,",
            "\nD9999,",
            "column dealer_id: \"D0001\" is not in dealers.csv",
        ),
        (
            "catalog.csv",
            ",goods,",
            ",gods,",
            "column kind: \"gods\" must be goods, sim, service or payment",
        ),
        (
            "tax.csv",
            ",20,120,",
            ",20,x,",
            "tax.csv line 2, column den: \"x\" must be a whole number",
        ),
        (
            "tax.csv",
            "2019-01-01T00:00:00",
            "2019-01-01T00:00:00Z",
            "must be a time on the store's wall",
        ),
        (
            "promos.json",
            "\"n_for_m\"",
            "\"m_for_n\"",
            "kind \"m_for_n\" is not known; the kinds are percent",
        ),
        (
            "promos.json",
            "\"mode\": \"stack\"",
            "\"mode\": \"pile\"",
            "mode \"pile\" must be stack",
        ),
        (
            "promos.json",
            "\"m\": 2",
            "\"k\": 2",
            "(P03): m is missing: add it",
        ),
        (
            "promos.json",
            "\"min_price_kop\"",
            "\"least_price_kop\"",
            "unknown field `least_price_kop`",
        ),
    ] {
        let folder = copy();
        let path = folder.path().join(file);
        let good = fs::read_to_string(&path).unwrap();
        assert!(good.contains(from), "{file}: {from}");
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let done = price(folder.path());
        let stderr = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{file}: {stderr}");
        assert!(stderr.contains(said), "{said:?} in {stderr}");
        assert!(done.stdout.is_empty());
    }
}

#[test]
fn a_key_that_means_nothing_is_told_and_ignored() {
    let folder = copy();
    let path = folder.path().join("promos.json");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        good.replacen("\"step_kop\"", "\"colour\": 1, \"step_kop\"", 1),
    )
    .unwrap();
    let done = price(folder.path());
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{stderr}");
    assert!(
        stderr.contains("(P29): colour means nothing for its kind"),
        "{stderr}"
    );
}

fn told(chain: &Chain, language: Language) -> String {
    let mut out = Vec::new();
    let carts = data().join("carts.jsonl");
    price_file(chain, &carts, Form::Sentences(language), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_cart_is_told_in_sentences_of_both_languages() {
    let chain = Chain::read(&data()).unwrap();
    for language in [Language::Russian, Language::English] {
        let told = told(&chain, language);
        let without_text = told.lines().find(|line| line.contains("price-"));
        assert_eq!(without_text, None, "a text is missing");
        let unfilled = told.lines().find(|line| line.contains('{'));
        assert_eq!(unfilled, None, "an argument is missing");
    }
}

#[test]
fn a_cart_reads_as_its_record_says() {
    let chain = Chain::read(&data()).unwrap();
    let told = told(&chain, Language::Russian);
    let cart = told.split("\n\n").find(|cart| cart.starts_with("C00098"));
    insta::assert_snapshot!(cart.unwrap());
}

#[test]
fn prices_need_neither_settings_nor_a_server() {
    let folder = copy();
    let done = Command::new(env!("CARGO_BIN_EXE_storefleet-controller"))
        .args([
            "--settings",
            "/nowhere/controller.toml",
            "price",
            "--explain",
            "en",
        ])
        .arg("--data")
        .arg(folder.path())
        .arg("--carts")
        .arg(folder.path().join("carts.jsonl"))
        .output()
        .unwrap();
    assert!(done.status.success());
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(told.contains("to pay, VAT"), "{told}");
}

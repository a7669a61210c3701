//! The tables of a chain that does not exist, as its office would send them: items, prices of several layers, shops.

use std::fmt::Write as _;

use serde_json::json;
use storefleet_core::identifier::is_gtin;

/// Dealers of the shops.
pub const DEALERS: &str = "dealer_id,name,class,tax_regime\nD0001,«Связь»,federal,osn\n";
/// Types of prices.
pub const PRICE_TYPES: &str = "price_type,falls_back_to\nretail,\n";
/// Rates of VAT.
pub const TAXES: &str = "tax_regime,item_vat,code,num,den,valid_from,valid_to\n\
                         osn,base,vat22,22,122,2026-01-01T00:00:00,\n";
/// The layers that have a price of every item: their kinds and scopes.
pub const LAYERS: [[&str; 2]; 3] = [["network", "*"], ["region", "RU-KAM"], ["dealer", "D0001"]];

/// A promotion of the network and one of the dealer.
#[must_use]
pub fn promotions() -> String {
    let mut csv = "promo_id,name,definition\n".to_owned();
    for (id, owner) in [("P01", "network"), ("P02", "D0001")] {
        let definition = json!({
            "id": id, "version": 1, "kind": "percent", "name": id, "owner": owner, "mode": "stack",
            "priority": 100, "valid_from": "2026-01-01T00:00:00", "valid_to": "2027-01-01T00:00:00",
            "ppm": 100_000, "select": { "groups": ["group-7"] },
        });
        let quoted = definition.to_string().replace('"', "\"\"");
        put(&mut csv, format_args!("{id},{id},\"{quoted}\""));
    }
    csv
}

/// Shops of the one dealer in the one region, by their codes.
#[must_use]
pub fn stores(codes: impl IntoIterator<Item = String>) -> String {
    let mut csv = "store_id,dealer_id,format,city,region_iso,address,tz\n".to_owned();
    for code in codes {
        let address = "ул. Ленинская, 7";
        put(
            &mut csv,
            format_args!("{code},D0001,salon,Елизово,RU-KAM,\"{address}\",Europe/Moscow"),
        );
    }
    csv
}

/// The code of an item, with leading zeros.
#[must_use]
pub fn code(number: u32) -> String {
    format!("{number:08}")
}

/// The barcode of an item.
#[must_use]
pub fn barcode(number: u32) -> String {
    let payload = format!("29{number:010}");
    let mut codes = (0..10).map(|digit| format!("{payload}{digit}"));
    codes.find(|code| is_gtin(code)).unwrap_or_default()
}

/// So many items with a barcode each.
#[must_use]
pub fn items(count: u32) -> String {
    let mut csv = "item_code,barcode,kind,group,brand,name,unit,vat\n".to_owned();
    for number in 0..count {
        let (code, barcode) = (code(number), barcode(number));
        let (group, brand) = (number % 40, number % 300);
        put(
            &mut csv,
            format_args!(
                "{code},{barcode},goods,group-{group},Brand {brand},\
                 \"Накладка для телефона «Модель {number}», прозрачный, силикон\",шт,base"
            ),
        );
    }
    csv
}

/// Rows of the price list, one for each of these items in one of the [`LAYERS`].
#[must_use]
pub fn prices(numbers: impl IntoIterator<Item = u32>, layer: usize, round: u64) -> String {
    let mut csv = "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from,valid_to,rank,\
                   lock,revision\n"
        .to_owned();
    let [kind, scope] = LAYERS[layer];
    for number in numbers {
        let row = u64::from(number) * LAYERS.len() as u64 + layer as u64 + 1;
        let (code, amount) = (code(number), amount(number, layer, round));
        put(
            &mut csv,
            format_args!(
                "{row},{code},retail,{kind},{scope},{amount},2026-01-01T00:00:00,,0,0,{round}"
            ),
        );
    }
    csv
}

/// A price in whole roubles and 90 kopecks, a few percent apart in each layer and round.
fn amount(number: u32, layer: usize, round: u64) -> u64 {
    let base = 100 + u64::from(number) * 7_919 % 60_000;
    let percent = 100 + layer as u64 + round % 7;
    base * percent / 100 * 100 + 90
}

fn put(csv: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(csv, "{line}").expect("memory takes a line");
}

//! Every vector of the pricing rules, run as a table.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

#[path = "pricing_vectors/basket.rs"]
mod basket;
#[path = "pricing_vectors/promotion.rs"]
mod promotion;

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};
use storefleet_core::identifier::{IccidError, ImeiError, read_iccid, read_imei};
use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::corridor::{CorridorReach, CorridorRow, clamp_list_price};
use storefleet_core::pricing::distribute::{Claim, distribute};
use storefleet_core::pricing::moment::{LocalTime, Validity};
use storefleet_core::pricing::position::{piece_amount, positions};
use storefleet_core::pricing::price::{PriceRow, PriceTypes, Reach, RowId, find_price};
use storefleet_core::pricing::rounding::{Ppm, line_gross, round_half_away};
use storefleet_core::pricing::shop::Shop;
use storefleet_core::pricing::vat::VatRate;
use storefleet_core::pricing::{earned_points, points_cap, points_taken_back};

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("data/pricing-vectors.json")).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

#[test]
fn every_vector_comes_out() {
    let all = vectors();
    let mut failed = Vec::new();
    for vector in &all {
        let (input, expected) = (&vector["input"], &vector["expected"]);
        let found = run(input, expected, &all);
        if found != *expected {
            failed.push(format!("{}: {found} instead of {expected}", vector["id"]));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(all.len(), 65);
}

fn run(input: &Value, expected: &Value, all: &[Value]) -> Value {
    match input["op"].as_str().unwrap() {
        "vat_inside" => vat_inside(input),
        "add_vat" => {
            let net = kop(&input["net_kop"]);
            json!({ "gross_kop": net.plus(part(&input["ppm"]).of(net)).0 })
        }
        "R" => {
            let args = input["args"].as_array().unwrap().iter();
            let value = |pair: &Value| round_half_away(int(&pair[0]).into(), int(&pair[1]).into());
            let values: Vec<i64> = args
                .map(|pair| i64::try_from(value(pair)).unwrap())
                .collect();
            json!({ "values": values })
        }
        "percent" => {
            let amount = kop(&input["amount_kop"]);
            let discount = part(&input["ppm"]).of(amount);
            json!({ "discount_kop": discount.0, "net_kop": amount.minus(discount).0 })
        }
        "line_gross" => {
            let quantity = Quantity(int(&input["qty_milli"]));
            json!({ "gross_kop": line_gross(kop(&input["price_kop"]), quantity).0 })
        }
        "distribute" => distributed(input, expected),
        "print_positions" => {
            let quantity = Quantity(int(&input["qty_milli"]));
            let printed = positions(kop(&input["net_kop"]), quantity).into_iter();
            let rows: Vec<Value> = printed
                .map(|position| json!([position.quantity.0, position.unit_price.0]))
                .collect();
            json!({ "positions": rows })
        }
        "return_pieces" => {
            let (net, pieces) = (kop(&input["net_kop"]), int(&input["pieces"]));
            let amounts = (1..=pieces).map(|number| piece_amount(net, pieces, number).0);
            json!({ "amounts": amounts.collect::<Vec<_>>() })
        }
        "resolve_price" => {
            resolve(input, local(&input["local_time"])).unwrap_or(json!({ "refusal": "no_price" }))
        }
        "resolve_price_at" => resolve_at(input),
        "evaluate" => basket::evaluated(input, expected),
        "same_bytes" => {
            let of = all
                .iter()
                .find(|vector| vector["id"] == input["of"])
                .unwrap();
            json!({ "same": basket::is_same(&of["input"], input["how"].as_str().unwrap()) })
        }
        "points_cap" => json!({ "points": points_cap(
            kop(&input["eligible_kop"]),
            part(&input["cap_ppm"]),
            kop(&input["point_kop"]),
        ) }),
        "earned_points" => json!({ "points": earned_points(
            kop(&input["paid_kop"]),
            part(&input["ppm"]),
            kop(&input["point_kop"]),
        ) }),
        "points_taken_back" => json!({ "points": points_taken_back(
            kop(&input["paid_kop"]),
            kop(&input["returned_kop"]),
            part(&input["ppm"]),
            kop(&input["point_kop"]),
        ) }),
        "identifier" => identifier(input, expected),
        "imei_complete" => {
            json!({ "imei": read_imei(input["value"].as_str().unwrap()).unwrap().digits })
        }
        other => panic!("no such operation: {other}"),
    }
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn kop(value: &Value) -> Money {
    Money(int(value))
}

fn part(value: &Value) -> Ppm {
    Ppm(i32::try_from(int(value)).unwrap())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn wall(time: DateTime) -> LocalTime {
    LocalTime(Offset::UTC.to_timestamp(time).unwrap().as_millisecond())
}

fn local(value: &Value) -> LocalTime {
    wall(text(value).parse().unwrap())
}

/// The wall of a zone at an instant.
fn wall_at(zone: &str, instant: &Value) -> LocalTime {
    let at: jiff::Timestamp = text(instant).parse().unwrap();
    wall(TimeZone::get(zone).unwrap().to_datetime(at))
}

fn validity(row: &Value) -> Validity {
    let open = row["valid_to"].as_str().is_none_or(str::is_empty);
    Validity {
        from: local(&row["valid_from"]),
        to: (!open).then(|| local(&row["valid_to"])),
    }
}

fn shop() -> Shop {
    Shop {
        store: "S".into(),
        dealer: "D".into(),
        dealer_class: "federal".into(),
        region: "R".into(),
        format: "salon".into(),
        tax_regime: "osn".into(),
    }
}

fn rate(numerator: &Value, denominator: &Value) -> VatRate {
    VatRate {
        code: "any".into(),
        numerator: u32::try_from(int(numerator)).unwrap(),
        denominator: u32::try_from(int(denominator)).unwrap(),
    }
}

fn vat_inside(input: &Value) -> Value {
    let lines = input["lines"].as_array().unwrap().iter();
    let inside = |line: &Value| {
        rate(&line["num"], &line["den"])
            .inside(kop(&line["net_kop"]))
            .0
    };
    let vat: Vec<i64> = lines.map(inside).collect();
    json!({ "vat_kop": vat, "sum_kop": vat.iter().sum::<i64>() })
}

fn distributed(input: &Value, expected: &Value) -> Value {
    let weights = input["weights"].as_array().unwrap();
    let claims: Vec<Claim> = weights
        .iter()
        .enumerate()
        .map(|(place, weight)| Claim {
            weight: kop(weight),
            cap: input["caps"][place].as_i64().map(Money),
        })
        .collect();
    let sum = kop(&input["sum_kop"]);
    let shares: Vec<Money> = distribute(sum, &claims)
        .iter()
        .map(|share| share.amount)
        .collect();
    let given: Money = shares.iter().copied().sum();
    let left = weights.iter().map(kop).sum::<Money>().minus(given);
    let mut found = json!({
        "shares": shares.iter().map(|share| share.0).collect::<Vec<_>>(),
        "clamped_kop": sum.minus(given).0,
    });
    if expected.get("total_kop").is_some() {
        found["total_kop"] = left.0.into();
    }
    if expected.get("vat_kop").is_some() {
        let vat = weights.iter().zip(shares).map(|(weight, share)| {
            rate(&json!(22), &json!(122))
                .inside(kop(weight).minus(share))
                .0
        });
        found["vat_kop"] = vat.collect::<Vec<_>>().into();
    }
    found
}

fn reach(row: &Value) -> Reach {
    let scope = text(&row["scope_id"]);
    match text(&row["layer"]) {
        "network" => Reach::Network,
        "region" => Reach::Region(scope.into()),
        "dealer" => Reach::Dealer(scope.into()),
        "store" => Reach::Store(scope.into()),
        other => panic!("no such layer: {other}"),
    }
}

fn price_row(row: &Value) -> PriceRow {
    PriceRow {
        id: RowId(row["row_id"].as_u64().unwrap()),
        price_type: text(&row["price_type"]).into(),
        reach: reach(row),
        amount: kop(&row["amount_kop"]),
        validity: validity(row),
        rank: i32::try_from(int(&row["rank"])).unwrap(),
        lock: row["lock"] == 1,
        revision: i32::try_from(int(&row["revision"])).unwrap(),
    }
}

fn price_types() -> PriceTypes {
    BTreeMap::from([
        ("promo".into(), Some("retail".into())),
        ("retail".into(), Some("base".into())),
        ("base".into(), None),
    ])
}

fn resolve(input: &Value, moment: LocalTime) -> Option<Value> {
    let rows: Vec<PriceRow> = input["rows"].as_array()?.iter().map(price_row).collect();
    let price_type = input["price_type"].as_str().unwrap_or("retail").into();
    let won = find_price(&rows, &price_type, &price_types(), &shop(), moment)?;
    let optional = |row: &Value, key: &str| row[key].as_i64().map(Money);
    let corridors: Vec<CorridorRow> = input["corridors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| CorridorRow {
            reach: CorridorReach::Layer(reach(row)),
            min: optional(row, "min_kop"),
            max: optional(row, "max_kop"),
            floor: optional(row, "floor_kop"),
            validity: validity(row),
        })
        .collect();
    let placed = clamp_list_price(&corridors, &shop(), moment, won.row.amount);
    Some(json!({ "amount_kop": placed.price.0, "row_id": won.row.id.0 }))
}

fn resolve_at(input: &Value) -> Value {
    let zone = text(&input["store_tz"]);
    let instants = input["instants"].as_array().unwrap().iter();
    let amounts = instants
        .map(|instant| resolve(input, wall_at(zone, instant)).unwrap()["amount_kop"].clone());
    json!({ "amounts": amounts.collect::<Vec<_>>() })
}

fn identifier(input: &Value, expected: &Value) -> Value {
    let scan = text(&input["value"]);
    if input["kind"] == "iccid" {
        let read = read_iccid(scan);
        let mut found = json!({ "valid": read.is_ok() });
        assert_ne!(read, Err(IccidError::Shape), "{scan}");
        if expected.get("canonical").is_some() {
            found["canonical"] = read.unwrap().into();
        }
        return found;
    }
    match read_imei(scan) {
        Ok(_) => json!({ "valid": true }),
        Err(ImeiError::CheckDigit { expected }) => {
            json!({ "valid": false, "check_digit": expected })
        }
        Err(ImeiError::Gtin) => json!({ "valid": false, "looks_like": "gtin" }),
        Err(error) => panic!("{scan}: {error}"),
    }
}

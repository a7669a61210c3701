//! Baskets of the vectors: read, evaluated, and put into the words of the expectations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Value, json};
use storefleet_core::money::Quantity;
use storefleet_core::pricing::basket::{
    Basket, BasketLine, Customer, Lot, ManualEntry, ManualSize, Payment,
};
use storefleet_core::pricing::evaluate;
use storefleet_core::pricing::explain::{ManualRefusal, Priced, Refusal};
use storefleet_core::pricing::item::{Goods, Item, ItemKind, Tracking};
use storefleet_core::pricing::moment::{LocalTime, Validity};
use storefleet_core::pricing::names::ItemCode;
use storefleet_core::pricing::price::{PriceRow, Reach, RowId};
use storefleet_core::pricing::rules::{Promotions, Rules};
use storefleet_core::pricing::vat::{TaxRow, VatRate};
use storefleet_core::time::BusinessDate;

use crate::{int, kop, part, price_types, promotion, shop, text, wall, wall_at};

const ALWAYS: Validity = Validity {
    from: LocalTime(0),
    to: None,
};

/// Evaluates the vector and gives what its expectation asks for.
pub(crate) fn evaluated(input: &Value, expected: &Value) -> Value {
    let priced = price(input, &basket(input));
    let nets: Vec<i64> = priced.lines.iter().map(|line| line.net.0).collect();
    let reductions = priced.lines.iter().map(|line| {
        let amounts = line.reductions.iter().map(|reduction| reduction.amount.0);
        amounts.collect::<Vec<_>>()
    });
    let vat: Vec<i64> = priced.lines.iter().map(|line| line.vat.0).collect();
    let world = priced.world.as_ref().map(|id| id.as_str());
    let refusals: Vec<Value> = priced.refusals.iter().map(refusal).collect();
    let all = json!({
        "reductions": reductions.collect::<Vec<_>>(),
        "nets": nets,
        "total_kop": priced.totals.net.0,
        "vat_kop": vat,
        "world": world,
        "points_used": priced.points.used,
        "points_earned": priced.points.earned,
        "refusals": refusals,
    });
    let asked = expected.as_object().unwrap().keys();
    asked.map(|key| (key.clone(), all[key].clone())).collect()
}

/// Whether evaluating in another way gives the same record.
pub(crate) fn is_same(input: &Value, how: &str) -> bool {
    let given = basket(input);
    let mut other = given.clone();
    if how.contains("reverse") {
        other.lines.reverse();
    }
    format!("{:?}", price(input, &given)) == format!("{:?}", price(input, &other))
}

fn refusal(refusal: &Refusal) -> Value {
    if let Refusal::Manual(seq, ManualRefusal::NeedsToken) = refusal {
        return json!({ "what": "manual", "ref": seq, "reason": "needs_token" });
    }
    json!(format!("{refusal:?}"))
}

fn price(input: &Value, basket: &Basket) -> Priced {
    let promotions = input["promotions"].as_array().unwrap().iter();
    let rules = Rules {
        price_types: price_types(),
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
        promotions: Promotions::new(promotions.map(promotion::read).collect()),
        ..Rules::default()
    };
    let items = input["items"].as_object().unwrap().iter();
    let catalogue: BTreeMap<ItemCode, Goods> = items
        .map(|(code, item)| (code.as_str().into(), goods(code, item)))
        .collect();
    evaluate(basket, &shop(), &catalogue, &rules)
}

fn goods(code: &str, item: &Value) -> Goods {
    Goods {
        item: Item {
            code: code.into(),
            kind: ItemKind::Goods,
            group: text(&item["group"]).into(),
            brand: "".into(),
            tracking: Tracking::None,
            vat_class: "base".into(),
        },
        prices: vec![PriceRow {
            id: RowId(1),
            price_type: "retail".into(),
            reach: Reach::Network,
            amount: kop(&item["price_kop"]),
            validity: ALWAYS,
            rank: 0,
            lock: false,
            revision: 1,
        }],
        corridors: Vec::new(),
    }
}

fn basket(input: &Value) -> Basket {
    let (cart, zone) = (&input["cart"], text(&input["store_tz"]));
    let line = |line: &Value| BasketLine {
        number: u32::try_from(int(&line["line_no"])).unwrap(),
        item: text(&line["item_code"]).into(),
        quantity: Quantity(int(&line["qty_milli"])),
        added_at: wall_at(zone, &line["added_at"]),
        has_serial: false,
    };
    let coupons = cart["coupons"].as_array().into_iter().flatten();
    let manual = cart["manual"].as_array().into_iter().flatten();
    Basket {
        moment: wall_at(zone, &cart["opened_at"]),
        price_type: "retail".into(),
        payment: Payment::Cash,
        lines: cart["lines"].as_array().unwrap().iter().map(line).collect(),
        customer: cart.get("customer").map(customer),
        coupons: coupons.map(|code| text(code).into()).collect(),
        used_coupons: BTreeSet::new(),
        certificates: Vec::new(),
        manual: manual.map(manual_entry).collect(),
        budgets: BTreeMap::new(),
    }
}

fn date(value: &Value) -> BusinessDate {
    let date: Date = text(value).parse().unwrap();
    wall(date.into()).date()
}

fn customer(customer: &Value) -> Customer {
    let lots = customer["lots"].as_array().unwrap().iter();
    Customer {
        level: text(&customer["level"]).into(),
        online: customer["online"] == true,
        lots: lots
            .map(|lot| Lot {
                id: text(&lot["lot"]).into(),
                earned_on: date(&lot["earned_on"]),
                expires_on: date(&lot["expires_on"]),
                points: int(&lot["points"]),
            })
            .collect(),
        redeem_points: int(&customer["redeem_points"]),
    }
}

fn manual_entry(entry: &Value) -> ManualEntry {
    ManualEntry {
        seq: u32::try_from(int(&entry["seq"])).unwrap(),
        line: entry["line_no"]
            .as_i64()
            .map(|line| u32::try_from(line).unwrap()),
        size: ManualSize::Part(part(&entry["ppm"])),
        reason: text(&entry["reason"]).to_owned(),
        right: part(&entry["limit_ppm"]),
        token_right: None,
        approved_by: None,
    }
}

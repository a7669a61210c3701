//! Reads a cart from JSON into a basket of its shop.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::basket::{
    Basket, BasketLine, Certificate, Customer, Lot, ManualEntry, ManualSize, Payment,
};
use storefleet_core::pricing::explain::Priced;
use storefleet_core::pricing::moment::{LocalTime, PriceMoment};
use storefleet_core::pricing::names::PriceType;
use storefleet_core::pricing::rounding::Ppm;
use storefleet_core::pricing::shop::Shop;
use storefleet_core::time::{BusinessDate, Timestamp};

use super::chain::{Chain, ShopInZone};
use super::table::on_the_wall;

/// A cart ready to be priced.
pub(super) struct Cart<'c> {
    pub name: String,
    pub shop: &'c Shop,
    pub basket: Basket,
    pub repriced: bool,
}

/// A priced cart.
pub struct PricedCart {
    /// Its name.
    pub cart: String,
    /// The moment whose prices counted, by the store's wall.
    pub moment: LocalTime,
    /// It was open too long and is priced at the present moment.
    pub repriced: bool,
    /// What the engine said.
    pub record: Priced,
}

#[derive(Deserialize)]
struct RawCart {
    cart: String,
    store: String,
    opened_at: String,
    now: Option<String>,
    price_type: String,
    payment: String,
    lines: Vec<RawLine>,
    customer: Option<RawCustomer>,
    #[serde(default)]
    coupons: Vec<String>,
    #[serde(default)]
    used_coupons: Vec<String>,
    #[serde(default)]
    certificates: Vec<RawCertificate>,
    #[serde(default)]
    manual: Vec<RawManual>,
    #[serde(default)]
    budgets: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
struct RawLine {
    line_no: u32,
    item_code: String,
    qty_milli: i64,
    added_at: String,
    serial: Option<String>,
}

#[derive(Deserialize)]
struct RawCustomer {
    level: Option<String>,
    #[serde(default)]
    online: bool,
    #[serde(default)]
    lots: Vec<RawLot>,
    #[serde(default)]
    redeem_points: i64,
}

#[derive(Deserialize)]
struct RawLot {
    lot: String,
    earned_on: String,
    expires_on: String,
    points: i64,
}

#[derive(Deserialize)]
struct RawCertificate {
    promo: String,
    serial: String,
    amount_kop: i64,
}

#[derive(Deserialize)]
struct RawManual {
    seq: u32,
    line_no: Option<u32>,
    ppm: Option<i32>,
    amount_kop: Option<i64>,
    #[serde(default)]
    reason: String,
    limit_ppm: i32,
    token_ppm: Option<i32>,
}

/// Reads a cart; the error says what is wrong and what to do.
pub(super) fn read<'c>(chain: &'c Chain, json: &str) -> Result<Cart<'c>, String> {
    let raw: RawCart =
        serde_json::from_str(json).map_err(|error| format!("is not a cart: {error}"))?;
    let place = |problem: String| format!("cart {:?}: {problem}", raw.cart);
    let store = chain.shops.get(raw.store.as_str());
    let store =
        store.ok_or_else(|| place(format!("store {:?} is not in stores.csv", raw.store)))?;
    let price_type: PriceType = raw.price_type.as_str().into();
    if !chain.rules.price_types.contains_key(&price_type) {
        return Err(place(format!(
            "price_type {:?} is not in price_types.csv",
            raw.price_type
        )));
    }
    let opened_at = instant("opened_at", &raw.opened_at).map_err(place)?;
    let now = raw.now.as_ref().map(|now| instant("now", now));
    let now = now.transpose().map_err(place)?.unwrap_or(opened_at);
    let moment = PriceMoment::of(opened_at, now);
    let basket = Basket {
        moment: wall(store, moment.at).map_err(place)?,
        price_type,
        payment: payment(&raw.payment).map_err(place)?,
        lines: lines(&raw.lines, store).map_err(place)?,
        customer: raw
            .customer
            .as_ref()
            .map(customer)
            .transpose()
            .map_err(place)?,
        coupons: raw
            .coupons
            .iter()
            .map(|code| code.as_str().into())
            .collect(),
        used_coupons: raw
            .used_coupons
            .iter()
            .map(|code| code.as_str().into())
            .collect(),
        certificates: raw.certificates.iter().map(certificate).collect(),
        manual: manual(&raw.manual).map_err(place)?,
        budgets: raw
            .budgets
            .iter()
            .map(|(id, kopecks)| (id.as_str().into(), Money(*kopecks)))
            .collect(),
    };
    Ok(Cart {
        shop: &store.shop,
        basket,
        repriced: moment.repriced,
        name: raw.cart,
    })
}

/// The way to pay of that name.
pub(super) fn payment(name: &str) -> Result<Payment, String> {
    match name {
        "cash" => Ok(Payment::Cash),
        "card" => Ok(Payment::Card),
        "credit" => Ok(Payment::Credit),
        _ => Err(format!("payment {name:?} must be cash, card or credit")),
    }
}

fn instant(key: &str, text: &str) -> Result<Timestamp, String> {
    let at: jiff::Timestamp = text.parse().map_err(|_| {
        format!("{key} {text:?} must be a time with its offset, such as 2026-01-31T10:00:00+03:00")
    })?;
    Ok(Timestamp(at.as_millisecond()))
}

fn wall(store: &ShopInZone, at: Timestamp) -> Result<LocalTime, String> {
    let instant = jiff::Timestamp::from_millisecond(at.0)
        .map_err(|error| format!("the time {} is out of range: {error}", at.0))?;
    Ok(on_the_wall(store.zone.to_datetime(instant)))
}

fn lines(raw: &[RawLine], store: &ShopInZone) -> Result<Vec<BasketLine>, String> {
    let mut numbers = BTreeSet::new();
    raw.iter()
        .map(|line| {
            let number = line.line_no;
            if !numbers.insert(number) {
                return Err(format!(
                    "line_no {number} stands there twice: numbers are unique"
                ));
            }
            let added_at = instant("added_at", &line.added_at)
                .and_then(|at| wall(store, at))
                .map_err(|problem| format!("line {number}: {problem}"))?;
            Ok(BasketLine {
                number,
                item: line.item_code.as_str().into(),
                quantity: Quantity(line.qty_milli),
                added_at,
                has_serial: line
                    .serial
                    .as_ref()
                    .is_some_and(|serial| !serial.is_empty()),
            })
        })
        .collect()
}

fn customer(raw: &RawCustomer) -> Result<Customer, String> {
    let lots = raw.lots.iter().map(|lot| {
        Ok(Lot {
            id: lot.lot.as_str().into(),
            earned_on: date("earned_on", &lot.earned_on)?,
            expires_on: date("expires_on", &lot.expires_on)?,
            points: lot.points,
        })
    });
    Ok(Customer {
        level: raw.level.as_deref().unwrap_or_default().into(),
        online: raw.online,
        lots: lots.collect::<Result<_, String>>()?,
        redeem_points: raw.redeem_points,
    })
}

fn date(key: &str, text: &str) -> Result<BusinessDate, String> {
    let date: Date = text
        .parse()
        .map_err(|_| format!("{key} {text:?} must be a date, such as 2026-01-31"))?;
    Ok(on_the_wall(date.into()).date())
}

fn certificate(raw: &RawCertificate) -> Certificate {
    Certificate {
        promotion: raw.promo.as_str().into(),
        serial: raw.serial.as_str().into(),
        amount: Money(raw.amount_kop),
    }
}

fn manual(raw: &[RawManual]) -> Result<Vec<ManualEntry>, String> {
    raw.iter()
        .map(|entry| {
            let size = match (entry.ppm, entry.amount_kop) {
                (Some(ppm), None) => ManualSize::Part(Ppm(ppm)),
                (None, Some(kopecks)) => ManualSize::Amount(Money(kopecks)),
                _ => {
                    return Err(format!(
                        "manual {}: needs either ppm or amount_kop",
                        entry.seq
                    ));
                }
            };
            Ok(ManualEntry {
                seq: entry.seq,
                line: entry.line_no,
                size,
                reason: entry.reason.clone(),
                right: Ppm(entry.limit_ppm),
                token_right: entry.token_ppm.map(Ppm),
            })
        })
        .collect()
}

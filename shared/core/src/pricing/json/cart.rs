//! Reads a cart from JSON into a basket on the wall of its store.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::money::{Money, Quantity};
use crate::pricing::basket::{
    Basket, BasketLine, Certificate, Customer, Lot, ManualEntry, ManualSize, Payment,
};
use crate::pricing::moment::{LocalTime, PriceMoment};
use crate::pricing::names::PriceType;
use crate::pricing::rounding::Ppm;
use crate::time::{BusinessDate, Timestamp};

/// A cart ready to be priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// Its name.
    pub name: String,
    /// It was open too long and is priced at the present moment.
    pub repriced: bool,
    /// What is priced.
    pub basket: Basket,
    /// Serial numbers by line.
    pub serials: BTreeMap<u32, String>,
}

#[derive(Debug, Deserialize)]
struct RawCart {
    #[serde(default)]
    cart: String,
    #[serde(default)]
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

#[derive(Debug, Deserialize)]
struct RawLine {
    line_no: u32,
    item_code: String,
    qty_milli: i64,
    added_at: String,
    serial: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawCustomer {
    level: Option<String>,
    #[serde(default)]
    online: bool,
    #[serde(default)]
    lots: Vec<RawLot>,
    #[serde(default)]
    redeem_points: i64,
}

#[derive(Debug, Deserialize)]
struct RawLot {
    lot: String,
    earned_on: String,
    expires_on: String,
    points: i64,
}

#[derive(Debug, Deserialize)]
struct RawCertificate {
    promo: String,
    serial: String,
    amount_kop: i64,
}

#[derive(Debug, Deserialize)]
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

/// A cart as it came, before the wall of its store is known.
#[derive(Debug, Deserialize)]
#[serde(from = "RawCart")]
pub struct RawCartIn {
    raw: RawCart,
    now: Option<Timestamp>,
}

impl From<RawCart> for RawCartIn {
    fn from(raw: RawCart) -> Self {
        Self { raw, now: None }
    }
}

impl RawCartIn {
    /// Reads the JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("is not a cart: {error}"))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.raw.cart
    }

    /// The store it is of.
    #[must_use]
    pub fn store(&self) -> &str {
        &self.raw.store
    }

    /// The kind of price it asks for.
    #[must_use]
    pub fn price_type(&self) -> PriceType {
        self.raw.price_type.as_str().into()
    }

    /// The same, looked at at that moment whatever it says itself.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// The cart on the wall of its store; without `now` in the cart the moment is that of its opening.
    ///
    /// # Errors
    /// What is wrong with the cart and what to do.
    pub fn on_the_wall(self, wall: &dyn Fn(Timestamp) -> LocalTime) -> Result<Cart, String> {
        let name = self.raw.cart.clone();
        read(self.raw, self.now, wall).map_err(|problem| format!("cart {name:?}: {problem}"))
    }
}

fn read(
    raw: RawCart,
    given_now: Option<Timestamp>,
    wall: &dyn Fn(Timestamp) -> LocalTime,
) -> Result<Cart, String> {
    let opened_at = instant("opened_at", &raw.opened_at)?;
    let now = raw.now.as_ref().map(|now| instant("now", now));
    let now = given_now.or(now.transpose()?).unwrap_or(opened_at);
    let moment = PriceMoment::of(opened_at, now);
    let basket = Basket {
        moment: wall(moment.at),
        price_type: raw.price_type.as_str().into(),
        payment: payment(&raw.payment)?,
        lines: lines(&raw.lines, wall)?,
        customer: raw.customer.as_ref().map(customer).transpose()?,
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
        manual: manual(&raw.manual)?,
        budgets: raw
            .budgets
            .iter()
            .map(|(id, kopecks)| (id.as_str().into(), Money(*kopecks)))
            .collect(),
    };
    let with_serial = |line: &RawLine| Some((line.line_no, line.serial.clone()?));
    Ok(Cart {
        serials: raw.lines.iter().filter_map(with_serial).collect(),
        basket,
        repriced: moment.repriced,
        name: raw.cart,
    })
}

/// The way to pay of that name.
pub(crate) fn payment(name: &str) -> Result<Payment, String> {
    match name {
        "cash" => Ok(Payment::Cash),
        "card" => Ok(Payment::Card),
        "credit" => Ok(Payment::Credit),
        _ => Err(format!("payment {name:?} must be cash, card or credit")),
    }
}

fn instant(key: &str, text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| {
        format!("{key} {text:?} must be a time with its offset, such as 2026-01-31T10:00:00+03:00")
    })
}

fn lines(
    raw: &[RawLine],
    wall: &dyn Fn(Timestamp) -> LocalTime,
) -> Result<Vec<BasketLine>, String> {
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
                .map(wall)
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
    BusinessDate::parse(text)
        .ok_or_else(|| format!("{key} {text:?} must be a date, such as 2026-01-31"))
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
                approved_by: None,
            })
        })
        .collect()
}

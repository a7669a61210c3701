//! The people at one till: what they ask, what they were told, and what must follow from it.

use std::collections::BTreeMap;

use storefleet_core::cash::{Direction, Place};
use storefleet_core::entry::RequestRef;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::Hash;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind, total};
use storefleet_core::request::Answer;
use storefleet_core::stock::{Sku, WriteOffLine};
use storefleet_core::workplace::decide::{Asked, OriginSale, Request};

use crate::sim::rng::Rng;

/// Answered requests are repeated within this time: keys are kept for 7 days of a clock that steps.
const REPEATED_MS: i64 = 4 * 86_400_000;
const ITEMS: u64 = 9;

/// An answered request.
#[derive(Debug, Clone)]
pub struct Done {
    /// What was asked.
    pub asked: Asked,
    /// What was answered.
    pub answer: Answer,
    /// When, in true time.
    pub at: i64,
    /// A disk that lied or rotted lost it, and the shop says so.
    pub lost: bool,
}

/// The client of one till.
#[derive(Debug, Clone)]
pub struct Client {
    name: String,
    dice: Rng,
    number: u64,
    /// Asked, not answered.
    pub pending: Vec<Asked>,
    /// Answered, in order.
    pub done: Vec<Done>,
    /// Place in `done` of each key.
    by_key: BTreeMap<String, usize>,
    /// Refused for good.
    pub refused: u64,
    is_open: bool,
}

/// What the answered requests add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Thousandths on the shelf by item.
    pub stock: BTreeMap<Sku, i64>,
    /// Kopecks by place: those that follow from requests alone.
    pub cash: BTreeMap<Place, i64>,
    /// Receipts.
    pub receipts: u64,
}

impl Client {
    /// The client called `name`, with its own dice.
    #[must_use]
    pub fn new(name: &str, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            dice: Rng::new(seed),
            number: 0,
            pending: Vec::new(),
            done: Vec::new(),
            by_key: BTreeMap::new(),
            refused: 0,
            is_open: false,
        }
    }

    /// Something new to ask; `closing` ends the day.
    pub fn ask(&mut self, closing: bool) -> Asked {
        self.number += 1;
        let request = if closing {
            Request::CloseShift { counted: None }
        } else if !self.is_open {
            Request::OpenShift {
                counted: Money(self.dice.between(0, 5_000) * 100),
            }
        } else {
            self.trade()
        };
        let asked = Asked {
            request,
            key: RequestRef {
                key: format!("{}-{}", self.name, self.number),
                hash: Hash([0; 32]),
            },
            employee: "e1".to_owned(),
            business_time: None,
        };
        let asked = hashed(asked);
        self.pending.push(asked.clone());
        asked
    }

    fn trade(&mut self) -> Request {
        match self.dice.below(20) {
            0..=9 => self.sell(1, 4),
            10..=12 => self.sell(60, 250),
            13..=15 => self.take_back(),
            16 => Request::WriteOff {
                lines: vec![WriteOffLine {
                    sku: self.sku(),
                    quantity: Quantity(self.dice.between(1, 5) * 1_000),
                }],
                reason: "broken".to_owned(),
            },
            17 => Request::Cash {
                direction: *self.dice.pick(&[Direction::In, Direction::Out]),
                amount: Money(self.dice.between(1, 900) * 100),
                reason: "bank".to_owned(),
            },
            18 => Request::CloseShift { counted: None },
            _ => Request::OpenShift { counted: Money(0) },
        }
    }

    fn sku(&mut self) -> Sku {
        let owner = self.dice.one_in(4).then(|| "partner".to_owned());
        Sku {
            item: format!("item-{}", self.dice.below(ITEMS)),
            owner,
        }
    }

    fn sell(&mut self, low: i64, high: i64) -> Request {
        let count = self.dice.between(low, high);
        let lines: Vec<Line> = (0..count).map(|_| self.line()).collect();
        let payments = self.pay(total(&lines));
        Request::Sell {
            lines,
            payments,
            priced: None,
        }
    }

    fn line(&mut self) -> Line {
        let sku = self.sku();
        let units = self.dice.between(1, 3);
        let unit_price = Money(self.dice.between(100, 90_000));
        let serial = (units == 1 && self.dice.one_in(3))
            .then(|| format!("imei-{}", self.dice.below(1 << 40)));
        let gross = Money(unit_price.0 * units);
        Line {
            sku,
            quantity: Quantity(units * 1_000),
            unit_price,
            gross,
            discount: Money(self.dice.between(0, gross.0)),
            vat: Some("20".to_owned()),
            serial,
        }
    }

    fn pay(&mut self, sum: Money) -> Vec<Payment> {
        let card = self.dice.between(0, sum.0);
        [(PaymentKind::Card, card), (PaymentKind::Cash, sum.0 - card)]
            .into_iter()
            .map(|(kind, amount)| Payment {
                kind,
                amount: Money(amount),
            })
            .collect()
    }

    /// One line of an earlier sale comes back; old sales too.
    fn take_back(&mut self) -> Request {
        let sales: Vec<&Done> = self.done.iter().rev().take(60).collect();
        let oldest = self.done.first();
        let sale = match self.dice.below(6) {
            0 => oldest,
            _ if sales.is_empty() => None,
            _ => Some(sales[self.dice.index(sales.len())]),
        };
        let found = sale.and_then(|done| match &done.asked.request {
            Request::Sell { lines, .. } => Some((done.answer.mark, lines[0].clone())),
            _ => None,
        });
        let Some((mark, line)) = found else {
            return self.sell(1, 2);
        };
        let payments = self.pay(line.total());
        Request::Return {
            origin: Some(OriginSale { mark, sale: None }),
            reason: "not liked".to_owned(),
            lines: vec![line],
            payments,
        }
    }

    /// An answered request to be asked again, word for word.
    pub fn repeat(&mut self, now: i64) -> Option<Asked> {
        let fresh = self.recent(now)?;
        Some(self.done[fresh].asked.clone())
    }

    /// The key of an answered request with another body.
    pub fn reuse(&mut self, now: i64) -> Option<Asked> {
        let fresh = self.recent(now)?;
        let mut asked = self.done[fresh].asked.clone();
        asked.request = self.sell(1, 1);
        Some(hashed(asked))
    }

    fn recent(&mut self, now: i64) -> Option<usize> {
        let place = self.done.len().checked_sub(1)?;
        let back = self.dice.index(place.min(30) + 1);
        let place = place - back;
        let done = &self.done[place];
        (now - done.at < REPEATED_MS && !done.lost).then_some(place)
    }

    /// The request of that key, if it was answered.
    #[must_use]
    pub fn answered(&self, key: &str) -> Option<&Done> {
        self.by_key.get(key).map(|place| &self.done[*place])
    }

    /// An answer came.
    pub fn note(&mut self, asked: &Asked, answer: &Answer, at: i64) {
        self.pending.retain(|open| open.key.key != asked.key.key);
        match asked.request {
            Request::OpenShift { .. } => self.is_open = true,
            Request::CloseShift { .. } => self.is_open = false,
            _ => {}
        }
        self.by_key.insert(asked.key.key.clone(), self.done.len());
        self.done.push(Done {
            asked: asked.clone(),
            answer: answer.clone(),
            at,
            lost: false,
        });
    }

    /// A refusal came: the client gives it up.
    pub fn give_up(&mut self, asked: &Asked) {
        self.pending.retain(|open| open.key.key != asked.key.key);
        self.refused += 1;
        // What it thought of the shift was wrong.
        match asked.request {
            Request::OpenShift { .. } => self.is_open = true,
            Request::CloseShift { .. } => self.is_open = false,
            _ => self.is_open &= !self.dice.one_in(2),
        }
    }

    /// Marks of everything answered and not lost.
    pub fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        let kept = self.done.iter().filter(|done| !done.lost);
        kept.map(|done| done.answer.mark)
    }

    /// What everything answered adds up to.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let mut expected = Expected::default();
        for done in self.done.iter().filter(|done| !done.lost) {
            expected.add(&done.asked.request);
        }
        expected.stock.retain(|_, quantity| *quantity != 0);
        expected.cash.retain(|_, amount| *amount != 0);
        expected
    }
}

impl Expected {
    fn add(&mut self, request: &Request) {
        match request {
            Request::Sell {
                lines, payments, ..
            } => self.receipt(lines, payments, -1),
            Request::Return {
                lines, payments, ..
            } => self.receipt(lines, payments, 1),
            Request::Cash {
                direction, amount, ..
            } => {
                let sign = if *direction == Direction::In { -1 } else { 1 };
                *self.cash.entry(Place::Outside).or_default() += sign * amount.0;
            }
            Request::WriteOff { lines, .. } => {
                for line in lines {
                    *self.stock.entry(line.sku.clone()).or_default() -= line.quantity.0;
                }
            }
            Request::OpenShift { .. } | Request::CloseShift { .. } | Request::PrintTags { .. } => {}
        }
    }

    /// Goods move by `sign`, money the other way.
    fn receipt(&mut self, lines: &[Line], payments: &[Payment], sign: i64) {
        self.receipts += 1;
        for line in lines {
            *self.stock.entry(line.sku.clone()).or_default() += sign * line.quantity.0;
        }
        for payment in payments {
            *self.cash.entry(Place::Revenue).or_default() += sign * payment.amount.0;
            if payment.kind == PaymentKind::Card {
                *self.cash.entry(Place::CardClearing).or_default() -= sign * payment.amount.0;
            }
        }
    }
}

/// The till's HTTP gives each request the hash of its text.
fn hashed(mut asked: Asked) -> Asked {
    let text = format!("{:?}", asked.request);
    asked.key.hash = storefleet_core::entry::hash(text.as_bytes());
    asked
}

//! Tells people what a cart costs and why, one sentence a line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::corridor::Bound;
use storefleet_core::pricing::explain::{
    Lost, LostPromotion, PriceChoice, PricedLine, Reduction, Reference, Refusal,
};
use storefleet_core::pricing::names::PromotionId;
use storefleet_messages::Catalogue;

use crate::console::words::{money, number};
use storefleet_core::pricing::json::record::{
    PricedCart, coupon_refusal, layer, line_refusal, lost_by, manual_refusal,
};

/// The texts of one language and the names of promotions.
pub(crate) struct Teller<'a> {
    pub texts: &'a Catalogue,
    pub names: &'a BTreeMap<PromotionId, String>,
}

impl Teller<'_> {
    /// Writes what is told of a cart, and an empty line.
    pub(super) fn write(&self, priced: &PricedCart, out: &mut impl Write) -> io::Result<()> {
        for sentence in self.cart(priced) {
            writeln!(out, "{sentence}")?;
        }
        writeln!(out)
    }

    /// Everything that is told of a cart, a sentence each; what belongs to a line is indented.
    pub(crate) fn cart(&self, priced: &PricedCart) -> Vec<String> {
        let record = &priced.record;
        let moment = priced.moment.to_string();
        let mut told = vec![self.say("price-cart", [("cart", &*priced.cart), ("moment", &moment)])];
        told.extend(priced.repriced.then(|| self.say("price-repriced", [])));
        for line in &record.lines {
            told.extend(self.line(line));
        }
        told.extend(record.refusals.iter().map(|refusal| self.refusal(refusal)));
        if let Some(only) = &record.world {
            told.push(self.say("price-world", [("promotion", &self.name(only))]));
        }
        told.extend(record.lost.iter().map(|lost| self.lost(lost)));
        for offer in &record.offers {
            let promotion = self.name(&offer.promotion);
            told.push(self.say("price-offer", [("promotion", &promotion)]));
        }
        let points = &record.points;
        if points.used > 0 {
            let used = count(points.used);
            told.push(self.say("price-points-used", [("value", &used)]));
        }
        if let Some(day) = points.active_on {
            let (earned, day) = (count(points.earned), day.to_string());
            told.push(self.say("price-points-earned", [("value", &earned), ("day", &day)]));
        }
        let totals = &record.totals;
        told.push(self.say(
            "price-total",
            [
                ("net", &*money(totals.net)),
                ("gross", &money(totals.gross)),
                ("reduction", &money(totals.reduction)),
            ],
        ));
        told
    }

    fn line(&self, line: &PricedLine) -> Vec<String> {
        let head = self.say(
            "price-line",
            [
                ("line", &*line.number.to_string()),
                ("item", line.item.as_str()),
                ("quantity", &pieces(line.quantity)),
                ("gross", &money(line.gross)),
            ],
        );
        let mut told = vec![head, indented(&self.base(&line.price))];
        let reductions = line.reductions.iter();
        told.extend(reductions.map(|reduction| indented(&self.reduction(reduction))));
        told.push(indented(&self.say(
            "price-net",
            [
                ("net", &*money(line.net)),
                ("rate", line.vat_code.as_str()),
                ("vat", &money(line.vat)),
            ],
        )));
        told
    }

    /// The base price, what moved it, and the rows that lost.
    fn base(&self, price: &PriceChoice) -> String {
        let from = self
            .texts
            .text(&format!("price-layer-{}", layer(price.layer)));
        let mut told = vec![self.say(
            "price-base",
            [
                ("price", &*money(price.price)),
                ("row", &price.row.0.to_string()),
                ("layer", &from),
                ("type", price.price_type.as_str()),
            ],
        )];
        if let Some(bound) = price.bound {
            let id = match bound {
                Bound::Min => "price-bound-min",
                Bound::Max => "price-bound-max",
            };
            told.push(self.say(id, [("listed", &money(price.listed))]));
        }
        told.extend(price.alarm.then(|| self.say("price-bound-alarm", [])));
        for (row, why) in &price.losers {
            let id = format!("price-loser-{}", dashed(lost_by(*why)));
            told.push(self.say(&id, [("row", &row.0.to_string())]));
        }
        told.join("; ")
    }

    fn reduction(&self, reduction: &Reduction) -> String {
        let promotion = self.name(&reduction.promotion);
        let amount = money(Money::ZERO.minus(reduction.amount));
        let mut told = vec![self.say(
            "price-reduction",
            [("amount", &*amount), ("promotion", &promotion)],
        )];
        let called_by = reduction.reference.as_ref().map(|it| match it {
            Reference::Coupon(code) => ("price-coupon", Cow::from(code.as_str())),
            Reference::Certificate(serial) => ("price-certificate", serial.as_str().into()),
            Reference::Manual(entry) => ("price-by-hand", entry.to_string().into()),
        });
        told.extend(called_by.map(|(id, value)| self.say(id, [("value", &*value)])));
        let clamp = reduction.clamp.map(|clamp| clamp.to_string());
        told.extend(clamp.map(|clamp| self.say(&format!("price-clamp-{}", dashed(&clamp)), [])));
        told.join("; ")
    }

    pub(crate) fn refusal(&self, refusal: &Refusal) -> String {
        let (what, reference, why) = match refusal {
            Refusal::Line(number, why) => {
                ("line", Cow::from(number.to_string()), line_refusal(*why))
            }
            Refusal::Coupon(code, why) => ("coupon", code.as_str().into(), coupon_refusal(*why)),
            Refusal::Manual(entry, why) => {
                ("manual", entry.to_string().into(), manual_refusal(*why))
            }
        };
        let why = self
            .texts
            .text(&format!("price-why-{what}-{}", dashed(why)));
        let id = format!("price-refused-{what}");
        self.say(&id, [("ref", &*reference), ("why", &why)])
    }

    fn lost(&self, lost: &Lost) -> String {
        let promotion = self.name(&lost.promotion);
        let alone = ("promotion", &*promotion);
        match &lost.why {
            LostPromotion::DealerNotAllowed => self.say("price-lost-not-allowed", [alone]),
            LostPromotion::World { beaten_by: None } => self.say("price-lost-together", [alone]),
            LostPromotion::World {
                beaten_by: Some(winner),
            } => self.say("price-lost-world", [alone, ("other", &self.name(winner))]),
            LostPromotion::Group {
                beaten_by,
                benefit,
                best,
            } => self.say(
                "price-lost-group",
                [
                    alone,
                    ("other", &self.name(beaten_by)),
                    ("benefit", &money(*benefit)),
                    ("best", &money(*best)),
                ],
            ),
        }
    }

    /// The promotion as people know it, with its id.
    pub(crate) fn name(&self, id: &PromotionId) -> String {
        match self.names.get(id) {
            Some(name) => format!("«{name}» ({id})"),
            None => id.to_string(),
        }
    }

    fn say<const N: usize>(&self, id: &str, facts: [(&str, &str); N]) -> String {
        self.texts
            .with(id, facts.map(|(name, value)| (name, value.into())))
    }
}

fn indented(sentence: &str) -> String {
    format!("   {sentence}")
}

/// A code of the record as a part of a text's id.
fn dashed(code: &str) -> String {
    code.replace(['_', ':'], "-")
}

/// Pieces, with a fraction where there is one: 2 or 0,375.
pub(crate) fn pieces(quantity: Quantity) -> String {
    let milli = quantity.0.unsigned_abs();
    let whole = number(milli / 1_000);
    match milli % 1_000 {
        0 => whole,
        rest => format!("{whole},{}", format!("{rest:03}").trim_end_matches('0')),
    }
}

fn count(points: i64) -> String {
    number(points.unsigned_abs())
}

//! Writes a priced cart as one line of JSON.

use std::collections::BTreeMap;

use crate::pricing::corridor::Bound;
use crate::pricing::explain::{
    CouponRefusal, Discount, LineRefusal, Lost, LostPromotion, ManualRefusal, Offer, Points,
    Priced, PricedLine, Reduction, Reference, Refusal, Totals,
};
use crate::pricing::moment::LocalTime;
use crate::pricing::price::{Layer, LostBy};
use serde::Serialize;

#[derive(Serialize)]
struct CartJson<'r> {
    cart: &'r str,
    moment: String,
    repriced: bool,
    lines: Vec<LineJson<'r>>,
    totals: TotalsJson<'r>,
    discounts: Vec<DiscountJson<'r>>,
    world: Option<&'r str>,
    lost: Vec<LostJson<'r>>,
    offers: Vec<OfferJson<'r>>,
    coupons_used: Vec<&'r str>,
    points: PointsJson<'r>,
    refusals: Vec<RefusalJson<'r>>,
}

#[derive(Serialize)]
struct LineJson<'r> {
    line_no: u32,
    item_code: &'r str,
    qty_milli: i64,
    row_id: u64,
    price_type: &'r str,
    layer: &'static str,
    listed_kop: i64,
    price_kop: i64,
    corridor: Option<&'static str>,
    corridor_alarm: bool,
    losers: Vec<(u64, &'static str)>,
    gross_kop: i64,
    reductions: Vec<ReductionJson<'r>>,
    net_kop: i64,
    vat_code: &'r str,
    vat_kop: i64,
    positions: Vec<PositionJson>,
}

#[derive(Serialize)]
struct ReductionJson<'r> {
    promo: &'r str,
    version: u32,
    phase: u8,
    amount_kop: i64,
    clamp: Option<String>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<ReferenceJson<'r>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ReferenceJson<'r> {
    Text(&'r str),
    Number(u32),
}

#[derive(Serialize)]
struct PositionJson {
    qty_milli: i64,
    price_kop: i64,
    sum_kop: i64,
    vat_kop: i64,
}

#[derive(Serialize)]
struct TotalsJson<'r> {
    gross_kop: i64,
    reduction_kop: i64,
    net_kop: i64,
    vat_kop: BTreeMap<&'r str, i64>,
}

#[derive(Serialize)]
struct DiscountJson<'r> {
    promo: &'r str,
    version: u32,
    phase: u8,
    granted_kop: i64,
    clamped_kop: i64,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<ReferenceJson<'r>>,
}

#[derive(Serialize)]
struct LostJson<'r> {
    promo: &'r str,
    reason: &'static str,
    /// Null where everything else together won.
    #[serde(skip_serializing_if = "Option::is_none")]
    beaten_by: Option<Option<&'r str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    benefit_kop: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    best_kop: Option<i64>,
}

#[derive(Serialize)]
struct OfferJson<'r> {
    promo: &'r str,
    version: u32,
}

#[derive(Serialize)]
struct PointsJson<'r> {
    requested: i64,
    used: i64,
    lots: Vec<(&'r str, i64)>,
    earned: i64,
    active_on: Option<String>,
}

#[derive(Serialize)]
struct RefusalJson<'r> {
    what: &'static str,
    #[serde(rename = "ref")]
    reference: ReferenceJson<'r>,
    reason: &'static str,
}

/// A priced cart.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The record as one JSON object without a line end: the same bytes on every machine.
#[must_use]
pub fn to_json(priced: &PricedCart) -> String {
    let record = &priced.record;
    let json = CartJson {
        cart: &priced.cart,
        moment: priced.moment.to_string(),
        repriced: priced.repriced,
        lines: record.lines.iter().map(line).collect(),
        totals: totals(&record.totals),
        discounts: record.discounts.iter().map(discount).collect(),
        world: record.world.as_ref().map(|id| id.as_str()),
        lost: record.lost.iter().map(lost).collect(),
        offers: record.offers.iter().map(offer).collect(),
        coupons_used: record
            .coupons_used
            .iter()
            .map(|code| code.as_str())
            .collect(),
        points: points(&record.points),
        refusals: record.refusals.iter().map(refusal).collect(),
    };
    // No map with keys that are no texts and no writer that could fail: there is no error to come.
    serde_json::to_string(&json).unwrap_or_default()
}

fn line(line: &PricedLine) -> LineJson<'_> {
    let price = &line.price;
    LineJson {
        line_no: line.number,
        item_code: line.item.as_str(),
        qty_milli: line.quantity.0,
        row_id: price.row.0,
        price_type: price.price_type.as_str(),
        layer: layer(price.layer),
        listed_kop: price.listed.0,
        price_kop: price.price.0,
        corridor: price.bound.map(|bound| match bound {
            Bound::Min => "min",
            Bound::Max => "max",
        }),
        corridor_alarm: price.alarm,
        losers: price
            .losers
            .iter()
            .map(|(row, why)| (row.0, lost_by(*why)))
            .collect(),
        gross_kop: line.gross.0,
        reductions: line.reductions.iter().map(reduction).collect(),
        net_kop: line.net.0,
        vat_code: line.vat_code.as_str(),
        vat_kop: line.vat.0,
        positions: line
            .positions
            .iter()
            .map(|(position, vat)| PositionJson {
                qty_milli: position.quantity.0,
                price_kop: position.unit_price.0,
                sum_kop: position.sum.0,
                vat_kop: vat.0,
            })
            .collect(),
    }
}

/// The name of a layer.
#[must_use]
pub fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Network => "network",
        Layer::Region => "region",
        Layer::Dealer => "dealer",
        Layer::Store => "store",
    }
}

/// The name of what a row lost by.
#[must_use]
pub fn lost_by(why: LostBy) -> &'static str {
    match why {
        LostBy::NotLocked => "not_locked",
        LostBy::LowerLock => "lower_lock",
        LostBy::LessSpecific => "less_specific",
        LostBy::Rank => "rank",
        LostBy::ValidFrom => "valid_from",
        LostBy::Revision => "revision",
        LostBy::RowId => "row_id",
    }
}

fn reduction(reduction: &Reduction) -> ReductionJson<'_> {
    ReductionJson {
        promo: reduction.promotion.as_str(),
        version: reduction.version,
        phase: reduction.phase.number(),
        amount_kop: reduction.amount.0,
        clamp: reduction.clamp.map(|clamp| clamp.to_string()),
        reference: reduction.reference.as_ref().map(reference),
    }
}

fn reference(reference: &Reference) -> ReferenceJson<'_> {
    match reference {
        Reference::Coupon(code) => ReferenceJson::Text(code.as_str()),
        Reference::Certificate(serial) => ReferenceJson::Text(serial.as_str()),
        Reference::Manual(seq) => ReferenceJson::Number(*seq),
    }
}

fn totals(totals: &Totals) -> TotalsJson<'_> {
    TotalsJson {
        gross_kop: totals.gross.0,
        reduction_kop: totals.reduction.0,
        net_kop: totals.net.0,
        vat_kop: totals
            .vat
            .iter()
            .map(|(code, vat)| (code.as_str(), vat.0))
            .collect(),
    }
}

fn discount(discount: &Discount) -> DiscountJson<'_> {
    DiscountJson {
        promo: discount.promotion.as_str(),
        version: discount.version,
        phase: discount.phase.number(),
        granted_kop: discount.granted.0,
        clamped_kop: discount.clamped.0,
        reference: discount.reference.as_ref().map(reference),
    }
}

fn lost(lost: &Lost) -> LostJson<'_> {
    let mut json = LostJson {
        promo: lost.promotion.as_str(),
        reason: "dealer_not_allowed",
        beaten_by: None,
        benefit_kop: None,
        best_kop: None,
    };
    match &lost.why {
        LostPromotion::DealerNotAllowed => {}
        LostPromotion::World { beaten_by } => {
            json.reason = "world";
            json.beaten_by = Some(beaten_by.as_ref().map(|winner| winner.as_str()));
        }
        LostPromotion::Group {
            beaten_by,
            benefit,
            best,
        } => {
            json.reason = "group";
            json.beaten_by = Some(Some(beaten_by.as_str()));
            json.benefit_kop = Some(benefit.0);
            json.best_kop = Some(best.0);
        }
    }
    json
}

fn offer(offer: &Offer) -> OfferJson<'_> {
    OfferJson {
        promo: offer.promotion.as_str(),
        version: offer.version,
    }
}

fn points(points: &Points) -> PointsJson<'_> {
    PointsJson {
        requested: points.requested,
        used: points.used,
        lots: points
            .lots
            .iter()
            .map(|(lot, points)| (lot.as_str(), *points))
            .collect(),
        earned: points.earned,
        active_on: points.active_on.map(|date| date.to_string()),
    }
}

fn refusal(refusal: &Refusal) -> RefusalJson<'_> {
    let (what, reference, reason) = match refusal {
        Refusal::Line(number, why) => ("line", ReferenceJson::Number(*number), line_refusal(*why)),
        Refusal::Coupon(code, why) => (
            "coupon",
            ReferenceJson::Text(code.as_str()),
            coupon_refusal(*why),
        ),
        Refusal::Manual(seq, why) => ("manual", ReferenceJson::Number(*seq), manual_refusal(*why)),
    };
    RefusalJson {
        what,
        reference,
        reason,
    }
}

/// The name of why a line is refused.
#[must_use]
pub fn line_refusal(why: LineRefusal) -> &'static str {
    match why {
        LineRefusal::UnknownItem => "unknown_item",
        LineRefusal::BadQuantity => "bad_qty",
        LineRefusal::SerialQuantity => "serial_qty",
        LineRefusal::NoSerial => "no_serial",
        LineRefusal::NoPrice => "no_price",
        LineRefusal::NoTaxRate => "no_tax_rate",
    }
}

/// The name of why a coupon is refused.
#[must_use]
pub fn coupon_refusal(why: CouponRefusal) -> &'static str {
    match why {
        CouponRefusal::Duplicate => "duplicate",
        CouponRefusal::Unknown => "unknown",
        CouponRefusal::BadTag => "bad_tag",
        CouponRefusal::Expired => "expired",
        CouponRefusal::Used => "used",
        CouponRefusal::Limit => "limit",
        CouponRefusal::NoEffect => "no_effect",
    }
}

/// The name of why a reduction by hand is refused.
#[must_use]
pub fn manual_refusal(why: ManualRefusal) -> &'static str {
    match why {
        ManualRefusal::NotAllowed => "not_allowed",
        ManualRefusal::NoReason => "no_reason",
        ManualRefusal::Repeated => "repeated",
        ManualRefusal::OverLimit => "over_limit",
        ManualRefusal::NeedsToken => "needs_token",
    }
}

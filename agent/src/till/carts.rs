//! Selling by item: the shop's own datasets say what a cart costs, and the journal keeps why.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use storefleet_core::dataset::kinds::stops::Stop;
use storefleet_core::master::stop_list::Action;
use storefleet_core::money::Money;
use storefleet_core::pricing::evaluate;
use storefleet_core::pricing::item::Tracking;
use storefleet_core::pricing::json::cart::{Cart, RawCartIn};
use storefleet_core::pricing::json::record::{PricedCart, to_json};
use storefleet_core::pricing::names::ItemCode;
use storefleet_core::receipt::{Line, PricedSale};
use storefleet_core::stock::Sku;
use storefleet_core::workplace::decide::Request;

use crate::datasets::snapshot::Snapshot;
use crate::till::http::{Till, ask_as};
use crate::till::problem::Problem;
use crate::till::requests::{PaymentIn, payments};
use crate::till::staff::{Behind, SignIn, put_rights};
use crate::till::tags::{ShelfOut, shelf_warnings};

/// `POST /v1/carts/price`: what a cart costs now; nothing is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceCart {
    cart: RawCartIn,
    seller: Option<SignIn>,
    approver: Option<SignIn>,
}

/// `POST /v1/carts/sell`: sells a cart for the total that the customer agreed to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SellCart {
    cart: RawCartIn,
    payments: Vec<PaymentIn>,
    total_kop: i64,
    seller: Option<SignIn>,
    approver: Option<SignIn>,
}

/// What a priced cart is answered.
#[derive(Debug, Serialize)]
struct PricedOut {
    /// Hash over the datasets that priced it.
    stack: String,
    /// Every line and why it costs what it does; the same bytes as in the office.
    record: Box<RawValue>,
    /// Items that are stopped: with one that is refused the cart is not sold.
    stops: Vec<StopOut>,
    /// Lines whose shelf tag says another price; they are sold for the till's.
    shelf: Vec<ShelfOut>,
}

/// A stopped item of a cart.
#[derive(Debug, Serialize)]
struct StopOut {
    item_code: String,
    /// `warn` or `refuse`.
    action: &'static str,
    /// Why, in the office's words.
    reason: String,
}

/// `GET /v1/items/{code}`: what a scanner read or a person typed.
#[derive(Debug, Serialize)]
struct ItemOut {
    item_code: String,
    name: String,
    unit: String,
    /// A piece is sold with its serial number.
    serial: bool,
    marking: bool,
    warranty_months: u16,
}

/// A cart with what it costs.
pub(super) struct Priced {
    pub(super) cart: Cart,
    pub(super) out: PricedCart,
    snapshot: Arc<Snapshot>,
}

impl Priced {
    /// The stops of its items, each item once.
    fn stops(&self) -> Vec<(ItemCode, Stop)> {
        let moment = self.cart.basket.moment;
        let items: BTreeSet<&ItemCode> = self
            .cart
            .basket
            .lines
            .iter()
            .map(|line| &line.item)
            .collect();
        let stops = items.into_iter().flat_map(|item| {
            let stops = self.snapshot.stops(item.as_str(), moment);
            stops.into_iter().map(move |stop| (item.clone(), stop))
        });
        stops.collect()
    }
}

pub(super) async fn price(
    State(till): State<Till>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large").into_response();
    };
    let read = serde_json::from_slice::<PriceCart>(&body)
        .map_err(|error| Problem::malformed(error.to_string()));
    let priced = read.and_then(|call| {
        let behind = Behind {
            seller: call.seller,
            approver: call.approver,
        };
        priced(&till, call.cart, &behind)
    });
    match priced {
        Ok(priced) => match RawValue::from_string(to_json(&priced.out)) {
            Ok(record) => {
                let stack = priced.snapshot.stack.to_string();
                let stops = priced.stops();
                let stops = stops.iter().map(|(item_code, stop)| StopOut {
                    item_code: item_code.to_string(),
                    action: stop.action.name(),
                    reason: stop.reason.clone(),
                });
                axum::Json(PricedOut {
                    stack,
                    record,
                    stops: stops.collect(),
                    shelf: shelf_warnings(&till, &priced),
                })
                .into_response()
            }
            Err(error) => Problem::malformed(error.to_string()).into_response(),
        },
        Err(problem) => problem.into_response(),
    }
}

pub(super) async fn item(State(till): State<Till>, Path(code): Path<String>) -> Response {
    let snapshot = till.snapshots.borrow().clone();
    let Some(snapshot) = snapshot else {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-prices").into_response();
    };
    match snapshot.scanned(&code) {
        Some(goods) => axum::Json(ItemOut {
            serial: goods.item.tracking == Tracking::Serial,
            item_code: goods.item.code.to_string(),
            name: goods.name,
            unit: goods.unit,
            marking: goods.marking,
            warranty_months: goods.warranty_months,
        })
        .into_response(),
        None => Problem::new(StatusCode::NOT_FOUND, "no-such-item").into_response(),
    }
}

pub(super) async fn sell(
    State(till): State<Till>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let sell = |cart| into_request(&till, cart);
    ask_as(&till, (&uri, &headers), body, sell).await
}

fn into_request(till: &Till, call: SellCart) -> Result<Request, Problem> {
    let behind = Behind {
        seller: call.seller,
        approver: call.approver,
    };
    let priced = priced(till, call.cart, &behind)?;
    let record = &priced.out.record;
    let line_refused = record.refusals.iter().any(|refusal| {
        matches!(
            refusal,
            storefleet_core::pricing::explain::Refusal::Line(..)
        )
    });
    if line_refused || record.lines.is_empty() {
        return Err(Problem::cart_refused(to_json(&priced.out)));
    }
    let stops = priced.stops();
    let mut refused = stops
        .iter()
        .filter(|(_, stop)| stop.action == Action::Refuse);
    if let Some((item, stop)) = refused.next() {
        return Err(Problem::stopped(format!("{item}: {}", stop.reason)));
    }
    if record.totals.net != Money(call.total_kop) {
        let detail = format!("it costs {} kopecks now", record.totals.net.0);
        return Err(Problem::price_changed(detail));
    }
    let lines = record.lines.iter().map(|line| Line {
        sku: Sku {
            item: line.item.to_string(),
            owner: None,
        },
        quantity: line.quantity,
        unit_price: line.price.price,
        gross: line.gross,
        discount: line.gross.minus(line.net),
        vat: Some(line.vat_code.to_string()),
        serial: priced.cart.serials.get(&line.number).cloned(),
    });
    Ok(Request::Sell {
        lines: lines.collect(),
        payments: payments(call.payments)?,
        priced: Some(Box::new(PricedSale {
            stack: priced.snapshot.stack,
            repriced: priced.out.repriced,
            basket: priced.cart.basket,
            record: priced.out.record,
        })),
    })
}

fn priced(till: &Till, raw: RawCartIn, behind: &Behind) -> Result<Priced, Problem> {
    let snapshot = till.snapshots.borrow().clone();
    let snapshot =
        snapshot.ok_or_else(|| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-prices"))?;
    let price_type = raw.price_type();
    if !snapshot.rules.price_types.contains_key(&price_type) {
        let known: Vec<_> = snapshot
            .rules
            .price_types
            .keys()
            .map(|it| it.as_str())
            .collect();
        let (given, known) = (price_type.as_str(), known.join(", "));
        return Err(Problem::word("price_type", given, &known));
    }
    // A client that could choose the moment could choose the price.
    let raw = if till.training {
        raw
    } else {
        raw.now(snapshot.clock.stamp().wall.at)
    };
    let mut cart = raw
        .on_the_wall(&|at| snapshot.clock.wall(at))
        .map_err(Problem::malformed)?;
    let used = till.coupons.borrow().clone();
    let shown = cart.basket.coupons.iter();
    let used = shown.filter(|code| used.contains(code)).cloned();
    cart.basket.used_coupons.extend(used.collect::<Vec<_>>());
    put_rights(till, &snapshot, behind, &mut cart.basket)?;
    let record = evaluate(&cart.basket, &snapshot.shop, &*snapshot, &snapshot.rules);
    let out = PricedCart {
        cart: cart.name.clone(),
        moment: cart.basket.moment,
        repriced: cart.repriced,
        record,
    };
    Ok(Priced {
        cart,
        out,
        snapshot,
    })
}

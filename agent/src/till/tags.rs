//! Shelf tags: which are to be printed or taken down, which were, and what a customer read before coming to the till.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use storefleet_core::money::Money;
use storefleet_core::pricing::base::USUAL_TYPE;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::shelf_tag::tasks::{Due, TagTask, end_of_tomorrow, tag_tasks};
use storefleet_core::shelf_tag::{PrintedTag, ShelfTags};
use storefleet_core::workplace::decide::Request;
use storefleet_messages::Catalogue;
use tokio::sync::oneshot;

use crate::datasets::snapshot::Snapshot;
use crate::store_thread::Input;
use crate::till::carts::Priced;
use crate::till::http::{Till, ask_as};
use crate::till::problem::Problem;

/// Tags of one answer where the call does not say.
const LIMIT_USUAL: usize = 100;
/// Most tags of one answer: as many as one printed document may hold.
const LIMIT_MAX: usize = 1_000;

/// Which part of the list is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    limit: Option<usize>,
}

/// `GET /v1/tags`: the tags to be printed, the most urgent first.
#[derive(Debug, Serialize)]
struct TagsOut {
    overdue: usize,
    take_down: usize,
    missing: usize,
    coming: usize,
    /// Items with a price that are not here by the books and never had a tag: nobody needs one.
    untagged: usize,
    tags: Vec<TagOut>,
    /// Where the next part begins; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<usize>,
}

/// A tag to be printed or taken down.
#[derive(Debug, Serialize)]
struct TagOut {
    /// `overdue`, `take-down`, `missing` or `coming`.
    due: &'static str,
    item_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What the shelf says.
    #[serde(skip_serializing_if = "Option::is_none")]
    shelf_kop: Option<i64>,
    /// Left out where the tag is to be taken down.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_kop: Option<i64>,
    /// The row of the price list; left out where the tag is to be taken down.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    /// From when on it must hang there, by the store's wall; left out where that is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
}

/// `POST /v1/tags/printed`: tags were printed and put on the shelf, or taken down.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagsPrinted {
    #[serde(default)]
    tags: Vec<TagIn>,
    /// Codes of items.
    #[serde(default)]
    taken_down: Vec<String>,
}

/// A printed tag.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagIn {
    item_code: String,
    price_kop: i64,
    /// From when on it hangs there, `2026-12-01T00:00:00` on the store's wall.
    #[serde(default)]
    from: Option<String>,
}

/// A line of a cart whose tag says another price.
#[derive(Debug, Serialize)]
pub(super) struct ShelfOut {
    line_no: u32,
    item_code: String,
    shelf_kop: i64,
    price_kop: i64,
    /// What the cashier reads.
    text: String,
}

pub(super) async fn tasks(
    State(till): State<Till>,
    page: Result<Query<Page>, QueryRejection>,
) -> Response {
    let page = match page {
        Ok(Query(page)) => page,
        Err(rejection) => return Problem::malformed(rejection.body_text()).into_response(),
    };
    match listed(&till, page).await {
        Ok(out) => Json(out).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn listed(till: &Till, page: Page) -> Result<TagsOut, Problem> {
    let unavailable = |code| Problem::new(StatusCode::SERVICE_UNAVAILABLE, code);
    let snapshot = till.snapshots.borrow().clone();
    let snapshot = snapshot.ok_or_else(|| unavailable("no-prices"))?;
    let (reply, present) = oneshot::channel();
    let asked = till.inputs.send(Input::Present(reply)).await;
    asked.map_err(|_| unavailable("stopping"))?;
    let present = present.await.map_err(|_| unavailable("stopping"))?;
    let tags = till.tags.borrow().clone();
    // Thousands of records are read from the disk.
    let list = tokio::task::spawn_blocking(move || list(&snapshot, &tags, &present, &page));
    list.await.map_err(|_| unavailable("stopping"))?
}

/// What is to be done about the tags of a shop now.
pub(super) fn tasks_now(snapshot: &Snapshot, tags: &ShelfTags, present: &[String]) -> Vec<TagTask> {
    let now = snapshot.clock.local();
    let until = end_of_tomorrow(now);
    let prices = |item: &str| snapshot.price_steps(item, now, until);
    tag_tasks(tags, present.iter().map(String::as_str), prices, now)
}

fn list(
    snapshot: &Snapshot,
    tags: &ShelfTags,
    present: &[String],
    page: &Page,
) -> Result<TagsOut, Problem> {
    let tasks = tasks_now(snapshot, tags, present);
    let here = present.iter().map(String::as_str);
    let mut priced = snapshot.priced_items().map_err(|_| unreadable())?;
    for item in tags.items().map(|(item, _)| item).chain(here) {
        priced.remove(item);
    }
    let count = |due| tasks.iter().filter(|task| task.due == due).count();
    let limit = page.limit.unwrap_or(LIMIT_USUAL).clamp(1, LIMIT_MAX);
    let end = page.offset.saturating_add(limit);
    let shown = tasks.iter().skip(page.offset).take(limit);
    Ok(TagsOut {
        overdue: count(Due::Overdue),
        take_down: count(Due::TakeDown),
        missing: count(Due::Missing),
        coming: count(Due::Coming),
        untagged: priced.len(),
        tags: shown.map(|task| told(snapshot, task)).collect(),
        next_offset: (end < tasks.len()).then_some(end),
    })
}

/// The disk does not give what is on sale.
fn unreadable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "data-unreadable")
}

fn told(snapshot: &Snapshot, task: &TagTask) -> TagOut {
    TagOut {
        due: task.due.name(),
        item_code: task.item.clone(),
        name: snapshot.item(&task.item).map(|goods| goods.name),
        shelf_kop: task.on_shelf.map(|money| money.0),
        price_kop: task.price.map(|(price, _)| price.0),
        row: task.price.map(|(_, row)| row.0),
        from: (task.due == Due::Coming).then(|| task.from.to_string()),
    }
}

pub(super) async fn printed(
    State(till): State<Till>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let print = |printed: TagsPrinted| {
        let tags = printed_tags(&till, printed.tags)?;
        let taken_down = printed.taken_down;
        Ok(Request::PrintTags { tags, taken_down })
    };
    ask_as(&till, (&uri, &headers), body, print).await
}

/// The tags with the rows of the price list that give their prices.
fn printed_tags(till: &Till, tags: Vec<TagIn>) -> Result<Vec<PrintedTag>, Problem> {
    let snapshot = till.snapshots.borrow().clone();
    tags.into_iter()
        .map(|tag| {
            let (item, price) = (tag.item_code, Money(tag.price_kop));
            let from = tag.from.as_deref().map(wall_time).transpose()?;
            let row = snapshot.as_ref().and_then(|snapshot| {
                let at = from.unwrap_or_else(|| snapshot.clock.local());
                let (usual, row) = snapshot.usual_price(&item, at)?;
                (usual == price).then_some(row)
            });
            Ok(PrintedTag {
                item,
                price,
                row,
                from,
            })
        })
        .collect()
}

fn wall_time(text: &str) -> Result<LocalTime, Problem> {
    LocalTime::parse(text).ok_or_else(|| Problem::word("from", text, "2026-12-01T00:00:00"))
}

/// The lines of a cart whose tags say another price than the till.
pub(super) fn shelf_warnings(till: &Till, priced: &Priced) -> Vec<ShelfOut> {
    let basket = &priced.cart.basket;
    // Whoever buys at a price of another kind does not read the tag.
    if basket.price_type.as_str() != USUAL_TYPE {
        return Vec::new();
    }
    let tags = till.tags.borrow();
    let lines = priced.out.record.lines.iter();
    let differing = lines.filter_map(|line| {
        let on_shelf = tags.of(line.item.as_str())?.on_shelf(basket.moment)?.price;
        let price = line.price.price;
        (on_shelf != price).then(|| ShelfOut {
            line_no: line.number,
            item_code: line.item.to_string(),
            shelf_kop: on_shelf.0,
            price_kop: price.0,
            text: shelf_says(&till.messages, on_shelf, price),
        })
    });
    differing.collect()
}

fn shelf_says(messages: &Catalogue, on_shelf: Money, price: Money) -> String {
    let values = [("shelf", on_shelf), ("till", price)];
    let values = values.map(|(name, money)| (name, money.to_string().into()));
    messages.with("till-shelf-says", values)
}

//! The catalogue: items by words, code, barcode, group and kind.

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};
use storefleet_core::master::price::PriceRecord;
use storefleet_core::pricing::price::Reach;

use super::fleet_list::ROWS_MAX;
use super::form::{choice, encoded, text};
use super::frame::Section;
use super::scene::{Page, Scene};
use super::telling::{item_link, wall};
use super::words::{DASH, Words, amount, money, number};
use super::{Desk, publish};
use crate::master::MasterStore;
use crate::master::find::{Finder, Found, Query};

mod card;
mod price_form;

const KINDS: [&str; 6] = ["goods", "sim", "service", "payment", "tariff", "bundle"];
/// Fields of the address that a page of the list keeps.
const KEPT: [&str; 3] = ["q", "group", "kind"];

/// The addresses of this folder.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/catalog", get(list))
        .route("/catalog/{item}", get(card::show))
        .route(
            "/catalog/{item}/price",
            get(price_form::show).post(price_form::take),
        )
}

/// An item of the list.
struct Row {
    code: String,
    found: Found,
    price: Option<PriceRecord>,
    layers: usize,
}

async fn list(scene: Scene) -> axum::response::Response {
    scene.show(page).await
}

fn page(scene: &Scene) -> Page {
    let words = scene.words();
    let store = scene.inner.publisher.master.read();
    let finder = scene.inner.finder(&store)?;
    let fields = &scene.fields;
    let query = Query::new(fields.get("q"), fields.get("group"), fields.get("kind"));
    let mut fitting = finder.items(&query, fields.get("after"));
    let mut rows = Vec::new();
    for (code, found) in fitting.by_ref().take(ROWS_MAX) {
        rows.push(row(&store, code, found, scene)?);
    }
    let more = fitting.next().is_some();
    drop(fitting);
    let main = html! {
        (publish::banner(&words, &store)?)
        section.panel #list {
            header { (filters(&words, scene, &finder)) }
            @if finder.count() == 0 { (nothing(&words)) }
            @else if rows.is_empty() {
                p.empty { (words.text("catalog-no-match")) " " a href="/catalog" { (words.text("filter-reset")) } }
            } @else { (table(&words, &rows)) }
            (pages(&words, scene, rows.last().map(|row| row.code.as_str()).filter(|_| more)))
        }
    };
    let subtitle = words.count(
        "items-count",
        u64::try_from(finder.count()).unwrap_or(u64::MAX),
    );
    Ok(scene.page(
        Section::Catalog,
        None,
        words.text("nav-catalog"),
        subtitle,
        &main,
    ))
}

fn row(
    store: &MasterStore,
    code: &str,
    found: &Found,
    scene: &Scene,
) -> Result<Row, super::scene::PageError> {
    let prices: Vec<PriceRecord> = store.starting(&format!("{code}/"))?;
    let now = wall(scene.now);
    let counting = prices.iter().filter(|price| price.row.validity.holds(now));
    let mut reaches: Vec<&Reach> = counting.clone().map(|price| &price.row.reach).collect();
    reaches.sort();
    reaches.dedup();
    let layers = reaches.len();
    let of_network = counting.filter(|price| price.row.reach == Reach::Network);
    let winner = of_network.max_by_key(|price| {
        let row = &price.row;
        (
            row.price_type.as_str() == "retail",
            row.rank,
            row.validity.from,
            row.revision,
        )
    });
    Ok(Row {
        code: code.to_owned(),
        found: found.clone(),
        price: winner.cloned(),
        layers,
    })
}

fn nothing(words: &Words<'_>) -> Markup {
    html! {
        div.nothing {
            p { (words.text("catalog-empty")) }
            p { a.button href="/import" { (words.text("catalog-empty-next")) } }
        }
    }
}

fn filters(words: &Words<'_>, scene: &Scene, finder: &Finder) -> Markup {
    let fields = &scene.fields;
    let any = (String::new(), words.text("filter-any"));
    let groups = finder.groups().iter();
    let groups = groups.map(|(name, count)| (name.clone(), format!("{name} · {}", number(*count))));
    let groups: Vec<_> = std::iter::once(any.clone()).chain(groups).collect();
    let kinds = KINDS.map(|kind| (kind.to_owned(), words.text(&format!("kind-{kind}"))));
    let kinds: Vec<_> = std::iter::once(any).chain(kinds).collect();
    html! {
        form.filters method="get" action="/catalog" role="search" {
            label.grow for="f-q" { span.unseen { (words.text("catalog-search")) }
                (text("q", fields.get("q"), "search", &words.text("catalog-search"))) }
            label for="f-group" { span.muted { (words.text("column-group")) } (choice("group", fields.get("group"), &groups)) }
            label for="f-kind" { span.muted { (words.text("column-kind")) } (choice("kind", fields.get("kind"), &kinds)) }
            button { (words.text("find")) }
            @if KEPT.iter().any(|name| !fields.get(name).is_empty()) { a href="/catalog" { (words.text("filter-reset")) } }
        }
    }
}

fn table(words: &Words<'_>, rows: &[Row]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("column-item_code")) }
                th scope="col" { (words.text("column-name")) }
                th scope="col" { (words.text("column-group")) }
                th scope="col" { (words.text("column-kind")) }
                th scope="col" { (words.text("column-barcode")) }
                th.num scope="col" { (words.text("price-network-now")) }
                th.num scope="col" { (words.text("price-reaches")) }
            } }
            tbody { @for row in rows {
                tr {
                    td { code { (row.code) } }
                    th scope="row" { (item_link(&row.code, &row.found.name)) @if !row.found.brand.is_empty() { span.muted { " " (row.found.brand) } } }
                    td { a href={ "/catalog?group=" (encoded(&row.found.group)) } { (row.found.group) } }
                    td { (words.text(&format!("kind-{}", row.found.kind))) }
                    td { code { @if row.found.barcode.is_empty() { (DASH) } @else { (row.found.barcode) } } }
                    td.num { @match &row.price { Some(price) => { (money(price.row.amount)) } None => { (DASH) } } }
                    td.num { (amount(row.layers)) }
                }
            } }
        } }
    }
}

fn pages(words: &Words<'_>, scene: &Scene, last: Option<&str>) -> Markup {
    let fields = &scene.fields;
    let behind = !fields.get("after").is_empty();
    html! {
        @if behind || last.is_some() {
            footer {
                @if behind { a href=(fields.address("/catalog", &KEPT, &[])) { (words.text("page-first")) } }
                @if let Some(last) = last {
                    a rel="next" href=(fields.address("/catalog", &KEPT, &[("after", last)])) { (words.text("page-next")) }
                }
            }
        }
    }
}

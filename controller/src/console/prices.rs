//! The price list of one layer: rows by item, with search, dates and a file of all of them.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::{Record, Table};

use super::fleet_list::ROWS_MAX;
use super::form::{Fields, choice, encoded, text};
use super::frame::Section;
use super::scene::{Page, Scene};
use super::telling::{Standing, item_link, reach_of, span, wall};
use super::words::{Words, amount, money};
use super::{Desk, publish};
use crate::import::export;
use crate::master::find::{Finder, Query};

/// Fields of the address that a page of the list keeps.
const KEPT: [&str; 2] = ["reach", "q"];

/// The addresses of this file.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/prices", get(show))
        .route("/prices.csv", get(file))
}

/// A row of the list with the name of its item.
struct Row {
    key: String,
    name: String,
    price: PriceRecord,
}

/// Layer and scope that the address names: `region/RU-MOW`.
fn reach(fields: &Fields) -> [String; 2] {
    let given = fields.get("reach");
    let (layer, scope) = given.split_once('/').unwrap_or(("network", "*"));
    [layer.to_owned(), scope.to_owned()]
}

async fn show(scene: Scene) -> Response {
    scene.show(page).await
}

fn page(scene: &Scene) -> Page {
    let words = scene.words();
    let fields = &scene.fields;
    let store = scene.inner.publisher.master.read();
    let finder = scene.inner.finder(&store)?;
    let query = Query::new(fields.get("q"), "", "");
    let reach = reach(fields);
    let mut keys = finder.prices(&reach, &query, fields.get("after"));
    let mut rows = Vec::new();
    for key in keys.by_ref().take(ROWS_MAX) {
        let price: Option<PriceRecord> = store.get(key)?;
        rows.extend(price.map(|price| {
            Row {
                key: key.to_owned(),
                name: finder
                    .item(price.item.as_str())
                    .map_or_else(|| price.item.to_string(), |found| found.name.clone()),
                price,
            }
        }));
    }
    let more = keys.next().is_some();
    drop(keys);
    let main = html! {
        (publish::banner(&words, &store)?)
        section.panel #list {
            header { (filters(&words, fields, &finder, &reach)) }
            @if rows.is_empty() { (nothing(&words, fields)) }
            @else { (table(&words, scene, &rows)) }
            (pages(&words, fields, rows.last().filter(|_| more)))
        }
    };
    let [layer, scope] = &reach;
    let subtitle = reach_of(&words, layer, scope);
    Ok(scene.page(
        Section::Prices,
        None,
        words.text("nav-prices"),
        subtitle,
        &main,
    ))
}

fn filters(words: &Words<'_>, fields: &Fields, finder: &Finder, reach: &[String; 2]) -> Markup {
    let [layer, scope] = reach;
    let reaches = finder.reaches().map(|([layer, scope], count)| {
        let name = format!("{} · {}", reach_of(words, layer, scope), amount(count));
        (format!("{layer}/{scope}"), name)
    });
    let reaches: Vec<_> = reaches.collect();
    let export = format!("/prices.csv?reach={}", encoded(&format!("{layer}/{scope}")));
    html! {
        form.filters method="get" action="/prices" role="search" {
            label for="f-reach" { span.muted { (words.text("column-layer")) }
                (choice("reach", &format!("{layer}/{scope}"), &reaches)) }
            label.grow for="f-q" { span.unseen { (words.text("catalog-search")) }
                (text("q", fields.get("q"), "search", &words.text("catalog-search"))) }
            button { (words.text("find")) }
            @if !fields.get("q").is_empty() { a href=(fields.address("/prices", &["reach"], &[])) { (words.text("filter-reset")) } }
            a.button href=(export) { (words.text("prices-export")) }
        }
    }
}

fn nothing(words: &Words<'_>, fields: &Fields) -> Markup {
    html! {
        @if fields.get("q").is_empty() {
            p.empty { (words.text("prices-empty")) " " a href="/import" { (words.text("catalog-empty-next")) } }
        } @else {
            p.empty { (words.text("catalog-no-match")) " " a href=(fields.address("/prices", &["reach"], &[])) { (words.text("filter-reset")) } }
        }
    }
}

fn table(words: &Words<'_>, scene: &Scene, rows: &[Row]) -> Markup {
    let now = wall(scene.now);
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("column-item_code")) }
                th scope="col" { (words.text("column-name")) }
                th scope="col" { (words.text("column-price_type")) }
                th.num scope="col" { (words.text("column-amount_kop")) }
                th scope="col" { (words.text("when")) }
                th scope="col" { (words.text("col-status")) }
                th {}
            } }
            tbody { @for Row { name, price, .. } in rows {
                @let code = price.item.as_str();
                tr {
                    td { code { (code) } }
                    th scope="row" { (item_link(code, name)) }
                    td { (price.row.price_type) @if price.row.lock { " " span.chip.off { (words.text("price-locked")) } } }
                    td.num { b { (money(price.row.amount)) } }
                    td { (span(words, &price.row.validity)) }
                    td { (Standing::of(&price.row.validity, now).chip(words)) }
                    td { a href={ "/catalog/" (encoded(code)) "/price?row=" (price.row.id.0) } { (words.text("change")) } }
                }
            } }
        } }
    }
}

fn pages(words: &Words<'_>, fields: &Fields, last: Option<&Row>) -> Markup {
    let behind = !fields.get("after").is_empty();
    html! {
        @if behind || last.is_some() {
            footer {
                @if behind { a href=(fields.address("/prices", &KEPT, &[])) { (words.text("page-first")) } }
                @if let Some(last) = last {
                    a rel="next" href=(fields.address("/prices", &KEPT, &[("after", &last.key)])) { (words.text("page-next")) }
                }
            }
        }
    }
}

async fn file(scene: Scene) -> Response {
    scene.show(rows_file).await
}

fn rows_file(scene: &Scene) -> Page {
    let reach = reach(&scene.fields);
    let store = scene.inner.publisher.master.read();
    let finder = scene.inner.finder(&store)?;
    let every = Query::default();
    let mut rows = Vec::new();
    for key in finder.prices(&reach, &every, "") {
        rows.extend(store.get::<PriceRecord>(key)?.map(|price| price.cells()));
    }
    drop(finder);
    drop(store);
    let spec = Table::Prices
        .spec()
        .ok_or(super::scene::PageError::Missing)?;
    let out =
        export::csv_of(spec, rows).map_err(|error| std::io::Error::other(error.to_string()))?;
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
    let name = (
        header::CONTENT_DISPOSITION,
        "attachment; filename=\"prices.csv\"",
    );
    Ok(([kind, name], out).into_response())
}

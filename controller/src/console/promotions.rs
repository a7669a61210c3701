//! Promotions: which act now, which will, which are over; each in words; and a form for a new one or a change.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::pricing::json::promotion::ReadPromotion;

use super::fleet_list::ROWS_MAX;
use super::form::{Fields, choice, encoded, text};
use super::frame::Section;
use super::scene::{Page, Scene};
use super::telling::{Standing, span, wall};
use super::words::{Words, amount};
use super::{Desk, publish};

mod card;
mod sentence;
mod wizard;

/// Fields of the address that a page of the list keeps.
const KEPT: [&str; 2] = ["state", "q"];
const STATES: [&str; 3] = ["now", "planned", "over"];

/// The addresses of this folder.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/promotions", get(show))
        .route("/promotions/new", get(wizard::show).post(wizard::take))
        .route("/promotions/{id}", get(card::show).post(card::end))
        .route(
            "/promotions/{id}/edit",
            get(wizard::show_held).post(wizard::take_held),
        )
}

async fn show(scene: Scene) -> Response {
    scene.show(page).await
}

fn page(scene: &Scene) -> Page {
    let words = scene.words();
    let fields = &scene.fields;
    let now = wall(scene.now);
    let store = scene.inner.publisher.master.read();
    let all: Vec<PromotionRecord> = store.all()?;
    let banner = publish::banner(&words, &store)?;
    drop(store);
    let count = all.len();
    let sought = fields.get("q").to_lowercase();
    let read = all.iter().filter_map(|record| record.promotion().ok());
    let fitting = read.filter(|read| {
        let standing = Standing::of(&read.promotion.validity, now).name();
        let named = format!("{} {}", read.promotion.id, read.name).to_lowercase();
        (fields.get("state").is_empty() || fields.get("state") == standing)
            && named.contains(&sought)
            && read.promotion.id.as_str() > fields.get("after")
    });
    let mut rows: Vec<ReadPromotion> = fitting.take(ROWS_MAX.saturating_add(1)).collect();
    let more = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    let last = rows
        .last()
        .map(|read| read.promotion.id.to_string())
        .filter(|_| more);
    let main = html! {
        (banner)
        section.panel #list {
            header { (filters(&words, fields)) }
            @if count == 0 { div.nothing { p { (words.text("promotions-empty")) } p { a.button href="/promotions/new" { (words.text("promotion-new")) } } } }
            @else if rows.is_empty() { p.empty { (words.text("catalog-no-match")) " " a href="/promotions" { (words.text("filter-reset")) } } }
            @else { (table(&words, &rows, now)) }
            (pages(&words, fields, last.as_deref()))
        }
    };
    let subtitle = amount(count);
    Ok(scene.page(
        Section::Promotions,
        None,
        words.text("nav-promotions"),
        subtitle,
        &main,
    ))
}

fn filters(words: &Words<'_>, fields: &Fields) -> Markup {
    let states = STATES.map(|state| (state.to_owned(), words.text(&format!("standing-{state}"))));
    let any = (String::new(), words.text("filter-any"));
    let states: Vec<_> = std::iter::once(any).chain(states).collect();
    html! {
        form.filters method="get" action="/promotions" role="search" {
            label for="f-state" { span.muted { (words.text("col-status")) } (choice("state", fields.get("state"), &states)) }
            label.grow for="f-q" { span.unseen { (words.text("promotions-search")) }
                (text("q", fields.get("q"), "search", &words.text("promotions-search"))) }
            button { (words.text("find")) }
            a.button href="/promotions/new" { (words.text("promotion-new")) }
        }
    }
}

fn table(
    words: &Words<'_>,
    rows: &[ReadPromotion],
    now: storefleet_core::pricing::moment::LocalTime,
) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("column-promo_id")) }
                th scope="col" { (words.text("column-name")) }
                th scope="col" { (words.text("promotion-gives")) }
                th scope="col" { (words.text("where")) }
                th scope="col" { (words.text("when")) }
                th scope="col" { (words.text("col-status")) }
            } }
            tbody { @for read in rows {
                @let promotion = &read.promotion;
                tr {
                    td { code { (promotion.id) } }
                    th scope="row" { a href={ "/promotions/" (encoded(promotion.id.as_str())) } { @if read.name.is_empty() { (promotion.id) } @else { (read.name) } } }
                    td { div.wrapped { (sentence::gives(words, &promotion.kind)) } }
                    td { div.wrapped { (sentence::scope(words, promotion)) } }
                    td { (span(words, &promotion.validity)) }
                    td { (Standing::of(&promotion.validity, now).chip(words)) }
                }
            } }
        } }
    }
}

fn pages(words: &Words<'_>, fields: &Fields, last: Option<&str>) -> Markup {
    let behind = !fields.get("after").is_empty();
    html! {
        @if behind || last.is_some() {
            footer {
                @if behind { a href=(fields.address("/promotions", &KEPT, &[])) { (words.text("page-first")) } }
                @if let Some(last) = last {
                    a rel="next" href=(fields.address("/promotions", &KEPT, &[("after", last)])) { (words.text("page-next")) }
                }
            }
        }
    }
}

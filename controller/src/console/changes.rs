//! A change of master data as a whole: who, when, why, its rows, and taking it back.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use storefleet_core::master::change::{RowChange, Source};

use super::Desk;
use super::fleet_list::ROWS_MAX;
use super::form::{Fault, Fields, reason, summary};
use super::frame::Section;
use super::scene::{Page, PageError, Scene};
use super::telling::{actor, history_row, source};
use super::words::{Words, number};
use crate::master::ChangeCard;

/// The addresses of this file.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/changes/{change}", get(show))
        .route("/changes/{change}/undo", axum::routing::post(undo))
}

async fn show(scene: Scene, Path(change): Path<u64>) -> Response {
    let page = move |scene: &Scene| page(scene, change, &Fields::default(), &[]);
    scene.show(page).await
}

fn page(scene: &Scene, change: u64, fields: &Fields, faults: &[Fault]) -> Page {
    let words = scene.words();
    let store = scene.inner.publisher.master.read();
    let card = store.change(change)?.ok_or(PageError::Missing)?;
    let rows = store.rows_of(change)?;
    let mut since = 0_usize;
    for row in &rows {
        let now = store.record(row.table, &row.key)?;
        let stands = now.as_deref() == row.to.as_deref().map(Vec::as_slice);
        since = since.saturating_add(usize::from(!stands));
    }
    drop(store);
    let from: usize = scene.fields.get("from").parse().unwrap_or(0);
    let main = html! {
        (summary(&words, faults))
        (about(&words, &card))
        (list(&words, change, &card, &rows, from))
        (taking_back(&words, change, &card, since, fields, faults))
    };
    let title = words.of("change-number", &change.to_string());
    let above = Some(("/catalog", words.text("nav-catalog")));
    let subtitle = words.count("rows-count", card.rows);
    let mut page = scene.page(Section::Catalog, above, title, subtitle, &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn about(words: &Words<'_>, card: &ChangeCard) -> Markup {
    html! {
        section.summary {
            h2 { (source(words, card)) }
            span { (words.moment(card.at)) }
            span { b { (actor(words, &card.actor)) } }
            p { "«" (card.why) "»" }
        }
    }
}

fn list(
    words: &Words<'_>,
    change: u64,
    card: &ChangeCard,
    rows: &[RowChange],
    from: usize,
) -> Markup {
    let more = rows.len() > from.saturating_add(ROWS_MAX);
    let next = from.saturating_add(ROWS_MAX);
    html! {
        section.panel {
            header { h2 { (words.text("change-rows")) } span.muted { (number(card.rows)) } }
            ol.changes { @for row in rows.iter().skip(from).take(ROWS_MAX) {
                @if let Some(spec) = row.table.spec() { (history_row(words, spec, change, card, row)) }
            } }
            @if from > 0 || more { footer {
                @if from > 0 { a href={ "/changes/" (change) } { (words.text("page-first")) } }
                @if more { a href={ "/changes/" (change) "?from=" (next) } { (words.text("page-next")) } }
            } }
        }
    }
}

fn taking_back(
    words: &Words<'_>,
    change: u64,
    card: &ChangeCard,
    since: usize,
    fields: &Fields,
    faults: &[Fault],
) -> Markup {
    html! {
        section.panel #undo {
            header { h2 { (words.text("undo-title")) } }
            @if since > 0 { p.empty { (words.count("undo-since", u64::try_from(since).unwrap_or(u64::MAX))) } }
            @else {
                form.stacked method="post" action={ "/changes/" (change) "/undo" } {
                    p { (words.count("undo-reach", card.rows)) }
                    p.muted { (words.text("save-hint")) }
                    (reason(words, fields, faults))
                    p { button.danger { (words.text("undo-do")) } }
                }
            }
        }
    }
}

async fn undo(scene: Scene, Path(change): Path<u64>, body: String) -> Response {
    let page = move |scene: &Scene| {
        let fields = Fields::of(&body);
        let why = match fields.reason() {
            Ok(why) => why,
            Err(fault) => return page(scene, change, &fields, &[fault]),
        };
        scene.act(&fields, || {
            let actor = scene.person.actor();
            let by = scene.signed(&actor, Source::Undo, "", why);
            let undone = scene.inner.publisher.master.undo(change, by)?;
            Ok(format!("/changes/{}", undone.unwrap_or(change)))
        })
    };
    scene.show(page).await
}

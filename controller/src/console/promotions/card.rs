//! One promotion in words, its history, and its end.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use storefleet_core::master::Table;
use storefleet_core::master::change::Source;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::pricing::json::promotion::ReadPromotion;

use super::sentence::{gives, mode, scope, select, when};
use super::wizard;
use crate::console::form::{Fault, Fields, encoded, field, reason, summary, text};
use crate::console::frame::Section;
use crate::console::publish;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::telling::{Standing, history_row, read_wall, span, wall};
use crate::console::words::{Words, money};
use crate::master::{MasterStore, Order};

/// Changes that the card shows.
const HISTORY_MAX: usize = 50;

/// `GET /promotions/{id}`
pub(super) async fn show(scene: Scene, Path(id): Path<String>) -> Response {
    let page = move |scene: &Scene| page(scene, &id, &Fields::default(), &[]);
    scene.show(page).await
}

/// `POST /promotions/{id}`: sets when it ends.
pub(super) async fn end(scene: Scene, Path(id): Path<String>, body: String) -> Response {
    let page = move |scene: &Scene| {
        let fields = Fields::of(&body);
        match ended(scene, &id, &fields) {
            Err(PageError::Wrong(faults)) => page(scene, &id, &fields, &faults),
            other => other,
        }
    };
    scene.show(page).await
}

fn ended(scene: &Scene, id: &str, fields: &Fields) -> Page {
    scene.act(fields, || {
        let wrong = |fault| PageError::Wrong(vec![fault]);
        let why = fields.reason().map_err(wrong)?;
        let end = read_wall(fields.get("valid_to"));
        let end = end.ok_or_else(|| wrong(Fault::new("valid_to", "fault-time")))?;
        let held: Option<PromotionRecord> = scene.inner.publisher.master.read().get(id)?;
        let held = held.ok_or(PageError::Missing)?;
        let mut definition: Map<String, Value> = serde_json::from_str(&held.definition)
            .map_err(|error| std::io::Error::other(error.to_string()))?;
        let version = definition
            .get("version")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        definition.insert("version".to_owned(), json!(version.saturating_add(1)));
        definition.insert("valid_to".to_owned(), json!(end.to_string()));
        let record = PromotionRecord::of(definition)
            .map_err(|problem| wrong(Fault::new("valid_to", problem)))?;
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Edit, "", why);
        let order = Order {
            holds_accepted: true,
            ..Order::default()
        };
        wizard::write(scene, Some(&held), &record, order, by)?;
        Ok(format!("/promotions/{}", encoded(id)))
    })
}

fn page(scene: &Scene, id: &str, fields: &Fields, faults: &[Fault]) -> Page {
    let words = scene.words();
    let store = scene.inner.publisher.master.read();
    let record: Option<PromotionRecord> = store.get(id)?;
    let read = record.as_ref().and_then(|record| record.promotion().ok());
    let history = history(&words, &store, id)?;
    if record.is_none()
        && store
            .keys_ever(Table::Promotions, id)?
            .iter()
            .all(|key| key != id)
    {
        return Err(PageError::Missing);
    }
    let banner = publish::banner(&words, &store)?;
    drop(store);
    let title = read
        .as_ref()
        .map_or(id, |read| read.name.as_str())
        .to_owned();
    let main = html! {
        (banner)
        (summary(&words, faults))
        div.beside {
            div {
                @match &read { Some(read) => (about(&words, scene, read)), None => section.panel { p.empty { (words.text("promotion-gone")) } } }
                (history)
            }
            div { @if let Some(read) = &read { (ending(&words, read, fields, faults)) } }
        }
    };
    let above = Some(("/promotions", words.text("nav-promotions")));
    let mut page = scene.page(Section::Promotions, above, title, id.to_owned(), &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn about(words: &Words<'_>, scene: &Scene, read: &ReadPromotion) -> Markup {
    let promotion = &read.promotion;
    html! {
        section.panel {
            header { h2 { (gives(words, &promotion.kind)) } (Standing::of(&promotion.validity, wall(scene.now)).chip(words)) }
            (facts(words, read))
            p.inset { a.button href={ "/promotions/" (encoded(promotion.id.as_str())) "/edit" } { (words.text("promotion-edit")) } }
        }
    }
}

/// Everything about a promotion, a row each.
pub(super) fn facts(words: &Words<'_>, read: &ReadPromotion) -> Markup {
    let promotion = &read.promotion;
    let receipts = when(words, promotion);
    html! {
        dl {
            div { dt { (words.text("promotion-for")) } dd { (select(words, &promotion.select)) } }
            div { dt { (words.text("where")) } dd { (scope(words, promotion)) } }
            div { dt { (words.text("when")) } dd { (span(words, &promotion.validity)) " " span.muted { (words.text("wall-short")) } } }
            @if !receipts.is_empty() { div { dt { (words.text("promotion-receipts")) } dd { (receipts) } } }
            div { dt { (words.text("promotion-mode")) } dd { (mode(words, &promotion.mode)) } }
            @if let Some(most) = promotion.max_total { div { dt { (words.text("promotion-most")) } dd { (money(most)) } } }
            div { dt { (words.text("promotion-version")) } dd { (promotion.version) } }
        }
    }
}

fn history(words: &Words<'_>, store: &MasterStore, id: &str) -> Result<Markup, PageError> {
    let history = store.history(Table::Promotions, id)?;
    Ok(html! {
        section.panel #history {
            header { h2 { (words.text("history")) } }
            ol.changes { @for (change, card, row) in history.iter().take(HISTORY_MAX) {
                @if let Some(spec) = row.table.spec() { (history_row(words, spec, *change, card, row)) }
            } }
        }
    })
}

fn ending(words: &Words<'_>, read: &ReadPromotion, fields: &Fields, faults: &[Fault]) -> Markup {
    let held = read
        .promotion
        .validity
        .to
        .map(|to| to.to_string().chars().take(16).collect::<String>());
    let value = match fields.get("valid_to") {
        "" => held.unwrap_or_default(),
        given => given.to_owned(),
    };
    html! {
        section.panel {
            header { h2 { (words.text("promotion-end")) } }
            form.stacked method="post" action={ "/promotions/" (encoded(read.promotion.id.as_str())) } {
                (field(words, "valid_to", "column-valid_to", faults, &text("valid_to", &value, "datetime-local", "")))
                p.muted { (words.text("wall-hint")) }
                (reason(words, fields, faults))
                p { button.primary { (words.text("save")) } }
                p.muted { (words.text("save-hint")) }
            }
        }
    }
}

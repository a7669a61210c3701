//! Publishing: what was changed and how many shops it reaches, before it goes to the tills.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::build::{shop, stack_of};
use storefleet_core::master::change::Source;
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::store::StoreRecord;

use super::Desk;
use super::form::{Fault, Fields, field, reason, summary, text};
use super::frame::{Section, shape};
use super::scene::{Page, PageError, Scene};
use super::telling::reach;
use super::words::{Words, amount, number};
use crate::fleet::Status;
use crate::master::{MasterStore, StoreError};

/// Above so many shops their number must be typed.
const TYPED_ABOVE: usize = 50;
/// Layers that the page names.
const LAYERS_MAX: usize = 50;

/// The addresses of this file.
pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/publish", get(show).post(publish))
}

/// Says that something was changed and no till has it yet.
pub(super) fn banner(words: &Words<'_>, store: &MasterStore) -> Result<Markup, StoreError> {
    let waits = store.has_unpublished()?;
    Ok(html! {
        @if waits {
            p.note.warned { (shape(Status::Warn)) (words.text("unpublished")) " " a href="/publish" { (words.text("unpublished-next")) } }
        }
    })
}

/// What a publication would touch.
struct Reached {
    layers: BTreeMap<LayerId, u64>,
    /// Shops that have one of the layers.
    shops: usize,
}

impl Reached {
    fn read(store: &MasterStore) -> Result<Self, StoreError> {
        let layers = store.unpublished()?;
        let dealers: BTreeMap<_, DealerRecord> = store
            .all::<DealerRecord>()?
            .into_iter()
            .map(|dealer| (dealer.dealer.clone(), dealer))
            .collect();
        let stores = store.all::<StoreRecord>()?;
        let reached = stores.iter().filter(|record| {
            let dealer = dealers.get(&record.dealer);
            let stack = dealer.map(|dealer| stack_of(&shop(record, dealer)));
            stack.is_some_and(|stack| stack.iter().any(|layer| layers.contains_key(layer)))
        });
        let shops = reached.count();
        Ok(Self { layers, shops })
    }
}

async fn show(scene: Scene) -> Response {
    scene
        .show(|scene| page(scene, &Fields::default(), &[]))
        .await
}

fn page(scene: &Scene, fields: &Fields, faults: &[Fault]) -> Page {
    let words = scene.words();
    let reached = Reached::read(&scene.inner.publisher.master.read())?;
    let title = if reached.layers.is_empty() {
        words.text("publish-title")
    } else {
        words.count(
            "publish-in",
            u64::try_from(reached.shops).unwrap_or(u64::MAX),
        )
    };
    let main = html! {
        (summary(&words, faults))
        @if !scene.fields.get("done").is_empty() { p.note.done role="status" { (shape(Status::Ok)) (done(&words, scene)) } }
        @if reached.layers.is_empty() { section.panel { p.empty { (words.text("publish-nothing")) } } }
        @else { (layers(&words, &reached)) (form(&words, &reached, fields, faults)) }
    };
    let above = Some(("/catalog", words.text("nav-catalog")));
    let mut page = scene.page(Section::Catalog, above, title, String::new(), &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn done(words: &Words<'_>, scene: &Scene) -> String {
    let fleet = &scene.inner.shared.fleet;
    let (reached, wanting) = fleet
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .converged();
    words.of_two("publish-done", &amount(reached), &amount(wanting))
}

fn layers(words: &Words<'_>, reached: &Reached) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("publish-what")) } }
            div.scroll { table {
                thead { tr {
                    th scope="col" { (words.text("what")) }
                    th scope="col" { (words.text("where")) }
                    th.num scope="col" { (words.text("publish-records")) }
                } }
                tbody { @for (layer, count) in reached.layers.iter().take(LAYERS_MAX) {
                    tr {
                        th scope="row" { (words.text(&format!("dataset-{}", layer.dataset.name()))) }
                        td { (reach(words, &layer.reach)) }
                        td.num { (number(*count)) }
                    }
                } }
            } }
            @if reached.layers.len() > LAYERS_MAX {
                footer { span.muted { (words.of("publish-more", &amount(reached.layers.len()))) } }
            }
        }
    }
}

fn form(words: &Words<'_>, reached: &Reached, fields: &Fields, faults: &[Fault]) -> Markup {
    let shops = u64::try_from(reached.shops).unwrap_or(u64::MAX);
    html! {
        form.panel.stacked method="post" action="/publish" {
            p { b { (words.count("publish-reach", shops)) } }
            p.muted { (words.text("publish-hint")) }
            (reason(words, fields, faults))
            @if reached.shops > TYPED_ABOVE {
                p.muted { (words.of("publish-type", &reached.shops.to_string())) }
                (field(words, "typed", "publish-typed", faults, &text("typed", fields.get("typed"), "text", "")))
            }
            p.bar {
                a.button href="/catalog" { (words.text("cancel")) }
                button.primary { (words.count("publish-do", shops)) }
            }
        }
    }
}

async fn publish(scene: Scene, body: String) -> Response {
    scene
        .show(move |scene| published(scene, &Fields::of(&body)))
        .await
}

fn published(scene: &Scene, fields: &Fields) -> Page {
    let outcome = scene.act(fields, || {
        let why = fields
            .reason()
            .map_err(|fault| PageError::Wrong(vec![fault]))?;
        let shops = Reached::read(&scene.inner.publisher.master.read())?.shops;
        if shops > TYPED_ABOVE && fields.get("typed") != shops.to_string() {
            return Err(PageError::Wrong(vec![Fault::new("typed", "fault-typed")]));
        }
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Edit, "", why);
        scene.inner.publisher.publish(by)?;
        Ok("/publish?done=1".to_owned())
    });
    match outcome {
        Err(PageError::Wrong(faults)) => page(scene, fields, &faults),
        other => other,
    }
}

//! Releases: which are on their way, how far each is, and making a new one from what was changed.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use storefleet_core::dataset::LayerId;
use storefleet_core::rollout::names::ReleaseId;

use super::Desk;
use super::form::{Fault, Fields, field, reason, summary, text};
use super::frame::{Section, class, shape};
use super::scene::{Page, PageError, Scene};
use super::telling;
use super::words::{Words, amount, number};
use crate::fleet::Status;
use crate::rollouts::By;
use crate::rollouts::view::{Counts, ReleaseCard};

mod card;
mod deeds;
mod receipts;

/// Releases of the list; older ones are found by their names.
const LISTED_MAX: usize = 50;
/// Characters of a title.
const TITLE_CHARS: std::ops::RangeInclusive<usize> = 3..=80;

/// The addresses of this file.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/rollouts", get(list))
        .route("/rollouts/new", get(blank).post(draft))
        .route("/rollouts/{release}", get(show))
        .route("/rollouts/{release}/receipts", get(receipts::show))
        .route("/rollouts/{release}/{deed}", post(act))
}

async fn list(scene: Scene) -> Response {
    scene.show(list_page).await
}

fn list_page(scene: &Scene) -> Page {
    let words = scene.words();
    let cards = scene.inner.rollouts.cards()?;
    let waits = scene.inner.publisher.master.read().has_unpublished()?;
    let main = html! {
        p.bar {
            @if waits { span.note.warned { (shape(Status::Warn)) (words.text("unpublished")) } }
            span.spring {}
            a.button.primary href="/rollouts/new" { (words.text("release-new")) }
        }
        section.panel {
            @if cards.is_empty() { p.empty { (words.text("releases-none")) } }
            @else { (table(&words, &cards)) }
        }
    };
    let title = words.text("nav-rollouts");
    Ok(scene.page(Section::Rollouts, None, title, String::new(), &main))
}

fn table(words: &Words<'_>, cards: &[ReleaseCard]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("release")) }
                th scope="col" { (words.text("release-state")) }
                th scope="col" { (words.text("release-wave")) }
                th scope="col" { (words.text("release-convergence")) }
                th scope="col" { (words.text("release-who")) }
            } }
            tbody { @for card in cards.iter().take(LISTED_MAX) { tr {
                th scope="row" {
                    a href={ "/rollouts/" (card.release) } { (card.release) " " (card.title) }
                    @if card.urgent { " " span.muted { (words.text("release-urgent")) } }
                }
                td { (stage(words, card)) }
                td.num { (out(card)) " / " (amount(card.waves.len())) }
                td { @if is_active(card) { (bar(words, card)) } @else { (amount(card.shops)) } }
                td { (card.drafted_by) }
            } } }
        } }
    }
}

/// How many waves are out.
fn out(card: &ReleaseCard) -> String {
    let out = card.waves.iter().filter(|wave| wave.released_ms.is_some());
    amount(out.count())
}

fn is_active(card: &ReleaseCard) -> bool {
    matches!(card.stage, "running" | "paused")
}

fn status(card: &ReleaseCard) -> Status {
    match card.stage {
        "done" => Status::Ok,
        "paused" | "rolled back" => Status::Warn,
        "running" => Status::New,
        _ => Status::Off,
    }
}

/// Where a release stands: shape and word.
fn stage(words: &Words<'_>, card: &ReleaseCard) -> Markup {
    let key = format!("release-stage-{}", card.stage.replace(' ', "-"));
    let status = status(card);
    html! { span.chip.(class(status)) { (shape(status)) (words.text(&key)) } }
}

/// Shops by how they stand, as one bar; the words below say the same.
fn bar(words: &Words<'_>, card: &ReleaseCard) -> Markup {
    let parts = parts(&card.counts);
    let whole = parts.iter().map(|(_, count)| count).sum::<u64>().max(1);
    let mut from = 0_u64;
    let rects: Vec<(u64, u64, &str)> = parts
        .iter()
        .map(|(name, count)| {
            let begins = from;
            from = from.saturating_add(*count);
            let at = |place: u64| place.saturating_mul(1_000).checked_div(whole).unwrap_or(0);
            (at(begins), at(from).saturating_sub(at(begins)), *name)
        })
        .collect();
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| words.count(&format!("release-{name}"), *count))
        .collect();
    let told = told.join(", ");
    html! {
        svg.converge viewBox="0 0 1000 16" preserveAspectRatio="none" role="img" aria-label=(told) {
            @for (x, width, name) in rects {
                rect.(name) x=(x) width=(width) height="16" {}
            }
        }
        span.muted { (told) }
    }
}

fn parts(counts: &Counts) -> [(&'static str, u64); 5] {
    [
        ("done", counts.done),
        ("at-work", counts.at_work),
        ("failed", counts.failed),
        ("silent", counts.silent),
        ("waiting", counts.waiting),
    ]
}

async fn blank(scene: Scene) -> Response {
    scene
        .show(|scene| new_page(scene, &Fields::default(), &[]))
        .await
}

fn new_page(scene: &Scene, fields: &Fields, faults: &[Fault]) -> Page {
    let words = scene.words();
    let layers = scene.inner.publisher.master.read().unpublished()?;
    let main = html! {
        (summary(&words, faults))
        @if layers.is_empty() { section.panel { p.empty { (words.text("publish-nothing")) } } }
        @else { (changed(&words, &layers)) }
        form.panel.stacked method="post" action="/rollouts/new" {
            p.muted { (words.text("release-new-hint")) }
            (field(&words, "title", "release-title", faults, &text("title", fields.get("title"), "text", "")))
            p { label {
                input type="checkbox" name="urgent" value="1" checked[fields.get("urgent") == "1"];
                " " (words.text("release-urgent-label"))
            } }
            (reason(&words, fields, faults))
            p.bar {
                a.button href="/rollouts" { (words.text("cancel")) }
                button.primary { (words.text("release-draft")) }
            }
        }
    };
    let above = Some(("/rollouts", words.text("nav-rollouts")));
    let title = words.text("release-new");
    let mut page = scene.page(Section::Rollouts, above, title, String::new(), &main);
    if !faults.is_empty() {
        *page.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// What was changed since the newest versions, by layer.
fn changed(words: &Words<'_>, layers: &BTreeMap<LayerId, u64>) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("publish-what")) } }
            div.scroll { table {
                thead { tr {
                    th scope="col" { (words.text("what")) }
                    th scope="col" { (words.text("where")) }
                    th.num scope="col" { (words.text("publish-records")) }
                } }
                tbody { @for (layer, count) in layers.iter().take(LISTED_MAX) {
                    tr {
                        th scope="row" { (words.text(&format!("dataset-{}", layer.dataset.name()))) }
                        td { (telling::reach(words, &layer.reach)) }
                        td.num { (number(*count)) }
                    }
                } }
            } }
            @if layers.len() > LISTED_MAX {
                footer { span.muted { (words.of("publish-more", &amount(layers.len()))) } }
            }
        }
    }
}

async fn draft(scene: Scene, body: String) -> Response {
    scene
        .show(move |scene| drafted(scene, &Fields::of(&body)))
        .await
}

fn drafted(scene: &Scene, fields: &Fields) -> Page {
    let outcome = scene.act(fields, || {
        let title = fields.get("title");
        if !TITLE_CHARS.contains(&title.chars().count()) {
            return Err(PageError::Wrong(vec![Fault::new(
                "title",
                "fault-release-title",
            )]));
        }
        let actor = scene.person.actor();
        let by = signed(&actor, fields)?;
        let urgent = fields.get("urgent") == "1";
        match scene.inner.rollouts.draft(title, urgent, by) {
            Ok(drafted) => Ok(format!("/rollouts/{}", drafted.release)),
            Err(error) => Err(deeds::in_words(scene, error)),
        }
    });
    match outcome {
        Err(PageError::Wrong(faults)) => new_page(scene, fields, &faults),
        other => other,
    }
}

/// Who orders it, and why.
fn signed<'a>(actor: &'a str, fields: &'a Fields) -> Result<By<'a>, PageError> {
    let why = fields
        .reason()
        .map_err(|fault| PageError::Wrong(vec![fault]))?;
    Ok(By { actor, why })
}

async fn show(scene: Scene, Path(release): Path<String>) -> Response {
    let release = ReleaseId::from(release);
    scene
        .show(move |scene| card::page(scene, &release, &Fields::default(), &[]))
        .await
}

async fn act(
    scene: Scene,
    Path((release, deed)): Path<(String, String)>,
    body: String,
) -> Response {
    let release = ReleaseId::from(release);
    let act = move |scene: &Scene| deeds::act(scene, &release, &deed, &Fields::of(&body));
    scene.show(act).await
}

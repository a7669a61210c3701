//! A promotion by form, a new one or one that is there: its kind, its items, its dates, its shops; what it collides
//! with; and a cart to try.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use storefleet_core::master::change::Source;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::{Record, Table};

use super::card::facts;
use super::sentence::gives;
use crate::console::charge::{ask, told};
use crate::console::form::{Fault, Fields, encoded, reason, summary};
use crate::console::frame::Section;
use crate::console::scene::{Page, PageError, Scene};
use crate::import::read_named;
use crate::master::{MasterStore, Order, Signed};

mod collisions;
mod described;
mod draft;
mod form;
mod kinds;
mod parameters;
mod value;

use collisions::{collided, collisions, reached};
use described::{described, fields_of};
use draft::Draft;
use form::Sheet;

/// `GET /promotions/new`
pub(super) async fn show(scene: Scene) -> Response {
    scene.show(|scene| opened(scene, &Draft::blank())).await
}

/// `POST /promotions/new`: shows what it would be and what a cart would cost, or saves it.
pub(super) async fn take(scene: Scene, body: String) -> Response {
    let page = move |scene: &Scene| taken(scene, &Draft::blank(), &Fields::of(&body));
    scene.show(page).await
}

/// `GET /promotions/{id}/edit`
pub(super) async fn show_held(scene: Scene, Path(id): Path<String>) -> Response {
    let page = move |scene: &Scene| opened(scene, &Draft::of_held(scene, &id)?);
    scene.show(page).await
}

/// `POST /promotions/{id}/edit`: shows what would change, or saves it.
pub(super) async fn take_held(scene: Scene, Path(id): Path<String>, body: String) -> Response {
    let page = move |scene: &Scene| {
        let fields = Fields::of(&body);
        taken(scene, &Draft::of_held(scene, &id)?, &fields)
    };
    scene.show(page).await
}

/// The form as it stands first: filled with what is held, then with what the address says.
fn opened(scene: &Scene, draft: &Draft) -> Page {
    let given = scene.fields.pairs();
    let named = |name: &str| given.iter().any(|(given, _)| given == name);
    let mut pairs = fields_of(&draft.definition);
    pairs.retain(|(name, _)| !named(name));
    pairs.extend_from_slice(given);
    pairs.push(("opened".to_owned(), draft.hash().to_string()));
    page(scene, draft, &Fields::from_pairs(pairs), &[], &html! {})
}

fn taken(scene: &Scene, draft: &Draft, fields: &Fields) -> Page {
    let outcome = match fields.get("step") {
        "kind" => page(scene, draft, fields, &[], &html! {}),
        "save" => save(scene, draft, fields),
        "over" => look(scene, draft, &draft.reopened(fields)),
        _ => look(scene, draft, fields),
    };
    match outcome {
        Err(PageError::Wrong(faults)) => page(scene, draft, fields, &faults, &html! {}),
        other => other,
    }
}

fn page(scene: &Scene, draft: &Draft, fields: &Fields, faults: &[Fault], below: &Markup) -> Page {
    let words = scene.words();
    let sheet = Sheet {
        words: &words,
        fields,
        faults,
        held: draft.held.is_some(),
    };
    let main = html! {
        (summary(&words, faults))
        form.together method="post" action=(draft.address()) {
            // Enter looks; it never saves.
            button.unseen name="step" value="look" formnovalidate tabindex="-1" aria-hidden="true" {}
            input type="hidden" name="opened" value=(fields.get("opened"));
            div.beside.wide {
                div {
                    (sheet.form())
                    p { button name="step" value="look" formnovalidate { (words.text("promotion-look")) } }
                    (below)
                }
                div {
                    section.panel {
                        header { h2 { (words.text("promotion-try")) } }
                        div.stacked {
                            p.muted { (words.text("promotion-try-hint")) }
                            (ask::fields(&words, fields, faults))
                            p { button name="step" value="look" formnovalidate { (words.text("promotion-look")) } }
                        }
                    }
                }
            }
        }
    };
    let title = words.text(draft.title());
    let (back, named) = draft.above(&words);
    let above = Some((back.as_str(), named));
    let subtitle = draft.id().to_owned();
    let mut page = scene.page(Section::Promotions, above, title, subtitle, &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn look(scene: &Scene, draft: &Draft, fields: &Fields) -> Page {
    let words = scene.words();
    let record = described(&draft.definition, fields).map_err(PageError::Wrong)?;
    if draft.is_overtaken(fields) {
        let both = draft.both(&words, &record)?;
        let faults = [Fault::new("", "promotion-overtaken")];
        return page(scene, draft, fields, &faults, &both);
    }
    let record = draft.next(record)?;
    let read = record
        .promotion()
        .map_err(|problem| PageError::Wrong(vec![Fault::new("kind", problem)]))?;
    let store = scene.inner.publisher.master.read();
    draft.may_be_written(&store, &record)?;
    let reached = reached(&store, &read.promotion)?;
    let others = collisions(&store, &*scene.inner.finder(&store)?, &read.promotion)?;
    let tried = match fields.get("store") {
        "" => None,
        _ => Some(told::priced(
            &words,
            &store,
            fields,
            Some((&read.name, read.promotion.clone())),
        )?),
    };
    drop(store);
    let faults = match &tried {
        Some(Err(faults)) => faults.clone(),
        Some(Ok(_)) | None => Vec::new(),
    };
    let below = html! {
        (draft.changed(&words, &record))
        section.panel #described {
            header { h2 { (gives(&words, &read.promotion.kind)) } }
            (facts(&words, &read))
        }
        (collided(&words, &others))
        @if let Some(Ok(told)) = &tried { (told) }
        section.panel { div.stacked {
            p { b { (words.count("publish-reach", u64::try_from(reached).unwrap_or(u64::MAX))) } }
            input type="hidden" name="seen" value=(described_hash(&record));
            (reason(&words, fields, &[]))
            p { button.primary name="step" value="save" { (words.text("save")) } }
            p.muted { (words.text("save-hint")) }
        } }
    };
    page(scene, draft, fields, &faults, &below)
}

/// Hash of what was described: nothing else is saved.
fn described_hash(record: &PromotionRecord) -> storefleet_core::ids::Hash {
    storefleet_core::entry::hash(record.definition.as_bytes())
}

fn save(scene: &Scene, draft: &Draft, fields: &Fields) -> Page {
    scene.act(fields, || {
        let wrong = |fault| PageError::Wrong(vec![fault]);
        let why = fields.reason().map_err(wrong)?;
        let record = described(&draft.definition, fields).map_err(PageError::Wrong)?;
        if draft.is_overtaken(fields) {
            return Err(wrong(Fault::new("", "promotion-overtaken")));
        }
        let record = draft.next(record)?;
        if fields.seen() != described_hash(&record) {
            return Err(wrong(Fault::new("", "fault-moved")));
        }
        draft.may_be_written(&scene.inner.publisher.master.read(), &record)?;
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Edit, "", why);
        let order = Order {
            holds_accepted: draft.held.is_some(),
            ..Order::default()
        };
        write(scene, draft.held.as_ref(), &record, order, by)?;
        Ok(format!("/promotions/{}", encoded(&record.id)))
    })
}

/// Writes a promotion into its table, in the place of the one that is held and of no other.
pub(super) fn write(
    scene: &Scene,
    held: Option<&PromotionRecord>,
    record: &PromotionRecord,
    order: Order,
    by: Signed<'_>,
) -> Result<(), PageError> {
    let spec = Table::Promotions.spec().ok_or(PageError::Missing)?;
    let columns = PromotionRecord::COLUMNS
        .iter()
        .map(|column| column.name.to_owned());
    let cells: Vec<_> = columns.zip(record.cells()).collect();
    let master = &scene.inner.publisher.master;
    let mut moved = false;
    let read = |store: &MasterStore| {
        // Somebody may have been faster since it was looked at: then nothing is delivered.
        let newest = store.get::<PromotionRecord>(&record.id);
        moved = newest.map_or(true, |newest| newest.as_ref() != held);
        let rows = if moved { Vec::new() } else { vec![cells] };
        read_named(spec, rows, store)
    };
    let taken = master.take(read, order, by)?;
    if moved {
        return Err(PageError::Wrong(vec![Fault::new("", "fault-moved")]));
    }
    match taken.preview.refused.first() {
        Some(row) => {
            let told = row.fault.advice(scene.words().catalogue);
            Err(PageError::Wrong(vec![Fault::new("", told)]))
        }
        None => Ok(()),
    }
}

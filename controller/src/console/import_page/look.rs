//! What one file would change, and the decision on it.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use storefleet_core::master::change::Source;
use storefleet_core::time::Timestamp;

use super::{ask, mode};
use crate::console::fleet_list::ROWS_MAX;
use crate::console::form::{Fault, Fields, reason, summary};
use crate::console::frame::Section;
use crate::console::preview;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::telling::actor;
use crate::console::words::{Words, amount};
use crate::import;
use crate::import::Refused;
use crate::import::preview::Preview;
use crate::import::quarantine::write_csv;
use crate::master::{MasterStore, Order};

/// `GET /import/{id}`
pub(super) async fn show(scene: Scene, Path(id): Path<String>) -> Response {
    scene
        .show(move |scene| page(scene, &id, &Fields::default(), &[]))
        .await
}

/// `POST /import/{id}`: takes the file, or drops it.
pub(super) async fn decide(scene: Scene, Path(id): Path<String>, body: String) -> Response {
    let page = move |scene: &Scene| {
        let fields = Fields::of(&body);
        if fields.get("step") == "drop" {
            scene.inner.files.waiting.remove(&id)?;
            return Ok(Redirect::to("/import").into_response());
        }
        match taken(scene, &id, &fields) {
            Err(PageError::Wrong(faults)) => page(scene, &id, &fields, &faults),
            other => other,
        }
    };
    scene.show(page).await
}

fn taken(scene: &Scene, id: &str, fields: &Fields) -> Page {
    let files = &scene.inner.files;
    scene.act(fields, || {
        let why = fields
            .reason()
            .map_err(|fault| PageError::Wrong(vec![fault]))?;
        let waiter = files.waiting.waiter(id)?.ok_or(PageError::Missing)?;
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Import, &waiter.name, why);
        let order = Order {
            mode: mode(&waiter),
            preview_only: false,
            holds_accepted: true,
            seen: Some(fields.seen()),
        };
        let file = std::io::BufReader::new(files.waiting.file(id)?);
        let master = &scene.inner.publisher.master;
        let imported = master.take(|store| import::read(file, &ask(&waiter), store), order, by)?;
        if imported.moved {
            return Err(PageError::Wrong(vec![Fault::new("", "fault-moved")]));
        }
        files.quarantine.keep(&imported.preview)?;
        files.waiting.remove(id)?;
        let done = imported
            .change
            .map_or("same".to_owned(), |change| change.to_string());
        Ok(format!("/import?done={done}"))
    })
}

/// `GET /import/{id}/refused.csv`
pub(super) async fn refused_rows(scene: Scene, Path(id): Path<String>) -> Response {
    let page = move |scene: &Scene| {
        let files = &scene.inner.files;
        let waiter = files.waiting.waiter(&id)?.ok_or(PageError::Missing)?;
        let store = scene.inner.publisher.master.read();
        let preview = files.preview(&id, &waiter, &store)?;
        drop(store);
        let preview = preview.map_err(crate::master::MasterError::from)?;
        csv_of(scene, &preview.refused)
    };
    scene.show(page).await
}

/// Refused rows as a file.
pub(super) fn csv_of(scene: &Scene, rows: &[Refused]) -> Page {
    let mut out = Vec::new();
    let written = write_csv(rows, scene.words().catalogue, &mut out);
    written.map_err(|error| std::io::Error::other(error.to_string()))?;
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
    let name = (
        header::CONTENT_DISPOSITION,
        "attachment; filename=\"refused.csv\"",
    );
    Ok(([kind, name], out).into_response())
}

fn page(scene: &Scene, id: &str, fields: &Fields, faults: &[Fault]) -> Page {
    let words = scene.words();
    let files = &scene.inner.files;
    let waiter = files.waiting.waiter(id)?.ok_or(PageError::Missing)?;
    let store = scene.inner.publisher.master.read();
    let main = match files.preview(id, &waiter, &store)? {
        Ok(preview) => html! {
            (summary(&words, faults))
            (preview::figures(&words, &preview))
            div.halves { (preview::holds(&words, &preview)) (preview::spread(&words, &preview)) }
            (changes(&words, scene, &store, &preview, id))
            (refused(&words, &preview, id))
            (decision(&words, &preview, id, fields, faults))
        },
        Err(error) => html! {
            section.panel.nothing {
                p { b { (words.text("import-whole-fault")) } }
                p { (error.sentence(words.catalogue)) }
                (drop_form(&words, id))
            }
        },
    };
    drop(store);
    let by = actor(&words, &waiter.by);
    let subtitle = format!("{by} · {}", words.moment_text(Timestamp(waiter.at_ms)));
    let above = Some(("/import", words.text("nav-import")));
    let mut page = scene.page(Section::Import, above, waiter.name, subtitle, &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn changes(
    words: &Words<'_>,
    scene: &Scene,
    store: &MasterStore,
    preview: &Preview,
    id: &str,
) -> Markup {
    let from: usize = scene.fields.get("from").parse().unwrap_or(0);
    let next = from.saturating_add(ROWS_MAX);
    let all = preview.changes.len();
    html! {
        section.panel #changes {
            header { h2 { (words.text("preview-title")) } span.muted { (words.text("preview-order")) } }
            (preview::changes(words, store, preview, from))
            @if from > 0 || next < all { footer {
                span.muted { (words.of_two("shown-of", &amount(next.min(all)), &amount(all))) }
                @if from > 0 { a href={ "/import/" (id) } { (words.text("page-first")) } }
                @if next < all { a rel="next" href={ "/import/" (id) "?from=" (next) "#changes" } { (words.text("page-next")) } }
            } }
        }
    }
}

fn refused(words: &Words<'_>, preview: &Preview, id: &str) -> Markup {
    html! {
        @if !preview.refused.is_empty() {
            section.panel #refused {
                header {
                    h2 { (words.text("refused-rows")) } span.muted { (amount(preview.refused.len())) } span.spring {}
                    a.button href={ "/import/" (id) "/refused.csv" } { (words.text("refused-download")) }
                }
                (refused_table(words, &preview.refused))
                p.empty { (words.text("refused-note")) }
            }
        }
    }
}

/// Line, column, value and reason of refused rows.
pub(super) fn refused_table(words: &Words<'_>, rows: &[Refused]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th.num scope="col" { (words.text("refused-line")) }
                th scope="col" { (words.text("refused-column")) }
                th scope="col" { (words.text("refused-value")) }
                th scope="col" { (words.text("refused-reason")) }
            } }
            tbody { @for row in rows.iter().take(ROWS_MAX) {
                tr {
                    td.num { (row.line) }
                    td { (row.fault.column) }
                    td { code.wrapped { (row.fault.value) } }
                    td { div.wrapped { (row.fault.advice(words.catalogue)) } }
                }
            } }
        } }
    }
}

fn decision(
    words: &Words<'_>,
    preview: &Preview,
    id: &str,
    fields: &Fields,
    faults: &[Fault],
) -> Markup {
    let sums = preview::sums(preview);
    let count = u64::try_from(preview.changes.len()).unwrap_or(u64::MAX);
    html! {
        section.panel #decision {
            form.stacked method="post" action={ "/import/" (id) } {
                @if preview.changes.is_empty() { p { (words.text("import-same")) } }
                input type="hidden" name="seen" value=(preview.digest());
                @if !preview.holds.is_empty() { p.told { (words.text("import-holds")) } }
                @if sums.refused > 0 { p.muted { (words.text("import-refused-stay")) } }
                (reason(words, fields, faults))
                p.bar {
                    button.primary name="step" value="take" { (words.count("import-take", count)) }
                    button name="step" value="drop" formnovalidate { (words.text("import-drop")) }
                }
                p.muted { (words.text("save-hint")) }
            }
        }
    }
}

fn drop_form(words: &Words<'_>, id: &str) -> Markup {
    html! {
        form method="post" action={ "/import/" (id) } {
            button name="step" value="drop" { (words.text("import-drop")) }
        }
    }
}

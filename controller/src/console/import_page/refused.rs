//! Rows that could not be used: mended by hand, they go the same way again.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use storefleet_core::master::change::Source;

use super::look::{csv_of, refused_table};
use crate::console::fleet_list::ROWS_MAX;
use crate::console::form::{Fault, Fields, encoded, reason, summary};
use crate::console::frame::Section;
use crate::console::preview;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::telling::column;
use crate::console::words::{Words, amount};
use crate::import::preview::{Mode, Preview};
use crate::import::quarantine::Quarantine;
use crate::import::{Ask, Refused};
use crate::master::{MasterError, Order};

/// The refused rows of a file.
fn held(scene: &Scene, id: &str) -> Result<Quarantine, PageError> {
    let held = scene.inner.files.quarantine.read(id)?;
    held.ok_or(PageError::Missing)
}

/// `GET /refused/{id}`
pub(super) async fn show(scene: Scene, Path(id): Path<String>) -> Response {
    let page = move |scene: &Scene| {
        let held = held(scene, &id)?;
        page(scene, &id, &held, &[])
    };
    scene.show(page).await
}

/// `GET /refused/{id}/rows.csv`
pub(super) async fn rows(scene: Scene, Path(id): Path<String>) -> Response {
    let page = move |scene: &Scene| {
        let held = held(scene, &id)?;
        csv_of(scene, &held.rows)
    };
    scene.show(page).await
}

/// `POST /refused/{id}`: keeps what was mended, and shows what it would change, takes it, or drops a row.
pub(super) async fn take(scene: Scene, Path(id): Path<String>, body: String) -> Response {
    scene
        .show(move |scene| taken(scene, &id, &Fields::of(&body)))
        .await
}

fn taken(scene: &Scene, id: &str, fields: &Fields) -> Page {
    if fields.get("step") == "take" {
        return match run(scene, id, fields) {
            Err(PageError::Wrong(faults)) => look(scene, id, fields, &faults),
            other => other,
        };
    }
    let folder = &scene.inner.files.quarantine;
    let mut held = folder.read(id)?.ok_or(PageError::Missing)?;
    mend(&mut held, fields);
    if let Ok(line) = fields.get("drop").parse() {
        held.drop_line(line);
    }
    folder.write(id, &held)?;
    if held.rows.is_empty() {
        return Ok(Redirect::to("/import").into_response());
    }
    match fields.get("step") {
        "look" => look(scene, id, fields, &[]),
        _ => Ok(Redirect::to(&format!("/refused/{}", encoded(id))).into_response()),
    }
}

/// Writes the cells of the form, named `cell/<line>/<column>`, where they differ from what is kept.
fn mend(held: &mut Quarantine, fields: &Fields) {
    for (name, text) in fields.pairs() {
        let place = name
            .strip_prefix("cell/")
            .and_then(|place| place.split_once('/'));
        let Some((Ok(line), column)) = place.map(|(line, column)| (line.parse(), column)) else {
            continue;
        };
        let differs = held
            .rows
            .iter()
            .any(|row| row.line == line && row.cells.get(column).is_some_and(|held| held != text));
        if differs {
            held.mend(line, column, text);
        }
    }
}

fn run(scene: &Scene, id: &str, fields: &Fields) -> Page {
    let folder = &scene.inner.files.quarantine;
    scene.act(fields, || {
        let why = fields
            .reason()
            .map_err(|fault| PageError::Wrong(vec![fault]))?;
        let held = folder.read(id)?.ok_or(PageError::Missing)?;
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Import, &held.source, why);
        let order = Order {
            holds_accepted: true,
            seen: Some(fields.seen()),
            ..Order::default()
        };
        let master = &scene.inner.publisher.master;
        let taken = master.take(|store| held.run(&asked(&held), store), order, by)?;
        if taken.moved {
            return Err(PageError::Wrong(vec![Fault::new("", "fault-moved")]));
        }
        folder.write(id, &Quarantine::of(&taken.preview))?;
        let done = taken
            .change
            .map_or("same".to_owned(), |change| change.to_string());
        Ok(format!("/import?done={done}"))
    })
}

fn asked(held: &Quarantine) -> Ask {
    Ask {
        source: held.source.clone(),
        ..Ask::default()
    }
}

fn look(scene: &Scene, id: &str, fields: &Fields, faults: &[Fault]) -> Page {
    let words = scene.words();
    let held = scene
        .inner
        .files
        .quarantine
        .read(id)?
        .ok_or(PageError::Missing)?;
    let store = scene.inner.publisher.master.read();
    let delivery = held
        .run(&asked(&held), &*store)
        .map_err(MasterError::from)?;
    let preview = Preview::of(delivery, Mode::OnlyChanges, &*store);
    let count = u64::try_from(preview.changes.len()).unwrap_or(u64::MAX);
    let address = format!("/refused/{}", encoded(id));
    let kept = Fields::from_pairs(vec![
        ("why".to_owned(), fields.get("why").to_owned()),
        ("key".to_owned(), fields.get("key").to_owned()),
    ]);
    let main = html! {
        (summary(&words, faults))
        (preview::figures(&words, &preview))
        (preview::holds(&words, &preview))
        section.panel { header { h2 { (words.text("preview-title")) } } (preview::changes(&words, &store, &preview, 0)) }
        @if !preview.refused.is_empty() {
            section.panel { header { h2 { (words.text("refused-still")) } } (refused_table(&words, &preview.refused)) }
        }
        form.panel.stacked method="post" action=(address) {
            input type="hidden" name="seen" value=(preview.digest());
            (reason(&words, &kept, faults))
            p.bar {
                button.primary name="step" value="take" { (words.count("import-take", count)) }
                a href=(address) { (words.text("refused-back")) }
            }
        }
    };
    drop(store);
    let mut page = whole(scene, &held, &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn whole(scene: &Scene, held: &Quarantine, main: &Markup) -> Response {
    let words = scene.words();
    let count = u64::try_from(held.rows.len()).unwrap_or(u64::MAX);
    scene.page(
        Section::Import,
        Some(("/import", words.text("nav-import"))),
        held.source.clone(),
        words.count("rows-refused", count),
        main,
    )
}

fn page(scene: &Scene, id: &str, held: &Quarantine, faults: &[Fault]) -> Page {
    let words = scene.words();
    let from: usize = scene.fields.get("from").parse().unwrap_or(0);
    let next = from.saturating_add(ROWS_MAX);
    let address = format!("/refused/{}", encoded(id));
    let all = held.rows.len();
    let main = html! {
        (summary(&words, faults))
        form.panel method="post" action=(address) {
            header {
                h2 { (words.text("refused-rows")) } span.muted { (words.text("refused-mend")) } span.spring {}
                a.button href={ (address) "/rows.csv" } { (words.text("refused-download")) }
                button.primary name="step" value="look" { (words.text("refused-run")) }
            }
            ul.mending { @for row in held.rows.iter().skip(from).take(ROWS_MAX) { (row_form(&words, row)) } }
            @if from > 0 || next < all { footer {
                span.muted { (words.of_two("shown-of", &amount(next.min(all)), &amount(all))) }
                @if from > 0 { a href=(address) { (words.text("page-first")) } }
                @if next < all { a href={ (address) "?from=" (next) } { (words.text("page-next")) } }
            } }
        }
    };
    Ok(whole(scene, held, &main))
}

fn row_form(words: &Words<'_>, row: &Refused) -> Markup {
    html! {
        li {
            p { b { (words.of("line-number", &row.line.to_string())) } " · " (words.text(&format!("table-{}", row.table)))
                " · " span.fault { (row.fault.sentence(row.line, words.catalogue)) } }
            div.cells { @for (name, text) in &row.cells {
                label.wrong[*name == row.fault.column] { span.muted { (column(words, name)) }
                    input name={ "cell/" (row.line) "/" (name) } value=(text) autocomplete="off"; }
            } }
            p { button name="drop" value=(row.line) formnovalidate { (words.text("refused-drop")) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use storefleet_core::ids::Hash;

    use super::*;
    use crate::import::Fault as RowFault;

    #[test]
    fn only_cells_that_were_changed_are_mended() {
        let fault = RowFault {
            column: "name".to_owned(),
            value: String::new(),
            rule: "cell-needed".to_owned(),
            detail: String::new(),
        };
        let row = |line| Refused {
            table: "items".to_owned(),
            line,
            cells: BTreeMap::from([
                ("name".to_owned(), String::new()),
                ("vat".to_owned(), "base".to_owned()),
            ]),
            fault: fault.clone(),
            mended: false,
        };
        let mut held = Quarantine {
            delivery: Hash::default().to_string(),
            source: "a.csv".to_owned(),
            rows: vec![row(3), row(4)],
        };
        mend(
            &mut held,
            &Fields::of("cell/3/name=%D0%90&cell/3/vat=base&cell/4/name=&cell/9/x=1&cell/x"),
        );
        let mended: Vec<_> = held.rows.iter().map(|row| (row.line, row.mended)).collect();
        assert_eq!(mended, [(3, true), (4, false)]);
        assert_eq!(held.rows[0].cells["name"], "А");
    }
}

//! Files of partners: sending one, what waits for a person, what was refused, and what was done lately.

use std::collections::VecDeque;
use std::io::BufReader;
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use storefleet_core::time::Timestamp;

use super::form::{Fault, encoded, summary};
use super::frame::{Section, shape};
use super::scene::{Page, PageError, Scene};
use super::telling::{actor, source};
use super::words::{Words, amount, number};
use super::{Desk, publish, upload};
use crate::fleet::Status;
use crate::import::preview::{Mode, Preview};
use crate::import::quarantine::QuarantineFolder;
use crate::import::waiting::{Waiter, Waiting};
use crate::import::{self, Ask, FILE_BYTES_MAX, ImportError};
use crate::master::{ChangeCard, MasterStore};

mod look;
mod refused;

/// Previews kept in memory: each holds every row of its file.
const PREVIEWS_MAX: usize = 2;
/// Changes that the page lists.
const CHANGES_MAX: usize = 20;

/// Where files wait, and the previews made of them.
pub(super) struct Files {
    waiting: Waiting,
    quarantine: QuarantineFolder,
    made: Mutex<VecDeque<Made>>,
}

/// A preview of a file against the tables as they stood behind an entry of the office's log.
struct Made {
    id: String,
    position: u64,
    preview: Arc<Preview>,
}

impl Files {
    /// The files below the data folder.
    pub(super) fn new(data: &FilePath) -> Self {
        Self {
            waiting: Waiting::new(data.join("incoming")),
            quarantine: QuarantineFolder::new(data.join("quarantine")),
            made: Mutex::default(),
        }
    }

    /// What a file that waits would change now.
    fn preview(
        &self,
        id: &str,
        waiter: &Waiter,
        store: &MasterStore,
    ) -> Result<Result<Arc<Preview>, ImportError>, PageError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let position = store.position();
        let known = made
            .iter()
            .find(|made| made.id == id && made.position == position);
        if let Some(known) = known {
            return Ok(Ok(known.preview.clone()));
        }
        made.retain(|made| made.id != id);
        let file = BufReader::new(self.waiting.file(id)?);
        let delivery = match import::read(file, &ask(waiter), store) {
            Ok(delivery) => delivery,
            Err(error) => return Ok(Err(error)),
        };
        let preview = Arc::new(Preview::of(delivery, mode(waiter), store));
        made.truncate(PREVIEWS_MAX.saturating_sub(1));
        made.push_front(Made {
            id: id.to_owned(),
            position,
            preview: preview.clone(),
        });
        Ok(Ok(preview))
    }
}

fn ask(waiter: &Waiter) -> Ask {
    Ask {
        source: waiter.name.clone(),
        ..Ask::default()
    }
}

fn mode(waiter: &Waiter) -> Mode {
    if waiter.whole {
        Mode::Whole
    } else {
        Mode::OnlyChanges
    }
}

/// The addresses of this folder.
pub(super) fn routes() -> Router<Desk> {
    let largest = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX);
    Router::new()
        .route(
            "/import",
            get(show).post(send).layer(DefaultBodyLimit::max(largest)),
        )
        .route("/import/{id}", get(look::show).post(look::decide))
        .route("/import/{id}/refused.csv", get(look::refused_rows))
        .route("/refused/{id}", get(refused::show).post(refused::take))
        .route("/refused/{id}/rows.csv", get(refused::rows))
}

async fn show(scene: Scene) -> Response {
    scene.show(|scene| page(scene, &[])).await
}

/// `POST /import`: keeps the file and goes on to what it would change.
async fn send(scene: Scene, headers: HeaderMap, body: Bytes) -> Response {
    let page = move |scene: &Scene| {
        let sent = upload::read(&headers, &body).filter(|sent| !sent.bytes.is_empty());
        let Some(sent) = sent else {
            return page(scene, &[Fault::new("file", "fault-file")]);
        };
        let waiter = Waiter {
            name: if sent.name.is_empty() {
                "file".to_owned()
            } else {
                sent.name.clone()
            },
            whole: sent.fields.get("whole") == "1",
            by: scene.person.actor(),
            at_ms: scene.now.0,
        };
        let id = scene.inner.files.waiting.put(&waiter, sent.bytes)?;
        Ok(Redirect::to(&format!("/import/{id}")).into_response())
    };
    scene.show(page).await
}

fn page(scene: &Scene, faults: &[Fault]) -> Page {
    let words = scene.words();
    let files = &scene.inner.files;
    let waiting = files.waiting.list(scene.now)?;
    let mut quarantines = Vec::new();
    for id in files.quarantine.ids()? {
        quarantines.extend(
            files
                .quarantine
                .read(&id)?
                .map(|held| (id, held.source, held.rows.len())),
        );
    }
    let store = scene.inner.publisher.master.read();
    let changes = store.newest_changes(CHANGES_MAX)?;
    let banner = publish::banner(&words, &store)?;
    drop(store);
    let main = html! {
        (banner)
        (summary(&words, faults))
        @if let Ok(change) = scene.fields.get("done").parse::<u64>() {
            p.note.done role="status" { (shape(Status::Ok)) (words.text("import-done")) " " a href={ "/changes/" (change) } { (words.of("change-number", &change.to_string())) } }
        }
        div.beside {
            div {
                (sending(&words))
                (lately(&words, &changes))
            }
            div {
                (waiters(&words, &waiting))
                (held(&words, &quarantines))
            }
        }
    };
    let mut page = scene.page(
        Section::Import,
        None,
        words.text("nav-import"),
        words.text("import-subtitle"),
        &main,
    );
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

fn sending(words: &Words<'_>) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("import-send")) } }
            form.stacked method="post" action="/import" enctype="multipart/form-data" {
                label for="f-file" { (words.text("import-file")) }
                input #f-file type="file" name="file" required accept=".csv,.txt,.xlsx,.xml";
                p { label { input type="checkbox" name="whole" value="1"; " " (words.text("import-whole")) } }
                p.muted { (words.text("import-hint")) }
                p { button.primary { (words.text("look")) } }
            }
        }
    }
}

fn waiters(words: &Words<'_>, waiting: &[(String, Waiter)]) -> Markup {
    html! {
        section.panel #waiting {
            header { h2 { (words.text("import-waiting")) } span.muted { (amount(waiting.len())) } }
            @if waiting.is_empty() { p.empty { (words.text("import-waiting-none")) } }
            ul.sentences { @for (id, waiter) in waiting {
                li { a href={ "/import/" (id) } { (waiter.name) }
                    p.muted { (actor(words, &waiter.by)) " · " (words.moment(Timestamp(waiter.at_ms))) } }
            } }
        }
    }
}

fn held(words: &Words<'_>, quarantines: &[(String, String, usize)]) -> Markup {
    html! {
        section.panel #quarantine {
            header { h2 { (words.text("quarantine-title")) } span.muted { (amount(quarantines.len())) } }
            @if quarantines.is_empty() { p.empty { (words.text("quarantine-none")) } }
            ul.sentences { @for (id, source, count) in quarantines {
                li { a href={ "/refused/" (encoded(id)) } { (source) }
                    p.muted { (words.count("rows-refused", u64::try_from(*count).unwrap_or(u64::MAX))) } }
            } }
        }
    }
}

fn lately(words: &Words<'_>, changes: &[(u64, ChangeCard)]) -> Markup {
    html! {
        section.panel #lately {
            header { h2 { (words.text("changes-lately")) } }
            @if changes.is_empty() { p.empty { (words.text("changes-none")) } }
            @else { div.scroll { table {
                thead { tr {
                    th scope="col" { (words.text("changes-when")) }
                    th scope="col" { (words.text("changes-who")) }
                    th scope="col" { (words.text("what")) }
                    th.num scope="col" { (words.text("publish-records")) }
                    th scope="col" { (words.text("why-label")) }
                } }
                tbody { @for (change, card) in changes {
                    tr {
                        td { (words.moment(card.at)) }
                        td { (actor(words, &card.actor)) }
                        th scope="row" { a href={ "/changes/" (change) } { (source(words, card)) } }
                        td.num { (number(card.rows)) }
                        td { div.wrapped { (card.why) } }
                    }
                } }
            } } }
        }
    }
}

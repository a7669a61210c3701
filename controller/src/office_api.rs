//! Master data for programs, on the admin socket: files in and out, undo, convergence.

use std::io::Cursor;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use storefleet_core::master::change::Source;
use storefleet_core::master::{Table, TableSpec};
use storefleet_messages::{Catalogue, Language};

use crate::admin_answers::{blocking, refused, unavailable};
use crate::datasets::Publisher;
use crate::import::preview::{Mode, Preview};
use crate::import::quarantine::QuarantineFolder;
use crate::import::{Ask, FILE_BYTES_MAX, export};
use crate::master::{MasterError, Order, Signed};

/// Whoever can open the socket acts as the system's user.
const ACTOR: &str = "cli:admin-socket";
/// Sentences that an answer lists of each sort; the quarantine file has all refused rows.
const SENTENCES_MAX: usize = 20;

/// What the routes need.
#[derive(Clone)]
pub struct Office {
    /// Publishes what was changed.
    pub publisher: Publisher,
    /// Where refused rows are kept to be mended.
    pub quarantine: QuarantineFolder,
}

/// The routes.
pub fn router(office: Office) -> Router {
    let largest = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX);
    Router::new()
        .route("/v1/import", post(import))
        .route("/v1/export/{table}", get(export_table))
        .route("/v1/records/{table}/{*key}", get(card))
        .route("/v1/changes/{change}/undo", post(undo))
        .route("/v1/convergence", get(convergence))
        .layer(DefaultBodyLimit::max(largest))
        .with_state(office)
}

/// Every call that changes something says why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    why: String,
}

/// How a file is to be taken.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportOrder {
    why: String,
    /// Name of the file or of the partner.
    source: String,
    /// What is not in the file goes.
    #[serde(default)]
    whole: bool,
    /// Only look.
    #[serde(default)]
    preview: bool,
    /// What is held was looked at.
    #[serde(default)]
    accept: bool,
    /// Language of the sentences.
    #[serde(default)]
    language: Option<String>,
}

/// What a file changed, or would.
#[derive(Debug, Serialize)]
struct ImportedOut {
    /// Number of the change; none where nothing changed.
    change: Option<u64>,
    tables: Vec<TableOut>,
    /// What waits for a person.
    holds: Vec<String>,
    holds_count: usize,
    /// Why rows cannot be used.
    refused: Vec<String>,
    /// The file of the refused rows.
    quarantine: Option<String>,
}

#[derive(Debug, Serialize)]
struct TableOut {
    table: &'static str,
    added: u64,
    changed: u64,
    removed: u64,
    same: u64,
    refused: u64,
}

async fn import(
    State(office): State<Office>,
    Query(order): Query<ImportOrder>,
    body: Bytes,
) -> Response {
    blocking(move || {
        let texts = Catalogue::of(Language::of(order.language.as_deref().unwrap_or("en")));
        let ask = Ask {
            source: order.source.clone(),
            ..Ask::default()
        };
        let how = Order {
            mode: if order.whole {
                Mode::Whole
            } else {
                Mode::OnlyChanges
            },
            preview_only: order.preview,
            holds_accepted: order.accept,
            seen: None,
        };
        let by = signed(&office, Source::Import, &order.source, &order.why);
        let master = &office.publisher.master;
        let imported = match master.import(Cursor::new(body), &ask, how, by) {
            Ok(imported) => imported,
            Err(error) => return failed(&error, &texts),
        };
        let kept = (!order.preview).then(|| office.quarantine.keep(&imported.preview));
        let quarantine = match kept.transpose() {
            Ok(kept) => kept
                .flatten()
                .map(|id| office.quarantine.path(&id).display().to_string()),
            Err(error) => return unavailable(&error.to_string()),
        };
        let out = told(&imported.preview, imported.change, quarantine, &texts);
        Json(out).into_response()
    })
    .await
}

fn told(
    preview: &Preview,
    change: Option<u64>,
    quarantine: Option<String>,
    texts: &Catalogue,
) -> ImportedOut {
    let tables = preview.counts.iter().map(|(table, counts)| TableOut {
        table: table.name(),
        added: counts.added,
        changed: counts.changed,
        removed: counts.removed,
        same: counts.same,
        refused: counts.refused,
    });
    let holds = preview.holds.iter().take(SENTENCES_MAX);
    let refused = preview.refused.iter().take(SENTENCES_MAX);
    ImportedOut {
        change,
        tables: tables.collect(),
        holds: holds.map(|hold| hold.sentence(texts)).collect(),
        holds_count: preview.holds.len(),
        refused: refused
            .map(|row| row.fault.sentence(row.line, texts))
            .collect(),
        quarantine,
    }
}

/// A record as it stands, and everything that was done to it.
#[derive(Debug, Serialize)]
struct CardOut {
    columns: Vec<&'static str>,
    /// Nothing where it is gone.
    now: Option<Vec<String>>,
    /// Newest first.
    history: Vec<HistoryOut>,
}

#[derive(Debug, Serialize)]
struct HistoryOut {
    change: u64,
    at_ms: i64,
    actor: String,
    source: &'static str,
    origin: String,
    why: String,
    from: Option<Vec<String>>,
    to: Option<Vec<String>>,
}

async fn card(
    State(office): State<Office>,
    Path((table, key)): Path<(String, String)>,
) -> Response {
    let spec = match spec_of(&table) {
        Ok(spec) => spec,
        Err(refusal) => return *refusal,
    };
    blocking(move || {
        let store = office.publisher.master.read();
        let found = store.history(spec.table, &key);
        let now = store.record(spec.table, &key);
        drop(store);
        let cells = |bytes: &[u8]| (spec.cells)(bytes).ok();
        match (found, now) {
            (Ok(history), Ok(now)) => {
                let history = history.into_iter().map(|(change, card, row)| HistoryOut {
                    change,
                    at_ms: card.at.0,
                    actor: card.actor,
                    source: card.source.name(),
                    origin: card.origin,
                    why: card.why,
                    from: row.from.and_then(|bytes| cells(&bytes)),
                    to: row.to.and_then(|bytes| cells(&bytes)),
                });
                let columns = spec.columns.iter().map(|column| column.name);
                Json(CardOut {
                    columns: columns.collect(),
                    now: now.and_then(|bytes| cells(&bytes)),
                    history: history.collect(),
                })
                .into_response()
            }
            (Err(error), _) | (_, Err(error)) => unavailable(&error.to_string()),
        }
    })
    .await
}

fn spec_of(table: &str) -> Result<&'static TableSpec, Box<Response>> {
    Table::from_name(table)
        .and_then(Table::spec)
        .ok_or_else(|| {
            let names: Vec<_> = Table::KNOWN.iter().map(|table| table.name()).collect();
            let title = format!("there is no table {table:?}");
            let next = format!("name one of {}", names.join(", "));
            Box::new(refused("table", title, next))
        })
}

async fn export_table(State(office): State<Office>, Path(table): Path<String>) -> Response {
    let spec = match spec_of(&table) {
        Ok(spec) => spec,
        Err(refusal) => return *refusal,
    };
    blocking(move || {
        let mut out = Vec::new();
        let store = office.publisher.master.read();
        let written = export::csv(spec, &*store, &mut out);
        drop(store);
        match written {
            Ok(_) => ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], out).into_response(),
            Err(error) => unavailable(&error.to_string()),
        }
    })
    .await
}

/// What an undo is answered.
#[derive(Debug, Serialize)]
struct Changed {
    change: Option<u64>,
}

async fn undo(
    State(office): State<Office>,
    Path(change): Path<u64>,
    Query(why): Query<Why>,
) -> Response {
    blocking(move || {
        let by = signed(&office, Source::Undo, "", &why.why);
        match office.publisher.master.undo(change, by) {
            Ok(change) => Json(Changed { change }).into_response(),
            Err(error) => failed(&error, &Catalogue::of(Language::English)),
        }
    })
    .await
}

/// How far the shops are.
#[derive(Debug, Serialize)]
struct Convergence {
    reached: usize,
    wanting: usize,
}

async fn convergence(State(office): State<Office>) -> Response {
    let shared = &office.publisher.shared;
    let (reached, wanting) = shared
        .fleet
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .converged(shared.now());
    Json(Convergence { reached, wanting }).into_response()
}

fn signed<'a>(office: &Office, source: Source, origin: &'a str, why: &'a str) -> Signed<'a> {
    Signed {
        actor: ACTOR,
        at: office.publisher.shared.now(),
        source,
        origin,
        why,
    }
}

fn failed(error: &MasterError, texts: &Catalogue) -> Response {
    match error {
        MasterError::NoReason
        | MasterError::NoChange(_)
        | MasterError::ChangedSince(..)
        | MasterError::NothingToRelease
        | MasterError::AllHeld(_)
        | MasterError::Rollout(_) => refused("refused", error.to_string(), String::new()),
        MasterError::Import(file) => refused("file", file.sentence(texts), String::new()),
        MasterError::Office(_) | MasterError::Store(_) => unavailable(&error.to_string()),
    }
}

//! Master data for programs, on the admin socket: rows of a table as CSV, publication, undo, convergence.

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use storefleet_core::master::change::Source;
use storefleet_core::master::{Cells, Table, TableSpec};
use storefleet_provision::admin::Problem;

use crate::datasets::Publisher;
use crate::master::{MasterError, Signed, Wish};

/// Largest body of a call.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Whoever can open the socket acts as the system's user.
const ACTOR: &str = "cli:admin-socket";

/// The routes.
pub fn router(publisher: Publisher) -> Router {
    Router::new()
        .route("/v1/master/{table}", post(put_rows))
        .route("/v1/changes/{change}/undo", post(undo))
        .route("/v1/publish", post(publish))
        .route("/v1/convergence", get(convergence))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(publisher)
}

/// Every call that changes something says why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    why: String,
}

/// What a call that changes records is answered.
#[derive(Debug, Serialize)]
struct Changed {
    /// Number of the change; none where nothing had to change.
    change: Option<u64>,
}

async fn put_rows(
    State(publisher): State<Publisher>,
    Path(table): Path<String>,
    Query(why): Query<Why>,
    body: String,
) -> Response {
    let Some(spec) = Table::from_name(&table).and_then(Table::spec) else {
        let names: Vec<_> = Table::KNOWN.iter().map(|table| table.name()).collect();
        let title = format!("there is no table {table:?}");
        let next = format!("name one of {}", names.join(", "));
        return refused("table", title, next);
    };
    blocking(move || match wishes(spec, &body) {
        Ok(wishes) => {
            let by = signed(&publisher, Source::Api, &why.why);
            match publisher.master.change(wishes, by) {
                Ok(change) => Json(Changed { change }).into_response(),
                Err(error) => failed(&error),
            }
        }
        Err((title, next)) => refused("row", title, next),
    })
    .await
}

/// Rows of CSV with a header line; the first that cannot be used refuses all.
fn wishes(spec: &TableSpec, body: &str) -> Result<Vec<Wish>, (String, String)> {
    let whole = |error: csv::Error| {
        let next = "send CSV in UTF-8 with a header line that names the columns".to_owned();
        (format!("the body is not a CSV table: {error}"), next)
    };
    let mut reader = csv::Reader::from_reader(body.as_bytes());
    let header = reader.headers().map_err(whole)?.clone();
    let places: Vec<_> = spec
        .columns
        .iter()
        .map(|column| header.iter().position(|name| name == column.name))
        .collect();
    let mut wishes = Vec::new();
    for record in reader.records() {
        let record = record.map_err(whole)?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |place: &Option<usize>| place.and_then(|place| record.get(place));
        let texts = places
            .iter()
            .map(|place| text(place).unwrap_or_default().into());
        let row = (spec.read)(&Cells::new(spec.columns, texts.collect())).map_err(|error| {
            let next = format!("mend column {} of line {line}", error.column);
            (format!("line {line}: {error}"), next)
        })?;
        wishes.push(Wish::put(spec.table, row));
    }
    Ok(wishes)
}

async fn undo(
    State(publisher): State<Publisher>,
    Path(change): Path<u64>,
    Query(why): Query<Why>,
) -> Response {
    blocking(move || {
        let by = signed(&publisher, Source::Undo, &why.why);
        match publisher.master.undo(change, by) {
            Ok(change) => Json(Changed { change }).into_response(),
            Err(error) => failed(&error),
        }
    })
    .await
}

/// What a publication is answered.
#[derive(Debug, Serialize)]
struct PublishedOut {
    layers: Vec<(String, String)>,
    workplaces: usize,
}

async fn publish(State(publisher): State<Publisher>, Query(why): Query<Why>) -> Response {
    blocking(move || {
        let by = signed(&publisher, Source::Api, &why.why);
        match publisher.publish(by) {
            Ok(published) => Json(PublishedOut {
                layers: published
                    .layers
                    .iter()
                    .map(|(layer, root)| (layer.to_string(), root.to_string()))
                    .collect(),
                workplaces: published.workplaces,
            })
            .into_response(),
            Err(error) => failed(&error),
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

async fn convergence(State(publisher): State<Publisher>) -> Response {
    let fleet = publisher.shared.fleet.lock();
    let (reached, wanting) = fleet
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .converged();
    Json(Convergence { reached, wanting }).into_response()
}

fn signed<'a>(publisher: &Publisher, source: Source, why: &'a str) -> Signed<'a> {
    Signed {
        actor: ACTOR,
        at: publisher.shared.now(),
        source,
        origin: "",
        why,
    }
}

/// The office syncs its log, which is no work for the threads that serve sockets.
async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn refused(code: &str, title: String, next: String) -> Response {
    let problem = Problem {
        title,
        code: code.to_owned(),
        next,
    };
    (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response()
}

fn failed(error: &MasterError) -> Response {
    match error {
        MasterError::NoReason | MasterError::NoChange(_) | MasterError::ChangedSince(..) => {
            refused("refused", error.to_string(), String::new())
        }
        MasterError::Office(_) | MasterError::Store(_) => {
            tracing::error!(%error, "master data could not be changed");
            (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response()
        }
    }
}

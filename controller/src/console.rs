//! The console's pages, on loopback and behind a one-time link until there are accounts.

use std::sync::{Arc, PoisonError};

use anyhow::{Context, ensure};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use storefleet_core::ids::StoreId;
use storefleet_daemon::Shutdown;
use storefleet_journal::{DiskFolder, Reader};
use storefleet_messages::{Catalogue, Language};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::central_log::CentralFormat;
use crate::ingest::thread::Shared;

mod alerts_page;
mod door;
mod fleet_list;
mod fleet_page;
mod frame;
mod journal;
mod live;
mod metrics;
mod sentence;
mod snapshot;
mod store_page;
mod tiles;
mod visitor;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use door::Door;
use live::Pulse;
use snapshot::Snapshot;
use visitor::Visitor;
use words::Words;

/// Named counters of the gate, read when asked.
pub type Counters = Arc<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>;

/// What the pages are made from; clones show the same and open by the same links.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    shared: Shared,
    reader: Reader<DiskFolder, CentralFormat>,
    counters: Counters,
    door: Door,
    pulse: watch::Sender<Pulse>,
    russian: Catalogue,
    english: Catalogue,
}

/// What handlers hold.
#[derive(Clone)]
struct Desk {
    inner: Arc<Inner>,
    port: u16,
    shutdown: Shutdown,
}

impl Console {
    /// A console that nobody can open yet.
    #[must_use]
    pub fn new(
        shared: Shared,
        reader: Reader<DiskFolder, CentralFormat>,
        counters: Counters,
    ) -> Self {
        Self(Arc::new(Inner {
            shared,
            reader,
            counters,
            door: Door::default(),
            pulse: watch::Sender::default(),
            russian: Catalogue::of(Language::Russian),
            english: Catalogue::of(Language::English),
        }))
    }

    /// The one-time link that opens the console; an earlier one that was not used is void.
    #[must_use]
    pub fn link(&self, port: u16) -> String {
        let token = self.0.door.new_link().unwrap_or_default();
        format!("http://127.0.0.1:{port}/open/{token}")
    }
}

impl Inner {
    fn catalogue(&self, language: Language) -> &Catalogue {
        match language {
            Language::Russian => &self.russian,
            Language::English => &self.english,
        }
    }

    fn snapshot(&self) -> Snapshot {
        let now = self.shared.now();
        let fleet = self
            .shared
            .fleet
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Snapshot::of(&fleet, now)
    }
}

/// Serves the pages until it is told to stop.
///
/// # Errors
/// When the listener is open to other machines, or fails.
pub async fn serve(
    listener: TcpListener,
    console: Console,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    let address = listener.local_addr().context("address of the console")?;
    ensure!(
        address.ip().is_loopback(),
        "the console is for this machine only, not for {address}"
    );
    let Console(inner) = console;
    let desk = Desk {
        inner: inner.clone(),
        port: address.port(),
        shutdown: shutdown.clone(),
    };
    let pulse = live::watch_fleet(&inner, shutdown.clone());
    let pages = axum::serve(listener, router(desk))
        .with_graceful_shutdown(async move { shutdown.requested().await });
    let (served, ()) = tokio::join!(pages, pulse);
    served.context("serve the console")
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/fleet")))
        .route("/fleet", get(fleet))
        .route("/stores/{code}", get(store))
        .route("/alerts", get(alerts))
        .route("/api/v1/fleet/map", get(map))
        .route("/events", get(live::events))
        .route("/open/{token}", get(door::open))
        .route("/healthz", get(async || "ok\n"))
        .route("/metrics", get(measurements))
        .route(
            "/web/console.css",
            get(async || embedded("text/css", frame::CSS)),
        )
        .route(
            "/web/console.js",
            get(async || embedded("text/javascript", frame::SCRIPT)),
        )
        .route(
            "/web/icon.svg",
            get(async || embedded("image/svg+xml", frame::ICON)),
        )
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(desk.clone(), door::guard))
        .with_state(desk)
}

/// Its address changes with its content.
fn embedded(kind: &'static str, content: &'static str) -> Response {
    let kept = "public, max-age=31536000, immutable";
    (
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, kept)],
        content,
    )
        .into_response()
}

async fn fleet(State(desk): State<Desk>, headers: HeaderMap, uri: Uri) -> Html<String> {
    let visitor = Visitor::of(&headers, &uri);
    let snapshot = desk.inner.snapshot();
    let words = Words {
        catalogue: desk.inner.catalogue(visitor.language),
        now: snapshot.now,
    };
    Html(fleet_page::page(&words, &visitor, &snapshot).into_string())
}

async fn alerts(State(desk): State<Desk>, headers: HeaderMap, uri: Uri) -> Html<String> {
    let visitor = Visitor::of(&headers, &uri);
    let snapshot = desk.inner.snapshot();
    let words = Words {
        catalogue: desk.inner.catalogue(visitor.language),
        now: snapshot.now,
    };
    Html(alerts_page::page(&words, &visitor, &snapshot).into_string())
}

async fn store(
    State(desk): State<Desk>,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let visitor = Visitor::of(&headers, &uri);
    let inner = desk.inner.clone();
    // The log is on disk.
    let page = tokio::task::spawn_blocking(move || store_answer(&inner, &visitor, &code)).await;
    page.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn store_answer(inner: &Inner, visitor: &Visitor, code: &str) -> Response {
    let snapshot = inner.snapshot();
    let words = Words {
        catalogue: inner.catalogue(visitor.language),
        now: snapshot.now,
    };
    let shop = code
        .parse::<StoreId>()
        .ok()
        .and_then(|id| snapshot.shop(&id));
    let Some(shop) = shop else {
        let page = store_page::unknown(&words, visitor, snapshot.alarm_count());
        return (StatusCode::NOT_FOUND, Html(page.into_string())).into_response();
    };
    let card = {
        let office = inner
            .shared
            .office
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        shop.workplaces
            .iter()
            .find_map(|place| office.registry().store_card(&place.id))
    };
    let journal = journal::newest(&inner.reader, shop);
    let seen = store_page::Seen {
        shop,
        card: card.as_ref(),
        journal: &journal,
    };
    let page = store_page::page(&words, visitor, &seen, snapshot.alarm_count());
    Html(page.into_string()).into_response()
}

async fn map(State(desk): State<Desk>) -> Response {
    let snapshot = desk.inner.snapshot();
    let states: String = snapshot
        .shops
        .iter()
        .map(|shop| shop.status.letter())
        .collect();
    let stores: Vec<&str> = snapshot.shops.iter().map(|shop| shop.id.as_str()).collect();
    let as_of = words::iso(snapshot.now);
    axum::Json(serde_json::json!({ "as_of": as_of, "states": states, "stores": stores }))
        .into_response()
}

async fn measurements(State(desk): State<Desk>) -> Response {
    let text = metrics::page(&desk.inner.snapshot(), &(desk.inner.counters)());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

async fn nowhere(State(desk): State<Desk>, headers: HeaderMap, uri: Uri) -> Response {
    let visitor = Visitor::of(&headers, &uri);
    let catalogue = desk.inner.catalogue(visitor.language);
    let words = Words {
        catalogue,
        now: desk.inner.shared.now(),
    };
    let texts = [words.text("nowhere-next")];
    let page = frame::bare(&words, visitor.theme, &words.text("nowhere-title"), &texts);
    (StatusCode::NOT_FOUND, Html(page.into_string())).into_response()
}

//! The console's pages, on loopback and behind a one-time link until there are accounts.

use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, ensure};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use storefleet_core::ids::StoreId;
use storefleet_daemon::Shutdown;
use storefleet_journal::{DiskFolder, Reader};
use storefleet_messages::{Catalogue, Language};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::central_log::CentralFormat;
use crate::datasets::Publisher;
use crate::ingest::thread::Shared;
use crate::master::find::Finder;
use crate::master::{MasterStore, StoreError};
use crate::rollouts::Rollouts;
use crate::tails::Tails;

mod alerts_page;
mod assortment;
mod catalog;
mod changes;
mod charge;
mod deeds;
mod door;
mod fleet_list;
mod fleet_page;
mod form;
mod frame;
mod import_page;
mod journal;
mod live;
mod metrics;
mod preview;
mod prices;
mod promotions;
mod publish;
mod rollouts;
mod scene;
mod sentence;
mod snapshot;
mod store_page;
mod tails_page;
mod telling;
mod tiles;
mod upload;
mod visitor;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use deeds::Deeds;
use door::{Door, Person};
use import_page::Files;
use live::Pulse;
use scene::Scene;
use snapshot::Snapshot;
use visitor::Visitor;
use words::Words;

/// Whom a link is for where nobody says.
const SOMEBODY: &str = "desk";

/// Named counters of the gate, read when asked.
pub type Counters = Arc<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>;

/// What the pages are made from; clones show the same and open by the same links.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    shared: Shared,
    publisher: Publisher,
    rollouts: Rollouts,
    tails: Tails,
    finder: Mutex<Finder>,
    deeds: Deeds,
    files: Files,
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
    /// A console that nobody can open yet; `data` is the folder where files wait for a person.
    #[must_use]
    pub fn new(
        rollouts: Rollouts,
        data: &FilePath,
        reader: Reader<DiskFolder, CentralFormat>,
        counters: Counters,
    ) -> Self {
        Self(Arc::new(Inner {
            shared: rollouts.publisher().shared.clone(),
            publisher: rollouts.publisher().clone(),
            tails: Tails {
                publisher: rollouts.publisher().clone(),
                log: reader.clone(),
            },
            rollouts,
            finder: Mutex::default(),
            deeds: Deeds::default(),
            files: Files::new(data),
            reader,
            counters,
            door: Door::default(),
            pulse: watch::Sender::default(),
            russian: Catalogue::of(Language::Russian),
            english: Catalogue::of(Language::English),
        }))
    }

    /// The one-time link that opens the console to nobody in particular; an earlier one that was not used is void.
    #[must_use]
    pub fn link(&self, port: u16) -> String {
        self.link_for(port, SOMEBODY).unwrap_or_default()
    }

    /// The one-time link for a person, whose name stands beside everything that is done with it; nothing for a
    /// text that is no name.
    #[must_use]
    pub fn link_for(&self, port: u16, name: &str) -> Option<String> {
        let token = self.0.door.new_link(Person::of(name)?)?;
        Some(format!("http://127.0.0.1:{port}/open/{token}"))
    }
}

/// Whom a link is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkOrder {
    #[serde(default)]
    name: Option<String>,
}

/// The route of the admin socket that gives links.
pub fn links(console: Console, port: u16) -> Router {
    let link = async move |Query(order): Query<LinkOrder>| {
        let name = order.name.as_deref().unwrap_or(SOMEBODY);
        match console.link_for(port, name) {
            Some(link) => Json(serde_json::json!({ "link": link })).into_response(),
            None => {
                let problem = storefleet_provision::admin::Problem {
                    title: format!("{name:?} is no name of a person"),
                    code: "name".to_owned(),
                    next: "give 1 to 40 letters, digits, spaces, dots or dashes".to_owned(),
                };
                (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response()
            }
        }
    };
    Router::new().route("/v1/console-link", post(link))
}

impl Inner {
    fn catalogue(&self, language: Language) -> &Catalogue {
        match language {
            Language::Russian => &self.russian,
            Language::English => &self.english,
        }
    }

    /// The index, brought up to what the store holds.
    fn finder(&self, store: &MasterStore) -> Result<MutexGuard<'_, Finder>, StoreError> {
        let mut finder = self.finder.lock().unwrap_or_else(PoisonError::into_inner);
        finder.follow(store)?;
        Ok(finder)
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
        .merge(catalog::routes())
        .merge(charge::routes())
        .merge(changes::routes())
        .merge(import_page::routes())
        .merge(prices::routes())
        .merge(promotions::routes())
        .merge(assortment::routes())
        .merge(rollouts::routes())
        .merge(tails_page::routes())
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

async fn fleet(scene: Scene) -> Html<String> {
    let page = fleet_page::page(&scene.words(), &scene.visitor, &scene.inner.snapshot());
    Html(page.into_string())
}

async fn alerts(scene: Scene) -> Html<String> {
    let page = alerts_page::page(&scene.words(), &scene.visitor, &scene.inner.snapshot());
    Html(page.into_string())
}

async fn store(scene: Scene, Path(code): Path<String>) -> Response {
    // The log is on disk.
    let show = move |scene: &Scene| Ok(store_answer(&scene.inner, &scene.visitor, &code));
    scene.show_live(show).await
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

//! Routes of the till API: each reads its call, asks the store loop, and writes the answer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use futures_util::Stream;
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use storefleet_core::coupon::UsedCoupons;
use storefleet_core::dataset::telling::{Known, Office};
use storefleet_core::entry::RequestRef;
use storefleet_core::ids::Hash;
use storefleet_core::shelf_tag::ShelfTags;
use storefleet_core::workplace::View;
use storefleet_core::workplace::decide::{Asked, Request};
use storefleet_messages::Catalogue;
use tokio::sync::{mpsc, oneshot, watch};

use crate::datasets::snapshot::Snapshot;
use crate::store_thread::{Input, Progress, StoreClock};
use crate::till::answers::{Answered, Report, StateOut};
use crate::till::carts;
use crate::till::datasets;
use crate::till::errors::TillErrors;
use crate::till::guard::{Guard, guarded};
use crate::till::problem::Problem;
use crate::till::requests::{
    Call, CloseShift, IntoRequest, MoveCash, OpenShift, Sell, TakeBack, WriteOff, store_time,
};
use crate::till::staff::{self, PinTries};
use crate::till::tags;

/// Largest body of a call: the largest receipt as JSON, with room.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What these calls are, for the programs of a till; a test holds it against the code.
const OPENAPI: &str = include_str!("../../openapi.json");

/// What the routes share.
#[derive(Clone)]
pub struct Till {
    /// The owner of the state.
    pub inputs: mpsc::Sender<Input>,
    /// What is durable.
    pub progress: watch::Receiver<Progress>,
    /// Newest entry the centre acknowledged.
    pub acked: watch::Receiver<storefleet_core::epoch::Mark>,
    /// Whether business times are accepted.
    pub training: bool,
    /// What carts are priced with; none before the first datasets came.
    pub snapshots: watch::Receiver<Option<Arc<Snapshot>>>,
    /// What is known of the datasets.
    pub known: watch::Receiver<Arc<Known>>,
    /// Whether the office is heard.
    pub office: watch::Receiver<Office>,
    /// The store's wall.
    pub clock: StoreClock,
    /// Tags on the shelf.
    pub tags: watch::Receiver<ShelfTags>,
    /// Personal coupon codes that were used here.
    pub coupons: watch::Receiver<UsedCoupons>,
    /// Texts in the store's language.
    pub messages: Arc<Catalogue>,
    /// How often the till could not do its work.
    pub errors: TillErrors,
    /// Wrong PINs.
    pub pins: PinTries,
}

/// Every call; the description in `openapi.json` lists the same.
fn routes() -> [(&'static str, MethodRouter<Till>); 17] {
    [
        ("/v1/shift/open", post(ask::<OpenShift>)),
        ("/v1/shift/close", post(ask::<CloseShift>)),
        ("/v1/shift/x", get(x_report)),
        ("/v1/receipts", post(ask::<Sell>)),
        ("/v1/returns", post(ask::<TakeBack>)),
        ("/v1/cash", post(ask::<MoveCash>)),
        ("/v1/writeoffs", post(ask::<WriteOff>)),
        ("/v1/items/{code}", get(carts::item)),
        ("/v1/carts/price", post(carts::price)),
        ("/v1/carts/sell", post(carts::sell)),
        ("/v1/staff/check", post(staff::check)),
        ("/v1/datasets", get(datasets::told)),
        ("/v1/tags", get(tags::tasks)),
        ("/v1/tags/printed", post(tags::printed)),
        ("/v1/state", get(state)),
        ("/v1/events", get(events)),
        ("/v1/openapi.json", get(|| async { description() })),
    ]
}

/// The till API behind its guard.
pub fn router(till: Till, guard: Guard) -> Router {
    let told = (till.messages.clone(), till.errors.clone());
    let no_such_call = |status| async move { Problem::new(status, "no-such-call").into_response() };
    routes()
        .into_iter()
        .fold(Router::new(), |router, (path, call)| {
            router.route(path, call)
        })
        .fallback(move || no_such_call(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(move || no_such_call(StatusCode::METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(till)
        .layer(middleware::from_fn_with_state(guard, guarded))
        .layer(middleware::from_fn_with_state(told, in_words))
}

fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// Problems get their texts and are counted in one place, whoever raised them.
async fn in_words(
    State((messages, errors)): State<(Arc<Catalogue>, TillErrors)>,
    request: HttpRequest,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => {
            errors.note(&problem);
            problem.in_words(&messages).into_response()
        }
        None => response,
    }
}

async fn ask<T: DeserializeOwned + IntoRequest>(
    State(till): State<Till>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    ask_as(&till, (&uri, &headers), body, T::into_request).await
}

/// Asks for what `into_request` makes of the data of the call.
pub(super) async fn ask_as<T: DeserializeOwned>(
    till: &Till,
    (uri, headers): (&Uri, &HeaderMap),
    body: Result<Bytes, BytesRejection>,
    into_request: impl FnOnce(T) -> Result<Request, Problem>,
) -> Response {
    let Ok(body) = body else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large").into_response();
    };
    match read(uri, headers, &body, into_request) {
        Ok(asked) => settled(till, asked).await,
        Err(problem) => problem.into_response(),
    }
}

/// Asks the store loop and gives its answer, once it is durable.
async fn settled(till: &Till, asked: Asked) -> Response {
    let (reply, answer) = oneshot::channel();
    if till
        .inputs
        .send(Input::Ask(Box::new(asked), reply))
        .await
        .is_err()
    {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    match answer.await {
        Ok(Ok(answer)) => Json(Answered::of(&answer)).into_response(),
        Ok(Err(refusal)) => Problem::refused(&refusal).into_response(),
        Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response(),
    }
}

/// A request with the client's key and the hash of its body.
fn read<T: DeserializeOwned>(
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    into_request: impl FnOnce(T) -> Result<Request, Problem>,
) -> Result<Asked, Problem> {
    let key = idempotency_key(headers)?.to_owned();
    let call: Call<T> =
        serde_json::from_slice(body).map_err(|error| Problem::malformed(error.to_string()))?;
    let business_time = call.business_time.as_deref().map(store_time);
    Ok(Asked {
        request: into_request(call.data)?,
        key: RequestRef {
            key,
            hash: request_hash(uri.path(), body),
        },
        employee: call.employee,
        business_time: business_time.transpose()?,
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .filter(|key| !key.is_empty())
        .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "key-missing"))
}

fn request_hash(path: &str, body: &[u8]) -> Hash {
    let whole = [path.as_bytes(), b"\n", body].concat();
    let mut hash = Hash::default();
    hash.0
        .iter_mut()
        .zip(digest(&SHA256, &whole).as_ref())
        .for_each(|(to, from)| *to = *from);
    hash
}

pub(super) async fn view(till: &Till) -> Result<Box<View>, Problem> {
    let stopping = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    let (reply, state) = oneshot::channel();
    till.inputs
        .send(Input::View(reply))
        .await
        .map_err(|_| stopping())?;
    state.await.map_err(|_| stopping())
}

async fn x_report(State(till): State<Till>) -> Response {
    match view(&till).await.map(|state| Report::x(&state)) {
        Ok(Some(report)) => Json(report).into_response(),
        Ok(None) => Problem::new(StatusCode::CONFLICT, "shift-closed").into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn state_out(till: &Till) -> Result<StateOut, Problem> {
    let state = view(till).await?;
    let acked = *till.acked.borrow();
    let sent = if acked.epoch == state.head.epoch {
        acked.seq.0
    } else {
        0
    };
    Ok(StateOut::of(
        &state,
        till.training,
        state.head.seq.0.saturating_sub(sent),
    ))
}

async fn state(State(till): State<Till>) -> Response {
    match state_out(&till).await {
        Ok(state) => Json(state).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// The state now, and again whenever more became durable or was acknowledged.
async fn events(State(till): State<Till>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = futures_util::stream::unfold((till, true), |(mut till, first)| async move {
        if !first {
            tokio::select! {
                changed = till.progress.changed() => changed.ok()?,
                changed = till.acked.changed() => changed.ok()?,
            }
        }
        let state = state_out(&till).await.ok()?;
        let event = Event::default().event("state").json_data(state).ok()?;
        Some((Ok(event), (till, false)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

#[cfg(test)]
pub(crate) mod tests;

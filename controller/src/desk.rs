//! HTTPS beside MQTT on the gate's port: enrolment and renewal, proved in their bodies.

use std::sync::PoisonError;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use storefleet_wire::enrol::REQUEST_BYTES_MAX;

use crate::ingest::thread::Shared;

/// What the desk needs.
#[derive(Clone)]
pub struct Desk {
    /// Office and clock.
    pub shared: Shared,
    /// Gates to name in answers, as `host:port`.
    pub brokers: Vec<String>,
}

/// The desk's routes.
pub fn router(desk: Desk) -> Router {
    Router::new()
        .route("/v1/enrol", post(enrol))
        .route("/v1/renew", post(renew))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(desk)
}

async fn enrol(State(desk): State<Desk>, body: Bytes) -> Response {
    answer(desk, body, false).await
}

async fn renew(State(desk): State<Desk>, body: Bytes) -> Response {
    answer(desk, body, true).await
}

/// The office signs and syncs, which is no work for the threads that serve sockets.
async fn answer(desk: Desk, body: Bytes, renewal: bool) -> Response {
    let answered = tokio::task::spawn_blocking(move || {
        let mut office = desk
            .shared
            .office
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        office.answer(&body, renewal, &desk.brokers, desk.shared.now())
    });
    match answered.await {
        Ok(Ok(Ok(answer))) => {
            ([(header::CONTENT_TYPE, "application/cbor")], answer).into_response()
        }
        Ok(Ok(Err(refusal))) => (StatusCode::FORBIDDEN, refusal.to_string()).into_response(),
        Ok(Err(error)) => unavailable(&error.to_string()),
        Err(error) => unavailable(&error.to_string()),
    }
}

fn unavailable(error: &str) -> Response {
    tracing::error!(error, "the office cannot answer");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "the centre cannot answer now; try again in a minute",
    )
        .into_response()
}

//! How the admin socket answers programs: work that waits for a disk, and what is refused.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use storefleet_provision::admin::Problem;

/// The office syncs its log, which is no work for the threads that serve sockets.
pub(crate) async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// What was asked may not be: what is wrong, and what to do.
pub(crate) fn refused(code: &str, title: String, next: String) -> Response {
    let problem = Problem {
        title,
        code: code.to_owned(),
        next,
    };
    (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response()
}

/// The centre's own fault.
pub(crate) fn unavailable(error: &str) -> Response {
    tracing::error!(error, "the office's data could not be changed or read");
    (StatusCode::SERVICE_UNAVAILABLE, error.to_owned()).into_response()
}

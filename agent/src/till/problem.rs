//! How a refusal or an error looks to a till.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use storefleet_core::workplace::decide::Refusal;

/// A refusal or error as `application/problem+json` (RFC 9457), with a code and the next step.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    #[serde(skip)]
    status: StatusCode,
    code: &'static str,
    title: String,
    detail: String,
    next: String,
}

impl Problem {
    /// A problem whose texts stand in the message catalogue under its code.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            title: code.to_owned(),
            detail: String::new(),
            next: String::new(),
        }
    }

    /// A word that is none of the known ones.
    #[must_use]
    pub fn word(what: &str, given: &str, known: &str) -> Self {
        Self {
            detail: format!("{what} {given:?}: expected {known}"),
            ..Self::new(StatusCode::BAD_REQUEST, "malformed")
        }
    }

    /// A body that cannot be read, with the place.
    #[must_use]
    pub fn malformed(detail: String) -> Self {
        Self {
            detail,
            ..Self::new(StatusCode::BAD_REQUEST, "malformed")
        }
    }

    /// A refusal of the store loop.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        let status = match refusal {
            Refusal::ShiftClosed | Refusal::ShiftOpen(_) | Refusal::CouponUsed(_) => {
                StatusCode::CONFLICT
            }
            Refusal::BusinessTime => StatusCode::FORBIDDEN,
            Refusal::TooLarge | Refusal::TooManyLines(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Incomplete => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::OriginUnknown(_) => StatusCode::NOT_FOUND,
            Refusal::KeyReused
            | Refusal::NoLines
            | Refusal::Quantity { .. }
            | Refusal::Amount { .. }
            | Refusal::OutOfRange
            | Refusal::Text(_)
            | Refusal::SerialQuantity { .. }
            | Refusal::Unbalanced { .. }
            | Refusal::TooMuchReturned { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self {
            detail: refusal.to_string(),
            ..Self::new(status, refusal.code())
        }
    }

    /// A cart with a line that cannot be sold; the record says which and why.
    #[must_use]
    pub fn cart_refused(record: String) -> Self {
        Self {
            detail: record,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "cart-refused")
        }
    }

    /// The cart costs something else than what the customer agreed to.
    #[must_use]
    pub fn price_changed(detail: String) -> Self {
        Self {
            detail,
            ..Self::new(StatusCode::CONFLICT, "price-changed")
        }
    }

    /// The office stopped the sale of an item.
    #[must_use]
    pub fn stopped(detail: String) -> Self {
        Self {
            detail,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "item-stopped")
        }
    }

    /// Whether the till could not do its work, and whoever asked did nothing wrong.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.status.is_server_error() || self.code == "cart-refused"
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The same with title and next step in the till's language.
    #[must_use]
    pub fn in_words(mut self, messages: &storefleet_messages::Catalogue) -> Self {
        self.title = messages.text(&format!("till-{}", self.code));
        self.next = messages.text(&format!("till-{}-next", self.code));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response.extensions_mut().insert(self);
        response
    }
}

//! Late tails on the admin socket: those that wait, and what a person decides.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use storefleet_core::document::adoption::Adoption;
use storefleet_core::ids::{Epoch, Seq};
use storefleet_core::master::change::Source;
use storefleet_core::money::Quantity;

use super::{Tail, TailError, Tails, Verdicts};
use crate::admin_answers::{blocking, refused, unavailable};
use crate::master::{MasterError, Signed};

/// The routes.
pub fn router(tails: Tails) -> Router {
    Router::new()
        .route("/v1/tails", get(list))
        .route("/v1/tails/{workplace}/{epoch}/{verdict}", post(decide))
        .with_state(tails)
}

/// A tail as it is shown.
#[derive(Debug, Serialize)]
struct TailOut {
    workplace: String,
    epoch: u32,
    first: u64,
    last: u64,
    received_ms: i64,
    receipts: u64,
    total_kop: i64,
    /// Thousandths of all goods that left the shelf.
    sold_milli: i64,
    serials: usize,
}

impl TailOut {
    fn of(tail: &Tail) -> Self {
        let stock = tail.adoptions.iter().flat_map(|it| &it.stock);
        let moved: Quantity = stock.map(|row| row.quantity).sum();
        let serials = |adoption: &Adoption| adoption.serials.len();
        Self {
            workplace: tail.workplace.to_string(),
            epoch: tail.last.epoch.0,
            first: tail.first.0,
            last: tail.last.seq.0,
            received_ms: tail.received.0,
            receipts: tail.receipts,
            total_kop: tail.total_kop,
            sold_milli: moved.negated().0,
            serials: tail.adoptions.iter().map(serials).sum(),
        }
    }
}

async fn list(State(tails): State<Tails>) -> Response {
    blocking(move || match tails.waiting() {
        Ok(waiting) => {
            let out: Vec<_> = waiting.iter().map(TailOut::of).collect();
            Json(out).into_response()
        }
        Err(error) => answer(&error),
    })
    .await
}

/// Who decides, on what, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// The last entry that was looked at.
    to: u64,
    why: String,
    #[serde(rename = "as")]
    name: String,
}

async fn decide(
    State(tails): State<Tails>,
    Path((workplace, epoch, verdict)): Path<(String, u32, String)>,
    Query(decision): Query<Decision>,
) -> Response {
    let accepted = match verdict.as_str() {
        "accept" => true,
        "refuse" => false,
        _ => {
            let title = format!("a tail cannot be {verdict:?}");
            return refused("verdict", title, "say accept or refuse".to_owned());
        }
    };
    let Ok(workplace) = workplace.parse() else {
        let title = format!("{workplace:?} is no workplace");
        return refused("workplace", title, "correct the name".to_owned());
    };
    if decision.why.trim().is_empty() {
        return answer(&TailError::Master(MasterError::NoReason));
    }
    blocking(move || {
        let actor = format!("cli:{}", decision.name);
        let by = Signed {
            actor: &actor,
            at: tails.publisher.shared.now(),
            source: Source::Api,
            origin: "",
            why: &decision.why,
        };
        let verdict = Verdicts {
            epoch: Epoch(epoch),
            to: Seq(decision.to),
            accepted,
        };
        match tails.decide(&workplace, verdict, by) {
            Ok(()) => Json(accepted).into_response(),
            Err(error) => answer(&error),
        }
    })
    .await
}

fn answer(error: &TailError) -> Response {
    match error {
        TailError::None(..) | TailError::Grew(_) | TailError::Master(MasterError::NoReason) => {
            let next = "look at `tails list`, then say it again".to_owned();
            refused("tail", error.to_string(), next)
        }
        TailError::History(_) | TailError::Master(_) => unavailable(&error.to_string()),
    }
}

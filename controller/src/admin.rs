//! The admin socket: claims, revocations and retirements, for who can open the socket's file.

use std::sync::PoisonError;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_messages::Language;
use storefleet_provision::admin::{
    CLAIMS_PATH, ClaimAnswer, ClaimRequest, Problem, RETIREMENTS_PATH, REVOCATIONS_PATH,
    WORKPLACES_PATH, WithdrawRequest, WorkplaceRow,
};
use storefleet_provision::registry::{CardFields, ClaimOrder, Standing};

use crate::gate::GateHandle;
use crate::ingest::thread::Shared;
use crate::office::OfficeError;

/// What the socket's routes need.
#[derive(Clone)]
pub struct Admin {
    /// Office, fleet and clock.
    pub shared: Shared,
    /// Drops live connections of who is revoked.
    pub gate: GateHandle,
}

/// The socket's routes.
pub fn router(admin: Admin) -> Router {
    Router::new()
        .route(CLAIMS_PATH, post(claim))
        .route(REVOCATIONS_PATH, post(revoke))
        .route(RETIREMENTS_PATH, post(retire))
        .route(WORKPLACES_PATH, get(workplaces))
        .with_state(admin)
}

/// Whoever can open the socket acts as the system's user.
const ACTOR: &str = "cli:admin-socket";

async fn claim(State(admin): State<Admin>, Json(request): Json<ClaimRequest>) -> Response {
    let order = match order(request) {
        Ok(order) => order,
        Err(problem) => return refused(*problem),
    };
    blocking(move || {
        let shared = &admin.shared;
        let workplace = order.workplace.clone();
        let mut office = shared.office.lock().unwrap_or_else(PoisonError::into_inner);
        let made = office.claim(order, ACTOR, shared.now());
        drop(office);
        match made {
            Ok((code, expires)) => {
                let mut fleet = shared.fleet.lock().unwrap_or_else(PoisonError::into_inner);
                fleet.enrolled(&workplace);
                Json(ClaimAnswer {
                    code: code.to_string(),
                    expires: rfc3339(expires),
                })
                .into_response()
            }
            Err(error) => failed(&error),
        }
    })
    .await
}

fn order(request: ClaimRequest) -> Result<ClaimOrder, Box<Problem>> {
    let workplace = parse(&request.workplace)?;
    if jiff::tz::TimeZone::get(&request.time_zone).is_err() {
        return Err(Box::new(Problem {
            title: format!("time zone {:?} is unknown", request.time_zone),
            code: "time-zone".to_owned(),
            next: "give an IANA name such as Europe/Moscow".to_owned(),
        }));
    }
    Ok(ClaimOrder {
        workplace,
        card: CardFields {
            time_zone: request.time_zone,
            legal_entity: request.legal_entity,
            language: match Language::of(&request.language) {
                Language::Russian => storefleet_wire::enrol::Language::Ru,
                Language::English => storefleet_wire::enrol::Language::En,
            },
        },
        training: request.training,
        replaces: request.replaces,
    })
}

async fn revoke(State(admin): State<Admin>, Json(request): Json<WithdrawRequest>) -> Response {
    withdraw(admin, request, false).await
}

async fn retire(State(admin): State<Admin>, Json(request): Json<WithdrawRequest>) -> Response {
    withdraw(admin, request, true).await
}

/// The connection is dropped only after the fact is durable, so it cannot come back.
async fn withdraw(admin: Admin, request: WithdrawRequest, for_good: bool) -> Response {
    let workplace = match parse(&request.workplace) {
        Ok(workplace) => workplace,
        Err(problem) => return refused(*problem),
    };
    blocking(move || {
        let shared = &admin.shared;
        let mut office = shared.office.lock().unwrap_or_else(PoisonError::into_inner);
        let now = shared.now();
        let done = if for_good {
            office.retire(&workplace, &request.reason, ACTOR, now)
        } else {
            office.revoke(&workplace, &request.reason, ACTOR, now)
        };
        drop(office);
        match done {
            Ok(()) => {
                admin.gate.disconnect(&workplace, "withdrawn by the office");
                StatusCode::NO_CONTENT.into_response()
            }
            Err(error) => failed(&error),
        }
    })
    .await
}

async fn workplaces(State(admin): State<Admin>) -> Response {
    let office = admin
        .shared
        .office
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let registry = office.registry();
    let rows: Vec<_> = registry
        .workplaces()
        .filter_map(|id| registry.status(id))
        .map(|status| WorkplaceRow {
            workplace: status.workplace.to_string(),
            standing: match status.standing {
                None => "claimed",
                Some(Standing::Active) => "enrolled",
                Some(Standing::Revoked { .. }) => "revoked",
                Some(Standing::Retired { .. }) => "retired",
            }
            .to_owned(),
            training: status.training,
            certificate_until: status.certificate_until.map(rfc3339),
            claim_until: status.claim_until.map(rfc3339),
        })
        .collect();
    Json(rows).into_response()
}

fn parse(workplace: &str) -> Result<WorkplaceId, Box<Problem>> {
    workplace
        .parse()
        .map_err(|error: storefleet_core::ids::IdError| {
            Box::new(Problem {
                title: error.to_string(),
                code: "workplace".to_owned(),
                next: "correct the workplace id".to_owned(),
            })
        })
}

async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn refused(problem: Problem) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(problem)).into_response()
}

fn failed(error: &OfficeError) -> Response {
    let (status, code) = match error {
        OfficeError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
        OfficeError::Open(_)
        | OfficeError::Read(_)
        | OfficeError::Append(_)
        | OfficeError::Commit(_)
        | OfficeError::Entry(..)
        | OfficeError::Keys(_)
        | OfficeError::KeyList(_)
        | OfficeError::Claim(_)
        | OfficeError::Fold(_) => (StatusCode::SERVICE_UNAVAILABLE, "office"),
    };
    let problem = Problem {
        title: error.to_string(),
        code: code.to_owned(),
        next: String::new(),
    };
    (status, Json(problem)).into_response()
}

fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|at| at.to_string())
        .unwrap_or_default()
}

//! HTTPS beside MQTT on the gate's port: enrolment, renewal, the tails of retired machines, and what
//! a disk lost, each proved in its body.

use std::sync::{Arc, OnceLock, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use storefleet_core::cbor;
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::sync::message::{Missing, RepairQuestion, SegmentQuestion};
use storefleet_journal::{DiskFolder, Reader};
use storefleet_provision::registry::Registry;
use storefleet_wire::enrol::REQUEST_BYTES_MAX;
use storefleet_wire::envelope::{Kind, MESSAGE_BYTES_MAX, Sealed};
use storefleet_wire::{batch, message};
use tokio::sync::{mpsc, oneshot};

use crate::central_log::CentralFormat;
use crate::datasets::segments::{SegmentError, Segments};
use crate::gate::GateHandle;
use crate::history::{self, LogHistories};
use crate::ingest::thread::{Input, Shared, Tail};

/// What the desk needs.
#[derive(Clone)]
pub struct Desk {
    /// Office and clock.
    pub shared: Shared,
    /// Gates to name in answers, as `host:port`.
    pub brokers: Vec<String>,
    /// The central log: a replacement machine begins with what it holds.
    pub log: Reader<DiskFolder, CentralFormat>,
    /// Where tails go; not owned, for ingest ends when its owners are gone.
    pub inbox: mpsc::WeakSender<Input>,
    /// Segments of datasets.
    pub segments: Segments,
    /// The gate, once it stands: it drops the connection of a machine that was replaced.
    pub gate: Arc<OnceLock<GateHandle>>,
}

impl Desk {
    fn ask_office<T>(&self, question: impl FnOnce(&Registry) -> T) -> T {
        let office = self.shared.office.lock();
        question(office.unwrap_or_else(PoisonError::into_inner).registry())
    }
}

/// The desk's routes.
pub fn router(desk: Desk) -> Router {
    let small = Router::new()
        .route("/v1/enrol", post(enrol))
        .route("/v1/renew", post(renew))
        .route("/v1/missing", post(missing))
        .route("/v1/segment", post(segment))
        .route("/v1/repair", post(repair))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX));
    Router::new()
        .route("/v1/tail", post(tail))
        .layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX))
        .merge(small)
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
        let histories = LogHistories(desk.log.clone());
        let now = desk.shared.now();
        let mut office = desk
            .shared
            .office
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let answered = office.answer(&body, renewal, &desk.brokers, &histories, now);
        drop(office);
        answered.map(|answered| {
            if let (Some(workplace), Some(gate)) = (&answered.retired, desk.gate.get()) {
                gate.disconnect(workplace, "replaced by another machine");
            }
            answered.reply
        })
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

/// Takes a batch of a retired machine; it is proved by the journal key before anything is kept.
async fn tail(State(desk): State<Desk>, body: Bytes) -> Response {
    let Some(workplace) = retired_sender(&desk, &body) else {
        let told = "no machine that was retired signed this batch; a machine in use connects to \
                    the gate";
        return (StatusCode::FORBIDDEN, told).into_response();
    };
    let (answer, answered) = oneshot::channel();
    let tail = Tail {
        workplace,
        payload: body,
        at: desk.shared.now(),
        answer,
    };
    let Some(inbox) = desk.inbox.upgrade() else {
        return unavailable("ingest ended");
    };
    if inbox.send(Input::Tail(tail)).await.is_err() {
        return unavailable("ingest ended");
    }
    drop(inbox);
    match answered.await {
        Ok(ack) => ([(header::CONTENT_TYPE, "application/cbor")], ack).into_response(),
        Err(_) => unavailable("ingest gave no answer"),
    }
}

/// Gives a workplace back what it signed once and its disk lost.
async fn missing(State(desk): State<Desk>, body: Bytes) -> Response {
    let asked: Option<Missing> = proved(&desk, Kind::Missing, &body);
    let Some(asked) = asked else {
        return (StatusCode::FORBIDDEN, NOBODY).into_response();
    };
    let read = tokio::task::spawn_blocking(move || history::held_behind(&desk.log, &asked));
    match read.await {
        Ok(Ok(held)) => {
            let answer = cbor::encode(&held);
            ([(header::CONTENT_TYPE, "application/cbor")], answer).into_response()
        }
        Ok(Err(error)) => unavailable(&error.to_string()),
        Err(error) => unavailable(&error.to_string()),
    }
}

/// Gives a workplace a piece of a segment that it lacks.
async fn segment(State(desk): State<Desk>, body: Bytes) -> Response {
    let gone = "that version is not the newest any more; a newer manifest names the next";
    answered(desk, Kind::Segment, &body, gone, |desk, asked| {
        let asked: SegmentQuestion = asked;
        desk.segments.piece(&asked.need, asked.offset)
    })
    .await
}

/// Gives a workplace hashes or records that mend a damaged layer.
async fn repair(State(desk): State<Desk>, body: Bytes) -> Response {
    let gone = "the office does not hold what was asked for; fetch the layer whole";
    answered(desk, Kind::Repair, &body, gone, |desk, asked| {
        let asked: RepairQuestion = asked;
        desk.segments.repair(&asked)
    })
    .await
}

/// Answers a signed question about datasets from the disk; `gone` says what to do where there is no answer.
async fn answered<Q, A>(
    desk: Desk,
    kind: Kind,
    body: &[u8],
    gone: &'static str,
    answer: impl FnOnce(&Desk, Q) -> Result<Option<A>, SegmentError> + Send + 'static,
) -> Response
where
    Q: Question + Send + 'static,
    A: minicbor::Encode<()> + Send + 'static,
{
    let Some(asked) = proved(&desk, kind, body) else {
        return (StatusCode::FORBIDDEN, NOBODY).into_response();
    };
    let read = tokio::task::spawn_blocking(move || answer(&desk, asked));
    match read.await {
        Ok(Ok(Some(answer))) => {
            let answer = cbor::encode(&answer);
            ([(header::CONTENT_TYPE, "application/cbor")], answer).into_response()
        }
        Ok(Ok(None)) => (StatusCode::GONE, gone).into_response(),
        Ok(Err(error)) => unavailable(&error.to_string()),
        Err(error) => unavailable(&error.to_string()),
    }
}

/// What a workplace refuses to be answered with unless its journal key signed the question.
const NOBODY: &str = "no workplace enrolled here signed this question";

/// A question that says whose it is and which epoch's key signed it.
trait Question: for<'b> minicbor::Decode<'b, ()> {
    fn asker(&self) -> (&WorkplaceId, Epoch);
}

impl Question for Missing {
    fn asker(&self) -> (&WorkplaceId, Epoch) {
        (&self.workplace, self.have.epoch)
    }
}

impl Question for SegmentQuestion {
    fn asker(&self) -> (&WorkplaceId, Epoch) {
        (&self.workplace, self.epoch)
    }
}

impl Question for RepairQuestion {
    fn asker(&self) -> (&WorkplaceId, Epoch) {
        (&self.workplace, self.epoch)
    }
}

fn proved<Q: Question>(desk: &Desk, kind: Kind, body: &[u8]) -> Option<Q> {
    let claimed = Sealed::parse(body).ok()?.body_unverified(kind);
    let claimed: Q = cbor::decode(&claimed.ok()?).ok()?;
    let (workplace, epoch) = claimed.asker();
    let key = desk.ask_office(|registry| registry.journal_key(workplace, epoch))?;
    message::read(kind, &key, body).ok()
}

fn retired_sender(desk: &Desk, body: &[u8]) -> Option<WorkplaceId> {
    let claimed = batch::open_unverified(body)?;
    let (workplace, epoch) = (&claimed.workplace, claimed.epoch);
    let key = desk.ask_office(|registry| {
        let key = registry.journal_key(workplace, epoch);
        key.filter(|_| registry.is_retired(workplace, epoch))
    })?;
    batch::open(&key, body).ok().map(|batch| batch.workplace)
}

fn unavailable(error: &str) -> Response {
    tracing::error!(error, "the office cannot answer");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "the centre cannot answer now; try again in a minute",
    )
        .into_response()
}

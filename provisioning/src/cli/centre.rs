//! Commands to the running centre over its local admin socket.

use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use storefleet_provision::admin::{
    CLAIMS_PATH, ClaimAnswer, ClaimRequest, Problem, RETIREMENTS_PATH, REVOCATIONS_PATH,
    SOCKET_NAME, WORKPLACES_PATH, WithdrawRequest, WorkplaceRow,
};
use tokio::net::UnixStream;

use super::{CentrePlace, ClaimOrder, Failure, WithdrawOrder};

/// A claim takes the centre some tenths of a second; anything near this is a centre that hangs.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
/// Room for the rows of 50,000 workplaces.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(crate) fn claim(order: ClaimOrder) -> Result<(), Failure> {
    let request = ClaimRequest {
        workplace: order.workplace.to_string(),
        time_zone: order.time_zone,
        legal_entity: order.legal_entity,
        language: order.language,
        training: order.training,
        replaces: order.replaces,
    };
    let answer = ask(&order.centre, Method::POST, CLAIMS_PATH, Some(&request))?;
    let answer: ClaimAnswer = read(&answer)?;
    println!("{}", answer.code);
    eprintln!("type it on {} until {}", order.workplace, answer.expires);
    Ok(())
}

pub(crate) fn revoke(order: WithdrawOrder) -> Result<(), Failure> {
    withdraw(order, REVOCATIONS_PATH, "revoked")
}

pub(crate) fn retire(order: WithdrawOrder) -> Result<(), Failure> {
    withdraw(order, RETIREMENTS_PATH, "retired")
}

fn withdraw(order: WithdrawOrder, path: &str, done: &str) -> Result<(), Failure> {
    let request = WithdrawRequest {
        workplace: order.workplace.to_string(),
        reason: order.reason,
    };
    ask(&order.centre, Method::POST, path, Some(&request))?;
    println!("{} is {done}", order.workplace);
    Ok(())
}

pub(crate) fn workplaces(place: &CentrePlace) -> Result<(), Failure> {
    let rows = ask(place, Method::GET, WORKPLACES_PATH, None::<&()>)?;
    let rows: Vec<WorkplaceRow> = read(&rows)?;
    for row in rows {
        let training = if row.training { "training" } else { "" };
        let until = row
            .certificate_until
            .or(row.claim_until)
            .unwrap_or_default();
        println!("{}\t{}\t{until}\t{training}", row.workplace, row.standing);
    }
    Ok(())
}

fn ask(
    place: &CentrePlace,
    method: Method,
    path: &str,
    body: Option<&impl Serialize>,
) -> Result<Bytes, Failure> {
    let storage = |error: &dyn std::fmt::Display| Failure::Storage(error.to_string());
    let body = body.map(serde_json::to_vec).transpose();
    let body = body.map_err(|error| storage(&error))?.unwrap_or_default();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "admin")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| storage(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| storage(&error))?;
    let socket = place.data.join(SOCKET_NAME);
    let exchange = runtime.block_on(async {
        tokio::time::timeout(ANSWER_TIME_MAX, exchange(&socket, request)).await
    });
    let (status, answer) = match exchange {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(unreachable_centre(&socket, &error)),
        Err(_) => return Err(unreachable_centre(&socket, &"no answer in 30 seconds")),
    };
    if status.is_success() {
        return Ok(answer);
    }
    let text = serde_json::from_slice(&answer).map_or_else(
        |_| format!("the centre answered {status} to {path}; see its log"),
        |problem: Problem| format!("{} ({}); {}", problem.title, problem.code, problem.next),
    );
    Err(if status.is_client_error() {
        Failure::Arguments(text)
    } else {
        Failure::Storage(text)
    })
}

fn unreachable_centre(socket: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Storage(format!(
        "cannot ask the centre at {}: {error}; check --data, that the centre runs, and your rights",
        socket.display()
    ))
}

async fn exchange(
    socket: &Path,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let stream = TokioIo::new(UnixStream::connect(socket).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    // The connection ends when the sender, owned by this block, is dropped.
    let exchange = async move {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
        Ok((status, body.collect().await?.to_bytes()))
    };
    let (answer, ended) = tokio::join!(exchange, connection);
    match (answer, ended) {
        (Ok(answer), _) => Ok(answer),
        (Err(_), Err(ended)) => Err(ended.into()),
        (Err(error), Ok(())) => Err(error),
    }
}

fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(answer).map_err(|error| {
        Failure::Storage(format!(
            "the centre's answer cannot be read: {error}; use the program of the centre's version"
        ))
    })
}

//! One request to the centre over HTTPS on the gate's port: claims, renewals, a retired machine's tail.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use storefleet_wire::enrol::ANSWER_BYTES_MAX;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const DEADLINE: Duration = Duration::from_secs(30);

/// The centre said no, in words for a person.
#[derive(Debug, thiserror::Error)]
#[error("{server} refused ({status}): {told}")]
pub struct Refused {
    server: String,
    status: StatusCode,
    told: String,
}

/// Posts `body` to `path` of `server` (`host:port`) and returns what came back.
///
/// # Errors
/// [`Refused`] when the centre said no; else what stood in the way.
pub async fn post(
    server: &str,
    path: &str,
    tls: ClientConfig,
    body: Vec<u8>,
) -> anyhow::Result<Bytes> {
    match post_in_part(server, path, tls, body).await {
        (answer, None) => Ok(answer.into()),
        (_, Some(error)) => Err(error),
    }
}

/// The same, and what of a good answer came before the line broke: on a slow line that is not to be lost.
pub async fn post_in_part(
    server: &str,
    path: &str,
    tls: ClientConfig,
    body: Vec<u8>,
) -> (Vec<u8>, Option<anyhow::Error>) {
    let mut came = Vec::new();
    let exchange = exchange(server, path, tls, body, &mut came);
    let ended = tokio::time::timeout(DEADLINE, exchange)
        .await
        .with_context(|| format!("{server} did not answer within {} s", DEADLINE.as_secs()));
    (came, ended.flatten().err())
}

async fn exchange(
    server: &str,
    path: &str,
    tls: ClientConfig,
    body: Vec<u8>,
    came: &mut Vec<u8>,
) -> anyhow::Result<()> {
    let (host, _) = server
        .rsplit_once(':')
        .context("the server is written host:port")?;
    let socket = TcpStream::connect(server)
        .await
        .with_context(|| format!("connect to {server}"))?;
    let name = ServerName::try_from(host.to_owned()).context("the host is no valid name")?;
    let tls = TlsConnector::from(Arc::new(tls))
        .connect(name, socket)
        .await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls)).await?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, server)
        .header(header::CONTENT_TYPE, "application/cbor")
        .body(Full::new(Bytes::from(body)))?;
    let exchange = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        if status == StatusCode::OK {
            return read(response.into_body(), came).await;
        }
        let mut told = Vec::new();
        read(response.into_body(), &mut told).await?;
        Err(Refused {
            server: server.to_owned(),
            status,
            told: String::from_utf8_lossy(&told).into_owned(),
        }
        .into())
    };
    tokio::select! {
        answer = exchange => answer,
        ended = connection => match ended {
            Ok(()) => bail!("{server} closed the connection without an answer"),
            Err(error) => Err(error.into()),
        },
    }
}

async fn read(body: Incoming, into: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut body = Limited::new(body, ANSWER_BYTES_MAX);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?;
        if let Ok(bytes) = frame.into_data() {
            into.extend_from_slice(&bytes);
        }
    }
    Ok(())
}

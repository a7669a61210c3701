//! One request to the centre over HTTPS on the gate's port: claims, renewals, a retired machine's tail.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
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
    tokio::time::timeout(DEADLINE, exchange(server, path, tls, body))
        .await
        .with_context(|| format!("{server} did not answer within {} s", DEADLINE.as_secs()))?
}

async fn exchange(
    server: &str,
    path: &str,
    tls: ClientConfig,
    body: Vec<u8>,
) -> anyhow::Result<Bytes> {
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
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?
            .to_bytes();
        if status != StatusCode::OK {
            let (server, told) = (
                server.to_owned(),
                String::from_utf8_lossy(&body).into_owned(),
            );
            return Err(Refused {
                server,
                status,
                told,
            }
            .into());
        }
        Ok(body)
    };
    tokio::select! {
        answer = exchange => answer,
        ended = connection => match ended {
            Ok(()) => bail!("{server} closed the connection without an answer"),
            Err(error) => Err(error.into()),
        },
    }
}

//! The way to a gate, step by step, so that each can be told apart. Nothing is said over MQTT: a second
//! client of this name would look like a clone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::verdict::{Gate, Reached};
use crate::identity::Identity;

/// For each step.
const STEP_MAX: Duration = Duration::from_secs(5);
/// A certificate is judged behind the handshake: whose is not accepted hears of it within this. That
/// it was revoked is said to MQTT clients only.
const ACCEPTED_AFTER: Duration = Duration::from_millis(1_500);

/// Goes as far as the gate lets this machine.
pub(super) async fn probe(name: &str, identity: &Identity) -> Gate {
    let reached = match steps(name, identity).await {
        Ok(()) => Reached::Accepted,
        Err(stopped) => stopped,
    };
    Gate {
        name: name.to_owned(),
        reached,
    }
}

async fn steps(name: &str, identity: &Identity) -> Result<(), Reached> {
    within(lookup_host(name))
        .await
        .and_then(|mut found| found.next().ok_or_else(|| io::Error::other("no address")))
        .map_err(|error| Reached::NoName(error.to_string()))?;
    let socket = within(TcpStream::connect(name))
        .await
        .map_err(|error| Reached::NoConnection(error.to_string()))?;
    let no_tls = |error: anyhow::Error| Reached::NoTls(format!("{error:#}"));
    let config = identity.client_config().map_err(no_tls)?;
    let mut tls = handshake(name, config, socket).await.map_err(no_tls)?;
    match timeout(ACCEPTED_AFTER, tls.read(&mut [0])).await {
        // The gate waits for the first word of an honest machine.
        Err(_) | Ok(Ok(1..)) => Ok(()),
        Ok(Ok(0)) => Err(Reached::NotAccepted("the gate closed the line".to_owned())),
        Ok(Err(error)) => Err(Reached::NotAccepted(error.to_string())),
    }
}

async fn handshake(
    name: &str,
    config: ClientConfig,
    socket: TcpStream,
) -> anyhow::Result<TlsStream<TcpStream>> {
    let (host, _) = name
        .rsplit_once(':')
        .context("a gate is written host:port")?;
    let host = ServerName::try_from(host.to_owned()).context("the host is no valid name")?;
    let tls = TlsConnector::from(Arc::new(config)).connect(host, socket);
    Ok(within(tls).await?)
}

async fn within<T>(step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(STEP_MAX, step)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The centre's time and this machine's, from the head of an answer on the same port.
pub(super) async fn time(name: &str, identity: &Identity) -> Option<(Timestamp, Timestamp)> {
    let socket = within(TcpStream::connect(name)).await.ok()?;
    let tls = handshake(name, identity.https_config().ok()?, socket);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Empty<Bytes>>(TokioIo::new(tls.await.ok()?))
            .await
            .ok()?;
    let request = Request::head("/").header(header::HOST, name);
    let request = request.body(Empty::new()).ok()?;
    let exchange = async {
        tokio::select! {
            answer = sender.send_request(request) => answer.ok(),
            _ = connection => None,
        }
    };
    let answer = timeout(STEP_MAX, exchange).await.ok()??;
    let here = Timestamp(Clock::start().wall_ms());
    let date = answer.headers().get(header::DATE)?.to_str().ok()?;
    let centre = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    Some((Timestamp(centre.as_millisecond()), here))
}

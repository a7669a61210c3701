//! Asks the running centre through its admin socket.

use std::path::Path;

use anyhow::{Context, bail};
use axum::body::{Body, to_bytes};
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use storefleet_provision::admin::SOCKET_NAME;
use tokio::net::UnixStream;

/// An answer is numbers, names of layers, and sentences.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: &'a str,
    /// The fields of the query.
    pub query: Vec<(&'a str, String)>,
    /// The media type of the body.
    pub media: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl<'a> Question<'a> {
    /// A question without a body.
    #[must_use]
    pub fn get(path: &'a str) -> Self {
        Self {
            method: Method::GET,
            path,
            query: Vec::new(),
            media: "application/octet-stream",
            body: Vec::new(),
        }
    }

    /// An order.
    #[must_use]
    pub fn post(path: &'a str, query: Vec<(&'a str, String)>) -> Self {
        Self {
            method: Method::POST,
            query,
            ..Self::get(path)
        }
    }
}

/// Asks the centre whose data folder is given; an answer that is not JSON comes as a string.
///
/// # Errors
/// When nobody answers, or with the centre's own words why not.
pub async fn ask(data: &Path, question: Question<'_>) -> anyhow::Result<Value> {
    let path = question.path;
    let fields = question.query.iter();
    let fields: Vec<_> = fields
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    let request = Request::builder()
        .method(question.method)
        .uri(format!("{path}?{}", fields.join("&")))
        .header(header::HOST, "admin")
        .header(header::CONTENT_TYPE, question.media)
        .body(Body::from(question.body))?;
    let socket = data.join(SOCKET_NAME);
    let stream = UnixStream::connect(&socket).await.with_context(|| {
        let place = socket.display();
        format!("cannot ask the centre at {place}; check that it runs, and your rights")
    })?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The connection ends when the sender, owned by this block, is dropped.
    let exchange = async move {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = to_bytes(Body::new(response.into_body()), ANSWER_BYTES_MAX).await?;
        anyhow::Ok((status, body))
    };
    let (answer, ended) = tokio::join!(exchange, connection);
    ended?;
    let (status, body) = answer?;
    let told: Value = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).into_owned()));
    if !status.is_success() {
        let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
        let (title, next) = (text("title"), text("next"));
        bail!("{path}: the centre answered {status}: {title}; {next}");
    }
    Ok(told)
}

/// A part of a path or query, whatever it holds.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

//! A till's client: one kept connection, the same key again until there is an answer.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use storefleet_daemon::Tasks;
use tokio::net::TcpStream;

/// How long a till tries before it gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a till's agent is to be found; read again after every failure, for it may be restarted.
pub trait Whereabouts {
    /// Port and token of the agent, while it runs.
    fn find(&self) -> Option<(u16, String)>;
}

/// A client of one till.
pub struct TillClient<W> {
    whereabouts: W,
    connection: Option<(SendRequest<Full<Bytes>>, u16, String)>,
    tasks: Tasks,
    /// Answers that had to be asked for again.
    pub retries: u64,
    /// Between two tries.
    pub pause: Duration,
}

impl<W: Whereabouts> TillClient<W> {
    /// A client that connects when it is first used.
    pub fn new(whereabouts: W) -> Self {
        Self {
            whereabouts,
            connection: None,
            tasks: Tasks::default(),
            retries: 0,
            pause: Duration::from_millis(50),
        }
    }

    /// Posts with an idempotency key until there is an answer.
    pub async fn post(
        &mut self,
        path: &str,
        key: &str,
        body: &str,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        self.send(Method::POST, path, Some(key), body).await
    }

    /// Gets until there is an answer.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<(StatusCode, Bytes)> {
        self.send(Method::GET, path, None, "").await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.try_send(&method, path, key, body).await {
                Ok((StatusCode::SERVICE_UNAVAILABLE, _)) | Err(_) if Instant::now() < deadline => {
                    self.connection = None;
                    self.retries += 1;
                    tokio::time::sleep(self.pause).await;
                }
                Ok(answer) => return Ok(answer),
                Err(error) => return Err(error.context(format!("{path} {key:?}"))),
            }
        }
    }

    async fn try_send(
        &mut self,
        method: &Method,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        if self.connection.is_none() {
            self.connect().await?;
        }
        let Some((sender, port, token)) = &mut self.connection else {
            bail!("no connection")
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, format!("127.0.0.1:{port}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned())))?;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        let (port, token) = self.whereabouts.find().context("the agent is not there")?;
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.set_nodelay(true)?;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        self.tasks.reap();
        self.tasks
            .spawn("till-client", async move { Ok(connection.await?) });
        self.connection = Some((sender, port, token));
        Ok(())
    }
}

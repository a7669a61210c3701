//! Serves HTTPS on the gate's port: enrolment, downloads and the console need no certificate.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use storefleet_daemon::Shutdown;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

/// Also how long an idle connection may wait for the next request.
const HEAD_MAX: Duration = Duration::from_secs(15);
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long a request may finish once the program stops.
const GOODBYE_MAX: Duration = Duration::from_secs(3);

/// Puts the peer's address where handlers find it, as [`ConnectInfo`].
struct WithPeer {
    inner: TowerToHyperService<Router>,
    peer: SocketAddr,
}

impl Service<Request<Incoming>> for WithPeer {
    type Response = Response<axum::body::Body>;
    type Error = std::convert::Infallible;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.inner.call(request)
    }
}

/// Serves one connection to its end; says why it ended.
pub(super) async fn serve(
    stream: Box<TlsStream<TcpStream>>,
    peer: SocketAddr,
    router: Router,
    life: Duration,
    mut shutdown: Shutdown,
) -> &'static str {
    let service = WithPeer {
        inner: TowerToHyperService::new(router),
        peer,
    };
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = timeout(life, connection.as_mut()) => Some(ended),
        () = shutdown.requested() => None,
    };
    match ended {
        Some(Ok(Ok(()))) => "done",
        Some(Ok(Err(_))) => "lost",
        Some(Err(_)) => "too_long",
        None => {
            connection.as_mut().graceful_shutdown();
            match timeout(GOODBYE_MAX, connection).await {
                Ok(Ok(())) => "stopping",
                Ok(Err(_)) | Err(_) => "cut",
            }
        }
    }
}

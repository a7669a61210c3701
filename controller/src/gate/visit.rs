//! One shop's visit: it says who it is, has its session, and the others hear how it ended.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{ConnAck, ConnectReturnCode};
use storefleet_core::ids::WorkplaceId;
use storefleet_daemon::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::Shared;
use super::events::GateEvent;
use super::older;
use super::packet::{self, FromShop, Next};
use super::session::{Ending, READ_BYTES_MIN, Session, Stream};

/// How long a peer may take to hear that it is over.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// Waits for CONNECT, and lives as the workplace until the connection ends.
pub(super) async fn run(
    shared: Arc<Shared>,
    workplace: WorkplaceId,
    peer: SocketAddr,
    mut stream: Stream,
    shutdown: Shutdown,
) {
    let mut input = BytesMut::new();
    let deadline = Duration::from_millis(shared.limits.connect_ms_max);
    let first = read_first(&mut stream, &mut input, shared.limits.connect_bytes_max);
    let refusal = match timeout(deadline, first).await.unwrap_or(Err("timeout")) {
        Ok(FromShop::Connect(connect)) => packet::judge_connect(&connect, &workplace.to_string()),
        Ok(
            FromShop::Publish(_)
            | FromShop::PubAck
            | FromShop::Subscribe(_)
            | FromShop::Ping
            | FromShop::Disconnect,
        ) => Err(("not_connect", ConnectReturnCode::NotAuthorized)),
        Err(what) => Err((what, ConnectReturnCode::NotAuthorized)),
    };
    if let Err((what, code)) = refusal {
        shared.directory.counters.one("connect_refused", what);
        // A line that broke, or was too slow, is no fault of the shop.
        if what != "lost" && what != "timeout" {
            tracing::info!(%workplace, %peer, what, "connect refused");
            let at_ms = shared.clock.wall_ms();
            shared.directory.tell(GateEvent::Violation {
                workplace,
                what,
                at_ms,
            });
            refuse(&mut stream, code).await;
        }
        return;
    }
    let place = shared
        .directory
        .enter(&workplace, peer, shared.clock.wall_ms());
    let mut session = Session::new(shared, workplace, stream, input, place, shutdown);
    let ending = session.serve().await;
    finish(session, ending).await;
}

/// Hears who it is and says that it may not come in, so that a retired machine knows.
pub(super) async fn turn_away(shared: &Shared, mut stream: Stream) {
    let mut input = BytesMut::new();
    let deadline = Duration::from_millis(shared.limits.connect_ms_max);
    let first = read_first(&mut stream, &mut input, shared.limits.connect_bytes_max);
    if let Ok(Ok(FromShop::Connect(_))) = timeout(deadline, first).await {
        refuse(&mut stream, ConnectReturnCode::NotAuthorized).await;
    }
}

async fn read_first(
    stream: &mut Stream,
    input: &mut BytesMut,
    bytes_max: usize,
) -> Result<FromShop, &'static str> {
    loop {
        if let Next::Packet(first) = packet::next(input, bytes_max)? {
            return Ok(first);
        }
        input.reserve(READ_BYTES_MIN);
        if stream.read_buf(input).await.map_err(|_| "lost")? == 0 {
            return Err("lost");
        }
    }
}

async fn refuse(stream: &mut Stream, code: ConnectReturnCode) {
    let mut answer = BytesMut::new();
    if ConnAck::new(code, false).write(&mut answer).is_err() {
        return;
    }
    let goodbye = async {
        stream.write_all(&answer).await?;
        stream.shutdown().await
    };
    // Whether it was heard changes nothing: the connection ends either way.
    drop(timeout(GOODBYE_MAX, goodbye).await);
}

/// Tells the others that it is over, and takes leave of the peer.
async fn finish(mut session: Session, ending: Ending) {
    let now_ms = session.shared.clock.wall_ms();
    session.give_up_waiting();
    let reason = match ending {
        Ending::Closed(reason) => reason,
        Ending::Violation(what) => {
            tracing::info!(workplace = %session.workplace, what, "shop broke a rule");
            session.shared.directory.counters.one("violations", what);
            let workplace = session.workplace.clone();
            session.shared.directory.tell(GateEvent::Violation {
                workplace,
                what,
                at_ms: now_ms,
            });
            "violation"
        }
        Ending::Replaced(newer_spoke) => {
            if older::watch(&mut session, &newer_spoke).await {
                tracing::warn!(workplace = %session.workplace, "two machines use one key");
                session.shared.directory.counters.one("clones", "");
                let (workplace, at_ms) =
                    (session.workplace.clone(), session.shared.clock.wall_ms());
                session
                    .shared
                    .directory
                    .tell(GateEvent::Clone { workplace, at_ms });
            }
            "replaced"
        }
    };
    session.shared.directory.counters.one("closed", reason);
    // A shop that fell silent has been gone since it spoke last.
    let gone_ms = match reason {
        "silent" => session.place.sign.last_packet_ms.load(Ordering::Relaxed),
        _ => now_ms,
    };
    session
        .shared
        .directory
        .leave(&session.workplace, session.place.session, reason, gone_ms);
    let Session {
        shared,
        workplace,
        mut stream,
        place,
        ..
    } = session;
    drop(place);
    shared.directory.forget_older(&workplace);
    // A courtesy; a peer that does not take it is gone all the same.
    drop(timeout(GOODBYE_MAX, stream.shutdown()).await);
}

//! Listens to a replaced connection: if it still speaks, two machines use one key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep_until};

use super::directory::Control;
use super::packet::{self, FromShop, Next};
use super::session::Session;

const READ_BYTES: usize = 4 * 1_024;

/// Whether the connection spoke after the newer one had.
///
/// An agent that lost its line leaves a half-open connection behind, with bytes that lay unread
/// while the gate paced it: those say nothing. So a packet counts only once the socket was seen
/// empty after the takeover, and only after the newer connection sent one of its own.
pub(super) async fn watch(session: &mut Session, newer_spoke: &AtomicBool) -> bool {
    let limits = &session.shared.limits;
    let until = Instant::now() + Duration::from_millis(limits.old_session_watch_ms);
    let mut drained = false;
    loop {
        loop {
            match packet::next(&mut session.input, limits.packet_bytes_max) {
                Ok(Next::Missing(_)) => break,
                // Taking leave, or no MQTT at all, is not a machine at work.
                Ok(Next::Packet(FromShop::Disconnect)) | Err(_) => return false,
                Ok(Next::Packet(_)) => {
                    if drained && newer_spoke.load(Ordering::Relaxed) {
                        return true;
                    }
                }
            }
        }
        if session.input.is_empty() {
            session.input = BytesMut::new();
        }
        session.input.reserve(READ_BYTES);
        let closed = session
            .place
            .control
            .wait_for(|control| matches!(control, Control::Close(_)));
        let read = tokio::select! {
            biased;
            _ = closed => return false,
            () = session.shutdown.requested() => return false,
            // Unconstrained, or a used-up budget would look like an empty socket.
            read = unconstrained(session.stream.read_buf(&mut session.input)) => read,
            () = std::future::ready(()), if !drained => {
                drained = true;
                continue;
            }
            () = sleep_until(until) => return false,
        };
        if !matches!(read, Ok(1..)) {
            return false;
        }
    }
}

//! The limits of the gate, each with its default.

use storefleet_wire::envelope::MESSAGE_BYTES_MAX;

/// Bounds of what one peer, and all of them, can make the gate spend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Open connections of every kind; more are closed at once.
    pub connections_max: usize,
    /// Of these, HTTPS ones, so that browsers never crowd out shops.
    pub https_max: usize,
    /// Life of one HTTPS connection: long enough for a large file over a slow line.
    pub https_ms_max: u64,
    /// Handshakes worked on at once; more wait within their deadline.
    pub handshakes_max: usize,
    /// From accept to the end of the TLS handshake.
    pub handshake_ms_max: u64,
    /// From the handshake to a whole CONNECT.
    pub connect_ms_max: u64,
    /// Size of a CONNECT.
    pub connect_bytes_max: usize,
    /// Size of any other packet.
    pub packet_bytes_max: usize,
    /// Packets a second of one connection; above it the gate reads more slowly.
    pub messages_per_s: u64,
    /// Packets at once before that.
    pub burst_messages: u64,
    /// Bytes a second of one connection; above it the gate reads more slowly.
    pub bytes_per_s: u64,
    /// Bytes at once before that: what a shop sends after a night without a line.
    pub burst_bytes: u64,
    /// Messages waiting for one slow reader; one more closes its connection, and it asks again.
    pub queue_messages_max: usize,
    /// One write to a peer, and how long the peer may leave what was written untaken.
    pub write_ms_max: u64,
    /// Silence of a shop, which pings every 20 s.
    pub silent_ms_max: u64,
    /// From the first byte of a packet to its last: a batch over the slowest line worth having.
    pub packet_ms_max: u64,
    /// New connections a second of one address, before any TLS.
    pub connections_per_ip_per_s: u64,
    /// New connections at once of one address: shops of one chain may share one.
    pub connections_per_ip_burst: u64,
    /// How long a replaced connection is listened to, to notice a copied key.
    pub old_session_watch_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            https_max: 512,
            https_ms_max: 15 * 60_000,
            handshakes_max: 512,
            handshake_ms_max: 10_000,
            connect_ms_max: 5_000,
            connect_bytes_max: 1_024,
            packet_bytes_max: MESSAGE_BYTES_MAX + 1_024,
            messages_per_s: 20,
            burst_messages: 100,
            bytes_per_s: 1024 * 1024,
            burst_bytes: 4 * 1024 * 1024,
            queue_messages_max: 16,
            write_ms_max: 20_000,
            silent_ms_max: 30_000,
            packet_ms_max: 60_000,
            connections_per_ip_per_s: 20,
            connections_per_ip_burst: 200,
            old_session_watch_ms: 25_000,
        }
    }
}

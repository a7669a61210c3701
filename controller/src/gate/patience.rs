//! How long a peer may say nothing, and how long it may take over one packet.

use std::time::Duration;

use tokio::time::Instant;

use super::limits::Limits;

/// What a peer is given time for; what the gate itself made wait does not count.
#[derive(Debug)]
pub(super) struct Patience {
    silent_max: Duration,
    packet_max: Duration,
    read_at: Instant,
    /// Since when a packet lies unfinished in the buffer.
    begun_at: Option<Instant>,
}

impl Patience {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            silent_max: Duration::from_millis(limits.silent_ms_max),
            packet_max: Duration::from_millis(limits.packet_ms_max),
            read_at: now,
            begun_at: None,
        }
    }

    /// Bytes came.
    pub(super) fn heard(&mut self, now: Instant) {
        self.read_at = now;
    }

    /// A packet is whole.
    pub(super) fn finished(&mut self) {
        self.begun_at = None;
    }

    /// A packet is not whole and more of it is waited for.
    pub(super) fn waits(&mut self, now: Instant) {
        self.begun_at.get_or_insert(now);
    }

    /// The socket is read again after the gate did not.
    pub(super) fn goes_on(&mut self, now: Instant) {
        self.read_at = now;
        self.begun_at = None;
    }

    /// When it ends, if nothing comes.
    pub(super) fn ends_at(&self) -> Instant {
        let silent_at = self.read_at + self.silent_max;
        self.late_at()
            .map_or(silent_at, |late_at| late_at.min(silent_at))
    }

    /// Why it ended, as in the counters.
    pub(super) fn reason(&self, now: Instant) -> &'static str {
        if self.late_at().is_some_and(|late_at| late_at <= now) {
            "slow_packet"
        } else {
            "silent"
        }
    }

    fn late_at(&self) -> Option<Instant> {
        self.begun_at.map(|at| at + self.packet_max)
    }
}

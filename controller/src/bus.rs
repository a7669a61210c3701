//! Carries what the shops say from the gate to the ingest, and makes the gate wait when it lags.
//!
//! rumqttd's router, the default carrier, has no back-pressure: it takes every publish and skips
//! what its reader did not fetch in time. So the bytes handed to a bus and not yet released by the
//! host are counted against a budget of half the router's log; without a permit of the budget the
//! gate neither acknowledges a message nor reads that socket further.

use std::sync::Arc;

use bytes::Bytes;
use storefleet_core::ids::WorkplaceId;
use storefleet_wire::topic::Up;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

mod channel;
mod router;
#[cfg(test)]
mod tests;

pub use channel::ChannelBus;
pub use router::RouterBus;

/// Every message costs at least this much of the budget, so that a flood of empty ones is bounded.
const MESSAGE_COST_MIN: usize = 256;
/// What a message costs beside its payload: head, topic and the router's own accounting.
const MESSAGE_COST_EXTRA: usize = 64;
/// Log of a router of an ordinary centre; half of it may be on its way at any moment.
pub const LOG_BYTES: usize = 32 * 1024 * 1024;
/// A smaller log could not hold the largest message twice.
const LOG_BYTES_MIN: usize = 2 * 1024 * 1024;
/// Messages ready for the host; when full, they wait in the bus, within the budget.
const READY_MESSAGES: usize = 64;

/// The bus has come to an end; the process must too, for nothing can be taken any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bus is closed")]
pub struct BusClosed;

/// The right to have some bytes on the bus; dropping it makes room for others.
#[derive(Debug)]
pub struct Permit(OwnedSemaphorePermit);

impl Permit {
    /// Bytes of the budget this permit holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.num_permits()
    }
}

/// A message as the gate hands it over, still lying in the gate's read buffer.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Who said it: proved by certificate.
    pub workplace: &'a WorkplaceId,
    /// What it is.
    pub class: Up,
    /// The signed envelope; the bus copies it, so that it never pins the gate's buffer.
    pub payload: &'a [u8],
    /// When the gate read it, in milliseconds since 1970.
    pub received_ms: i64,
}

/// A message as the host takes it.
#[derive(Debug)]
pub struct Uplinked {
    /// Who said it: proved by certificate.
    pub workplace: WorkplaceId,
    /// What it is.
    pub class: Up,
    /// The signed envelope.
    pub payload: Bytes,
    /// When the gate read it, in milliseconds since 1970.
    pub received_ms: i64,
    /// Holds room on the bus until this message is dropped: keep it until the work is done.
    pub permit: Permit,
}

/// A way from the gate to the host.
pub trait Bus: Send + Sync + 'static {
    /// Bytes that may be on their way.
    fn budget(&self) -> &Arc<Semaphore>;

    /// Takes a message without waiting. Messages of one workplace keep their order.
    ///
    /// # Errors
    /// When the bus has ended.
    fn put(&self, arrival: Arrival<'_>, permit: Permit) -> Result<(), BusClosed>;

    /// Messages taken and never delivered; anything but 0 is a defect.
    fn gaps(&self) -> u64;
}

/// Takes room for a payload at once, or nothing when there is none now.
#[must_use]
pub fn try_reserve(bus: &dyn Bus, payload_bytes: usize) -> Option<Permit> {
    bus.budget()
        .clone()
        .try_acquire_many_owned(cost(payload_bytes))
        .ok()
        .map(Permit)
}

/// Waits for room for a payload; first come, first served.
///
/// # Errors
/// When the bus has ended.
pub async fn reserve(budget: Arc<Semaphore>, payload_bytes: usize) -> Result<Permit, BusClosed> {
    budget
        .acquire_many_owned(cost(payload_bytes))
        .await
        .map(Permit)
        .map_err(|_| BusClosed)
}

fn cost(payload_bytes: usize) -> u32 {
    let cost = payload_bytes
        .saturating_add(MESSAGE_COST_EXTRA)
        .max(MESSAGE_COST_MIN);
    u32::try_from(cost).unwrap_or(u32::MAX)
}

fn budget(log_bytes: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(
        (log_bytes.max(LOG_BYTES_MIN) / 2).min(Semaphore::MAX_PERMITS),
    ))
}

/// The host's end of a bus.
#[derive(Debug)]
pub struct Uplinks(mpsc::Receiver<Uplinked>);

impl Uplinks {
    /// The next message; nothing once the bus has ended.
    pub async fn recv(&mut self) -> Option<Uplinked> {
        self.0.recv().await
    }
}

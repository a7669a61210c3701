//! The bus as one bounded channel: the twin of the router for tests, and its replacement if needed.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc};

use super::{Arrival, Bus, BusClosed, MESSAGE_COST_MIN, Permit, Uplinked, Uplinks};

/// A bus of one channel.
#[derive(Debug)]
pub struct ChannelBus {
    budget: Arc<Semaphore>,
    sender: mpsc::Sender<Uplinked>,
}

impl ChannelBus {
    /// A bus with room for half of `log_bytes`, and the host's end of it.
    #[must_use]
    pub fn start(log_bytes: usize) -> (Self, Uplinks) {
        let budget = super::budget(log_bytes);
        // Never full: each message holds a permit of at least the least cost.
        let messages_max = budget
            .available_permits()
            .div_euclid(MESSAGE_COST_MIN)
            .max(1);
        let (sender, receiver) = mpsc::channel(messages_max);
        (Self { budget, sender }, Uplinks(receiver))
    }
}

impl Bus for ChannelBus {
    fn budget(&self) -> &Arc<Semaphore> {
        &self.budget
    }

    fn put(&self, arrival: Arrival<'_>, permit: Permit) -> Result<(), BusClosed> {
        let message = Uplinked {
            workplace: arrival.workplace.clone(),
            class: arrival.class,
            payload: Bytes::copy_from_slice(arrival.payload),
            received_ms: arrival.received_ms,
            permit,
        };
        self.sender.try_send(message).map_err(|_| BusClosed)
    }

    fn gaps(&self) -> u64 {
        0
    }
}

//! The bus as rumqttd's router in this process: four links in, chosen by workplace, and one out.
//!
//! A router cannot be stopped: its thread holds a sender to itself. One is started per process and
//! lives as long. Its links block, so each has a thread of its own.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as blocking};
use std::thread;

use anyhow::Context;
use bytes::Bytes;
use rumqttd::local::{LinkBuilder, LinkRx, LinkTx};
use rumqttd::{Notification, Router, RouterConfig};
use storefleet_core::ids::WorkplaceId;
use storefleet_wire::topic::Up;
use tokio::sync::{Semaphore, mpsc};

use super::{Arrival, Bus, BusClosed, LOG_BYTES_MIN, Permit, READY_MESSAGES, Uplinked, Uplinks};

/// Messages of one workplace always take the same lane, or they would overtake each other.
const LANES: usize = 4;
/// One topic for all: the router keeps every topic it ever saw.
const TOPIC: &str = "up";
/// Lane and number in the lane.
const HEAD_BYTES: usize = 9;
/// The router drops its log by segments; with eight, at least seven eighths are kept.
const SEGMENTS: usize = 8;
/// Forwarded to the link at once; below the 200 that the router's link buffer holds.
const FORWARD_MAX: u64 = 100;

/// What stays on this side while the payload is in the router.
struct Underway {
    number: u64,
    workplace: WorkplaceId,
    class: Up,
    received_ms: i64,
    permit: Permit,
}

#[derive(Default)]
struct Lane {
    next: u64,
    underway: VecDeque<Underway>,
}

struct Lanes {
    lanes: [Mutex<Lane>; LANES],
    gaps: AtomicU64,
}

/// A bus of rumqttd's router.
pub struct RouterBus {
    budget: Arc<Semaphore>,
    lanes: Arc<Lanes>,
    senders: [blocking::Sender<Vec<u8>>; LANES],
}

impl std::fmt::Debug for RouterBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "RouterBus({} bytes free)",
            self.budget.available_permits()
        )
    }
}

impl RouterBus {
    /// Starts a router with a log of `log_bytes`, and the host's end of it.
    ///
    /// Blocks for the moment it takes to start the threads.
    ///
    /// # Errors
    /// When the router or a thread does not start.
    pub fn start(log_bytes: usize) -> anyhow::Result<(Self, Uplinks)> {
        let config = RouterConfig {
            max_connections: LANES + 4,
            max_outgoing_packet_count: FORWARD_MAX,
            max_segment_size: log_bytes.max(LOG_BYTES_MIN).div_euclid(SEGMENTS),
            max_segment_count: SEGMENTS,
            initialized_filters: Some(vec![TOPIC.to_owned()]),
            ..RouterConfig::default()
        };
        let router = Router::new(0, config).spawn();
        // A closure, because the type of the router's sender cannot be named.
        let link = |name: &str| {
            LinkBuilder::new(name, router.clone())
                .build()
                .context("opening a link")
        };
        let lanes = Arc::new(Lanes {
            lanes: Default::default(),
            gaps: AtomicU64::new(0),
        });

        let (mut subscriber, mut reader, _) = link("bus-out")?;
        subscriber
            .subscribe(TOPIC)
            .context("subscribing to the bus")?;
        await_subscribed(&mut reader)?;
        let (ready, receiver) = mpsc::channel(READY_MESSAGES);
        let known = Arc::clone(&lanes);
        start_thread("bus-out", move || {
            let error = carry_out(&mut reader, &known, &ready);
            // Held to here: without its writing half the router would forget the link.
            drop(subscriber);
            if let Err(error) = error {
                tracing::error!(error = format!("{error:#}"), "bus ended");
            }
        })?;

        let open_lane = |name: &'static str| -> anyhow::Result<blocking::Sender<Vec<u8>>> {
            let (mut writer, _reader, _) = link(name)?;
            // Not bounded by itself: each message in it holds a permit of the budget.
            let (sender, frames) = blocking::channel();
            start_thread(name, move || {
                let _keep = &_reader;
                if let Err(error) = carry_in(&mut writer, &frames) {
                    tracing::error!(error = format!("{error:#}"), name, "lane of the bus ended");
                }
            })?;
            Ok(sender)
        };
        let senders = [
            open_lane("bus-in-0")?,
            open_lane("bus-in-1")?,
            open_lane("bus-in-2")?,
            open_lane("bus-in-3")?,
        ];
        Ok((
            Self {
                budget: super::budget(log_bytes),
                lanes,
                senders,
            },
            Uplinks(receiver),
        ))
    }
}

impl Bus for RouterBus {
    fn budget(&self) -> &Arc<Semaphore> {
        &self.budget
    }

    fn put(&self, arrival: Arrival<'_>, permit: Permit) -> Result<(), BusClosed> {
        let number = lane_of(arrival.workplace);
        let index = usize::from(number);
        let (lane, sender) = self
            .lanes
            .lanes
            .get(index)
            .zip(self.senders.get(index))
            .ok_or(BusClosed)?;
        let mut frame = Vec::with_capacity(arrival.payload.len().saturating_add(HEAD_BYTES));
        // Numbered and sent under one lock, or two messages could change places.
        let mut lane = locked(lane);
        frame.push(number);
        frame.extend_from_slice(&lane.next.to_be_bytes());
        frame.extend_from_slice(arrival.payload);
        sender.send(frame).map_err(|_| BusClosed)?;
        let underway = Underway {
            number: lane.next,
            workplace: arrival.workplace.clone(),
            class: arrival.class,
            received_ms: arrival.received_ms,
            permit,
        };
        lane.underway.push_back(underway);
        lane.next = lane.next.saturating_add(1);
        Ok(())
    }

    fn gaps(&self) -> u64 {
        self.lanes.gaps.load(Ordering::Relaxed)
    }
}

fn lane_of(workplace: &WorkplaceId) -> u8 {
    let mut hasher = DefaultHasher::new();
    workplace.hash(&mut hasher);
    u8::try_from(hasher.finish() % LANES as u64).unwrap_or(0)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
        .with_context(|| format!("starting thread {name}"))
}

fn await_subscribed(reader: &mut LinkRx) -> anyhow::Result<()> {
    loop {
        let told = reader
            .recv()
            .context("waiting for the subscription of the bus")?;
        if let Some(Notification::DeviceAck(_)) = told {
            return Ok(());
        }
    }
}

fn carry_in(writer: &mut LinkTx, frames: &blocking::Receiver<Vec<u8>>) -> anyhow::Result<()> {
    while let Ok(frame) = frames.recv() {
        writer
            .publish(TOPIC, frame)
            .context("handing a message to the router")?;
    }
    Ok(())
}

/// Ends without an error when the host is gone.
fn carry_out(
    reader: &mut LinkRx,
    lanes: &Lanes,
    ready: &mpsc::Sender<Uplinked>,
) -> anyhow::Result<()> {
    loop {
        let message = match reader.recv().context("taking a message from the router")? {
            Some(Notification::Forward(forward)) => lanes.match_up(&forward.publish.payload),
            Some(Notification::Unschedule) => {
                reader.ready().context("waking the router")?;
                None
            }
            // Acks and replica traffic carry no message of ours.
            Some(_) | None => None,
        };
        if let Some(message) = message
            && ready.blocking_send(message).is_err()
        {
            return Ok(());
        }
    }
}

impl Lanes {
    /// Finds the other half of a message; what was put before it and did not come is a gap.
    fn match_up(&self, frame: &Bytes) -> Option<Uplinked> {
        let (&[lane, number @ ..], _) = frame.split_first_chunk::<HEAD_BYTES>()?;
        let number = u64::from_be_bytes(number);
        let mut lane = locked(self.lanes.get(usize::from(lane))?);
        while let Some(first) = lane.underway.pop_front() {
            if first.number == number {
                return Some(Uplinked {
                    workplace: first.workplace,
                    class: first.class,
                    payload: frame.slice(HEAD_BYTES..),
                    received_ms: first.received_ms,
                    permit: first.permit,
                });
            }
            let gaps = self.gaps.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            tracing::error!(gaps, workplace = %first.workplace, "bus lost a message");
        }
        None
    }
}

//! Knows which workplace has which connection, and hands it what goes down.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use storefleet_core::ids::WorkplaceId;
use storefleet_wire::topic::Down;
use tokio::sync::{mpsc, watch};

use super::counters::Counters;
use super::events::{EventQueue, GateEvent};

/// What became of a message for a workplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// It waits to be written to the connection.
    Queued,
    /// There is no connection that has subscribed; a retained message waits for one.
    Absent,
    /// The connection reads too slowly and was closed; the shop will ask again.
    Overflowed,
}

/// A connection as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// Who.
    pub workplace: WorkplaceId,
    /// Number of the connection.
    pub session: u64,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// From where.
    pub peer: SocketAddr,
    /// When its last packet came, in milliseconds since 1970.
    pub last_packet_ms: i64,
}

/// A message on its way down.
#[derive(Debug)]
pub(super) struct ToShop {
    pub(super) class: Down,
    pub(super) payload: Bytes,
}

/// What a connection must do.
#[derive(Debug, Clone)]
pub(super) enum Control {
    Go,
    /// A newer connection took over; the flag says that the newer one has spoken.
    Replaced(Arc<AtomicBool>),
    Close(&'static str),
}

/// What a connection and the directory share.
#[derive(Debug, Default)]
pub(super) struct Sign {
    pub(super) last_packet_ms: AtomicI64,
    pub(super) spoke: Arc<AtomicBool>,
}

/// A connection's place in the directory.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) session: u64,
    pub(super) down: mpsc::Receiver<ToShop>,
    pub(super) control: watch::Receiver<Control>,
    pub(super) sign: Arc<Sign>,
}

#[derive(Debug)]
struct Live {
    session: u64,
    since_ms: i64,
    peer: SocketAddr,
    subscribed: bool,
    down: mpsc::Sender<ToShop>,
    control: watch::Sender<Control>,
    sign: Arc<Sign>,
}

#[derive(Debug, Default)]
struct Slot {
    live: Option<Live>,
    /// The connection replaced last, which is only listened to; never more than one.
    older: Option<watch::Sender<Control>>,
    /// The last manifest, sent to whoever subscribes.
    manifest: Option<Bytes>,
}

#[derive(Debug, Default)]
struct Slots {
    last_session: u64,
    slots: HashMap<WorkplaceId, Slot>,
}

/// All workplaces that came by. Its lock is never held across an await; it is taken before the
/// events' lock and never after it, so that presence is told in the order it happened.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) events: Arc<EventQueue>,
    pub(super) counters: Arc<Counters>,
    queue_max: usize,
    slots: Mutex<Slots>,
}

impl Directory {
    pub(super) fn new(queue_max: usize) -> Self {
        Self {
            events: Arc::default(),
            counters: Arc::default(),
            queue_max: queue_max.max(1),
            slots: Mutex::default(),
        }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the workplace to a new connection; the one before is replaced.
    pub(super) fn enter(&self, workplace: &WorkplaceId, peer: SocketAddr, at_ms: i64) -> Place {
        let mut slots = self.slots();
        slots.last_session = slots.last_session.saturating_add(1);
        let session = slots.last_session;
        let slot = slots.slots.entry(workplace.clone()).or_default();
        let sign = Arc::new(Sign::default());
        sign.last_packet_ms.store(at_ms, Ordering::Relaxed);
        if let Some(before) = slot.live.take() {
            self.counters.one("evicted", "");
            before
                .control
                .send_replace(Control::Replaced(Arc::clone(&sign.spoke)));
            if let Some(oldest) = slot.older.replace(before.control) {
                oldest.send_replace(Control::Close("replaced"));
            }
        }
        let (down, receiver) = mpsc::channel(self.queue_max);
        let (control, commands) = watch::channel(Control::Go);
        slot.live = Some(Live {
            session,
            since_ms: at_ms,
            peer,
            subscribed: false,
            down,
            control,
            sign: Arc::clone(&sign),
        });
        self.events.online(workplace, session, at_ms);
        Place {
            session,
            down: receiver,
            control: commands,
            sign,
        }
    }

    /// Takes a connection out, if it is still the one.
    pub(super) fn leave(
        &self,
        workplace: &WorkplaceId,
        session: u64,
        reason: &'static str,
        at_ms: i64,
    ) {
        let mut slots = self.slots();
        let Some(slot) = slots.slots.get_mut(workplace) else {
            return;
        };
        if slot
            .live
            .as_ref()
            .is_none_or(|live| live.session != session)
        {
            return;
        }
        slot.live = None;
        self.events.offline(workplace, session, at_ms, reason);
        if slot.manifest.is_none() && slot.older.is_none() {
            slots.slots.remove(workplace);
        }
    }

    /// The replaced connection is gone; what it held is dropped.
    pub(super) fn forget_older(&self, workplace: &WorkplaceId) {
        let mut slots = self.slots();
        let Some(slot) = slots.slots.get_mut(workplace) else {
            return;
        };
        // A still newer one may have taken the place: closed is only the one nobody listens to.
        slot.older.take_if(|older| older.is_closed());
        if slot.manifest.is_none() && slot.older.is_none() && slot.live.is_none() {
            slots.slots.remove(workplace);
        }
    }

    /// From now on messages are queued; answers with the retained one to send first.
    pub(super) fn subscribe(&self, workplace: &WorkplaceId, session: u64) -> Option<Bytes> {
        let mut slots = self.slots();
        let slot = slots.slots.get_mut(workplace)?;
        slot.live
            .as_mut()
            .filter(|live| live.session == session)?
            .subscribed = true;
        slot.manifest.clone()
    }

    pub(super) fn deliver(
        &self,
        workplace: &WorkplaceId,
        message: ToShop,
        retain: bool,
        at_ms: i64,
    ) -> Delivered {
        let mut slots = self.slots();
        if retain && message.class == Down::Manifest {
            let slot = slots.slots.entry(workplace.clone()).or_default();
            slot.manifest = Some(message.payload.clone());
        }
        let Some(slot) = slots.slots.get_mut(workplace) else {
            return Delivered::Absent;
        };
        let Some(live) = slot.live.as_ref().filter(|live| live.subscribed) else {
            return Delivered::Absent;
        };
        match live.down.try_send(message) {
            Ok(()) => Delivered::Queued,
            Err(mpsc::error::TrySendError::Closed(_)) => Delivered::Absent,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.counters.one("overflowed", "");
                self.end_live(workplace, slot, "overflowed", at_ms);
                Delivered::Overflowed
            }
        }
    }

    /// Ends the connection of a workplace and whatever is left of an earlier one.
    pub(super) fn close(&self, workplace: &WorkplaceId, reason: &'static str, at_ms: i64) -> bool {
        let mut slots = self.slots();
        let Some(slot) = slots.slots.get_mut(workplace) else {
            return false;
        };
        if let Some(older) = slot.older.take() {
            older.send_replace(Control::Close(reason));
        }
        self.end_live(workplace, slot, reason, at_ms)
    }

    /// Out of the directory at once: from here on nothing is accepted from it.
    fn end_live(
        &self,
        workplace: &WorkplaceId,
        slot: &mut Slot,
        reason: &'static str,
        at_ms: i64,
    ) -> bool {
        let Some(live) = slot.live.take() else {
            return false;
        };
        live.control.send_replace(Control::Close(reason));
        self.events.offline(workplace, live.session, at_ms, reason);
        true
    }

    pub(super) fn is_online(&self, workplace: &WorkplaceId) -> bool {
        self.slots()
            .slots
            .get(workplace)
            .is_some_and(|slot| slot.live.is_some())
    }

    pub(super) fn online(&self) -> Vec<Connected> {
        let slots = self.slots();
        let connected = |(workplace, slot): (&WorkplaceId, &Slot)| {
            slot.live.as_ref().map(|live| Connected {
                workplace: workplace.clone(),
                session: live.session,
                since_ms: live.since_ms,
                peer: live.peer,
                last_packet_ms: live.sign.last_packet_ms.load(Ordering::Relaxed),
            })
        };
        slots.slots.iter().filter_map(connected).collect()
    }

    pub(super) fn tell(&self, event: GateEvent) {
        if !self.events.tell(event) {
            self.counters.one("events_lost", "");
        }
    }
}

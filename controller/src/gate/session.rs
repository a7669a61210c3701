//! A shop's connection while it is one: one task that owns the socket.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    ConnAck, ConnectReturnCode, PingResp, PubAck, Publish, SubAck, Subscribe, SubscribeReasonCode,
};
use storefleet_core::ids::WorkplaceId;
use storefleet_daemon::Shutdown;
use storefleet_wire::envelope::MESSAGE_BYTES_MAX;
use storefleet_wire::topic::{Down, Up};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::server::TlsStream;

use super::Shared;
use super::directory::{Control, Place, ToShop};
use super::pace::Pace;
use super::packet::{self, FromShop, Next};
use super::patience::Patience;
use crate::bus::{Arrival, BusClosed, Permit, reserve, try_reserve};

/// Room of an idle connection's read buffer; it is all that one keeps.
pub(super) const READ_BYTES_MIN: usize = 1_024;
/// Growth for a larger packet: what was announced and has not come must not cost memory.
const READ_BYTES_MAX: usize = 16 * 1_024;

pub(super) type Stream = Box<TlsStream<TcpStream>>;

/// Why a connection ends.
pub(super) enum Ending {
    /// The reason of a plain end, as in the counters.
    Closed(&'static str),
    Violation(&'static str),
    Replaced(Arc<AtomicBool>),
}

/// A message that waits for room on the bus; until then the socket is not read.
struct Waiting {
    permit: Pin<Box<dyn Future<Output = Result<Permit, BusClosed>> + Send>>,
    publish: Publish,
    class: Up,
    received_ms: i64,
}

/// What a turn of the loop chose.
enum Chosen {
    Control(Ending),
    Permit(Result<Permit, BusClosed>),
    Down(Option<ToShop>),
    Read(std::io::Result<usize>),
    Timer,
}

pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) workplace: WorkplaceId,
    pub(super) stream: Stream,
    pub(super) input: BytesMut,
    pub(super) place: Place,
    pub(super) shutdown: Shutdown,
    /// The workplace as it stands in topics.
    name: String,
    output: BytesMut,
    missing: usize,
    messages: Pace,
    bytes: Pace,
    /// Until then nothing is read, so that the rate is kept.
    paused_until: Option<Instant>,
    waiting: Option<Waiting>,
    patience: Patience,
    last_packet_id: u16,
}

impl Session {
    pub(super) fn new(
        shared: Arc<Shared>,
        workplace: WorkplaceId,
        stream: Stream,
        input: BytesMut,
        place: Place,
        shutdown: Shutdown,
    ) -> Self {
        let now = Instant::now();
        let limits = &shared.limits;
        Self {
            name: workplace.to_string(),
            messages: Pace::new(limits.messages_per_s, limits.burst_messages, now),
            bytes: Pace::new(limits.bytes_per_s, limits.burst_bytes, now),
            patience: Patience::new(limits, now),
            shared,
            workplace,
            stream,
            input,
            place,
            shutdown,
            output: BytesMut::new(),
            missing: 0,
            paused_until: None,
            waiting: None,
            last_packet_id: 0,
        }
    }

    pub(super) async fn serve(&mut self) -> Ending {
        let answered = ConnAck::new(ConnectReturnCode::Success, false).write(&mut self.output);
        if answered.is_err() {
            return Ending::Closed("internal");
        }
        loop {
            let worked = self.work();
            // Acknowledged before the end, so that what the bus has is not sent again.
            if let Err(ending) = self.flush().await {
                return ending;
            }
            if let Err(ending) = worked {
                return ending;
            }
            if let Err(ending) = self.wait().await {
                return ending;
            }
        }
    }

    fn is_reading(&self) -> bool {
        self.waiting.is_none() && self.paused_until.is_none()
    }

    /// Does what the buffer holds, until it must wait for something.
    fn work(&mut self) -> Result<(), Ending> {
        while self.is_reading() && matches!(*self.place.control.borrow(), Control::Go) {
            let before = self.input.len();
            let next = packet::next(&mut self.input, self.shared.limits.packet_bytes_max);
            match next.map_err(Ending::Violation)? {
                Next::Missing(missing) => {
                    self.missing = missing;
                    break;
                }
                Next::Packet(packet) => {
                    self.patience.finished();
                    let size = before.saturating_sub(self.input.len());
                    self.pay(size);
                    self.take(packet)?;
                }
            }
        }
        Ok(())
    }

    /// A packet already read is always done; what follows it waits.
    fn pay(&mut self, packet_bytes: usize) {
        let now = Instant::now();
        let bytes = u64::try_from(packet_bytes).unwrap_or(u64::MAX);
        let pause = self
            .messages
            .spend(1, now)
            .max(self.bytes.spend(bytes, now));
        if !pause.is_zero() {
            self.shared.directory.counters.one("paced", "");
            self.paused_until = Some(now + pause);
        }
    }

    fn take(&mut self, packet: FromShop) -> Result<(), Ending> {
        let now_ms = self.shared.clock.wall_ms();
        self.place
            .sign
            .last_packet_ms
            .store(now_ms, Ordering::Relaxed);
        self.place.sign.spoke.store(true, Ordering::Relaxed);
        match packet {
            FromShop::Publish(publish) => self.on_publish(publish, now_ms),
            FromShop::Subscribe(subscribe) => self.on_subscribe(&subscribe),
            FromShop::Ping => PingResp.write(&mut self.output).map(drop).map_err(internal),
            FromShop::PubAck => Ok(()),
            FromShop::Disconnect => Err(Ending::Closed("disconnected")),
            FromShop::Connect(_) => Err(Ending::Violation("second_connect")),
        }
    }

    fn on_publish(&mut self, publish: Publish, received_ms: i64) -> Result<(), Ending> {
        let class = packet::judge_publish(&publish, &self.name, MESSAGE_BYTES_MAX)
            .map_err(Ending::Violation)?;
        let bus = &self.shared.bus;
        if let Some(permit) = try_reserve(&**bus, publish.payload.len()) {
            return self.put(&publish, class, received_ms, permit);
        }
        self.shared.directory.counters.one("bus_waits", "");
        let permit = Box::pin(reserve(bus.budget().clone(), publish.payload.len()));
        self.waiting = Some(Waiting {
            permit,
            publish,
            class,
            received_ms,
        });
        Ok(())
    }

    fn put(
        &mut self,
        publish: &Publish,
        class: Up,
        received_ms: i64,
        permit: Permit,
    ) -> Result<(), Ending> {
        let arrival = Arrival {
            workplace: &self.workplace,
            class,
            payload: &publish.payload,
            received_ms,
        };
        self.shared
            .bus
            .put(arrival, permit)
            .map_err(|_| Ending::Closed("bus_closed"))?;
        let counters = &self.shared.directory.counters;
        counters.one("messages_up", "");
        counters.add(
            "bytes_up",
            "",
            u64::try_from(publish.payload.len()).unwrap_or(u64::MAX),
        );
        // Only now: a PUBACK means that the bus has it.
        if publish.qos == QoS::AtLeastOnce {
            PubAck::new(publish.pkid)
                .write(&mut self.output)
                .map_err(internal)?;
        }
        Ok(())
    }

    fn on_subscribe(&mut self, subscribe: &Subscribe) -> Result<(), Ending> {
        let qos = packet::judge_subscribe(subscribe, &self.name).map_err(Ending::Violation)?;
        let granted = vec![SubscribeReasonCode::Success(qos)];
        SubAck::new(subscribe.pkid, granted)
            .write(&mut self.output)
            .map_err(internal)?;
        let retained = self
            .shared
            .directory
            .subscribe(&self.workplace, self.place.session);
        match retained {
            Some(payload) => self.send(Down::Manifest, payload, true),
            None => Ok(()),
        }
    }

    fn send(&mut self, class: Down, payload: Bytes, retained: bool) -> Result<(), Ending> {
        let qos = match class {
            // The next ack repeats it.
            Down::Ack => QoS::AtMostOnce,
            Down::Command | Down::Manifest | Down::Keys => QoS::AtLeastOnce,
        };
        let mut publish = Publish::from_bytes(class.topic(&self.workplace), qos, payload);
        publish.retain = retained;
        if qos == QoS::AtLeastOnce {
            self.last_packet_id = self.last_packet_id.checked_add(1).unwrap_or(1);
            publish.pkid = self.last_packet_id;
        }
        self.shared.directory.counters.one("messages_down", "");
        publish.write(&mut self.output).map(drop).map_err(internal)
    }

    async fn flush(&mut self) -> Result<(), Ending> {
        if self.output.is_empty() {
            return Ok(());
        }
        let deadline = Duration::from_millis(self.shared.limits.write_ms_max);
        let write = async {
            self.stream.write_all(&self.output).await?;
            self.stream.flush().await
        };
        let written = tokio::select! {
            biased;
            ending = told(&mut self.place.control) => return Err(ending),
            written = timeout(deadline, write) => written,
        };
        // Given back, so that one large message does not stay in memory for days.
        self.output = BytesMut::new();
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Ending::Closed("lost")),
            Err(_) => Err(Ending::Closed("write_timeout")),
        }
    }

    /// What waits for the bus was not acknowledged, so the shop sends it again; its place in the
    /// queue goes to others.
    pub(super) fn give_up_waiting(&mut self) {
        self.waiting = None;
    }

    async fn wait(&mut self) -> Result<(), Ending> {
        let reading = self.is_reading();
        if reading {
            if self.input.is_empty() {
                self.input = BytesMut::new();
            } else {
                self.patience.waits(Instant::now());
            }
            self.input
                .reserve(self.missing.clamp(READ_BYTES_MIN, READ_BYTES_MAX));
        }
        // While the bus has no room there is nothing to be in time for.
        let wake_at = if reading {
            Some(self.patience.ends_at())
        } else {
            self.paused_until
        };
        let Self {
            shutdown,
            place,
            waiting,
            stream,
            input,
            ..
        } = self;
        let chosen = tokio::select! {
            biased;
            ending = told(&mut place.control) => Chosen::Control(ending),
            () = shutdown.requested() => Chosen::Control(Ending::Closed("stopping")),
            // Before what comes up: acks are what frees a shop.
            message = place.down.recv() => Chosen::Down(message),
            permit = granted(waiting.as_mut()) => Chosen::Permit(permit),
            read = stream.read_buf(input), if reading => Chosen::Read(read),
            () = woken(wake_at) => Chosen::Timer,
        };
        match chosen {
            Chosen::Control(ending) => Err(ending),
            Chosen::Permit(permit) => self.on_permit(permit),
            Chosen::Down(Some(message)) => self.send(message.class, message.payload, false),
            Chosen::Down(None) => Err(Ending::Closed("replaced")),
            Chosen::Read(Ok(0) | Err(_)) => Err(Ending::Closed("lost")),
            Chosen::Read(Ok(_)) => {
                self.patience.heard(Instant::now());
                Ok(())
            }
            Chosen::Timer if reading => {
                let reason = self.patience.reason(Instant::now());
                Err(Ending::Closed(reason))
            }
            Chosen::Timer => {
                self.paused_until = None;
                self.patience.goes_on(Instant::now());
                Ok(())
            }
        }
    }

    fn on_permit(&mut self, permit: Result<Permit, BusClosed>) -> Result<(), Ending> {
        let permit = permit.map_err(|_| Ending::Closed("bus_closed"))?;
        let Some(waiting) = self.waiting.take() else {
            return Ok(());
        };
        self.patience.goes_on(Instant::now());
        self.put(&waiting.publish, waiting.class, waiting.received_ms, permit)
    }
}

/// The codec refuses only what this program composed wrongly.
fn internal(_: rumqttc::mqttbytes::Error) -> Ending {
    Ending::Closed("internal")
}

/// Ends when the connection is told to do something else than going on.
async fn told(control: &mut tokio::sync::watch::Receiver<Control>) -> Ending {
    let told = control
        .wait_for(|control| !matches!(control, Control::Go))
        .await;
    match told.as_deref() {
        Ok(Control::Replaced(newer_spoke)) => Ending::Replaced(Arc::clone(newer_spoke)),
        Ok(Control::Close(reason)) => Ending::Closed(reason),
        Ok(Control::Go) | Err(_) => Ending::Closed("forgotten"),
    }
}

async fn woken(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn granted(waiting: Option<&mut Waiting>) -> Result<Permit, BusClosed> {
    match waiting {
        Some(waiting) => waiting.permit.as_mut().await,
        None => std::future::pending().await,
    }
}

//! The front of the centre: terminates TLS, proves who speaks, and lets each shop use only its own
//! topics before a byte reaches third-party broker code.
//!
//! One port serves two protocols. The ALPN of the ClientHello picks the TLS configuration: `mqtt`
//! must show a certificate and then speaks the narrow part of MQTT 3.1.1 an agent uses; everything
//! else is HTTPS and needs none. The accept loop only accepts; each connection is one task, and all
//! it can spend is bounded by [`Limits`].
//!
//! Counters, as `(name, kind)`: `accepted`; `refused` before TLS (`ip_rate`, `full`, `https_full`);
//! `handshake_failed` (`timeout`, `io`, `tls`, `no_certificate`, `certificate_*`);
//! `identity_refused`; `connect_refused` by rule; `violations` by rule; `closed` by reason;
//! `evicted`, `clones`, `overflowed`, `paced`, `bus_waits`, `messages_up`, `bytes_up`,
//! `messages_down`, `https_ended` by reason, `events_lost`, `accept_failed`.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use rustix::net::sockopt::set_tcp_user_timeout;
use storefleet_core::ids::WorkplaceId;
use storefleet_daemon::{Clock, Shutdown, Tasks};
use storefleet_wire::topic::Down;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use crate::bus::Bus;
use directory::{Directory, ToShop};
use pace::Pace;

mod counters;
mod directory;
mod events;
mod https;
mod limits;
mod older;
mod pace;
mod packet;
mod patience;
mod session;
mod tls;
mod visit;

pub use counters::CounterName;
pub use directory::{Connected, Delivered};
pub use events::{GateEvent, GateEvents};
pub use limits::Limits;
pub use packet::fuzz_packet;
pub use tls::{ALPN_MQTT, GateTls};

/// How long connections may take leave when the program stops.
const STOP_MAX: Duration = Duration::from_secs(5);
/// When there are no file handles left, trying again at once would only burn the processor.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// Addresses remembered before those that are quiet are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// Decides who may come in.
///
/// Asked at each accept, with the certificate of the peer: chain and signature are checked, but on
/// a resumed session not again, so validity, name and revocation are for this to check.
pub trait Admission: Send + Sync + 'static {
    /// The workplace of a certificate.
    ///
    /// # Errors
    /// The reason, for the log, when it may not come in.
    fn admit(&self, certificate_der: &[u8], now_ms: i64) -> Result<WorkplaceId, String>;
}

/// What all connections share.
struct Shared {
    tls: RwLock<Arc<tls::Configs>>,
    admission: Arc<dyn Admission>,
    bus: Arc<dyn Bus>,
    https: Router,
    limits: Limits,
    clock: Clock,
    directory: Directory,
    handshakes: Semaphore,
    connections: Arc<Semaphore>,
    https_places: Semaphore,
    addresses: Mutex<HashMap<IpAddr, Pace>>,
}

/// The gate; each clone may run on another listener.
#[derive(Clone)]
pub struct Gate(Arc<Shared>);

/// What the rest of the centre sees of the gate.
#[derive(Clone)]
pub struct GateHandle(Arc<Shared>);

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Gate").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for GateHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GateHandle").finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate, its handle, and what it will tell.
    ///
    /// # Errors
    /// When certificates or key cannot be used.
    pub fn new(
        tls: &GateTls,
        admission: Arc<dyn Admission>,
        bus: Arc<dyn Bus>,
        https: Router,
        limits: Limits,
    ) -> anyhow::Result<(Self, GateHandle, GateEvents)> {
        let shared = Arc::new(Shared {
            tls: RwLock::new(Arc::new(tls::Configs::new(tls)?)),
            admission,
            bus,
            https,
            clock: Clock::start(),
            directory: Directory::new(limits.queue_messages_max),
            handshakes: Semaphore::new(limits.handshakes_max),
            connections: Arc::new(Semaphore::new(limits.connections_max)),
            https_places: Semaphore::new(limits.https_max),
            addresses: Mutex::default(),
            limits,
        });
        let events = GateEvents(Arc::clone(&shared.directory.events));
        Ok((Self(Arc::clone(&shared)), GateHandle(shared), events))
    }

    /// Accepts until it is told to stop, and then ends all connections.
    ///
    /// # Errors
    /// Never today; a failing accept is counted and tried again.
    pub async fn run(self, listener: TcpListener, mut shutdown: Shutdown) -> anyhow::Result<()> {
        let mut tasks = Tasks::default();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = shutdown.requested() => break,
            };
            tasks.reap();
            let counters = &self.0.directory.counters;
            match accepted {
                Ok((tcp, peer)) => {
                    counters.one("accepted", "");
                    if !self.0.may_try(peer.ip()) {
                        counters.one("refused", "ip_rate");
                        continue;
                    }
                    let Ok(place) = Arc::clone(&self.0.connections).try_acquire_owned() else {
                        counters.one("refused", "full");
                        continue;
                    };
                    let (shared, shutdown) = (Arc::clone(&self.0), tasks.shutdown());
                    tasks.spawn("gate-connection", async move {
                        shared.welcome(tcp, peer, shutdown).await;
                        drop(place);
                        Ok(())
                    });
                }
                Err(error) => {
                    counters.one("accept_failed", "");
                    tracing::warn!(%error, "connection not accepted");
                    sleep(ACCEPT_RETRY).await;
                }
            }
        }
        drop(listener);
        tasks.stop(STOP_MAX).await;
        Ok(())
    }
}

impl Shared {
    /// Whether an address may try now; a network of IPv6 is one address.
    fn may_try(&self, ip: IpAddr) -> bool {
        let ip = match ip.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            v4 @ IpAddr::V4(_) => v4,
        };
        let now = Instant::now();
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= ADDRESSES_MAX {
            addresses.retain(|_, pace| !pace.is_full(now));
        }
        let limits = &self.limits;
        let fresh = || {
            Pace::new(
                limits.connections_per_ip_per_s,
                limits.connections_per_ip_burst,
                now,
            )
        };
        addresses.entry(ip).or_insert_with(fresh).allows(now)
    }

    /// One connection, from accept to its end. Each step is boxed and freed before the next, so
    /// that an idle connection does not keep the room of its handshake.
    async fn welcome(self: Arc<Self>, tcp: TcpStream, peer: SocketAddr, mut shutdown: Shutdown) {
        let counters = &self.directory.counters;
        let deadline = Duration::from_millis(self.limits.handshake_ms_max);
        let handshake = tokio::select! {
            handshake = timeout(deadline, Box::pin(self.handshake(tcp))) => handshake,
            () = shutdown.requested() => return,
        };
        let found = match handshake.unwrap_or(Err("timeout")) {
            Ok(found) => found,
            Err(reason) => {
                tracing::debug!(%peer, reason, "handshake failed");
                counters.one("handshake_failed", reason);
                return;
            }
        };
        match found {
            tls::Peer::Https(stream) => {
                let Ok(_place) = self.https_places.try_acquire() else {
                    counters.one("refused", "https_full");
                    return;
                };
                let life = Duration::from_millis(self.limits.https_ms_max);
                let router = self.https.clone();
                let ended = Box::pin(https::serve(stream, peer, router, life, shutdown)).await;
                counters.one("https_ended", ended);
            }
            tls::Peer::Shop {
                stream,
                certificate,
            } => match self.admission.admit(&certificate, self.clock.wall_ms()) {
                Ok(workplace) => {
                    drop(certificate);
                    let shared = Arc::clone(&self);
                    Box::pin(visit::run(shared, workplace, peer, stream, shutdown)).await;
                }
                Err(reason) => {
                    tracing::info!(%peer, reason, "identity refused");
                    counters.one("identity_refused", "");
                    Box::pin(visit::turn_away(&self, stream)).await;
                }
            },
        }
    }

    async fn handshake(&self, tcp: TcpStream) -> Result<tls::Peer, &'static str> {
        let _place = self.handshakes.acquire().await.map_err(|_| "stopping")?;
        // Acks are small and waited for; without this they would be held back.
        tcp.set_nodelay(true).map_err(|_| "io")?;
        // Small messages fill the system's buffers for minutes before a write here would wait.
        let write_ms = u32::try_from(self.limits.write_ms_max).unwrap_or(u32::MAX);
        set_tcp_user_timeout(&tcp, write_ms).map_err(|_| "io")?;
        let configs = Arc::clone(&self.tls.read().unwrap_or_else(PoisonError::into_inner));
        tls::handshake(tcp, &configs).await
    }
}

impl GateHandle {
    /// Gives a message to a workplace's connection; never waits. Acks go once, commands and
    /// manifests at least once. A retained manifest is kept and sent to whoever subscribes.
    pub fn deliver(
        &self,
        workplace: &WorkplaceId,
        class: Down,
        payload: Bytes,
        retain: bool,
    ) -> Delivered {
        let now_ms = self.0.clock.wall_ms();
        self.0
            .directory
            .deliver(workplace, ToShop { class, payload }, retain, now_ms)
    }

    /// Drops the connection of a workplace, for instance because it was revoked; whether it had one.
    /// It is offline when this returns, and nothing it sends is taken any more.
    pub fn disconnect(&self, workplace: &WorkplaceId, reason: &'static str) -> bool {
        self.0
            .directory
            .close(workplace, reason, self.0.clock.wall_ms())
    }

    /// Uses other certificates for the connections to come; tickets given so far are worth nothing.
    ///
    /// # Errors
    /// When certificates or key cannot be used; then the earlier ones stay.
    pub fn renew(&self, tls: &GateTls) -> anyhow::Result<()> {
        let configs = Arc::new(tls::Configs::new(tls)?);
        *self.0.tls.write().unwrap_or_else(PoisonError::into_inner) = configs;
        Ok(())
    }

    /// All connections as they stand, in no order.
    #[must_use]
    pub fn online(&self) -> Vec<Connected> {
        self.0.directory.online()
    }

    /// Whether a workplace has a connection.
    #[must_use]
    pub fn is_online(&self, workplace: &WorkplaceId) -> bool {
        self.0.directory.is_online(workplace)
    }

    /// All counters that are not 0.
    #[must_use]
    pub fn counters(&self) -> BTreeMap<CounterName, u64> {
        self.0.directory.counters.snapshot()
    }

    /// Messages the bus lost; anything but 0 is a defect.
    #[must_use]
    pub fn bus_gaps(&self) -> u64 {
        self.0.bus.gaps()
    }
}

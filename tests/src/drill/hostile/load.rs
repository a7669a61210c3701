//! What is meant to wear the gate out: floods, peers that stop half way, and slow ones.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use rumqttc::Packet;
use rumqttc::mqttbytes::v4::Connect;
use storefleet_daemon::{Shutdown, Tasks};
use storefleet_wire::topic::down_filter;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::drill::hostile::cases::{Case, Intruder};
use crate::fleet::line::{Line, Visitor, bytes_of, knock};

/// Packets a second the gate takes of one shop, and at once before that.
const MESSAGES_S: u64 = 20;
const MESSAGES_BURST: u64 = 100;
/// Half-open connections at a time.
const HALF_OPEN: usize = 32;
/// A handshake has 10 s, a CONNECT 5, a packet 60.
const NO_TLS_MAX: Duration = Duration::from_secs(14);
const NO_CONNECT_MAX: Duration = Duration::from_secs(9);
const DRIBBLE_MAX: Duration = Duration::from_secs(75);
/// Between two rounds of cases, so that their own address may go on knocking.
const ROUND: Duration = Duration::from_secs(3);
/// The window of a peer that reads nothing.
const WINDOW_BYTES: u32 = 2_304;
/// Closed connections of a flood between two open ones.
const KNOCK_PAUSE: Duration = Duration::from_millis(2);

/// Name of the flood of connections: the first of them are within the gate's rate.
pub(super) const KNOCKS: &str = "knocks";
/// Names of the attacks here.
pub(super) const NAMES: [&str; 7] = [
    KNOCKS,
    "flood",
    "no_tls",
    "no_connect",
    "slow_connect",
    "byte_a_second",
    "reads_nothing",
];

/// What was tried and what was refused, by name.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(super) struct Count {
    /// How often.
    pub(super) tried: u64,
    /// How often that led nowhere.
    pub(super) refused: u64,
}

/// The count of every attack.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<Mutex<BTreeMap<&'static str, Count>>>);

impl Tally {
    fn note(&self, name: &'static str, refused: bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(name).or_default();
        count.tried += 1;
        count.refused += u64::from(refused);
    }

    /// All counts.
    #[must_use]
    pub(super) fn counts(&self) -> BTreeMap<&'static str, Count> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The machines behind the attacks, each of a shop of its own.
pub(super) struct Gang {
    /// Tries the cases one after the other.
    pub(super) intruder: Arc<Intruder>,
    /// Floods with messages.
    pub(super) flooder: Visitor,
    /// Finishes TLS and says nothing.
    pub(super) mute: Visitor,
    /// Writes a byte a second.
    pub(super) dribbler: Visitor,
    /// Reads nothing.
    pub(super) deaf: Visitor,
}

const FLOOD_FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);
const HALF_FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 67);
const SLOW_FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 68);

impl Gang {
    /// Starts everything that fits into a window; it ends with its tasks.
    pub(super) fn attack(&self, tasks: &mut Tasks, tally: &Tally) {
        let port = self.intruder.port;
        let (intruder, tallied) = (Arc::clone(&self.intruder), tally.clone());
        tasks.spawn("cases", cases(intruder, tallied, tasks.shutdown()));
        let flood = flood(self.flooder.clone(), port, tally.clone(), tasks.shutdown());
        tasks.spawn("flood", flood);
        tasks.spawn("knocks", knocks(port, tally.clone(), tasks.shutdown()));
        for _ in 0..HALF_OPEN {
            tasks.spawn("no-tls", no_tls(port, tally.clone(), tasks.shutdown()));
        }
        let mute = no_connect(self.mute.clone(), port, tally.clone(), tasks.shutdown());
        tasks.spawn("no-connect", mute);
    }

    /// The two that only patience ends: until the gate has closed both.
    pub(super) async fn outlast(&self, tally: &Tally) -> anyhow::Result<()> {
        let port = self.intruder.port;
        let dribble = timeout(DRIBBLE_MAX, dribble(&self.dribbler, port));
        let deaf = timeout(DRIBBLE_MAX, deaf(&self.deaf, port));
        let (dribbled, deaf) = tokio::join!(dribble, deaf);
        tally.note("byte_a_second", dribbled.is_ok_and(|ended| ended.is_ok()));
        tally.note("reads_nothing", deaf.is_ok_and(|ended| ended.is_ok()));
        Ok(())
    }
}

async fn cases(
    intruder: Arc<Intruder>,
    tally: Tally,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    loop {
        for (case, name) in Case::ALL {
            let refused = tokio::select! {
                refused = intruder.is_refused(case) => refused,
                () = shutdown.requested() => return Ok(()),
            };
            if let Err(error) = &refused {
                eprintln!("{name}: {error:#}");
            }
            tally.note(name, refused.unwrap_or(false));
        }
        tokio::select! {
            () = sleep(ROUND) => {}
            () = shutdown.requested() => return Ok(()),
        }
    }
}

/// Publishes without a pause; refused means that the gate took no more than its rate.
async fn flood(
    visitor: Visitor,
    port: u16,
    tally: Tally,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut taken = 0_u64;
    let pouring = async {
        let mut line = connected(&visitor, port).await?;
        let topic = format!("sf/1/{}/up/b", visitor.name);
        loop {
            for _ in 0..MESSAGES_BURST {
                line.publish(&topic, &[7; 1_024]).await?;
            }
            let mut answered = 0;
            while answered < MESSAGES_BURST {
                match line.next().await? {
                    Some(Packet::PubAck(_)) => {
                        answered += 1;
                        taken += 1;
                    }
                    Some(_) => {}
                    None => return anyhow::Ok(()),
                }
            }
        }
    };
    tokio::select! {
        poured = pouring => poured?,
        () = shutdown.requested() => {}
    }
    let most = MESSAGES_BURST + MESSAGES_S * (started.elapsed().as_secs() + 2);
    tally.note("flood", taken <= most);
    Ok(())
}

/// Connects without a pause; refused means closed at once, before a byte of TLS.
async fn knocks(port: u16, tally: Tally, mut shutdown: Shutdown) -> anyhow::Result<()> {
    let mut kept = Vec::new();
    let knocking = async {
        loop {
            let mut tcp = knock(port, FLOOD_FROM, None).await?;
            let closed = timeout(KNOCK_PAUSE, tcp.read(&mut [0; 1])).await.is_ok();
            tally.note(KNOCKS, closed);
            if !closed {
                kept.push(tcp);
            }
        }
    };
    tokio::select! {
        ended = knocking => ended,
        () = shutdown.requested() => Ok(()),
    }
}

/// TCP, and then nothing.
async fn no_tls(port: u16, tally: Tally, mut shutdown: Shutdown) -> anyhow::Result<()> {
    let mut tcp = knock(port, HALF_FROM, None).await?;
    tokio::select! {
        closed = is_closed(&mut tcp) => tally.note("no_tls", closed),
        () = shutdown.requested() => {}
    }
    Ok(())
}

async fn is_closed(tcp: &mut TcpStream) -> bool {
    matches!(
        timeout(NO_TLS_MAX, tcp.read(&mut [0; 1])).await,
        Ok(Ok(0) | Err(_))
    )
}

/// TLS, and then nothing, or a CONNECT that never ends.
async fn no_connect(
    visitor: Visitor,
    port: u16,
    tally: Tally,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    let trying = async {
        let mut line = Line::open(&visitor, port, HALF_FROM).await?;
        let closed = timeout(NO_CONNECT_MAX, line.next()).await;
        tally.note("no_connect", matches!(closed, Ok(Ok(None))));
        let mut line = Line::open(&visitor, port, HALF_FROM).await?;
        let connect = bytes_of(&Packet::Connect(Connect::new(&visitor.name)))?;
        let closed = timeout(NO_CONNECT_MAX, dribbled(&mut line, &connect)).await;
        tally.note("slow_connect", closed.is_ok());
        anyhow::Ok(())
    };
    tokio::select! {
        tried = trying => tried,
        () = shutdown.requested() => Ok(()),
    }
}

async fn connected(visitor: &Visitor, port: u16) -> anyhow::Result<Line> {
    let mut line = Line::open(visitor, port, SLOW_FROM).await?;
    greet(visitor, &mut line).await?;
    Ok(line)
}

async fn greet(visitor: &Visitor, line: &mut Line) -> anyhow::Result<()> {
    line.connect(&visitor.name).await?;
    line.subscribe(&down_filter(&visitor.name)).await?;
    for _ in 0..2 {
        if line.next().await?.is_none() {
            bail!("a shop with a valid certificate is not let in");
        }
    }
    Ok(())
}

/// Writes a byte a second until the other side closes.
async fn dribbled(line: &mut Line, bytes: &[u8]) {
    for byte in bytes.iter().cycle() {
        if line.raw(&[*byte]).await.is_err() {
            return;
        }
        if let Ok(Ok(None) | Err(_)) = timeout(Duration::from_secs(1), line.next()).await {
            return;
        }
    }
}

/// A shop that is let in and then sends one endless packet, a byte a second.
async fn dribble(visitor: &Visitor, port: u16) -> anyhow::Result<()> {
    let mut line = connected(visitor, port).await?;
    // PUBLISH of 64 KiB.
    line.raw(&[0x32, 0x80, 0x80, 0x04]).await?;
    dribbled(&mut line, &[0]).await;
    Ok(())
}

/// A shop that makes the centre answer and never reads; ends when it may not write any more.
async fn deaf(visitor: &Visitor, port: u16) -> anyhow::Result<()> {
    let tcp = knock(port, SLOW_FROM, Some(WINDOW_BYTES)).await?;
    let mut line = Line::over(visitor, tcp).await?;
    greet(visitor, &mut line).await?;
    let topic = format!("sf/1/{}/up/b", visitor.name);
    loop {
        if line.publish(&topic, b"no batch").await.is_err() {
            return Ok(());
        }
    }
}

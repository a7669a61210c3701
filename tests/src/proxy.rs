//! A line that can be cut and weighs what it carries: a TCP relay on loopback between one shop and the gate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use storefleet_daemon::{Shutdown, Tasks};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Bytes carried at a time.
const STEP_BYTES: usize = 16 * 1024;

/// A relay; dropping it cuts the line.
pub struct Proxy {
    /// Where the shop connects to.
    pub port: u16,
    whole: Arc<watch::Sender<bool>>,
    carried: Carried,
    _tasks: Tasks,
}

/// Bytes that arrived at the other side, over all connections.
#[derive(Debug, Clone)]
struct Carried {
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
    /// Down to here the line is whole; what would be more cuts it.
    down_max: Arc<AtomicU64>,
}

impl Proxy {
    /// Starts a relay to the gate's port.
    pub async fn start(gate_port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let whole = Arc::new(watch::Sender::new(true));
        let mut tasks = Tasks::default();
        let shutdown = tasks.shutdown();
        let carried = Carried {
            up: Arc::default(),
            down: Arc::default(),
            down_max: Arc::new(AtomicU64::new(u64::MAX)),
        };
        let line = (Arc::clone(&whole), carried.clone());
        tasks.spawn("proxy", accept(listener, gate_port, line, shutdown));
        Ok(Self {
            port,
            whole,
            carried,
            _tasks: tasks,
        })
    }

    /// Bytes carried to the gate.
    #[must_use]
    pub fn bytes_up(&self) -> u64 {
        self.carried.up.load(Ordering::Relaxed)
    }

    /// Bytes carried to the shop.
    #[must_use]
    pub fn bytes_down(&self) -> u64 {
        self.carried.down.load(Ordering::Relaxed)
    }

    /// Cuts the line: what stands breaks, what is new is refused.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Cuts the line as soon as that many bytes were carried to the shop.
    pub fn cut_at(&self, bytes_down: u64) {
        self.carried.down_max.store(bytes_down, Ordering::Relaxed);
    }

    /// Waits until the line is cut.
    pub async fn is_cut(&self) {
        let mut seen = self.whole.subscribe();
        // The sender lives as long as this.
        drop(seen.wait_for(|whole| !whole).await);
    }

    /// Mends the line.
    pub fn heal(&self) {
        self.carried.down_max.store(u64::MAX, Ordering::Relaxed);
        self.whole.send_replace(true);
    }
}

type Line = (Arc<watch::Sender<bool>>, Carried);

async fn accept(
    listener: TcpListener,
    gate_port: u16,
    (whole, carried): Line,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    let mut relays = Tasks::default();
    loop {
        let (shop, _) = tokio::select! {
            accepted = listener.accept() => accepted?,
            () = shutdown.requested() => return Ok(()),
        };
        relays.reap();
        if *whole.borrow() {
            let line = (Arc::clone(&whole), carried.clone());
            relays.spawn("relay", relay(shop, gate_port, line));
        }
    }
}

async fn relay(mut shop: TcpStream, gate_port: u16, (whole, carried): Line) -> anyhow::Result<()> {
    let mut gate = TcpStream::connect(("127.0.0.1", gate_port)).await?;
    shop.set_nodelay(true)?;
    gate.set_nodelay(true)?;
    let (shop_reads, shop_writes) = shop.split();
    let (gate_reads, gate_writes) = gate.split();
    let both = async {
        tokio::try_join!(
            carry(shop_reads, gate_writes, |bytes| {
                carried.up.fetch_add(bytes, Ordering::Relaxed);
                true
            }),
            carry(gate_reads, shop_writes, |bytes| {
                let before = carried.down.fetch_add(bytes, Ordering::Relaxed);
                let is_cut = before + bytes >= carried.down_max.load(Ordering::Relaxed);
                if is_cut {
                    whole.send_replace(false);
                }
                !is_cut
            }),
        )
    };
    let mut seen = whole.subscribe();
    tokio::select! {
        biased;
        cut = seen.wait_for(|whole| !whole) => drop(cut?),
        carried = both => drop(carried?),
    }
    Ok(())
}

/// Carries one direction to its end, and says so to the other side. `carried` says whether it goes on: who mends a
/// line at once must not undo its cut.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    carried: impl Fn(u64) -> bool,
) -> std::io::Result<()> {
    let mut step = vec![0; STEP_BYTES];
    loop {
        let read = from.read(&mut step).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&step[..read]).await?;
        if !carried(read as u64) {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
    }
}

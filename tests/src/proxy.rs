//! A line that can be cut: a TCP relay on loopback between one shop and the gate.

use storefleet_daemon::{Shutdown, Tasks};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A relay; dropping it cuts the line.
pub struct Proxy {
    /// Where the shop connects to.
    pub port: u16,
    whole: watch::Sender<bool>,
    _tasks: Tasks,
}

impl Proxy {
    /// Starts a relay to the gate's port.
    pub async fn start(gate_port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (whole, seen) = watch::channel(true);
        let mut tasks = Tasks::default();
        let shutdown = tasks.shutdown();
        tasks.spawn("proxy", accept(listener, gate_port, seen, shutdown));
        Ok(Self {
            port,
            whole,
            _tasks: tasks,
        })
    }

    /// Cuts the line: what stands breaks, what is new is refused.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Mends the line.
    pub fn heal(&self) {
        self.whole.send_replace(true);
    }
}

async fn accept(
    listener: TcpListener,
    gate_port: u16,
    whole: watch::Receiver<bool>,
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
            relays.spawn("relay", relay(shop, gate_port, whole.clone()));
        }
    }
}

async fn relay(
    mut shop: TcpStream,
    gate_port: u16,
    mut whole: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let mut gate = TcpStream::connect(("127.0.0.1", gate_port)).await?;
    tokio::select! {
        copied = tokio::io::copy_bidirectional(&mut shop, &mut gate) => drop(copied?),
        cut = whole.wait_for(|whole| !whole) => drop(cut?),
    }
    Ok(())
}

//! The processes that take a storm: the gate, mosquitto, and a bare TLS acceptor.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use ring::rand::SystemRandom;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use storefleet_provision::centre::CentreKeys;

use crate::fleet::acceptor::{CHAIN, KEY, ROOTS};
use crate::processes::{Running, free_port};

/// How long a broker may take to listen, or to forget what was closed.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// A broker that listens.
pub struct Broker {
    /// As it is called in figures.
    pub name: &'static str,
    /// Where it listens on loopback.
    pub port: u16,
    /// Its process.
    pub pid: u32,
    /// Says how many handshakes are whole; only of an acceptor that speaks no MQTT.
    pub acceptor: Option<BufReader<ChildStdout>>,
    running: Option<Running>,
}

impl Broker {
    /// The gate of a controller that runs.
    #[must_use]
    pub fn gate(port: u16, pid: u32) -> Self {
        Self {
            name: "gate",
            port,
            pid,
            acceptor: None,
            running: None,
        }
    }

    /// Starts mosquitto with the files of [`write_identity`].
    pub async fn mosquitto(folder: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let settings = folder.join("mosquitto.conf");
        let file = |name: &str| folder.join(name).display().to_string();
        // As root it would leave for a user who cannot read the files of this run.
        let text = format!(
            "user root\nlistener {port} 127.0.0.1\ncafile {}\ncertfile {}\nkeyfile {}\n\
             require_certificate true\nuse_identity_as_username true\nallow_anonymous false\n\
             tls_version tlsv1.3\nmax_connections -1\npersistence false\nlog_dest none\n",
            file(ROOTS),
            file(CHAIN),
            file(KEY),
        );
        fs::write(&settings, text)?;
        let spawned = Command::new("mosquitto")
            .arg("-c")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = match spawned {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!(
                "mosquitto, the broker the gate is compared with, is not installed: \
                 apt-get install -y mosquitto"
            ),
            spawned => spawned.context("start mosquitto")?,
        };
        let pid = child.id();
        let running = Some(Running(child));
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(Instant::now() < deadline, "mosquitto does not listen");
            tokio::time::sleep(LOOK).await;
        }
        Ok(Self {
            name: "mosquitto",
            port,
            pid,
            acceptor: None,
            running,
        })
    }

    /// Starts this program again as a bare acceptor of `expect` handshakes a round.
    pub fn acceptor(folder: &Path, expect: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("acceptor")
            .arg("--folder")
            .arg(folder)
            .arg("--expect")
            .arg(expect.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start the acceptor")?;
        let out = child.stdout.take().context("the acceptor's output")?;
        let pid = child.id();
        let running = Some(Running(child));
        let mut said = BufReader::new(out);
        let mut port = String::new();
        said.read_line(&mut port)?;
        Ok(Self {
            name: "acceptor",
            port: port.trim().parse().context("the acceptor's port")?,
            pid,
            acceptor: Some(said),
            running,
        })
    }

    /// Whether it is ours to stop.
    #[must_use]
    pub fn is_own_process(&self) -> bool {
        self.running.is_some()
    }
}

/// Writes a server identity for brokers that are not ours, under the same authority.
pub fn write_identity(keys: &CentreKeys, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let now = Timestamp(Clock::start().wall_ms());
    let names = ["127.0.0.1".to_owned()];
    let (certificate, key) = keys
        .issuer
        .issue_server(&names, now, &SystemRandom::new())?;
    let issuing = keys.issuer.certificate().to_vec();
    let chain = pem("CERTIFICATE", certificate) + &pem("CERTIFICATE", issuing);
    fs::write(folder.join(CHAIN), chain)?;
    fs::write(folder.join(KEY), pem("PRIVATE KEY", key))?;
    let root = pem("CERTIFICATE", keys.issuer.root().to_vec());
    Ok(fs::write(folder.join(ROOTS), root)?)
}

fn pem(tag: &str, der: Vec<u8>) -> String {
    pem::encode(&pem::Pem::new(tag, der))
}

//! A bare TLS acceptor as a process of its own: the least that a gate can cost.
//!
//! It completes mutual TLS 1.3 handshakes with the gate's kind of certificate, keeps the
//! connections, and speaks no protocol.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use storefleet_daemon::Tasks;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Files of a broker's identity: its chain, key, and the roots of the shops.
pub const CHAIN: &str = "chain.pem";
/// The key of the first certificate of the chain.
pub const KEY: &str = "key.pem";
/// The roots of the shops.
pub const ROOTS: &str = "roots.pem";

/// Prints its port, then a line for every `expect` handshakes; ends when its input does.
pub async fn run(folder: &Path, expect: u64) -> anyhow::Result<()> {
    let acceptor = TlsAcceptor::from(Arc::new(config(folder)?));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.port().to_string())?;
    let whole = Arc::new(AtomicU64::new(0));
    let mut tasks = Tasks::default();
    let (mut parent, mut told) = (tokio::io::stdin(), [0]);
    loop {
        let (tcp, _) = tokio::select! {
            accepted = listener.accept() => accepted?,
            _ = parent.read(&mut told) => return Ok(()),
        };
        tasks.reap();
        tasks.spawn(
            "handshake",
            keep(acceptor.clone(), tcp, Arc::clone(&whole), expect),
        );
    }
}

async fn keep(
    acceptor: TlsAcceptor,
    tcp: TcpStream,
    whole: Arc<AtomicU64>,
    expect: u64,
) -> anyhow::Result<()> {
    tcp.set_nodelay(true)?;
    let mut stream = acceptor.accept(tcp).await?;
    if (whole.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(expect) {
        say("whole")?;
    }
    let mut nothing = [0; 16];
    while stream.read(&mut nothing).await? > 0 {}
    Ok(())
}

fn config(folder: &Path) -> anyhow::Result<ServerConfig> {
    let read = |name: &str| {
        let path = folder.join(name);
        CertificateDer::pem_file_iter(&path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(read(ROOTS)?);
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build()?;
    let key = PrivateKeyDer::from_pem_file(folder.join(KEY))
        .ok()
        .context("read the key")?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(read(CHAIN)?, key)?;
    config.alpn_protocols = vec![b"mqtt".to_vec()];
    Ok(config)
}

fn say(word: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{word}")?;
    Ok(out.flush()?)
}

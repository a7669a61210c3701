//! Takes a TCP connection through TLS: the ClientHello's ALPN decides who must show a certificate.

use std::io;
use std::sync::Arc;

use anyhow::Context;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{Acceptor, NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{CertificateError, RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// What a shop says in its ClientHello to be taken for one.
pub const ALPN_MQTT: &[u8] = b"mqtt";
const ALPN_HTTP: &[u8] = b"http/1.1";

/// Certificates and key of the gate, as DER.
#[derive(Clone)]
pub struct GateTls {
    /// The server certificate and then its issuers.
    pub chain: Vec<Vec<u8>>,
    /// Key of the first certificate.
    pub key_pkcs8: Vec<u8>,
    /// Certificates that may have issued a shop's certificate.
    pub client_roots: Vec<Vec<u8>>,
}

impl std::fmt::Debug for GateTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "GateTls({} in chain, {} roots)",
            self.chain.len(),
            self.client_roots.len()
        )
    }
}

/// The two configurations of the one port.
#[derive(Debug)]
pub(super) struct Configs {
    mqtt: Arc<ServerConfig>,
    https: Arc<ServerConfig>,
}

impl Configs {
    pub(super) fn new(tls: &GateTls) -> anyhow::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        for root in &tls.client_roots {
            roots
                .add(CertificateDer::from(root.clone()))
                .context("reading a root of the shops")?;
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .context("trusting the roots of the shops")?;
        let chain = || {
            tls.chain
                .iter()
                .cloned()
                .map(CertificateDer::from)
                .collect::<Vec<_>>()
        };
        let key = || PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(tls.key_pkcs8.clone()));
        let builder = || {
            ServerConfig::builder_with_provider(provider.clone())
                .with_protocol_versions(&[&rustls::version::TLS13])
                .context("choosing TLS 1.3")
        };
        let mut mqtt = builder()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain(), key())
            .context("using the gate's certificate")?;
        mqtt.alpn_protocols = vec![ALPN_MQTT.to_vec()];
        mqtt.session_storage = Arc::new(NoServerSessionStorage {});
        mqtt.ticketer = rustls::crypto::ring::Ticketer::new().context("making a ticket key")?;
        mqtt.send_tls13_tickets = 1;
        let mut https = builder()?
            .with_no_client_auth()
            .with_single_cert(chain(), key())
            .context("using the gate's certificate")?;
        https.alpn_protocols = vec![ALPN_HTTP.to_vec()];
        // No tickets here: a ticket got without a certificate must open nothing.
        https.session_storage = Arc::new(NoServerSessionStorage {});
        https.send_tls13_tickets = 0;
        Ok(Self {
            mqtt: Arc::new(mqtt),
            https: Arc::new(https),
        })
    }
}

/// Whom the handshake found.
pub(super) enum Peer {
    /// Someone with a certificate of ours; who it is, admission says.
    Shop {
        stream: Box<TlsStream<TcpStream>>,
        certificate: Vec<u8>,
    },
    /// Anyone.
    Https(Box<TlsStream<TcpStream>>),
}

/// Does the handshake; an error names its reason.
pub(super) async fn handshake(tcp: TcpStream, configs: &Configs) -> Result<Peer, &'static str> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), tcp).await;
    let hello = hello.map_err(|error| reason(&error))?;
    let wants_mqtt = hello
        .client_hello()
        .alpn()
        .is_some_and(|mut names| names.any(|name| name == ALPN_MQTT));
    let config = if wants_mqtt {
        &configs.mqtt
    } else {
        &configs.https
    };
    let stream = hello
        .into_stream(Arc::clone(config))
        .await
        .map_err(|error| reason(&error))?;
    let stream = Box::new(stream);
    if !wants_mqtt {
        return Ok(Peer::Https(stream));
    }
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(|certificate| certificate.to_vec())
        .ok_or("no_certificate")?;
    Ok(Peer::Shop {
        stream,
        certificate,
    })
}

/// The counter's name of a failure; anything else than a known one is `tls` or `io`.
fn reason(error: &io::Error) -> &'static str {
    let Some(error) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    else {
        return "io";
    };
    let rustls::Error::InvalidCertificate(wrong) = error else {
        return if matches!(error, rustls::Error::NoCertificatesPresented) {
            "no_certificate"
        } else {
            "tls"
        };
    };
    if matches!(
        wrong,
        CertificateError::Expired | CertificateError::ExpiredContext { .. }
    ) {
        "certificate_expired"
    } else if matches!(wrong, CertificateError::UnknownIssuer) {
        "certificate_unknown_issuer"
    } else {
        "certificate_invalid"
    }
}

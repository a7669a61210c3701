//! A raw connection of one shop: TLS and MQTT packets, with nothing in between that behaves well.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::BytesMut;
use rumqttc::Packet;
use rumqttc::mqttbytes::v4::{Connect, Publish, Subscribe};
use rumqttc::mqttbytes::{Error, QoS};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Largest packet that is read.
const PACKET_BYTES_MAX: usize = 64 * 1024;
const KEEP_ALIVE_SECS: u16 = 60;

/// Who connects, without memory of earlier connections: after an outage there are no tickets.
#[derive(Clone)]
pub struct Visitor {
    /// The client id that fits the certificate.
    pub name: String,
    tls: TlsConnector,
}

impl Visitor {
    /// A visitor with the TLS configuration of a shop.
    #[must_use]
    pub fn new(name: String, tls: &ClientConfig) -> Self {
        let mut tls = tls.clone();
        tls.resumption = Resumption::disabled();
        Self {
            name,
            tls: TlsConnector::from(Arc::new(tls)),
        }
    }
}

/// One connection.
pub struct Line {
    stream: TlsStream<TcpStream>,
    input: BytesMut,
}

impl Line {
    /// TCP and TLS, from any address of loopback.
    pub async fn open(visitor: &Visitor, port: u16, from: Ipv4Addr) -> anyhow::Result<Self> {
        let tcp = knock(port, from, None).await?;
        Self::over(visitor, tcp).await
    }

    /// TLS over a connection that stands.
    pub async fn over(visitor: &Visitor, tcp: TcpStream) -> anyhow::Result<Self> {
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("127.0.0.1")?;
        Ok(Self {
            stream: visitor.tls.connect(name, tcp).await?,
            input: BytesMut::new(),
        })
    }

    /// Writes one packet.
    pub async fn send(&mut self, packet: &Packet) -> anyhow::Result<()> {
        self.raw(&bytes_of(packet)?).await
    }

    /// Writes anything.
    pub async fn raw(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// The next packet; nothing once the other side closed.
    pub async fn next(&mut self) -> anyhow::Result<Option<Packet>> {
        loop {
            match Packet::read(&mut self.input, PACKET_BYTES_MAX) {
                Ok(packet) => return Ok(Some(packet)),
                Err(Error::InsufficientBytes(_)) => {}
                Err(error) => anyhow::bail!("not MQTT: {error:?}"),
            }
            // A reset and a TLS alert are ways to close, too.
            if !matches!(self.stream.read_buf(&mut self.input).await, Ok(1..)) {
                return Ok(None);
            }
        }
    }

    /// Says CONNECT with a client id.
    pub async fn connect(&mut self, client_id: &str) -> anyhow::Result<()> {
        let mut connect = Connect::new(client_id);
        connect.keep_alive = KEEP_ALIVE_SECS;
        self.send(&Packet::Connect(connect)).await
    }

    /// Says SUBSCRIBE with a filter.
    pub async fn subscribe(&mut self, filter: &str) -> anyhow::Result<()> {
        let mut subscribe = Subscribe::new(filter, QoS::AtLeastOnce);
        subscribe.pkid = 1;
        self.send(&Packet::Subscribe(subscribe)).await
    }

    /// Says PUBLISH with quality 1.
    pub async fn publish(&mut self, topic: &str, payload: &[u8]) -> anyhow::Result<()> {
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
        publish.pkid = 7;
        self.send(&Packet::Publish(publish)).await
    }
}

/// A TCP connection to the gate from any address of loopback, with a small window if asked.
pub async fn knock(port: u16, from: Ipv4Addr, window: Option<u32>) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = window {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    let gate = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    Ok(socket.connect(gate).await?)
}

/// A packet as it goes over the wire.
pub fn bytes_of(packet: &Packet) -> anyhow::Result<BytesMut> {
    let mut bytes = BytesMut::new();
    packet
        .write(&mut bytes, usize::MAX)
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(bytes)
}

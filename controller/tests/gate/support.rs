//! A gate on a free port, a certificate authority, and a shop that can say anything.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use bytes::BytesMut;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rumqttc::Packet;
use rumqttc::mqttbytes::v4::{Connect, ConnectReturnCode, Publish, Subscribe};
use rumqttc::mqttbytes::{Error, QoS};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use storefleet_controller::bus::{Bus, ChannelBus, RouterBus, Uplinked, Uplinks};
use storefleet_controller::gate::{
    ALPN_MQTT, Admission, Gate, GateEvent, GateEvents, GateHandle, GateTls, Limits,
};
use storefleet_core::ids::WorkplaceId;
use storefleet_daemon::Tasks;
use storefleet_wire::topic::{Up, down_filter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) const DEADLINE: Duration = Duration::from_secs(10);
/// Half of it, 1 MiB, may be on the bus.
pub(crate) const LOG: usize = 2 * 1024 * 1024;

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) der: Vec<u8>,
}

/// A certificate with its key.
pub(crate) struct Leaf {
    pub(crate) der: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Validity {
    Fine,
    Expired,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            der,
        }
    }

    pub(crate) fn issue(
        &self,
        name: &str,
        purpose: ExtendedKeyUsagePurpose,
        validity: Validity,
    ) -> Leaf {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![purpose];
        if validity == Validity::Expired {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Leaf {
            der,
            key: key.serialize_der(),
        }
    }
}

/// Knows certificates by their bytes.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<Vec<u8>, WorkplaceId>>);

impl Known {
    pub(crate) fn revoke(&self, der: &[u8]) {
        self.0.lock().unwrap().remove(der);
    }
}

impl Admission for Known {
    fn admit(&self, certificate_der: &[u8], _: i64) -> Result<WorkplaceId, String> {
        let known = self.0.lock().unwrap();
        known
            .get(certificate_der)
            .cloned()
            .ok_or_else(|| "revoked".to_owned())
    }
}

/// A shop's machine: its name, certificate and what TLS remembers.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) workplace: WorkplaceId,
    pub(crate) der: Vec<u8>,
    pub(crate) tls: Arc<rustls::ClientConfig>,
}

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) handle: GateHandle,
    pub(crate) events: GateEvents,
    pub(crate) uplinks: Uplinks,
    pub(crate) known: Arc<Known>,
    pub(crate) authority: Authority,
    pub(crate) tasks: Tasks,
}

pub(crate) fn channel() -> (Arc<dyn Bus>, Uplinks) {
    let (bus, uplinks) = ChannelBus::start(LOG);
    (Arc::new(bus), uplinks)
}

pub(crate) fn router() -> (Arc<dyn Bus>, Uplinks) {
    let (bus, uplinks) = RouterBus::start(LOG).unwrap();
    (Arc::new(bus), uplinks)
}

impl World {
    pub(crate) async fn start(limits: Limits) -> Self {
        Self::on(channel(), limits).await
    }

    pub(crate) async fn on((bus, uplinks): (Arc<dyn Bus>, Uplinks), limits: Limits) -> Self {
        let authority = Authority::new("shops");
        let server = authority.issue("gate", ExtendedKeyUsagePurpose::ServerAuth, Validity::Fine);
        let tls = GateTls {
            chain: vec![server.der],
            key_pkcs8: server.key,
            client_roots: vec![authority.der.clone()],
        };
        let known = Arc::new(Known::default());
        let https = Router::new().route(
            "/who",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        );
        let (gate, handle, events) = Gate::new(&tls, known.clone(), bus, https, limits).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = Tasks::default();
        tasks.spawn("gate", gate.run(listener, tasks.shutdown()));
        Self {
            address,
            handle,
            events,
            uplinks,
            known,
            authority,
            tasks,
        }
    }

    /// A machine that may come in.
    pub(crate) fn machine(&self, name: &str) -> Machine {
        let leaf = self
            .authority
            .issue(name, ExtendedKeyUsagePurpose::ClientAuth, Validity::Fine);
        let workplace: WorkplaceId = name.parse().unwrap();
        self.known
            .0
            .lock()
            .unwrap()
            .insert(leaf.der.clone(), workplace);
        self.with_leaf(name, Some(leaf), &[ALPN_MQTT])
    }

    /// A machine with whatever certificate and protocols.
    pub(crate) fn with_leaf(&self, name: &str, leaf: Option<Leaf>, alpn: &[&[u8]]) -> Machine {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from(self.authority.der.clone()))
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots);
        let der = leaf
            .as_ref()
            .map(|leaf| leaf.der.clone())
            .unwrap_or_default();
        let mut tls = match leaf {
            Some(leaf) => {
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key));
                builder
                    .with_client_auth_cert(vec![CertificateDer::from(leaf.der)], key)
                    .unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        tls.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Machine {
            name: name.to_owned(),
            workplace: name.parse().unwrap(),
            der,
            tls: Arc::new(tls),
        }
    }

    pub(crate) async fn tls(&self, machine: &Machine) -> std::io::Result<Line> {
        let tcp = TcpStream::connect(self.address).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(machine.tls.clone())
            .connect(name, tcp)
            .await?;
        Ok(Line {
            stream,
            input: BytesMut::new(),
        })
    }

    /// A machine online, up to CONNACK.
    pub(crate) async fn connect(&self, machine: &Machine) -> Line {
        let mut line = self.tls(machine).await.unwrap();
        line.send(&Packet::Connect(Connect::new(&machine.name)))
            .await;
        let Some(Packet::ConnAck(answer)) = line.recv().await else {
            panic!("no CONNACK")
        };
        assert_eq!(answer.code, ConnectReturnCode::Success);
        line
    }

    /// A machine online and subscribed.
    pub(crate) async fn subscribed(&self, machine: &Machine) -> Line {
        let mut line = self.connect(machine).await;
        line.subscribe(&down_filter(&machine.name)).await;
        assert!(matches!(line.recv().await, Some(Packet::SubAck(_))));
        line
    }

    pub(crate) async fn event(&mut self) -> GateEvent {
        timeout(DEADLINE, self.events.recv())
            .await
            .expect("no event")
    }

    /// Skips events until one fits.
    pub(crate) async fn event_like(&mut self, fits: impl Fn(&GateEvent) -> bool) -> GateEvent {
        loop {
            let event = self.event().await;
            if fits(&event) {
                return event;
            }
        }
    }

    pub(crate) async fn take(&mut self) -> Uplinked {
        timeout(DEADLINE, self.uplinks.recv())
            .await
            .expect("nothing came")
            .expect("bus ended")
    }

    pub(crate) fn count(&self, name: &'static str, kind: &'static str) -> u64 {
        self.handle
            .counters()
            .get(&(name, kind))
            .copied()
            .unwrap_or(0)
    }

    pub(crate) async fn until_count(&self, name: &'static str, kind: &'static str, least: u64) {
        until(|| self.count(name, kind) >= least).await;
    }
}

/// Looks again and again until it is so.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let looking = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(DEADLINE, looking)
        .await
        .expect("it never came to be");
}

/// One TLS connection that speaks raw packets.
pub(crate) struct Line {
    pub(crate) stream: TlsStream<TcpStream>,
    input: BytesMut,
}

impl Line {
    pub(crate) async fn send(&mut self, packet: &Packet) {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, usize::MAX).unwrap();
        self.raw(&bytes).await;
    }

    /// A peer that closed meanwhile is found out by reading.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        if self.stream.write_all(bytes).await.is_ok() {
            self.stream.flush().await.ok();
        }
    }

    pub(crate) async fn subscribe(&mut self, filter: &str) {
        let mut subscribe = Subscribe::new(filter, QoS::AtLeastOnce);
        subscribe.pkid = 1;
        self.send(&Packet::Subscribe(subscribe)).await;
    }

    pub(crate) async fn publish(&mut self, machine: &Machine, number: u16, payload: &[u8]) {
        let topic = Up::Batch.topic(&machine.workplace);
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
        publish.pkid = number;
        self.send(&Packet::Publish(publish)).await;
    }

    /// The next packet; nothing when the gate closed.
    pub(crate) async fn recv(&mut self) -> Option<Packet> {
        timeout(DEADLINE, self.recv_whole())
            .await
            .expect("the gate neither answers nor closes")
    }

    /// Whole packets only, so it may be dropped while it waits.
    pub(crate) async fn recv_whole(&mut self) -> Option<Packet> {
        loop {
            match Packet::read(&mut self.input, usize::MAX) {
                Ok(packet) => return Some(packet),
                Err(Error::InsufficientBytes(_)) => {}
                Err(error) => panic!("the gate sent no packet: {error}"),
            }
            match self.stream.read_buf(&mut self.input).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return None,
            }
        }
    }

    /// The line works: a ping comes back.
    pub(crate) async fn ping(&mut self) {
        self.send(&Packet::PingReq).await;
        assert!(matches!(self.recv().await, Some(Packet::PingResp)));
    }
}

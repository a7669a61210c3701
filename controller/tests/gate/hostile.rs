//! What the others do not get, and that they disturb nobody.

use std::time::Duration;

use bytes::BytesMut;
use rcgen::ExtendedKeyUsagePurpose;
use rumqttc::Packet;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    Connect, ConnectReturnCode, LastWill, Publish, Subscribe, SubscribeFilter, Unsubscribe,
};
use storefleet_controller::gate::{ALPN_MQTT, GateEvent, Limits};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Authority, Validity, World};

fn bytes(packet: &Packet) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, usize::MAX).unwrap();
    bytes.to_vec()
}

fn publish(topic: &str, qos: QoS, retain: bool) -> Vec<u8> {
    let mut publish = Publish::new(topic, qos, "x");
    (publish.pkid, publish.retain) = (7, retain);
    bytes(&Packet::Publish(publish))
}

fn subscribe(filters: &[&str]) -> Vec<u8> {
    let filters = filters
        .iter()
        .map(|f| SubscribeFilter::new((*f).to_owned(), QoS::AtMostOnce));
    let mut subscribe = Subscribe::new_many(filters);
    subscribe.pkid = 7;
    bytes(&Packet::Subscribe(subscribe))
}

#[tokio::test]
async fn a_broken_rule_closes_that_connection_only() {
    let mut world = World::start(Limits::default()).await;
    let (bad, good) = (world.machine("s1-1"), world.machine("s2-1"));
    let mut bystander = world.subscribed(&good).await;
    let unsubscribe = Unsubscribe {
        pkid: 7,
        topics: vec!["sf/1/s1-1/dn/+".to_owned()],
    };
    let cases = [
        ("topic", publish("sf/1/s2-1/up/b", QoS::AtLeastOnce, false)),
        ("topic", publish("sf/1/s1-1/dn/a", QoS::AtMostOnce, false)),
        (
            "topic",
            publish("sf/1/s1-1/presence", QoS::AtLeastOnce, false),
        ),
        ("retain", publish("sf/1/s1-1/up/b", QoS::AtLeastOnce, true)),
        ("qos", publish("sf/1/s1-1/up/b", QoS::ExactlyOnce, false)),
        ("filter", subscribe(&["sf/1/s2-1/dn/+"])),
        ("filter", subscribe(&["#"])),
        ("filter", subscribe(&["sf/1/+/dn/+"])),
        ("filter", subscribe(&["$share/a/sf/1/s1-1/dn/+"])),
        ("filter", subscribe(&["sf/1/s1-1/dn/+", "sf/1/s1-1/dn/+"])),
        ("packet_type", bytes(&Packet::Unsubscribe(unsubscribe))),
        ("packet_type", bytes(&Packet::PingResp)),
        (
            "second_connect",
            bytes(&Packet::Connect(Connect::new("s1-1"))),
        ),
        ("oversize", vec![0x32, 0xff, 0xff, 0xff, 0x7f]),
        ("malformed", vec![0x32, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        ("malformed", vec![0x32, 0x03, 0xff, 0xff, 0x00]),
    ];
    for (rule, bytes) in cases {
        let mut line = world.connect(&bad).await;
        line.raw(&bytes).await;
        assert!(line.recv().await.is_none(), "{rule} was answered");
        let event = world
            .event_like(|event| matches!(event, GateEvent::Violation { .. }))
            .await;
        assert!(
            matches!(&event, GateEvent::Violation { workplace, what, .. } if *workplace == bad.workplace && *what == rule),
            "{rule}: {event:?}"
        );
    }
    bystander.ping().await;
    assert_eq!(world.count("violations", "topic"), 3);
    assert_eq!(world.count("messages_up", ""), 0);
}

#[tokio::test]
async fn only_a_plain_connect_as_oneself_is_let_in() {
    let world = World::start(Limits::default()).await;
    let (bad, good) = (world.machine("s1-1"), world.machine("s2-1"));
    let mut bystander = world.connect(&good).await;
    let mut kept = Connect::new("s1-1");
    kept.clean_session = false;
    let mut will = Connect::new("s1-1");
    will.last_will = Some(LastWill::new("sf/1/s2-1/up/b", "x", QoS::AtMostOnce, false));
    let mut login = Connect::new("s1-1");
    login.set_login("root", "root");
    let (identifier, refused) = (
        ConnectReturnCode::BadClientId,
        ConnectReturnCode::NotAuthorized,
    );
    let cases = [
        // The id of another shop does not evict it, and the id that killed other brokers is only text.
        (Packet::Connect(Connect::new("s2-1")), identifier),
        (Packet::Connect(Connect::new("a/b")), identifier),
        (Packet::Connect(Connect::new("a/b")), identifier),
        (Packet::Connect(Connect::new("")), identifier),
        (Packet::Connect(Connect::new("x".repeat(2_000))), refused),
        (Packet::Connect(kept), refused),
        (Packet::Connect(will), refused),
        (Packet::Connect(login), refused),
        (Packet::PingReq, refused),
    ];
    for (packet, code) in cases {
        let mut line = world.tls(&bad).await.unwrap();
        line.send(&packet).await;
        let answer = line.recv().await;
        assert!(
            matches!(&answer, Some(Packet::ConnAck(ack)) if ack.code == code),
            "{packet:?}: {answer:?}"
        );
        assert!(line.recv().await.is_none());
    }
    assert!(!world.handle.is_online(&bad.workplace));
    bystander.ping().await;
    assert_eq!(world.count("evicted", ""), 0);
}

#[tokio::test]
async fn a_flood_is_slowed_down_and_disturbs_nobody() {
    let limits = Limits {
        messages_per_s: 500,
        burst_messages: 10,
        ..Limits::default()
    };
    let world = World::start(limits).await;
    let (bad, good) = (world.machine("s1-1"), world.machine("s2-1"));
    let (mut flood, mut bystander) = (world.connect(&bad).await, world.connect(&good).await);
    flood.raw(&[0xc0, 0x00].repeat(200)).await;
    bystander.ping().await;
    for _ in 0..200 {
        assert!(
            matches!(flood.recv().await, Some(Packet::PingResp)),
            "slowed, not dropped"
        );
    }
    assert!(world.count("paced", "") > 0);
}

#[tokio::test]
async fn peers_that_say_nothing_stop_nobody() {
    let limits = Limits {
        handshake_ms_max: 400,
        connect_ms_max: 400,
        silent_ms_max: 400,
        ..Limits::default()
    };
    let mut world = World::start(limits).await;
    let (mute, shop) = (world.machine("s1-1"), world.machine("s2-1"));
    let mut silent = Vec::new();
    for half_hello in [&b""[..], &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]] {
        for _ in 0..20 {
            let mut tcp = TcpStream::connect(world.address).await.unwrap();
            tcp.write_all(half_hello).await.unwrap();
            silent.push(tcp);
        }
    }
    let mut shaken = world.tls(&mute).await.unwrap();
    world.connect(&shop).await.ping().await;
    world.until_count("handshake_failed", "timeout", 40).await;
    assert!(shaken.recv().await.is_none());
    world.until_count("connect_refused", "timeout", 1).await;
    // A shop that came in and then went mute is dropped too.
    let mut line = world.connect(&mute).await;
    world.event_like(|event| matches!(event, GateEvent::Online { workplace, .. } if *workplace == mute.workplace)).await;
    assert!(line.recv().await.is_none());
    world
        .event_like(|event| {
            matches!(
                event,
                GateEvent::Offline {
                    reason: "silent",
                    ..
                }
            )
        })
        .await;
}

#[tokio::test]
async fn a_packet_that_never_ends_is_not_waited_for() {
    let limits = Limits {
        packet_ms_max: 300,
        ..Limits::default()
    };
    let world = World::start(limits).await;
    let (slow, shop) = (world.machine("s1-1"), world.machine("s2-1"));
    let mut other = world.connect(&shop).await;
    let mut line = world.connect(&slow).await;
    let packet = publish("sf/1/s1-1/up/b", QoS::AtLeastOnce, false);
    for byte in packet.iter().take(packet.len() - 1) {
        line.raw(&[*byte]).await;
        if timeout(Duration::from_millis(20), line.recv_whole())
            .await
            .is_ok()
        {
            break;
        }
    }
    world.until_count("closed", "slow_packet", 1).await;
    other.ping().await;
}

#[tokio::test]
async fn only_certificates_of_ours_open_the_door() {
    let world = World::start(Limits::default()).await;
    let client = ExtendedKeyUsagePurpose::ClientAuth;
    let foreign = Authority::new("others").issue("s1-1", client.clone(), Validity::Fine);
    let expired = world
        .authority
        .issue("s1-1", client.clone(), Validity::Expired);
    let server = world
        .authority
        .issue("s1-1", ExtendedKeyUsagePurpose::ServerAuth, Validity::Fine);
    let cases = [
        ("certificate_unknown_issuer", Some(foreign)),
        ("certificate_expired", Some(expired)),
        ("certificate_invalid", Some(server)),
        ("no_certificate", None),
    ];
    for (reason, leaf) in cases {
        let machine = world.with_leaf("s1-1", leaf, &[ALPN_MQTT]);
        // In TLS 1.3 the client learns of it only when it reads.
        if let Ok(mut line) = world.tls(&machine).await {
            line.send(&Packet::Connect(Connect::new("s1-1"))).await;
            assert!(line.recv().await.is_none(), "{reason}");
        }
        world.until_count("handshake_failed", reason, 1).await;
    }
    let stranger = world.authority.issue("s9-1", client, Validity::Fine);
    let stranger = world.with_leaf("s9-1", Some(stranger), &[ALPN_MQTT]);
    let mut line = world.tls(&stranger).await.unwrap();
    line.send(&Packet::Connect(Connect::new("s9-1"))).await;
    // It is told, for a retired machine hands in what it still has somewhere else.
    assert!(matches!(
        line.recv().await,
        Some(Packet::ConnAck(answer)) if answer.code == ConnectReturnCode::NotAuthorized
    ));
    assert!(line.recv().await.is_none());
    assert_eq!(world.count("identity_refused", ""), 1);
    world.connect(&world.machine("s2-1")).await.ping().await;
}

#[tokio::test]
async fn an_address_that_knocks_too_often_is_not_heard() {
    let limits = Limits {
        connections_per_ip_per_s: 1,
        connections_per_ip_burst: 3,
        ..Limits::default()
    };
    let world = World::start(limits).await;
    let shop = world.machine("s1-1");
    let mut line = world.connect(&shop).await;
    for _ in 0..5 {
        TcpStream::connect(world.address).await.unwrap();
    }
    world.until_count("refused", "ip_rate", 3).await;
    line.ping().await;
}

//! What an honest shop gets.

use std::sync::Arc;

use bytes::Bytes;
use rumqttc::{
    AsyncClient, Event, Incoming, MqttOptions, Packet, QoS, TlsConfiguration, Transport,
};
use storefleet_controller::bus::{Bus, Uplinks};
use storefleet_controller::gate::{Delivered, GateEvent, Limits};
use storefleet_wire::topic::{Down, Up, down_filter};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::support::{DEADLINE, World, channel, router, until};

/// The agent's client with the agent's settings.
#[tokio::test]
async fn an_agent_sells_and_is_answered() {
    let mut world = World::on(router(), Limits::default()).await;
    let shop = world.machine("s1-1");
    let manifest = Bytes::from_static(b"manifest");
    assert_eq!(
        world
            .handle
            .deliver(&shop.workplace, Down::Manifest, manifest, true),
        Delivered::Absent
    );
    let mut options = MqttOptions::new("s1-1", "127.0.0.1", world.address.port());
    options
        .set_keep_alive(std::time::Duration::from_secs(20))
        .set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(
            shop.tls.clone(),
        )));
    let (client, mut socket) = AsyncClient::new(options, 16);
    client
        .try_subscribe(down_filter("s1-1"), QoS::AtLeastOnce)
        .unwrap();
    client
        .try_publish(
            Up::Batch.topic(&shop.workplace),
            QoS::AtLeastOnce,
            false,
            "batch",
        )
        .unwrap();
    let (mut puback, mut got) = (false, Vec::new());
    let talk = async {
        while !puback || got.len() < 3 {
            match socket.poll().await.unwrap() {
                Event::Incoming(Incoming::PubAck(_)) => {
                    puback = true;
                    for (class, text) in [(Down::Ack, "ack"), (Down::Command, "command")] {
                        let payload = Bytes::from(text);
                        let answer = world.handle.deliver(&shop.workplace, class, payload, false);
                        assert_eq!(answer, Delivered::Queued);
                    }
                }
                Event::Incoming(Incoming::Publish(publish)) => {
                    let class = Down::of(&publish.topic, &shop.workplace).unwrap();
                    got.push((class, publish.payload.to_vec(), publish.retain));
                }
                Event::Incoming(_) | Event::Outgoing(_) => {}
            }
        }
    };
    timeout(DEADLINE, talk).await.unwrap();
    assert_eq!(
        got,
        [
            (Down::Manifest, b"manifest".to_vec(), true),
            (Down::Ack, b"ack".to_vec(), false),
            (Down::Command, b"command".to_vec(), false),
        ]
    );
    let up = world.take().await;
    assert_eq!(
        (up.workplace, up.class, &*up.payload),
        (shop.workplace.clone(), Up::Batch, &b"batch"[..])
    );
    assert!(up.received_ms > 1_600_000_000_000);
    assert!(
        matches!(world.event().await, GateEvent::Online { workplace, .. } if workplace == shop.workplace)
    );
    assert_eq!(world.handle.online().len(), 1);
    drop((client, socket));
    let gone = world.event().await;
    assert!(
        matches!(
            gone,
            GateEvent::Offline {
                reason: "lost" | "disconnected",
                ..
            }
        ),
        "{gone:?}"
    );
    assert_eq!(world.handle.bus_gaps(), 0);
}

#[tokio::test]
async fn nothing_goes_down_before_the_subscription() {
    let world = World::start(Limits::default()).await;
    let shop = world.machine("s1-1");
    let mut line = world.connect(&shop).await;
    let deliver = || {
        world
            .handle
            .deliver(&shop.workplace, Down::Ack, Bytes::new(), false)
    };
    assert_eq!(deliver(), Delivered::Absent);
    line.subscribe(&down_filter("s1-1")).await;
    assert!(matches!(line.recv().await, Some(Packet::SubAck(_))));
    assert_eq!(deliver(), Delivered::Queued);
    assert!(matches!(line.recv().await, Some(Packet::Publish(_))));
}

#[tokio::test]
async fn https_needs_no_certificate_on_the_same_port() {
    let world = World::start(Limits::default()).await;
    for alpn in [&[&b"http/1.1"[..]][..], &[]] {
        let browser = world.with_leaf("b1-1", None, alpn);
        let mut line = world.tls(&browser).await.unwrap();
        line.raw(b"GET /who HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\r\n")
            .await;
        let mut answer = String::new();
        timeout(DEADLINE, line.stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_full_bus_withholds_pubacks_and_loses_nothing() {
    for (bus, uplinks) in [channel(), router()] {
        full_bus(bus, uplinks).await;
    }
}

async fn full_bus(bus: Arc<dyn Bus>, uplinks: Uplinks) {
    let mut world = World::on((bus, uplinks), Limits::default()).await;
    let (one, two) = (world.machine("s1-1"), world.machine("s2-1"));
    let mut first = world.subscribed(&one).await;
    let mut second = world.subscribed(&two).await;
    for number in 1..=18 {
        first.publish(&one, number, &vec![1; 60_000]).await;
        second.publish(&two, number, &vec![2; 60_000]).await;
    }
    // 1 MiB holds 17 of the 36, so not even one shop is done and both wait.
    world.until_count("bus_waits", "", 2).await;
    assert_eq!(world.count("messages_up", ""), 17);
    // Acks still go down: without them a shop would never be done.
    let deliver = |to| world.handle.deliver(to, Down::Ack, Bytes::new(), false);
    assert_eq!(
        (deliver(&one.workplace), deliver(&two.workplace)),
        (Delivered::Queued, Delivered::Queued)
    );
    let (mut acks, mut numbers) = (0, (Vec::new(), Vec::new()));
    let mut note = |packet, numbers: &mut Vec<u16>| match packet {
        Some(Packet::PubAck(ack)) => numbers.push(ack.pkid),
        Some(Packet::Publish(_)) => acks += 1,
        other => panic!("{other:?}"),
    };
    while numbers.0.len() + numbers.1.len() < 17 {
        tokio::select! {
            packet = first.recv_whole() => note(packet, &mut numbers.0),
            packet = second.recv_whole() => note(packet, &mut numbers.1),
        }
    }
    let mut sizes = 0;
    for _ in 0..36 {
        sizes += world.take().await.payload.len();
    }
    assert_eq!(sizes, 36 * 60_000);
    while numbers.0.len() < 18 {
        note(first.recv().await, &mut numbers.0);
    }
    while numbers.1.len() < 18 {
        note(second.recv().await, &mut numbers.1);
    }
    let all: Vec<u16> = (1..=18).collect();
    assert_eq!(numbers, (all.clone(), all));
    assert_eq!(acks, 2);
    assert_eq!(world.handle.bus_gaps(), 0);
}

#[tokio::test]
async fn a_dropped_shop_is_offline_at_once() {
    let mut world = World::start(Limits::default()).await;
    let shop = world.machine("s1-1");
    let mut line = world.subscribed(&shop).await;
    assert!(matches!(world.event().await, GateEvent::Online { .. }));
    assert!(world.handle.disconnect(&shop.workplace, "revoked"));
    assert!(!world.handle.is_online(&shop.workplace));
    assert!(matches!(
        world.event().await,
        GateEvent::Offline {
            reason: "revoked",
            ..
        }
    ));
    assert!(line.recv().await.is_none());
}

#[tokio::test]
async fn a_shop_that_does_not_read_overflows_and_is_closed() {
    let mut world = World::start(Limits::default()).await;
    let (slow, other) = (world.machine("s1-1"), world.machine("s2-1"));
    let _unread = world.subscribed(&slow).await;
    let mut line = world.subscribed(&other).await;
    assert!(matches!(world.event().await, GateEvent::Online { .. }));
    let payload = Bytes::from(vec![0; 200_000]);
    let fill = async {
        while world
            .handle
            .deliver(&slow.workplace, Down::Command, payload.clone(), false)
            == Delivered::Queued
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, fill).await.unwrap();
    assert_eq!(world.count("overflowed", ""), 1);
    assert!(!world.handle.is_online(&slow.workplace));
    world
        .event_like(|event| {
            matches!(
                event,
                GateEvent::Offline {
                    reason: "overflowed",
                    ..
                }
            )
        })
        .await;
    line.ping().await;
}

#[tokio::test]
async fn a_resumed_session_is_admitted_anew() {
    let world = World::start(Limits::default()).await;
    let shop = world.machine("s1-1");
    let mut line = world.connect(&shop).await;
    line.ping().await;
    drop(line);
    let again = world.connect(&shop).await;
    let kind = again.stream.get_ref().1.handshake_kind();
    assert_eq!(kind, Some(rustls::HandshakeKind::Resumed));
    world.known.revoke(&shop.der);
    let mut third = world.tls(&shop).await.unwrap();
    assert!(third.recv().await.is_none());
    assert_eq!(world.count("identity_refused", ""), 1);
}

#[tokio::test]
async fn stopping_ends_every_connection() {
    let world = World::start(Limits::default()).await;
    let shop = world.machine("s1-1");
    let mut line = world.connect(&shop).await;
    let handle = world.handle.clone();
    timeout(DEADLINE, world.tasks.stop(DEADLINE)).await.unwrap();
    assert!(line.recv().await.is_none());
    until(|| !handle.is_online(&shop.workplace)).await;
    line.stream.shutdown().await.ok();
}

//! One suite for every bus: order, loss, and waiting when the host does not take.

use std::sync::Arc;
use std::time::Duration;

use storefleet_core::ids::WorkplaceId;
use storefleet_wire::topic::Up;
use tokio::time::timeout;

use super::{Arrival, Bus, ChannelBus, RouterBus, Uplinked, Uplinks, reserve, try_reserve};

/// Half of it, 1 MiB, is the budget.
const LOG: usize = 2 * 1024 * 1024;

fn both() -> Vec<(Arc<dyn Bus>, Uplinks)> {
    let (channel, channel_end) = ChannelBus::start(LOG);
    let (router, router_end) = RouterBus::start(LOG).unwrap();
    vec![
        (Arc::new(channel), channel_end),
        (Arc::new(router), router_end),
    ]
}

fn workplace(number: u32) -> WorkplaceId {
    format!("s{number}-1").parse().unwrap()
}

async fn put(bus: &dyn Bus, workplace: &WorkplaceId, payload: &[u8]) {
    let permit = reserve(bus.budget().clone(), payload.len()).await.unwrap();
    bus.put(
        Arrival {
            workplace,
            class: Up::Batch,
            payload,
            received_ms: 7,
        },
        permit,
    )
    .unwrap();
}

async fn take(uplinks: &mut Uplinks) -> Uplinked {
    timeout(Duration::from_secs(10), uplinks.recv())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_message_arrives_whole() {
    for (bus, mut uplinks) in both() {
        put(&*bus, &workplace(1), b"hello").await;
        let got = take(&mut uplinks).await;
        assert_eq!((got.workplace, got.class), (workplace(1), Up::Batch));
        assert_eq!((&*got.payload, got.received_ms), (&b"hello"[..], 7));
    }
}

#[tokio::test]
async fn messages_of_one_workplace_never_overtake_and_none_is_lost() {
    for (bus, mut uplinks) in both() {
        let (shops, each) = (20, 200_u32);
        let feed = async {
            for number in 0..each {
                for shop in 0..shops {
                    put(
                        &*bus,
                        &workplace(shop),
                        &[&number.to_be_bytes()[..], &[0; 2_000]].concat(),
                    )
                    .await;
                }
            }
        };
        let drain = async {
            let mut next = std::collections::HashMap::new();
            for _ in 0..shops * each {
                let got = take(&mut uplinks).await;
                let expected: &mut u32 = next.entry(got.workplace.clone()).or_default();
                assert_eq!(got.payload[..4], expected.to_be_bytes());
                *expected += 1;
            }
        };
        tokio::join!(feed, drain);
        assert_eq!(bus.gaps(), 0);
    }
}

#[tokio::test]
async fn a_host_that_does_not_take_makes_the_giver_wait_and_loses_nothing() {
    for (bus, mut uplinks) in both() {
        let payload = vec![1; 60_000];
        let mut given = 0;
        while let Some(permit) = try_reserve(&*bus, payload.len()) {
            let arrival = Arrival {
                workplace: &workplace(given),
                class: Up::Batch,
                payload: &payload,
                received_ms: 0,
            };
            bus.put(arrival, permit).unwrap();
            given += 1;
        }
        assert_eq!(given, 17, "1 MiB holds seventeen of these");
        let mut held = Vec::new();
        for _ in 0..given {
            held.push(take(&mut uplinks).await);
        }
        assert!(
            try_reserve(&*bus, payload.len()).is_none(),
            "taken is not done"
        );
        drop(held);
        assert!(try_reserve(&*bus, payload.len()).is_some());
        assert_eq!(bus.gaps(), 0);
    }
}

#[tokio::test]
async fn a_gone_host_ends_the_channel() {
    let (bus, uplinks) = ChannelBus::start(LOG);
    drop(uplinks);
    let permit = try_reserve(&bus, 1).unwrap();
    let arrival = Arrival {
        workplace: &workplace(1),
        class: Up::Report,
        payload: b"x",
        received_ms: 0,
    };
    assert!(bus.put(arrival, permit).is_err());
}

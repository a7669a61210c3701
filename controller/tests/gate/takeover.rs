//! Two connections of one name: the newest wins, and only a speaking older one is a clone.

use rumqttc::Packet;
use storefleet_controller::gate::{GateEvent, Limits};
use tokio::time::{Duration, timeout};

use crate::support::{DEADLINE, World};

#[tokio::test]
async fn a_quiet_older_connection_is_no_clone() {
    let limits = Limits {
        old_session_watch_ms: 300,
        ..Limits::default()
    };
    let mut world = World::start(limits).await;
    let shop = world.machine("s1-1");
    let mut older = world.subscribed(&shop).await;
    let mut newer = world.connect(&shop).await;
    // Before the newer one said anything, this may have been under way since long.
    older.send(&Packet::PingReq).await;
    assert!(
        older.recv().await.is_none(),
        "a replaced connection is not answered"
    );
    newer.ping().await;
    assert_eq!(world.count("clones", ""), 0);
    assert_eq!(world.count("evicted", ""), 1);
    let online = world.handle.online();
    assert_eq!(online.len(), 1);
    world
        .event_like(|event| matches!(event, GateEvent::Online { session, .. } if *session == online[0].session))
        .await;
}

#[tokio::test]
async fn an_older_connection_that_leaves_is_no_clone() {
    let world = World::start(Limits::default()).await;
    let shop = world.machine("s1-1");
    let mut older = world.subscribed(&shop).await;
    let mut newer = world.subscribed(&shop).await;
    older.send(&Packet::Disconnect).await;
    assert!(older.recv().await.is_none());
    newer.ping().await;
    world.until_count("closed", "replaced", 1).await;
    assert_eq!(world.count("clones", ""), 0);
}

#[tokio::test]
async fn an_older_connection_that_goes_on_is_a_clone() {
    let mut world = World::start(Limits::default()).await;
    let shop = world.machine("s1-1");
    let mut older = world.subscribed(&shop).await;
    let mut newer = world.subscribed(&shop).await;
    let speak = async {
        loop {
            older.send(&Packet::PingReq).await;
            if timeout(Duration::from_millis(20), older.recv_whole())
                .await
                .is_ok_and(|got| got.is_none())
            {
                return;
            }
        }
    };
    timeout(DEADLINE, speak).await.unwrap();
    let event = world
        .event_like(|event| matches!(event, GateEvent::Clone { .. }))
        .await;
    assert!(matches!(event, GateEvent::Clone { workplace, .. } if workplace == shop.workplace));
    assert_eq!(world.count("clones", ""), 1);
    newer.ping().await;
}

#[tokio::test]
async fn only_one_older_connection_is_listened_to() {
    let world = World::start(Limits::default()).await;
    let shop = world.machine("s1-1");
    let mut first = world.connect(&shop).await;
    let _second = world.connect(&shop).await;
    let mut third = world.connect(&shop).await;
    assert!(first.recv().await.is_none());
    third.ping().await;
    assert_eq!(world.count("evicted", ""), 2);
}

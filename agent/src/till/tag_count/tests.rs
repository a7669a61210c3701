//! The count is that of the list, and comes again when tags were printed.

use storefleet_core::money::Money;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::shelf_tag::{Printed, PrintedTag};

use super::*;
use crate::till::http::tests::shop::Shop;

fn printed(item: &str, price: i64) -> Printed {
    Printed {
        tags: vec![PrintedTag {
            item: item.to_owned(),
            price: Money(price),
            row: None,
            from: None,
        }],
        business_time: None,
        taken_down: None,
    }
}

#[tokio::test]
async fn what_waits_is_counted_and_counted_anew_when_tags_were_printed() {
    let shop = Shop::open();
    let (inputs, mut asked) = mpsc::channel(1);
    let mut tasks = storefleet_daemon::Tasks::default();
    tasks.spawn("loop", async move {
        while let Some(input) = asked.recv().await {
            if let Input::Present(reply) = input {
                reply.send(Shop::present()).unwrap();
            }
        }
        Ok(())
    });
    let (_snapshots, on_sale) = watch::channel(Some(shop.snapshot.clone()));
    let (tags, hanging) = watch::channel(Shop::tags());
    let (count, counted) = watch::channel(None);
    let mut counter = TagCounter {
        inputs,
        snapshots: on_sale,
        tags: hanging,
        count,
    };
    counter.count().await.unwrap();
    let first = TagCount {
        overdue: 1,
        take_down: 0,
        missing: 1,
    };
    assert_eq!(*counted.borrow(), Some(first));
    tags.send_modify(|tags| {
        tags.print(&printed("cable", 59_000), LocalTime(1));
        tags.print(&printed("gone", 100), LocalTime(1));
    });
    assert!(counter.tags.has_changed().unwrap(), "that wakes it");
    counter.count().await.unwrap();
    let second = TagCount {
        overdue: 0,
        take_down: 1,
        missing: 1,
    };
    assert_eq!(*counted.borrow(), Some(second));
}

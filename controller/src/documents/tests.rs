//! When something is sent, and how much of it.

use storefleet_core::brought_forward::StockRow;
use storefleet_core::document::Body;
use storefleet_core::money::Quantity;
use storefleet_core::stock::Sku;

use super::*;

fn number(entry: u64) -> DocumentNumber {
    DocumentNumber {
        life: 1,
        entry,
        part: 0,
    }
}

fn document(entry: u64, item_bytes: usize) -> Document {
    let sku = Sku {
        item: "i".repeat(item_bytes),
        owner: None,
    };
    let quantity = Quantity(1_000);
    Document {
        number: number(entry),
        actor: "cli".to_owned(),
        why: "opening".to_owned(),
        body: Body::Stock(vec![StockRow { sku, quantity }]),
    }
}

#[test]
fn what_a_journal_does_not_show_is_sent_once_a_connection_and_again_after_a_while() {
    let live = Live::default();
    let sent = awaited(&live, number(5), Timestamp(0)).unwrap();
    let at = |ms| awaited(&live, number(5), Timestamp(ms)).unwrap();
    assert!(sent.is_enough(&at(AGAIN_MS - 1)));
    assert!(!sent.is_enough(&at(AGAIN_MS)));
    let reconnected = Sent {
        connected: Timestamp(7),
        ..sent
    };
    assert!(!sent.is_enough(&reconnected));
    let booked_some = Sent {
        booked: number(3),
        ..sent
    };
    assert!(!sent.is_enough(&booked_some));
    let booked = Live {
        documents: number(5),
        ..Live::default()
    };
    assert_eq!(awaited(&booked, number(5), Timestamp(0)), None);
}

#[test]
fn a_consignment_has_the_first_documents_that_fit_and_at_least_one() {
    let many = (1..=4).map(|entry| document(entry, BYTES_MAX / 3));
    let fitting = as_many_as_fit(many.collect());
    let numbers: Vec<_> = fitting.iter().map(|it| it.number).collect();
    assert_eq!(numbers, [number(1), number(2)]);
    assert_eq!(as_many_as_fit(vec![document(1, BYTES_MAX)]).len(), 1);
    assert!(as_many_as_fit(Vec::new()).is_empty());
}

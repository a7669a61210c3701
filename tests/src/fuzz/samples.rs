//! A small honest world that the samples are taken from: one till's day, its keys and its centre.

use storefleet_agent::store_loop::{LoopConfig, StoreLoop};
use storefleet_core::cash::Direction;
use storefleet_core::entry::{ClockState, RequestRef};
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind, total};
use storefleet_core::stock::{Sku, WriteOffLine};
use storefleet_core::sync::message::Batch;
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::decide::{Asked, OriginSale, Request, Stamp};
use storefleet_wire::envelope::SigningKey;

use crate::sim::disk::SimRooms;
use crate::sim::shop::{EPOCHS, SEGMENT_BYTES};

/// Noon of 30 January 2026, UTC.
pub const NOW: Timestamp = Timestamp(1_769_774_400_000);

/// The till of the samples.
///
/// # Panics
/// Never: it is a workplace id.
#[must_use]
pub fn till() -> WorkplaceId {
    "s1-1".parse().expect("a workplace id")
}

/// A key that signs; the same byte, the same key.
///
/// # Panics
/// Never: any 32 bytes are a seed.
#[must_use]
pub fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32]).expect("32 bytes")
}

/// The time of every entry.
#[must_use]
pub fn stamp() -> Stamp {
    Stamp {
        wall: StoreTime {
            at: NOW,
            offset: OffsetMinutes(180),
        },
        clock: ClockState::Floor,
        monotonic_ms: 1_000,
        boot: 7,
    }
}

/// An agent that starts on these rooms; nothing where it refuses.
#[must_use]
pub fn start(rooms: SimRooms) -> Option<StoreLoop<SimRooms>> {
    let config = LoopConfig {
        workplace: till(),
        training: true,
        version: "1".to_owned(),
        epochs: vec![EPOCHS],
        segment_bytes: SEGMENT_BYTES,
    };
    let opened = StoreLoop::open(rooms, config, &[], None, &stamp());
    opened.ok().map(|(store, _)| store)
}

/// A till with an open shift.
///
/// # Panics
/// When it cannot be opened.
#[must_use]
pub fn open_till(rooms: SimRooms) -> StoreLoop<SimRooms> {
    let mut store = start(rooms).expect("an empty disk is fine");
    let counted = Money(10_000);
    ask(&mut store, 0, Request::OpenShift { counted });
    store.commit().expect("memory takes it");
    store
}

/// A till after a short day with one of everything.
///
/// # Panics
/// When a request of the day is refused.
#[must_use]
pub fn day(rooms: SimRooms) -> StoreLoop<SimRooms> {
    let mut store = open_till(rooms);
    let line = Line {
        sku: Sku {
            item: "item-1".to_owned(),
            owner: Some("partner".to_owned()),
        },
        quantity: Quantity(1_000),
        unit_price: Money(9_900),
        gross: Money(9_900),
        discount: Money(900),
        vat: Some("20".to_owned()),
        serial: Some("356938035643809".to_owned()),
    };
    let payments = vec![Payment {
        kind: PaymentKind::Card,
        amount: total(std::slice::from_ref(&line)),
    }];
    let lines = vec![line.clone()];
    let sale = Request::Sell {
        lines: lines.clone(),
        payments: payments.clone(),
        priced: None,
    };
    let mark = ask(&mut store, 1, sale);
    store.commit().expect("memory takes it");
    let back = Request::Return {
        origin: Some(OriginSale { mark, sale: None }),
        reason: "not liked".to_owned(),
        lines,
        payments,
    };
    ask(&mut store, 2, back);
    for (number, direction) in [(3, Direction::In), (4, Direction::Out)] {
        let moved = Request::Cash {
            direction,
            amount: Money(500),
            reason: "bank".to_owned(),
        };
        ask(&mut store, number, moved);
    }
    let broken = Request::WriteOff {
        lines: vec![WriteOffLine {
            sku: line.sku,
            quantity: Quantity(2_000),
        }],
        reason: "broken".to_owned(),
    };
    ask(&mut store, 5, broken);
    // The first close of a month brings the state forward.
    ask(&mut store, 6, Request::CloseShift { counted: None });
    store.commit().expect("memory takes it");
    store
}

fn ask(
    store: &mut StoreLoop<SimRooms>,
    number: u32,
    request: Request,
) -> storefleet_core::epoch::Mark {
    let asked = Asked {
        request,
        key: RequestRef {
            key: format!("key-{number}"),
            hash: Hash([3; 32]),
        },
        employee: "e1".to_owned(),
        business_time: None,
    };
    let answer = store.ask(asked, &stamp()).expect("memory takes it");
    answer.expect("it is allowed").mark
}

/// Entries of the day, in order.
///
/// # Panics
/// When they cannot be read.
#[must_use]
pub fn entries() -> Vec<Vec<u8>> {
    let journal = day(SimRooms::default()).journal().expect("it is open");
    let all = journal.range(Epoch(1), Seq(1), Seq(u64::MAX), u64::MAX);
    all.expect("memory can be read")
}

/// The day as one batch.
#[must_use]
pub fn batch() -> Batch {
    Batch {
        workplace: till(),
        epoch: Epoch(1),
        first: Seq(1),
        prev: Hash::default(),
        entries: entries().into_iter().map(Into::into).collect(),
    }
}

/// One sample under a name.
#[must_use]
pub fn one(name: &str, bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    vec![(name.to_owned(), bytes)]
}

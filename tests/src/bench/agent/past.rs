//! The past of an agent: a journal as months of selling leave it.

use std::path::Path;

use storefleet_agent::identity::IdentityFolder;
use storefleet_agent::journal::DiskRooms;
use storefleet_agent::store_loop::{LoopConfig, StoreLoop};
use storefleet_core::entry::{ClockState, RequestRef};
use storefleet_core::ids::Hash;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind};
use storefleet_core::stock::Sku;
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::decide::{Asked, Request, Stamp};

const GROUP: u64 = 500;
const DAY_MS: i64 = 86_400_000;

/// What a journal holds already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// Sales of five lines, of 300 items.
    pub(super) sales: u64,
    /// Days they are spread over, a shift each; the last one is open.
    pub(super) days: u64,
    /// When the last was sold.
    pub(super) end: Timestamp,
}

/// Writes the past into the journal of an agent that does not run.
///
/// # Errors
/// When the journal cannot be written.
pub(super) fn fill(data: &Path, past: Past) -> anyhow::Result<()> {
    let enrolment = IdentityFolder::new(data).load()?.enrolment;
    let config = LoopConfig {
        workplace: enrolment.workplace,
        training: true,
        version: "bench".to_owned(),
        epochs: enrolment.epochs,
        segment_bytes: 16 * 1024 * 1024,
    };
    let rooms = DiskRooms::new(data.join("journal"));
    let stamp = |number: u64| {
        let back =
            DAY_MS * i64::try_from((past.sales - number) * past.days / past.sales).expect("small");
        let wall = StoreTime {
            at: Timestamp(past.end.0 - back),
            offset: OffsetMinutes(180),
        };
        Stamp {
            wall,
            clock: ClockState::Trusted,
            monotonic_ms: number,
            boot: 1,
        }
    };
    let (mut store, _) = StoreLoop::open(rooms, config, &[], None, &stamp(0))?;
    let mut ask = |number: u64, what: &str, request: Request| {
        let key = RequestRef {
            key: format!("{what}-{number}"),
            hash: Hash([1; 32]),
        };
        let asked = Asked {
            request,
            key,
            employee: "E1".to_owned(),
            business_time: None,
        };
        store.ask(asked, &stamp(number))??;
        if number.is_multiple_of(GROUP) {
            store.commit()?;
        }
        anyhow::Ok(())
    };
    let a_day = past.sales / past.days;
    ask(0, "open", Request::OpenShift { counted: Money(0) })?;
    for number in 1..past.sales {
        if number.is_multiple_of(a_day) {
            ask(number, "close", Request::CloseShift { counted: None })?;
            ask(number, "open", Request::OpenShift { counted: Money(0) })?;
        }
        ask(number, "sale", sale(number))?;
    }
    store.commit()?;
    Ok(())
}

fn sale(number: u64) -> Request {
    let line = |at: u64| Line {
        sku: Sku {
            item: format!("item-{:03}", (number * 7 + at * 31) % 300),
            owner: None,
        },
        quantity: Quantity(1_000),
        unit_price: Money(49_900),
        gross: Money(49_900),
        discount: Money(0),
        vat: Some("22/122".to_owned()),
        serial: None,
    };
    let lines = (0..5).map(line).collect();
    let payments = vec![Payment {
        kind: PaymentKind::Card,
        amount: Money(5 * 49_900),
    }];
    Request::Sell {
        lines,
        payments,
        priced: None,
    }
}

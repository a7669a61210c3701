//! How soon a killed agent with a long journal sells again.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use hyper::StatusCode;
use serde_json::json;
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

use crate::bench::{Metric, median};
use crate::demo::sell::Folder;
use crate::processes::{Centre, Products, Server};
use crate::till_client::TillClient;

const ENTRIES: u64 = 1_000_000;
const DAYS: u64 = 365;
const GROUP: u64 = 500;
const KILLS: usize = 5;
/// 2026-11-20T00:00:00Z: the last brought-forward lies 19 days of sales back.
const END_MS: i64 = 1_795_132_800_000;
const DAY_MS: i64 = 86_400_000;

/// Measures the agent.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measured())
}

async fn measured() -> anyhow::Result<Vec<Metric>> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let centre = Centre::start(&products, folder.path()).await?;
    let workplace = "s00421-1".parse()?;
    let mut agent = centre.enrol(folder.path(), &workplace, None)?;
    fill(agent.data())?;
    agent.start()?;
    agent.ready().await?;
    agent.stop()?;
    agent.start()?;
    let mut with_state = Vec::new();
    for kill in 0..KILLS {
        with_state.push(first_sale_ms(&mut agent, &format!("with-{kill}")).await?);
    }
    agent.kill();
    fs::remove_file(agent.data().join("state.redb"))?;
    agent.start()?;
    let started = Instant::now();
    sell(&agent, "without").await?;
    eprintln!(
        "agent.ready_ms with redb deleted: {:.0}",
        started.elapsed().as_secs_f64() * 1e3
    );
    agent.kill();
    let ready = Metric::at_most("agent.ready_ms", median(&mut with_state), "ms", 1_500.0);
    Ok(vec![ready])
}

/// SIGKILL, start, and the time from start to the first sale answered.
async fn first_sale_ms(agent: &mut Server, key: &str) -> anyhow::Result<f64> {
    agent.ready().await?;
    sell(agent, &format!("{key}-before")).await?;
    agent.kill();
    let started = Instant::now();
    agent.start()?;
    sell(agent, key).await?;
    Ok(started.elapsed().as_secs_f64() * 1_000.0)
}

async fn sell(agent: &Server, key: &str) -> anyhow::Result<()> {
    let mut client = TillClient::new(Folder(agent.data().to_owned()));
    client.pause = Duration::from_millis(5);
    let body = json!({
        "employee": "E1",
        "data": {
            "lines": [{ "item": "case", "qty_milli": 1000, "unit_price_kop": 500, "gross_kop": 500 }],
            "payments": [{ "kind": "card", "amount_kop": 500 }],
        },
    });
    let (status, told) = client.post("/v1/receipts", key, &body.to_string()).await?;
    ensure!(
        status == StatusCode::OK,
        "{status} {}",
        String::from_utf8_lossy(&told)
    );
    Ok(())
}

/// Writes a year of sales of five lines, 300 items, a shift a day, an open one at the end.
fn fill(data: &Path) -> anyhow::Result<()> {
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
        let back = DAY_MS * i64::try_from((ENTRIES - number) * DAYS / ENTRIES).expect("small");
        let wall = StoreTime {
            at: Timestamp(END_MS - back),
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
    let a_day = ENTRIES / DAYS;
    ask(0, "open", Request::OpenShift { counted: Money(0) })?;
    for number in 1..ENTRIES {
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
    Request::Sell { lines, payments }
}

//! Memory of an agent that sells all day, and its processor time when nobody buys.

use std::time::Duration;

use anyhow::{Context, ensure};
use hyper::StatusCode;
use serde_json::{Value, json};
use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use tokio::time::{interval, sleep, timeout};

use super::past::{Past, fill};
use crate::bench::Metric;
use crate::demo::sell::Folder;
use crate::drill::shops::emptied;
use crate::fleet::cpu::{resident_mib, used};
use crate::processes::{Centre, Products, Server};
use crate::till_client::TillClient;

const SALES: u32 = 300;
const IDLE: Duration = Duration::from_secs(300);
/// A line that must be found again takes longer.
const AT_ONCE: Duration = Duration::from_secs(2);
const LINES: u32 = 5;
const ITEMS: u32 = 300;
const PRICE_KOP: u32 = 49_900;

/// A month of 200 receipts a day behind it, then a sale a second; then none.
pub(super) async fn measure(products: &Products) -> anyhow::Result<Vec<Metric>> {
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let centre = Centre::start(products, folder.path()).await?;
    let workplace = "s00421-1".parse()?;
    let mut agent = centre.enrol(folder.path(), &workplace, None)?;
    let month = Past {
        sales: 6_000,
        days: 30,
        end: Timestamp(Clock::start().wall_ms()),
    };
    fill(agent.data(), month)?;
    agent.start()?;
    agent.ready().await?;
    let selling = selling_mib(&agent).await?;
    let idle = idle_percent(&agent).await?;
    Ok(vec![
        Metric::at_most("agent.rss_mib", selling, "MiB", 20.0),
        Metric::at_most("agent.idle_cpu_pct", idle, "% of a core", 0.3),
    ])
}

/// The most memory at any sale.
async fn selling_mib(agent: &Server) -> anyhow::Result<f64> {
    let mut client = TillClient::new(Folder(agent.data().to_owned()));
    let mut second = interval(Duration::from_secs(1));
    let pid = agent.pid().context("the agent runs")?;
    let mut most: f64 = 0.0;
    for number in 0..SALES {
        second.tick().await;
        sell(&mut client, number).await?;
        most = most.max(resident_mib(pid)?);
    }
    Ok(most)
}

async fn sell(client: &mut TillClient<Folder>, number: u32) -> anyhow::Result<()> {
    let (key, body) = (format!("sale-{number}"), sale(number).to_string());
    let (status, _) = client.post("/v1/receipts", &key, &body).await?;
    ensure!(status == StatusCode::OK, "sale {number}: {status}");
    Ok(())
}

fn sale(number: u32) -> Value {
    let line = |at| {
        let item = format!("item-{:03}", (number * 7 + at * 31) % ITEMS);
        json!({
            "item": item, "qty_milli": 1000, "unit_price_kop": PRICE_KOP, "gross_kop": PRICE_KOP,
        })
    };
    let lines: Vec<Value> = (0..LINES).map(line).collect();
    let payments = [json!({ "kind": "card", "amount_kop": PRICE_KOP * LINES })];
    json!({ "employee": "E1", "data": { "lines": lines, "payments": payments } })
}

/// Share of one core that the agent takes while it is connected and nobody buys.
async fn idle_percent(agent: &Server) -> anyhow::Result<f64> {
    let pid = agent.pid().context("the agent runs")?;
    emptied(agent.data()).await?;
    let before = used(pid)?;
    sleep(IDLE).await;
    let taken = used(pid)?.saturating_sub(before);
    // It was connected all the time: what is sold now is at the centre at once.
    let mut client = TillClient::new(Folder(agent.data().to_owned()));
    sell(&mut client, SALES).await?;
    timeout(AT_ONCE, emptied(agent.data())).await??;
    Ok(taken.as_secs_f64() / IDLE.as_secs_f64() * 100.0)
}

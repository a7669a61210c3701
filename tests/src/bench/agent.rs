//! What an agent costs its shop: how soon it sells again, its memory while it sells, its time while
//! it does not.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::ensure;
use hyper::StatusCode;
use serde_json::json;
use storefleet_core::time::Timestamp;

use crate::bench::{Metric, median};
use crate::demo::sell::Folder;
use crate::processes::{Centre, Products, Server};
use crate::till_client::TillClient;

mod day;
mod past;

use past::{Past, fill};

const KILLS: usize = 5;
/// A year; the last brought-forward lies 19 days of sales back.
const LONG: Past = Past {
    sales: 1_000_000,
    days: 365,
    end: Timestamp(1_795_132_800_000), // 2026-11-20T00:00:00Z
};

/// Measures the agent.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let products = Products::build(true)?;
    let mut metrics = vec![runtime.block_on(ready(&products))?];
    metrics.extend(runtime.block_on(day::measure(&products))?);
    Ok(metrics)
}

async fn ready(products: &Products) -> anyhow::Result<Metric> {
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let centre = Centre::start(products, folder.path()).await?;
    let workplace = "s00421-1".parse()?;
    let mut agent = centre.enrol(folder.path(), &workplace, None)?;
    fill(agent.data(), LONG)?;
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
    let median = median(&mut with_state);
    Ok(Metric::at_most("agent.ready_ms", median, "ms", 1_500.0))
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

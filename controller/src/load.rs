//! Loads a folder of tables into the running centre through its admin socket, and publishes what changed.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use axum::body::{Body, to_bytes};
use flate2::read::GzDecoder;
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Map, Value};
use storefleet_core::master::dealer_limit::DealerLimitRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::secret::{COUPON_KEY, SecretRecord};
use storefleet_core::master::{Record, Table};
use storefleet_core::pricing::json::promotion::read_limit;
use storefleet_provision::admin::SOCKET_NAME;
use tokio::net::UnixStream;

/// Tables by the names of their files, in the order in which they refer to each other.
const FILES: &[(&str, Table)] = &[
    ("dealers.csv", Table::Dealers),
    ("stores.csv", Table::Stores),
    ("price_types.csv", Table::PriceTypes),
    ("tax.csv", Table::Taxes),
    ("catalog.csv", Table::Items),
    ("prices.csv", Table::Prices),
    ("corridors.csv", Table::Corridors),
];
const PROMOTIONS: &str = "promos.json";
/// An answer is a number and the names of layers.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Loads every table that the folder has and publishes; says what it did, a line each.
///
/// # Errors
/// The first table that the centre does not take, with its reason.
pub fn load(data: &Path, folder: &Path, why: &str) -> anyhow::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let socket = data.join(SOCKET_NAME);
    let mut told = Vec::new();
    for (table, rows) in tables(folder)? {
        let path = format!("/v1/master/{}", table.name());
        let answer = runtime.block_on(post(&socket, &path, why, rows))?;
        told.push(match answer["change"].as_u64() {
            Some(change) => format!("{}: change {change}", table.name()),
            None => format!("{}: nothing changed", table.name()),
        });
    }
    if told.is_empty() {
        bail!("{} holds none of the tables", folder.display());
    }
    let published = runtime.block_on(post(&socket, "/v1/publish", why, String::new()))?;
    let layers = published["layers"].as_array().map_or(0, Vec::len);
    let workplaces = &published["workplaces"];
    told.push(format!(
        "published: {layers} layers, {workplaces} workplaces told"
    ));
    Ok(told)
}

fn tables(folder: &Path) -> anyhow::Result<Vec<(Table, String)>> {
    let mut tables = Vec::new();
    for (file, table) in FILES {
        if let Some(text) = text(folder, file)? {
            tables.push((*table, text));
        }
    }
    if let Some(text) = text(folder, PROMOTIONS)? {
        let file = serde_json::from_str(&text);
        let file = file.with_context(|| format!("{PROMOTIONS} in {}", folder.display()))?;
        tables.extend(of_promotions(file)?);
    }
    Ok(tables)
}

/// A file of the folder, plain or gzip.
fn text(folder: &Path, name: &str) -> anyhow::Result<Option<String>> {
    let (plain, packed) = (folder.join(name), folder.join(format!("{name}.gz")));
    if packed.exists() {
        let mut text = String::new();
        let file = fs::File::open(&packed).with_context(|| packed.display().to_string())?;
        let read = GzDecoder::new(file).read_to_string(&mut text);
        read.with_context(|| packed.display().to_string())?;
        return Ok(Some(text));
    }
    match plain.exists() {
        true => fs::read_to_string(&plain)
            .map(Some)
            .with_context(|| plain.display().to_string()),
        false => Ok(None),
    }
}

#[derive(Deserialize)]
struct PromotionsFile {
    #[serde(default)]
    coupon_key: String,
    #[serde(default)]
    dealer_limits: Vec<Value>,
    promotions: Vec<Map<String, Value>>,
}

fn of_promotions(file: PromotionsFile) -> anyhow::Result<Vec<(Table, String)>> {
    let wrong = |problem: String| anyhow::anyhow!("{PROMOTIONS}: {problem}");
    let promotions = file.promotions.into_iter().map(PromotionRecord::of);
    let promotions: Result<Vec<_>, _> = promotions.collect();
    let limits = file.dealer_limits.into_iter().map(|limit| {
        let limit = read_limit(limit)?;
        Ok(DealerLimitRecord { limit })
    });
    let limits: Result<Vec<_>, String> = limits.collect();
    let mut tables = vec![
        (Table::Promotions, rows(&promotions.map_err(wrong)?)?),
        (Table::DealerLimits, rows(&limits.map_err(wrong)?)?),
    ];
    if !file.coupon_key.is_empty() {
        let secret = SecretRecord {
            name: COUPON_KEY.to_owned(),
            value: file.coupon_key,
        };
        tables.push((Table::Secrets, rows(&[secret])?));
    }
    Ok(tables)
}

/// Records as CSV with their header line.
fn rows<R: Record>(records: &[R]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(R::COLUMNS.iter().map(|column| column.name))?;
    for record in records {
        writer.write_record(record.cells())?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

async fn post(socket: &Path, path: &str, why: &str, body: String) -> anyhow::Result<Value> {
    let query: String = why.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{path}?why={query}"))
        .header(header::HOST, "admin")
        .header(header::CONTENT_TYPE, "text/csv")
        .body(Body::from(body))?;
    let stream = UnixStream::connect(socket).await.with_context(|| {
        let place = socket.display();
        format!("cannot ask the centre at {place}; check that it runs, and your rights")
    })?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The connection ends when the sender, owned by this block, is dropped.
    let exchange = async move {
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = to_bytes(Body::new(response.into_body()), ANSWER_BYTES_MAX).await?;
        anyhow::Ok((status, body))
    };
    let (answer, ended) = tokio::join!(exchange, connection);
    ended?;
    let (status, body) = answer?;
    let told: Value = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).into_owned()));
    if !status.is_success() {
        let (title, next) = (&told["title"], &told["next"]);
        bail!("{path}: the centre answered {status}: {title} {next}");
    }
    Ok(told)
}

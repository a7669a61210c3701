//! Sends files of master data to the running centre through its admin socket, and publishes what changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use axum::body::{Body, to_bytes};
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use storefleet_core::master::dealer_limit::DealerLimitRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::secret::{COUPON_KEY, SecretRecord};
use storefleet_core::master::{Record, Table};
use storefleet_core::pricing::json::promotion::read_limit;
use storefleet_provision::admin::SOCKET_NAME;
use tokio::net::UnixStream;

use crate::pricing::promotions_file::PromotionsFile;

/// Files of a folder of tables, in the order in which they refer to each other.
const FILES: &[&str] = &[
    "dealers.csv",
    "stores.csv",
    "price_types.csv",
    "tax.csv",
    "catalog.csv",
    "prices.csv",
    "corridors.csv",
];
const PROMOTIONS: &str = "promos.json";
/// An answer is a number and the names of layers.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How files are to be taken.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    /// Why, for the office's log.
    pub why: &'a str,
    /// What is not in a file goes.
    pub whole: bool,
    /// Only look.
    pub preview: bool,
    /// What is held was looked at, and is wanted.
    pub accept: bool,
}

/// Sends files, or the known files of folders, and publishes what they changed; says what it did, a line each.
///
/// # Errors
/// The first file that the centre does not take, with its reason.
pub fn load(data: &Path, paths: &[PathBuf], orders: Orders<'_>) -> anyhow::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let socket = data.join(SOCKET_NAME);
    let (mut told, mut waits) = (Vec::new(), false);
    for (source, bytes) in files(paths)? {
        let flag = |name: &str, set: bool| {
            if set {
                format!("&{name}=true")
            } else {
                String::new()
            }
        };
        let query = format!(
            "source={}&why={}{}{}{}",
            escaped(&source),
            escaped(orders.why),
            flag("whole", orders.whole),
            flag("preview", orders.preview),
            flag("accept", orders.accept),
        );
        let answer = runtime.block_on(post(&socket, "/v1/import", &query, bytes))?;
        waits |= told_of(&source, &answer, orders, &mut told);
    }
    if told.is_empty() {
        bail!(
            "there is no table; name files, or a folder with {}",
            FILES.join(", ")
        );
    }
    if orders.preview {
        return Ok(told);
    }
    if waits {
        told.push("look at what is held; send it again with --accept if it is meant so".to_owned());
    }
    let query = format!("why={}", escaped(orders.why));
    let published = runtime.block_on(post(&socket, "/v1/publish", &query, Vec::new()))?;
    let layers = published.get("layers").and_then(Value::as_array);
    let layers = layers.map_or(0, Vec::len);
    let workplaces = published.get("workplaces").and_then(Value::as_u64);
    let workplaces = workplaces.unwrap_or(0);
    told.push(format!(
        "published: {layers} layers, {workplaces} workplaces told"
    ));
    Ok(told)
}

/// Adds the lines about one file; says whether something of it waits for a person.
fn told_of(source: &str, answer: &Value, orders: Orders<'_>, told: &mut Vec<String>) -> bool {
    for table in answer["tables"].as_array().into_iter().flatten() {
        let (name, added, changed) = (&table["table"], &table["added"], &table["changed"]);
        let (removed, same, refused) = (&table["removed"], &table["same"], &table["refused"]);
        told.push(format!(
            "{source}: {name}: {added} new, {changed} changed, {removed} removed, {same} as before, \
             {refused} refused"
        ));
    }
    for sentences in ["holds", "refused"] {
        for sentence in answer[sentences].as_array().into_iter().flatten() {
            told.push(format!(
                "{source}: {}",
                sentence.as_str().unwrap_or_default()
            ));
        }
    }
    if let Some(file) = answer["quarantine"].as_str() {
        told.push(format!("{source}: refused rows are kept in {file}"));
    }
    let held = answer["holds_count"].as_u64().unwrap_or(0) > 0;
    match answer["change"].as_u64() {
        Some(change) => told.push(format!("{source}: change {change}")),
        None if held => told.push(format!("{source}: nothing changed, it waits")),
        None => told.push(format!("{source}: nothing changed")),
    }
    held && !orders.accept
}

/// Names and contents of files, and of the known files of folders, in the order in which they are sent.
///
/// # Errors
/// When one cannot be read.
pub fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            let bytes = fs::read(path).with_context(|| path.display().to_string())?;
            files.push((name_of(path), bytes));
            continue;
        }
        for name in FILES {
            for path in [path.join(name), path.join(format!("{name}.gz"))] {
                if path.exists() {
                    let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
                    files.push((name_of(&path), bytes));
                }
            }
        }
        let promotions = path.join(PROMOTIONS);
        if promotions.exists() {
            let text = fs::read_to_string(&promotions)
                .with_context(|| promotions.display().to_string())?;
            let file =
                serde_json::from_str(&text).with_context(|| promotions.display().to_string())?;
            for (table, rows) in of_promotions(file)? {
                files.push((format!("{PROMOTIONS} {}", table.name()), rows.into_bytes()));
            }
        }
    }
    Ok(files)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
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

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The one-time link that opens the console for a person.
///
/// # Errors
/// When the centre does not run, or the text is no name.
pub fn console_link(data: &Path, name: &str) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let query = format!("name={}", escaped(name));
    let socket = data.join(SOCKET_NAME);
    let asked = post(&socket, "/v1/console-link", &query, Vec::new());
    let answer = runtime.block_on(asked)?;
    let link = answer.get("link").and_then(Value::as_str);
    let link = link.context("the centre gave no link")?;
    Ok(link.to_owned())
}

async fn post(socket: &Path, path: &str, query: &str, body: Vec<u8>) -> anyhow::Result<Value> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{path}?{query}"))
        .header(header::HOST, "admin")
        .header(header::CONTENT_TYPE, "application/octet-stream")
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
        let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
        let (title, next) = (text("title"), text("next"));
        bail!("{path}: the centre answered {status}: {title}; {next}");
    }
    Ok(told)
}

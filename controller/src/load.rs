//! Sends files of master data to the running centre, and releases what changed to every shop at once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;
use storefleet_core::master::dealer_limit::DealerLimitRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::secret::{COUPON_KEY, SecretRecord};
use storefleet_core::master::{Record, Table};
use storefleet_core::pricing::json::promotion::read_limit;

use crate::admin_client::{Question, ask};
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
    /// Changes the tables and releases nothing.
    pub keep: bool,
    /// A second person, who looked at it too.
    pub second: Option<&'a str>,
}

/// Sends files, or the known files of folders, and releases what they changed; says what it did, a line each.
///
/// # Errors
/// The first file that the centre does not take, with its reason.
pub fn load(data: &Path, paths: &[PathBuf], orders: Orders<'_>) -> anyhow::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut told, mut waits) = (Vec::new(), false);
    for (source, bytes) in files(paths)? {
        let mut query = vec![("source", source.clone()), ("why", orders.why.to_owned())];
        let flags = [
            ("whole", orders.whole),
            ("preview", orders.preview),
            ("accept", orders.accept),
        ];
        let set = flags.into_iter().filter(|(_, set)| *set);
        query.extend(set.map(|(name, _)| (name, "true".to_owned())));
        let question = Question {
            body: bytes,
            ..Question::post("/v1/import", query)
        };
        let answer = runtime.block_on(ask(data, question))?;
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
    if orders.keep {
        told.push("nothing was released: storefleet-controller release new does it".to_owned());
        return Ok(told);
    }
    let mut query = vec![("why", orders.why.to_owned())];
    query.extend(orders.second.map(|name| ("second", name.to_owned())));
    let published = &runtime.block_on(ask(data, Question::post("/v1/publish", query)))?;
    let number = |name: &str| published[name].as_u64().unwrap_or(0);
    told.push(match number("layers") {
        0 => "nothing to release".to_owned(),
        layers => format!(
            "released as {}: {layers} layers, {} shops",
            published["release"].as_str().unwrap_or_default(),
            number("shops"),
        ),
    });
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

/// The one-time link that opens the console for a person.
///
/// # Errors
/// When the centre does not run, or the text is no name.
pub fn console_link(data: &Path, name: &str) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let query = vec![("name", name.to_owned())];
    let answer = runtime.block_on(ask(data, Question::post("/v1/console-link", query)))?;
    let link = answer.get("link").and_then(Value::as_str);
    let link = link.context("the centre gave no link")?;
    Ok(link.to_owned())
}

//! Receipts of a CSV file as what each till has to do, in business time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use storefleet_core::ids::{StoreId, Till, WorkplaceId};

/// A row of the file.
#[derive(Debug, Deserialize)]
struct Row {
    store_id: String,
    receipt_id: String,
    till: String,
    employee_id: String,
    ts: String,
    kind: String,
    item_code: String,
    qty: i64,
    unit_price_kop: i64,
    gross_kop: i64,
    discount_kop: i64,
}

/// One call to a till.
#[derive(Debug, Clone)]
pub struct Call {
    /// Path of the API.
    pub path: &'static str,
    /// Idempotency key.
    pub key: String,
    /// Body, as sent every time.
    pub body: String,
    /// How often it is sent again after its first answer.
    pub repeats: u32,
    /// Whether the demo counts it as a receipt on its progress bar.
    pub is_receipt: bool,
}

/// What one workplace does, in order.
#[derive(Debug)]
pub struct Job {
    /// The workplace.
    pub workplace: WorkplaceId,
    /// Store id as in the file.
    pub store: String,
    /// Its calls.
    pub calls: Vec<Call>,
}

/// Opens a file, plain or gz.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let file = BufReader::new(file);
    Ok(match path.extension().is_some_and(|ext| ext == "gz") {
        true => Box::new(flate2::read::MultiGzDecoder::new(file)),
        false => Box::new(file),
    })
}

/// A receipt of the file: its first contiguous block.
struct Block {
    at: jiff::Timestamp,
    date: jiff::civil::Date,
    first: Row,
    lines: Vec<Row>,
    repeats: u32,
}

/// Reads the jobs of all tills; `stores_max` takes only the first stores in the order they appear.
pub fn plan(file: impl Read, stores_max: Option<usize>) -> anyhow::Result<Vec<Job>> {
    let blocks = blocks(file, stores_max)?;
    let tills = number_tills(&blocks)?;
    let mut by_till: BTreeMap<(String, String), Vec<Block>> = BTreeMap::new();
    for block in blocks {
        let key = (block.first.store_id.clone(), block.first.till.clone());
        by_till.entry(key).or_default().push(block);
    }
    let mut jobs = Vec::new();
    for ((store, till), mut blocks) in by_till {
        blocks.sort_by_key(|block| block.at);
        let workplace = tills[&(store.clone(), till)].clone();
        jobs.push(Job {
            workplace,
            store,
            calls: calls(blocks)?,
        });
    }
    jobs.sort_by(|a, b| a.workplace.cmp(&b.workplace));
    Ok(jobs)
}

fn blocks(file: impl Read, stores_max: Option<usize>) -> anyhow::Result<Vec<Block>> {
    let mut order: Vec<String> = Vec::new();
    let mut index: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut blocks: Vec<Block> = Vec::new();
    let mut current: Option<((String, String), bool)> = None;
    for (at, row) in csv::Reader::from_reader(file)
        .deserialize::<Row>()
        .enumerate()
    {
        let line = at + 2;
        let row = row.with_context(|| format!("line {line}"))?;
        if !order.contains(&row.store_id) {
            order.push(row.store_id.clone());
        }
        if stores_max.is_some_and(|max| order.iter().position(|s| *s == row.store_id) >= Some(max))
        {
            continue;
        }
        let key = (row.store_id.clone(), row.receipt_id.clone());
        match &current {
            Some((same, is_repeat)) if *same == key => {
                if !is_repeat {
                    let block = &mut blocks[index[&key]];
                    ensure!(
                        block.first.kind == row.kind && block.first.till == row.till,
                        "line {line}: a receipt has one kind and one till"
                    );
                    block.lines.push(row);
                }
            }
            _ => {
                let known = index.get(&key).copied();
                current = Some((key.clone(), known.is_some()));
                match known {
                    Some(at) => blocks[at].repeats += 1,
                    None => {
                        index.insert(key, blocks.len());
                        blocks.push(block(row, line)?);
                    }
                }
            }
        }
    }
    Ok(blocks)
}

fn block(row: Row, line: usize) -> anyhow::Result<Block> {
    let wrong = || format!("line {line}: time {:?}", row.ts);
    let at: jiff::Timestamp = row.ts.parse().with_context(wrong)?;
    let date: jiff::civil::DateTime = row
        .ts
        .get(..19)
        .unwrap_or_default()
        .parse()
        .with_context(wrong)?;
    let copy = Row {
        item_code: String::new(),
        ..row_head(&row)
    };
    Ok(Block {
        at,
        date: date.date(),
        first: copy,
        lines: vec![row],
        repeats: 0,
    })
}

fn row_head(row: &Row) -> Row {
    Row {
        store_id: row.store_id.clone(),
        receipt_id: row.receipt_id.clone(),
        till: row.till.clone(),
        employee_id: row.employee_id.clone(),
        ts: row.ts.clone(),
        kind: row.kind.clone(),
        item_code: row.item_code.clone(),
        ..*row
    }
}

/// The sorted distinct tills of a store are its workplaces 1, 2, 3 …
fn number_tills(blocks: &[Block]) -> anyhow::Result<BTreeMap<(String, String), WorkplaceId>> {
    let mut tills: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for block in blocks {
        tills
            .entry(block.first.store_id.clone())
            .or_default()
            .insert(block.first.till.clone());
    }
    let mut out = BTreeMap::new();
    let mut taken: BTreeMap<StoreId, String> = BTreeMap::new();
    for (store, tills) in tills {
        let id: StoreId = store
            .to_ascii_lowercase()
            .parse()
            .with_context(|| format!("store {store}"))?;
        if let Some(other) = taken.insert(id.clone(), store.clone()) {
            bail!("stores {other} and {store} would both become {id}");
        }
        for (number, till) in (1_u8..).zip(tills) {
            let number =
                Till::new(number).with_context(|| format!("store {store}: too many tills"))?;
            out.insert((store.clone(), till), WorkplaceId::new(id.clone(), number));
        }
    }
    Ok(out)
}

fn calls(blocks: Vec<Block>) -> anyhow::Result<Vec<Call>> {
    let mut calls = Vec::new();
    let mut open: Option<(jiff::civil::Date, Row)> = None;
    for block in blocks {
        let Some(call) = receipt(&block)? else {
            continue;
        };
        if let Some((_, last)) = open.take_if(|(date, _)| *date != block.date) {
            calls.push(shift("/v1/shift/close", &last, json!({})));
        }
        if open.is_none() {
            calls.push(shift(
                "/v1/shift/open",
                &block.first,
                json!({ "counted_kop": 0 }),
            ));
        }
        calls.push(call);
        open = Some((block.date, block.first));
    }
    if let Some((_, last)) = open {
        calls.push(shift("/v1/shift/close", &last, json!({})));
    }
    Ok(calls)
}

fn shift(path: &'static str, row: &Row, data: Value) -> Call {
    let body = json!({ "employee": row.employee_id, "business_time": row.ts, "data": data });
    Call {
        path,
        key: format!("{path}/{}/{}", row.receipt_id, row.ts),
        body: body.to_string(),
        repeats: 0,
        is_receipt: false,
    }
}

/// The call of a receipt; none for adjusts and receipts without a quantity.
fn receipt(block: &Block) -> anyhow::Result<Option<Call>> {
    let head = &block.first;
    let rows: Vec<_> = block.lines.iter().filter(|row| row.qty != 0).collect();
    if rows.is_empty() || head.kind == "adjust" {
        return Ok(None);
    }
    let sign = if head.kind == "sale" { 1 } else { -1 };
    let total: i64 = rows
        .iter()
        .map(|row| (row.gross_kop - row.discount_kop) * sign)
        .sum();
    let payments = json!([{ "kind": "cash", "amount_kop": total }]);
    let (path, data) = match head.kind.as_str() {
        "sale" => (
            "/v1/receipts",
            json!({ "lines": lines(&rows, sign), "payments": payments }),
        ),
        "return" => (
            "/v1/returns",
            json!({ "reason": "no receipt", "lines": lines(&rows, sign), "payments": payments }),
        ),
        "writeoff" => (
            "/v1/writeoffs",
            json!({
                "reason": "write-off of the file",
                "lines": rows.iter().map(|row| json!({
                    "item": row.item_code, "qty_milli": -row.qty * 1_000,
                })).collect::<Vec<_>>(),
            }),
        ),
        other => bail!("receipt {}: unknown kind {other:?}", head.receipt_id),
    };
    let body = json!({ "employee": head.employee_id, "business_time": head.ts, "data": data });
    Ok(Some(Call {
        path,
        key: format!("receipt/{}", head.receipt_id),
        body: body.to_string(),
        repeats: block.repeats,
        is_receipt: true,
    }))
}

fn lines(rows: &[&Row], sign: i64) -> Vec<Value> {
    rows.iter()
        .map(|row| {
            json!({
                "item": row.item_code,
                "qty_milli": row.qty * sign * 1_000,
                "unit_price_kop": row.unit_price_kop.abs(),
                "gross_kop": row.gross_kop * sign,
                "discount_kop": row.discount_kop * sign,
            })
        })
        .collect()
}

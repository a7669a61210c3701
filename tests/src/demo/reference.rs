//! The reference: what a CSV reader that knows nothing of the product finds in the file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Sums of one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Sums {
    /// Receipts of kind sale.
    pub receipts: i64,
    /// Receipts of kind return.
    pub returns: i64,
    /// Lines of both.
    pub lines: i64,
    /// Pieces sold less returned.
    pub qty: i64,
    /// Kopecks before discounts, returns negative.
    pub gross_kop: i64,
    /// Kopecks of discounts, returns negative.
    pub discount_kop: i64,
    /// Kopecks after discounts, returns negative.
    pub total_kop: i64,
}

/// What the file holds beside the sums.
#[derive(Debug, Default)]
pub struct Reference {
    /// By store id as in the file.
    pub stores: BTreeMap<String, Sums>,
    /// Tills by store.
    pub tills: BTreeMap<String, BTreeSet<String>>,
    /// Blocks of a receipt that stood before already.
    pub repeated: i64,
    /// Blocks of kind adjust.
    pub adjust_skipped: i64,
    /// Write-off documents.
    pub writeoffs: i64,
    /// Lines of quantity 0.
    pub zero_qty_skipped: i64,
}

/// Reads a file; `stores_max` takes only the first stores in the order they appear.
pub fn read(file: impl Read, stores_max: Option<usize>) -> anyhow::Result<Reference> {
    let mut reader = csv::Reader::from_reader(file);
    let names = reader.headers()?.clone();
    let column = |name: &str| {
        names
            .iter()
            .position(|n| n == name)
            .ok_or_else(|| anyhow::anyhow!("no column {name}"))
    };
    let (store, receipt, till, kind) = (
        column("store_id")?,
        column("receipt_id")?,
        column("till")?,
        column("kind")?,
    );
    let (qty, gross) = (column("qty")?, column("gross_kop")?);
    let (discount, total) = (column("discount_kop")?, column("total_kop")?);
    let mut out = Reference::default();
    let mut order: Vec<String> = Vec::new();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut counted: BTreeSet<(String, String)> = BTreeSet::new();
    let mut current = None;
    let mut is_repeat = false;
    for row in reader.records() {
        let row = row?;
        let (store, kind) = (row[store].to_owned(), &row[kind]);
        if !order.contains(&store) {
            order.push(store.clone());
        }
        if stores_max.is_some_and(|max| order.iter().position(|s| *s == store) >= Some(max)) {
            continue;
        }
        let key = (store.clone(), row[receipt].to_owned());
        if current.as_ref() != Some(&key) {
            is_repeat = !seen.insert(key.clone());
            out.repeated += i64::from(is_repeat);
            out.adjust_skipped += i64::from(!is_repeat && kind == "adjust");
            current = Some(key.clone());
        }
        out.tills
            .entry(store.clone())
            .or_default()
            .insert(row[till].to_owned());
        let sums = out.stores.entry(store).or_default();
        if is_repeat || kind == "adjust" {
            continue;
        }
        let pieces: i64 = row[qty].parse()?;
        if pieces == 0 {
            out.zero_qty_skipped += 1;
            continue;
        }
        let is_first = counted.insert(key);
        match kind {
            "sale" => sums.receipts += i64::from(is_first),
            "return" => sums.returns += i64::from(is_first),
            "writeoff" => {
                out.writeoffs += i64::from(is_first);
                continue;
            }
            other => anyhow::bail!("unknown kind {other:?}"),
        }
        sums.lines += 1;
        sums.qty += pieces;
        sums.gross_kop += row[gross].parse::<i64>()?;
        sums.discount_kop += row[discount].parse::<i64>()?;
        sums.total_kop += row[total].parse::<i64>()?;
    }
    Ok(out)
}

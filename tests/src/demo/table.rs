//! Three sums side by side: the shops' journals, the centre's signed batches, the file.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};
use storefleet_core::ids::WorkplaceId;

use crate::demo::receipts::Job;
use crate::demo::reference::{Reference, Sums};

/// Sums by store id as in the file.
pub type ByStore = BTreeMap<String, Sums>;

/// Adds up what `journal export` printed for one workplace.
pub fn add_journal(sums: &mut Sums, export: &str) -> anyhow::Result<()> {
    for line in export.lines() {
        let entry: Value = serde_json::from_str(line)?;
        let sign = match entry["kind"].as_str().context("an entry has a kind")? {
            "sale" => {
                sums.receipts += 1;
                1
            }
            "return" => {
                sums.returns += 1;
                -1
            }
            _ => continue,
        };
        for line in entry["body"]["lines"]
            .as_array()
            .context("a receipt has lines")?
        {
            let number = |name: &str| line[name].as_i64().context("a line has amounts");
            sums.lines += 1;
            sums.qty += sign * number("qty_milli")? / 1_000;
            sums.gross_kop += sign * number("gross_kop")?;
            sums.discount_kop += sign * number("discount_kop")?;
            sums.total_kop += sign * number("total_kop")?;
        }
    }
    Ok(())
}

/// Reads the centre's sums from what `verify --json` printed.
pub fn centre(report: &str, jobs: &[Job]) -> anyhow::Result<ByStore> {
    let report: Value = serde_json::from_str(report)?;
    let stores: BTreeMap<WorkplaceId, &String> = jobs
        .iter()
        .map(|job| (job.workplace.clone(), &job.store))
        .collect();
    let mut out = ByStore::new();
    for row in report["workplaces"]
        .as_array()
        .context("verify lists workplaces")?
    {
        let id: WorkplaceId = row["workplace"]
            .as_str()
            .context("a row has a workplace")?
            .parse()?;
        let number = |name: &str| row[name].as_i64().context("a row has sums");
        let store = stores
            .get(&id)
            .with_context(|| format!("{id} is none of the demo's"))?;
        let sums = out.entry((*store).clone()).or_default();
        sums.receipts += number("receipts")?;
        sums.returns += number("returns")?;
        sums.lines += number("lines")?;
        sums.qty += number("qty_milli")? / 1_000;
        sums.gross_kop += number("gross_kop")?;
        sums.discount_kop += number("discount_kop")?;
        sums.total_kop += number("total_kop")?;
    }
    Ok(out)
}

/// Whether all three agree everywhere.
#[must_use]
pub fn agree(shop: &ByStore, centre: &ByStore, reference: &Reference) -> bool {
    *shop == reference.stores && *centre == reference.stores
}

/// The result as JSON.
pub fn to_json(shop: &ByStore, centre: &ByStore, reference: &Reference, faults: &Value) -> Value {
    let stores: Vec<_> = reference
        .stores
        .iter()
        .map(|(store, sums)| {
            let mut row = json!(sums);
            row["store"] = json!(store);
            row["workplaces"] = json!(reference.tills[store].len());
            let (shop, centre) = (shop.get(store), centre.get(store));
            if shop != Some(sums) || centre != Some(sums) {
                row["shop"] = json!(shop);
                row["centre"] = json!(centre);
                row["reference"] = json!(sums);
            }
            row
        })
        .collect();
    json!({
        "stores": stores,
        "repeated": reference.repeated,
        "adjust_skipped": reference.adjust_skipped,
        "writeoffs": reference.writeoffs,
        "zero_qty_skipped": reference.zero_qty_skipped,
        "faults": faults,
        "agree": agree(shop, centre, reference),
    })
}

/// The result for people.
#[must_use]
pub fn to_text(shop: &ByStore, centre: &ByStore, reference: &Reference) -> String {
    let mut text = format!(
        "{:<12}{:>8}{:>9}{:>8}{:>8}{:>10}{:>16}  {}\n",
        "store",
        "tills",
        "receipts",
        "returns",
        "lines",
        "units",
        "money",
        "shop = centre = reference"
    );
    let mut all = Sums::default();
    for (store, sums) in &reference.stores {
        let same = shop.get(store) == Some(sums) && centre.get(store) == Some(sums);
        let verdict = if same { "yes" } else { "NO" };
        text += &row(store, reference.tills[store].len(), sums, verdict);
        if !same {
            for (name, other) in [("  shop", shop.get(store)), ("  centre", centre.get(store))] {
                text += &row(name, 0, &other.copied().unwrap_or_default(), "");
            }
        }
        all.receipts += sums.receipts;
        all.returns += sums.returns;
        all.lines += sums.lines;
        all.qty += sums.qty;
        all.total_kop += sums.total_kop;
    }
    let tills = reference
        .tills
        .values()
        .map(std::collections::BTreeSet::len)
        .sum();
    let verdict = if agree(shop, centre, reference) {
        "yes, everywhere"
    } else {
        "NO"
    };
    text + &row("all", tills, &all, verdict)
}

fn row(name: &str, tills: usize, sums: &Sums, verdict: &str) -> String {
    let money = storefleet_core::money::Money(sums.total_kop);
    format!(
        "{name:<12}{tills:>8}{:>9}{:>8}{:>8}{:>10}{:>16}  {verdict}\n",
        sums.receipts,
        sums.returns,
        sums.lines,
        sums.qty,
        money.to_string()
    )
}

//! What the centre proves from its signed batches, beside what the shops sold.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::{Value, json};

use crate::fleet::shop::Shop;

/// The comparison.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// Receipts the shops sold.
    pub receipts: u64,
    /// Entries no ack covers.
    pub entries_not_acked: u64,
    /// Acks that did not move a watermark forward.
    pub acks_doubled: u64,
    /// Shops of which the centre holds other receipts, sums or another watermark.
    pub shops_that_differ: u64,
    /// Batches the centre holds apart.
    pub held: u64,
    /// Batches the centre holds in all.
    pub batches: u64,
    /// Workplaces the centre holds something of that are none of these shops, with their receipts.
    pub others: BTreeMap<String, u64>,
}

impl Proof {
    /// Compares a report of `verify --json` with the shops.
    pub fn of(shops: &[Shop], report: &str) -> anyhow::Result<Self> {
        let report: Value = serde_json::from_str(report)?;
        let count = |value: &Value| value.as_u64().context("a count of verify");
        let mut proof = Self {
            held: count(&report["held"])?,
            batches: count(&report["records"])?,
            ..Self::default()
        };
        let rows = report["workplaces"].as_array().context("no workplaces")?;
        let mut rows: BTreeMap<_, _> = rows
            .iter()
            .filter_map(|row| Some((row["workplace"].as_str()?, row)))
            .collect();
        for shop in shops {
            let till = shop.till();
            let same = rows.remove(&*shop.id.to_string()).is_some_and(|row| {
                row["receipts"] == till.receipts
                    && row["total_kop"] == till.total_kop
                    && row["watermark"] == till.head().0
            });
            proof.shops_that_differ += u64::from(!same);
            proof.entries_not_acked += till.head().0 - till.acked.0;
            proof.acks_doubled += till.doubled;
            proof.receipts += till.receipts;
        }
        for (workplace, row) in rows {
            let receipts = count(&row["receipts"])?;
            proof.others.insert(workplace.to_owned(), receipts);
        }
        Ok(proof)
    }

    /// Whether the centre holds exactly what the shops sold, each entry acknowledged once.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let wrong = [
            self.entries_not_acked,
            self.acks_doubled,
            self.shops_that_differ,
            self.held,
        ];
        wrong.iter().all(|count| *count == 0)
    }

    /// The figures.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "receipts": self.receipts, "entries_not_acked": self.entries_not_acked,
            "acks_doubled": self.acks_doubled, "shops_that_differ": self.shops_that_differ,
            "held": self.held, "batches": self.batches, "other_workplaces": self.others,
            "holds": self.is_exact(),
        })
    }
}

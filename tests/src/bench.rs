//! Benchmarks: each a ratio to a limit measured in the same run, or a figure with its limit.

use serde_json::{Value, json};

pub mod agent;
pub mod assortment;
pub mod catalog;
pub mod chain;
pub mod dataset;
pub mod import;
pub mod ingest;
pub mod journal;
pub mod link;
pub mod pricing;
pub mod release;

/// One measured metric.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What was measured.
    pub value: f64,
    /// In what.
    pub unit: &'static str,
    /// What it must reach.
    pub limit: f64,
    /// Whether it reaches it.
    pub holds: bool,
}

impl Metric {
    /// A metric that must not be above its limit.
    #[must_use]
    pub fn at_most(name: &'static str, value: f64, unit: &'static str, limit: f64) -> Self {
        Self {
            name,
            value,
            unit,
            limit,
            holds: value <= limit,
        }
    }

    /// A metric that must not be below its limit.
    #[must_use]
    pub fn at_least(name: &'static str, value: f64, unit: &'static str, limit: f64) -> Self {
        Self {
            name,
            value,
            unit,
            limit,
            holds: value >= limit,
        }
    }

    /// The metric as one JSON line.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "metric": self.name, "value": self.value, "unit": self.unit, "limit": self.limit,
            "holds": self.holds,
        })
    }
}

/// The value in the middle; sorts what it is given.
#[must_use]
pub fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50)
}

/// The value below which `percent` of the values lie; sorts what it is given.
#[must_use]
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or(f64::NAN)
}

//! The line and the gate under a whole network, at a modest length; `cargo fleet` measures longer.

use crate::bench::Metric;
use crate::fleet::proof::Proof;
use crate::fleet::{self, Plan};

const PLAN: Plan = Plan {
    shops: 3_000,
    seconds: 15,
    rounds: 3,
    segment_bytes: fleet::SEGMENT_BYTES,
};

/// Measures storms, throughput and acknowledgements.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(fleet::run(PLAN, |_| {}))?;
    anyhow::ensure!(
        report.proof.as_ref().is_some_and(Proof::is_exact),
        "the centre does not hold what was sold: {}",
        report.to_json(PLAN)
    );
    Ok(report.metrics)
}

//! Refused datasets: shops that kept the old version, with their codes.

use std::collections::BTreeMap;

use super::{Gate, Reading, Verdict, WaveView};
use crate::rollout::observe::Progress;

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "refused",
    judge,
};

/// Codes that are named.
const CODES_SHOWN: usize = 3;

fn judge(view: &WaveView<'_>) -> Reading {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for member in &view.members {
        let progress = member.observation.map(|known| known.progress(view.release));
        if let Some(Progress::Refused { code }) = progress {
            let known = codes.entry(code).or_default();
            *known = known.saturating_add(1);
        }
    }
    let value = codes
        .values()
        .fold(0_u64, |sum, one| sum.saturating_add(*one));
    let limit = view.faulty_max();
    let named: Vec<String> = codes
        .iter()
        .take(CODES_SHOWN)
        .map(|(code, shops)| format!("{code} in {shops}"))
        .collect();
    let text = format!("{value} refused it, limit {limit} {}", named.join(", "));
    let text = text.trim_end().to_owned();
    let verdict = match value >= limit {
        true => Verdict::Red(text.clone()),
        false => Verdict::Green,
    };
    Reading {
        value,
        limit,
        text,
        verdict,
    }
}

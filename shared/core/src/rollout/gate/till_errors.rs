//! Till errors: shops whose tills fail more often than a shop may.

use super::{Gate, Reading, WaveView};

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "till-errors",
    judge,
};

fn judge(view: &WaveView<'_>) -> Reading {
    let most = view.settings.limits.till_errors;
    view.faults("with too many till errors", |seen| {
        seen.observation
            .is_some_and(|known| known.till_errors > most)
    })
}

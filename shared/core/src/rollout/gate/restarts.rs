//! Restarts: shops whose agent starts again and again.

use super::{Gate, Reading, WaveView};

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "restarts",
    judge,
};

fn judge(view: &WaveView<'_>) -> Reading {
    let most = view.settings.limits.restarts;
    view.faults("with too many restarts", |seen| {
        seen.observation.is_some_and(|known| known.restarts > most)
    })
}

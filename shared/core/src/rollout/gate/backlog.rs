//! Backlog: shops whose journal does not get away any more.

use super::{Gate, Reading, WaveView};

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "backlog",
    judge,
};

fn judge(view: &WaveView<'_>) -> Reading {
    let most = view.settings.limits.backlog;
    view.faults("with too much waiting to go up", |seen| {
        seen.observation.is_some_and(|known| known.backlog > most)
    })
}

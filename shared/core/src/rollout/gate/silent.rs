//! Silent after the switch: shops that were heard until the release reached them.

use super::{Gate, Reading, Seen, WaveView};
use crate::rollout::observe::Contact;

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "silent-after-switch",
    judge,
};

/// A shop that was heard for longer was not silenced by the switch.
const AFTER_MS: i64 = 24 * 3_600_000;

fn judge(view: &WaveView<'_>) -> Reading {
    view.faults("silent after the switch", |seen| is_lost(view, seen))
}

/// A shop of another wave is measured from the release of this one on, to compare.
fn is_lost(view: &WaveView<'_>, seen: &Seen<'_>) -> bool {
    let Some(Contact::Silent(since)) = seen.observation.map(|known| known.contact) else {
        return false;
    };
    let (from, last) = match seen.slot {
        Some(slot) if slot >= view.released => (slot, slot),
        Some(_) | None => (view.released, view.last_slot),
    };
    let is_of_the_switch = since >= from && since < last.plus_ms(AFTER_MS);
    is_of_the_switch && view.now.since_ms(since) > view.settings.limits.silent_ms
}

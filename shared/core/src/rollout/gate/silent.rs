//! Silent after the switch: shops that were heard until the release reached them.

use super::{Gate, Reading, Seen, WaveView};
use crate::rollout::observe::Contact;
use crate::time::Timestamp;

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "silent-after-switch",
    judge,
};

fn judge(view: &WaveView<'_>) -> Reading {
    view.faults("silent after the switch", |seen| is_lost(view, seen))
}

/// A shop without the release is measured from the same time on, to compare.
fn is_lost(view: &WaveView<'_>, seen: &Seen<'_>) -> bool {
    let Some(Contact::Silent(since)) = seen.observation.map(|known| known.contact) else {
        return false;
    };
    let switch: Timestamp = seen.slot.unwrap_or(view.released);
    since >= switch && view.now.since_ms(since) > view.settings.limits.silent_ms
}

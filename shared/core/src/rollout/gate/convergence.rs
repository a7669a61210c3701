//! Convergence: enough shops have the release; silent ones are waited for up to the quorum only.

use super::{Gate, Reading, Standing, Verdict, WaveView};
use crate::rollout::share::{count, share_up};

/// The line in the list.
pub(super) const GATE: Gate = Gate {
    name: "convergence",
    judge,
};

fn judge(view: &WaveView<'_>) -> Reading {
    let limits = &view.settings.limits;
    let all = count(&view.members);
    let silent = view.standing(Standing::Silent);
    let value = view.standing(Standing::Done);
    let in_contact = all.saturating_sub(silent);
    let limit =
        share_up(all, limits.quorum_permille).max(share_up(in_contact, limits.in_contact_permille));
    let text = format!("{value} of {all} have it, {silent} silent, {limit} needed");
    let verdict = if value >= limit && value > 0 {
        Verdict::Green
    } else {
        Verdict::Unknown(text.clone())
    };
    Reading {
        value,
        limit,
        text,
        verdict,
    }
}

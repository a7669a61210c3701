//! A machine that was retired hands in what the centre does not hold; a person decides on it there.

use storefleet_core::epoch::Mark;
use storefleet_core::ids::Seq;
use storefleet_core::sync::message::Verdict;
use storefleet_core::sync::uplink::{BATCH_ENTRIES_MAX, Plan, Uplink};

use super::{Link, Rooms};
use crate::centre_http;

/// Where the centre takes the batches of retired machines.
const TAIL_PATH: &str = "/v1/tail";

/// Posts what `acked` does not cover, in order; returns the mark up to which the centre holds it.
///
/// # Errors
/// When the centre takes none, for instance because this machine was revoked and not retired.
pub(super) async fn hand_in<R: Rooms>(
    link: &Link<R>,
    server: &str,
    acked: Mark,
    incarnation: u32,
) -> anyhow::Result<Mark> {
    let journal = link.journal();
    let mut held = acked;
    let mut rewound = false;
    loop {
        let rest = Uplink::new(journal.heads(), held, incarnation);
        let Some((epoch, first)) = rest.oldest_unsent() else {
            return Ok(held);
        };
        let plan = Plan {
            epoch,
            first,
            last: Seq(first.0.saturating_add(BATCH_ENTRIES_MAX)),
        };
        let Some(batch) = link.speaker().batch(&journal, &plan)? else {
            return Ok(held);
        };
        let tls = link.credentials.borrow().https.as_ref().clone();
        let answer = centre_http::post(server, TAIL_PATH, tls, batch.message).await?;
        let ack = link.read_ack(&answer)?;
        // A centre restored from a backup may hold less than it once said.
        let goes_back = ack.verdict == Verdict::Resume && !rewound;
        anyhow::ensure!(
            ack.verdict != Verdict::Refused && (ack.mark > held || goes_back),
            "the centre did not take entry {first} of epoch {epoch}"
        );
        rewound |= goes_back;
        held = ack.mark;
    }
}

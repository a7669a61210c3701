//! The acks of a group: what waits for its commit, and how it is sealed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;

use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::sync::message::{Ack, RefusedCode, SCHEMA, Verdict};
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;

use super::Received;

/// Bytes a workplace may have in flight while the centre keeps up.
const CREDIT_BYTES: u64 = 1 << 20;

/// An ack that waits for the group's commit: the newest per workplace and chain wins.
pub(super) struct Waiting {
    pub(super) verdict: Verdict,
    pub(super) code: Option<RefusedCode>,
    pub(super) mark: Mark,
    pub(super) echo: u64,
}

/// Who acknowledges.
pub(super) struct AckSeal<'k> {
    pub(super) key: &'k SigningKey,
    pub(super) incarnation: u32,
    pub(super) now: Timestamp,
}

impl AckSeal<'_> {
    pub(super) fn seal(&self, workplace: &WorkplaceId, waiting: &Waiting) -> Vec<u8> {
        let ack = Ack {
            workplace: workplace.clone(),
            mark: waiting.mark,
            incarnation: self.incarnation,
            verdict: waiting.verdict,
            code: waiting.code,
            credit: CREDIT_BYTES,
            server_ms: self.now,
            echo: waiting.echo,
            generation: (self.incarnation, 0),
            schema_min: SCHEMA.0,
            schema_max: SCHEMA.1,
        };
        message::write(Kind::Ack, self.key, &ack)
    }
}

/// One ack per workplace and chain and group. A gap seen after good batches still asks to resume.
pub(super) fn wait(
    waiting: &mut BTreeMap<(WorkplaceId, Epoch), Waiting>,
    received: &Received<'_>,
    epoch: Epoch,
    new: Waiting,
) {
    match waiting.entry((received.workplace.clone(), epoch)) {
        MapEntry::Vacant(place) => drop(place.insert(new)),
        MapEntry::Occupied(mut place) => {
            let held = place.get_mut();
            held.mark = held.mark.max(new.mark);
            held.echo = held.echo.max(new.echo);
            if new.verdict != Verdict::Ok {
                held.verdict = new.verdict;
                held.code = new.code;
            }
        }
    }
}

//! The acks of a group: what waits for its commit, and how it is sealed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;

use storefleet_core::dataset::manifest::Generation;
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
    pub(super) fn seal(
        &self,
        workplace: &WorkplaceId,
        waiting: &Waiting,
        manifest: Option<Generation>,
    ) -> Vec<u8> {
        let unknown = (self.incarnation, 0);
        let named = |newest: Generation| (newest.incarnation, newest.counter);
        let ack = Ack {
            workplace: workplace.clone(),
            mark: waiting.mark,
            incarnation: self.incarnation,
            verdict: waiting.verdict,
            code: waiting.code,
            credit: CREDIT_BYTES,
            server_ms: self.now,
            echo: waiting.echo,
            generation: manifest.map_or(unknown, named),
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

#[cfg(test)]
mod tests {
    use storefleet_core::dataset::manifest::Manifest;

    use super::*;
    use crate::datasets::signed::SignedManifests;

    #[test]
    fn an_ack_names_the_newest_manifest_of_its_workplace_and_of_no_other() {
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let (till, other): (WorkplaceId, WorkplaceId) =
            ("s1-1".parse().unwrap(), "s2-1".parse().unwrap());
        let manifests = SignedManifests::default();
        for counter in [3, 4] {
            manifests.note(&[Manifest {
                workplace: till.clone(),
                generation: Generation {
                    incarnation: 1,
                    counter,
                },
                issued: Timestamp(0),
                expires: Timestamp(1),
                layers: Vec::new(),
                segments: Vec::new(),
            }]);
        }
        let seal = AckSeal {
            key: &key,
            incarnation: 1,
            now: Timestamp(0),
        };
        let waiting = Waiting {
            verdict: Verdict::Ok,
            code: None,
            mark: Mark::default(),
            echo: 0,
        };
        let named = |workplace: &WorkplaceId| {
            let ack = seal.seal(workplace, &waiting, manifests.newest(workplace));
            let ack: Ack = message::read(Kind::Ack, &key.public(), &ack).unwrap();
            ack.generation
        };
        assert_eq!(named(&till), (1, 4));
        assert_eq!(named(&other), (1, 0), "none is known");
    }
}

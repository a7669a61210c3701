//! Where a batch joins this workplace's chain, and whether it goes on from there.

use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Hash, Seq};
use storefleet_core::sync::message::Batch;
use storefleet_wire::batch::{self, BatchError};

use crate::journal::Lost;

/// Why a batch is no evidence of what was lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoEvidence {
    /// It cannot be read, or this workplace did not sign it.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// It stands somewhere else.
    #[error("a batch of epoch {} from entry {} does not go on from entry {}", .0.epoch, .0.seq, .1)]
    Elsewhere(Mark, Seq),
    /// Its chain is another one.
    #[error("entry {0} is not the one of this journal's chain")]
    OtherChain(Seq),
}

/// The place that is reached with `batch` behind `have`.
///
/// # Errors
/// When it does not join on both sides: what is left, and the parent of the epoch that followed.
pub(super) fn reached(have: Mark, lost: &Lost, batch: &Batch) -> Result<Mark, NoEvidence> {
    let offer = batch::check(batch)?;
    let last = offer.last();
    let first = Mark {
        epoch: batch.epoch,
        seq: batch.first,
        hash: batch.prev,
    };
    let joins =
        (batch.epoch == have.epoch) && (batch.first <= have.seq.next()) && last.seq > have.seq;
    if !joins {
        return Err(NoEvidence::Elsewhere(first, have.seq));
    }
    let hash_at = |seq: Seq| -> Option<Hash> {
        match seq.0.checked_sub(batch.first.0) {
            None => Some(batch.prev),
            Some(at) => offer.hashes.get(usize::try_from(at).ok()?).copied(),
        }
    };
    if hash_at(have.seq) != Some(have.hash) {
        return Err(NoEvidence::OtherChain(have.seq));
    }
    let until = lost.until;
    if last.seq >= until.seq && hash_at(until.seq) != Some(until.hash) {
        return Err(NoEvidence::OtherChain(until.seq));
    }
    Ok(last)
}

/// The newest place up to `head` where this batch and the journal's own chain are the same.
///
/// # Errors
/// When the batch's entries are no chain.
pub(super) fn joint(
    batch: &Batch,
    head: Seq,
    own: impl Fn(Seq) -> Option<Hash>,
) -> Result<Option<Mark>, NoEvidence> {
    let offer = batch::check(batch)?;
    let before = batch.first.0.saturating_sub(1);
    let places = (before..).zip(std::iter::once(batch.prev).chain(offer.hashes));
    let known = places.take_while(|(seq, _)| *seq <= head.0);
    let same = known.filter(|(seq, hash)| own(Seq(*seq)) == Some(*hash));
    Ok(same.last().map(|(seq, hash)| Mark {
        epoch: batch.epoch,
        seq: Seq(seq),
        hash,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use minicbor::bytes::ByteVec;
    use storefleet_core::agent::Started;
    use storefleet_core::entry::{self, ClockState, Entry};
    use storefleet_core::fact::Fact;
    use storefleet_core::ids::Epoch;
    use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
    use storefleet_core::workplace::Workplace;
    use storefleet_core::workplace::decide::Stamp;

    /// Entries 1 to `count`; from `differs` on they are another chain's.
    fn entries(count: u64, differs: u64) -> Vec<Vec<u8>> {
        let mut state = Workplace::blank("s1-1".parse().unwrap());
        state.head.epoch = Epoch(1);
        let stamp = Stamp {
            wall: StoreTime {
                at: Timestamp(0),
                offset: OffsetMinutes(0),
            },
            clock: ClockState::Trusted,
            monotonic_ms: 0,
            boot: 0,
        };
        let mut written = Vec::new();
        for seq in 1..=count {
            let fact = Fact::AgentStarted(Started {
                version: "1".to_owned(),
                found: Seq(seq),
                torn_bytes: u64::from(seq >= differs),
            });
            let bytes = entry::write(&state.next_header(&fact, &stamp), &fact).unwrap();
            state.apply(&Entry::parse(&bytes).unwrap());
            written.push(bytes);
        }
        written
    }

    fn marks(entries: &[Vec<u8>]) -> Vec<Mark> {
        (1..)
            .zip(entries)
            .map(|(seq, bytes)| Mark {
                epoch: Epoch(1),
                seq: Seq(seq),
                hash: entry::hash(bytes),
            })
            .collect()
    }

    fn batch(entries: &[Vec<u8>], first: usize, last: usize) -> Batch {
        let (header, _) = entry::parse_header(&entries[first - 1]).unwrap();
        Batch {
            workplace: header.workplace,
            epoch: Epoch(1),
            first: Seq(first as u64),
            prev: header.prev,
            entries: entries[first - 1..last]
                .iter()
                .map(|bytes| ByteVec::from(bytes.clone()))
                .collect(),
        }
    }

    #[test]
    fn a_batch_counts_only_where_it_joins_both_what_is_left_and_what_follows() {
        let centre = entries(9, u64::MAX);
        let held = marks(&centre);
        let own = marks(&entries(6, 5));
        let lost = Lost {
            head: Seq(6),
            until: held[8],
        };
        let hash = |seq: Seq| own.iter().find(|it| it.seq == seq).map(|it| it.hash);
        for first in 1..=5 {
            let found = joint(&batch(&centre, first, 9), lost.head, hash).unwrap();
            let found = found.or((first == 1).then(Mark::default));
            assert_eq!(found, Some(held[3]), "batch from {first}");
        }
        assert_eq!(joint(&batch(&centre, 6, 9), lost.head, hash), Ok(None));

        let go_on =
            |first, last, from: usize| reached(held[from - 1], &lost, &batch(&centre, first, last));
        assert_eq!(go_on(3, 7, 4), Ok(held[6]));
        assert_eq!(go_on(8, 9, 7), Ok(held[8]));
        assert!(matches!(go_on(6, 7, 4), Err(NoEvidence::Elsewhere(..))));
        assert!(matches!(go_on(2, 4, 4), Err(NoEvidence::Elsewhere(..))));
        let other = entries(9, 8);
        assert_eq!(
            reached(held[3], &lost, &batch(&other, 5, 9)),
            Err(NoEvidence::OtherChain(Seq(9)))
        );
        assert_eq!(
            reached(own[4], &lost, &batch(&centre, 6, 9)),
            Err(NoEvidence::OtherChain(Seq(5)))
        );
    }
}

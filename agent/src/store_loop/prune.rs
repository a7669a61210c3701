//! When a segment may go: brought forward, held by the centre, and older than 90 days.

use storefleet_core::entry;
use storefleet_core::epoch::Mark;
use storefleet_core::kind::FactKind;
use storefleet_core::time::Timestamp;
use storefleet_core::workplace::decide::Stamp;
use storefleet_journal::{PruneError, ReadError};

use crate::journal::Rooms;
use crate::store_loop::{LoopError, StoreLoop};

/// Age by wall time below which no entry is removed, in milliseconds: 90 days.
const KEPT_MS: i64 = 90 * 86_400_000;

impl<R: Rooms> StoreLoop<R> {
    /// Removes segments that nothing needs any more; `acked` is what a signed ack said. Damage that
    /// is found on the way is set aside: the loop then stands in a new epoch.
    ///
    /// # Errors
    /// When the journal cannot be read or the disk refuses.
    pub fn prune(&mut self, acked: Mark, stamp: &Stamp) -> Result<u64, LoopError> {
        match self.prune_older(acked, stamp.wall.at) {
            Err(
                LoopError::Read(ReadError::Damage(damage))
                | LoopError::Prune(PruneError::Read(ReadError::Damage(damage))),
            ) => {
                self.set_aside(damage, stamp)?;
                Ok(0)
            }
            pruned => pruned,
        }
    }

    fn prune_older(&mut self, acked: Mark, now: Timestamp) -> Result<u64, LoopError> {
        if acked.epoch != self.state.head.epoch {
            return Ok(0);
        }
        let old = self.first_younger_than(now.plus_ms(KEPT_MS.saturating_neg()))?;
        let limit = old.min(acked.seq.0.saturating_add(1));
        #[cfg(feature = "planted")]
        let limit = if crate::planted::is(crate::planted::Bug::UnackedPruned) {
            self.log.durable().saturating_add(1)
        } else {
            limit
        };
        let Some(brought_forward) = self.brought_forward_below(limit)? else {
            return Ok(0);
        };
        Ok(self.log.prune_before(brought_forward)?)
    }

    /// Ordinal of the first entry written after `instant`, by halving: wall time rises but for
    /// clock steps, and a step only makes the answer smaller or the entry older than it says.
    fn first_younger_than(&self, instant: Timestamp) -> Result<u64, LoopError> {
        let reader = self.log.reader();
        let (mut low, mut high) = (reader.oldest()?, reader.durable().saturating_add(1));
        while low < high {
            let middle = low.midpoint(high);
            let record = reader.read_from(middle).next().transpose()?;
            let is_old = record
                .and_then(|record| entry::parse_header(&record.bytes).ok())
                .is_some_and(|(header, _)| header.wall.at < instant);
            if is_old {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Ordinal where the newest whole brought-forward before `limit` begins.
    fn brought_forward_below(&self, limit: u64) -> Result<Option<u64>, LoopError> {
        let reader = self.log.reader();
        let mut begin = None;
        let mut found = None;
        for record in reader.read_from(reader.oldest()?) {
            let record = record?;
            if record.ordinal >= limit {
                break;
            }
            let (header, _) = entry::parse_header(&record.bytes)?;
            match header.kind {
                FactKind::BROUGHT_FORWARD => drop(begin.get_or_insert(record.ordinal)),
                FactKind::BROUGHT_FORWARD_END => found = begin.take().or(found),
                _ => begin = None,
            }
        }
        Ok(found)
    }
}

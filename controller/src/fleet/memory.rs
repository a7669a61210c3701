//! What outlives a start of the centre: everything that was folded from the log, and what is wrong.

use storefleet_core::epoch::Mark;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::time::Timestamp;

use super::totals::Totals;
use super::{Fleet, Live, Raised};

/// What a checkpoint keeps of the live state of a workplace.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Memory {
    /// Last time anything was heard.
    #[n(0)]
    pub seen: Option<Timestamp>,
    /// The watermark.
    #[n(1)]
    pub mark: Mark,
    /// Sums over its journal.
    #[n(2)]
    pub totals: Totals,
    /// The newest entry those sums hold.
    #[n(3)]
    pub folded: (Epoch, Seq),
    /// What is wrong with it.
    #[n(4)]
    pub alarms: Vec<(Alarm, Raised)>,
    /// Hash over the datasets it has on sale.
    #[n(5)]
    pub on_sale: Option<Hash>,
    /// Why it does not take what it should have.
    #[n(6)]
    pub rejected: Option<String>,
}

impl Memory {
    /// What is kept of a live state.
    #[must_use]
    pub fn of(live: &Live) -> Self {
        let alarms = live.alarms.iter();
        Self {
            seen: live.seen,
            mark: live.mark,
            totals: live.totals,
            folded: live.folded,
            alarms: alarms
                .map(|(code, raised)| (*code, raised.clone()))
                .collect(),
            on_sale: live.on_sale,
            rejected: live.rejected.clone(),
        }
    }
}

impl Fleet {
    /// A workplace as it was; nobody is connected to a centre that starts.
    pub fn remember(&mut self, workplace: &WorkplaceId, memory: Memory) {
        *self.touch(workplace) = Live {
            seen: memory.seen,
            since: memory.seen.unwrap_or_default(),
            mark: memory.mark,
            head: memory.mark,
            totals: memory.totals,
            folded: memory.folded,
            alarms: memory.alarms.into_iter().collect(),
            on_sale: memory.on_sale,
            rejected: memory.rejected,
            ..Live::default()
        };
    }
}

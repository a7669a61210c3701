//! What outlives a start of the centre: everything that was folded from the log, and what is wrong.

use std::collections::BTreeMap;

use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::manifest::Rejected;
use storefleet_core::document::DocumentNumber;
use storefleet_core::epoch::Mark;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::time::Timestamp;

use super::coupons::CouponSeen;
use super::failures::Failures;
use super::shelf::{ShelfSeen, Switched};
use super::sold::SoldHours;
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
    /// What releases are judged by; missing while there is nothing. The number 6 was the text of a refusal once.
    #[n(7)]
    pub watched: Option<Watched>,
    /// The newest document of the office that its journal shows; missing before the first.
    #[n(8)]
    pub documents: Option<DocumentNumber>,
    /// Personal coupon codes that it used first; missing while there are none.
    #[n(9)]
    pub coupons: Option<Vec<CouponSeen>>,
}

/// What releases are judged by.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Watched {
    /// The datasets it has on sale.
    #[n(0)]
    pub layers: Vec<(LayerId, Switched)>,
    /// Receipts of every hour of the last weeks.
    #[n(1)]
    pub sold: SoldHours,
    /// The newest starts of its agent.
    #[n(2)]
    pub starts: Vec<Timestamp>,
    /// The newest refusal of a dataset.
    #[n(3)]
    pub rejected: Option<Rejected>,
    /// When its till failed; missing where nothing is known.
    #[n(4)]
    pub failures: Option<Failures>,
}

impl Watched {
    fn of(live: &Live) -> Option<Self> {
        let layers = live.shelf.layers.iter();
        let watched = Self {
            layers: layers
                .map(|(layer, switched)| (layer.clone(), *switched))
                .collect(),
            sold: live.sold.clone(),
            starts: live.starts.clone(),
            rejected: live.shelf.rejected.clone(),
            failures: Some(live.failures.clone()).filter(|it| *it != Failures::default()),
        };
        (watched != Self::default()).then_some(watched)
    }
}

impl Memory {
    fn of(live: &Live, coupons: Option<Vec<CouponSeen>>) -> Self {
        let alarms = live.alarms.iter();
        Self {
            seen: live.seen,
            mark: live.mark,
            totals: live.totals,
            folded: live.folded,
            alarms: alarms
                .map(|(code, raised)| (*code, raised.clone()))
                .collect(),
            on_sale: live.shelf.stack,
            watched: Watched::of(live),
            documents: Some(live.documents).filter(|it| *it != DocumentNumber::default()),
            coupons,
        }
    }
}

impl Fleet {
    /// What is kept of every workplace.
    #[must_use]
    pub fn memories(&self) -> BTreeMap<WorkplaceId, Memory> {
        let all = self.workplaces.iter();
        all.map(|(id, live)| (id.clone(), Memory::of(live, self.coupons.of(id))))
            .collect()
    }

    /// A workplace as it was; nobody is connected to a centre that starts.
    pub fn remember(&mut self, workplace: &WorkplaceId, memory: Memory) {
        let watched = memory.watched.unwrap_or_default();
        self.coupons
            .remember(workplace, memory.coupons.unwrap_or_default());
        *self.touch(workplace) = Live {
            seen: memory.seen,
            since: memory.seen.unwrap_or_default(),
            mark: memory.mark,
            head: memory.mark,
            totals: memory.totals,
            folded: memory.folded,
            alarms: memory.alarms.into_iter().collect(),
            shelf: ShelfSeen {
                layers: watched.layers.into_iter().collect(),
                stack: memory.on_sale,
                rejected: watched.rejected,
                wanted: Vec::new(),
            },
            sold: watched.sold,
            starts: watched.starts,
            failures: watched.failures.unwrap_or_default(),
            documents: memory.documents.unwrap_or_default(),
            ..Live::default()
        };
    }
}

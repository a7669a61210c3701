//! How ingest begins: with what a checkpoint knows and the log behind it, or with the whole log.

use std::collections::BTreeMap;

use storefleet_core::ids::WorkplaceId;
use storefleet_core::sync::ingest::Chains;
use storefleet_core::sync::message::{Batch, Verdict};
use storefleet_journal::Folder;
use storefleet_wire::batch;
use storefleet_wire::envelope::SigningKey;
use storefleet_wire::topic::Up;

use crate::central_log::{BatchStore, CentralError, CentralLog, Place, Stored, records};
use crate::ingest::{Ingest, News, Received, tell as tell_news};

/// What ingest knows of one workplace.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Known {
    /// Its chains.
    #[n(0)]
    pub chains: Chains,
    /// Bytes stored apart from them.
    #[n(1)]
    pub apart: u64,
}

/// What ingest knew when a record was the newest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// That record; before the first, nothing is known.
    pub place: Place,
    /// Of each workplace.
    pub known: BTreeMap<WorkplaceId, Known>,
}

impl<F: Folder> Ingest<CentralLog<F>> {
    /// Goes on behind a snapshot whose place stands in the log; `tell` hears of every later batch
    /// what was told when it came.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn rebuild(
        store: CentralLog<F>,
        ack_key: SigningKey,
        incarnation: u32,
        snapshot: Snapshot,
        mut tell: impl FnMut(&Stored, &Batch, &[News]),
    ) -> Result<Self, CentralError> {
        let reader = store.reader();
        let mut ingest = Self::empty(store, ack_key, incarnation);
        for (workplace, known) in snapshot.known {
            if known.apart > 0 {
                ingest.apart.insert(workplace.clone(), known.apart);
            }
            ingest.chains.insert(workplace, known.chains);
        }
        for stored in records(&reader, snapshot.place.position.saturating_add(1)) {
            let stored = stored?;
            // The signature was checked before the record became durable; `verify` proves it again.
            if let Some(batch) = batch::open_unverified(&stored.batch) {
                let news = ingest.recall(&stored, &batch);
                tell(&stored, &batch, &news);
            }
        }
        Ok(ingest)
    }
}

impl<S: BatchStore> Ingest<S> {
    /// What is known now; between two groups, when all of it is durable.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let known = |(workplace, chains): (&WorkplaceId, &Chains)| {
            let known = Known {
                chains: chains.clone(),
                apart: self.apart.get(workplace).copied().unwrap_or(0),
            };
            (workplace.clone(), known)
        };
        Snapshot {
            place: self.store.end(),
            // Who only said hello left nothing in the log.
            known: self
                .chains
                .iter()
                .map(known)
                .filter(|(_, known)| *known != Known::default())
                .collect(),
        }
    }

    fn recall(&mut self, stored: &Stored, batch: &Batch) -> Vec<News> {
        let mut news = Vec::new();
        let Ok(offer) = batch::check(batch) else {
            return news;
        };
        let received = Received {
            workplace: &stored.workplace,
            class: Up::Batch,
            payload: &stored.batch,
            at: stored.received,
        };
        let chains = self.chains.entry(stored.workplace.clone()).or_default();
        let judgement = chains.judge_again(&offer, stored.verdict == Verdict::Held);
        let was_held = chains.goes_apart(&offer);
        chains.stored(&offer, judgement);
        tell_news(
            &received,
            chains,
            judgement,
            &offer,
            was_held,
            stored.position,
            &mut news,
        );
        self.note_apart(&received, stored.verdict);
        news
    }
}

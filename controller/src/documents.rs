//! Documents on their way: what a shop's journal does not show yet is sent to it, and again until it does.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use storefleet_core::cbor;
use storefleet_core::document::{Consignment, Document, DocumentNumber};
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Shutdown;
use storefleet_wire::envelope::Kind;
use storefleet_wire::message;
use storefleet_wire::topic::Down;

use crate::datasets::Publisher;
use crate::fleet::Live;
use crate::master::StoreError;

/// How soon a document leaves for a shop that is on line.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// What no journal shows after this is sent again.
const AGAIN_MS: i64 = 600_000;
/// A consignment is not taken after this; a shop that comes later gets a new one.
const VALID_MS: i64 = 7 * 24 * 3_600_000;
/// Documents of one consignment, and their bytes: well below the bound of a message.
const DOCUMENTS_MAX: usize = 64;
const BYTES_MAX: usize = 96 * 1024;

/// What was sent to a workplace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sent {
    /// The newest document that its journal showed.
    booked: DocumentNumber,
    /// The newest that there was.
    newest: DocumentNumber,
    /// Since when its connection stands.
    connected: Timestamp,
    at: Timestamp,
}

impl Sent {
    /// Whether that says all there is to say over this connection, for a while.
    fn is_enough(&self, due: &Self) -> bool {
        let recently = due.at.since_ms(self.at) < AGAIN_MS;
        recently
            && Self {
                at: due.at,
                ..*self
            } == *due
    }
}

/// Sends documents.
pub struct Clerk {
    publisher: Publisher,
    sent: BTreeMap<WorkplaceId, Sent>,
}

impl Clerk {
    /// One that has sent nothing yet.
    #[must_use]
    pub fn new(publisher: Publisher) -> Self {
        Self {
            publisher,
            sent: BTreeMap::new(),
        }
    }

    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        let mut every = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                _ = every.tick() => {}
                () = shutdown.requested() => return Ok(()),
            }
            self = tokio::task::spawn_blocking(move || {
                self.send_due()?;
                Ok::<_, StoreError>(self)
            })
            .await??;
        }
    }

    fn send_due(&mut self) -> Result<(), StoreError> {
        let now = self.publisher.shared.now();
        for (workplace, due) in self.due(now) {
            if self
                .sent
                .get(&workplace)
                .is_some_and(|it| it.is_enough(&due))
            {
                continue;
            }
            let store = self.publisher.master.read();
            let documents = store.documents_behind(&workplace, due.booked, DOCUMENTS_MAX)?;
            drop(store);
            let consignment = Consignment {
                workplace: workplace.clone(),
                expires: now.plus_ms(VALID_MS),
                documents: as_many_as_fit(documents),
            };
            let sealed = message::write(Kind::Command, &self.publisher.key, &consignment);
            let gate = &self.publisher.gate;
            gate.deliver(&workplace, Down::Command, Bytes::from(sealed), false);
            tracing::info!(%workplace, documents = consignment.documents.len(), "documents sent");
            self.sent.insert(workplace, due);
        }
        Ok(())
    }

    /// The workplaces on line whose journals do not show the newest document.
    fn due(&self, now: Timestamp) -> Vec<(WorkplaceId, Sent)> {
        let newest = self.publisher.master.read().newest_documents().clone();
        let fleet = self.publisher.shared.fleet.lock();
        let mut fleet = fleet.unwrap_or_else(PoisonError::into_inner);
        fleet.ordered(&newest);
        newest
            .into_iter()
            .filter_map(|(workplace, newest)| {
                let live = fleet.of(&workplace).filter(|live| live.online)?;
                let due = awaited(live, newest, now)?;
                Some((workplace, due))
            })
            .collect()
    }
}

fn awaited(live: &Live, newest: DocumentNumber, now: Timestamp) -> Option<Sent> {
    (live.documents < newest).then_some(Sent {
        booked: live.documents,
        newest,
        connected: live.since,
        at: now,
    })
}

/// The first documents that fit into one message; at least one.
fn as_many_as_fit(documents: Vec<Document>) -> Vec<Document> {
    let mut bytes = 0_usize;
    let fitting = documents.iter().take_while(|document| {
        let is_first = bytes == 0;
        bytes = bytes.saturating_add(cbor::encode(*document).len());
        is_first || bytes <= BYTES_MAX
    });
    let count = fitting.count();
    let mut documents = documents;
    documents.truncate(count);
    documents
}

#[cfg(test)]
mod tests;

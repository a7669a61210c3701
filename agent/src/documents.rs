//! Documents of the office: checked, and journaled by the owner of the journal, each once.

use anyhow::Context;
use storefleet_core::document::Consignment;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Shutdown;
use storefleet_wire::envelope::Kind;
use storefleet_wire::keys::TrustStore;
use tokio::sync::{mpsc, oneshot, watch};

use crate::datasets::adopt::of_office;
use crate::link::Credentials;
use crate::store_thread::{Input, StoreClock};

/// Consignments waiting; one that finds no room comes again.
pub const CONSIGNMENTS_MAX: usize = 4;

/// What the task needs.
pub struct Clerk {
    /// Whose documents.
    pub workplace: WorkplaceId,
    /// Consignments as they came over the line.
    pub consignments: mpsc::Receiver<Vec<u8>>,
    /// Whose documents are believed.
    pub credentials: watch::Receiver<Credentials>,
    /// The owner of the journal.
    pub inputs: mpsc::Sender<Input>,
    /// The store's wall.
    pub clock: StoreClock,
}

impl Clerk {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// When the owner of the journal is gone.
    pub async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        loop {
            let bytes = tokio::select! {
                bytes = self.consignments.recv() => bytes,
                () = shutdown.requested() => return Ok(()),
            };
            let Some(bytes) = bytes else { return Ok(()) };
            let trust = self.credentials.borrow().trust.clone();
            let now = self.clock.stamp().wall.at;
            match read(&trust, &self.workplace, &bytes, now) {
                Ok(consignment) => self.book(consignment).await?,
                // The broker is never trusted: what is not signed changes nothing.
                Err(error) => tracing::error!(error = format!("{error:#}"), "documents refused"),
            }
        }
    }

    /// In their order: the journal takes none that is older than one it holds.
    async fn book(&self, consignment: Consignment) -> anyhow::Result<()> {
        for document in consignment.documents {
            let (done, durable) = oneshot::channel();
            let book = Input::Book(Box::new(document), done);
            let sent = self.inputs.send(book).await;
            sent.context("the store loop ended")?;
            durable.await.context("the store loop ended")?;
        }
        Ok(())
    }
}

/// Reads a consignment for a workplace.
///
/// # Errors
/// When no manifest key of the key list signed it, it is for another workplace, or it came too late.
fn read(
    trust: &TrustStore,
    workplace: &WorkplaceId,
    bytes: &[u8],
    now: Timestamp,
) -> anyhow::Result<Consignment> {
    let consignment: Consignment = of_office(trust, Kind::Command, bytes, now)?;
    anyhow::ensure!(
        consignment.workplace == *workplace,
        "the documents are for {}",
        consignment.workplace
    );
    anyhow::ensure!(
        now <= consignment.expires,
        "the documents were to be booked until {:?}; check the clock of this machine",
        consignment.expires
    );
    Ok(consignment)
}

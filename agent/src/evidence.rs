//! What a disk lost after it had said "durable": the centre gives the batches back as this workplace
//! signed them. They are kept beside the journal as evidence and never folded; the epoch that followed
//! goes on from the place where they end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use storefleet_core::cbor;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Seq, WorkplaceId};
use storefleet_core::sync::message::{HeldBatches, Missing};
use storefleet_daemon::Shutdown;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::{batch, message};
use tokio::sync::watch;

use crate::centre_http;
use crate::journal::{JournalReader, Lost, Rooms};
use crate::link::{Credentials, random};

mod chain;
mod folder;

pub use folder::EvidenceFolder;

/// Where the centre answers.
const MISSING_PATH: &str = "/v1/missing";
/// Shortest time between two tries; the longest is twice that.
const RETRY_MS: u64 = 60_000;

/// Fetches what is missing whenever an epoch begins behind a loss.
pub struct Fetcher<R: Rooms> {
    /// Whose journal.
    pub workplace: WorkplaceId,
    /// Signs the question, and signed what comes back.
    pub journal_key: Arc<SigningKey>,
    /// Reads the journal; a new reader comes with a new epoch.
    pub journals: watch::Receiver<JournalReader<R>>,
    /// Gates and the TLS to them.
    pub credentials: watch::Receiver<Credentials>,
    /// Where it is kept.
    pub folder: EvidenceFolder,
}

impl<R: Rooms> Fetcher<R> {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// When the owner of the journal is gone.
    pub async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        loop {
            let journal = self.journals.borrow_and_update().clone();
            let again = tokio::select! {
                whole = self.fetch_all(&journal) => (!whole).then(retry_after),
                () = shutdown.requested() => return Ok(()),
            };
            tokio::select! {
                changed = self.journals.changed() => changed?,
                () = later(again) => {}
                () = shutdown.requested() => return Ok(()),
            }
        }
    }

    /// Says whether nothing is missing any more; one epoch that cannot be had keeps no other back.
    async fn fetch_all(&self, journal: &JournalReader<R>) -> bool {
        let mut whole = true;
        for lost in journal.lost() {
            if let Err(error) = self.fetch(journal, &lost).await {
                let (epoch, error) = (lost.until.epoch, format!("{error:#}"));
                tracing::warn!(%epoch, error, "lost entries not fetched");
                whole = false;
            }
        }
        whole
    }

    async fn fetch(&self, journal: &JournalReader<R>, lost: &Lost) -> anyhow::Result<()> {
        let key = self.journal_key.public();
        let epoch = lost.until.epoch;
        let begun = self.folder.begins_behind(epoch)?;
        let joint = match begun.and_then(|seq| journal.mark_at(epoch, seq)) {
            Some(joint) => joint,
            None => self.joint(journal, lost).await?,
        };
        let mut have = self.folder.reached(joint, lost, &key)?;
        if have.seq >= lost.until.seq {
            return Ok(());
        }
        while have.seq < lost.until.seq {
            let held = self.ask(have).await?;
            let next = held.batches.first();
            let next = next.with_context(|| {
                format!(
                    "the centre holds nothing behind entry {} of epoch {epoch}",
                    have.seq
                )
            })?;
            have = self.folder.keep(have, lost, next, &key)?;
            for batch in held.batches.iter().skip(1) {
                if have.seq < lost.until.seq {
                    have = self.folder.keep(have, lost, batch, &key)?;
                }
            }
        }
        let (first, last) = (joint.seq.next().0, lost.until.seq.0);
        tracing::error!(%epoch, first, last, "the disk lost these: the centre's copies are kept");
        Ok(())
    }

    /// The newest entry here that is on the chain which the centre holds; looked for backwards in
    /// doubled steps, for before the loss showed the agent wrote on.
    async fn joint(&self, journal: &JournalReader<R>, lost: &Lost) -> anyhow::Result<Mark> {
        let epoch = lost.until.epoch;
        let mut back = 0_u64;
        loop {
            let seq = Seq(lost.head.0.saturating_sub(back));
            let here = journal.mark_at(epoch, seq);
            let here = here.with_context(|| format!("entry {seq} of epoch {epoch} was pruned"))?;
            let held = self.ask(here).await?;
            let first = held.batches.first();
            let first = first.context("the centre holds nothing behind what is left")?;
            let batch = batch::open(&self.journal_key.public(), first)?;
            let own = |seq| journal.mark_at(epoch, seq).map(|mark| mark.hash);
            if let Some(joint) = chain::joint(&batch, lost.head, own)? {
                return Ok(joint);
            }
            anyhow::ensure!(
                seq > Seq::NONE,
                "nothing of epoch {epoch} is on the centre's chain"
            );
            back = back.saturating_mul(2).max(1);
        }
    }

    async fn ask(&self, have: Mark) -> anyhow::Result<HeldBatches> {
        let workplace = self.workplace.clone();
        let question = Missing { workplace, have };
        let question = message::write(Kind::Missing, &self.journal_key, &question);
        let (tls, brokers) = {
            let credentials = self.credentials.borrow();
            (credentials.https.clone(), credentials.brokers.clone())
        };
        let mut failed = anyhow::anyhow!("no gate is known; enrol this machine again");
        for server in brokers {
            let tls = tls.as_ref().clone();
            match centre_http::post(&server, MISSING_PATH, tls, question.clone()).await {
                Ok(answer) => return Ok(cbor::decode(&answer)?),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

fn retry_after() -> Duration {
    Duration::from_millis(RETRY_MS.saturating_add(random() % RETRY_MS))
}

/// Waits that long; for ever when there is nothing to wait for.
async fn later(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

//! The shop's datasets: takes manifests, fetches what is lacking, switches when it is due, and says so.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use storefleet_core::cbor;
use storefleet_core::dataset::manifest::{Applied, Generation, Manifest, Rejected, RejectedCode};
use storefleet_core::dataset::on_sale::OnSale;
use storefleet_core::dataset::shelf::{Need, Shelf};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::sync::backoff;
use storefleet_core::sync::message::{SegmentPiece, SegmentQuestion};
use storefleet_core::time::Timestamp;
use storefleet_daemon::Shutdown;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;
use tokio::sync::{mpsc, oneshot, watch};

use crate::centre_http;
use crate::link::{Credentials, random};
use crate::store_thread::{Input, Progress, StoreClock};

pub mod adopt;
pub mod mending;
pub mod packed;
pub mod rounds;
pub mod shelves;
pub mod snapshot;
pub mod telling;
pub mod waiting;

use packed::Partial;
use rounds::Rounds;
use shelves::{Fault, Shelves};
use snapshot::Snapshot;
use telling::Telling;
use waiting::Target;

/// Manifests waiting; the newest counts, so one that finds no room comes again with the next connection.
pub const MANIFESTS_MAX: usize = 4;
/// What was refused is asked for again after this: nobody comes to a shop to restart it.
const FORGIVE_MS: u64 = 3_600_000;
/// Answers of the centre that are not a segment end a fetch; it is tried again after the backoff.
const PATH: &str = "/v1/segment";

/// What the task needs.
pub struct Keeper {
    /// Whose datasets.
    pub workplace: WorkplaceId,
    /// Manifests as they came over the line.
    pub manifests: mpsc::Receiver<Vec<u8>>,
    /// Whose manifests are believed, and how the centre is asked.
    pub credentials: watch::Receiver<Credentials>,
    /// Signs questions.
    pub journal_key: Arc<SigningKey>,
    /// What is durable: the epoch that signs.
    pub progress: watch::Receiver<Progress>,
    /// The owner of the journal.
    pub inputs: mpsc::Sender<Input>,
    /// The store's wall.
    pub clock: StoreClock,
    /// The records.
    pub shelves: Arc<Shelves>,
    /// Segments that are fetched in part.
    pub partial: Partial,
    /// What is to be told of it all.
    pub telling: Telling,
    /// What tills price with.
    pub snapshots: watch::Sender<Option<Arc<Snapshot>>>,
    /// What the journal says is on sale; no manifest older than the newest that it knows of counts.
    pub journaled: OnSale,
    /// What is known to come, as tills were shown it last.
    pub shown: Vec<Target>,
    /// Which layers are looked at for damage next.
    pub rounds: Rounds,
    /// The newest refusal, an earlier run's at first: the same one again is no news, so that nobody can fill the journal with it.
    pub refused: Option<Rejected>,
}

impl Keeper {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// When the owner of the journal is gone.
    pub async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        let now = self.clock.stamp().wall.at;
        let read = |bytes: &[u8]| self.read(bytes, now);
        let (mut shelf, kept) =
            adopt::restored(&self.shelves, self.journaled.generation, read, now)?;
        if let Some(manifest) = &kept {
            self.telling.taken(manifest);
        }
        let refused = self.refused.as_ref();
        if let Some(refused) = refused.filter(|it| it.generation >= shelf.generation()) {
            self.telling.refused(refused);
        }
        self.show(&shelf);
        self.switch_if_due(&mut shelf).await?;
        if let Some(correction) = shelf.correction(&self.journaled) {
            tracing::warn!("the journal says what never came on sale; it is put right");
            self.journal(Fact::DatasetApplied(correction)).await?;
        }
        self.telling.tell(&shelf);
        let mut failures = 0_u32;
        let mut forgiven_ms = self.clock.stamp().monotonic_ms;
        loop {
            let wait = self.wait(&shelf, failures);
            tokio::select! {
                manifest = self.manifests.recv() => match manifest {
                    Some(bytes) => self.take(&mut shelf, &bytes).await?,
                    None => return Ok(()),
                },
                () = tokio::time::sleep(wait) => {}
                () = shutdown.requested() => return Ok(()),
            }
            let now_ms = self.clock.stamp().monotonic_ms;
            if now_ms.saturating_sub(forgiven_ms) >= FORGIVE_MS {
                forgiven_ms = now_ms;
                shelf.forgive();
            }
            let fetched = tokio::select! {
                fetched = self.fetch_all(&mut shelf) => fetched,
                () = shutdown.requested() => return Ok(()),
            };
            failures = if fetched? {
                0
            } else {
                failures.saturating_add(1)
            };
            self.switch_if_due(&mut shelf).await?;
            self.look_for_damage(&shelf).await?;
            if self.shown != shelf.coming_up(self.clock.local()) {
                self.show(&shelf);
            }
            self.telling.tell(&shelf);
        }
    }

    /// Until the next moment at which something is to be done without a manifest.
    fn wait(&self, shelf: &Shelf, failures: u32) -> Duration {
        let now = self.clock.local();
        let lacking = !shelf.needs().is_empty();
        let again = lacking.then(|| backoff::delay_ms(failures.max(1), random()));
        let due = shelf
            .next_deadline(now)
            .map(|at| at.0.saturating_sub(now.0));
        let due = due.map(|ms| u64::try_from(ms).unwrap_or(0));
        // The wall may be set: what is due is looked at anew every minute.
        let look = self.rounds.wait_ms(self.clock.stamp().monotonic_ms);
        let ms = again
            .into_iter()
            .chain(due)
            .chain([look])
            .min()
            .unwrap_or(60_000)
            .min(60_000);
        Duration::from_millis(ms.max(1))
    }

    async fn take(&mut self, shelf: &mut Shelf, bytes: &[u8]) -> anyhow::Result<()> {
        let now = self.clock.stamp().wall.at;
        let manifest = match self.read(bytes, now) {
            Ok(manifest) => manifest,
            Err(error) => {
                let code = RejectedCode::Forged;
                return self
                    .reject(shelf.generation(), None, code, format!("{error:#}"))
                    .await;
            }
        };
        let generation = manifest.generation;
        if let Err(code) = shelf.take(&manifest, now) {
            return self.reject(generation, None, code, String::new()).await;
        }
        self.telling.taken(&manifest);
        let wanted = manifest.layers.iter();
        let wanted = wanted.map(|it| (it.layer.clone(), it.root)).collect();
        let (shelves, kept) = (self.shelves.clone(), bytes.to_vec());
        let keeping = tokio::task::spawn_blocking(move || shelves.keep(&kept, &wanted));
        if let Err(Fault { code, detail }) = keeping.await? {
            return self.reject(generation, None, code, detail).await;
        }
        for segment in &manifest.segments {
            self.stage(shelf, segment, None).await?;
        }
        Ok(())
    }

    fn read(&self, bytes: &[u8], now: Timestamp) -> anyhow::Result<Manifest> {
        let trust = self.credentials.borrow().trust.clone();
        adopt::read(&trust, &self.workplace, bytes, now)
    }

    /// Puts a packed segment aside, checked; one that does not start from what is here is no fault.
    async fn stage(
        &mut self,
        shelf: &mut Shelf,
        packed: &[u8],
        wanted: Option<&Need>,
    ) -> anyhow::Result<()> {
        let mut staged = self.try_to_stage(shelf, packed).await?;
        // Right changes lead elsewhere where what they start from is damaged.
        if staged
            .as_ref()
            .is_err_and(|fault| fault.code == RejectedCode::Root)
            && self.mended_before(shelf, packed).await?
        {
            staged = self.try_to_stage(shelf, packed).await?;
        }
        match staged {
            Ok(Some(need)) => {
                shelf.stage(&need);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(Fault { code, detail }) => {
                if let Some(need) = wanted {
                    shelf.refuse(need);
                }
                let need = wanted.cloned();
                self.reject(shelf.generation(), need, code, detail).await
            }
        }
    }

    async fn try_to_stage(
        &self,
        shelf: &Shelf,
        packed: &[u8],
    ) -> anyhow::Result<Result<Option<Need>, Fault>> {
        let (shelves, bytes, needs) = (self.shelves.clone(), packed.to_vec(), shelf.needs());
        Ok(tokio::task::spawn_blocking(move || shelves.stage(&bytes, &needs)).await?)
    }

    /// Says whether nothing is lacking any more.
    async fn fetch_all(&mut self, shelf: &mut Shelf) -> anyhow::Result<bool> {
        let mut whole = true;
        for need in shelf.needs() {
            match self.fetch(&need).await {
                Ok(packed) => self.stage(shelf, &packed, Some(&need)).await?,
                Err(error) => {
                    whole = false;
                    let layer = need.layer.to_string();
                    tracing::info!(layer, error = format!("{error:#}"), "segment not fetched");
                }
            }
        }
        Ok(whole && shelf.needs().is_empty())
    }

    /// What is here of it from an earlier try is not fetched again, and what came before the line broke is kept.
    async fn fetch(&self, need: &Need) -> anyhow::Result<Vec<u8>> {
        loop {
            let offset = self.partial.len(need)?;
            let (piece, broken) = self.ask(need, offset).await?;
            let here = self.partial.append(need, offset, &piece.bytes)?;
            if here >= piece.total {
                return Ok(self.partial.take(need)?);
            }
            if let Some(error) = broken {
                return Err(error);
            }
            anyhow::ensure!(!piece.bytes.is_empty(), "the centre gave an empty piece");
        }
    }

    /// A piece, or what came of one and why no more did.
    async fn ask(
        &self,
        need: &Need,
        offset: u64,
    ) -> anyhow::Result<(SegmentPiece, Option<anyhow::Error>)> {
        let question = SegmentQuestion {
            workplace: self.workplace.clone(),
            epoch: self.epoch(),
            need: need.clone(),
            offset,
        };
        let question = message::write(Kind::Segment, &self.journal_key, &question);
        let (came, broken) = self.post(PATH, question).await?;
        match broken {
            None => Ok((cbor::decode(&came)?, None)),
            Some(error) => match SegmentPiece::begun(&came) {
                Some(piece) => Ok((piece, Some(error))),
                None => Err(error),
            },
        }
    }

    async fn post(
        &self,
        path: &str,
        question: Vec<u8>,
    ) -> anyhow::Result<(Vec<u8>, Option<anyhow::Error>)> {
        let (tls, brokers) = {
            let presented = self.credentials.borrow();
            (presented.https.clone(), presented.brokers.clone())
        };
        let broker = brokers.first().context("no gate is known")?;
        let tls = (*tls).clone();
        Ok(centre_http::post_in_part(broker, path, tls, question).await)
    }

    fn epoch(&self) -> Epoch {
        self.progress.borrow().head.epoch
    }

    /// The journal first, then the switch: a crash between the two is mended by the next start.
    async fn switch_if_due(&mut self, shelf: &mut Shelf) -> anyhow::Result<()> {
        let Some(applied) = shelf.due(self.clock.local()) else {
            return Ok(());
        };
        self.journal(Fact::DatasetApplied(applied.clone())).await?;
        self.journaled.apply(&applied, self.clock.stamp().wall);
        if self.switch(applied.clone()).await.is_err() {
            // What is on sale may have rotted since the changes were tried on it.
            for changed in &applied.layers {
                self.mend(shelf, &changed.layer).await?;
            }
            self.switch(applied.clone()).await?;
        }
        shelf.switched(&applied);
        self.show(shelf);
        let layers = applied.layers.len();
        tracing::info!(layers, stack = %applied.stack, "datasets switched");
        Ok(())
    }

    async fn switch(&self, applied: Applied) -> anyhow::Result<()> {
        let shelves = self.shelves.clone();
        let switched = tokio::task::spawn_blocking(move || shelves.switch(&applied)).await?;
        switched.map_err(|fault| anyhow::anyhow!("datasets were not switched: {}", fault.detail))
    }

    /// Tills price with what is on sale from now on, and know what comes.
    fn show(&mut self, shelf: &Shelf) {
        self.shown = shelf.coming_up(self.clock.local());
        match Snapshot::open(&self.shelves, self.clock.clone(), &self.shown) {
            Ok(snapshot) => {
                self.snapshots.send_replace(snapshot.map(Arc::new));
            }
            Err(error) => tracing::error!(%error, "the datasets on sale cannot be read"),
        }
    }

    async fn reject(
        &mut self,
        generation: Generation,
        need: Option<Need>,
        code: RejectedCode,
        detail: String,
    ) -> anyhow::Result<()> {
        let (layer, root) = need.map(|need| (need.layer, need.to)).unzip();
        let rejected = Rejected {
            generation,
            layer,
            root,
            code,
            detail,
        };
        self.telling.refused(&rejected);
        if self.refused.as_ref() == Some(&rejected) {
            return Ok(());
        }
        let (code, detail) = (rejected.code.name(), &rejected.detail);
        tracing::error!(code, detail, "datasets refused, the last good stay on sale");
        self.refused = Some(rejected.clone());
        self.journal(Fact::DatasetRejected(rejected)).await
    }

    async fn journal(&self, fact: Fact) -> anyhow::Result<()> {
        let (done, durable) = oneshot::channel();
        let note = Input::Note(Box::new(fact), done);
        self.inputs
            .send(note)
            .await
            .context("the store loop ended")?;
        durable.await.context("the store loop ended")
    }
}

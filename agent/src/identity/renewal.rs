//! Keeps certificate, epochs and trusted keys fresh while the agent runs.

use std::time::Duration;

use anyhow::Context;
use storefleet_core::ids::Epoch;
use storefleet_core::time::Timestamp;
use storefleet_daemon::{Clock, Shutdown};
use storefleet_wire::enrol::{EPOCHS_LEFT_MIN, EnrolAnswer, EpochBlock, epochs_left};
use storefleet_wire::keys::Offered;
use tokio::sync::{mpsc, watch};

use super::{Identity, IdentityFolder};
use crate::centre_http;
use crate::enrol::signing_request;
use crate::link::{Credentials, random};
use crate::store_thread::{Input, Progress};

/// Where the centre takes renewals.
pub const RENEW_PATH: &str = "/v1/renew";
/// How often it is looked whether a renewal is due.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Shortest time between two tries; the longest is twice that.
const RETRY_MS: u64 = 300_000;
/// Key lists waiting to be judged.
pub const LISTS_MAX: usize = 4;

/// Owner of the identity of a running agent.
pub struct Keeper {
    /// Where it is kept.
    pub folder: IdentityFolder,
    /// What is in force.
    pub identity: Identity,
    /// Gates to ask, where the settings name some.
    pub brokers: Vec<String>,
    /// What the line presents and believes.
    pub credentials: watch::Sender<Credentials>,
    /// Key lists that came over the line.
    pub lists: mpsc::Receiver<Vec<u8>>,
    /// In which epoch the journal is.
    pub progress: watch::Receiver<Progress>,
    /// Told of new epochs.
    pub inputs: mpsc::Sender<Input>,
    /// Clocks of the machine.
    pub clock: Clock,
}

/// Whether a renewal is due: at two thirds of the certificate's life, or when epochs run out.
#[must_use]
pub fn is_due(
    validity: (Timestamp, Timestamp),
    epochs: &[EpochBlock],
    epoch: Epoch,
    now: Timestamp,
) -> bool {
    let (from, until) = validity;
    let life = until.since_ms(from).max(0);
    now.since_ms(from) >= life / 3 * 2 || epochs_left(epochs, epoch) < EPOCHS_LEFT_MIN
}

impl Keeper {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// Never for want of an answer: the shop sells on with what it has and it is tried again.
    pub async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        let mut wait = Duration::ZERO;
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = self.renew_if_due().await,
                list = self.lists.recv() => match list {
                    Some(list) => self.offer(&list),
                    None => return Ok(()),
                },
                () = shutdown.requested() => return Ok(()),
            }
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.wall_ms())
    }

    /// Renews when it is time; says when to look again.
    async fn renew_if_due(&mut self) -> Duration {
        let epoch = self.progress.borrow().head.epoch;
        let due = self
            .identity
            .validity()
            .map(|it| is_due(it, &self.identity.enrolment.epochs, epoch, self.now()));
        match due {
            Ok(false) => return LOOK_EVERY,
            Ok(true) => {}
            Err(error) => tracing::error!(error = format!("{error:#}"), "certificate"),
        }
        match self.renew(epoch).await {
            Ok(()) => {
                let until = self.identity.validity().map(|(_, until)| until.0);
                tracing::info!(until = until.unwrap_or(0), "certificate renewed");
            }
            Err(error) => tracing::warn!(error = format!("{error:#}"), "certificate not renewed"),
        }
        Duration::from_millis(RETRY_MS.saturating_add(random() % RETRY_MS))
    }

    async fn renew(&mut self, epoch: Epoch) -> anyhow::Result<()> {
        let key = self.folder.next_tls_key()?;
        let csr = signing_request(&key, &self.identity.enrolment.workplace)?;
        let request = self.identity.renewal(csr, epoch, self.now())?;
        let mut failed = anyhow::anyhow!("no gate is known; enrol this machine again");
        for server in self.servers() {
            let tls = self.identity.https_config()?;
            match centre_http::post(&server, RENEW_PATH, tls, request.clone()).await {
                Ok(answered) => return self.take(&answered).await,
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn servers(&self) -> Vec<String> {
        if self.brokers.is_empty() {
            self.identity.enrolment.brokers.clone()
        } else {
            self.brokers.clone()
        }
    }

    async fn take(&mut self, answered: &[u8]) -> anyhow::Result<()> {
        let answer = EnrolAnswer::from_bytes(answered)?;
        self.identity = self.folder.renewed(&self.identity, &answer, self.now())?;
        self.show()?;
        let epochs = self.identity.enrolment.epochs.clone();
        self.inputs
            .send(Input::Epochs(epochs))
            .await
            .context("the store loop ended")
    }

    /// A list that no trusted root signed changes nothing.
    fn offer(&mut self, list: &[u8]) {
        let mut trust = self.identity.trust.clone();
        let taken = match trust.offer(list) {
            Ok(Offered::Taken) => self.folder.keep_trust(&trust),
            Ok(Offered::Older) => return,
            Err(error) => Err(error.into()),
        };
        let shown = taken.and_then(|()| {
            self.identity.trust = trust;
            self.show()
        });
        match shown {
            Ok(()) => tracing::info!(number = self.identity.trust.number(), "key list taken"),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "key list not taken"),
        }
    }

    fn show(&self) -> anyhow::Result<()> {
        let credentials = Credentials::of(&self.identity, self.servers())?;
        self.credentials.send_replace(credentials);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn block(first: u32) -> EpochBlock {
        EpochBlock {
            first: Epoch(first),
            count: 16,
        }
    }

    #[test]
    fn a_certificate_of_90_days_is_renewed_on_the_60th() {
        let life = (Timestamp(0), Timestamp(90 * DAY));
        let due = |day| is_due(life, &[block(1)], Epoch(1), Timestamp(day * DAY));
        assert_eq!(
            [due(0), due(59), due(60), due(400)],
            [false, false, true, true]
        );
    }

    #[test]
    fn with_fewer_than_eight_epochs_left_more_are_asked_for() {
        let life = (Timestamp(0), Timestamp(90 * DAY));
        let due = |epoch, blocks: &[EpochBlock]| is_due(life, blocks, Epoch(epoch), Timestamp(DAY));
        assert!(!due(8, &[block(1)]));
        assert!(due(9, &[block(1)]));
        assert!(!due(9, &[block(1), block(17)]));
    }
}

//! Counts the shelf tags that wait for somebody, for the office: after a switch of the datasets, after tags were
//! printed, and now and then, for stock and days move on. Never more often than once a minute: the list reads
//! thousands of records.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use storefleet_core::shelf_tag::ShelfTags;
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_daemon::Shutdown;
use tokio::sync::{mpsc, oneshot, watch};

use super::tags::tasks_now;
use crate::datasets::snapshot::Snapshot;
use crate::store_thread::Input;

/// Between two counts at least.
const REST: Duration = Duration::from_secs(60);
/// Between two counts at most.
const EVERY: Duration = Duration::from_secs(600);

/// Counts.
pub struct TagCounter {
    /// Knows what is here by the books.
    pub inputs: mpsc::Sender<Input>,
    /// What is on sale.
    pub snapshots: watch::Receiver<Option<Arc<Snapshot>>>,
    /// Tags on the shelf.
    pub tags: watch::Receiver<ShelfTags>,
    /// What was counted last.
    pub count: watch::Sender<Option<TagCount>>,
}

impl TagCounter {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// When the owner of the journal is gone.
    pub async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(REST) => {}
                () = shutdown.requested() => return Ok(()),
            }
            self.count().await?;
            tokio::select! {
                changed = self.snapshots.changed() => changed.context("the datasets ended")?,
                changed = self.tags.changed() => changed.context("the store loop ended")?,
                () = tokio::time::sleep(EVERY) => {}
                () = shutdown.requested() => return Ok(()),
            }
        }
    }

    async fn count(&mut self) -> anyhow::Result<()> {
        let Some(snapshot) = self.snapshots.borrow_and_update().clone() else {
            return Ok(());
        };
        let tags = self.tags.borrow_and_update().clone();
        let (reply, present) = oneshot::channel();
        let asked = self.inputs.send(Input::Present(reply)).await;
        asked.context("the store loop ended")?;
        let present = present.await.context("the store loop ended")?;
        let count = move || TagCount::of(&tasks_now(&snapshot, &tags, &present));
        let counted = tokio::task::spawn_blocking(count).await?;
        self.count.send_replace(Some(counted));
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! Tasks with a name, an owner and a way to stop: the only place that spawns.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::Instrument;

/// Tells a task to come to an end.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Ends when the owner asked its tasks to stop, or is gone.
    pub async fn requested(&mut self) {
        // An error means that the owner is gone, which asks for the same.
        drop(self.0.wait_for(|stop| *stop).await);
    }

    /// Whether the owner asked already.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}

/// How a task ended.
#[derive(Debug)]
pub struct Ended {
    /// The task's name.
    pub name: &'static str,
    /// What it said.
    pub result: anyhow::Result<()>,
}

/// The tasks of one owner.
#[derive(Debug)]
pub struct Tasks {
    set: JoinSet<Ended>,
    stop: watch::Sender<bool>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            set: JoinSet::new(),
            stop: watch::Sender::new(false),
        }
    }
}

impl Tasks {
    /// A handle that tells when to stop.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        Shutdown(self.stop.subscribe())
    }

    /// Starts a task in a span of its name.
    pub fn spawn<F>(&mut self, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let span = tracing::info_span!("task", name);
        self.set.spawn(
            async move {
                Ended {
                    name,
                    result: task.await,
                }
            }
            .instrument(span),
        );
    }

    /// The next task that ended; never, while there is none.
    pub async fn ended(&mut self) -> Ended {
        match self.set.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(error)) => Ended {
                name: "task",
                result: Err(error.into()),
            },
            None => std::future::pending().await,
        }
    }

    /// Drops the results of finished connections, so that a server's set does not grow.
    pub fn reap(&mut self) {
        while let Some(ended) = self.set.try_join_next() {
            match ended {
                Ok(Ended {
                    name,
                    result: Err(error),
                }) => {
                    tracing::debug!(name, error = format!("{error:#}"), "task ended");
                }
                Err(error) => tracing::error!(%error, "task failed"),
                Ok(Ended { result: Ok(()), .. }) => {}
            }
        }
    }

    /// How many tasks run or wait to be reaped.
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether no task runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Asks all tasks to stop and waits up to `deadline`; what is left then is aborted.
    pub async fn stop(mut self, deadline: Duration) {
        self.stop.send_replace(true);
        let all = async { while self.set.join_next().await.is_some() {} };
        if tokio::time::timeout(deadline, all).await.is_err() {
            tracing::warn!(left = self.set.len(), "tasks did not stop in time");
            self.set.abort_all();
        }
    }
}

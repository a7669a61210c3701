//! One shop of the fleet: the agent's own line on the agent's own journal, without a till in front.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storefleet_agent::link::{self, Credentials, Link};
use storefleet_agent::state_db::{Cursor, StateDb};
use storefleet_agent::store_thread::{INPUTS_MAX, Input, StoreClock};
use storefleet_core::dataset::telling::Known;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Seq, WorkplaceId};
use storefleet_daemon::{Clock, Shutdown, Tasks};
use tokio::sync::{mpsc, watch};

use crate::fleet::network::Machine;
use crate::fleet::till::Till;

/// Key lists waiting to be judged; none is new here.
const LISTS_MAX: usize = 4;
/// Manifests waiting; where nobody takes them, those that find no room are dropped.
const MANIFESTS_MAX: usize = 4;

/// The ends of a shop that its datasets hang on.
pub struct Datasets {
    /// The journal.
    pub till: Arc<Mutex<Till>>,
    /// The newest entry that is known to be acknowledged.
    pub heard: watch::Receiver<Seq>,
    /// Manifests as they came over the line.
    pub manifests: mpsc::Receiver<Vec<u8>>,
    /// What the line is told of the manifest that was taken: it asks for one that does not come.
    pub known: watch::Sender<Arc<Known>>,
}

/// A shop; its line runs while its tasks do.
pub struct Shop {
    /// Its name.
    pub id: WorkplaceId,
    till: Arc<Mutex<Till>>,
    /// The newest entry that the till heard of as acknowledged.
    heard: watch::Receiver<Seq>,
    database: Arc<Mutex<StateDb>>,
    datasets: Option<Datasets>,
    line: Option<(
        Link<storefleet_agent::journal::DiskRooms>,
        mpsc::Receiver<Input>,
        watch::Sender<Seq>,
    )>,
}

impl Shop {
    /// Opens journal and state of a machine; the line starts with [`Shop::connect`].
    pub fn open(
        machine: &Machine,
        broker: &str,
        clock: Clock,
        segment_bytes: u32,
    ) -> anyhow::Result<Self> {
        let store_clock = StoreClock::new(clock, jiff::tz::TimeZone::UTC);
        let till = Till::open(machine, store_clock, segment_bytes)?;
        let (hears, heard) = watch::channel(Seq(0));
        let (inputs, taken) = mpsc::channel(INPUTS_MAX);
        let (manifests, offered) = mpsc::channel(MANIFESTS_MAX);
        let known = watch::Sender::<Arc<Known>>::default();
        let credentials = Credentials::of(&machine.identity, vec![broker.to_owned()])?;
        let database = StateDb::open(&machine.data.join("state.redb"), None)?;
        let database = Arc::new(Mutex::new(database));
        let line = Link {
            workplace: machine.id.clone(),
            version: "fleet".to_owned(),
            credentials: watch::channel(credentials).1,
            lists: mpsc::channel(LISTS_MAX).0,
            manifests,
            consignments: mpsc::channel(1).0,
            journal_key: machine.identity.journal_key.clone(),
            journals: watch::channel(till.journal()?).1,
            progress: till.progress(),
            acked: watch::channel(Mark::default()).0,
            office: watch::Sender::default(),
            inputs,
            database: Arc::clone(&database),
            clock,
            data: machine.data.clone(),
            session: 1,
            till_errors: Default::default(),
            tag_count: watch::channel(None).1,
            known: known.subscribe(),
            freshness: Default::default(),
        };
        let till = Arc::new(Mutex::new(till));
        let datasets = Datasets {
            till: Arc::clone(&till),
            heard: heard.clone(),
            manifests: offered,
            known,
        };
        Ok(Self {
            id: machine.id.clone(),
            till,
            heard,
            database,
            datasets: Some(datasets),
            line: Some((line, taken, hears)),
        })
    }

    /// The journal, and what is known of it.
    pub fn till(&self) -> MutexGuard<'_, Till> {
        self.till.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the line.
    pub fn connect(&mut self, tasks: &mut Tasks) {
        let Some((line, inputs, hears)) = self.line.take() else {
            return;
        };
        tasks.spawn("shop-line", link::run(line, tasks.shutdown()));
        tasks.spawn(
            "shop-acks",
            hear(Arc::clone(&self.till), inputs, hears, tasks.shutdown()),
        );
    }

    /// What takes manifests and journals needs: the till, what it heard, and the manifests of the line, once.
    pub fn datasets(&mut self) -> Option<Datasets> {
        self.datasets.take()
    }

    /// Whether a connection of this shop ever ended: the line keeps its cursor only then.
    #[must_use]
    pub fn lost_a_line(&self) -> bool {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        database.cursor() != Cursor::default()
    }

    /// Waits until the till heard that the centre holds everything that is durable now.
    pub async fn emptied(&self) -> anyhow::Result<()> {
        let head = self.till().head();
        self.heard.clone().wait_for(|heard| *heard >= head).await?;
        Ok(())
    }
}

/// Takes what the line tells the owner of the journal.
async fn hear(
    till: Arc<Mutex<Till>>,
    mut inputs: mpsc::Receiver<Input>,
    hears: watch::Sender<Seq>,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    loop {
        let input = tokio::select! {
            input = inputs.recv() => input,
            () = shutdown.requested() => return Ok(()),
        };
        match input {
            Some(Input::Acked(mark)) => {
                till.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .on_ack(mark);
                hears.send_replace(mark.seq);
            }
            Some(other) => anyhow::bail!("the line asked for {other:?}"),
            None => return Ok(()),
        }
    }
}

//! A shop's journal as the fleet writes it: sold ahead, told to the line in steps, and timed.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use storefleet_agent::journal::{DiskRooms, JournalReader};
use storefleet_agent::store_loop::{LoopConfig, StoreLoop};
use storefleet_agent::store_thread::{Progress, StoreClock};
use storefleet_core::entry::RequestRef;
use storefleet_core::epoch::Mark;
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Hash, Seq};
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind};
use storefleet_core::stock::Sku;
use storefleet_core::workplace::decide::{Asked, Request};
use tokio::sync::watch;

use crate::fleet::network::Machine;

/// Receipts that share one sync while a journal is filled.
const GROUP: u64 = 100;
const LINES: u64 = 5;

/// The journal of one shop, what the line was told of it, and what the centre acknowledged.
pub struct Till {
    store: StoreLoop<DiskRooms>,
    clock: StoreClock,
    progress: watch::Sender<Progress>,
    /// Told as soon as everything told before is acknowledged; 0 tells nothing by itself.
    step: u64,
    bytes_each: u64,
    /// Entries whose way is timed, and since when they are durable.
    timed: VecDeque<(Seq, Instant)>,
    /// From durable in the shop to a verified ack.
    pub delays: Vec<Duration>,
    /// The newest entry acknowledged.
    pub acked: Seq,
    /// Acks that did not move the watermark forward.
    pub doubled: u64,
    /// Receipts sold.
    pub receipts: u64,
    /// Their sum.
    pub total_kop: i64,
}

impl Till {
    /// Begins the journal of a machine and opens a shift.
    pub fn open(machine: &Machine, clock: StoreClock, segment_bytes: u32) -> anyhow::Result<Self> {
        let rooms = DiskRooms::new(journal_folder(machine));
        let config = LoopConfig {
            workplace: machine.id.clone(),
            training: true,
            version: "fleet".to_owned(),
            epochs: machine.identity.enrolment.epochs.clone(),
            segment_bytes,
        };
        let (mut store, _) = StoreLoop::open(rooms, config, &[], None, &clock.stamp())?;
        let counted = Money(0);
        let answer = store.ask(
            asked("open", Request::OpenShift { counted }),
            &clock.stamp(),
        )?;
        ensure!(answer.is_ok(), "the shift does not open: {answer:?}");
        store.commit()?;
        let head = store.durable();
        let progress = watch::Sender::new(Progress {
            head,
            bytes: store.bytes(),
            awaited: 0,
        });
        Ok(Self {
            store,
            clock,
            progress,
            step: 0,
            bytes_each: 0,
            timed: VecDeque::new(),
            delays: Vec::new(),
            acked: Seq(0),
            doubled: 0,
            receipts: 0,
            total_kop: 0,
        })
    }

    /// What the line watches.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// A reader for the line.
    pub fn journal(&self) -> anyhow::Result<JournalReader<DiskRooms>> {
        Ok(self.store.journal()?)
    }

    /// The newest durable entry.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.store.durable().seq
    }

    /// Sells so many receipts; they are durable when this returns, and nobody was told.
    pub fn fill(&mut self, receipts: u64) -> anyhow::Result<()> {
        let before = self.store.bytes();
        let stamp = self.clock.stamp();
        for number in 1..=receipts {
            self.receipts += 1;
            let (sale, kopecks) = sale(self.receipts);
            self.total_kop += kopecks;
            let asked = asked(&format!("sale-{}", self.receipts), sale);
            let answer = self.store.ask(asked, &stamp)?;
            ensure!(answer.is_ok(), "a receipt is refused: {answer:?}");
            if number % GROUP == 0 {
                self.store.commit()?;
            }
        }
        self.store.commit()?;
        self.bytes_each = (self.store.bytes() - before) / receipts.max(1);
        Ok(())
    }

    /// Sells one receipt, makes it durable, tells the line, and times its way.
    pub fn sell(&mut self) -> anyhow::Result<()> {
        self.fill(1)?;
        self.timed.push_back((self.head(), Instant::now()));
        let awaited = self.progress.borrow().awaited;
        self.progress.send_replace(Progress {
            head: self.store.durable(),
            bytes: self.store.bytes(),
            awaited,
        });
        Ok(())
    }

    /// Notes a fact, makes it durable and tells the line; says which entry it is.
    pub fn note(&mut self, fact: &Fact) -> anyhow::Result<Seq> {
        self.store.note(fact, &self.clock.stamp())?;
        self.store.commit()?;
        let awaited = self.progress.borrow().awaited + 1;
        self.progress.send_replace(Progress {
            head: self.store.durable(),
            bytes: self.store.bytes(),
            awaited,
        });
        Ok(self.head())
    }

    /// From now on so many entries at a time are told, each time everything before is acknowledged.
    pub fn tell_in_steps(&mut self, step: u64) {
        self.step = step;
        self.tell_next();
    }

    fn tell_next(&mut self) {
        let told = *self.progress.borrow();
        if self.step == 0 || told.head.seq >= self.head() || self.acked < told.head.seq {
            return;
        }
        let seq = Seq(self.head().0.min(told.head.seq.0 + self.step));
        let bytes = told.bytes + self.bytes_each * (seq.0 - told.head.seq.0);
        let head = Mark {
            seq,
            ..self.store.durable()
        };
        self.progress.send_replace(Progress {
            head,
            bytes,
            ..told
        });
    }

    /// The centre holds everything up to here, as a verified ack says.
    pub fn on_ack(&mut self, mark: Mark) {
        if mark.seq <= self.acked {
            self.doubled += 1;
            return;
        }
        self.acked = mark.seq;
        while let Some((_, since)) = self.timed.pop_front_if(|(seq, _)| *seq <= mark.seq) {
            self.delays.push(since.elapsed());
        }
        self.tell_next();
    }
}

/// Where the journal of a machine lies.
fn journal_folder(machine: &Machine) -> PathBuf {
    machine.data.join("journal")
}

fn asked(key: &str, request: Request) -> Asked {
    Asked {
        request,
        key: RequestRef {
            key: key.to_owned(),
            hash: Hash([1; 32]),
        },
        employee: "E1".to_owned(),
        business_time: None,
    }
}

/// A receipt of five lines, and its sum in kopecks.
fn sale(number: u64) -> (Request, i64) {
    let line = |at: u64| {
        let price = 10_000 + i64::try_from((number * 37 + at * 911) % 90_000).expect("small");
        Line {
            sku: Sku {
                item: format!("item-{:03}", (number * 7 + at * 31) % 300),
                owner: None,
            },
            quantity: Quantity(1_000),
            unit_price: Money(price),
            gross: Money(price),
            discount: Money(0),
            vat: Some("22/122".to_owned()),
            serial: None,
        }
    };
    let lines: Vec<_> = (0..LINES).map(line).collect();
    let amount = storefleet_core::receipt::total(&lines);
    let payments = vec![Payment {
        kind: PaymentKind::Card,
        amount,
    }];
    (
        Request::Sell {
            lines,
            payments,
            priced: None,
        },
        amount.0,
    )
}

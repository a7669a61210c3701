//! Ingest without a network: 3,000 keys, batches of 20 receipts of 5 lines, 2 % of them twice.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use minicbor::bytes::ByteVec;
use storefleet_controller::central_log::CentralLog;
use storefleet_controller::ingest::{Ingest, JournalKeys, Received};
use storefleet_core::entry::{self, ClockState, Entry};
use storefleet_core::epoch::{Genesis, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind, Sale};
use storefleet_core::stock::Sku;
use storefleet_core::sync::message::Batch;
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::Workplace;
use storefleet_core::workplace::decide::Stamp;
use storefleet_journal::DiskFolder;
use storefleet_wire::batch;
use storefleet_wire::envelope::{PublicKey, SigningKey};
use storefleet_wire::topic::Up;

use crate::bench::{Metric, median};

const WORKPLACES: u32 = 3_000;
const BATCHES_EACH: usize = 4;
const RECEIPTS: u64 = 20;
const GROUP: usize = 128;
const ROUNDS: usize = 3;

/// A batch as sent, and who sent it.
type Sealed = (WorkplaceId, Vec<u8>);

struct Keys(BTreeMap<WorkplaceId, PublicKey>);

impl JournalKeys for Keys {
    fn of_epoch(&self, workplace: &WorkplaceId, _: Epoch) -> Option<PublicKey> {
        self.0.get(workplace).copied()
    }

    fn newest(&self, workplace: &WorkplaceId) -> Vec<PublicKey> {
        self.0.get(workplace).copied().into_iter().collect()
    }

    fn is_retired(&self, _: &WorkplaceId, _: Epoch) -> bool {
        false
    }
}

/// Measures ingest.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let (keys, batches) = build()?;
    let repeats = batches.len() / 50;
    let mut rates = Vec::new();
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
        let path = folder.path().join(round.to_string());
        fs::create_dir(&path)?;
        let (log, _) = CentralLog::open(DiskFolder::new(path), 16 * 1024 * 1024)?;
        let ack_key = SigningKey::from_seed(&[9; 32]).expect("32 bytes are a seed");
        let mut ingest = Ingest::empty(log, ack_key, 1);
        let received: Vec<_> = batches
            .iter()
            .chain(batches.iter().take(repeats))
            .map(|(workplace, payload)| Received {
                workplace,
                class: Up::Batch,
                payload,
                at: Timestamp(1),
            })
            .collect();
        let started = Instant::now();
        for group in received.chunks(GROUP) {
            ingest.group(group, &keys, Timestamp(1))?;
        }
        let receipts = batches.len() as f64 * RECEIPTS as f64;
        rates.push(receipts / started.elapsed().as_secs_f64());
    }
    Ok(vec![Metric::at_least(
        "ingest.receipts_s",
        median(&mut rates),
        "receipts/s",
        100_000.0,
    )])
}

/// Keys of all workplaces, and their batches in turn: first of each, second of each …
fn build() -> anyhow::Result<(Keys, Vec<Sealed>)> {
    let mut keys = BTreeMap::new();
    let mut by_turn: Vec<Vec<Sealed>> = vec![Vec::new(); BATCHES_EACH];
    for number in 0..WORKPLACES {
        let workplace: WorkplaceId = format!("s{number:05}-1").parse()?;
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&number.to_le_bytes());
        let key = SigningKey::from_seed(&seed).expect("32 bytes are a seed");
        keys.insert(workplace.clone(), key.public());
        let mut till = Till::new(workplace.clone());
        for (turn, batches) in by_turn.iter_mut().enumerate() {
            let bytes = batch::seal(&key, &till.batch(turn == 0)?);
            batches.push((workplace.clone(), bytes));
        }
    }
    Ok((Keys(keys), by_turn.into_iter().flatten().collect()))
}

struct Till {
    state: Workplace,
}

impl Till {
    fn new(workplace: WorkplaceId) -> Self {
        let mut state = Workplace::blank(workplace);
        state.head.epoch = Epoch(1);
        Self { state }
    }

    fn append(&mut self, fact: &Fact) -> anyhow::Result<ByteVec> {
        let wall = StoreTime {
            at: Timestamp(1_764_000_000_000),
            offset: OffsetMinutes(180),
        };
        let stamp = Stamp {
            wall,
            clock: ClockState::Trusted,
            monotonic_ms: 1,
            boot: 1,
        };
        let bytes = entry::write(&self.state.next_header(fact, &stamp), fact)?;
        self.state.apply(&Entry::parse(&bytes)?);
        Ok(bytes.into())
    }

    fn batch(&mut self, is_first: bool) -> anyhow::Result<Batch> {
        let (first, prev) = (self.state.head.seq.next(), self.state.head.hash);
        let mut entries = Vec::new();
        if is_first {
            let genesis = Genesis {
                reason: Reason::Enrolled,
                parent: None,
            };
            entries.push(self.append(&Fact::Genesis(genesis))?);
        }
        for _ in 0..RECEIPTS {
            let sale = sale(self.state.receipt_number + 1);
            entries.push(self.append(&Fact::Sale(sale))?);
        }
        let workplace = self.state.id.clone();
        Ok(Batch {
            workplace,
            epoch: Epoch(1),
            first,
            prev,
            entries,
        })
    }
}

fn sale(number: u64) -> Sale {
    let line = |at: u64| {
        let price =
            Money(i64::try_from(10_000 + (number * 37 + at * 911) % 90_000).expect("small"));
        Line {
            sku: Sku {
                item: format!("{:05}", (number * 7 + at * 131) % 20_000),
                owner: None,
            },
            quantity: Quantity(1_000),
            unit_price: price,
            gross: price,
            discount: Money(0),
            vat: Some("22/122".to_owned()),
            serial: None,
        }
    };
    let lines: Vec<_> = (0..5).map(line).collect();
    let amount = storefleet_core::receipt::total(&lines);
    let payments = vec![Payment {
        kind: PaymentKind::Cash,
        amount,
    }];
    Sale {
        number,
        lines,
        payments,
        business_time: None,
        subject: None,
        priced: None,
    }
}

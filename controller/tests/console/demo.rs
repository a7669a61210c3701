//! A network built by hand: most shops work, some do not, one has a journal in the log.

use std::path::Path;
use std::sync::{Arc, Mutex};

use ring::rand::SystemRandom;
use storefleet_controller::bus::{LOG_BYTES, RouterBus, Uplinks};
use storefleet_controller::central_log::{BatchStore, CentralLog, NewRecord};
use storefleet_controller::certificate;
use storefleet_controller::console::{Console, serve};
use storefleet_controller::datasets::Publisher;
use storefleet_controller::fleet::Fleet;
use storefleet_controller::gate::{Admission, Gate, Limits};
use storefleet_controller::import::Ask;
use storefleet_controller::ingest::News;
use storefleet_controller::ingest::thread::Shared;
use storefleet_controller::load;
use storefleet_controller::master::{Master, MasterStore, Order, Signed};
use storefleet_controller::office::Office;
use storefleet_controller::rollouts::{By, Rollouts};
use storefleet_core::agent::Started;
use storefleet_core::entry::{self, ClockState, Entry, HEADER_VERSION, Header};
use storefleet_core::epoch::{Genesis, Mark, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::health::Alarm;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::master::change::Source;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Line, Payment, PaymentKind, Return, Sale};
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_core::shift::Opened;
use storefleet_core::stock::{Sku, WriteOffLine, WrittenOff};
use storefleet_core::sync::message::{Batch, Hello, Telemetry, Verdict};
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_daemon::{Clock, Tasks};
use storefleet_journal::DiskFolder;
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::offline::OfflineRoot;
use storefleet_wire::batch;
use storefleet_wire::envelope::SigningKey;
use tokio::net::TcpListener;

pub(crate) struct Demo {
    pub(crate) console: Console,
    pub(crate) port: u16,
    pub(crate) fleet: Arc<Mutex<Fleet>>,
    pub(crate) master: Master,
    pub(crate) rollouts: Rollouts,
    pub(crate) shared: Shared,
    _uplinks: Uplinks,
    _tasks: Tasks,
    pub(crate) folder: tempfile::TempDir,
}

impl Demo {
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(Clock::start().wall_ms())
    }
}

/// A gate that lets nobody in.
struct Closed;

impl Admission for Closed {
    fn admit(&self, _certificate: &[u8], _now_ms: i64) -> Result<WorkplaceId, String> {
        Err("closed".to_owned())
    }
}

impl Demo {
    fn by<'a>(&self, origin: &'a str) -> Signed<'a> {
        Signed {
            actor: "cli:test",
            at: self.now(),
            source: Source::Import,
            origin,
            why: "the tables of the tests",
        }
    }

    /// Loads the tables of the tests and makes them the newest version.
    pub(crate) fn loaded(self) -> Self {
        let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pricing");
        for (name, bytes) in load::files(&[tables]).unwrap() {
            let order = Order {
                holds_accepted: true,
                ..Order::default()
            };
            let ask = Ask {
                source: name.clone(),
                ..Ask::default()
            };
            let file = std::io::Cursor::new(bytes);
            self.master
                .import(file, &ask, order, self.by(&name))
                .unwrap();
        }
        let by = By {
            actor: "cli:test",
            why: "the first data of the chain",
        };
        let lead = By {
            actor: "cli:lead",
            ..by
        };
        self.rollouts.publish("all", by, Some(lead)).unwrap();
        self
    }
}

pub(crate) async fn demo(stores: u32) -> Demo {
    demo_after(stores, |_, _, _, _| {}).await
}

/// A network in which something happened before the centre started: office, log, fleet, the key of a machine.
pub(crate) async fn demo_after(
    stores: u32,
    happened: impl FnOnce(&mut Office, &mut CentralLog<DiskFolder>, &mut Fleet, &SigningKey),
) -> Demo {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::start();
    let now = Timestamp(clock.wall_ms());
    let keys = folder.path().join("root");
    OfflineRoot::create(&keys, "demo", now, &SystemRandom::new()).unwrap();
    let keys = CentreKeys::read(&keys.join("online"), now).unwrap();
    let signer = CentreKeys::read(&folder.path().join("root/online"), now)
        .unwrap()
        .ack;
    for name in ["office", "log"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    let mut office = Office::open(&folder.path().join("office"), keys, now).unwrap();
    let disk = DiskFolder::new(folder.path().join("log"));
    let (mut log, _) = CentralLog::open(disk, 4 * 1024 * 1024).unwrap();
    let mut fleet = Fleet::default();
    for number in 2..=stores {
        shop(&mut fleet, number, now);
    }
    if stores > 0 {
        first_shop(&mut fleet, &mut log, &signer, now);
    }
    happened(&mut office, &mut log, &mut fleet, &signer);
    let fleet = Arc::new(Mutex::new(fleet));
    let shared = Shared {
        office: Arc::new(Mutex::new(office)),
        fleet: fleet.clone(),
        clock,
    };
    let own = CentreKeys::read(&folder.path().join("root/online"), now).unwrap();
    let tls = certificate::issue(&["localhost".to_owned()], &own, now).unwrap();
    let store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
    let master = Master::open(shared.office.clone(), store, 1).unwrap();
    let (bus, uplinks) = RouterBus::start(LOG_BYTES).unwrap();
    let https = axum::Router::new();
    let (_, gate, _) = Gate::new(
        &tls,
        Arc::new(Closed),
        Arc::new(bus),
        https,
        Limits::default(),
    )
    .unwrap();
    let publisher = Publisher::new(&shared, master.clone(), gate, Arc::new(own.manifest), 1);
    let counters: storefleet_controller::console::Counters = Arc::new(|| vec![("admitted", 7)]);
    let rollouts = Rollouts::take_up(publisher).unwrap();
    let console = Console::new(rollouts.clone(), folder.path(), log.reader(), counters);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tasks = Tasks::default();
    tasks.spawn(
        "console",
        serve(listener, console.clone(), tasks.shutdown()),
    );
    Demo {
        console,
        port,
        fleet,
        master,
        rollouts,
        shared,
        _uplinks: uplinks,
        _tasks: tasks,
        folder,
    }
}

/// Two tills with journals in the log; one of them is silent.
fn first_shop(
    fleet: &mut Fleet,
    log: &mut CentralLog<DiskFolder>,
    signer: &SigningKey,
    now: Timestamp,
) {
    for till in 1..=2 {
        let id: WorkplaceId = format!("s00001-{till}").parse().unwrap();
        let entries = journal(&id, now);
        entries
            .iter()
            .for_each(|bytes| fleet.fold(&id, &Entry::parse(bytes).unwrap()));
        let last = Seq(u64::try_from(entries.len()).unwrap());
        let entries = entries.into_iter().map(Into::into).collect();
        let (epoch, first, prev) = (Epoch(1), Seq(1), Hash::default());
        let batch = Batch {
            workplace: id.clone(),
            epoch,
            first,
            prev,
            entries,
        };
        let sealed = batch::seal(signer, &batch);
        let record = NewRecord {
            workplace: &id,
            epoch,
            first,
            last,
            received: now,
            verdict: Verdict::Ok,
            batch: &sealed,
        };
        log.stage(record).unwrap();
        log.commit().unwrap();
        let heard = if till == 1 {
            now.plus_ms(-12 * 60_000)
        } else {
            now
        };
        hello(
            fleet,
            &id,
            fleet_mark(last.0 + 2),
            heard,
            heard.plus_ms(-700),
        );
    }
    let silent: WorkplaceId = "s00001-1".parse().unwrap();
    fleet.offline(&silent, now.plus_ms(-12 * 60_000));
}

fn fleet_mark(seq: u64) -> Mark {
    Mark {
        epoch: Epoch(1),
        seq: Seq(seq),
        hash: Hash::default(),
    }
}

fn hello(fleet: &mut Fleet, id: &WorkplaceId, head: Mark, at: Timestamp, wall: Timestamp) {
    fleet.online(id, at);
    let version = if id.to_string().ends_with("7-1") {
        "0.1.1"
    } else {
        "0.1.0"
    };
    fleet.news(&News::Hello(
        Box::new(Hello {
            workplace: id.clone(),
            schema_min: 1,
            schema_max: 1,
            key_list: 1,
            head,
            acked: Mark::default(),
            version: version.to_owned(),
            session: 1,
            echo: 0,
            wall,
        }),
        at,
    ));
    fleet.news(&News::Telemetry(
        Box::new(Telemetry {
            workplace: id.clone(),
            head,
            acked: Mark::default(),
            oldest_unsent: Some(at.plus_ms(-95_000)),
            wall,
            clock: ClockState::Trusted,
            version: version.to_owned(),
            disk_free: 1 << 34,
            session: 1,
            till_errors: Some(0),
            manifest: None,
            tags: Some(TagCount {
                overdue: 12,
                take_down: 1,
                missing: 300,
            }),
        }),
        at,
    ));
}

/// A shop whose number says how it is.
fn shop(fleet: &mut Fleet, number: u32, now: Timestamp) {
    let id: WorkplaceId = format!("s{number:05}-1").parse().unwrap();
    fleet.enrolled(&id);
    if number % 97 == 11 {
        return;
    }
    let fast = if number % 61 == 5 { 184_000 } else { 300 };
    let gone = number % 83 == 7 || (1_200..1_240).contains(&number);
    let silence = if gone {
        i64::from(number % 400) * 60_000 + 40_000
    } else {
        0
    };
    let seen = now.plus_ms(-silence - i64::from(number % 9) * 1_000);
    hello(fleet, &id, fleet_mark(0), seen, seen.plus_ms(fast));
    entries(&id, now, 3)
        .iter()
        .for_each(|bytes| fleet.fold(&id, &Entry::parse(bytes).unwrap()));
    if gone {
        fleet.offline(&id, seen);
    }
    if number % 211 == 9 {
        let evidence = "epoch 3 names <parent> 1a2b… & the centre holds 9f00…".to_owned();
        fleet.alarm(
            &id,
            Alarm::Held,
            evidence,
            now.plus_ms(-i64::from(number) * 7_000),
        );
    }
}

pub(crate) fn journal(id: &WorkplaceId, now: Timestamp) -> Vec<Vec<u8>> {
    entries(id, now, 60)
}

fn entries(id: &WorkplaceId, now: Timestamp, count: u64) -> Vec<Vec<u8>> {
    let mut prev = Hash::default();
    let mut written = Vec::new();
    for seq in 1..=count {
        let fact = fact(seq);
        let at = now.plus_ms(-i64::try_from(count - seq).unwrap() * 97_000 - 4_000);
        let wall = StoreTime {
            at,
            offset: OffsetMinutes(240),
        };
        let header = Header {
            version: HEADER_VERSION,
            flags: 0,
            workplace: id.clone(),
            epoch: Epoch(1),
            seq: Seq(seq),
            prev,
            kind: fact.kind(),
            wall,
            clock: ClockState::Trusted,
            monotonic_ms: seq,
            boot: 1,
            business_date: wall.date(),
            till: id.till().number(),
            shift: None,
            register: None,
            legal_entity: None,
            employee: (seq > 2).then(|| "Орлова".to_owned()),
            request: None,
            cause: None,
            datasets: None,
        };
        let bytes = entry::write(&header, &fact).unwrap();
        prev = entry::hash(&bytes);
        written.push(bytes);
    }
    written
}

fn fact(seq: u64) -> Fact {
    let price = Money(1_249_000 + i64::try_from(seq).unwrap() * 1_350);
    let sku = Sku {
        item: "4600000000017".to_owned(),
        owner: None,
    };
    let lines = vec![Line {
        sku: sku.clone(),
        quantity: Quantity(1_000),
        unit_price: price,
        gross: price,
        discount: Money::ZERO,
        vat: None,
        serial: None,
    }];
    let kind = if seq.is_multiple_of(2) {
        PaymentKind::Card
    } else {
        PaymentKind::Cash
    };
    let payments = vec![Payment {
        kind,
        amount: price,
    }];
    match seq {
        1 => Fact::Genesis(Genesis {
            reason: Reason::Enrolled,
            parent: None,
        }),
        2 => Fact::AgentStarted(Started {
            version: "0.1.0".to_owned(),
            found: Seq(1),
            torn_bytes: 0,
        }),
        3 => Fact::ShiftOpened(Opened {
            number: 1,
            counted: Money(500_000),
            business_time: None,
        }),
        20 | 41 => Fact::Return(Return {
            number: seq,
            origin: None,
            reason: "не подошёл <размер>".to_owned(),
            lines,
            payments,
            business_time: None,
        }),
        33 => Fact::WrittenOff(WrittenOff {
            lines: vec![WriteOffLine {
                sku,
                quantity: Quantity(2_000),
            }],
            reason: "витрина разбита".to_owned(),
            business_time: None,
        }),
        45 => Fact::AgentStarted(Started {
            version: "0.1.0".to_owned(),
            found: Seq(44),
            torn_bytes: 412,
        }),
        number => Fact::Sale(Sale {
            number,
            lines,
            payments,
            business_time: None,
            subject: None,
            priced: None,
        }),
    }
}

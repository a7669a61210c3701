//! The till API with a store loop that says what it is told to.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use storefleet_core::coupon::UsedCoupons;
use storefleet_core::dataset::manifest::{Applied, AppliedLayer, Generation};
use storefleet_core::dataset::on_sale::OnSale;
use storefleet_core::dataset::telling::Office;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_core::kind::FactKind;
use storefleet_core::money::{Money, Quantity};
use storefleet_core::receipt::{Payment, PaymentKind};
use storefleet_core::request::Answer;
use storefleet_core::shelf_tag::ShelfTags;
use storefleet_core::shift::{Closed, Open, Side, Totals, VatTotal};
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::View;
use storefleet_core::workplace::decide::Refusal;
use storefleet_daemon::Clock;
use storefleet_messages::{Catalogue, Language};
use storefleet_wire::enrol::EpochBlock;
use tokio::sync::{mpsc, watch};

use super::super::{BODY_BYTES_MAX, Till, router};
use super::shop::Shop;
use crate::journal::DiskRooms;
use crate::state_db::StateDb;
use crate::store_loop::{LoopConfig, StoreLoop};
use crate::store_thread::{Input, Progress, StoreClock, StoreThread};
use crate::till::answers::{Answered, Report};
use crate::till::errors::TillErrors;
use crate::till::guard::Guard;
use crate::till::staff::PinTries;

/// Status, content type and body.
pub(super) type Told = (StatusCode, String, Value);

/// What the loop says next; nothing once it ended.
#[derive(Default)]
struct Says {
    answer: Option<Result<Answer, Refusal>>,
    view: Option<View>,
}

pub(super) struct Program {
    service: TowerToHyperService<Router>,
    says: Arc<Mutex<Says>>,
    // Kept, or the stream of events ends.
    _progress: watch::Sender<Progress>,
    _acked: watch::Sender<Mark>,
    _shop: Option<Shop>,
    /// Of a program with a journal of its own.
    thread: Option<StoreThread>,
}

impl Program {
    pub(super) fn start() -> Self {
        Self::of(Some(Shop::open()))
    }

    /// Before the first datasets came.
    pub(super) fn without_prices() -> Self {
        Self::of(None)
    }

    fn of(shop: Option<Shop>) -> Self {
        let (inputs, mut asked) = mpsc::channel(1);
        let (_progress, progress) = watch::channel(Progress::default());
        let (_acked, acked) = watch::channel(mark(7));
        let says = Arc::new(Mutex::new(Says::default()));
        let mouth = says.clone();
        std::thread::spawn(move || {
            while let Some(input) = asked.blocking_recv() {
                let says = mouth.lock().unwrap();
                // A reply that is dropped is how an ending loop answers.
                match input {
                    Input::Ask(_, reply) => drop(says.answer.clone().map(|it| reply.send(it))),
                    Input::View(reply) => {
                        drop(says.view.clone().map(|it| reply.send(Box::new(it))));
                    }
                    Input::Present(reply) => drop(reply.send(Shop::present())),
                    Input::Note(..)
                    | Input::Book(..)
                    | Input::Acked(_)
                    | Input::OpenEpoch(_)
                    | Input::Epochs(_)
                    | Input::Stop => {
                        panic!("a till's client asks for no such thing")
                    }
                }
            }
        });
        let till = Till {
            progress,
            acked,
            tags: watch::channel(Shop::tags()).1,
            ..till(shop.as_ref(), inputs)
        };
        let service = router(till, Guard::new(8080, "secret".to_owned()));
        Self {
            service: TowerToHyperService::new(service),
            says,
            _progress,
            _acked,
            _shop: shop,
            thread: None,
        }
    }

    /// With a journal of its own in a folder.
    pub(super) fn on_disk(folder: &Path) -> Self {
        let clock = StoreClock::new(Clock::start(), jiff::tz::TimeZone::UTC);
        let config = LoopConfig {
            workplace: "s00421-1".parse().unwrap(),
            training: true,
            version: "test".to_owned(),
            epochs: vec![EpochBlock {
                first: Epoch(1),
                count: 16,
            }],
            segment_bytes: 1 << 20,
        };
        let rooms = DiskRooms::new(folder.join("journal"));
        let (store, _) = StoreLoop::open(rooms, config, &[], None, &clock.stamp()).unwrap();
        let database = StateDb::open(&folder.join("state.redb"), None).unwrap();
        let database = Arc::new(Mutex::new(database));
        let thread = StoreThread::start(store, database, clock).unwrap();
        let shop = Shop::open();
        let till = Till {
            tags: thread.tags.clone(),
            coupons: thread.coupons.clone(),
            ..till(Some(&shop), thread.inputs.clone())
        };
        let service = router(till, Guard::new(8080, "secret".to_owned()));
        Self {
            service: TowerToHyperService::new(service),
            says: Arc::default(),
            _progress: watch::Sender::default(),
            _acked: watch::Sender::default(),
            _shop: Some(shop),
            thread: Some(thread),
        }
    }

    /// Ends the owner of the journal, so that another can open it.
    pub(super) fn end(self) {
        drop(self.service);
        self.thread.unwrap().join().unwrap();
    }

    pub(super) fn answers(&self, answer: Result<Answer, Refusal>) {
        self.says.lock().unwrap().answer = Some(answer);
    }

    pub(super) fn sees(&self, view: View) {
        self.says.lock().unwrap().view = Some(view);
    }

    pub(super) fn stop(&self) {
        *self.says.lock().unwrap() = Says::default();
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Told {
        self.send(Method::POST, path, &[], &body.to_string()).await
    }

    /// With another idempotency key than the usual one.
    pub(super) async fn post_as(&self, key: &str, path: &str, body: &Value) -> Told {
        let key = [("idempotency-key", key)];
        self.send(Method::POST, path, &key, &body.to_string()).await
    }

    pub(super) async fn get(&self, path: &str) -> Told {
        self.send(Method::GET, path, &[], "").await
    }

    /// What is refused before the loop hears of it.
    pub(super) async fn refused_at_the_door(&self, path: &str, body: &Value) -> Vec<Told> {
        let body = body.to_string();
        let long = " ".repeat(BODY_BYTES_MAX + 1);
        let calls = [
            (("host", "evil.example"), body.as_str()),
            (("origin", "http://evil.example"), &body),
            (("authorization", "Bearer wrong"), &body),
            (("content-type", "text/plain"), &body),
            (("idempotency-key", ""), &body),
            (("idempotency-key", "key"), "{"),
            (("idempotency-key", "key"), &long),
        ];
        let mut told = Vec::new();
        for (header, body) in calls {
            told.push(self.send(Method::POST, path, &[header], body).await);
        }
        told
    }

    /// Content type and first event of a stream.
    pub(super) async fn first_event(&self, path: &str) -> (String, String) {
        let response = self.call(Method::GET, path, &[], "").await;
        let kind = kind(&response);
        let frame = response.into_body().frame().await.unwrap().unwrap();
        let event = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        (kind, event.trim_end().to_owned())
    }

    async fn send(&self, method: Method, path: &str, other: &[(&str, &str)], body: &str) -> Told {
        let response = self.call(method, path, other, body).await;
        let (status, kind) = (response.status(), kind(&response));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, kind, serde_json::from_slice(&bytes).unwrap())
    }

    /// An honest call but for the headers that are given.
    async fn call(
        &self,
        method: Method,
        path: &str,
        other: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        let honest = [
            ("host", "127.0.0.1:8080"),
            ("authorization", "Bearer secret"),
            ("content-type", "application/json"),
            ("idempotency-key", "key"),
        ];
        let left = honest
            .iter()
            .filter(|(name, _)| other.iter().all(|(changed, _)| changed != name));
        for (name, value) in left.chain(other) {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        self.service.call(request).await.unwrap()
    }
}

fn till(shop: Option<&Shop>, inputs: mpsc::Sender<Input>) -> Till {
    Till {
        inputs,
        progress: watch::channel(Progress::default()).1,
        acked: watch::channel(Mark::default()).1,
        snapshots: watch::channel(shop.map(|shop| shop.snapshot.clone())).1,
        tags: watch::channel(ShelfTags::default()).1,
        coupons: watch::channel(UsedCoupons::default()).1,
        known: watch::channel(Arc::default()).1,
        office: watch::channel(Office::Heard).1,
        clock: StoreClock::new(Clock::start(), jiff::tz::TimeZone::UTC),
        training: true,
        messages: Arc::new(Catalogue::of(Language::English)),
        errors: TillErrors::default(),
        pins: PinTries::default(),
    }
}

fn kind(response: &Response) -> String {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.map(|kind| kind.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

fn mark(seq: u64) -> Mark {
    Mark {
        epoch: Epoch(17),
        seq: Seq(seq),
        hash: Hash([0xab; 32]),
    }
}

fn totals() -> Totals {
    let payment = |kind, amount| Payment {
        kind,
        amount: Money(amount),
    };
    let vat = |code: Option<&str>, total| VatTotal {
        code: code.map(str::to_owned),
        total: Money(total),
    };
    Totals {
        sales: Side {
            receipts: 2,
            lines: 3,
            quantity: Quantity(4_000),
            gross: Money(399_900),
            discount: Money(10_000),
            payments: vec![
                payment(PaymentKind::Cash, 200_000),
                payment(PaymentKind::Card, 189_900),
            ],
            vat: vec![vat(None, 200_000), vat(Some("22/122"), 189_900)],
        },
        returns: Side::default(),
        cash_in: Money(110_000),
        cash_out: Money(300_000),
        writeoffs: 1,
    }
}

/// The answer to a sale, or to the close of a shift.
pub(super) fn answer(closes: bool) -> Answer {
    let closed = Closed {
        number: 12,
        counted: Money(510_000),
        expected: Money(510_000),
        totals: totals(),
        fold_version: 1,
        digest: Hash::default(),
        business_time: None,
    };
    let (kind, number, amount) = if closes {
        (FactKind::SHIFT_CLOSED, 12, 510_000)
    } else {
        (FactKind::SALE, 70_001, 189_900)
    };
    Answer {
        mark: mark(9),
        kind: kind.0,
        number,
        amount: Money(amount),
        report: closes.then(|| Box::new(closed)),
    }
}

/// A report as the program writes it: X, or Z of a closed shift.
pub(super) fn report(closed: bool) -> Value {
    if closed {
        serde_json::to_value(Answered::of(&answer(true))).unwrap()["report"].take()
    } else {
        serde_json::to_value(Report::x(&view(true))).unwrap()
    }
}

pub(super) fn view(open: bool) -> View {
    let shift = Open {
        number: 12,
        since: StoreTime::default(),
        employee: None,
        opening: Money(500_000),
        totals: totals(),
    };
    View {
        id: "s00421-1".parse().unwrap(),
        head: mark(9),
        open: open.then_some(shift),
        drawer: Money(510_000),
        receipts: 70_001,
        datasets: on_sale(),
    }
}

fn on_sale() -> OnSale {
    let prices = AppliedLayer {
        layer: "prices/network/*".parse().unwrap(),
        root: Some(Hash([0xcd; 32])),
        since: None,
    };
    let applied = Applied {
        generation: Generation::default(),
        layers: vec![prices],
        stack: Hash([0xef; 32]),
    };
    let at = StoreTime {
        at: Timestamp(1_764_324_900_000),
        offset: OffsetMinutes(0),
    };
    let mut on_sale = OnSale::default();
    on_sale.apply(&applied, at);
    on_sale
}

/// One of every refusal; a new one does not compile until it stands here.
pub(super) fn refusals() -> Vec<Refusal> {
    let all = vec![
        Refusal::KeyReused,
        Refusal::ShiftClosed,
        Refusal::ShiftOpen(12),
        Refusal::NoLines,
        Refusal::TooManyLines(2_001),
        Refusal::TooLarge,
        Refusal::Quantity { line: 1 },
        Refusal::Amount { line: 1 },
        Refusal::OutOfRange,
        Refusal::Text("the reason"),
        Refusal::SerialQuantity { line: 1 },
        Refusal::Unbalanced {
            paid: Money(1),
            total: Money(2),
        },
        Refusal::OriginUnknown(mark(9)),
        Refusal::TooMuchReturned {
            item: "cable".to_owned(),
            left: 1,
            asked: 2,
        },
        Refusal::CouponUsed("SPRING-1-20990101-0A1B2C3D".to_owned()),
        Refusal::BusinessTime,
        Refusal::Incomplete,
    ];
    all.iter().for_each(|refusal| match refusal {
        Refusal::KeyReused
        | Refusal::ShiftClosed
        | Refusal::ShiftOpen(_)
        | Refusal::NoLines
        | Refusal::TooManyLines(_)
        | Refusal::TooLarge
        | Refusal::Quantity { .. }
        | Refusal::Amount { .. }
        | Refusal::OutOfRange
        | Refusal::Text(_)
        | Refusal::SerialQuantity { .. }
        | Refusal::Unbalanced { .. }
        | Refusal::OriginUnknown(_)
        | Refusal::TooMuchReturned { .. }
        | Refusal::CouponUsed(_)
        | Refusal::BusinessTime
        | Refusal::Incomplete => {}
    });
    all
}

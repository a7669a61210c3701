//! Laws of the folds: what holds for every history a till can have.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "a failed expectation is a failed test; the numbers here are small"
)]

use proptest::prelude::*;
use storefleet_core::brought_forward::{End, StockRow};
use storefleet_core::cash::Direction;
use storefleet_core::document::adoption::Adoption;
use storefleet_core::document::{Body, Document, DocumentNumber, UnitRow};
use storefleet_core::entry::{self, ClockState, Entry, RequestRef};
use storefleet_core::epoch::{Genesis, Mark, Reason};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Hash};
use storefleet_core::money::{Money, Quantity};
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::receipt::{Line, Payment, PaymentKind};
use storefleet_core::request::Seen;
use storefleet_core::serial::Booked;
use storefleet_core::shelf_tag::PrintedTag;
use storefleet_core::stock::{Sku, WriteOffLine};
use storefleet_core::store::Store;
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::Workplace;
use storefleet_core::workplace::decide::{Asked, Decision, Refusal, Request, Stamp};

/// A journal being written: the state and every entry.
struct Journal {
    state: Workplace,
    entries: Vec<Entry>,
    minute: i64,
}

impl Journal {
    fn open(id: &str) -> Self {
        let mut state = Workplace::blank(id.parse().unwrap());
        state.head.epoch = Epoch(1);
        let mut journal = Self {
            state,
            entries: Vec::new(),
            minute: 0,
        };
        journal.append(
            &Fact::Genesis(Genesis {
                reason: Reason::Enrolled,
                parent: None,
            }),
            None,
        );
        journal
    }

    fn append(&mut self, fact: &Fact, request: Option<RequestRef>) {
        self.minute += 1;
        let wall = StoreTime {
            at: Timestamp(self.minute * 60_000),
            offset: OffsetMinutes(180),
        };
        let stamp = Stamp {
            wall,
            clock: ClockState::Trusted,
            monotonic_ms: 0,
            boot: 0,
        };
        let mut header = self.state.next_header(fact, &stamp);
        header.request = request;
        let entry = Entry::parse(&entry::write(&header, fact).unwrap()).unwrap();
        assert_eq!(entry.fact, *fact, "what is written is read");
        self.state.apply(&entry);
        self.entries.push(entry);
    }

    fn ask(&mut self, asked: &Asked) -> Result<(), Refusal> {
        match self.state.decide(asked, false)? {
            Decision::Write(fact) => self.append(&fact, Some(asked.key.clone())),
            Decision::Repeat(_) => {}
        }
        Ok(())
    }

    fn bring_forward(&mut self) {
        let parts = self.state.parts();
        let end = End::of(&parts);
        parts
            .into_iter()
            .for_each(|part| self.append(&Fact::BroughtForward(part), None));
        self.append(&Fact::BroughtForwardEnd(end), None);
    }
}

fn asked(number: usize, request: Request) -> Asked {
    let key = RequestRef {
        key: format!("key-{number}"),
        hash: Hash([u8::try_from(number % 200).unwrap(); 32]),
    };
    Asked {
        request,
        key,
        employee: "E1".to_owned(),
        business_time: None,
    }
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (0..5_u8, 1..4_i64, 0..10_000_i64, 0..100_i64, any::<bool>());
    proptest::collection::vec(line, 1..4).prop_map(|lines| {
        lines
            .into_iter()
            .map(|(item, pieces, gross, percent, serial)| Line {
                sku: Sku {
                    item: format!("item-{item}"),
                    owner: None,
                },
                quantity: Quantity(if serial { 1_000 } else { pieces * 1_000 }),
                unit_price: Money(gross),
                gross: Money(gross),
                discount: Money(gross * percent / 100),
                vat: (item % 2 == 0).then(|| "22/122".to_owned()),
                serial: serial.then(|| format!("imei-{item}")),
            })
            .collect()
    })
}

fn request() -> impl Strategy<Value = Request> {
    let paid = |lines: &[Line]| {
        let amount = storefleet_core::receipt::total(lines);
        vec![Payment {
            kind: PaymentKind::Cash,
            amount,
        }]
    };
    prop_oneof![
        1 => (0..100_000_i64).prop_map(|k| Request::OpenShift { counted: Money(k) }),
        1 => proptest::option::of(0..100_000_i64)
            .prop_map(|k| Request::CloseShift { counted: k.map(Money) }),
        6 => lines().prop_map(move |lines| Request::Sell { payments: paid(&lines), lines, priced: None }),
        2 => lines().prop_map(move |lines| Request::Return {
            origin: None, reason: "changed mind".to_owned(), payments: paid(&lines), lines,
        }),
        1 => (1..5_000_i64, any::<bool>()).prop_map(|(k, inward)| Request::Cash {
            direction: if inward { Direction::In } else { Direction::Out },
            amount: Money(k),
            reason: "change".to_owned(),
        }),
        1 => (0..5_u8, 1..3_i64).prop_map(|(item, pieces)| Request::WriteOff {
            lines: vec![WriteOffLine {
                sku: Sku { item: format!("item-{item}"), owner: None },
                quantity: Quantity(pieces * 1_000),
            }],
            reason: "broken".to_owned(),
        }),
        1 => (0..5_u8, 0..90_000_i64, proptest::option::of(0..200_000_i64), 0..8_u8).prop_map(|(item, price, from, gone)| {
            Request::PrintTags {
                taken_down: (gone < 5).then(|| format!("item-{gone}")).into_iter().collect(),
                tags: vec![PrintedTag {
                    item: format!("item-{item}"),
                    price: Money(price),
                    row: None,
                    from: from.map(LocalTime),
                }],
            }
        }),
    ]
}

fn history(id: &str, requests: Vec<Request>, bring_at: usize) -> Journal {
    let mut journal = Journal::open(id);
    for (number, request) in requests.into_iter().enumerate() {
        if number == bring_at {
            journal.bring_forward();
        }
        // A refusal is an answer like any other: the next request comes all the same.
        drop(journal.ask(&asked(number, request)));
    }
    journal
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn replay_and_a_start_at_the_brought_forward_both_equal_the_live_fold(
        requests in proptest::collection::vec(request(), 0..60), bring_at in 0..60_usize,
    ) {
        let journal = history("s1-1", requests, bring_at);
        let mut replayed = Workplace::blank(journal.state.id.clone());
        journal.entries.iter().for_each(|entry| replayed.apply(entry));
        prop_assert_eq!(&replayed, &journal.state);
        let first = journal.entries.iter().position(|e| matches!(e.fact, Fact::BroughtForward(_)));
        if let Some(first) = first {
            let mut late = Workplace::blank(journal.state.id.clone());
            journal.entries[first..].iter().for_each(|entry| late.apply(entry));
            prop_assert!(late.is_complete());
            prop_assert_eq!(late.digest(), journal.state.digest());
            prop_assert_eq!(late.parts(), journal.state.parts());
        }
        let restored = Workplace::restored(journal.state.id.clone(), journal.state.head, journal.state.parts());
        prop_assert_eq!(restored.parts(), journal.state.parts());
    }

    #[test]
    fn money_is_conserved_and_stock_is_what_moved(
        requests in proptest::collection::vec(request(), 0..60),
    ) {
        let journal = history("s1-1", requests, usize::MAX);
        let everywhere: Money = journal.state.cash.rows().map(|(_, money)| money).sum();
        prop_assert_eq!(everywhere, Money::ZERO);
        let mut moved = Quantity::ZERO;
        for entry in &journal.entries {
            match &entry.fact {
                Fact::Sale(sale) => sale.lines.iter().for_each(|l| moved = moved.minus(l.quantity)),
                Fact::Return(back) => back.lines.iter().for_each(|l| moved = moved.plus(l.quantity)),
                Fact::WrittenOff(off) => off.lines.iter().for_each(|l| moved = moved.minus(l.quantity)),
                _ => {}
            }
        }
        prop_assert_eq!(journal.state.stock.rows().map(|(_, quantity)| quantity).sum::<Quantity>(), moved);
    }

    #[test]
    fn the_same_request_again_changes_nothing_and_another_body_is_refused(
        requests in proptest::collection::vec(request(), 1..30),
    ) {
        let mut journal = Journal::open("s1-1");
        for (number, request) in requests.into_iter().enumerate() {
            let asked = asked(number, request);
            if journal.ask(&asked).is_err() {
                continue;
            }
            let Seen::Same(first) = journal.state.requests.seen(&asked.key) else { panic!("forgotten") };
            let first = first.clone();
            let again = journal.state.decide(&asked, false);
            prop_assert_eq!(again, Ok(Decision::Repeat(first)));
            let mut other = asked;
            other.key.hash = Hash([255; 32]);
            prop_assert_eq!(journal.state.decide(&other, false), Err(Refusal::KeyReused));
        }
    }

    #[test]
    fn a_shop_is_the_same_in_whatever_order_its_tills_are_folded(
        one in proptest::collection::vec(request(), 0..20),
        two in proptest::collection::vec(request(), 0..20),
        three in proptest::collection::vec(request(), 0..20),
    ) {
        let [a, b, c] = [("s1-1", one), ("s1-2", two), ("s1-3", three)]
            .map(|(id, requests)| history(id, requests, usize::MAX).state);
        let there = Store::of([&a, &b, &c]);
        prop_assert_eq!(&there, &Store::of([&c, &a, &b]));
        prop_assert_eq!(there, Store::of([&b, &c, &a]));
    }

    #[test]
    fn what_a_tail_moved_is_the_same_adopted_as_folded(
        requests in proptest::collection::vec(request(), 0..60), cut in 0..60_usize,
    ) {
        let whole = history("s1-1", requests, usize::MAX);
        let mut before = Workplace::blank(whole.state.id.clone());
        let known = whole.entries.len().min(cut + 1);
        whole.entries[..known].iter().for_each(|entry| before.apply(entry));
        let adoption = Adoption::between(&before, &whole.state, before.head.seq.next());
        let mut living = Journal::open("s1-1");
        living.state = Workplace::restored(before.id.clone(), before.head, before.parts());
        let fact = living.state.book(Document {
            number: DocumentNumber { life: 1, entry: 1, part: 0 },
            actor: "cli".to_owned(),
            why: "it sold on".to_owned(),
            body: Body::Adopted(Box::new(adoption)),
        });
        living.append(&fact.unwrap(), None);
        for (sku, quantity) in whole.state.stock.rows() {
            prop_assert_eq!(living.state.stock.on_shelf(sku), quantity);
        }
        for (serial, claims) in whole.state.serials.rows() {
            prop_assert_eq!(living.state.serials.of(serial), claims);
        }
        for (place, amount) in whole.state.cash.rows() {
            prop_assert_eq!(living.state.cash.at(place), amount);
        }
    }

    #[test]
    fn any_bytes_are_read_as_an_entry_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(Entry::parse(&bytes));
    }
}

#[test]
fn the_bytes_of_an_entry_never_change() {
    let journal = history(
        "s00421-1",
        vec![Request::OpenShift {
            counted: Money(500_000),
        }],
        usize::MAX,
    );
    let bytes = |at: usize| {
        let entry = &journal.entries[at];
        let bytes = entry::write(&entry.header, &entry.fact).unwrap();
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    insta::assert_snapshot!(bytes(0) + "\n" + &bytes(1));
}

#[test]
fn no_more_comes_back_than_was_sold() {
    use storefleet_core::workplace::decide::OriginSale;
    let mut journal = Journal::open("s1-1");
    journal
        .ask(&asked(0, Request::OpenShift { counted: Money(0) }))
        .unwrap();
    let line = |pieces: i64| Line {
        sku: Sku {
            item: "phone".to_owned(),
            owner: None,
        },
        quantity: Quantity(pieces * 1_000),
        unit_price: Money(100),
        gross: Money(100 * pieces),
        discount: Money(0),
        vat: None,
        serial: None,
    };
    let cash = |kop| {
        vec![Payment {
            kind: PaymentKind::Cash,
            amount: Money(kop),
        }]
    };
    journal
        .ask(&asked(
            1,
            Request::Sell {
                lines: vec![line(3)],
                payments: cash(300),
                priced: None,
            },
        ))
        .unwrap();
    let sold = journal.entries.last().unwrap();
    let Fact::Sale(sale) = sold.fact.clone() else {
        panic!("a sale was written")
    };
    let mark = Mark {
        epoch: sold.header.epoch,
        seq: sold.header.seq,
        hash: sold.hash,
    };
    let back = |number, pieces, sale: Option<&storefleet_core::receipt::Sale>| {
        let origin = Some(OriginSale {
            mark,
            sale: sale.cloned(),
        });
        let reason = "broken".to_owned();
        let (lines, payments) = (vec![line(pieces)], cash(100 * pieces));
        asked(
            number,
            Request::Return {
                origin,
                reason,
                lines,
                payments,
            },
        )
    };
    journal.ask(&back(2, 2, Some(&sale))).unwrap();
    let refused = journal.ask(&back(3, 2, Some(&sale)));
    assert!(matches!(
        refused,
        Err(Refusal::TooMuchReturned {
            left: 1_000,
            asked: 2_000,
            ..
        })
    ));
    journal.ask(&back(4, 1, Some(&sale))).unwrap();
    assert!(matches!(
        journal.ask(&back(5, 1, None)),
        Err(Refusal::OriginUnknown(_))
    ));
}

/// What becomes of a document on its way.
#[derive(Debug, Clone)]
enum Step {
    /// The centre sends that many behind what it knows to be booked.
    Sent(usize),
    /// A consignment of before comes again.
    Again(usize),
    /// The centre hears what was booked.
    Heard,
    /// Another machine goes on from a brought-forward.
    Replaced,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..6_usize).prop_map(Step::Sent),
        (0..20_usize).prop_map(Step::Again),
        Just(Step::Heard),
        Just(Step::Replaced),
    ];
    proptest::collection::vec(step, 0..30)
}

fn document(index: usize, milli: i64) -> Document {
    let sku = Sku {
        item: format!("item-{}", index % 3),
        owner: None,
    };
    let quantity = Quantity(milli);
    Document {
        // A restored centre counts its entries again, in a life above.
        number: DocumentNumber {
            life: u32::try_from(index / 4).unwrap(),
            entry: u64::try_from(index % 4).unwrap() + 1,
            part: 0,
        },
        actor: "cli".to_owned(),
        why: "opening".to_owned(),
        body: match index % 4 {
            3 => Body::Units(vec![UnitRow {
                sku,
                serial: format!("serial-{}", index % 5),
                count: if milli < 0 { -1 } else { 1 },
            }]),
            _ => Body::Stock(vec![StockRow { sku, quantity }]),
        },
    }
}

proptest! {
    #[test]
    fn a_document_is_booked_once_and_in_its_turn(
        quantities in proptest::collection::vec(-9_000..9_000_i64, 1..12),
        steps in steps(),
    ) {
        let documents: Vec<Document> = quantities.iter().enumerate().map(|(i, q)| document(i, *q)).collect();
        let mut journal = Journal::open("s1-1");
        let mut booked = Vec::new();
        let mut consignments: Vec<Vec<Document>> = Vec::new();
        let mut known = DocumentNumber::default();
        let all = documents.len();
        for step in steps.into_iter().chain([Step::Heard, Step::Sent(all)]) {
            let consignment = match step {
                Step::Sent(count) => {
                    let behind = documents.iter().filter(|it| it.number > known);
                    behind.take(count).cloned().collect()
                }
                Step::Again(_) if consignments.is_empty() => continue,
                Step::Again(which) => consignments[which % consignments.len()].clone(),
                Step::Heard => {
                    known = journal.state.documents;
                    continue;
                }
                Step::Replaced => {
                    let parts = journal.state.parts();
                    let head = journal.state.head;
                    journal.state = Workplace::restored("s1-1".parse().unwrap(), head, parts);
                    continue;
                }
            };
            for document in &consignment {
                if let Some(fact) = journal.state.book(document.clone()) {
                    journal.append(&fact, None);
                    booked.push(document.number);
                }
            }
            consignments.push(consignment);
        }
        let ordered: Vec<_> = documents.iter().map(|it| it.number).collect();
        prop_assert_eq!(booked, ordered);
        for item in 0..3_usize {
            let of_item = quantities.iter().enumerate().filter(|(index, _)| index % 3 == item);
            let of_document = |(index, milli): (usize, &i64)| match index % 4 {
                3 if *milli < 0 => -1_000,
                3 => 1_000,
                _ => *milli,
            };
            let sum: i64 = of_item.map(of_document).sum();
            let sku = Sku { item: format!("item-{item}"), owner: None };
            prop_assert_eq!(journal.state.stock.on_shelf(&sku), Quantity(sum));
        }
        for serial in 0..5_usize {
            let units = quantities.iter().enumerate().filter(|(index, _)| index % 4 == 3 && index % 5 == serial);
            let sum: i32 = units.map(|(_, milli)| if *milli < 0 { -1 } else { 1 }).sum();
            let claims = journal.state.serials.of(&format!("serial-{serial}"));
            prop_assert_eq!(claims.booked, Booked(sum));
            prop_assert_eq!(claims.is_here(), sum > 0);
        }
    }
}

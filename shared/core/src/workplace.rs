//! The composed state of one journal: everything a till knows, folded from its entries.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::brought_forward::{Assembly, Part};
use crate::cash::{Cash, Place};
use crate::cbor;
use crate::coupon::UsedCoupons;
use crate::dataset::on_sale::OnSale;
use crate::document::adoption::Adopted;
use crate::document::{DocumentNumber, StockBooked};
use crate::entry::Entry;
use crate::epoch::Mark;
use crate::fact::Fact;
use crate::ids::{Epoch, Hash, Seq, WorkplaceId};
use crate::money::{Money, Quantity};
use crate::receipt::{self, Line, Payment, PaymentKind, Return, Sale};
use crate::request::{Answer, Requests};
use crate::serial::Serials;
use crate::shelf_tag::ShelfTags;
use crate::shift::{Closed, Open, Opened, Shifts};
use crate::stock::{Sku, Stock, WrittenOff};
use crate::time::{BusinessDate, StoreTime};

pub mod decide;
mod parts;

/// Version of this fold; shop and centre compare digests of like versions only.
pub const FOLD_VERSION: u32 = 1;

/// Thousandths of a unit.
const UNIT_MILLI: i64 = 1_000;

/// What a till knows. Thrown away and rebuilt at will: the journal is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workplace {
    /// Whose journal is folded.
    pub id: WorkplaceId,
    /// The newest entry folded; epoch 0 before the first.
    pub head: Mark,
    /// Shifts and the running totals.
    pub shifts: Shifts,
    /// Money by place.
    pub cash: Cash,
    /// Goods by item and owner.
    pub stock: Stock,
    /// Serial numbers.
    pub serials: Serials,
    /// Tags on the shelf.
    pub tags: ShelfTags,
    /// Personal coupon codes that were used here.
    pub coupons: UsedCoupons,
    /// Answers that must be given again.
    pub requests: Requests,
    /// Number of the newest receipt.
    pub receipt_number: u64,
    /// The first entry this version did not understand.
    pub not_understood: Option<Mark>,
    /// Business date of the newest brought-forward.
    pub brought_on: Option<BusinessDate>,
    /// What is on sale.
    pub datasets: OnSale,
    /// The newest document of the office that was booked.
    pub documents: DocumentNumber,
    returned: BTreeMap<(Epoch, Seq, Sku), Quantity>,
    /// Whether the history before the head is in the state.
    complete: bool,
    assembly: Option<Assembly>,
}

/// Plain data of a till for pages and interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Whose till.
    pub id: WorkplaceId,
    /// Its newest entry.
    pub head: Mark,
    /// The open shift with its totals.
    pub open: Option<Open>,
    /// Cash that should be in the drawer.
    pub drawer: Money,
    /// Number of the newest receipt.
    pub receipts: u64,
    /// What is on sale.
    pub datasets: OnSale,
}

impl Workplace {
    /// The state before any entry.
    #[must_use]
    pub fn blank(id: WorkplaceId) -> Self {
        Self {
            id,
            head: Mark::default(),
            shifts: Shifts::default(),
            cash: Cash::default(),
            stock: Stock::default(),
            serials: Serials::default(),
            tags: ShelfTags::default(),
            coupons: UsedCoupons::default(),
            requests: Requests::default(),
            receipt_number: 0,
            not_understood: None,
            brought_on: None,
            datasets: OnSale::default(),
            documents: DocumentNumber::default(),
            returned: BTreeMap::new(),
            complete: false,
            assembly: None,
        }
    }

    /// The state that `parts` describe, standing at `head`.
    #[must_use]
    pub fn restored(id: WorkplaceId, head: Mark, parts: Vec<Part>) -> Self {
        let mut state = Self {
            head,
            ..Self::blank(id)
        };
        state.install(parts);
        state
    }

    /// Whether the fold holds the whole history: from a first genesis, or from a brought-forward.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What a till shows of the state.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            id: self.id.clone(),
            head: self.head,
            open: self.shifts.open.clone(),
            drawer: self.cash.at(Place::Drawer),
            receipts: self.receipt_number,
            datasets: self.datasets.clone(),
        }
    }

    /// What came back of one item of a sale.
    #[must_use]
    pub fn returned(&self, origin: &Mark, sku: &Sku) -> Quantity {
        let key = (origin.epoch, origin.seq, sku.clone());
        self.returned.get(&key).copied().unwrap_or_default()
    }

    /// Folds one entry. Total: any decodable entry leaves a state.
    pub fn apply(&mut self, entry: &Entry) {
        let header = &entry.header;
        self.head = Mark {
            epoch: header.epoch,
            seq: header.seq,
            hash: entry.hash,
        };
        let Some((number, amount, report)) = self.fold_asked(entry) else {
            self.fold_unasked(entry);
            return;
        };
        if let Some(request) = &header.request {
            let answer = Answer {
                mark: self.head,
                kind: header.kind.0,
                number,
                amount,
                report,
            };
            self.requests.remember(request, header.wall.at, answer);
        }
    }

    /// Folds what a till's client asked for; gives what its answer says, or none for any other fact.
    fn fold_asked(&mut self, entry: &Entry) -> Option<(u64, Money, Option<Box<Closed>>)> {
        let header = &entry.header;
        let business = |given: Option<StoreTime>| given.unwrap_or(header.wall);
        Some(match &entry.fact {
            Fact::ShiftOpened(opened) => {
                let employee = header.employee.clone();
                let since = business(opened.business_time);
                self.coupons.forget_expired(since.date());
                self.open_shift(opened, since, employee);
                (u64::from(opened.number), opened.counted, None)
            }
            Fact::ShiftClosed(closed) => {
                self.close_shift(closed, business(closed.business_time).date());
                (
                    u64::from(closed.number),
                    closed.counted,
                    Some(Box::new(closed.clone())),
                )
            }
            Fact::Sale(sale) => {
                self.sell(sale);
                (sale.number, receipt::total(&sale.lines), None)
            }
            Fact::Return(back) => {
                self.take_back(back);
                (back.number, receipt::total(&back.lines), None)
            }
            Fact::CashIn(moved) => {
                self.move_cash(Place::Outside, Place::Drawer, moved.amount);
                (0, moved.amount, None)
            }
            Fact::CashOut(moved) => {
                self.move_cash(Place::Drawer, Place::Outside, moved.amount);
                (0, moved.amount, None)
            }
            Fact::WrittenOff(document) => {
                self.write_off(document);
                (0, Money::ZERO, None)
            }
            Fact::PricetagPrinted(printed) => {
                let at = business(printed.business_time).local();
                self.tags.print(printed, at);
                (0, Money::ZERO, None)
            }
            Fact::Genesis(_)
            | Fact::BroughtForward(_)
            | Fact::BroughtForwardEnd(_)
            | Fact::Adopted(_)
            | Fact::AgentStarted(_)
            | Fact::StockBooked(_)
            | Fact::DatasetApplied(_)
            | Fact::DatasetRejected(_)
            | Fact::DatasetRepaired(_)
            | Fact::Unknown { .. } => return None,
        })
    }

    /// Folds what happened to the journal itself, and what the office said.
    fn fold_unasked(&mut self, entry: &Entry) {
        match &entry.fact {
            // What an epoch goes on from is in its brought-forward, not in what was folded before:
            // after damage the shop may know less than the centre.
            Fact::Genesis(genesis) => self.complete = genesis.parent.is_none(),
            Fact::BroughtForward(part) => {
                self.assembly.get_or_insert_default().push(part.clone());
            }
            Fact::BroughtForwardEnd(end) => {
                self.brought_on = Some(entry.header.business_date);
                self.close_brought_forward(end);
            }
            Fact::DatasetApplied(applied) => self.datasets.apply(applied, entry.header.wall),
            Fact::DatasetRejected(rejected) => self.datasets.refuse(rejected),
            Fact::StockBooked(booked) => self.book_stock(booked),
            Fact::Adopted(adopted) => self.adopt(adopted),
            Fact::Unknown { .. } => {
                self.not_understood.get_or_insert(self.head);
            }
            Fact::AgentStarted(_)
            | Fact::DatasetRepaired(_)
            | Fact::ShiftOpened(_)
            | Fact::ShiftClosed(_)
            | Fact::Sale(_)
            | Fact::Return(_)
            | Fact::CashIn(_)
            | Fact::CashOut(_)
            | Fact::WrittenOff(_)
            | Fact::PricetagPrinted(_) => {}
        }
    }

    fn open_shift(&mut self, opened: &Opened, since: StoreTime, employee: Option<String>) {
        self.cash.count_drawer(opened.counted);
        self.shifts.last_number = opened.number;
        self.shifts.open = Some(Open {
            number: opened.number,
            since,
            employee,
            opening: opened.counted,
            totals: crate::shift::Totals::default(),
        });
    }

    fn close_shift(&mut self, closed: &Closed, date: BusinessDate) {
        self.cash.count_drawer(closed.counted);
        self.shifts.open = None;
        self.shifts.last_closed = Some(date);
    }

    fn sell(&mut self, sale: &Sale) {
        self.receipt_number = sale.number;
        self.coupons.sold(sale);
        for line in &sale.lines {
            self.stock.add(&line.sku, line.quantity.negated());
            if let Some(serial) = &line.serial {
                self.serials.sell(serial);
            }
        }
        for payment in &sale.payments {
            self.cash
                .transfer(Place::Revenue, place_of(payment), payment.amount);
        }
        if let Some(totals) = self.shifts.totals() {
            totals.sales.add(&sale.lines, &sale.payments);
        }
    }

    fn take_back(&mut self, back: &Return) {
        self.receipt_number = back.number;
        for line in &back.lines {
            self.note_return(back, line);
            self.stock.add(&line.sku, line.quantity);
            if let Some(serial) = &line.serial {
                self.serials.take_back(serial);
            }
        }
        for payment in &back.payments {
            self.cash
                .transfer(place_of(payment), Place::Revenue, payment.amount);
        }
        if let Some(totals) = self.shifts.totals() {
            totals.returns.add(&back.lines, &back.payments);
        }
    }

    fn move_cash(&mut self, from: Place, to: Place, amount: Money) {
        self.cash.transfer(from, to, amount);
        if let Some(totals) = self.shifts.totals() {
            let moved = if to == Place::Drawer {
                &mut totals.cash_in
            } else {
                &mut totals.cash_out
            };
            *moved = moved.plus(amount);
        }
    }

    fn write_off(&mut self, document: &WrittenOff) {
        for line in &document.lines {
            self.stock.add(&line.sku, line.quantity.negated());
        }
        if let Some(totals) = self.shifts.totals() {
            totals.writeoffs = totals.writeoffs.saturating_add(1);
        }
    }

    fn book_stock(&mut self, booked: &StockBooked) {
        self.documents = self.documents.max(booked.number);
        for row in &booked.rows {
            self.stock.add(&row.sku, row.quantity);
        }
        for unit in booked.units.iter().flatten() {
            let quantity = Quantity(i64::from(unit.count).saturating_mul(UNIT_MILLI));
            self.stock.add(&unit.sku, quantity);
            self.serials.book(&unit.serial, unit.count);
        }
    }

    /// The moves of another machine count; its receipts and shifts stay its own.
    fn adopt(&mut self, adopted: &Adopted) {
        self.documents = self.documents.max(adopted.number);
        let adoption = &adopted.adoption;
        for row in &adoption.stock {
            self.stock.add(&row.sku, row.quantity);
        }
        for row in &adoption.serials {
            self.serials.merge(&row.serial, row.claims);
        }
        for row in &adoption.cash {
            self.cash.add(row.place, row.amount);
        }
    }

    fn note_return(&mut self, back: &Return, line: &Line) {
        let Some(origin) = &back.origin else { return };
        let key = (origin.mark.epoch, origin.mark.seq, line.sku.clone());
        let held = self.returned.entry(key).or_default();
        *held = held.plus(line.quantity);
    }

    /// Digest of the business totals, to be compared between shop and centre.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let mut hasher = Sha256::new();
        for part in self.business_parts() {
            hasher.update(cbor::encode(&part));
        }
        hasher.update(self.receipt_number.to_be_bytes());
        hasher.update(self.shifts.last_number.to_be_bytes());
        if let Some(open) = &self.shifts.open {
            hasher.update(cbor::encode(open));
        }
        Hash(hasher.finalize().into())
    }
}

fn place_of(payment: &Payment) -> Place {
    match payment.kind {
        PaymentKind::Cash => Place::Drawer,
        PaymentKind::Card => Place::CardClearing,
        PaymentKind::Credit
        | PaymentKind::Certificate
        | PaymentKind::Prepayment
        | PaymentKind::Other(_) => Place::OtherClearing,
    }
}

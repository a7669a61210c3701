//! The whole state as the parts of a brought-forward, and back.

use super::Workplace;
use crate::brought_forward::{
    CashRow, Counters, CouponRow, End, PART_ROWS_MAX, Part, RequestRow, ReturnedRow, SerialRow,
    StockRow, TagRow,
};
use crate::cash::Cash;
use crate::coupon::UsedCoupons;
use crate::dataset::on_sale::OnSale;
use crate::document::DocumentNumber;
use crate::request::Requests;
use crate::serial::Serials;
use crate::shelf_tag::ShelfTags;
use crate::shift::Shifts;
use crate::stock::Stock;

impl Workplace {
    /// The whole state as the parts of a brought-forward.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = self.business_parts();
        parts.push(Part::Counters(Box::new(Counters {
            receipt: self.receipt_number,
            shift: self.shifts.last_number,
            closed_on: self.shifts.last_closed,
            open: self.shifts.open.clone(),
            brought_on: self.brought_on,
            documents: Some(self.documents).filter(|it| *it != DocumentNumber::default()),
        })));
        let requests = self.requests.rows().map(|(key, row)| RequestRow {
            key: key.to_owned(),
            row: row.clone(),
        });
        #[cfg(feature = "planted")]
        let requests =
            requests.filter(|_| !crate::planted::is(crate::planted::Bug::RequestsForgotten));
        parts.extend(chunks(requests, Part::Requests));
        let returned = self
            .returned
            .iter()
            .map(|((epoch, seq, sku), quantity)| ReturnedRow {
                epoch: *epoch,
                seq: *seq,
                sku: sku.clone(),
                quantity: *quantity,
            });
        parts.extend(chunks(returned, Part::Returned));
        parts.extend(self.datasets.part());
        let tags = self.tags.rows().map(|(item, waits, tag)| TagRow {
            item: item.to_owned(),
            waits,
            tag,
        });
        parts.extend(chunks(tags, Part::Tags));
        let coupons = self.coupons.rows().map(|(code, times)| CouponRow {
            code: code.clone(),
            times,
        });
        parts.extend(chunks(coupons, Part::Coupons));
        parts
    }

    pub(super) fn business_parts(&self) -> Vec<Part> {
        let stock = self.stock.rows().map(|(sku, quantity)| StockRow {
            sku: sku.clone(),
            quantity,
        });
        let serials = self.serials.rows().map(|(serial, claims)| SerialRow {
            serial: serial.to_owned(),
            claims,
        });
        let cash = self
            .cash
            .rows()
            .map(|(place, amount)| CashRow { place, amount });
        let mut parts = chunks(stock, Part::Stock);
        parts.extend(chunks(serials, Part::Serials));
        parts.extend(chunks(cash, Part::Cash));
        parts
    }

    pub(super) fn close_brought_forward(&mut self, end: &End) {
        let closed = self
            .assembly
            .take()
            .and_then(|assembly| assembly.close(end));
        // A state that came from the entries before needs no brought-forward: it wrote it.
        if let Some(parts) = closed.filter(|_| !self.complete) {
            let brought_on = self.brought_on;
            self.install(parts);
            self.brought_on = brought_on;
        }
    }

    pub(super) fn install(&mut self, parts: Vec<Part>) {
        let (mut stock, mut serials, mut cash, mut requests) = (vec![], vec![], vec![], vec![]);
        let (mut tags, mut coupons) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Part::Stock(rows) => stock.extend(rows),
                Part::Serials(rows) => serials.extend(rows),
                Part::Cash(rows) => cash.extend(rows),
                Part::Requests(rows) => requests.extend(rows),
                Part::Counters(counters) => {
                    self.receipt_number = counters.receipt;
                    self.shifts = Shifts {
                        open: counters.open,
                        last_number: counters.shift,
                        last_closed: counters.closed_on,
                    };
                    self.brought_on = counters.brought_on;
                    self.documents = counters.documents.unwrap_or_default();
                }
                Part::Tags(rows) => tags.extend(rows),
                Part::Coupons(rows) => coupons.extend(rows),
                Part::Datasets(applied) => self.datasets = OnSale::of(&applied),
                Part::Returned(rows) => self.returned.extend(
                    rows.into_iter()
                        .map(|row| ((row.epoch, row.seq, row.sku), row.quantity)),
                ),
            }
        }
        self.stock = Stock::from_rows(stock.into_iter().map(|row| (row.sku, row.quantity)));
        self.serials = Serials::from_rows(serials.into_iter().map(|row| (row.serial, row.claims)));
        self.cash = Cash::from_rows(cash.into_iter().map(|row| (row.place, row.amount)));
        self.requests = Requests::from_rows(requests.into_iter().map(|row| (row.key, row.row)));
        self.tags =
            ShelfTags::from_rows(tags.into_iter().map(|row| (row.item, row.waits, row.tag)));
        self.coupons = UsedCoupons::from_rows(coupons.into_iter().map(|row| (row.code, row.times)));
        self.complete = true;
    }
}

fn chunks<T>(rows: impl Iterator<Item = T>, part: fn(Vec<T>) -> Part) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        parts.push(part(rows.by_ref().take(PART_ROWS_MAX).collect()));
    }
    parts
}

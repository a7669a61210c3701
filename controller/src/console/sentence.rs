//! An entry of a journal as a sentence.

use storefleet_core::epoch::Reason;
use storefleet_core::fact::Fact;
use storefleet_core::money::Money;
use storefleet_core::receipt::{Payment, PaymentKind, total};
use storefleet_core::shift::Closed;

use super::words::{Words, money, number};
use crate::fleet::Status;

/// What an entry says happened.
pub(super) fn of(words: &Words<'_>, fact: &Fact) -> String {
    match fact {
        Fact::Genesis(genesis) => words.text(match genesis.reason {
            Reason::Enrolled => "fact-genesis-enrolled",
            Reason::Damaged => "fact-genesis-damaged",
            Reason::BehindCentre => "fact-genesis-behind",
            Reason::Other(_) => "fact-genesis-other",
        }),
        Fact::BroughtForward(_) => words.text("fact-brought-forward"),
        Fact::BroughtForwardEnd(end) => {
            words.of("fact-brought-forward-end", &number(end.parts.into()))
        }
        Fact::AgentStarted(started) if started.torn_bytes > 0 => {
            let torn = number(started.torn_bytes);
            words.of_two("fact-started-torn", &started.version, &torn)
        }
        Fact::AgentStarted(started) => words.of("fact-started", &started.version),
        Fact::DatasetApplied(applied) => {
            let layers = u64::try_from(applied.layers.len()).unwrap_or(u64::MAX);
            words.count("fact-dataset-applied", layers)
        }
        Fact::DatasetRejected(rejected) => words.of("fact-dataset-rejected", &rejected.detail),
        Fact::DatasetRepaired(repaired) => match repaired.buckets {
            Some(buckets) => format!(
                "{}: {}",
                words.count("fact-dataset-repaired", buckets.into()),
                repaired.layer
            ),
            None => words.of("fact-dataset-repaired-whole", &repaired.layer.to_string()),
        },
        Fact::ShiftOpened(opened) => words.of_two(
            "fact-shift-opened",
            &opened.number.to_string(),
            &money(opened.counted),
        ),
        Fact::ShiftClosed(closed) => shift_closed(words, closed),
        Fact::Sale(sale) => {
            let told = words.of_two(
                "fact-sale",
                &sale.number.to_string(),
                &money(total(&sale.lines)),
            );
            format!("{told}, {}", paid(words, &sale.payments))
        }
        Fact::Return(back) => {
            let told = words.of_two(
                "fact-return",
                &back.number.to_string(),
                &money(total(&back.lines)),
            );
            format!("{told}: {}", back.reason)
        }
        Fact::CashIn(moved) => words.of_two("fact-cash-in", &money(moved.amount), &moved.reason),
        Fact::CashOut(moved) => words.of_two("fact-cash-out", &money(moved.amount), &moved.reason),
        Fact::WrittenOff(gone) => {
            let lines = u64::try_from(gone.lines.len()).unwrap_or(u64::MAX);
            format!("{}: {}", words.count("fact-writeoff", lines), gone.reason)
        }
        Fact::StockBooked(booked) => {
            let rows = u64::try_from(booked.lines()).unwrap_or(u64::MAX);
            format!("{}: {}", words.count("fact-stock-booked", rows), booked.why)
        }
        Fact::Adopted(adopted) => {
            let adoption = &adopted.adoption;
            let count = adoption.last.seq.0.saturating_sub(adoption.first.0);
            let told = words.count("fact-adopted", count.saturating_add(1));
            format!("{told}: {}", adopted.why)
        }
        Fact::PricetagPrinted(printed) => {
            let tags = u64::try_from(printed.tags.len()).unwrap_or(u64::MAX);
            words.count("fact-pricetag-printed", tags)
        }
        Fact::Unknown { kind, .. } => words.of("fact-unknown", &kind.to_string()),
    }
}

/// How a row is marked: trouble stands out, the rest stays quiet.
pub(super) fn mark(fact: &Fact) -> Option<Status> {
    match fact {
        Fact::Sale(_) => Some(Status::Ok),
        Fact::AgentStarted(started) if started.torn_bytes > 0 => Some(Status::Warn),
        Fact::Genesis(genesis) if genesis.reason != Reason::Enrolled => Some(Status::Warn),
        Fact::DatasetRejected(_) => Some(Status::Bad),
        Fact::DatasetRepaired(_) | Fact::Return(_) | Fact::WrittenOff(_) | Fact::Unknown { .. } => {
            Some(Status::Warn)
        }
        Fact::ShiftClosed(closed) if closed.counted != closed.expected => Some(Status::Warn),
        Fact::AgentStarted(_)
        | Fact::DatasetApplied(_)
        | Fact::Genesis(_)
        | Fact::ShiftClosed(_)
        | Fact::BroughtForward(_)
        | Fact::BroughtForwardEnd(_)
        | Fact::ShiftOpened(_)
        | Fact::StockBooked(_)
        | Fact::Adopted(_)
        | Fact::CashIn(_)
        | Fact::CashOut(_)
        | Fact::PricetagPrinted(_) => None,
    }
}

fn shift_closed(words: &Words<'_>, closed: &Closed) -> String {
    let receipts = words.count("receipts-count", closed.totals.sales.receipts);
    let sum = money(
        closed
            .totals
            .sales
            .total()
            .minus(closed.totals.returns.total()),
    );
    let told = words.of_two(
        "fact-shift-closed",
        &closed.number.to_string(),
        &format!("{receipts}, {sum}"),
    );
    match closed.counted.minus(closed.expected) {
        Money(0) => told,
        odd => format!("{told}; {}", words.of("fact-shift-odd", &money(odd))),
    }
}

fn paid(words: &Words<'_>, payments: &[Payment]) -> String {
    let kind = |kind: PaymentKind| match kind {
        PaymentKind::Cash => words.text("pay-cash"),
        PaymentKind::Card => words.text("pay-card"),
        PaymentKind::Credit => words.text("pay-credit"),
        PaymentKind::Certificate => words.text("pay-certificate"),
        PaymentKind::Prepayment => words.text("pay-prepayment"),
        PaymentKind::Other(code) => words.of("pay-other", &code.to_string()),
    };
    let parts: Vec<String> = match payments {
        [] => vec![words.text("pay-none")],
        [one] => vec![kind(one.kind)],
        many => many
            .iter()
            .map(|it| format!("{} {}", kind(it.kind), money(it.amount)))
            .collect(),
    };
    parts.join(", ")
}

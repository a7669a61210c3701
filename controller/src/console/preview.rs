//! What would change, on every page that asks before it changes something.

use maud::{Markup, html};
use storefleet_core::cbor;
use storefleet_core::master::Table;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;

use super::fleet_list::ROWS_MAX;
use super::frame::shape;
use super::telling::{differences, item_link, percent, reach, span};
use super::words::{DASH, Words, money, number, percent as part};
use crate::fleet::Status;
use crate::import::preview::{BANDS, Change, Counts, Preview};
use crate::master::MasterStore;

/// Sentences of one sort that a page shows.
const SENTENCES_MAX: usize = 20;
/// Bands of changes of prices, as they are counted.
const BAND_NAMES: [&str; BANDS] = [
    "≤\u{a0}−50\u{a0}%",
    "−50…−20\u{a0}%",
    "−20…−5\u{a0}%",
    "−5…0\u{a0}%",
    "0…5\u{a0}%",
    "5…20\u{a0}%",
    "20…50\u{a0}%",
    ">\u{a0}50\u{a0}%",
];

/// Counts over all tables.
pub(super) fn sums(preview: &Preview) -> Counts {
    let mut sums = Counts::default();
    for counts in preview.counts.values() {
        sums.added = sums.added.saturating_add(counts.added);
        sums.changed = sums.changed.saturating_add(counts.changed);
        sums.removed = sums.removed.saturating_add(counts.removed);
        sums.same = sums.same.saturating_add(counts.same);
        sums.refused = sums.refused.saturating_add(counts.refused);
    }
    sums
}

/// The counts as large figures.
pub(super) fn figures(words: &Words<'_>, preview: &Preview) -> Markup {
    let sums = sums(preview);
    let holds = u64::try_from(preview.holds.len()).unwrap_or(u64::MAX);
    let figures = [
        ("preview-changed", sums.changed, ""),
        ("preview-added", sums.added, ""),
        ("preview-removed", sums.removed, ""),
        ("preview-same", sums.same, ""),
        ("preview-holds", holds, "warned"),
        ("preview-refused", sums.refused, "refused"),
    ];
    html! {
        div.counters { @for (name, count, class) in figures {
            div.counter.(if count > 0 { class } else { "" }) { b { (number(count)) } span.name { (words.text(name)) } }
        } }
    }
}

/// What waits for a person.
pub(super) fn holds(words: &Words<'_>, preview: &Preview) -> Markup {
    html! {
        @if !preview.holds.is_empty() {
            section.panel.held role="note" {
                header { (shape(Status::Warn)) h2 { (words.text("holds-title")) } span.muted { (number(u64::try_from(preview.holds.len()).unwrap_or(0))) } }
                ul.sentences { @for hold in preview.holds.iter().take(SENTENCES_MAX) { li { (hold.sentence(words.catalogue)) } } }
                @if preview.holds.len() > SENTENCES_MAX { p.empty { (words.text("holds-more")) } }
            }
        }
    }
}

/// How far prices move: a bar and its number for each band; nothing where no price changes.
pub(super) fn spread(words: &Words<'_>, preview: &Preview) -> Markup {
    let counts = preview.spread.counts();
    let rows = preview.spread.rows();
    let largest = counts.iter().copied().max().unwrap_or(0);
    let whole = usize::try_from(rows).unwrap_or(usize::MAX);
    html! {
        @if rows > 0 {
            section.panel #spread {
                header { h2 { (words.text("spread-title")) } span.muted { (words.count("spread-rows", rows)) } }
                div.scroll { table.spread {
                    thead.unseen { tr {
                        th scope="col" { (words.text("difference")) } th {} th scope="col" { (words.text("spread-share")) }
                    } }
                    tbody { @for (band, count) in BAND_NAMES.iter().zip(counts) { tr {
                        th scope="row" { (band) }
                        td.share { svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                            rect width=(count.saturating_mul(100).checked_div(largest).unwrap_or(0)) height="8" {}
                        } }
                        td.num { (part(usize::try_from(count).unwrap_or(usize::MAX), whole)) " " span.muted { (number(count)) } }
                    } } }
                } }
            }
        }
    }
}

/// The changes from one on: big jumps of prices come first.
pub(super) fn changes(
    words: &Words<'_>,
    store: &MasterStore,
    preview: &Preview,
    from: usize,
) -> Markup {
    html! {
        @if preview.changes.is_empty() { p.empty { (words.text("preview-nothing")) } }
        @else { div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("what")) }
                th.num scope="col" { (words.text("was")) }
                th {}
                th.num scope="col" { (words.text("becomes")) }
                th.num scope="col" { (words.text("difference")) }
                th scope="col" { (words.text("where")) }
                th scope="col" { (words.text("col-status")) }
            } }
            tbody { @for change in preview.changes.iter().skip(from).take(ROWS_MAX) { (row(words, store, preview, change)) } }
        } } }
    }
}

fn row(words: &Words<'_>, store: &MasterStore, preview: &Preview, change: &Change) -> Markup {
    let row = &change.row;
    let key = (row.table, row.key.as_str());
    let held = preview.holds.iter().any(|hold| hold.row() == Some(key));
    let (status, state) = match (&row.from, &row.to) {
        _ if held => (Status::Warn, "row-held"),
        (None, _) => (Status::Ok, "row-new"),
        (_, None) => (Status::Off, "row-removed"),
        (Some(_), Some(_)) => (Status::Ok, "row-changed"),
    };
    let read = |bytes: Option<&minicbor::bytes::ByteVec>| -> Option<PriceRecord> {
        let bytes = bytes.filter(|_| row.table == Table::Prices)?;
        cbor::decode(bytes).ok()
    };
    let (old, new) = (read(row.from.as_ref()), read(row.to.as_ref()));
    let line = change
        .line
        .map(|line| words.of("line-number", &line.to_string()));
    html! {
        tr.warned[held] {
            th scope="row" { (named(words, store, row.table, &row.key, row.to.as_ref().or(row.from.as_ref()))) " "
                span.muted { (row.key) @if let Some(line) = line { " · " (line) } } }
            @if let Some(price) = new.as_ref().or(old.as_ref()) {
                td.num { @match &old { Some(old) => { s { (money(old.row.amount)) } } None => { (DASH) } } }
                td { "→" }
                td.num { b { @match &new { Some(new) => { (money(new.row.amount)) } None => { (DASH) } } } }
                td.num { (jump(change, old.as_ref(), new.as_ref())) }
                td { (reach(words, &price.row.reach)) span.muted { ", " (span(words, &price.row.validity)) } }
            } @else { td colspan="5" { div.wrapped { (told(words, change)) } } }
            td { span.chip.(super::frame::class(status)) { (shape(status)) (words.text(state)) } }
        }
    }
}

fn jump(change: &Change, old: Option<&PriceRecord>, new: Option<&PriceRecord>) -> String {
    match (old, new, change.percent) {
        (Some(old), Some(new), _) => percent(old.row.amount, new.row.amount),
        (_, _, Some(i64::MAX)) | (_, _, None) => DASH.to_owned(),
        (_, _, Some(percent)) if percent < 0 => format!("−{}\u{a0}%", percent.unsigned_abs()),
        (_, _, Some(percent)) => format!("+{percent}\u{a0}%"),
    }
}

fn told(words: &Words<'_>, change: &Change) -> Markup {
    let told = change
        .row
        .table
        .spec()
        .map(|spec| differences(words, spec, &change.row))
        .unwrap_or_default();
    let is_new = change.row.from.is_none();
    html! {
        @for (index, [name, from, to]) in told.iter().enumerate() {
            @if index > 0 { "; " }
            span.muted { (name) } " " @if !is_new { s { (from) } " → " } (to)
        }
    }
}

/// What a record is called.
fn named(
    words: &Words<'_>,
    store: &MasterStore,
    table: Table,
    key: &str,
    bytes: Option<&minicbor::bytes::ByteVec>,
) -> Markup {
    let code = key.split('/').next().unwrap_or_default();
    let of_file = bytes
        .filter(|_| table == Table::Items)
        .and_then(|bytes| cbor::decode::<ItemRecord>(bytes).ok());
    let item = of_file.or_else(|| store.get::<ItemRecord>(code).ok().flatten());
    let is_of_item = matches!(
        table,
        Table::Items | Table::Prices | Table::Corridors | Table::Matrix | Table::StopList
    );
    html! {
        @match item.filter(|_| is_of_item) {
            Some(item) => (item_link(code, &item.name)),
            None => (words.text(&format!("table-{}", table.name()))),
        }
    }
}

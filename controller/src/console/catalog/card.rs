//! The card of an item: what it is, what it costs where and when, and everything that was done to it.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use storefleet_core::cbor;
use storefleet_core::master::change::RowChange;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::{Record, Table};
use storefleet_core::time::Timestamp;

use crate::console::form::{Fault, encoded, summary};
use crate::console::frame::Section;
use crate::console::publish;
use crate::console::scene::{Page, PageError, Scene};
use crate::console::telling::{
    Standing, cell, column, history_row, instant, reach, read_wall, span, wall, wall_text,
};
use crate::console::words::{Words, money};
use crate::master::{ChangeCard, MasterStore};

/// Changes that the card shows.
const HISTORY_MAX: usize = 50;

/// A change of one record of the item.
type Step = (u64, ChangeCard, RowChange);

/// The item as it stood at some moment.
struct Seen {
    item: Option<ItemRecord>,
    prices: Vec<PriceRecord>,
    /// Newest first.
    history: Vec<Step>,
}

/// `GET /catalog/{item}`
pub(super) async fn show(scene: Scene, Path(code): Path<String>) -> Response {
    scene.show(move |scene| page(scene, &code)).await
}

fn page(scene: &Scene, code: &str) -> Page {
    let words = scene.words();
    let (at, faults) = match scene.fields.get("at") {
        "" => (None, Vec::new()),
        text => match read_wall(text) {
            Some(at) => (Some(at), Vec::new()),
            None => (None, vec![Fault::new("at", "fault-time")]),
        },
    };
    let store = scene.inner.publisher.master.read();
    let seen = read(&store, code, at.map(instant))?;
    if seen.history.is_empty() && seen.item.is_none() {
        return Err(PageError::Missing);
    }
    let banner = publish::banner(&words, &store)?;
    drop(store);
    let title = match &seen.item {
        Some(item) => item.name.clone(),
        None => code.to_owned(),
    };
    let now = at.unwrap_or_else(|| wall(scene.now));
    let main = html! {
        (banner)
        (summary(&words, &faults))
        @if let Some(at) = at {
            p.note { (words.of("as-of-note", &wall_text(at))) " " a href={ "/catalog/" (encoded(code)) } { (words.text("as-of-now")) } }
        }
        div.beside {
            div {
                (prices(&words, code, &seen, now, at.is_none()))
                (history(&words, &seen))
            }
            div {
                (attributes(&words, &seen))
                (other_times(&words, scene, code))
            }
        }
    };
    let above = Some(("/catalog", words.text("nav-catalog")));
    Ok(scene.page(Section::Catalog, above, title, code.to_owned(), &main))
}

/// Reads the item as it stands, or as it stood when `at` was.
fn read(store: &MasterStore, code: &str, at: Option<Timestamp>) -> Result<Seen, PageError> {
    let of_item = store.history(Table::Items, code)?;
    let mut history = of_item.clone();
    let item = match at {
        None => store.get(code)?,
        Some(at) => stood(&of_item, at),
    };
    let mut prices = Vec::new();
    for key in store.keys_ever(Table::Prices, &format!("{code}/"))? {
        let of_price = store.history(Table::Prices, &key)?;
        prices.extend(match at {
            None => store.get(&key)?,
            Some(at) => stood::<PriceRecord>(&of_price, at),
        });
        history.extend(of_price);
    }
    prices.sort_by(|one, other| {
        let order = |price: &PriceRecord| {
            let row = &price.row;
            (
                row.reach.clone(),
                row.price_type.clone(),
                row.validity.from,
                row.id,
            )
        };
        order(one).cmp(&order(other))
    });
    history.sort_by_key(|(change, ..)| std::cmp::Reverse(*change));
    Ok(Seen {
        item,
        prices,
        history,
    })
}

/// A record as its changes, newest first, left it at a moment.
fn stood<R: Record>(history: &[Step], at: Timestamp) -> Option<R> {
    let until = history.iter().find(|(_, card, _)| card.at <= at);
    let bytes = until.and_then(|(_, _, row)| row.to.as_ref())?;
    cbor::decode(bytes).ok()
}

fn prices(
    words: &Words<'_>,
    code: &str,
    seen: &Seen,
    now: storefleet_core::pricing::moment::LocalTime,
    editable: bool,
) -> Markup {
    let form = format!("/catalog/{}/price", encoded(code));
    html! {
        section.panel {
            header {
                h2 { (words.text("prices-by-layer")) }
                span.spring {}
                @if editable && seen.item.is_some() { a.button href=(form) { (words.text("price-new")) } }
            }
            @if seen.prices.is_empty() { p.empty { (words.text("prices-none")) } }
            @else { div.scroll { table {
                thead { tr {
                    th scope="col" { (words.text("column-layer")) }
                    th scope="col" { (words.text("column-price_type")) }
                    th.num scope="col" { (words.text("column-amount_kop")) }
                    th scope="col" { (words.text("when")) }
                    th scope="col" { (words.text("col-status")) }
                    th {}
                } }
                tbody { @for price in &seen.prices {
                    tr {
                        th scope="row" { (reach(words, &price.row.reach)) }
                        td { (price.row.price_type) @if price.row.lock { " " span.chip.off { (words.text("price-locked")) } } }
                        td.num { b { (money(price.row.amount)) } }
                        td { (span(words, &price.row.validity)) }
                        td { (Standing::of(&price.row.validity, now).chip(words)) }
                        td { @if editable { a href={ (form) "?row=" (price.row.id.0) } { (words.text("change")) } } }
                    }
                } }
            } } }
        }
    }
}

fn attributes(words: &Words<'_>, seen: &Seen) -> Markup {
    let cells = seen.item.as_ref().map(Record::cells).unwrap_or_default();
    html! {
        section.panel {
            header { h2 { (words.text("item-attributes")) } }
            @if cells.is_empty() { p.empty { (words.text("item-gone")) } }
            @else { dl {
                @for (named, text) in ItemRecord::COLUMNS.iter().zip(&cells) {
                    div { dt { (column(words, named.name)) } dd { (cell(words, named.name, text)) } }
                }
            } }
        }
    }
}

fn history(words: &Words<'_>, seen: &Seen) -> Markup {
    html! {
        section.panel #history {
            header { h2 { (words.text("history")) } }
            ol.changes { @for (change, card, row) in seen.history.iter().take(HISTORY_MAX) {
                @if let Some(spec) = row.table.spec() { (history_row(words, spec, *change, card, row)) }
            } }
            @if seen.history.len() > HISTORY_MAX { footer { span.muted { (words.text("history-older")) } } }
        }
    }
}

fn other_times(words: &Words<'_>, scene: &Scene, code: &str) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("other-times")) } }
            form.stacked method="get" action={ "/catalog/" (encoded(code)) } {
                label for="f-at" { (words.text("as-of-label")) }
                input #f-at type="datetime-local" name="at" value=(scene.fields.get("at"));
                button { (words.text("show")) }
            }
        }
    }
}

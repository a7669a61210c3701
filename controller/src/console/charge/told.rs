//! What a cart costs, in words: the total, the lines, where each price comes from, and what was refused.

use maud::{Markup, html};
use storefleet_core::master::item::ItemRecord;
use storefleet_core::money::Money;
use storefleet_core::pricing::explain::{PriceChoice, PricedLine};
use storefleet_core::pricing::item::Catalogue;
use storefleet_core::pricing::json::record::PricedCart;
use storefleet_core::pricing::kind::Phase;
use storefleet_core::pricing::price::{Layer, PriceRow};
use storefleet_core::pricing::promotion::Promotion;

use super::{ask, books};
use crate::console::form::{Fault, Fields};
use crate::console::telling::{item_link, span, wall_text};
use crate::console::words::{DASH, Words, money};
use crate::master::{MasterStore, StoreError};
use crate::pricing::office::Books;
use crate::pricing::sentences::{Teller, pieces};

const LAYERS: [(Layer, &str); 4] = [
    (Layer::Network, "charge-network"),
    (Layer::Region, "charge-region"),
    (Layer::Dealer, "charge-dealer"),
    (Layer::Store, "charge-own"),
];

/// What the cart of a form costs, perhaps with a promotion that is not there yet; or what is wrong with the form.
pub(in crate::console) fn priced(
    words: &Words<'_>,
    store: &MasterStore,
    fields: &Fields,
    draft: Option<(&str, Promotion)>,
) -> Result<Result<Markup, Vec<Fault>>, StoreError> {
    let books = match books(store, fields)? {
        Ok(books) => books,
        Err(faults) => return Ok(Err(faults)),
    };
    let books = match draft {
        Some((name, promotion)) => books.with(name, promotion),
        None => books,
    };
    let cart = match ask::cart(store, &books, fields) {
        Ok(cart) => cart,
        Err(faults) => return Ok(Err(faults)),
    };
    match books.price(cart) {
        Ok(priced) => Ok(Ok(told(words, store, &books, &priced, fields)?)),
        Err(problem) => Ok(Err(vec![Fault::new("", problem)])),
    }
}

fn told(
    words: &Words<'_>,
    store: &MasterStore,
    books: &Books<'_>,
    priced: &PricedCart,
    fields: &Fields,
) -> Result<Markup, StoreError> {
    let record = &priced.record;
    let teller = Teller {
        texts: words.catalogue,
        names: &books.names,
    };
    let mut names = Vec::new();
    for line in &record.lines {
        let item: Option<ItemRecord> = store.get(line.item.as_str())?;
        names.push(item.map_or_else(|| line.item.to_string(), |item| item.name));
    }
    let named: Vec<_> = record.lines.iter().zip(&names).collect();
    let zone = books.zone.iana_name().unwrap_or_default();
    Ok(html! {
        section.panel.total {
            div { span.muted { (words.text("charge-total")) } b { (money(record.totals.net)) } }
            div { span.muted { (words.text("charge-gross")) } b { (money(record.totals.gross)) } }
            div { span.muted { (words.text("charge-reduction")) } b { (money(Money::ZERO.minus(record.totals.reduction))) } }
            p.muted { (books.shop.store) ", " (books.address) " · " (wall_text(priced.moment)) " (" (zone) ")" }
        }
        (refused(words, &teller, priced))
        @if !named.is_empty() { (lines(words, &teller, &named)) }
        @for (line, name) in &named { (origin(words, books, &teller, line, name)) }
        section.panel {
            header { h2 { (words.text("charge-sentences")) } span.spring {}
                a href=(fields.address("/api/v1/charge", &["store", "at", "coupon", "payment", "price_type", "level", "item", "quantity", "line"], &[])) { "JSON" } }
            ul.sentences { @for sentence in teller.cart(priced) {
                li.inner[sentence.starts_with(' ')] { (sentence.trim_start()) }
            } }
        }
    })
}

fn refused(words: &Words<'_>, teller: &Teller<'_>, priced: &PricedCart) -> Markup {
    let refusals = &priced.record.refusals;
    html! {
        @if !refusals.is_empty() {
            section.faults { b { (words.text("charge-refused")) }
                ul { @for refusal in refusals { li { (teller.refusal(refusal)) } } } }
        }
    }
}

fn lines(words: &Words<'_>, teller: &Teller<'_>, named: &[(&PricedLine, &String)]) -> Markup {
    html! {
        section.panel { div.scroll { table {
            thead { tr {
                th.num scope="col" { "№" }
                th scope="col" { (words.text("table-items")) }
                th.num scope="col" { (words.text("charge-quantity")) }
                th.num scope="col" { (words.text("column-amount_kop")) }
                th.num scope="col" { (words.text("charge-gross")) }
                th scope="col" { (words.text("nav-promotions")) }
                th.num scope="col" { (words.text("charge-net")) }
                th.num scope="col" { (words.text("column-vat")) }
            } }
            tbody { @for (line, name) in named {
                tr {
                    td.num { (line.number) }
                    th scope="row" { (item_link(line.item.as_str(), name)) }
                    td.num { (pieces(line.quantity)) }
                    td.num { (money(line.price.price)) }
                    td.num { (money(line.gross)) }
                    td { div.wrapped { @for reduction in &line.reductions {
                        p { (money(Money::ZERO.minus(reduction.amount))) " " span.muted { (teller.name(&reduction.promotion)) } }
                    } @if line.reductions.is_empty() { (DASH) } } }
                    td.num { b { (money(line.net)) } }
                    td.num { (money(line.vat)) span.muted { " " (line.vat_code) } }
                }
            } }
        } } }
    }
}

/// Base, region, dealer, store, promotions, rounding: what each said, and what counted.
fn origin(
    words: &Words<'_>,
    books: &Books<'_>,
    teller: &Teller<'_>,
    line: &PricedLine,
    name: &str,
) -> Markup {
    let goods = books.goods(&line.item);
    let rows = goods
        .as_ref()
        .map(|goods| goods.prices.as_slice())
        .unwrap_or_default();
    let choice = &line.price;
    let is_rounding = |phase: Phase| phase == Phase::Rounding;
    let promotions = line.reductions.iter().filter(|cut| !is_rounding(cut.phase));
    let rounding = line.reductions.iter().find(|cut| is_rounding(cut.phase));
    html! {
        details.panel open[line.number == 1] {
            summary { h2 { (words.text("charge-origin")) } span.muted { (line.number) ". " (name) } }
            ol.origin {
                @for (layer, id) in LAYERS { (layer_row(words, choice, rows, layer, id)) }
                @if choice.bound.is_some() {
                    li { span { b { (words.text("charge-bound")) } p.muted { (money(choice.listed)) " → " (money(choice.price)) } } b { (money(choice.price)) } }
                }
                @for cut in promotions {
                    li { span { b { (words.text("charge-promotion")) } p.muted { (teller.name(&cut.promotion)) } } b { (money(Money::ZERO.minus(cut.amount))) } }
                }
                @if let Some(cut) = rounding {
                    li { span { b { (words.text("charge-rounding")) } p.muted { (teller.name(&cut.promotion)) } } b { (money(Money::ZERO.minus(cut.amount))) } }
                }
                li.sum { b { (words.text("charge-net")) } b { (money(line.net)) } }
            }
        }
    }
}

fn layer_row(
    words: &Words<'_>,
    choice: &PriceChoice,
    rows: &[PriceRow],
    layer: Layer,
    id: &str,
) -> Markup {
    let is_candidate = |row: &&PriceRow| {
        row.reach.layer() == layer
            && (row.id == choice.row || choice.losers.iter().any(|(lost, _)| *lost == row.id))
    };
    let best = rows.iter().filter(is_candidate).max_by_key(|row| {
        (
            row.id == choice.row,
            row.rank,
            row.validity.from,
            row.revision,
        )
    });
    let wins = best.is_some_and(|row| row.id == choice.row);
    html! {
        li.wins[wins] {
            span { b { (words.text(id)) }
                p.muted { @match best {
                    Some(row) => { (words.of("charge-row", &row.id.0.to_string())) ", " (span(words, &row.validity)) }
                    None => (words.text("charge-no-rule")),
                } } }
            @match best {
                Some(row) if wins => b { (money(row.amount)) },
                Some(row) => s { (money(row.amount)) },
                None => span { (DASH) },
            }
        }
    }
}

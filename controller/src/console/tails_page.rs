//! Late tails: what machines sent after they were replaced, what one would move, and the decision on it.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use maud::{Markup, html};
use storefleet_core::ids::{Epoch, Seq, WorkplaceId};
use storefleet_core::master::change::Source;
use storefleet_core::money::{Money, Quantity};

use super::Desk;
use super::form::{Fault, Fields, reason, summary};
use super::frame::Section;
use super::scene::{Page, PageError, Scene};
use super::words::{Words, amount, money, number};
use crate::tails::{Tail, TailError, Verdicts};

/// Rows of each table of a tail; the rest are counted.
const ROWS_MAX: usize = 200;

/// The addresses of this file.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/tails", get(list))
        .route("/tails/{workplace}/{epoch}", get(show))
        .route("/tails/{workplace}/{epoch}/{verdict}", post(decide))
}

async fn list(scene: Scene) -> Response {
    scene.show(list_page).await
}

fn list_page(scene: &Scene) -> Page {
    let words = scene.words();
    let store = scene.fields.get("store");
    let mut tails = scene.inner.tails.waiting()?;
    tails.retain(|tail| store.is_empty() || tail.workplace.store().as_str() == store);
    let main = html! {
        section.panel {
            p.muted { (words.text("tails-hint")) }
            @if tails.is_empty() { p.empty { (words.text("tails-none")) } }
            @else { (table(&words, &tails)) }
        }
    };
    let title = words.text("nav-tails");
    Ok(scene.page(Section::Tails, None, title, String::new(), &main))
}

fn table(words: &Words<'_>, tails: &[Tail]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th scope="col" { (words.text("tail-workplace")) }
                th scope="col" { (words.text("tail-entries")) }
                th.num scope="col" { (words.text("receipts")) }
                th.num scope="col" { (words.text("tail-money")) }
                th scope="col" { (words.text("tail-came")) }
            } }
            tbody { @for tail in tails { tr {
                th scope="row" { a href=(address(tail)) { (tail.workplace) } }
                td { (range(words, tail)) }
                td.num { (number(tail.receipts)) }
                td.num { (money(Money(tail.total_kop))) }
                td { (words.moment(tail.received)) }
            } } }
        } }
    }
}

fn address(tail: &Tail) -> String {
    format!("/tails/{}/{}", tail.workplace, tail.last.epoch)
}

/// Which entries of which chain.
fn range(words: &Words<'_>, tail: &Tail) -> String {
    let entries = format!("{}–{}", number(tail.first.0), number(tail.last.seq.0));
    words.of_two("tail-range", &tail.last.epoch.to_string(), &entries)
}

async fn show(scene: Scene, Path((workplace, epoch)): Path<(String, u32)>) -> Response {
    let show = move |scene: &Scene| {
        let workplace = named(&workplace)?;
        page(scene, &workplace, Epoch(epoch), &Fields::default(), &[])
    };
    scene.show(show).await
}

fn named(workplace: &str) -> Result<WorkplaceId, PageError> {
    workplace.parse().map_err(|_| PageError::Missing)
}

/// The page of a tail, with what was wrong with the last form.
fn page(
    scene: &Scene,
    workplace: &WorkplaceId,
    epoch: Epoch,
    fields: &Fields,
    faults: &[Fault],
) -> Page {
    let words = scene.words();
    let tails = scene.inner.tails.waiting()?;
    let mut tails = tails.iter().filter(|tail| tail.workplace == *workplace);
    let tail = tails.find(|tail| tail.last.epoch == epoch);
    let tail = tail.ok_or(PageError::Missing)?;
    let main = html! {
        (summary(&words, faults))
        section.panel {
            p { (range(&words, tail)) " · " (words.of("tail-came-at", &words.moment_text(tail.received))) }
            p { b { (number(tail.receipts)) } " " (words.text("tail-receipts")) ", " b { (money(Money(tail.total_kop))) } }
        }
        (moved(&words, tail))
        section.panel.deeds {
            header { h2 { (words.text("tail-deeds")) } }
            (form(&words, tail, "accept", fields, faults))
            (form(&words, tail, "refuse", fields, faults))
        }
    };
    let above = Some(("/tails", words.text("nav-tails")));
    let title = words.of("tail-of", &workplace.to_string());
    let mut page = scene.page(Section::Tails, above, title, String::new(), &main);
    if !faults.is_empty() {
        *page.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// What the shop would adopt: goods, serials and money.
fn moved(words: &Words<'_>, tail: &Tail) -> Markup {
    let pieces = tail.adoptions.iter();
    let stock: Vec<_> = pieces.clone().flat_map(|piece| &piece.stock).collect();
    let serials: Vec<_> = pieces.clone().flat_map(|piece| &piece.serials).collect();
    let cash: Vec<_> = pieces.flat_map(|piece| &piece.cash).collect();
    let goods = stock.iter().take(ROWS_MAX).map(|row| {
        let owner = row.sku.owner.clone().unwrap_or_default();
        [row.sku.item.clone(), owner, pieces_of(row.quantity)]
    });
    let sold = serials.iter().take(ROWS_MAX).map(|row| {
        let claims = [
            (row.claims.sold, "tail-serial-sold"),
            (row.claims.returned, "tail-serial-returned"),
        ];
        let told = claims.iter().filter(|(count, _)| *count > 0);
        let told: Vec<String> = told.map(|(_, key)| words.text(key)).collect();
        [row.serial.clone(), told.join(", "), String::new()]
    });
    let places = cash.iter().map(|row| {
        let place = words.text(&format!("cash-place-{}", row.place.name()));
        [place, String::new(), money(row.amount)]
    });
    html! {
        (rows(words, "tail-stock", stock.len(), goods.collect()))
        (rows(words, "tail-serials", serials.len(), sold.collect()))
        (rows(words, "tail-cash", cash.len(), places.collect()))
    }
}

/// A quantity that moved, with its sign and without empty thousandths.
fn pieces_of(Quantity(milli): Quantity) -> String {
    let sign = if milli < 0 { "−" } else { "+" };
    let milli = milli.unsigned_abs();
    let (whole, rest) = (milli / 1_000, milli % 1_000);
    match rest {
        0 => format!("{sign}{}", number(whole)),
        _ => format!("{sign}{},{rest:03}", number(whole)),
    }
}

fn rows(words: &Words<'_>, title: &str, count: usize, rows: Vec<[String; 3]>) -> Markup {
    html! {
        @if count > 0 { section.panel {
            header { h2 { (words.text(title)) } span.muted { (amount(count)) } }
            div.scroll { table { tbody { @for [what, of, value] in &rows { tr {
                th scope="row" { (what) } td { (of) } td.num { (value) }
            } } } } }
            @if count > rows.len() { footer { span.muted { (words.of("tail-more", &amount(rows.len()))) } } }
        } }
    }
}

fn form(
    words: &Words<'_>,
    tail: &Tail,
    verdict: &str,
    fields: &Fields,
    faults: &[Fault],
) -> Markup {
    let is_open = fields.get("verdict") == verdict;
    let (own, wrong) = match is_open {
        true => (fields.clone(), faults),
        false => (Fields::default(), &[][..]),
    };
    html! {
        details open[is_open] {
            summary { b { (words.text(&format!("tail-{verdict}"))) } }
            form.stacked method="post" action={ (address(tail)) "/" (verdict) } {
                p.muted { (words.text(&format!("tail-{verdict}-hint"))) }
                input type="hidden" name="verdict" value=(verdict);
                input type="hidden" name="to" value=(tail.last.seq);
                (reason(words, &own, wrong))
                p.bar { button { (words.text(&format!("tail-{verdict}"))) } }
            }
        }
    }
}

async fn decide(
    scene: Scene,
    Path((workplace, epoch, verdict)): Path<(String, u32, String)>,
    body: String,
) -> Response {
    let act = move |scene: &Scene| {
        let accepted = match verdict.as_str() {
            "accept" => true,
            "refuse" => false,
            _ => return Err(PageError::Missing),
        };
        let (workplace, fields) = (named(&workplace)?, Fields::of(&body));
        decided(scene, &workplace, Epoch(epoch), accepted, &fields)
    };
    scene.show(act).await
}

fn decided(
    scene: &Scene,
    workplace: &WorkplaceId,
    epoch: Epoch,
    accepted: bool,
    fields: &Fields,
) -> Page {
    let wrong = |fault| PageError::Wrong(vec![fault]);
    let outcome = scene.act(fields, || {
        let why = fields.reason().map_err(wrong)?;
        let to = fields.get("to").parse().map_err(|_| PageError::Missing)?;
        let actor = scene.person.actor();
        let by = scene.signed(&actor, Source::Edit, "", why);
        let verdict = Verdicts {
            epoch,
            to: Seq(to),
            accepted,
        };
        match scene.inner.tails.decide(workplace, verdict, by) {
            Ok(()) => Ok("/tails".to_owned()),
            Err(TailError::Grew(_)) => Err(wrong(Fault::new("", "tail-grew"))),
            Err(error) => Err(error.into()),
        }
    });
    match outcome {
        Err(PageError::Wrong(faults)) => page(scene, workplace, epoch, fields, &faults),
        other => other,
    }
}

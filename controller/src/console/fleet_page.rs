//! The first page: what is broken now, and where.

use maud::{Markup, html};
use storefleet_core::money::Money;

use super::alerts_page;
use super::fleet_list::{self, ROWS_MAX};
use super::frame::{self, Frame, Section, class, shape};
use super::snapshot::{Shop, Snapshot};
use super::tiles;
use super::visitor::Visitor;
use super::words::{DASH, Words, amount, day, money, number, percent};
use crate::fleet::Status;

/// Causes in the right column.
const GROUPS_SHOWN: usize = 7;
/// Fewer shops are not called a network that is silent.
const NETWORK_MIN: usize = 10;

/// `/fleet`
pub(super) fn page(words: &Words<'_>, visitor: &Visitor, snapshot: &Snapshot) -> Markup {
    let as_list = visitor.query("view") == Some("list");
    let shops = u64::try_from(snapshot.shops.len()).unwrap_or(u64::MAX);
    let workplaces = u64::try_from(snapshot.places().count()).unwrap_or(u64::MAX);
    let counts = [
        words.count("stores-shown", shops),
        words.count("workplaces-shown", workplaces),
    ];
    let frame = Frame {
        words: *words,
        visitor,
        section: if as_list {
            Section::Stores
        } else {
            Section::Fleet
        },
        above: None,
        title: words.text(if as_list { "nav-stores" } else { "nav-fleet" }),
        subtitle: if shops == 0 {
            String::new()
        } else {
            counts.join(" · ")
        },
        alarms: snapshot.alarm_count(),
    };
    let main = if snapshot.shops.is_empty() {
        nothing(words)
    } else {
        html! {
            (counters(words, visitor, snapshot))
            div.beside {
                div { (view(words, visitor, snapshot, as_list)) }
                (attention(words, snapshot))
            }
        }
    };
    frame::page(&frame, &main)
}

fn nothing(words: &Words<'_>) -> Markup {
    html! {
        section.panel.nothing #nothing data-part {
            h2 { (words.text("fleet-empty")) }
            p { (words.text("fleet-empty-next")) }
            pre { "storefleet-provision claim --data … --time-zone Europe/Moscow --legal-entity … s00001-1" }
        }
    }
}

fn counters(words: &Words<'_>, visitor: &Visitor, snapshot: &Snapshot) -> Markup {
    let all = snapshot.shops.len();
    let wanted = fleet_list::wanted(visitor);
    let today = snapshot.day();
    html! {
        section.counters #counters data-part aria-label=(words.text("counters-label")) {
            @for status in Status::ALL {
                @let count = snapshot.count(status);
                a.counter.(class(status)) href={ "/fleet?view=list&status=" (class(status)) }
                    aria-current=[(wanted == Some(status)).then_some("true")] {
                    span.name { (shape(status)) (words.text(&format!("{}-many", status.key()))) }
                    span { b { (amount(count)) } " " span.muted { (percent(count, all)) } }
                }
            }
            div.counter {
                @if today.date.0 > 0 {
                    span.name { (words.of("receipts-of", &day(today.date))) }
                    span { b { (number(today.receipts)) } " " span.muted { (money(Money(today.total_kop))) } }
                } @else {
                    span.name { (words.text("receipts")) }
                    span { b { (DASH) } " " span.muted { (words.text("receipts-none")) } }
                }
            }
        }
    }
}

fn view(words: &Words<'_>, visitor: &Visitor, snapshot: &Snapshot, as_list: bool) -> Markup {
    let choice = |chosen: bool, href: &str, id: &str| {
        html! { a href=(href) aria-current=[chosen.then_some("true")] { (words.text(id)) } }
    };
    let few: Vec<&Shop> = snapshot.shops.iter().take(ROWS_MAX).collect();
    html! {
        div.bar {
            div.switch role="group" aria-label=(words.text("view-label")) {
                (choice(!as_list, "/fleet", "view-map"))
                (choice(as_list, "/fleet?view=list", "view-list"))
            }
            span.spring {}
            @if !as_list { ul.legend { @for status in Status::ALL {
                li data-letter=(status.letter()) { (sample(status)) (words.text(status.key())) }
            } } }
        }
        @if as_list {
            (fleet_list::list(words, visitor, snapshot))
        } @else {
            @if snapshot.shops.len() > 1 {
                section.panel.mapped { (tiles::map(words, snapshot)) }
            }
            @if snapshot.shops.len() <= ROWS_MAX {
                section.panel #few data-part {
                    header { h2 { (words.text("list-all")) } }
                    (fleet_list::table(words, &few))
                }
            }
        }
    }
}

fn sample(status: Status) -> Markup {
    let path = match status {
        Status::Ok | Status::Bad => "M0 0h10v10h-10z",
        Status::Warn => "M5 0l5 10h-10z",
        Status::Off | Status::New => "M1 1h8v8h-8z",
    };
    html! {
        svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" {
            path class={ "t-" (class(status)) @if status == Status::Ok { " filled" } } d=(path) {}
            @if status == Status::Bad { path.t-cross d="M3 3l4 4m0-4l-4 4" {} }
        }
    }
}

fn attention(words: &Words<'_>, snapshot: &Snapshot) -> Markup {
    let alarms = snapshot.alarms();
    let groups = alerts_page::groups(&alarms);
    let (off, all) = (snapshot.count(Status::Off), snapshot.shops.len());
    let silent = all >= NETWORK_MIN && off.saturating_mul(2) > all;
    html! {
        aside.panel #attention data-part data-calm {
            header {
                h2 { (words.text("attention")) }
                span.muted { @if !alarms.is_empty() { (amount(alarms.len())) } }
                span.spring {}
                a href="/alerts" { (words.text("attention-all")) }
            }
            @if silent {
                div.alarm { (shape(Status::Off)) div {
                    b { (words.of_two("network-silent", &amount(off), &amount(all))) }
                    p.muted { (words.text("network-silent-next")) }
                } }
            }
            @if alarms.is_empty() && !silent { p.empty { (words.text("attention-none")) } }
            @for group in groups.into_iter().take(GROUPS_SHOWN) { (alerts_page::brief(words, &group)) }
        }
    }
}

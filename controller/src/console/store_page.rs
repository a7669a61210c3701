//! One shop: can it sell, and if not, why.

use jiff::tz::TimeZone;
use maud::{Markup, html};
use storefleet_core::money::Money;
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_wire::enrol::StoreCard;

use super::alerts_page;
use super::frame::{self, Frame, Section, chip, shape};
use super::journal::Row;
use super::sentence;
use super::snapshot::{Place, Shop};
use super::visitor::Visitor;
use super::words::{DASH, Words, day, fixed, iso, money, network, number, offset, seconds, shown};
use crate::central_log::CentralError;
use crate::fleet::Status;

/// What the page shows.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) shop: &'a Shop,
    pub(super) card: Option<&'a StoreCard>,
    pub(super) journal: &'a Result<Vec<Row>, CentralError>,
}

/// `/stores/{code}`
pub(super) fn page(words: &Words<'_>, visitor: &Visitor, seen: &Seen<'_>, alarms: usize) -> Markup {
    let shop = seen.shop;
    let frame = Frame {
        words: *words,
        visitor,
        section: Section::Stores,
        above: Some(("/fleet?view=list", words.text("nav-stores"))),
        title: shop.id.to_string(),
        subtitle: String::new(),
        alarms,
    };
    let main = html! {
        (summary(words, seen))
        @for place in &shop.workplaces { (figures(words, place)) }
        div.beside {
            (journal(words, seen))
            (trouble(words, shop))
        }
    };
    frame::page(&frame, &main)
}

/// There is no such shop.
pub(super) fn unknown(words: &Words<'_>, visitor: &Visitor, alarms: usize) -> Markup {
    let frame = Frame {
        words: *words,
        visitor,
        section: Section::Stores,
        above: Some(("/fleet?view=list", words.text("nav-stores"))),
        title: words.text("store-unknown"),
        subtitle: String::new(),
        alarms,
    };
    let main = html! {
        section.panel.nothing {
            h2 { (words.text("store-unknown")) }
            p { (words.text("store-unknown-next")) }
            p { a href="/fleet?view=list" { (words.text("store-unknown-list")) } }
        }
    };
    frame::page(&frame, &main)
}

/// The shop's own time zone, else the offset that its newest entry names.
fn zone(seen: &Seen<'_>) -> Option<TimeZone> {
    let of_card = seen
        .card
        .and_then(|card| TimeZone::get(&card.time_zone).ok());
    let newest = || {
        seen.journal
            .as_ref()
            .ok()?
            .first()
            .map(|row| row.entry.header.wall.offset)
    };
    of_card.or_else(|| newest().and_then(fixed))
}

fn summary(words: &Words<'_>, seen: &Seen<'_>) -> Markup {
    let network_time = words.of("network-clock", &shown(words.now, &network(), "%H:%M"));
    html! {
        section.summary #summary data-part {
            h2 { (seen.shop.id) }
            (chip(words, seen.shop.status))
            @if seen.card.is_some_and(|card| card.training) { span.chip.warn { (words.text("training")) } }
            span { (sellers(words, seen.shop)) }
            p.muted {
                @if let Some(card) = seen.card { (card.legal_entity) " · " }
                @match zone(seen) {
                    Some(zone) => {
                        (words.text("local-time")) " " b { (shown(words.now, &zone, "%H:%M")) }
                        " (" (offset(words.now, &zone)) "), "
                    }
                    None => { (words.text("local-time-unknown")) ", " }
                }
                (network_time)
            }
        }
    }
}

/// Which tills sell, in words.
fn sellers(words: &Words<'_>, shop: &Shop) -> String {
    let all = shop.workplaces.len();
    let sell: Vec<&Place> = shop
        .workplaces
        .iter()
        .filter(|place| place.sells())
        .collect();
    let online = shop.workplaces.iter().any(|place| place.live.online);
    if shop
        .workplaces
        .iter()
        .all(|place| place.live.seen.is_none())
    {
        return words.text("sells-never");
    }
    if sell.is_empty() {
        return words.text(if online {
            "sells-closed"
        } else {
            "sells-unknown"
        });
    }
    if sell.len() == all {
        return words.count("sells-all", u64::try_from(all).unwrap_or(u64::MAX));
    }
    let tills: Vec<String> = sell
        .iter()
        .map(|place| place.id.till().number().to_string())
        .collect();
    words.of_two("sells-some", &tills.join(", "), &all.to_string())
}

fn figures(words: &Words<'_>, place: &Place) -> Markup {
    let till = place.id.till().number().to_string();
    let id = format!("till-{till}");
    let silent = place.is_silent();
    html! {
        section.till.stale[silent] #(id) data-part {
            header {
                h3 { (words.of("till", &till)) }
                span.muted { (place.id) }
                (chip(words, place.status))
                @if let Some(seen) = place.live.seen.filter(|_| silent) {
                    span.told { (words.of("values-as-of", &words.moment_text(seen))) }
                }
            }
            @if place.live.seen.is_none() { p.empty { (words.text("never-heard-next")) } }
            @else { div.figures { (link_figures(words, place)) (shop_figures(words, place)) } }
        }
    }
}

fn figure(name: &str, value: &str, more: &Markup) -> Markup {
    html! { div.figure { span.name { (name) } b { (value) } span.muted { (more) } } }
}

fn link_figures(words: &Words<'_>, place: &Place) -> Markup {
    let live = &place.live;
    let signal = live
        .seen
        .map(|at| words.of("ago", &words.since(at)))
        .unwrap_or_default();
    let when = match live.seen {
        Some(at) => words.moment(at),
        None => html! { (words.text("never-heard")) },
    };
    let backlog = place.backlog();
    let count = number(backlog);
    let told = if place.is_silent() {
        words.of("at-least", &count)
    } else {
        count
    };
    let oldest = match live.oldest_unsent {
        _ if backlog == 0 && place.is_silent() => html! { (words.text("backlog-unknown")) },
        _ if backlog == 0 => html! { (words.text("backlog-none")) },
        Some(at) => html! { (words.of("backlog-oldest", &words.since(at))) },
        None => html! { (words.text("backlog-untold")) },
    };
    html! {
        (figure(&words.text("fig-signal"), &signal, &when))
        (figure(&words.text("fig-backlog"), &told, &oldest))
        @if live.lacks_manifest() {
            (figure(&words.text("fig-manifest"), &words.text("manifest-waits"), &html! { (words.text("manifest-waits-more")) }))
        }
        @if live.documents < live.ordered {
            (figure(&words.text("fig-documents"), &words.text("documents-wait"), &html! { (words.text("documents-wait-more")) }))
        }
    }
}

fn shop_figures(words: &Words<'_>, place: &Place) -> Markup {
    let live = &place.live;
    let totals = &live.totals;
    let sold = totals.day.0 > 0;
    let receipts = if sold {
        number(totals.day_receipts)
    } else {
        DASH.to_owned()
    };
    let name = if sold {
        words.of("receipts-of", &day(totals.day))
    } else {
        words.text("receipts")
    };
    let sum = if sold {
        money(Money(totals.day_total_kop))
    } else {
        words.text("receipts-none")
    };
    let shift = words.text(if totals.shift_open {
        "shift-open"
    } else {
        "shift-closed"
    });
    let mark = format!("{} / {}", live.mark.epoch, number(live.mark.seq.0));
    let heard = !live.version.is_empty();
    let clock = if heard {
        words.of("age-seconds", &seconds(live.clock_offset_ms))
    } else {
        DASH.to_owned()
    };
    let version = if heard { live.version.as_str() } else { DASH };
    let since_start = html! { (words.text("not-told-yet")) };
    let clock_more = html! { (words.text("clock-against")) };
    html! {
        (figure(&name, &receipts, &html! { (sum) }))
        @if let Some(tags) = live.tags { (tag_figure(words, tags)) }
        (figure(&words.text("fig-watermark"), &mark, &html! { (words.text("watermark-more")) }))
        (figure(&words.text("fig-clock"), &clock, if heard { &clock_more } else { &since_start }))
        (figure(&words.text("fig-version"), version, &html! { (shift) }))
    }
}

fn tag_figure(words: &Words<'_>, tags: TagCount) -> Markup {
    let count = |count: u32| number(count.into());
    let more = words.of_two("tags-more", &count(tags.take_down), &count(tags.missing));
    figure(
        &words.text("fig-tags"),
        &count(tags.overdue),
        &html! { (more) },
    )
}

fn journal(words: &Words<'_>, seen: &Seen<'_>) -> Markup {
    html! {
        section.panel #journal data-part data-calm {
            header { h2 { (words.text("journal")) } span.muted { (words.text("journal-times")) } }
            @match seen.journal {
                Err(error) => {
                    div.failed role="alert" {
                        p { (words.text("journal-failed")) }
                        p.muted { code { (error) } }
                        a href={ "/stores/" (seen.shop.id) } { (words.text("retry")) }
                    }
                }
                Ok(rows) if rows.is_empty() => p.empty { (words.text("journal-empty")) }
                Ok(rows) => {
                    ol.journal { @for row in rows { (journal_row(words, row)) } }
                    footer { span.muted { (words.count("journal-shown", u64::try_from(rows.len()).unwrap_or(0))) } }
                }
            }
        }
    }
}

fn journal_row(words: &Words<'_>, row: &Row) -> Markup {
    let header = &row.entry.header;
    let at = header.wall.at;
    let zone = fixed(header.wall.offset).unwrap_or(TimeZone::UTC);
    let today = shown(at, &network(), "%d%m%y") == shown(words.now, &network(), "%d%m%y");
    let form = if today { "%H:%M:%S" } else { "%d.%m %H:%M" };
    let whole = format!(
        "{} · {} {}",
        words.of("network-time", &shown(at, &network(), "%d.%m.%Y %H:%M:%S")),
        shown(at, &zone, "%d.%m.%Y %H:%M:%S"),
        offset(at, &zone),
    );
    let place = format!("{} / {}", header.epoch, number(header.seq.0));
    html! {
        li title=(place) {
            time datetime=(iso(at)) title=(whole) { (shown(at, &network(), form)) }
            span.muted.local { (shown(at, &zone, "%H:%M")) }
            @match sentence::mark(&row.entry.fact) {
                Some(status) => (shape(status)),
                None => span.dot aria-hidden="true" {}
            }
            span.told { (sentence::of(words, &row.entry.fact)) @if row.held { " " span.chip.bad { (shape(Status::Bad)) (words.text("held")) } } }
            span.muted { (words.of("till", &row.workplace.till().number().to_string())) @if let Some(who) = &header.employee { " · " (who) } }
        }
    }
}

fn trouble(words: &Words<'_>, shop: &Shop) -> Markup {
    let alarms: Vec<_> = shop
        .workplaces
        .iter()
        .flat_map(|place| {
            place
                .live
                .alarms
                .iter()
                .map(move |(alarm, raised)| (place, alarm, raised))
        })
        .collect();
    html! {
        aside.panel #attention data-part data-calm {
            header { h2 { (words.text("attention")) } }
            @if alarms.is_empty() { p.empty { (words.text("store-no-alarms")) } }
            @for (place, alarm, raised) in alarms { (alerts_page::whole(words, place, *alarm, raised)) }
        }
    }
}

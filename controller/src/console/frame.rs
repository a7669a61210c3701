//! The frame of every page: navigation, header with live badge and clock, and small parts.

use maud::{DOCTYPE, Markup, html};

use super::visitor::{Theme, Visitor};
use super::words::{Words, amount, network, shown};
use crate::fleet::Status;
use storefleet_core::time::Timestamp;

/// The styles, embedded.
pub(super) const CSS: &str = include_str!("../../web/console.css");
/// The module, embedded.
pub(super) const SCRIPT: &str = include_str!("../../web/console.js");
/// The icon, embedded.
pub(super) const ICON: &str = include_str!("../../web/icon.svg");

/// Which entry of the navigation is the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Fleet,
    Alerts,
    Stores,
    Rollouts,
    Tails,
    Catalog,
    Prices,
    Promotions,
    Assortment,
    Import,
    Charge,
}

/// An entry of the navigation.
struct Entry {
    section: Section,
    href: &'static str,
    name: &'static str,
    icon: &'static str,
}

const fn entry(
    section: Section,
    href: &'static str,
    name: &'static str,
    icon: &'static str,
) -> Entry {
    Entry {
        section,
        href,
        name,
        icon,
    }
}

/// What the shops do.
const NETWORK: &[Entry] = &[
    entry(
        Section::Fleet,
        "/fleet",
        "nav-fleet",
        "M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z",
    ),
    entry(
        Section::Alerts,
        "/alerts",
        "nav-alerts",
        "M3 12h10l-1.5-2V7a3.5 3.5 0 0 0-7 0v3zM6.5 14h3",
    ),
    entry(
        Section::Rollouts,
        "/rollouts",
        "nav-rollouts",
        "M2 13h3v-3h3V7h3V4h3",
    ),
    entry(
        Section::Stores,
        "/fleet?view=list",
        "nav-stores",
        "M2 6l1-4h10l1 4M3 7v7h10V7M6.5 14v-4h3v4M2 6h12",
    ),
    entry(
        Section::Tails,
        "/tails",
        "nav-tails",
        "M8 2a6 6 0 1 0 6 6M8 5v3l2 2M14 2v4h-4",
    ),
];
/// What the office wants of them.
const OFFICE: &[Entry] = &[
    entry(
        Section::Catalog,
        "/catalog",
        "nav-catalog",
        "M2 2h6l6 6-6 6-6-6zM5 5h.01",
    ),
    entry(
        Section::Prices,
        "/prices",
        "nav-prices",
        "M5 14V3h4a3 3 0 0 1 0 6H3M3 12h6",
    ),
    entry(
        Section::Promotions,
        "/promotions",
        "nav-promotions",
        "M3 13L13 3M5 6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11 13a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z",
    ),
    entry(
        Section::Assortment,
        "/assortment",
        "nav-assortment",
        "M2 2h12v12H2zM2 6h12M2 10h12M6 2v12M10 2v12",
    ),
    entry(
        Section::Import,
        "/import",
        "nav-import",
        "M8 2v8M5 7l3 3 3-3M2 11v3h12v-3",
    ),
    entry(
        Section::Charge,
        "/charge",
        "nav-charge",
        "M3 2h10v12l-2-1.5L9.5 14 8 12.5 6.5 14 5 12.5 3 14zM5.5 5.5h5M5.5 8.5h5",
    ),
];

/// What stands around the content.
pub(super) struct Frame<'a> {
    pub(super) words: Words<'a>,
    pub(super) visitor: &'a Visitor,
    pub(super) section: Section,
    /// The page above this one, and its name.
    pub(super) above: Option<(&'a str, String)>,
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) alarms: usize,
}

/// The whole page, or only what changes while it is open.
pub(super) fn page(frame: &Frame<'_>, main: &Markup) -> Markup {
    if frame.visitor.part {
        return html! {
            (clock(&frame.words)) (count(frame.alarms)) (under_title(&frame.subtitle))
            (main_part(main))
        };
    }
    let Frame {
        words,
        visitor,
        title,
        ..
    } = frame;
    html! {
        (DOCTYPE)
        html lang=(words.catalogue.language().tag()) data-theme=[visitor.theme.attribute()] {
            (head(title))
            body {
                a.skip href="#main" { (words.text("skip-to-content")) }
                (navigation(frame))
                (header(frame))
                (main_part(main))
                div #tip hidden {}
                p #spoken.unseen role="status" {}
            }
        }
    }
}

/// What changes around a page that stays as it is.
pub(super) fn still(words: &Words<'_>, alarms: usize) -> Markup {
    html! { (clock(words)) (count(alarms)) (main_part(&html! {})) }
}

/// A page for somebody without access or an address that leads nowhere.
pub(super) fn bare(words: &Words<'_>, theme: Theme, title: &str, texts: &[String]) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.catalogue.language().tag()) data-theme=[theme.attribute()] {
            (head(title))
            body.bare {
                main #main {
                    div.brand { (logo()) "Storefleet" }
                    h1 { (title) }
                    @for text in texts { p { (text) } }
                }
            }
        }
    }
}

fn head(title: &str) -> Markup {
    let tag = version();
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (title) " · Storefleet" }
            link rel="icon" href={ "/web/icon.svg?v=" (tag) };
            link rel="stylesheet" href={ "/web/console.css?v=" (tag) };
            script type="module" src={ "/web/console.js?v=" (tag) } {}
        }
    }
}

/// Changes with the embedded files, so that browsers may keep them for ever.
fn version() -> String {
    let hash = storefleet_core::entry::hash([CSS, SCRIPT, ICON].concat().as_bytes());
    hash.to_string().chars().take(12).collect()
}

fn main_part(main: &Markup) -> Markup {
    html! { main #main tabindex="-1" { (main) } }
}

fn clock(words: &Words<'_>) -> Markup {
    let time = shown(words.now, &network(), "%H:%M");
    html! { span #clock data-part { (words.of("network-clock", &time)) } }
}

fn under_title(subtitle: &str) -> Markup {
    html! { span.muted #subtitle data-part { (subtitle) } }
}

fn count(alarms: usize) -> Markup {
    html! { span #alarm-count.count data-part { @if alarms > 0 { (amount(alarms)) } } }
}

fn navigation(frame: &Frame<'_>) -> Markup {
    let Frame {
        words,
        visitor,
        section,
        alarms,
        ..
    } = frame;
    let item = |entry: &Entry| {
        let current = (*section == entry.section).then_some("page");
        html! {
            a href=(entry.href) aria-current=[current] {
                (icon(entry.icon)) span { (words.text(entry.name)) }
                @if entry.section == Section::Alerts { (count(*alarms)) }
            }
        }
    };
    html! {
        nav.side aria-label=(words.text("nav-label")) {
            div.brand { (logo()) "Storefleet" }
            @for entry in NETWORK { (item(entry)) }
            hr;
            @for entry in OFFICE { (item(entry)) }
            div.choices {
                @if !visitor.person.is_empty() { p title=(words.text("person-hint")) { b { (visitor.person) } } }
                p { @for (tag, name) in [("ru", "Русский"), ("en", "English")] {
                    @if tag == words.catalogue.language().tag() { b lang=(tag) { (name) } }
                    @else { a href=(visitor.with("lang", tag)) lang=(tag) hreflang=(tag) { (name) } }
                } }
                p { @for theme in Theme::ALL {
                    @if theme == visitor.theme { b { (words.text(theme.key())) } }
                    @else { a href=(visitor.with("theme", theme.name())) { (words.text(theme.key())) } }
                } }
            }
        }
    }
}

fn header(frame: &Frame<'_>) -> Markup {
    let Frame {
        words,
        above,
        title,
        subtitle,
        ..
    } = frame;
    html! {
        header.top {
            @if let Some((href, name)) = above { a href=(href) { (name) } span.muted { "/" } }
            h1 { (title) }
            (under_title(subtitle))
            span.spring {}
            span #live data-state="still" data-since=(words.now.0)
                data-live=(words.text("live-on")) data-late=(words.text("live-late"))
                data-lost=(words.text("live-lost")) {
                (words.of("live-still", &shown(words.now, &network(), "%H:%M:%S")))
            }
            (clock(words))
        }
    }
}

fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 16 16" width="20" height="20" aria-hidden="true" {
            rect.l1 width="7" height="7" rx="2" {}
            rect.l2 x="9" width="7" height="7" rx="2" {}
            rect.l2 y="9" width="7" height="7" rx="2" {}
            rect.l3 x="9" y="9" width="7" height="7" rx="2" {}
        }
    }
}

fn icon(path: &str) -> Markup {
    html! {
        svg.icon viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" { path d=(path) {} }
    }
}

/// The shape of a status; the word stands beside it.
pub(super) fn shape(status: Status) -> Markup {
    let (path, filled) = match status {
        Status::Ok => ("M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z", true),
        Status::Warn => ("M8 2.5l6 11H2z", true),
        Status::Bad => ("M3.5 3.5l9 9m0-9l-9 9", false),
        Status::Off | Status::New => ("M3.5 3.5h9v9h-9z", false),
    };
    let dotted = (status == Status::New).then_some("2 2");
    html! {
        svg.shape.(class(status)) viewBox="0 0 16 16" width="12" height="12" aria-hidden="true" {
            @if filled { path d=(path) fill="currentColor" {} }
            @else { path d=(path) fill="none" stroke="currentColor" stroke-width="2.2" stroke-dasharray=[dotted] {} }
        }
    }
}

/// The class of a status.
pub(super) fn class(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Warn => "warn",
        Status::Off => "off",
        Status::Bad => "bad",
        Status::New => "new",
    }
}

/// Shape and word.
pub(super) fn chip(words: &Words<'_>, status: Status) -> Markup {
    html! { span.chip.(class(status)) { (shape(status)) (words.text(status.key())) } }
}

/// How bad an alarm makes its workplace.
pub(super) fn severity(alarm: storefleet_core::health::Alarm) -> Status {
    let live = crate::fleet::Live {
        seen: Some(Timestamp::default()),
        online: true,
        alarms: [(
            alarm,
            crate::fleet::Raised {
                since: Timestamp::default(),
                evidence: String::new(),
            },
        )]
        .into(),
        ..crate::fleet::Live::default()
    };
    live.status(Timestamp::default())
}

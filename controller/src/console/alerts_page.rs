//! Every alarm that stands: what, where, since when, what shows it, and what to do first.

use maud::{Markup, html};
use storefleet_core::health::Alarm;

use super::frame::{self, Frame, Section, severity, shape};
use super::snapshot::{Place, Snapshot};
use super::visitor::Visitor;
use super::words::{Words, amount};
use crate::fleet::Raised;

/// Rows of the page; the rest are counted.
const ROWS_MAX: usize = 200;
/// Characters of evidence in the narrow column.
const EVIDENCE_SHORT: usize = 90;

/// `/alerts`
pub(super) fn page(words: &Words<'_>, visitor: &Visitor, snapshot: &Snapshot) -> Markup {
    let wanted = visitor.query("code").and_then(Alarm::from_name);
    let mut alarms = snapshot.alarms();
    alarms.retain(|(_, alarm, _)| wanted.is_none_or(|wanted| *alarm == wanted));
    let frame = Frame {
        words: *words,
        visitor,
        section: Section::Alerts,
        above: None,
        title: words.text("nav-alerts"),
        subtitle: words.text("alerts-subtitle"),
        alarms: snapshot.alarm_count(),
    };
    let hidden = alarms.len().saturating_sub(ROWS_MAX);
    let main = html! {
        section.panel #alarms data-part data-calm {
            @if let Some(code) = wanted {
                header { h2 { (title(words, code)) } span.muted { (amount(alarms.len())) } a href="/alerts" { (words.text("filter-reset")) } }
            }
            @if alarms.is_empty() { p.empty { (words.text("alerts-none")) } }
            @for (place, alarm, raised) in alarms.into_iter().take(ROWS_MAX) {
                (whole(words, place, alarm, raised))
            }
            @if hidden > 0 { p.empty { (words.of("alerts-more", &amount(hidden))) } }
        }
    };
    frame::page(&frame, &main)
}

/// An alarm in words.
fn title(words: &Words<'_>, alarm: Alarm) -> String {
    match alarm {
        Alarm::Other(code) => words.of("alarm-unknown", &code.to_string()),
        Alarm::Clone
        | Alarm::Gap
        | Alarm::Damage
        | Alarm::Held
        | Alarm::Refused
        | Alarm::BehindCentre
        | Alarm::Quarantine
        | Alarm::Clock
        | Alarm::SerialConflict
        | Alarm::CouponTwice => words.text(&format!("alarm-{}", alarm.name())),
    }
}

/// Alarms of one code: one cause is one line.
pub(super) struct Group<'a> {
    alarm: Alarm,
    newest: (&'a Place, &'a Raised),
    members: usize,
}

/// Alarms by their code, in the order of the newest of each; the newest come first in `alarms`.
pub(super) fn groups<'a>(alarms: &[(&'a Place, Alarm, &'a Raised)]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (place, alarm, raised) in alarms {
        match groups.iter_mut().find(|group| group.alarm == *alarm) {
            Some(group) => group.members = group.members.saturating_add(1),
            None => groups.push(Group {
                alarm: *alarm,
                newest: (place, raised),
                members: 1,
            }),
        }
    }
    groups
}

/// A cause in the narrow column.
pub(super) fn brief(words: &Words<'_>, group: &Group<'_>) -> Markup {
    let Group {
        alarm,
        newest: (place, raised),
        members,
    } = group;
    let name = alarm.name();
    let (href, place_name) = if *members == 1 {
        (
            format!("/stores/{}", place.id.store()),
            place.id.to_string(),
        )
    } else {
        let count = u64::try_from(*members).unwrap_or(u64::MAX);
        (
            format!("/alerts?code={name}"),
            words.count("workplaces-shown", count),
        )
    };
    let mut evidence: String = raised.evidence.chars().take(EVIDENCE_SHORT).collect();
    if evidence.len() < raised.evidence.len() {
        evidence.push('…');
    }
    html! {
        a.alarm href=(href) {
            (shape(severity(*alarm)))
            div {
                b { (title(words, *alarm)) }
                p.muted { (place_name) " · " (words.since(raised.since)) }
                @if *members == 1 { p.evidence { (evidence) } }
            }
        }
    }
}

/// An alarm with all that is known and what to do first.
pub(super) fn whole(words: &Words<'_>, place: &Place, alarm: Alarm, raised: &Raised) -> Markup {
    html! {
        article.alarm {
            (shape(severity(alarm)))
            div {
                h3 { (title(words, alarm)) }
                p.muted {
                    a href={ "/stores/" (place.id.store()) } { (place.id) } " · "
                    (words.text("since")) " " (words.moment(raised.since)) " · " (words.since(raised.since))
                }
                p { (words.text(&format!("alarm-{}-next", alarm.name()))) }
                @if alarm == Alarm::Quarantine {
                    p { a href={ "/tails?store=" (place.id.store()) } { (words.text("tails-look")) } }
                }
                @if !raised.evidence.is_empty() {
                    p.evidence { span.muted { (words.text("evidence")) ": " } code { (raised.evidence) } }
                }
            }
        }
    }
}

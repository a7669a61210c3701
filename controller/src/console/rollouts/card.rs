//! One release: how far it is, its waves and gates, what the preview found, which shops are not there and why.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use maud::{Markup, html};
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::plan::{Next, Waiting};
use storefleet_core::time::Timestamp;

use super::deeds::forms;
use super::{bar, is_active, stage};
use crate::console::form::{Fault, Fields, summary};
use crate::console::frame::{Section, class, shape};
use crate::console::scene::{Page, PageError, Scene};
use crate::console::words::{Words, amount, number};
use crate::fleet::Status;
use crate::rollouts::view::{GateOut, HeldLayer, LateShop, LateState, ReleaseCard};

/// Layers that the page names.
const LAYERS_MAX: usize = 20;
/// Shops that the page names.
const LATE_MAX: usize = 50;

/// The page of a release, with what was wrong with the last form.
pub(super) fn page(scene: &Scene, release: &ReleaseId, fields: &Fields, faults: &[Fault]) -> Page {
    let words = scene.words();
    let card = scene.inner.rollouts.card(release)?;
    let card = card.ok_or(PageError::Missing)?;
    let (late, late_count) = scene.inner.rollouts.late(release)?;
    let main = html! {
        (summary(&words, faults))
        section.panel {
            p { (stage(&words, &card)) " "
                @if card.urgent { b { (words.text("release-urgent")) } " " }
                (words.of_two("release-by", &card.drafted_by, &card.why)) }
            @if let Some(because) = &card.because { p.note.warned { (shape(Status::Warn)) (because) } }
            @for over in others(&card.under) { p.note.warned { (shape(Status::Warn)) (words.of("release-under", over)) } }
            @for fix in others(&card.fixes) { p.note { (words.of("release-fixed", fix)) } }
            @if let Some(step) = &card.step { p { b { (next(&words, step)) } } }
            @if is_active(&card) { p { (bar(&words, &card)) } }
            @if card.waves.iter().any(|wave| wave.released_ms.is_some()) {
                p { a href={ "/rollouts/" (card.release) "/receipts" } { (words.text("touched-link")) } }
            }
        }
        @if !card.waves.is_empty() { (waves(&words, &card)) }
        @if !card.gates.is_empty() { (gates(&words, &card.gates)) }
        (findings(&words, &card))
        (forms(scene, &words, &card, fields, faults)?)
        @if late_count > 0 { (late_shops(&words, &late, late_count)) }
        (carried(&words, &card))
    };
    let above = Some(("/rollouts", words.text("nav-rollouts")));
    let title = format!("{} {}", card.release, card.title);
    let mut page = scene.page(Section::Rollouts, above, title, String::new(), &main);
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// The other releases, each once.
fn others(layers: &[HeldLayer]) -> BTreeSet<&str> {
    layers.iter().map(|it| it.release.as_str()).collect()
}

fn next(words: &Words<'_>, next: &Next) -> String {
    match next {
        Next::Release(wave) => words.of("release-next-wave", &wave.to_string()),
        Next::Pause { gate, .. } => {
            words.of("release-next-pause", &words.text(&format!("gate-{gate}")))
        }
        Next::Finish => words.text("release-next-finish"),
        Next::Wait(Waiting::Bake(until)) => {
            words.of("release-waits-bake", &words.moment_text(*until))
        }
        Next::Wait(Waiting::Freeze(name)) => words.of("release-waits-freeze", name),
        Next::Wait(Waiting::Shops) => words.text("release-waits-shops"),
        Next::Wait(Waiting::Person(gate)) => {
            words.of("release-waits-person", &words.text(&format!("gate-{gate}")))
        }
        Next::Wait(Waiting::Resume) => words.text("release-waits-resume"),
        Next::Wait(Waiting::Start) => words.text("release-waits-start"),
    }
}

fn waves(words: &Words<'_>, card: &ReleaseCard) -> Markup {
    html! {
        section.waves {
            @for (number_of, wave) in (1_usize..).zip(&card.waves) {
                @let is_out = wave.released_ms.is_some();
                @let status = if !is_out { Status::Off } else if wave.done >= wave.size { Status::Ok } else { Status::New };
                div.panel {
                    h2 { (words.of("release-wave-number", &amount(number_of))) }
                    span.chip.(class(status)) { (shape(status))
                        @if is_out { (words.text("release-wave-out")) } @else { (words.text("release-wave-waits")) } }
                    p { (words.of_two("release-of", &number(wave.done), &number(wave.size))) }
                    @if let Some(at) = wave.released_ms { p.muted { (words.moment(Timestamp(at))) } }
                }
            }
        }
    }
}

fn gates(words: &Words<'_>, gates: &[GateOut]) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("release-gates")) } }
            div.scroll { table {
                thead { tr {
                    th scope="col" { (words.text("release-gate")) }
                    th.num scope="col" { (words.text("release-value")) }
                    th.num scope="col" { (words.text("release-limit")) }
                    th scope="col" { (words.text("release-state")) }
                } }
                tbody { @for gate in gates { tr {
                    th scope="row" { (words.text(&format!("gate-{}", gate.gate))) }
                    td.num { (measured(gate, gate.value)) }
                    td.num { (measured(gate, gate.limit)) }
                    td { (verdict(words, gate)) }
                } } }
            } }
        }
    }
}

/// Sales fall by thousandths; everything else is counted in shops.
fn measured(gate: &GateOut, value: u64) -> String {
    match gate.gate {
        "sales" => format!("{},{} %", value / 10, value % 10),
        _ => number(value),
    }
}

fn verdict(words: &Words<'_>, gate: &GateOut) -> Markup {
    let status = match gate.verdict {
        "green" => Status::Ok,
        "red" => Status::Bad,
        _ => Status::Warn,
    };
    html! {
        span.chip.(class(status)) { (shape(status)) (words.text(&format!("gate-is-{}", gate.verdict))) }
        @if gate.accepted { " " (words.text("gate-accepted")) }
    }
}

fn findings(words: &Words<'_>, card: &ReleaseCard) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("release-findings")) } }
            @if card.findings.is_empty() { p.empty { (words.text("release-findings-none")) } }
            @for finding in &card.findings {
                @let status = if finding.holds && finding.confirmed_by.is_none() { Status::Bad } else { Status::Warn };
                details open[finding.holds] {
                    summary {
                        (shape(status)) " " b { (words.text(&format!("check-{}", finding.check))) } " "
                        (words.count("release-rows", finding.count)) " "
                        @if let Some(by) = &finding.confirmed_by { (words.of("release-confirmed", by)) }
                        @else if finding.holds { (words.text("release-holds")) }
                    }
                    div.scroll { table { tbody { @for [key, old, new] in &finding.examples { tr {
                        th scope="row" { code { (key) } } td { s { (old) } } td { "→ " (new) }
                    } } } } }
                }
            }
        }
    }
}

fn late_shops(words: &Words<'_>, late: &[LateShop], count: usize) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("release-late")) } span.muted { (amount(count)) } }
            div.scroll { table {
                thead { tr {
                    th scope="col" { (words.text("release-store")) }
                    th.num scope="col" { (words.text("release-wave")) }
                    th scope="col" { (words.text("release-why-late")) }
                    th scope="col" { (words.text("release-when")) }
                } }
                tbody { @for shop in late.iter().take(LATE_MAX) { tr {
                    th scope="row" { a href={ "/stores/" (shop.store) } { (shop.store) } }
                    td.num { (shop.wave) }
                    td { (words.text(late_key(shop.state))) @if !shop.detail.is_empty() { " " code { (shop.detail) } } }
                    td { @if let Some(at) = shop.since_ms { (words.moment(Timestamp(at))) } }
                } } }
            } }
            @if count > LATE_MAX { footer { span.muted { (words.of("release-more", &amount(count))) } } }
        }
    }
}

fn late_key(state: LateState) -> &'static str {
    match state {
        LateState::Refused => "late-refused",
        LateState::Fetching => "late-fetching",
        LateState::Silent => "late-silent",
        LateState::Turn => "late-turn",
        LateState::Waiting => "late-waiting",
    }
}

/// What the release brings, and who agreed.
fn carried(words: &Words<'_>, card: &ReleaseCard) -> Markup {
    html! {
        section.panel {
            header { h2 { (words.text("release-brings")) } span.muted { (amount(card.layers.len())) } }
            p { @for layer in card.layers.iter().take(LAYERS_MAX) { code { (layer) } " " }
                @if card.layers.len() > LAYERS_MAX { "…" } }
            @for approval in &card.approvals {
                p { (words.of_two("release-approved", &approval.by, &number(approval.reach))) " " span.muted { (approval.why) } }
            }
        }
    }
}

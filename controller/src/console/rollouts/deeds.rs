//! What may be done with a release now: a form each, with its reach and a reason.

use maud::{Markup, html};
use storefleet_core::rollout::Act;
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::window::Window;

use super::{card, signed};
use crate::console::form::{Fault, Fields, field, reason, text};
use crate::console::scene::{Page, PageError, Scene};
use crate::console::words::Words;
use crate::master::MasterError;
use crate::rollouts::sentences::told;
use crate::rollouts::view::ReleaseCard;

/// Above so many shops their number must be typed.
const TYPED_ABOVE: u64 = 50;
const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: u32 = 1_440;

/// A deed as its form shows it.
struct Deed<'c> {
    /// The last part of its address.
    name: &'static str,
    /// Shops it touches; named on the button.
    reach: u64,
    /// Fields that the form carries along.
    carries: Vec<(&'static str, &'c str)>,
    /// What it is about, beside its name.
    about: Option<String>,
    /// The button stands out.
    primary: bool,
}

fn deed(name: &'static str, reach: u64) -> Deed<'static> {
    Deed {
        name,
        reach,
        carries: Vec::new(),
        about: None,
        primary: false,
    }
}

/// The forms of what may be done at this stage.
pub(super) fn forms(
    scene: &Scene,
    words: &Words<'_>,
    card: &ReleaseCard,
    fields: &Fields,
    faults: &[Fault],
) -> Result<Markup, PageError> {
    let deeds = possible(scene, words, card)?;
    let opened = fields.get("deed");
    Ok(html! {
        @if !deeds.is_empty() { section.panel.deeds {
            header { h2 { (words.text("release-deeds")) } }
            @for deed in &deeds {
                @let about = deed.carries.first().map_or("", |(_, value)| value);
                @let is_open = opened == deed.name && fields.get("about") == about;
                @let (own, wrong) = if is_open { (fields.clone(), faults) } else { (Fields::default(), &[][..]) };
                details open[is_open] {
                    summary { b { (words.text(&format!("release-do-{}", deed.name))) }
                        @if let Some(about) = &deed.about { ": " (about) } }
                    form.stacked method="post" action={ "/rollouts/" (card.release) "/" (deed.name) } {
                        p.muted { (words.text(&format!("release-do-{}-hint", deed.name))) }
                        input type="hidden" name="deed" value=(deed.name);
                        input type="hidden" name="about" value=(about);
                        @for (name, value) in &deed.carries { input type="hidden" name=(name) value=(value); }
                        @if deed.name == "start" { (start_fields(words, &own, wrong)) }
                        (reason(words, &own, wrong))
                        @if deed.reach > TYPED_ABOVE {
                            p.muted { (words.of("publish-type", &deed.reach.to_string())) }
                            (field(words, "typed", "publish-typed", wrong, &text("typed", own.get("typed"), "text", "")))
                        }
                        p.bar { button.primary[deed.primary] {
                            (words.text(&format!("release-do-{}", deed.name)))
                            @if deed.reach > 0 { " · " (words.count("release-shops", deed.reach)) }
                        } }
                    }
                }
            }
        } }
    })
}

fn start_fields(words: &Words<'_>, fields: &Fields, faults: &[Fault]) -> Markup {
    let or = |name: &str, usual: &'static str| match fields.get(name) {
        "" => usual.to_owned(),
        given => given.to_owned(),
    };
    html! {
        (field(words, "bake", "release-bake", faults, &text("bake", &or("bake", "1440"), "number", "")))
        (field(words, "opens", "release-opens", faults, &text("opens", &or("opens", "02:00"), "time", "")))
        (field(words, "closes", "release-closes", faults, &text("closes", &or("closes", "05:00"), "time", "")))
    }
}

fn possible<'c>(
    scene: &Scene,
    words: &Words<'_>,
    card: &'c ReleaseCard,
) -> Result<Vec<Deed<'c>>, PageError> {
    let counts = &card.counts;
    let has = counts.done.saturating_add(counts.at_work);
    let any_out = card.waves.iter().any(|wave| wave.released_ms.is_some());
    let mut deeds = match card.stage {
        "drafted" | "previewed" => {
            let held = card.findings.iter();
            let held = held.filter(|finding| finding.holds && finding.confirmed_by.is_none());
            let mut deeds: Vec<Deed<'c>> = held
                .map(|finding| Deed {
                    carries: vec![("check", finding.check.as_str())],
                    about: Some(words.text(&format!("check-{}", finding.check))),
                    ..deed("confirm", 0)
                })
                .collect();
            let reach = reach(scene, card)?;
            if deeds.is_empty() {
                deeds.push(deed("approve", reach));
                deeds.push(Deed {
                    primary: true,
                    ..deed("start", reach)
                });
            }
            deeds.push(deed("cancel", 0));
            deeds
        }
        "running" => {
            let stuck = card.gates.iter();
            let stuck = stuck.filter(|gate| gate.verdict != "green" && !gate.accepted);
            let accepts = stuck.filter(|gate| gate.gate != "convergence");
            let accepts = accepts.map(|gate| Deed {
                carries: vec![("gate", gate.gate)],
                about: Some(words.text(&format!("gate-{}", gate.gate))),
                ..deed("accept", 0)
            });
            let ends = match any_out {
                true => deed("roll-back", has),
                false => deed("cancel", 0),
            };
            accepts.chain([deed("pause", 0), ends]).collect()
        }
        "paused" => {
            let red = card.gates.iter().filter(|gate| gate.verdict == "red");
            let accepts = red.filter(|gate| !gate.accepted).map(|gate| Deed {
                carries: vec![("gate", gate.gate)],
                about: Some(words.text(&format!("gate-{}", gate.gate))),
                ..deed("accept", 0)
            });
            let goes_on = [deed("resume", 0), deed("roll-back", has)];
            accepts.chain(goes_on).collect()
        }
        "done" => {
            let shops = u64::try_from(card.shops).unwrap_or(u64::MAX);
            vec![deed("roll-back", shops)]
        }
        _ => Vec::new(),
    };
    // What a release on its way was moved onto stays under it.
    if !card.under.is_empty() && !matches!(card.stage, "drafted" | "previewed") {
        deeds.retain(|deed| !matches!(deed.name, "roll-back" | "cancel"));
    }
    Ok(deeds)
}

fn reach(scene: &Scene, card: &ReleaseCard) -> Result<u64, PageError> {
    let release = ReleaseId::from(card.release.as_str());
    let targets = scene.inner.rollouts.targets(&release)?;
    Ok(u64::try_from(targets.len()).unwrap_or(u64::MAX))
}

/// Does what a form asks for, or shows the release again with what is wrong.
pub(super) fn act(scene: &Scene, release: &ReleaseId, name: &str, fields: &Fields) -> Page {
    let outcome = scene.act(fields, || {
        let card = scene.inner.rollouts.card(release)?;
        let card = card.ok_or(PageError::Missing)?;
        let words = scene.words();
        let deeds = possible(scene, &words, &card)?;
        let known = deeds.iter().find(|deed| deed.name == name);
        let reach = known.map_or(0, |deed| deed.reach);
        if reach > TYPED_ABOVE && fields.get("typed") != reach.to_string() {
            return Err(PageError::Wrong(vec![Fault::new("typed", "fault-typed")]));
        }
        let actor = scene.person.actor();
        let by = signed(&actor, fields)?;
        let rollouts = &scene.inner.rollouts;
        let done = match name {
            "start" => rollouts.start(release, settings(fields)?, by),
            _ => rollouts.act(release, act_of(name, fields, &card, reach)?, by),
        };
        done.map_err(|error| in_words(scene, error))?;
        Ok(format!("/rollouts/{release}"))
    });
    match outcome {
        Err(PageError::Wrong(faults)) => card::page(scene, release, fields, &faults),
        other => other,
    }
}

/// A refusal is shown above the form.
pub(super) fn in_words(scene: &Scene, error: MasterError) -> PageError {
    match told(&error, scene.words().catalogue) {
        Some(told) => PageError::Wrong(vec![Fault::new("", told)]),
        None => error.into(),
    }
}

fn act_of(name: &str, fields: &Fields, card: &ReleaseCard, reach: u64) -> Result<Act, PageError> {
    Ok(match name {
        "confirm" => Act::Confirm {
            check: fields.get("check").to_owned(),
        },
        "approve" => Act::Approve { reach },
        "pause" => Act::Pause,
        "resume" => Act::Resume,
        "roll-back" => Act::RollBack,
        "cancel" => Act::Cancel,
        "accept" => {
            let gate = fields.get("gate");
            let red = card.gates.iter().find(|known| known.gate == gate);
            let red = red.filter(|known| known.verdict == "red");
            Act::AcceptGate {
                gate: gate.to_owned(),
                red_up_to: red.map(|known| known.value),
            }
        }
        _ => return Err(PageError::Missing),
    })
}

fn settings(fields: &Fields) -> Result<Settings, PageError> {
    let wrong = |field: &str| PageError::Wrong(vec![Fault::new(field, "fault-field")]);
    let bake: u32 = fields.get("bake").parse().map_err(|_| wrong("bake"))?;
    if bake > DAY_MINUTES.saturating_mul(14) {
        return Err(wrong("bake"));
    }
    let minute = |name: &str| -> Result<u16, PageError> {
        let read = fields.get(name).split_once(':').and_then(|(hour, minute)| {
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            let fits = hour < 24 && minute < 60;
            fits.then(|| hour.saturating_mul(60).saturating_add(minute))
        });
        read.ok_or_else(|| wrong(name))
    };
    Ok(Settings {
        bake_ms: i64::from(bake).saturating_mul(MINUTE_MS),
        window: Window {
            opens: minute("opens")?,
            closes: minute("closes")?,
        },
        ..Settings::default()
    })
}

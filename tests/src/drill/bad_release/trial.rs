//! One release on its way: preview, approval, and the planner over simulated shops in virtual time.

use storefleet_core::master::change::RowChange;
use storefleet_core::rollout::fact::{Draft, LayerChange, ReleaseKind};
use storefleet_core::rollout::names::{ReleaseId, WaveNumber};
use storefleet_core::rollout::plan::plan;
use storefleet_core::rollout::preview::{Severity, Standing, preview};
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::{Act, Actor, Command, Right, RolloutState, Stage, decide};
use storefleet_core::time::Timestamp;

use super::catalogue::today;
use super::shops::Shops;

const HOUR_MS: i64 = 3_600_000;
/// The planner is asked every so many hours.
const PLAN_HOURS: i64 = 2;
/// A release that is not through by then is held by something.
const HOURS_MAX: i64 = 60 * 24;

/// What became of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The preview held it: the names of the checks.
    HeldAtPreview(Vec<String>),
    /// A gate paused it, or could never tell.
    Held {
        /// The wave that was out.
        wave: WaveNumber,
        /// The plan as it was read then.
        text: String,
        /// Hours since the start.
        hours: i64,
    },
    /// Every shop has it.
    Done {
        /// Hours since the start.
        hours: i64,
    },
}

/// Tries a release; `effect` is what it does to sales, in thousandths.
pub(super) fn trial(seed: u64, rows: &[RowChange], standing: &Standing, effect: i64) -> Outcome {
    let findings = preview(rows, standing, today());
    let held = findings
        .iter()
        .filter(|found| found.severity == Severity::Hold);
    let held: Vec<String> = held.map(|found| found.check.clone()).collect();
    if !held.is_empty() {
        return Outcome::HeldAtPreview(held);
    }
    let start = Timestamp(i64::from(today().0) * 24 * HOUR_MS + 10 * HOUR_MS);
    let mut shops = Shops::new(seed, start);
    shops.with_release = effect;
    let release: ReleaseId = format!("release-{seed}").into();
    let mut state = RolloutState::default();
    let stores = shops.targets();
    let draft = Draft {
        title: format!("Release {seed}"),
        kind: ReleaseKind::Data,
        layers: vec![LayerChange {
            layer: "prices/network/*".into(),
            from: 1,
            to: 2,
        }],
        urgent: false,
        under: Vec::new(),
    };
    let reach = stores.len() as u64;
    let settings = Settings::default();
    for act in [
        Act::Draft(draft),
        Act::Preview(findings),
        Act::Approve { reach },
        Act::Start { stores, settings },
    ] {
        carry_out(&mut state, person(&release, act), start);
    }
    for hours in 1..=HOURS_MAX {
        let now = start.plus_ms(hours * HOUR_MS);
        shops.hour(&state, &release, now);
        if hours % PLAN_HOURS != 0 {
            continue;
        }
        let planned = plan(&state, &shops.observations, now);
        let wave = state.rollouts[&release].wave();
        for command in planned.commands() {
            carry_out(&mut state, command, now);
        }
        let rollout = &state.rollouts[&release];
        if rollout.wave() != wave {
            shops.new_window();
        }
        match rollout.stage {
            Stage::Done => return Outcome::Done { hours },
            Stage::Paused(_) => {
                return Outcome::Held {
                    wave: rollout.wave(),
                    text: planned.text(),
                    hours,
                };
            }
            _ => {}
        }
    }
    let text = plan(
        &state,
        &shops.observations,
        start.plus_ms(HOURS_MAX * HOUR_MS),
    )
    .text();
    let wave = state.rollouts[&release].wave();
    Outcome::Held {
        wave,
        text,
        hours: HOURS_MAX,
    }
}

fn person(release: &ReleaseId, act: Act) -> Command {
    // The preview is the centre's own.
    let by = match act {
        Act::Preview(_) => Actor::Centre,
        _ => Actor::Person {
            name: "buyer".into(),
            may: Right::Approve,
            reason: "a trial".to_owned(),
        },
    };
    Command::Step {
        by,
        release: release.clone(),
        act,
    }
}

fn carry_out(state: &mut RolloutState, command: Command, now: Timestamp) {
    let facts = decide(state, command, now).expect("the commands of a trial are allowed");
    facts.iter().for_each(|fact| state.apply(fact));
}

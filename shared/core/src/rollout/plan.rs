//! What happens next to each rollout, and why: a pure reading of the state, the shops and the time.

use super::command::{Act, Command};
use super::gate::{CONVERGENCE, GATES, Reading, Standing, Verdict, WaveView};
use super::names::{ReleaseId, WaveNumber};
use super::observe::Observations;
use super::state::{Rollout, RolloutState, Stage};
use crate::time::Timestamp;

mod text;

/// A gate of the wave that is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateLine {
    /// Its name.
    pub gate: &'static str,
    /// What it measured.
    pub reading: Reading,
    /// A person took it upon themselves.
    pub accepted: bool,
}

impl GateLine {
    /// Whether the next wave may pass it.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.accepted || self.reading.verdict == Verdict::Green
    }
}

/// The wave that is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveLine {
    /// Its number.
    pub wave: WaveNumber,
    /// When it was released.
    pub released: Timestamp,
    /// Its shops, with those that came back.
    pub size: usize,
    /// Shops by how they stand.
    pub standing: [(Standing, u64); 4],
    /// Its gates.
    pub gates: Vec<GateLine>,
    /// When it has been watched long enough.
    pub baked: Timestamp,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// The end of the bake time.
    Bake(Timestamp),
    /// The end of a freeze, by its name.
    Freeze(String),
    /// Shops that are not there yet.
    Shops,
    /// A person, for a gate that cannot tell.
    Person(&'static str),
    /// A person, to resume or to end it.
    Resume,
    /// A person, to approve or to start it.
    Start,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The wave goes.
    Release(WaveNumber),
    /// It stops.
    Pause {
        /// At this gate.
        gate: &'static str,
        /// For this reason.
        reason: String,
    },
    /// It is done.
    Finish,
    /// Nothing yet.
    Wait(Waiting),
}

/// One rollout that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutPlan {
    /// The release.
    pub release: ReleaseId,
    /// Its name for people.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// How many waves there are.
    pub waves: WaveNumber,
    /// The wave that is out.
    pub out: Option<WaveLine>,
    /// What happens next.
    pub next: Next,
}

/// The plan of all rollouts that have not ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// By release.
    pub rollouts: Vec<RolloutPlan>,
}

/// Plans. The same state, shops and time give the same plan.
#[must_use]
pub fn plan(state: &RolloutState, observations: &Observations, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for (release, rollout) in &state.rollouts {
        let next = |out: Option<&WaveLine>| next(state, rollout, out, now);
        let out = match &rollout.stage {
            Stage::Running | Stage::Paused(_) => {
                WaveView::of(release, rollout, observations, now).map(|view| wave(rollout, &view))
            }
            Stage::Drafted | Stage::Previewed => None,
            Stage::Done | Stage::RolledBack(_) | Stage::Cancelled(_) => continue,
        };
        plan.rollouts.push(RolloutPlan {
            release: release.clone(),
            title: rollout.draft.title.clone(),
            stage: rollout.stage.clone(),
            waves: rollout.waves(),
            next: next(out.as_ref()),
            out,
        });
    }
    plan
}

fn wave(rollout: &Rollout, view: &WaveView<'_>) -> WaveLine {
    let gates = GATES.iter().map(|gate| {
        let reading = (gate.judge)(view);
        GateLine {
            gate: gate.name,
            accepted: is_accepted(rollout, view.wave, gate.name, &reading),
            reading,
        }
    });
    let watched_from = rollout
        .resumed
        .map_or(view.last_slot, |resumed| view.last_slot.max(resumed));
    let standings = [
        Standing::Done,
        Standing::Failed,
        Standing::Silent,
        Standing::AtWork,
    ];
    WaveLine {
        wave: view.wave,
        released: view.released,
        size: view.members.len(),
        standing: standings.map(|standing| (standing, view.standing(standing))),
        gates: gates.collect(),
        baked: watched_from.plus_ms(view.settings.bake_ms),
    }
}

/// What was accepted as unknown may still turn red, and what was accepted as red may not get worse.
fn is_accepted(rollout: &Rollout, wave: WaveNumber, gate: &str, reading: &Reading) -> bool {
    rollout.accepted.iter().any(|accepted| {
        let fits = match (&reading.verdict, accepted.red_up_to) {
            (Verdict::Green | Verdict::Unknown(_), _) => true,
            (Verdict::Red(_), Some(most)) => reading.value <= most,
            (Verdict::Red(_), None) => false,
        };
        accepted.wave == wave && accepted.gate == gate && fits
    })
}

fn next(state: &RolloutState, rollout: &Rollout, out: Option<&WaveLine>, now: Timestamp) -> Next {
    match rollout.stage {
        Stage::Running => {}
        Stage::Paused(_) => return Next::Wait(Waiting::Resume),
        Stage::Drafted
        | Stage::Previewed
        | Stage::Done
        | Stage::RolledBack(_)
        | Stage::Cancelled(_) => return Next::Wait(Waiting::Start),
    }
    if let Some(out) = out {
        if let Some(stop) = held_at(out, now) {
            return stop;
        }
        if out.wave >= rollout.waves() {
            return Next::Finish;
        }
    }
    match state.rules.freeze(now) {
        Some(freeze) if !rollout.draft.urgent => Next::Wait(Waiting::Freeze(format!(
            "{} until {}",
            freeze.name, freeze.to
        ))),
        Some(_) | None => Next::Release(rollout.wave().next()),
    }
}

/// What keeps the next wave back: a red gate at once, anything else when the wave has baked.
fn held_at(out: &WaveLine, now: Timestamp) -> Option<Next> {
    let held: Vec<&GateLine> = out.gates.iter().filter(|line| !line.passes()).collect();
    for line in &held {
        if let Verdict::Red(reason) = &line.reading.verdict {
            return Some(Next::Pause {
                gate: line.gate,
                reason: reason.clone(),
            });
        }
    }
    if now < out.baked {
        return Some(Next::Wait(Waiting::Bake(out.baked)));
    }
    let waits_for_shops = held.iter().any(|line| line.gate == CONVERGENCE);
    if waits_for_shops {
        return Some(Next::Wait(Waiting::Shops));
    }
    held.first()
        .map(|line| Next::Wait(Waiting::Person(line.gate)))
}

impl Plan {
    /// The commands of the centre that carry it out.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        let acts = self.rollouts.iter().filter_map(|rollout| {
            let act = match &rollout.next {
                Next::Release(wave) => Act::ReleaseWave(*wave),
                Next::Pause { gate, reason } => Act::PauseAtGate {
                    gate: (*gate).to_owned(),
                    reason: reason.clone(),
                },
                Next::Finish => Act::Finish,
                Next::Wait(_) => return None,
            };
            Some(Command::of_centre(&rollout.release, act))
        });
        acts.collect()
    }

    /// When something changes by time alone; shops may change it earlier.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let waits = self
            .rollouts
            .iter()
            .filter_map(|rollout| match rollout.next {
                Next::Wait(Waiting::Bake(until)) => Some(until),
                Next::Wait(
                    Waiting::Freeze(_)
                    | Waiting::Shops
                    | Waiting::Person(_)
                    | Waiting::Resume
                    | Waiting::Start,
                )
                | Next::Release(_)
                | Next::Pause { .. }
                | Next::Finish => None,
            });
        waits.min()
    }
}

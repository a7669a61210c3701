//! What may happen to a rollout now: a command becomes facts, nothing when it was done already, or a refusal.

use std::collections::BTreeSet;

use super::command::{Act, Actor, Command, Right};
use super::fact::{
    Accepted, Deed, Draft, LayerChange, PART_LAYERS_MAX, PART_MEMBERS_MAX, PauseCause, ReleaseKind,
    RolloutFact, Started, Step, Underlay,
};
use super::gate::GATES;
use super::names::{ReleaseId, WaveNumber};
use super::preview::Finding;
use super::refusal::Refusal;
use super::settings::Settings;
use super::share::count;
use super::state::{Rollout, RolloutState, Stage};
use super::target::Target;
use super::waves;
use crate::time::Timestamp;

/// Steps, or nothing where the command changes nothing.
type Steps = Result<Vec<Step>, Refusal>;

/// Decides a command on the applied state.
///
/// # Errors
/// The refusal that the person is shown.
pub fn decide(
    state: &RolloutState,
    command: Command,
    now: Timestamp,
) -> Result<Vec<RolloutFact>, Refusal> {
    match command {
        Command::SetRules { by, rules } => {
            let deed = deed_of(by, Some(Right::Rule))?.ok_or(Refusal::PersonOnly)?;
            let changed = (rules != state.rules).then_some(RolloutFact::RulesSet(rules, deed));
            Ok(changed.into_iter().collect())
        }
        Command::Step { by, release, act } => {
            let deed = deed_of(by, act.right())?;
            let steps = step(state, &release, act, deed, now)?;
            let stepped = |step| RolloutFact::Stepped {
                release: release.clone(),
                at: now,
                step: Box::new(step),
            };
            Ok(steps.into_iter().map(stepped).collect())
        }
    }
}

/// The deed of a person; nothing for the centre, which needs no reason.
fn deed_of(by: Actor, needed: Option<Right>) -> Result<Option<Deed>, Refusal> {
    match (by, needed) {
        (Actor::Centre, None) => Ok(None),
        (Actor::Centre, Some(_)) => Err(Refusal::PersonOnly),
        (Actor::Person { .. }, None) => Err(Refusal::PlannerOnly),
        (Actor::Person { may, .. }, Some(right)) if may < right => Err(Refusal::Right(right)),
        (Actor::Person { reason, .. }, Some(_)) if reason.trim().is_empty() => {
            Err(Refusal::ReasonMissing)
        }
        (Actor::Person { name, reason, .. }, Some(_)) => Ok(Some(Deed { by: name, reason })),
    }
}

fn step(
    state: &RolloutState,
    release: &ReleaseId,
    act: Act,
    deed: Option<Deed>,
    now: Timestamp,
) -> Steps {
    let person = || deed.ok_or(Refusal::PersonOnly);
    if let Act::Draft(draft) = act {
        return drafted(state, release, draft, person()?);
    }
    let rollout = state
        .rollouts
        .get(release)
        .ok_or_else(|| Refusal::UnknownRelease(release.clone()))?;
    match act {
        Act::Draft(_) => Ok(vec![]),
        Act::Preview(findings) => rollout.preview(findings),
        Act::Confirm { check } => rollout.confirm(check, person()?),
        Act::Approve { reach } => rollout.approve(state, reach, person()?),
        Act::Start { stores, settings } => {
            rollout.start(state, release, &stores, settings, person()?, now)
        }
        Act::ReleaseWave(wave) => rollout.release_wave(state, wave, now),
        Act::PauseAtGate { gate, reason } => rollout.pause(PauseCause::Gate { gate, reason }),
        Act::Pause => rollout.pause(PauseCause::Person(person()?)),
        Act::AcceptGate { gate, red_up_to } => rollout.accept(gate, red_up_to, person()?),
        Act::Resume => rollout.resume(person()?),
        Act::RollBack => rollout.roll_back(state, person()?),
        Act::Cancel => rollout.cancel(person()?),
        Act::Finish => rollout.finish(),
    }
}

fn drafted(state: &RolloutState, release: &ReleaseId, draft: Draft, deed: Deed) -> Steps {
    if let Some(known) = state.rollouts.get(release) {
        return match known.draft == draft {
            true => Ok(vec![]),
            false => Err(Refusal::NameTaken(release.clone())),
        };
    }
    let layers: BTreeSet<_> = draft.layers.iter().map(|change| &change.layer).collect();
    let changes = |change: &LayerChange| change.from != change.to && change.to != 0;
    let is_sound = !layers.is_empty()
        && layers.len() == draft.layers.len()
        && draft.layers.iter().all(changes)
        && draft.under.iter().all(|it| layers.contains(&it.layer));
    if !is_sound {
        return Err(Refusal::Layers);
    }
    if !draft.under.is_empty() && !draft.urgent {
        return Err(Refusal::UnderNeedsUrgent);
    }
    if draft.urgent && draft.kind != ReleaseKind::Data {
        return Err(Refusal::UrgentAgent);
    }
    let mut draft = draft;
    let rest = draft
        .layers
        .split_off(PART_LAYERS_MAX.min(draft.layers.len()));
    let under = std::mem::take(&mut draft.under);
    let parts = rest.chunks(PART_LAYERS_MAX);
    let mut steps: Vec<_> = parts.map(|part| Step::Layers(part.to_vec())).collect();
    let parts = under.chunks(PART_LAYERS_MAX);
    steps.extend(parts.map(|part| Step::Under(part.to_vec())));
    steps.insert(0, Step::Drafted(draft, deed));
    Ok(steps)
}

/// Nobody holds the layer, and it is where the release begins.
fn check_free(state: &RolloutState, change: &LayerChange) -> Result<(), Refusal> {
    let layer = &change.layer;
    if let Some((release, other)) = state.holder(layer) {
        return Err(Refusal::Crossing {
            release: release.clone(),
            title: other.draft.title.clone(),
            layer: layer.clone(),
        });
    }
    let has = state.versions.get(layer).copied();
    match has.filter(|has| *has != change.from) {
        Some(has) => Err(Refusal::Stale {
            layer: layer.clone(),
            has,
            based_on: change.from,
        }),
        None => Ok(()),
    }
}

/// The release that the fix goes under still holds the layer, and is where it was.
fn check_under(
    state: &RolloutState,
    change: &LayerChange,
    under: &Underlay,
) -> Result<(), Refusal> {
    let holder = state.holder(&change.layer);
    let over = holder.filter(|(release, _)| **release == under.release);
    let goes = over.and_then(|(_, over)| over.change(&change.layer));
    let is_there = |goes: &LayerChange| goes.from == under.from && goes.to == change.from;
    match goes.as_ref().is_some_and(is_there) {
        true => Ok(()),
        false => Err(Refusal::Overtaken {
            release: under.release.clone(),
            layer: change.layer.clone(),
        }),
    }
}

impl Rollout {
    fn wrong_stage<T>(&self) -> Result<T, Refusal> {
        Err(Refusal::Stage {
            stage: self.stage.name(),
        })
    }

    fn preview(&self, findings: Vec<Finding>) -> Steps {
        match &self.stage {
            Stage::Previewed if self.findings == findings => Ok(vec![]),
            Stage::Drafted | Stage::Previewed => Ok(vec![Step::Previewed(findings)]),
            Stage::Running
            | Stage::Paused(_)
            | Stage::Done
            | Stage::RolledBack(_)
            | Stage::Cancelled(_) => self.wrong_stage(),
        }
    }

    fn confirm(&self, check: String, deed: Deed) -> Steps {
        if self.confirmations.iter().any(|by| by.check == check) {
            return Ok(vec![]);
        }
        if self.stage != Stage::Previewed {
            return self.wrong_stage();
        }
        if !self.held_by().any(|finding| finding.check == check) {
            return Err(Refusal::NothingToConfirm(check));
        }
        if deed.by == self.drafted.by {
            return Err(Refusal::SecondPerson);
        }
        Ok(vec![Step::Confirmed { check, deed }])
    }

    fn approve(&self, state: &RolloutState, reach: u64, deed: Deed) -> Steps {
        let mut given = self.approvals.iter();
        if given.any(|given| given.deed.by == deed.by && given.reach == reach) {
            return Ok(vec![]);
        }
        if self.stage != Stage::Previewed {
            return self.wrong_stage();
        }
        let held: Vec<String> = self.held_by().map(|held| held.check.clone()).collect();
        if !held.is_empty() {
            return Err(Refusal::Held(held));
        }
        self.check_layers(state)?;
        Ok(vec![Step::Approved { reach, deed }])
    }

    fn check_layers(&self, state: &RolloutState) -> Result<(), Refusal> {
        for change in &self.draft.layers {
            match self.draft.under(&change.layer) {
                Some(under) => check_under(state, change, under)?,
                None => check_free(state, change)?,
            }
        }
        Ok(())
    }

    fn start(
        &self,
        state: &RolloutState,
        release: &ReleaseId,
        stores: &[Target],
        settings: Settings,
        deed: Deed,
        now: Timestamp,
    ) -> Steps {
        if self.stage != Stage::Previewed {
            let again = self.started.as_ref().is_some_and(|started| {
                started.stores == count(stores) && started.settings == settings
            });
            return match again {
                true => Ok(vec![]),
                false => self.wrong_stage(),
            };
        }
        let named: BTreeSet<_> = stores.iter().map(|target| &target.store).collect();
        if named.len() != stores.len() {
            return Err(Refusal::Stores);
        }
        self.check_approvals(state, count(stores), now)?;
        self.check_layers(state)?;
        let members = waves::assign(release, stores, !self.draft.urgent);
        let sizes = match self.draft.urgent {
            true => vec![stores.len()],
            false => waves::sizes(stores.len()),
        };
        let mut first = 0;
        let mut steps = Vec::new();
        for part in members.chunks(PART_MEMBERS_MAX) {
            let members = part.to_vec();
            steps.push(Step::Members { first, members });
            first = first.saturating_add(count(part));
        }
        steps.push(Step::Started(Box::new(Started {
            deed,
            stores: count(stores),
            waves: sizes.iter().map(|size| *size as u64).collect(),
            settings,
        })));
        // Where no shop has any of its layers there is nobody to watch: the versions simply stand.
        if stores.is_empty() {
            steps.push(Step::Done);
        }
        Ok(steps)
    }

    /// Many shops, or a freeze, need two people; a freeze lets only what is urgent pass.
    fn check_approvals(
        &self,
        state: &RolloutState,
        stores: u64,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let freeze = state.rules.freeze(now);
        if let Some(freeze) = freeze.filter(|_| !self.draft.urgent) {
            return Err(Refusal::Frozen {
                name: freeze.name.clone(),
                to: freeze.to,
            });
        }
        let many = stores > state.rules.one_person_reach;
        let needed = if many || freeze.is_some() { 2 } else { 1 };
        let have = count(&self.approvals);
        if have < needed {
            return Err(Refusal::Approvals {
                stores,
                needed,
                have,
            });
        }
        let reaches = self.approvals.iter().map(|approval| approval.reach);
        let approved = reaches.min().unwrap_or(0);
        if stores > approved {
            return Err(Refusal::Reach {
                approved,
                asked: stores,
            });
        }
        Ok(())
    }

    fn release_wave(&self, state: &RolloutState, wave: WaveNumber, now: Timestamp) -> Steps {
        if wave <= self.wave() && wave != WaveNumber(0) {
            return Ok(vec![]);
        }
        if self.stage != Stage::Running {
            return self.wrong_stage();
        }
        if wave != self.wave().next() || wave > self.waves() {
            return Err(Refusal::WaveOrder(self.wave().next()));
        }
        match state.rules.freeze(now).filter(|_| !self.draft.urgent) {
            Some(freeze) => Err(Refusal::Frozen {
                name: freeze.name.clone(),
                to: freeze.to,
            }),
            None => Ok(vec![Step::WaveReleased(wave)]),
        }
    }

    fn pause(&self, cause: PauseCause) -> Steps {
        match self.stage {
            Stage::Running => Ok(vec![Step::Paused(cause)]),
            Stage::Paused(_) => Ok(vec![]),
            Stage::Drafted
            | Stage::Previewed
            | Stage::Done
            | Stage::RolledBack(_)
            | Stage::Cancelled(_) => self.wrong_stage(),
        }
    }

    fn accept(&self, gate: String, red_up_to: Option<u64>, deed: Deed) -> Steps {
        if !self.stage.is_active() {
            return self.wrong_stage();
        }
        if !GATES.iter().any(|known| known.name == gate) {
            return Err(Refusal::UnknownGate(gate));
        }
        let starter = self.started.as_ref().map(|started| &started.deed.by);
        // Who began it may wait for knowledge, not wave damage through.
        if red_up_to.is_some() && starter == Some(&deed.by) {
            return Err(Refusal::SecondPerson);
        }
        let wave = self.wave();
        let mut accepted = self.accepted.iter();
        if accepted.any(|a| a.wave == wave && a.gate == gate && a.red_up_to == red_up_to) {
            return Ok(vec![]);
        }
        Ok(vec![Step::GateAccepted(Accepted {
            wave,
            gate,
            red_up_to,
            deed,
        })])
    }

    fn resume(&self, deed: Deed) -> Steps {
        match self.stage {
            Stage::Paused(_) => Ok(vec![Step::Resumed(deed)]),
            Stage::Running => Ok(vec![]),
            Stage::Drafted
            | Stage::Previewed
            | Stage::Done
            | Stage::RolledBack(_)
            | Stage::Cancelled(_) => self.wrong_stage(),
        }
    }

    fn roll_back(&self, state: &RolloutState, deed: Deed) -> Steps {
        let is_out = self.stage.is_active() || self.stage == Stage::Done;
        if is_out && !self.draft.under.is_empty() {
            return Err(self.fix_stays());
        }
        match self.stage {
            Stage::RolledBack(_) => Ok(vec![]),
            Stage::Running | Stage::Paused(_) if self.wave() == WaveNumber(0) => {
                Err(Refusal::NothingOut)
            }
            Stage::Running | Stage::Paused(_) => Ok(vec![Step::RolledBack(deed)]),
            // What a later release was built upon cannot be pulled from under it.
            Stage::Done if self.is_newest(state) => Ok(vec![Step::RolledBack(deed)]),
            Stage::Drafted | Stage::Previewed | Stage::Done | Stage::Cancelled(_) => {
                self.wrong_stage()
            }
        }
    }

    fn fix_stays(&self) -> Refusal {
        let under = self.draft.under.iter();
        let over: BTreeSet<&str> = under.map(|under| under.release.as_str()).collect();
        let over: Vec<&str> = over.into_iter().collect();
        Refusal::FixStays(over.join(", "))
    }

    fn is_newest(&self, state: &RolloutState) -> bool {
        let mut layers = self.draft.layers.iter();
        layers.all(|change| {
            let left = self.with_fixes(change).to;
            let stands = state.versions.get(&change.layer) == Some(&left);
            stands && state.holder(&change.layer).is_none()
        })
    }

    fn cancel(&self, deed: Deed) -> Steps {
        match self.stage {
            Stage::Cancelled(_) => Ok(vec![]),
            Stage::Done | Stage::RolledBack(_) => self.wrong_stage(),
            Stage::Running | Stage::Paused(_) if !self.draft.under.is_empty() => {
                Err(self.fix_stays())
            }
            Stage::Drafted | Stage::Previewed | Stage::Running | Stage::Paused(_)
                if self.wave() == WaveNumber(0) =>
            {
                Ok(vec![Step::Cancelled(deed)])
            }
            Stage::Drafted | Stage::Previewed | Stage::Running | Stage::Paused(_) => {
                Err(Refusal::AlreadyOut)
            }
        }
    }

    fn finish(&self) -> Steps {
        match self.stage {
            Stage::Done => Ok(vec![]),
            Stage::Running if self.wave() == self.waves() && self.wave() != WaveNumber(0) => {
                Ok(vec![Step::Done])
            }
            Stage::Running
            | Stage::Drafted
            | Stage::Previewed
            | Stage::Paused(_)
            | Stage::RolledBack(_)
            | Stage::Cancelled(_) => self.wrong_stage(),
        }
    }
}

//! What the facts of the office's log make of the rollouts.

use std::collections::BTreeMap;

use super::calendar::Rules;
use super::fact::{Accepted, Deed, Draft, PauseCause, RolloutFact, Started, Step};
use super::names::{LayerId, ReleaseId, WaveNumber};
use super::preview::Finding;
use super::target::{Member, Target};
use crate::time::Timestamp;

/// Where a rollout stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stage {
    /// Put together, not looked at.
    #[default]
    Drafted,
    /// Looked at; waits for approval.
    Previewed,
    /// Waves go out.
    Running,
    /// No further wave until a person resumes.
    Paused(PauseCause),
    /// Every wave passed.
    Done,
    /// Every shop goes back.
    RolledBack(Deed),
    /// It ended before a shop had it.
    Cancelled(Deed),
}

impl Stage {
    /// Whether it holds its layers: shops may have it and may yet lose it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        match self {
            Self::Running | Self::Paused(_) => true,
            Self::Drafted
            | Self::Previewed
            | Self::Done
            | Self::RolledBack(_)
            | Self::Cancelled(_) => false,
        }
    }

    /// Its word for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Previewed => "previewed",
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::Done => "done",
            Self::RolledBack(_) => "rolled back",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who and why.
    pub deed: Deed,
    /// To how many shops.
    pub reach: u64,
}

/// A finding that somebody took upon themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Name of the check.
    pub check: String,
    /// Who and why.
    pub deed: Deed,
}

/// One rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// What is released.
    pub draft: Draft,
    /// Who put it together and why.
    pub drafted: Deed,
    /// Where it stands.
    pub stage: Stage,
    /// What the preview found.
    pub findings: Vec<Finding>,
    /// Findings that somebody took upon themselves.
    pub confirmations: Vec<Confirmation>,
    /// Who agreed, each once.
    pub approvals: Vec<Approval>,
    /// The frozen list.
    pub members: Vec<Member>,
    /// How it goes, once started.
    pub started: Option<Started>,
    /// When each wave was released; the first stands first.
    pub released: Vec<Timestamp>,
    /// Readings that somebody took upon themselves.
    pub accepted: Vec<Accepted>,
    /// When it was resumed last.
    pub resumed: Option<Timestamp>,
    /// Its pauses, oldest first.
    pub pauses: Vec<Pause>,
}

/// While it lasts no shop switches that had not switched before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From when on.
    pub from: Timestamp,
    /// Until when; nothing while it lasts.
    pub until: Option<Timestamp>,
}

impl Rollout {
    fn new(draft: Draft, drafted: Deed) -> Self {
        Self {
            draft,
            drafted,
            stage: Stage::Drafted,
            findings: Vec::new(),
            confirmations: Vec::new(),
            approvals: Vec::new(),
            members: Vec::new(),
            started: None,
            released: Vec::new(),
            accepted: Vec::new(),
            resumed: None,
            pauses: Vec::new(),
        }
    }

    /// The wave that is out; 0 when none is.
    #[must_use]
    pub fn wave(&self) -> WaveNumber {
        WaveNumber(u16::try_from(self.released.len()).unwrap_or(u16::MAX))
    }

    /// How many waves there are.
    #[must_use]
    pub fn waves(&self) -> WaveNumber {
        let waves = self
            .started
            .as_ref()
            .map_or(0, |started| started.waves.len());
        WaveNumber(u16::try_from(waves).unwrap_or(u16::MAX))
    }

    /// When a wave was released.
    #[must_use]
    pub fn released_at(&self, wave: WaveNumber) -> Option<Timestamp> {
        let place = usize::from(wave.0).checked_sub(1)?;
        self.released.get(place).copied()
    }

    /// When a shop may switch; nothing while its wave is not out, or while a pause keeps it back. A shop whose
    /// turn fell into a pause gets another one when it ends.
    #[must_use]
    pub fn slot(&self, release: &ReleaseId, member: &Member) -> Option<Timestamp> {
        let told = self.released_at(member.wave)?;
        let started = self.started.as_ref()?;
        let turn = |told| match self.draft.urgent {
            true => told,
            false => started.settings.window.slot(release, &member.target, told),
        };
        let mut slot = turn(told);
        for pause in &self.pauses {
            if slot > pause.from {
                slot = slot.max(turn(pause.until?));
            }
        }
        Some(slot)
    }

    /// Findings that hold and that nobody took upon themselves.
    pub fn held_by(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| {
            let mut confirmed = self.confirmations.iter();
            finding.holds() && !confirmed.any(|by| by.check == finding.check)
        })
    }

    fn apply(&mut self, at: Timestamp, step: &Step) {
        match step {
            Step::Drafted(draft, deed) => *self = Self::new(draft.clone(), deed.clone()),
            Step::Previewed(findings) => {
                self.findings.clone_from(findings);
                self.confirmations.clear();
                self.approvals.clear();
                self.stage = Stage::Previewed;
            }
            Step::Confirmed { check, deed } => self.confirmations.push(Confirmation {
                check: check.clone(),
                deed: deed.clone(),
            }),
            Step::Approved { reach, deed } => {
                self.approvals
                    .retain(|approval| approval.deed.by != deed.by);
                self.approvals.push(Approval {
                    deed: deed.clone(),
                    reach: *reach,
                });
            }
            // A list that was begun and not finished is written over by the next attempt.
            Step::Members { first, members } => {
                self.members
                    .truncate(usize::try_from(*first).unwrap_or(usize::MAX));
                self.members.extend_from_slice(members);
            }
            Step::Started(started) => {
                self.started = Some((**started).clone());
                self.stage = Stage::Running;
            }
            Step::WaveReleased(wave) => {
                if *wave == self.wave().next() {
                    self.released.push(at);
                }
            }
            Step::Paused(cause) => {
                self.pauses.push(Pause {
                    from: at,
                    until: None,
                });
                self.stage = Stage::Paused(cause.clone());
            }
            Step::GateAccepted(accepted) => self.accepted.push(accepted.clone()),
            Step::Resumed(_) => {
                self.resumed = Some(at);
                if let Some(pause) = self.pauses.last_mut() {
                    pause.until = Some(at);
                }
                self.stage = Stage::Running;
            }
            Step::RolledBack(deed) => self.stage = Stage::RolledBack(deed.clone()),
            Step::Cancelled(deed) => self.stage = Stage::Cancelled(deed.clone()),
            Step::Done => self.stage = Stage::Done,
            Step::Layers(layers) => self.draft.layers.extend_from_slice(layers),
        }
    }
}

/// Every rollout of the network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolloutState {
    /// Reach and freezes.
    pub rules: Rules,
    /// The rollouts, by release.
    pub rollouts: BTreeMap<ReleaseId, Rollout>,
    /// Versions that rollouts left behind; a layer that none touched is missing.
    pub versions: BTreeMap<LayerId, u64>,
}

impl RolloutState {
    /// Folds a fact.
    pub fn apply(&mut self, fact: &RolloutFact) {
        match fact {
            RolloutFact::RulesSet(rules, _) => self.rules = rules.clone(),
            RolloutFact::Stepped { release, at, step } => self.step(release, *at, step),
        }
    }

    fn step(&mut self, release: &ReleaseId, at: Timestamp, step: &Step) {
        if let Step::Drafted(draft, deed) = step {
            let rollout = Rollout::new(draft.clone(), deed.clone());
            self.rollouts.insert(release.clone(), rollout);
            return;
        }
        // A step of a release that nobody drafted folds to nothing: apply cannot fail.
        let Some(rollout) = self.rollouts.get_mut(release) else {
            return;
        };
        rollout.apply(at, step);
        let layers = rollout.draft.layers.iter();
        match step {
            Step::Done => layers.for_each(|change| {
                self.versions.insert(change.layer.clone(), change.to);
            }),
            Step::RolledBack(_) => layers.for_each(|change| {
                self.versions.insert(change.layer.clone(), change.from);
            }),
            Step::Drafted(..)
            | Step::Previewed(_)
            | Step::Confirmed { .. }
            | Step::Approved { .. }
            | Step::Members { .. }
            | Step::Started(_)
            | Step::WaveReleased(_)
            | Step::Paused(_)
            | Step::GateAccepted(_)
            | Step::Resumed(_)
            | Step::Cancelled(_)
            | Step::Layers(_) => {}
        }
    }

    /// The active rollout that holds one of these layers.
    #[must_use]
    pub fn holder(&self, draft: &Draft) -> Option<(&ReleaseId, &Rollout)> {
        self.rollouts.iter().find(|(_, other)| {
            let held = |layer| other.draft.layers.iter().any(|held| held.layer == layer);
            let mut asked = draft.layers.iter();
            other.stage.is_active() && asked.any(|change| held(change.layer.clone()))
        })
    }

    /// The shops of a rollout, as they were frozen.
    pub fn targets(&self, release: &ReleaseId) -> impl Iterator<Item = &Target> {
        let rollout = self.rollouts.get(release);
        rollout
            .into_iter()
            .flat_map(|rollout| rollout.members.iter().map(|member| &member.target))
    }
}

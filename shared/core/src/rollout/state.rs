//! What the facts of the office's log make of the rollouts.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Rules;
use super::fact::{
    Accepted, Deed, Draft, LayerChange, PauseCause, RolloutFact, Started, Step, Underlay,
};
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
    /// Urgent fixes that went under it, oldest first.
    pub fixes: Vec<Fix>,
}

/// An urgent fix of a layer that a rollout holds: from here on it leads from and to versions with the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The urgent release.
    pub by: ReleaseId,
    /// The layer.
    pub layer: LayerId,
    /// What shops have without the rollout.
    pub from: u64,
    /// What shops have with it.
    pub to: u64,
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
            fixes: Vec::new(),
        }
    }

    /// Whether it says which version of a layer shops have; an urgent fix under another release leaves that to it.
    #[must_use]
    pub fn holds(&self, layer: &LayerId) -> bool {
        let mut layers = self.draft.layers.iter();
        layers.any(|change| change.layer == *layer) && self.draft.under(layer).is_none()
    }

    /// A change of a layer as it goes now, with the urgent fixes that went under it.
    #[must_use]
    pub fn with_fixes(&self, change: &LayerChange) -> LayerChange {
        let mut fixes = self.fixes.iter().rev();
        match fixes.find(|fix| fix.layer == change.layer) {
            Some(fix) => LayerChange {
                layer: change.layer.clone(),
                from: fix.from,
                to: fix.to,
            },
            None => change.clone(),
        }
    }

    /// The change of a layer as it goes now.
    #[must_use]
    pub fn change(&self, layer: &LayerId) -> Option<LayerChange> {
        let mut layers = self.draft.layers.iter();
        let change = layers.find(|change| change.layer == *layer)?;
        Some(self.with_fixes(change))
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
            Step::Under(under) => self.draft.under.extend_from_slice(under),
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
        match step {
            Step::Done => self.leave_behind(release, |change| change.to),
            Step::RolledBack(_) => self.leave_behind(release, |change| change.from),
            Step::Started(_) => self.lay_under(release),
            Step::Drafted(..)
            | Step::Previewed(_)
            | Step::Confirmed { .. }
            | Step::Approved { .. }
            | Step::Members { .. }
            | Step::WaveReleased(_)
            | Step::Paused(_)
            | Step::GateAccepted(_)
            | Step::Resumed(_)
            | Step::Cancelled(_)
            | Step::Layers(_)
            | Step::Under(_) => {}
        }
    }

    /// What a rollout that ended leaves behind of the layers that it held.
    fn leave_behind(&mut self, release: &ReleaseId, version: impl Fn(&LayerChange) -> u64) {
        let Some(rollout) = self.rollouts.get(release) else {
            return;
        };
        let held = rollout.draft.layers.iter();
        for change in held.filter(|change| rollout.holds(&change.layer)) {
            let change = rollout.with_fixes(change);
            let version = version(&change);
            self.versions.insert(change.layer, version);
        }
    }

    /// An urgent fix counts from its start: what stands has it, and so has what the releases over it bring.
    fn lay_under(&mut self, release: &ReleaseId) {
        let Some(rollout) = self.rollouts.get(release) else {
            return;
        };
        let draft = &rollout.draft;
        let laid: Vec<(Underlay, u64)> = draft
            .layers
            .iter()
            .filter_map(|change| Some((draft.under(&change.layer)?.clone(), change.to)))
            .collect();
        for (under, to) in laid {
            if let Some(over) = self.rollouts.get_mut(&under.release) {
                over.fixes.push(Fix {
                    by: release.clone(),
                    layer: under.layer.clone(),
                    from: under.to,
                    to,
                });
            }
            self.versions.insert(under.layer, under.to);
        }
    }

    /// The active rollout that holds a layer.
    #[must_use]
    pub fn holder(&self, layer: &LayerId) -> Option<(&ReleaseId, &Rollout)> {
        let mut rollouts = self.rollouts.iter();
        rollouts.find(|(_, other)| other.stage.is_active() && other.holds(layer))
    }

    /// Every version of a layer by which a shop shows that it has a release: its own, and those of urgent fixes
    /// since. Where the release is itself a fix under another one, both sides of that one have it.
    #[must_use]
    pub fn brings(&self, release: &ReleaseId, layer: &LayerId) -> BTreeSet<u64> {
        let mut versions = BTreeSet::new();
        let Some(rollout) = self.rollouts.get(release) else {
            return versions;
        };
        let own = rollout.draft.layers.iter();
        let own = own.filter(|change| change.layer == *layer);
        versions.extend(own.map(|change| change.to));
        let fixes = rollout.fixes.iter().filter(|fix| fix.layer == *layer);
        versions.extend(fixes.map(|fix| fix.to));
        if let Some(under) = rollout.draft.under(layer) {
            let over = self.rollouts.get(&under.release);
            let since = over.into_iter().flat_map(|over| &over.fixes);
            let since = since.filter(|fix| fix.layer == *layer);
            let since = since.skip_while(|fix| fix.by != *release);
            versions.extend(since.flat_map(|fix| [fix.from, fix.to]));
        }
        versions
    }

    /// The shops of a rollout, as they were frozen.
    pub fn targets(&self, release: &ReleaseId) -> impl Iterator<Item = &Target> {
        let rollout = self.rollouts.get(release);
        rollout
            .into_iter()
            .flat_map(|rollout| rollout.members.iter().map(|member| &member.target))
    }
}

//! A release as people and programs see it: where it stands, who agreed, which shops are not there and why.

use serde::Serialize;
use storefleet_core::rollout::fact::PauseCause;
use storefleet_core::rollout::gate::Verdict;
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::observe::{Contact, Observations, Progress};
use storefleet_core::rollout::plan::{Next, RolloutPlan, plan};
use storefleet_core::rollout::preview::Finding;
use storefleet_core::rollout::target::Member;
use storefleet_core::rollout::{Rollout, Stage};
use storefleet_core::time::Timestamp;

use super::{Rollouts, observe};
use crate::master::StoreError;

/// Shops that a card names; the count is of all.
const LATE_MAX: usize = 200;

/// A release.
#[derive(Debug, Serialize)]
pub struct ReleaseCard {
    /// Its name.
    pub release: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub stage: &'static str,
    /// Why it stands still or ended, in the words of whom or what did it.
    pub because: Option<String>,
    /// To all shops at once.
    pub urgent: bool,
    /// Who put it together.
    pub drafted_by: String,
    /// Why.
    pub why: String,
    /// Who agreed, to how many shops and why.
    pub approvals: Vec<ApprovalOut>,
    /// What the preview found.
    pub findings: Vec<FindingOut>,
    /// Layers it brings.
    pub layers: Vec<String>,
    /// Layers that it goes under, each with the release that holds it.
    pub under: Vec<HeldLayer>,
    /// Urgent fixes that went under it, by layer.
    pub fixes: Vec<HeldLayer>,
    /// Shops of the frozen list.
    pub shops: usize,
    /// Its waves.
    pub waves: Vec<WaveOut>,
    /// Shops by how they stand.
    pub counts: Counts,
    /// Gates of the wave that is out.
    pub gates: Vec<GateOut>,
    /// What happens next, in words.
    pub next: Option<String>,
    /// The same for pages.
    #[serde(skip)]
    pub step: Option<Next>,
}

/// A layer and another release.
#[derive(Debug, Serialize)]
pub struct HeldLayer {
    /// The layer.
    pub layer: String,
    /// The other release.
    pub release: String,
}

impl HeldLayer {
    pub(super) fn of(layer: &impl ToString, release: &ReleaseId) -> Self {
        Self {
            layer: layer.to_string(),
            release: release.to_string(),
        }
    }
}

/// An approval.
#[derive(Debug, Serialize)]
pub struct ApprovalOut {
    /// Who.
    pub by: String,
    /// To how many shops.
    pub reach: u64,
    /// Why.
    pub why: String,
}

/// A finding.
#[derive(Debug, Serialize)]
pub struct FindingOut {
    /// Name of the check.
    pub check: String,
    /// Whether it holds the release.
    pub holds: bool,
    /// Who took it upon themselves.
    pub confirmed_by: Option<String>,
    /// How many rows.
    pub count: u64,
    /// In words.
    pub text: String,
    /// Up to five rows: key, old, new.
    pub examples: Vec<[String; 3]>,
}

/// A wave.
#[derive(Debug, Serialize)]
pub struct WaveOut {
    /// Shops in it.
    pub size: u64,
    /// When it was released.
    pub released_ms: Option<i64>,
    /// Shops of it that have the release.
    pub done: u64,
}

/// Shops by how they stand.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Counts {
    /// They have it.
    pub done: u64,
    /// In contact, not there yet.
    pub at_work: u64,
    /// They refused it.
    pub failed: u64,
    /// Not heard; they get it when they are back.
    pub silent: u64,
    /// Their turn has not come.
    pub waiting: u64,
}

/// A gate.
#[derive(Debug, Serialize)]
pub struct GateOut {
    /// Its name.
    pub gate: &'static str,
    /// What it measured, in words.
    pub text: String,
    /// `green`, `red`, `unknown`.
    pub verdict: &'static str,
    /// A person took it upon themselves.
    pub accepted: bool,
    /// The value, to be named when a red gate is accepted.
    pub value: u64,
    /// What it is held against.
    pub limit: u64,
}

/// A shop that is not there yet.
#[derive(Debug, Serialize)]
pub struct LateShop {
    /// The shop.
    pub store: String,
    /// Its wave.
    pub wave: u16,
    /// What it waits for.
    pub state: LateState,
    /// When its turn comes or came, since when it is silent.
    pub since_ms: Option<i64>,
    /// Why it refused.
    pub detail: String,
}

/// Why a shop does not have a release yet; the first need a person most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateState {
    /// It kept what it had.
    Refused,
    /// Its turn came, it is in contact, and not there.
    Fetching,
    /// It is not heard, and gets it when it is back.
    Silent,
    /// Its turn comes by its own wall.
    Turn,
    /// Its wave is not out.
    Waiting,
}

impl Rollouts {
    /// Every release, the newest first.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn cards(&self) -> Result<Vec<ReleaseCard>, StoreError> {
        self.cards_of(|_| true)
    }

    fn cards_of(&self, shown: impl Fn(&ReleaseId) -> bool) -> Result<Vec<ReleaseCard>, StoreError> {
        let now = self.publisher.shared.now();
        let store = self.publisher.master.read();
        let observations = observe::observations(&store, &self.publisher.shared, now)?;
        let state = store.rollouts();
        let plan = plan(state, &observations, now);
        let mut rollouts: Vec<_> = state
            .rollouts
            .iter()
            .filter(|(release, _)| shown(release))
            .collect();
        rollouts.sort_by_key(|(release, _)| std::cmp::Reverse(number(release)));
        let cards = rollouts.into_iter().map(|(release, rollout)| {
            let mut planned = plan.rollouts.iter();
            let planned = planned.find(|planned| planned.release == *release);
            card(release, rollout, planned, &observations, now)
        });
        Ok(cards.collect())
    }

    /// One release.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn card(&self, release: &ReleaseId) -> Result<Option<ReleaseCard>, StoreError> {
        let cards = self.cards_of(|known| known == release)?;
        Ok(cards.into_iter().next())
    }

    /// Shops that a release wants to have it and that have not got it, those that refused first; and how many.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn late(&self, release: &ReleaseId) -> Result<(Vec<LateShop>, usize), StoreError> {
        let now = self.publisher.shared.now();
        let store = self.publisher.master.read();
        let observations = observe::observations(&store, &self.publisher.shared, now)?;
        let Some(rollout) = store.rollouts().rollouts.get(release) else {
            return Ok((Vec::new(), 0));
        };
        let mut late: Vec<LateShop> = match rollout.stage.is_active() {
            true => rollout
                .members
                .iter()
                .filter_map(|member| {
                    let slot = rollout.slot(release, member);
                    let (state, since_ms, detail) =
                        late_state(&observations, release, member, slot, now)?;
                    Some(LateShop {
                        store: member.target.store.to_string(),
                        wave: member.wave.0,
                        state,
                        since_ms,
                        detail,
                    })
                })
                .collect(),
            false => Vec::new(),
        };
        late.sort_by_key(|shop| shop.state);
        let count = late.len();
        late.truncate(LATE_MAX);
        Ok((late, count))
    }
}

type Late = (LateState, Option<i64>, String);

fn late_state(
    observations: &Observations,
    release: &ReleaseId,
    member: &Member,
    slot: Option<Timestamp>,
    now: Timestamp,
) -> Option<Late> {
    let known = observations.stores.get(&member.target.store);
    if let Some(known) = known {
        match known.progress(release) {
            Progress::Reached { .. } => return None,
            Progress::Refused { code } => return Some((LateState::Refused, None, code.clone())),
            Progress::Unsaid => {}
        }
    }
    let plain = |state, at: Option<Timestamp>| Some((state, at.map(|at| at.0), String::new()));
    match (slot, known.map(|known| known.contact)) {
        (None, _) => plain(LateState::Waiting, None),
        (Some(slot), _) if slot > now => plain(LateState::Turn, Some(slot)),
        (Some(slot), Some(Contact::Online(_))) => plain(LateState::Fetching, Some(slot)),
        (Some(_), Some(Contact::Silent(since))) => plain(LateState::Silent, Some(since)),
        (Some(_), None) => plain(LateState::Silent, None),
    }
}

fn number(release: &ReleaseId) -> u64 {
    let digits = release
        .as_str()
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().unwrap_or(0)
}

fn card(
    release: &ReleaseId,
    rollout: &Rollout,
    planned: Option<&RolloutPlan>,
    observations: &Observations,
    now: Timestamp,
) -> ReleaseCard {
    let approvals = rollout.approvals.iter().map(|approval| ApprovalOut {
        by: approval.deed.by.to_string(),
        reach: approval.reach,
        why: approval.deed.reason.clone(),
    });
    let findings = rollout.findings.iter();
    let layers = rollout.draft.layers.iter();
    let gates = planned.and_then(|planned| planned.out.as_ref());
    let gates = gates.into_iter().flat_map(|out| &out.gates);
    let (waves, counts) = progress(release, rollout, observations, now);
    ReleaseCard {
        release: release.to_string(),
        title: rollout.draft.title.clone(),
        stage: rollout.stage.name(),
        because: because(&rollout.stage),
        urgent: rollout.draft.urgent,
        drafted_by: rollout.drafted.by.to_string(),
        why: rollout.drafted.reason.clone(),
        approvals: approvals.collect(),
        findings: findings
            .map(|finding| confirmed(rollout, finding))
            .collect(),
        layers: layers.map(|change| change.layer.to_string()).collect(),
        under: rollout
            .draft
            .under
            .iter()
            .map(|under| HeldLayer::of(&under.layer, &under.release))
            .collect(),
        fixes: rollout
            .fixes
            .iter()
            .map(|fix| HeldLayer::of(&fix.layer, &fix.by))
            .collect(),
        shops: rollout.members.len(),
        waves,
        counts,
        gates: gates
            .map(|line| GateOut {
                gate: line.gate,
                text: line.reading.text.clone(),
                verdict: match line.reading.verdict {
                    Verdict::Green => "green",
                    Verdict::Red(_) => "red",
                    Verdict::Unknown(_) => "unknown",
                },
                accepted: line.accepted,
                value: line.reading.value,
                limit: line.reading.limit,
            })
            .collect(),
        next: planned.map(|planned| planned.next.text()),
        step: planned.map(|planned| planned.next.clone()),
    }
}

fn because(stage: &Stage) -> Option<String> {
    match stage {
        Stage::Paused(PauseCause::Gate { gate, reason }) => Some(format!("{gate}: {reason}")),
        Stage::Paused(PauseCause::Person(deed))
        | Stage::RolledBack(deed)
        | Stage::Cancelled(deed) => Some(format!("{}: {}", deed.by, deed.reason)),
        Stage::Drafted | Stage::Previewed | Stage::Running | Stage::Done => None,
    }
}

impl FindingOut {
    /// A finding that nobody took upon themselves yet.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let examples = finding.examples.iter();
        Self {
            check: finding.check.clone(),
            holds: finding.holds(),
            confirmed_by: None,
            count: finding.count,
            text: finding.text.clone(),
            examples: examples
                .map(|row| [row.key.clone(), row.old.clone(), row.new.clone()])
                .collect(),
        }
    }
}

fn confirmed(rollout: &Rollout, finding: &Finding) -> FindingOut {
    let mut confirmations = rollout.confirmations.iter();
    let confirmed = confirmations.find(|by| by.check == finding.check);
    FindingOut {
        confirmed_by: confirmed.map(|by| by.deed.by.to_string()),
        ..FindingOut::of(finding)
    }
}

fn progress(
    release: &ReleaseId,
    rollout: &Rollout,
    observations: &Observations,
    now: Timestamp,
) -> (Vec<WaveOut>, Counts) {
    let sizes = rollout.started.iter().flat_map(|started| &started.waves);
    let mut waves: Vec<WaveOut> = sizes
        .enumerate()
        .map(|(place, size)| WaveOut {
            size: *size,
            released_ms: rollout.released.get(place).map(|at| at.0),
            done: 0,
        })
        .collect();
    let mut counts = Counts::default();
    if !rollout.stage.is_active() {
        return (waves, counts);
    }
    for member in &rollout.members {
        let slot = rollout.slot(release, member);
        let late = late_state(observations, release, member, slot, now);
        let count = match late.map(|(state, ..)| state) {
            None => {
                let place = usize::from(member.wave.0).saturating_sub(1);
                if let Some(wave) = waves.get_mut(place) {
                    wave.done = wave.done.saturating_add(1);
                }
                &mut counts.done
            }
            Some(LateState::Refused) => &mut counts.failed,
            Some(LateState::Silent) => &mut counts.silent,
            Some(LateState::Fetching) => &mut counts.at_work,
            Some(LateState::Turn | LateState::Waiting) => &mut counts.waiting,
        };
        *count = count.saturating_add(1);
    }
    (waves, counts)
}

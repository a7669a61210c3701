//! Releases on their way: what people order and what the planner does next. Every step is in the office's log
//! before a shop is told of it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use storefleet_core::dataset::LayerId;
use storefleet_core::ids::Hash;
use storefleet_core::master::change::Source;
use storefleet_core::rollout::calendar::Rules;
use storefleet_core::rollout::fact::{Draft, LayerChange, ReleaseKind, Underlay};
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::plan::{Plan, plan};
use storefleet_core::rollout::preview::{Finding, preview};
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::target::Target;
use storefleet_core::rollout::{Act, Actor, Command, Refusal, Right, Rollout, RolloutState, Stage};
use storefleet_core::time::{StoreTime, Timestamp};
use storefleet_daemon::Shutdown;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::datasets::Publisher;
use crate::datasets::places::Places;
use crate::master::underlay::Beside;
use crate::master::{MasterError, MasterStore, Signed, StoreError};

pub mod api;
mod observe;
pub mod reach;
pub mod sentences;
pub mod touched;
pub mod unreleased;
pub mod view;

use reach::Reach;
use unreleased::{Held, Unreleased, go_under, unreleased};

/// How often shops are looked at while a release is on its way.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How often everybody is looked at although nothing is on its way: manifests grow old.
const RENEW_EVERY: Duration = Duration::from_secs(6 * 3_600);
/// Steps of the planner that follow from each other without a look at the shops between.
const STEPS_MAX: usize = 8;

/// A person who orders something.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Where and who: `cli:anna`, `console:anna`; both are the person `anna`.
    pub actor: &'a str,
    /// Why.
    pub why: &'a str,
}

impl By<'_> {
    /// Until there are accounts everybody who has a name has every right.
    fn person(&self) -> Actor {
        let name = self.actor.split_once(':').map_or(self.actor, |(_, it)| it);
        Actor::Person {
            name: name.into(),
            may: Right::Rule,
            reason: self.why.to_owned(),
        }
    }
}

/// What a release would do.
#[derive(Debug, Clone)]
pub struct Drafted {
    /// Its name.
    pub release: ReleaseId,
    /// Layers it brings.
    pub layers: usize,
    /// Shops and bytes.
    pub reach: Reach,
    /// What the preview found.
    pub findings: Vec<Finding>,
    /// Layers with changes that another release holds; theirs wait for the next one.
    pub waits: Vec<Held>,
    /// Layers that another release holds, and that this one goes under.
    pub under: Vec<Underlay>,
}

/// The rollouts of a running centre.
#[derive(Clone)]
pub struct Rollouts {
    publisher: Publisher,
    /// One person puts a release together at a time.
    drafting: Arc<Mutex<()>>,
    news: Arc<Notify>,
}

impl Rollouts {
    /// The rollouts that the office's log tells of; the gate gets every manifest, and releases go on.
    ///
    /// # Errors
    /// When the office's log does not take a step.
    pub fn take_up(publisher: Publisher) -> Result<Self, MasterError> {
        let rollouts = Self {
            publisher,
            drafting: Arc::default(),
            news: Arc::default(),
        };
        rollouts.carry_out()?;
        Ok(rollouts)
    }

    /// Who tells the shops.
    #[must_use]
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// Puts everything that was changed and not released yet into a release, and looks at it.
    ///
    /// # Errors
    /// When nothing was changed, or the office's log does not take it.
    pub fn draft(&self, title: &str, urgent: bool, by: By<'_>) -> Result<Drafted, MasterError> {
        let _alone = self.drafting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.publisher.shared.now();
        self.finish_urgent(now)?;
        self.build(by, now)?;
        let Unreleased { mut free, held } = unreleased(&self.publisher.master.read())?;
        let mut under = Vec::new();
        let mut waits = Vec::new();
        if urgent {
            let lay = |besides: &[Beside]| self.publisher.master.lay(besides, signed(by, now));
            under = go_under(&held, lay)?;
            free.extend(held.into_iter().map(|held| held.change));
        } else {
            waits.extend(held);
        }
        let layers = free;
        if layers.is_empty() {
            return Err(nothing_to_release(waits));
        }
        let draft = Draft {
            title: title.to_owned(),
            kind: ReleaseKind::Data,
            layers,
            urgent,
            under,
        };
        let release = same_or_next(self.publisher.master.read().rollouts(), &draft);
        self.roll(&release, Act::Draft(draft.clone()), by, now)?;
        let findings = self.look(&draft.layers, now)?;
        let act = Act::Preview(findings.clone());
        self.publisher
            .master
            .roll(Command::of_centre(&release, act), CENTRE, now)?;
        Ok(Drafted {
            reach: Reach::of(&self.publisher, &draft.layers)?,
            layers: draft.layers.len(),
            release,
            findings,
            waits,
            under: draft.under,
        })
    }

    /// An urgent release that is out everywhere holds nothing back any more.
    fn finish_urgent(&self, now: Timestamp) -> Result<(), MasterError> {
        let is_out = |rollout: &Rollout| {
            let all = rollout.wave() == rollout.waves();
            rollout.draft.urgent && rollout.stage == Stage::Running && all
        };
        let store = self.publisher.master.read();
        let rollouts = store.rollouts().rollouts.iter();
        let out: Vec<ReleaseId> = rollouts
            .filter(|(_, rollout)| is_out(rollout))
            .map(|(release, _)| release.clone())
            .collect();
        drop(store);
        for release in out {
            let finish = Command::of_centre(&release, Act::Finish);
            self.publisher.master.roll(finish, CENTRE, now)?;
        }
        Ok(())
    }

    fn build(&self, by: By<'_>, now: Timestamp) -> Result<(), MasterError> {
        self.publisher.master.build(signed(by, now)).map(drop)
    }

    fn look(&self, layers: &[LayerChange], now: Timestamp) -> Result<Vec<Finding>, StoreError> {
        let store = self.publisher.master.read();
        let offset = store.rollouts().rules.offset;
        let today = StoreTime { at: now, offset }.date();
        let rows = store.rows_between(layers)?;
        let standing = store.standing(&rows, today)?;
        drop(store);
        Ok(preview(&rows, &standing, today))
    }

    fn roll(
        &self,
        release: &ReleaseId,
        act: Act,
        by: By<'_>,
        now: Timestamp,
    ) -> Result<(), MasterError> {
        let command = Command::Step {
            by: by.person(),
            release: release.clone(),
            act,
        };
        self.publisher.master.roll(command, by.actor, now).map(drop)
    }

    /// A person's step of a release; shops are told what follows from it.
    ///
    /// # Errors
    /// Why it may not be.
    pub fn act(&self, release: &ReleaseId, act: Act, by: By<'_>) -> Result<(), MasterError> {
        self.roll(release, act, by, self.publisher.shared.now())?;
        self.carry_out()
    }

    /// Freezes the list of shops that have a layer of the release, and begins.
    ///
    /// # Errors
    /// Why it may not be.
    pub fn start(
        &self,
        release: &ReleaseId,
        settings: Settings,
        by: By<'_>,
    ) -> Result<(), MasterError> {
        let stores = self.targets(release)?;
        self.act(release, Act::Start { stores, settings }, by)
    }

    /// Reach and freezes.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.publisher.master.read().rollouts().rules.clone()
    }

    /// Sets reach and freezes.
    ///
    /// # Errors
    /// Why it may not be.
    pub fn set_rules(&self, rules: Rules, by: By<'_>) -> Result<(), MasterError> {
        let command = Command::SetRules {
            by: by.person(),
            rules,
        };
        let now = self.publisher.shared.now();
        self.publisher.master.roll(command, by.actor, now).map(drop)
    }

    /// The shops that have a layer of a release.
    ///
    /// # Errors
    /// When there is no such release.
    pub fn targets(&self, release: &ReleaseId) -> Result<Vec<Target>, MasterError> {
        let store = self.publisher.master.read();
        let known = store.rollouts().rollouts.get(release);
        let known = known.ok_or_else(|| Refusal::UnknownRelease(release.clone()))?;
        let layers = known.draft.layers.clone();
        let places = Places::read(&store)?;
        drop(store);
        let workplaces = self.publisher.workplaces();
        let stores = workplaces.iter().map(|workplace| workplace.store());
        Ok(reach::targets(
            stores,
            &places,
            &layers,
            self.publisher.shared.now(),
        ))
    }

    /// Releases everything that was changed to every shop at once: a wrong price is on sale. More shops than one
    /// person may reach, and what the preview holds, need a second one.
    ///
    /// # Errors
    /// Why it may not be; the release stays as it was drafted, to be looked at and confirmed.
    pub fn publish(
        &self,
        title: &str,
        by: By<'_>,
        second: Option<By<'_>>,
    ) -> Result<Drafted, MasterError> {
        let drafted = self.draft(title, true, by)?;
        let release = &drafted.release;
        let now = self.publisher.shared.now();
        let held: BTreeSet<&str> = drafted
            .findings
            .iter()
            .filter(|finding| finding.holds())
            .map(|finding| finding.check.as_str())
            .collect();
        if let Some(second) = second {
            for check in held {
                let check = check.to_owned();
                self.roll(release, Act::Confirm { check }, second, now)?;
            }
        }
        let reach = drafted.reach.stores;
        for person in [Some(by), second].into_iter().flatten() {
            self.roll(release, Act::Approve { reach }, person, now)?;
        }
        let settings = Settings {
            bake_ms: 0,
            ..Settings::default()
        };
        self.start(release, settings, by)?;
        Ok(drafted)
    }

    /// Does what the planner says, and tells the shops.
    ///
    /// # Errors
    /// When the office's log does not take it.
    pub fn carry_out(&self) -> Result<(), MasterError> {
        for _ in 0..STEPS_MAX {
            let commands = self.plan()?.commands();
            if commands.is_empty() {
                break;
            }
            let now = self.publisher.shared.now();
            for command in commands {
                match self.publisher.master.roll(command, CENTRE, now) {
                    // A person was faster; the next look plans anew.
                    Ok(_) | Err(MasterError::Rollout(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.publisher.tell_all()?;
        self.news.notify_one();
        Ok(())
    }

    /// What happens next to every release that has not ended.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn plan(&self) -> Result<Plan, StoreError> {
        let now = self.publisher.shared.now();
        let store = self.publisher.master.read();
        let observations = observe::observations(&store, &self.publisher.shared, now)?;
        Ok(plan(store.rollouts(), &observations, now))
    }

    /// Keeps releases going until it is told to stop.
    ///
    /// # Errors
    /// When the office's log does not take a step.
    pub async fn keep(self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        let mut renewal = tokio::time::interval_at(Instant::now() + RENEW_EVERY, RENEW_EVERY);
        loop {
            tokio::select! {
                () = self.news.notified() => {}
                _ = renewal.tick() => {
                    let publisher = self.publisher.clone();
                    tokio::task::spawn_blocking(move || publisher.tell_all()).await??;
                }
                () = tokio::time::sleep(LOOK_EVERY) => {
                    let rollouts = self.clone();
                    tokio::task::spawn_blocking(move || rollouts.go_on()).await??;
                }
                () = shutdown.requested() => return Ok(()),
            }
        }
    }

    fn go_on(&self) -> Result<(), MasterError> {
        let is_active = |rollout: &Rollout| rollout.stage.is_active();
        let any = {
            let store = self.publisher.master.read();
            store.rollouts().rollouts.values().any(is_active)
        };
        if any { self.carry_out() } else { Ok(()) }
    }
}

/// Who signs what the planner does.
const CENTRE: &str = "centre:planner";

/// The layers of a release; one of a newer version is on sale in no shop of ours.
fn layers(rollout: &Rollout) -> impl Iterator<Item = (LayerId, &LayerChange)> {
    let changes = rollout.draft.layers.iter();
    changes.filter_map(|change| Some((change.layer.as_str().parse().ok()?, change)))
}

/// The roots by which a shop shows that it has a layer of a release.
fn roots(
    store: &MasterStore,
    release: &ReleaseId,
    layer: &LayerId,
    change: &LayerChange,
) -> Result<BTreeSet<Hash>, StoreError> {
    let mut roots = BTreeSet::new();
    for number in store.rollouts().brings(release, &change.layer) {
        let version = store.version(layer, number)?;
        roots.extend(version.map(|version| version.root));
    }
    Ok(roots)
}

/// Nothing was changed, or what was changed waits for another release.
fn nothing_to_release(waits: Vec<Held>) -> MasterError {
    match waits.into_iter().next() {
        Some(held) => MasterError::AllHeld(held.release),
        None => MasterError::NothingToRelease,
    }
}

/// An entry of the office's log in the name of a person.
fn signed<'a>(by: By<'a>, at: Timestamp) -> Signed<'a> {
    Signed {
        actor: by.actor,
        at,
        source: Source::Api,
        origin: "",
        why: by.why,
    }
}

/// The open draft that says the same, or a new name.
fn same_or_next(state: &RolloutState, draft: &Draft) -> ReleaseId {
    let open = state.rollouts.iter().find(|(_, rollout)| {
        matches!(rollout.stage, Stage::Drafted | Stage::Previewed) && rollout.draft == *draft
    });
    if let Some((release, _)) = open {
        return release.clone();
    }
    let number = state.rollouts.len().saturating_add(1);
    format!("R-{number}").into()
}

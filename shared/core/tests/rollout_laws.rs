//! Laws of rollouts that hold whatever people ask for and whatever shops do.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a failed expectation is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use storefleet_core::cbor;
use storefleet_core::ids::StoreId;
use storefleet_core::rollout::assign::Assignments;
use storefleet_core::rollout::fact::{
    Draft, LayerChange, ReleaseKind, RolloutFact, Step, Underlay,
};
use storefleet_core::rollout::gate::Verdict;
use storefleet_core::rollout::history::{SoldHour, WallHour};
use storefleet_core::rollout::names::{ReleaseId, WaveNumber};
use storefleet_core::rollout::observe::{Contact, Observation, Observations, Progress};
use storefleet_core::rollout::plan::plan;
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::target::Target;
use storefleet_core::rollout::{Act, Actor, Command, Right, RolloutState, Stage, decide};
use storefleet_core::time::{OffsetMinutes, Timestamp};

const HOUR_MS: i64 = 3_600_000;
const SHOPS: usize = 60;

/// What happens next.
#[derive(Debug, Clone)]
enum Event {
    /// Somebody asks for something of one of two releases that cross.
    Asked(u8, u8, u8),
    /// A shop says something else.
    Seen(usize, u8),
    /// Hours go by.
    Passed(u8),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (0..2_u8, 0..3_u8, 0..9_u8).prop_map(|(release, who, act)| Event::Asked(release, who, act)),
        (0..SHOPS, 0..6_u8).prop_map(|(shop, what)| Event::Seen(shop, what)),
        (1..40_u8).prop_map(Event::Passed),
    ];
    vec(event, 0..80)
}

struct World {
    state: RolloutState,
    observations: Observations,
    now: Timestamp,
    facts: Vec<RolloutFact>,
}

fn targets() -> Vec<Target> {
    let target = |number: usize| Target {
        store: format!("s{number}").parse().unwrap(),
        region: format!("R{}", number % 3).into(),
        dealer: format!("D{}", number % 5).into(),
        format: "salon".into(),
        offset: OffsetMinutes(180),
    };
    (0..SHOPS).map(target).collect()
}

fn release(number: u8) -> ReleaseId {
    format!("r{number}").into()
}

impl World {
    /// Two releases of one layer, both ready to start; the first one has.
    fn new() -> Self {
        let mut world = Self {
            state: RolloutState::default(),
            observations: Observations::default(),
            now: Timestamp(1_796_083_200_000),
            facts: Vec::new(),
        };
        for number in 0..2 {
            let draft = Draft {
                title: format!("Release {number}"),
                kind: ReleaseKind::Data,
                layers: vec![LayerChange {
                    layer: "prices/network/*".into(),
                    from: 1,
                    to: 2 + u64::from(number),
                }],
                urgent: false,
                under: Vec::new(),
            };
            world.ask(number, "anna", Act::Draft(draft));
            world.command(Command::of_centre(&release(number), Act::Preview(vec![])));
            world.ask(number, "boris", Act::Approve { reach: 100 });
        }
        for target in targets() {
            let known = Observation::online(world.now);
            world.observations.stores.insert(target.store, known);
        }
        world.ask(0, "anna", start());
        world
    }

    fn ask(&mut self, number: u8, who: &str, act: Act) {
        let by = Actor::Person {
            name: who.into(),
            may: Right::Approve,
            reason: "a reason".to_owned(),
        };
        let release = release(number);
        self.command(Command::Step { by, release, act });
    }

    /// Decides, keeps and folds; asked again it yields nothing.
    fn command(&mut self, command: Command) {
        let Ok(facts) = decide(&self.state, command.clone(), self.now) else {
            return;
        };
        facts.iter().for_each(|fact| self.state.apply(fact));
        self.facts.extend(facts);
        let again = decide(&self.state, command.clone(), self.now);
        assert!(again.is_ok_and(|facts| facts.is_empty()), "{command:?}");
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Asked(number, who, act) => {
                let who = ["anna", "boris", "clara"][usize::from(*who)];
                let act = match act {
                    0 => start(),
                    1 => Act::Pause,
                    2 | 3 => Act::Resume,
                    4 => Act::RollBack,
                    5 => Act::Cancel,
                    6 => accept("sales", None),
                    7 => accept("refused", Some(3)),
                    _ => accept("silent-after-switch", Some(3)),
                };
                self.ask(*number, who, act);
            }
            Event::Seen(shop, what) => {
                let store: StoreId = format!("s{shop}").parse().unwrap();
                let now = self.now;
                let hour = WallHour::of(now, OffsetMinutes(180));
                let known = self.observations.stores.get_mut(&store).unwrap();
                let sold = |made| SoldHour {
                    hour,
                    made,
                    usual: Some(900_000),
                };
                match what {
                    0 => known.contact = Contact::Silent(now),
                    1 => known.contact = Contact::Online(now),
                    2 => known.receipts.push(sold(900)),
                    3 => known.receipts.push(sold(700)),
                    4 => {
                        let code = "bad".to_owned();
                        known
                            .progress
                            .insert(release(0), Progress::Refused { code });
                    }
                    _ => known.till_errors += 3,
                }
            }
            Event::Passed(hours) => {
                self.now = self.now.plus_ms(i64::from(*hours) * HOUR_MS);
                self.switch();
            }
        }
    }

    fn switch(&mut self) {
        for (release, rollout) in &self.state.rollouts {
            for member in rollout.members.iter().filter(|_| rollout.stage.is_active()) {
                let slot = rollout.slot(release, member);
                let known = self.observations.stores.get_mut(&member.target.store);
                if let Some((at, known)) = slot.filter(|slot| *slot <= self.now).zip(known) {
                    let progress = known.progress.entry(release.clone());
                    progress.or_insert(Progress::Reached { at });
                }
            }
        }
    }

    /// Shops whose turn has come.
    fn released(&self, number: u8) -> BTreeSet<StoreId> {
        let release = release(number);
        let assignments = Assignments::of(&self.state);
        let layers = &self.state.rollouts[&release].draft.layers;
        let has = |target: &Target| {
            let mut turns = layers.iter().filter_map(|change| {
                let assigned = assignments.layer(&target.store, change.layer.as_str());
                assigned.next
            });
            turns.any(|turn| turn.release == release && turn.from <= self.now)
        };
        let targets = targets().into_iter();
        targets.filter(has).map(|target| target.store).collect()
    }
}

/// What versions of the layer hold: rows of releases, and urgent fixes.
#[derive(Default)]
struct Versions {
    rows: BTreeMap<u64, BTreeSet<u8>>,
    fixes: BTreeMap<u64, BTreeSet<u8>>,
}

impl Versions {
    fn new() -> Self {
        let rows = [(1, vec![]), (2, vec![0]), (3, vec![1])];
        Self {
            rows: rows
                .map(|(version, rows)| (version, rows.into_iter().collect()))
                .into(),
            fixes: BTreeMap::new(),
        }
    }

    /// A version with a fix more.
    fn fixed(&mut self, from: u64, fix: u8) -> u64 {
        let version = 10 + self.rows.len() as u64;
        let rows = self.rows[&from].clone();
        let mut fixes = self.fixes.get(&from).cloned().unwrap_or_default();
        fixes.insert(fix);
        self.rows.insert(version, rows);
        self.fixes.insert(version, fixes);
        version
    }

    fn has(&self, version: u64, fix: u8) -> bool {
        let fixes = self.fixes.get(&version);
        fixes.is_some_and(|fixes| fixes.contains(&fix))
    }
}

impl World {
    /// A person fixes a price and starts at once, under whatever release holds the layer.
    fn fix(&mut self, fix: u8, versions: &mut Versions) {
        let layer = || "prices/network/*".into();
        let held = self
            .state
            .holder(&layer())
            .and_then(|(over, rollout)| Some((over.clone(), rollout.change(&layer())?)));
        let stands = self.state.versions.get(&layer()).copied().unwrap_or(1);
        let from = held.as_ref().map_or(stands, |(_, change)| change.to);
        let under = held.map(|(release, change)| Underlay {
            layer: layer(),
            release,
            from: change.from,
            to: versions.fixed(change.from, fix),
        });
        let change = LayerChange {
            layer: layer(),
            from,
            to: versions.fixed(from, fix),
        };
        let draft = Draft {
            title: format!("Fix {fix}"),
            kind: ReleaseKind::Data,
            layers: vec![change],
            urgent: true,
            under: under.into_iter().collect(),
        };
        self.ask(fix, "anna", Act::Draft(draft));
        self.command(Command::of_centre(&release(fix), Act::Preview(vec![])));
        self.ask(fix, "boris", Act::Approve { reach: 100 });
        self.ask(fix, "anna", start());
    }

    /// The version that a shop is told to have now.
    fn version(&self, store: &StoreId) -> u64 {
        let assigned = Assignments::of(&self.state).layer(store, "prices/network/*");
        let due = assigned.next.filter(|turn| turn.from <= self.now);
        match due.map_or(assigned.version, |turn| turn.version) {
            0 => 1,
            version => version,
        }
    }
}

fn start() -> Act {
    Act::Start {
        stores: targets(),
        settings: Settings::default(),
    }
}

fn accept(gate: &str, red_up_to: Option<u64>) -> Act {
    Act::AcceptGate {
        gate: gate.to_owned(),
        red_up_to,
    }
}

/// What the planner does now; no wave may go over a gate that is red, or unknown, and not accepted.
fn tick(world: &mut World) -> Result<(), TestCaseError> {
    let planned = plan(&world.state, &world.observations, world.now);
    let again = plan(&world.state.clone(), &world.observations.clone(), world.now);
    prop_assert_eq!(&planned, &again);
    prop_assert_eq!(planned.text(), again.text());
    let waves = |world: &World| -> BTreeMap<ReleaseId, WaveNumber> {
        let rollouts = world.state.rollouts.iter();
        rollouts
            .map(|(release, r)| (release.clone(), r.wave()))
            .collect()
    };
    let before = waves(world);
    let commands = planned.commands();
    commands
        .into_iter()
        .for_each(|command| world.command(command));
    for planned in &planned.rollouts {
        let rollout = &world.state.rollouts[&planned.release];
        let went_on = rollout.wave() > before[&planned.release] || rollout.stage == Stage::Done;
        let Some(out) = planned.out.as_ref().filter(|_| went_on) else {
            continue;
        };
        for line in &out.gates {
            let green = line.reading.verdict == Verdict::Green;
            prop_assert!(green || line.accepted, "{}", planned_text(planned));
        }
        prop_assert!(world.now >= out.baked);
    }
    Ok(())
}

fn planned_text(planned: &storefleet_core::rollout::plan::RolloutPlan) -> String {
    format!("{planned:?}")
}

proptest! {
    #[test]
    fn no_wave_goes_over_a_gate_and_who_switched_stays(events in events()) {
        let mut world = World::new();
        for event in &events {
            let before: Vec<_> = (0..2).map(|number| world.released(number)).collect();
            world.happens(event);
            tick(&mut world)?;
            for number in 0..2_u8 {
                let rollout = &world.state.rollouts[&release(number)];
                if rollout.stage.is_active() {
                    let now = world.released(number);
                    prop_assert!(now.is_superset(&before[usize::from(number)]));
                }
            }
            let active = world.state.rollouts.values().filter(|r| r.stage.is_active());
            prop_assert!(active.count() <= 1, "two releases of one layer");
        }
    }

    #[test]
    fn no_shop_goes_back_to_a_version_without_an_urgent_fix(
        events in events(),
        fixed_before in vec(0..80_usize, 1..4),
    ) {
        let mut world = World::new();
        let mut versions = Versions::new();
        let mut started: Vec<u8> = Vec::new();
        for (place, event) in events.iter().enumerate() {
            if fixed_before.contains(&place) {
                let fix = 10 + started.len() as u8;
                world.fix(fix, &mut versions);
                let urgent = &world.state.rollouts[&release(fix)];
                prop_assert!(urgent.started.is_some(), "a fix is never held up");
                started.push(fix);
                // Whoever has it cannot lose it: the fix is not taken back, only corrected.
                if !urgent.draft.under.is_empty() {
                    world.ask(fix, "anna", Act::RollBack);
                    world.ask(fix, "anna", Act::Cancel);
                    let stage = &world.state.rollouts[&release(fix)].stage;
                    prop_assert_eq!(stage, &Stage::Running);
                }
                tick(&mut world)?;
            }
            world.happens(event);
            tick(&mut world)?;
            for target in targets() {
                let version = world.version(&target.store);
                for fix in &started {
                    prop_assert!(versions.has(version, *fix), "{} at {version}", target.store);
                }
                for number in 0..2_u8 {
                    let rollout = &world.state.rollouts[&release(number)];
                    let is_out = world.released(number).contains(&target.store);
                    if rollout.stage.is_active() {
                        let has = versions.rows[&version].contains(&number);
                        prop_assert_eq!(has, is_out, "release {} at {}", number, target.store);
                    }
                }
            }
        }
    }

    #[test]
    fn any_split_of_the_log_folds_the_same(events in events(), at in any::<prop::sample::Index>()) {
        let mut world = World::new();
        for event in &events {
            world.happens(event);
            tick(&mut world)?;
        }
        let split = at.index(world.facts.len() + 1);
        let mut folded = RolloutState::default();
        let (first, rest) = world.facts.split_at(split);
        for fact in first {
            folded.apply(fact);
        }
        let mut folded = folded.clone();
        for fact in rest {
            let read: RolloutFact = cbor::decode(&cbor::encode(fact)).unwrap();
            prop_assert_eq!(&read, fact);
            folded.apply(&read);
        }
        prop_assert_eq!(folded, world.state);
    }

    #[test]
    fn facts_in_any_order_fold_without_a_panic(
        events in events(),
        order in vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let mut world = World::new();
        events.iter().for_each(|event| world.happens(event));
        let mut state = RolloutState::default();
        for at in order {
            state.apply(&world.facts[at.index(world.facts.len())]);
        }
        let is_list = |fact: &&RolloutFact| matches!(
            fact,
            RolloutFact::Stepped { step, .. } if matches!(**step, Step::Members { .. })
        );
        prop_assert!(world.facts.iter().filter(is_list).count() <= 2);
        let planned = plan(&state, &world.observations, world.now);
        prop_assert!(!planned.text().is_empty());
    }
}

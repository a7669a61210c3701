//! The shops of a story: they open from 10 to 20, sell 10 receipts an hour, and do what the story says.

use std::collections::BTreeMap;

use storefleet_core::ids::StoreId;
use storefleet_core::rollout::assign::Assignments;
use storefleet_core::rollout::history::{HourReceipts, SalesHistory, WallHour};
use storefleet_core::rollout::names::{ReleaseId, WaveNumber};
use storefleet_core::rollout::observe::{Contact, Observation, Observations, Progress};
use storefleet_core::rollout::plan::plan;
use storefleet_core::rollout::target::Target;
use storefleet_core::rollout::{Command, Refusal, Rollout, RolloutFact, RolloutState, decide};
use storefleet_core::time::{OffsetMinutes, Timestamp};

const HOUR_MS: i64 = 3_600_000;
/// 2026-12-01T00:00:00Z, where every story begins.
const START: Timestamp = Timestamp(1_796_083_200_000);
const RECEIPTS: u32 = 10;

/// The state, the shops and the time.
pub(crate) struct World {
    state: RolloutState,
    targets: Vec<Target>,
    observations: Observations,
    history: SalesHistory,
    now: Timestamp,
    /// Sales of shops that have the release, and of the others, in percent.
    sell_with: u32,
    sell_without: u32,
    /// Code with which shops refuse.
    refuse: Option<String>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            state: RolloutState::default(),
            targets: Vec::new(),
            observations: Observations::default(),
            history: SalesHistory::default(),
            now: START,
            sell_with: 100,
            sell_without: 100,
            refuse: None,
        }
    }
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn open_shops(&mut self, count: usize) {
        self.targets = (0..count).map(target).collect();
        for target in &self.targets {
            let store = target.store.clone();
            for hour in 1..=(8 * 168) {
                let hour = WallHour(WallHour::of(START, target.offset).0 - hour);
                let count = receipts(hour, 100);
                let receipts = HourReceipts { hour, count };
                self.history.apply(&store, receipts);
            }
            let known = Observation::online(START);
            self.observations.stores.insert(store, known);
        }
    }

    pub(crate) fn forget_history(&mut self) {
        self.history = SalesHistory::default();
    }

    pub(crate) fn targets(&self, count: usize) -> Vec<Target> {
        self.targets[..count].to_vec()
    }

    /// Things that happen to shops; false when the line is not of them.
    pub(crate) fn happens(&mut self, act: &[&str]) -> Result<bool, String> {
        let percent = |text: &str| text.parse::<u32>().map_err(|_| "no percent");
        match act {
            ["shops", "with", "it", "sell", share, "%"] => self.sell_with = percent(share)?,
            ["all", "shops", "sell", share, "%"] => {
                self.sell_with = percent(share)?;
                self.sell_without = self.sell_with;
            }
            ["shops", "refuse", "it", "with", code] => self.refuse = Some((*code).to_owned()),
            ["shops", "take", "it", "again"] => {
                self.refuse = None;
                for known in self.observations.stores.values_mut() {
                    known
                        .progress
                        .retain(|_, progress| !matches!(progress, Progress::Refused { .. }));
                }
            }
            [count, "shops", "of", "wave", wave, "fall", "silent"] => {
                let contact = Contact::Silent(self.now);
                self.contact(count, wave, contact)?;
            }
            [count, "shops", "of", "wave", wave, "return"] => {
                let contact = Contact::Online(self.now);
                self.contact(count, wave, contact)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn contact(&mut self, count: &str, wave: &str, contact: Contact) -> Result<(), String> {
        let count: usize = count.parse().map_err(|_| "no count")?;
        let wave = WaveNumber(wave.parse().map_err(|_| "no wave")?);
        let rollout = self.state.rollouts.values().next().ok_or("no rollout")?;
        let members = rollout.members.iter().filter(|member| member.wave == wave);
        for member in members.take(count) {
            let known = self.observations.stores.get_mut(&member.target.store);
            known.ok_or("no shop")?.contact = contact;
        }
        Ok(())
    }

    pub(crate) fn command(&mut self, command: Command) -> Result<Vec<RolloutFact>, Refusal> {
        let facts = decide(&self.state, command, self.now)?;
        facts.iter().for_each(|fact| self.state.apply(fact));
        Ok(facts)
    }

    /// Lets the time go on by hours; the planner is asked each time.
    pub(crate) fn run_to(&mut self, until: Timestamp) {
        while self.now < until {
            let whole = Timestamp((self.now.0 / HOUR_MS + 1) * HOUR_MS);
            self.now = whole.min(until);
            self.shops_switch();
            if self.now == whole {
                self.shops_sell();
            }
            loop {
                let plan = plan(&self.state, &self.observations, self.now);
                let commands = plan.commands();
                if commands.is_empty() {
                    break;
                }
                for command in commands {
                    self.command(command).unwrap();
                }
            }
        }
    }

    fn shops_switch(&mut self) {
        let mut reached: BTreeMap<StoreId, Vec<(ReleaseId, Timestamp)>> = BTreeMap::new();
        for (release, rollout) in &self.state.rollouts {
            if !rollout.stage.is_active() {
                continue;
            }
            for member in &rollout.members {
                if let Some(slot) = rollout.slot(release, member) {
                    let store = member.target.store.clone();
                    reached
                        .entry(store)
                        .or_default()
                        .push((release.clone(), slot));
                }
            }
        }
        for (store, releases) in reached {
            let known = self.observations.stores.get_mut(&store).unwrap();
            let Contact::Online(since) = known.contact else {
                continue;
            };
            for (release, slot) in releases {
                let at = slot.max(since);
                if at <= self.now && !known.progress.contains_key(&release) {
                    let progress = match &self.refuse {
                        Some(code) => Progress::Refused { code: code.clone() },
                        None => Progress::Reached { at },
                    };
                    known.progress.insert(release, progress);
                }
            }
        }
    }

    fn shops_sell(&mut self) {
        let before = self.now.plus_ms(-HOUR_MS);
        let (with, without) = (self.sell_with, self.sell_without);
        for target in &self.targets {
            let known = self.observations.stores.get_mut(&target.store).unwrap();
            let hour = WallHour::of(before, target.offset);
            let reached = |progress| matches!(progress, &Progress::Reached { .. });
            let has_it = known.progress.values().any(reached);
            let count = receipts(hour, if has_it { with } else { without });
            if matches!(known.contact, Contact::Online(_)) {
                let sold = HourReceipts { hour, count };
                known.receipts.push(self.history.sold(&target.store, sold));
            }
        }
    }

    pub(crate) fn text(&self) -> String {
        plan(&self.state, &self.observations, self.now).text()
    }

    pub(crate) fn rollout(&self, release: &ReleaseId) -> Result<&Rollout, String> {
        let known = self.state.rollouts.get(release);
        known.ok_or_else(|| format!("no rollout {release}"))
    }

    /// How many shops are to have the release.
    pub(crate) fn have(&self, release: &ReleaseId) -> u64 {
        let assignments = Assignments::of(&self.state);
        let layers = &self.state.rollouts[release].draft.layers;
        let wants = |target: &&Target| {
            let mut turns = layers.iter().filter_map(|change| {
                let assigned = assignments.layer(&target.store, change.layer.as_str());
                assigned.next
            });
            turns.any(|turn| turn.release == *release)
        };
        self.targets.iter().filter(wants).count() as u64
    }
}

impl World {
    /// How many shops are to have a version of a layer now.
    pub(crate) fn get(&self, layer: &str, version: u64) -> u64 {
        let assignments = Assignments::of(&self.state);
        let gets = |target: &&Target| {
            let assigned = assignments.layer(&target.store, layer);
            let due = assigned.next.filter(|turn| turn.from <= self.now);
            due.map_or(assigned.version, |turn| turn.version) == version
        };
        self.targets.iter().filter(gets).count() as u64
    }
}

fn receipts(hour: WallHour, percent: u32) -> u32 {
    match hour.0.rem_euclid(24) {
        10..20 => RECEIPTS * percent / 100,
        _ => 0,
    }
}

fn target(number: usize) -> Target {
    Target {
        store: format!("s{number:05}").parse().unwrap(),
        region: ["RU-MOW", "RU-SVE", "RU-KAM", "RU-KDA"][number % 4].into(),
        dealer: format!("D{:04}", number % 10).into(),
        format: ["salon", "kiosk"][usize::from(number.is_multiple_of(3))].into(),
        offset: OffsetMinutes([180, 300, 720, 180][number % 4]),
    }
}

//! What the people of the office do: change prices and stops, release, stop, roll back, take back.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use storefleet_controller::master::underlay::Beside;
use storefleet_controller::rollouts::reach;
use storefleet_controller::rollouts::unreleased::{Held, Unreleased, go_under, unreleased};
use storefleet_core::dataset::LayerId;
use storefleet_core::ids::{Hash, StoreId, WorkplaceId};
use storefleet_core::master::{Cells, Row, Table};
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::rollout::fact::{Draft, ReleaseKind, Underlay};
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::observe::{Observation, Observations, Progress};
use storefleet_core::rollout::plan::{Next, Plan, Waiting, plan};
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::window::Window;
use storefleet_core::rollout::{Act, Actor, Command, Refusal, Right, Stage};
use storefleet_core::time::Timestamp;

use crate::sim::coverage::{Coverage, Met};
use crate::sim::office::Office;
use crate::sim::rng::Rng;
use crate::sim::sold::roots;

/// Items of the catalogue.
pub const ITEMS: u64 = 12;
/// Stores of the directory; those behind the first three are on paper and do as they are told.
const STORES: u64 = 12;
/// Zones of the shops: eleven of Russia, and one whose clocks are set twice a year.
pub const ZONES: &[&str] = &[
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Europe/Berlin",
];

/// The office's people of one seed.
#[derive(Debug, Default)]
pub struct People {
    rows: u64,
    changes: Vec<u64>,
}

fn record(table: Table, texts: &[&str]) -> (Table, String, Option<Vec<u8>>) {
    let spec = table.spec().expect("a table of ours");
    let cells = texts.iter().map(|text| (*text).into()).collect();
    let read = (spec.read)(&Cells::new(spec.columns, cells));
    let Row { key, bytes } = read.expect("a row as the office writes it");
    (table, key, Some(bytes))
}

fn by(name: &str) -> Actor {
    Actor::Person {
        name: name.into(),
        may: Right::Rule,
        reason: "sim".to_owned(),
    }
}

fn step(name: &str, release: &ReleaseId, act: Act) -> Command {
    Command::Step {
        by: by(name),
        release: release.clone(),
        act,
    }
}

impl People {
    /// The first master data, released to everybody at once.
    pub fn begin(
        &mut self,
        office: &mut Office,
        zones: &[&str],
        now: i64,
        dice: &mut Rng,
        met: &mut Coverage,
    ) {
        let mut rows = Vec::new();
        for dealer in ["D1", "D2"] {
            rows.push(record(
                Table::Dealers,
                &[dealer, dealer, "ooo", "A", "", "osn"],
            ));
        }
        for store in 1..=STORES {
            let code = format!("S{store}");
            let place = usize::try_from(store - 1).expect("few stores");
            let zone = zones.get(place).copied().unwrap_or("Europe/Moscow");
            let dealer = if store % 2 == 0 { "D2" } else { "D1" };
            let region = if store % 3 == 0 { "RU-MOW" } else { "RU-KAM" };
            let texts = [&code, dealer, "salon", "", region, "", "", "", "", "", zone];
            rows.push(record(Table::Stores, &texts));
        }
        rows.push(record(Table::PriceTypes, &["retail", ""]));
        for item in 0..ITEMS {
            let code = format!("I{item}");
            let name = format!("item {item}");
            let texts = [
                &code, "", "goods", "case", "X", &name, "", "шт", "none", "", "base",
            ];
            rows.push(record(Table::Items, &texts));
            rows.push(self.price(&code, "network", "*", LocalTime(0), None, dice));
        }
        office.change(rows, now);
        self.release(office, true, now, dice, met);
    }

    fn price(
        &mut self,
        item: &str,
        layer: &str,
        scope: &str,
        from: LocalTime,
        to: Option<LocalTime>,
        dice: &mut Rng,
    ) -> (Table, String, Option<Vec<u8>>) {
        self.rows += 1;
        let id = self.rows.to_string();
        let amount = dice.between(100, 99_999).to_string();
        let to = to.map_or_else(String::new, |to| to.to_string());
        let rank = dice.below(3).to_string();
        let from = from.to_string();
        let texts = [
            &id, item, "retail", layer, scope, &amount, &from, &to, &rank, "0", "0",
        ];
        record(Table::Prices, &texts)
    }

    /// Somebody changes prices and stops of some items.
    pub fn change(&mut self, office: &mut Office, now: i64, dice: &mut Rng) {
        let mut rows = BTreeMap::new();
        for _ in 0..dice.between(1, 5) {
            let item = format!("I{}", dice.below(ITEMS));
            let scopes = [
                ("network", "*"),
                ("region", "RU-KAM"),
                ("region", "RU-MOW"),
                ("dealer", "D1"),
                ("dealer", "D2"),
                ("store", "S1"),
                ("store", "S2"),
                ("store", "S3"),
            ];
            let (layer, scope) = *dice.pick(&scopes);
            // On the minute, some hours before or behind.
            let from = now / 60_000 * 60_000 + dice.between(-6, 30) * 3_600_000;
            let to = dice
                .one_in(2)
                .then(|| LocalTime(from + dice.between(1, 30) * 3_600_000));
            let row = if dice.one_in(4) {
                let from = LocalTime(from).to_string();
                record(
                    Table::StopList,
                    &[&item, layer, scope, "refuse", "recall", &from, ""],
                )
            } else {
                self.price(&item, layer, scope, LocalTime(from), to, dice)
            };
            rows.insert((row.0.code(), row.1.clone()), row);
        }
        let number = office.change(rows.into_values().collect(), now);
        self.changes.push(number);
    }

    /// Somebody takes a change back.
    pub fn undo(&mut self, office: &mut Office, now: i64, dice: &mut Rng, met: &mut Coverage) {
        if self.changes.is_empty() {
            return;
        }
        let change = *dice.pick(&self.changes);
        if office.undo(change, now) {
            met.met(Met::ChangeUndone);
        }
    }

    /// Somebody releases what was changed.
    pub fn release(
        &mut self,
        office: &mut Office,
        urgent: bool,
        now: i64,
        dice: &mut Rng,
        met: &mut Coverage,
    ) {
        office.build(now);
        let Unreleased {
            free: mut layers,
            held,
        } = unreleased(&office.store).expect("memory works");
        let mut under = Vec::new();
        if !held.is_empty() && urgent {
            met.met(Met::FixUnder);
            under = laid(office, &held, now);
            layers.extend(held.into_iter().map(|it| it.change));
        } else if !held.is_empty() {
            met.met(Met::ReleasesCross);
        }
        if layers.is_empty() {
            return;
        }
        let state = office.store.rollouts();
        let release: ReleaseId = format!("R-{}", state.rollouts.len() + 1).into();
        let places = office.places();
        let stores: BTreeSet<StoreId> = (1..=STORES)
            .map(|it| format!("s{it}").parse().expect("a store"))
            .collect();
        let stores = reach::targets(stores.iter(), &places, &layers, Timestamp(now));
        let draft = Draft {
            title: "sim".to_owned(),
            kind: ReleaseKind::Data,
            layers,
            urgent,
            under,
        };
        let opens = u16::try_from(dice.below(1_440)).expect("a minute");
        let settings = Settings {
            window: Window {
                opens,
                closes: (opens + 90) % 1_440,
            },
            bake_ms: if urgent {
                0
            } else {
                dice.between(0, 90) * 60_000
            },
            ..Settings::default()
        };
        met.met(if urgent {
            Met::ReleaseUrgent
        } else {
            Met::ReleaseInWaves
        });
        let acts = [
            step("anna", &release, Act::Draft(draft)),
            Command::of_centre(&release, Act::Preview(Vec::new())),
            step("anna", &release, Act::Approve { reach: 100 }),
            step("boris", &release, Act::Approve { reach: 100 }),
            step("anna", &release, Act::Start { stores, settings }),
        ];
        // One that is left as a draft may cross another that starts before it.
        let left = usize::from(!urgent && dice.one_in(6));
        for command in acts.into_iter().take(5 - left) {
            if office.roll(command, now).is_err() {
                return;
            }
        }
    }

    /// Somebody stops, resumes, takes back or ends a release.
    pub fn meddle(&mut self, office: &mut Office, now: i64, dice: &mut Rng, met: &mut Coverage) {
        let rollouts = office.store.rollouts().rollouts.iter();
        let mut known: Vec<(ReleaseId, bool)> = rollouts
            .filter(|(_, it)| !matches!(it.stage, Stage::RolledBack(_) | Stage::Cancelled(_)))
            .map(|(release, it)| (release.clone(), it.stage.is_active()))
            .collect();
        if known.iter().any(|(_, active)| *active) {
            known.retain(|(_, active)| *active);
        }
        // The first release is what there is to sell at all.
        known.retain(|(release, _)| release.as_str() != "R-1");
        if known.is_empty() {
            return;
        }
        let (release, _) = dice.pick(&known).clone();
        let (act, point) = match dice.below(5) {
            0 => (Act::Pause, Met::ReleasePaused),
            1 => (Act::Cancel, Met::ReleaseCancelled),
            2 | 3 => (Act::RollBack, Met::ReleaseRolledBack),
            _ => (Act::Resume, Met::ReleaseResumed),
        };
        let done: Result<usize, Refusal> = office.roll(step("boris", &release, act), now);
        if done.is_ok_and(|facts| facts > 0) {
            met.met(point);
        }
    }

    /// What the planner says is done; people take unknown gates upon themselves.
    pub fn carry_out(&mut self, office: &mut Office, online: &BTreeSet<WorkplaceId>, now: i64) {
        for _ in 0..8 {
            let observations = observations(office, online, now);
            let plan = plan(office.store.rollouts(), &observations, Timestamp(now));
            let commands: Vec<Command> =
                plan.commands().into_iter().chain(accepted(&plan)).collect();
            let mut done = 0;
            for command in commands {
                done += office.roll(command, now).unwrap_or(0);
            }
            if done == 0 {
                return;
            }
        }
    }
}

fn laid(office: &mut Office, held: &[Held], now: i64) -> Vec<Underlay> {
    let lay = |besides: &[Beside]| Ok::<_, Infallible>(office.lay(besides, now));
    let Ok(under) = go_under(held, lay);
    under
}

fn accepted(plan: &Plan) -> Vec<Command> {
    let waiting = plan.rollouts.iter().filter_map(|it| match &it.next {
        Next::Wait(Waiting::Person(gate)) => {
            let act = Act::AcceptGate {
                gate: (*gate).to_owned(),
                red_up_to: None,
            };
            Some(step("boris", &it.release, act))
        }
        Next::Wait(_) | Next::Release(_) | Next::Pause { .. } | Next::Finish => None,
    });
    waiting.collect()
}

/// Shops on paper have what they should have; the others said what they have.
fn observations(office: &Office, online: &BTreeSet<WorkplaceId>, now: i64) -> Observations {
    let mut observations = Observations::default();
    for (release, rollout) in &office.store.rollouts().rollouts {
        if !rollout.stage.is_active() {
            continue;
        }
        let brings: Vec<_> = rollout
            .draft
            .layers
            .iter()
            .filter_map(|change| {
                let layer: LayerId = change.layer.as_str().parse().ok()?;
                let numbers = office.store.rollouts().brings(release, &change.layer);
                let versions = numbers.into_iter().filter_map(|number| {
                    let version = office.store.version(&layer, number);
                    version.expect("memory works")
                });
                let roots: BTreeSet<Hash> = versions.map(|version| version.root).collect();
                (!roots.is_empty()).then_some((layer, roots))
            })
            .collect();
        for member in &rollout.members {
            let store = &member.target.store;
            let slot = rollout.slot(release, member);
            let due = slot.is_some_and(|slot| slot.0 <= now);
            let of_store = office.heard.iter().filter(|(it, _)| it.store() == store);
            let tills: Vec<_> = of_store.collect();
            let has = |layers: &BTreeMap<LayerId, Hash>| {
                let mut mine = brings
                    .iter()
                    .filter(|(layer, _)| layers.contains_key(layer));
                mine.all(|(layer, roots)| layers.get(layer).is_some_and(|it| roots.contains(it)))
            };
            let reached = match tills.is_empty() {
                true => due && !["s1", "s2", "s3"].contains(&store.as_str()),
                false => due && tills.iter().all(|(_, on_sale)| has(&roots(on_sale))),
            };
            let silent = tills.iter().any(|(it, _)| !online.contains(*it));
            let seen = observations.stores.entry(store.clone()).or_insert_with(|| {
                let mut seen = Observation::online(Timestamp(now - 86_400_000));
                if silent {
                    let since = Timestamp(now - 60_000);
                    seen.contact = storefleet_core::rollout::observe::Contact::Silent(since);
                }
                seen
            });
            if reached {
                let at = slot.unwrap_or(Timestamp(now));
                seen.progress
                    .insert(release.clone(), Progress::Reached { at });
            }
        }
    }
    observations
}

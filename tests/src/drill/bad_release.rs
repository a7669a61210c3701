//! `bad-release`: releases that people spoiled and releases that are fine, through preview and planner.
//!
//! No processes: preview, plan and shops in virtual time. Every bad release must be held before it left
//! the canary, and hardly any good one. Thresholds are tuned on seeds below 1,000; the seeds from 1,000
//! to 1,199 showed a fault of the sales gate, so that the proof begins behind them.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};
use storefleet_core::rollout::names::WaveNumber;

use crate::drill::{Drill, Seeds};
use crate::sim::rng::Rng;

mod catalogue;
mod kinds;
mod shops;
mod trial;

use catalogue::Catalogue;
use kinds::Bad;
use trial::{Outcome, trial};

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "bad-release",
    about: "bad releases are held at the preview or the canary, good ones pass",
};

/// Seeds that nothing was tuned or mended on.
pub const FROM: u64 = 2_000;
/// Releases of a full run; every other one is bad.
pub const SEEDS: u64 = 200;
/// Sales with a release that quietly spoils them, in thousandths.
const QUIET: i64 = 800;
/// Good releases that may be held, in percent.
const GOOD_HELD_PERCENT_MAX: u64 = 2;

/// What came of all releases.
#[derive(Default)]
struct Tally {
    bad: u64,
    at_preview: u64,
    at_canary: u64,
    missed: Vec<String>,
    good: u64,
    good_held: Vec<String>,
    by_kind: BTreeMap<String, [u64; 2]>,
    good_hours: Vec<i64>,
}

/// Runs the drill, one release for each seed.
#[must_use]
pub fn run(seeds: Seeds) -> Value {
    let begun = Instant::now();
    let mut tally = Tally::default();
    for seed in seeds.from..seeds.from + seeds.count {
        tally.release(seed);
    }
    tally.good_hours.sort_unstable();
    let middle = tally.good_hours.get(tally.good_hours.len() / 2);
    let good_held = tally.good_held.len() as u64;
    json!({
        "drill": "bad-release",
        "holds": tally.missed.is_empty()
            && good_held * 100 <= tally.good * GOOD_HELD_PERCENT_MAX,
        "from": seeds.from, "seeds": seeds.count,
        "bad": tally.bad, "held_at_preview": tally.at_preview, "held_at_canary": tally.at_canary,
        "missed": tally.missed, "good": tally.good, "good_held": good_held,
        "good_held_why": tally.good_held, "held_of_kind": tally.by_kind,
        "good_hours_median": middle, "ms": u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

impl Tally {
    fn release(&mut self, seed: u64) {
        let mut rng = Rng::new(seed);
        let catalogue = Catalogue::new(&mut rng);
        let standing = catalogue.standing();
        if seed % 2 == 1 {
            let rows = kinds::good(&catalogue, &mut rng);
            self.good += 1;
            match trial(seed, &rows, &standing, 1_000) {
                Outcome::Done { hours } => self.good_hours.push(hours),
                held => self.good_held.push(format!("{seed}: {held:?}")),
            }
            return;
        }
        let turn = usize::try_from(seed / 2).expect("a small seed") % Bad::TURNS.len();
        let kind = Bad::TURNS[turn];
        let rows = kinds::bad(kind, &catalogue, &mut rng);
        let effect = if kind == Bad::QuietSales {
            QUIET
        } else {
            1_000
        };
        self.bad += 1;
        let of_kind = self.by_kind.entry(format!("{kind:?}")).or_default();
        of_kind[1] += 1;
        match trial(seed, &rows, &standing, effect) {
            Outcome::HeldAtPreview(_) => self.at_preview += 1,
            Outcome::Held { wave, .. } if wave <= WaveNumber(1) => self.at_canary += 1,
            missed => {
                self.missed.push(format!("{seed} {kind:?}: {missed:?}"));
                return;
            }
        }
        of_kind[0] += 1;
    }
}

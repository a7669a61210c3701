//! Simulated shops: they open by their own wall, sell by weekday and hour with noise, lose their line,
//! close for a day, and suffer an outage with their region. Integers and whole hours of virtual time.

use storefleet_core::ids::StoreId;
use storefleet_core::rollout::history::{HourReceipts, SalesHistory, WallHour};
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::rollout::observe::{Contact, Observation, Observations, Progress};
use storefleet_core::rollout::target::Target;
use storefleet_core::rollout::{Rollout, RolloutState};
use storefleet_core::time::{OffsetMinutes, Timestamp};

use crate::sim::rng::Rng;

const HOUR_MS: i64 = 3_600_000;
const WEEK_HOURS: i32 = 168;
const SHOPS: u64 = 400;
const REGIONS: [(&str, i16); 6] = [
    ("RU-MOW", 180),
    ("RU-SPE", 180),
    ("RU-SVE", 300),
    ("RU-NVS", 420),
    ("RU-KDA", 180),
    ("RU-KAM", 720),
];
/// Share of the usual day, in percent, by hour from 10:00.
const HOURS: [i64; 11] = [50, 70, 90, 110, 120, 110, 100, 110, 130, 120, 90];
/// Share of the usual day, in percent, by day of the week from Thursday: 1970 began on one.
const WEEKDAYS: [i64; 7] = [95, 115, 130, 120, 80, 80, 80];

/// When a region sells little.
struct Outage {
    region: usize,
    from: Timestamp,
    to: Timestamp,
    /// Its line is away too.
    silent: bool,
}

struct Shop {
    target: Target,
    region: usize,
    /// Receipts of a mean hour, in thousandths.
    size: i64,
    /// Its own mood of the day and the day it is of, in thousandths.
    day: (i32, i64),
    silent_until: Timestamp,
}

/// Every shop of a seed.
pub(super) struct Shops {
    shops: Vec<Shop>,
    history: SalesHistory,
    /// What the centre knows.
    pub(super) observations: Observations,
    outage: Option<Outage>,
    /// Sales with the release, in thousandths of what they would be.
    pub(super) with_release: i64,
    moods: u64,
    rng: Rng,
}

impl Shops {
    /// The shops of a seed, with eight weeks behind them.
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        let mut rng = Rng::new(seed ^ 0x5EED);
        let shops: Vec<Shop> = (0..SHOPS).map(|number| shop(number, &mut rng)).collect();
        let outage = rng.one_in(4).then(|| {
            let from = now.plus_ms(rng.between(20, 240) * HOUR_MS);
            Outage {
                region: rng.index(REGIONS.len()),
                from,
                to: from.plus_ms(rng.between(4, 30) * HOUR_MS),
                silent: rng.one_in(2),
            }
        });
        let mut new = Self {
            shops,
            history: SalesHistory::default(),
            observations: Observations::default(),
            outage: None,
            with_release: 1_000,
            moods: rng.any(),
            rng,
        };
        for number in 0..new.shops.len() {
            new.remember(number, now);
        }
        new.outage = outage;
        new
    }

    /// The list for the rollout.
    pub(super) fn targets(&self) -> Vec<Target> {
        self.shops.iter().map(|shop| shop.target.clone()).collect()
    }

    fn remember(&mut self, number: usize, now: Timestamp) {
        let store = self.shops[number].target.store.clone();
        let first = WallHour::of(now, self.shops[number].target.offset).0 - 8 * WEEK_HOURS;
        for hour in first..first + 8 * WEEK_HOURS {
            let hour = WallHour(hour);
            if let Some(count) = self.sell(number, hour, now.plus_ms(-HOUR_MS), 1_000) {
                self.history.apply(&store, HourReceipts { hour, count });
            }
        }
        // One shop in fifty has been away for a while already.
        let mut known = Observation::online(now);
        if self.rng.one_in(50) {
            self.shops[number].silent_until = now.plus_ms(self.rng.between(24, 400) * HOUR_MS);
            known.contact = Contact::Silent(now.plus_ms(-24 * HOUR_MS));
        }
        self.observations.stores.insert(store, known);
    }

    /// Receipts of an hour; nothing while the shop is closed by its hours.
    fn sell(&mut self, number: usize, hour: WallHour, at: Timestamp, effect: i64) -> Option<u32> {
        let of_day = usize::try_from(hour.0.rem_euclid(24)).ok()?;
        let of_hour = HOURS.get(of_day.checked_sub(10)?)?;
        let day = hour.0.div_euclid(24);
        let weekday = WEEKDAYS[usize::try_from(day.rem_euclid(7)).ok()?];
        if self.shops[number].day.0 != day {
            let closed = self.rng.one_in(150);
            let mood = if closed {
                0
            } else {
                1_000 + bell(&mut self.rng, 100)
            };
            self.shops[number].day = (day, mood);
        }
        let shop = &self.shops[number];
        let region = shop.region as u64 + 1;
        let weather = self.mood(day, region, 60) * self.mood(day, 0, 50) / 1_000;
        let out = self.outage.as_ref().is_some_and(|outage| {
            outage.region == shop.region && outage.from <= at && at < outage.to
        });
        let outage = if out { 300 } else { 1_000 };
        let mean = shop.size * of_hour / 100 * weekday / 100;
        let mean = mean * shop.day.1 / 1_000 * weather / 1_000;
        let mean = mean * outage / 1_000 * effect / 1_000;
        Some(poisson(&mut self.rng, mean))
    }

    /// The mood of a day that many shops share, in thousandths.
    fn mood(&self, day: i32, of: u64, spread: i64) -> i64 {
        let day = u64::from(day.unsigned_abs());
        let mut rng = Rng::new(self.moods ^ (day << 8) ^ of);
        1_000 + bell(&mut rng, spread)
    }

    /// One hour passes.
    pub(super) fn hour(&mut self, state: &RolloutState, release: &ReleaseId, now: Timestamp) {
        let Some(rollout) = state.rollouts.get(release) else {
            return;
        };
        for number in 0..self.shops.len() {
            self.contact(number, now);
            let hour = WallHour::of(now.plus_ms(-HOUR_MS), self.shops[number].target.offset);
            let known = self.known(number);
            let has_it = matches!(known.progress(release), Progress::Reached { .. });
            let effect = if has_it { self.with_release } else { 1_000 };
            let sold = self.sell(number, hour, now, effect);
            let store = self.shops[number].target.store.clone();
            let sold = sold.map(|count| self.history.sold(&store, HourReceipts { hour, count }));
            let known = self.known(number);
            known.receipts.extend(sold);
        }
        self.trouble();
        self.switch(rollout, release, now);
    }

    fn known(&mut self, number: usize) -> &mut Observation {
        let store = &self.shops[number].target.store;
        self.observations.stores.get_mut(store).expect("a shop")
    }

    /// The line goes and comes back. What was sold meanwhile arrives later: here it is not missed.
    fn contact(&mut self, number: usize, now: Timestamp) {
        let shop = &mut self.shops[number];
        if self.rng.one_in(500) {
            let until = now.plus_ms(self.rng.between(1, 10) * HOUR_MS);
            shop.silent_until = shop.silent_until.max(until);
        }
        let outage = self.outage.as_ref().filter(|outage| outage.silent);
        let out = outage.is_some_and(|outage| {
            outage.region == shop.region && outage.from <= now && now < outage.to
        });
        let silent = out || now < shop.silent_until;
        let known = self.known(number);
        known.contact = match (known.contact, silent) {
            (Contact::Online(_), true) => Contact::Silent(now),
            (Contact::Silent(_), false) => Contact::Online(now),
            (same, _) => same,
        };
    }

    /// A till error or a restart, as they happen everywhere.
    fn trouble(&mut self) {
        for number in 0..self.shops.len() {
            let (error, restart) = (self.rng.one_in(240), self.rng.one_in(1_000));
            let known = self.known(number);
            known.till_errors += u32::from(error);
            known.restarts += u32::from(restart);
        }
    }

    fn switch(&mut self, rollout: &Rollout, release: &ReleaseId, now: Timestamp) {
        for member in rollout.members.iter().filter(|_| rollout.stage.is_active()) {
            let known = self.observations.stores.get_mut(&member.target.store);
            let known = known.expect("a shop");
            let Contact::Online(since) = known.contact else {
                continue;
            };
            let Some(slot) = rollout.slot(release, member) else {
                continue;
            };
            if slot <= now && !known.progress.contains_key(release) {
                let at = slot.max(since);
                let reached = Progress::Reached { at };
                known.progress.insert(release.clone(), reached);
            }
        }
    }

    /// A wave was released: its bake window begins.
    pub(super) fn new_window(&mut self) {
        for known in self.observations.stores.values_mut() {
            known.till_errors = 0;
            known.restarts = 0;
        }
    }
}

fn shop(number: u64, rng: &mut Rng) -> Shop {
    let region = rng.index(REGIONS.len());
    let (name, offset) = REGIONS[region];
    let store: StoreId = format!("s{number:05}").parse().expect("a store code");
    Shop {
        target: Target {
            store,
            region: name.into(),
            dealer: format!("D{:04}", rng.below(15)).into(),
            format: (*rng.pick(&["salon", "kiosk"])).into(),
            offset: OffsetMinutes(offset),
        },
        region,
        size: rng.between(3_000, 12_000),
        day: (i32::MIN, 1_000),
        silent_until: Timestamp(0),
    }
}

/// Twelve throws make a bell of about this standard deviation.
fn bell(rng: &mut Rng, deviation: i64) -> i64 {
    let sum: i64 = (0..12).map(|_| rng.between(0, 1_000)).sum();
    (sum - 6_000) * deviation / 1_000
}

/// Receipts of an hour with this mean, in thousandths (Knuth, "Seminumerical Algorithms", 3.4.1).
fn poisson(rng: &mut Rng, mean: i64) -> u32 {
    let least = (-(mean.max(0) as f64) / 1_000.0).exp();
    let mut product = 1.0;
    for count in 0.. {
        product *= (rng.any() >> 11) as f64 / (1_u64 << 53) as f64;
        if product <= least {
            return count;
        }
    }
    0
}

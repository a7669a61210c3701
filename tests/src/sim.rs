//! The deterministic simulator: shops, disks, clocks, network and centre in one thread with a seed.
//!
//! It drives the code of the product itself; only disk, network, clock and people are simulated.

pub mod centre;
pub mod checks;
pub mod client;
pub mod coverage;
pub mod disk;
pub mod faults;
pub mod image;
pub mod line;
pub mod network;
pub mod office;
pub mod people;
#[cfg(feature = "planted")]
pub mod planted;
pub mod rng;
pub mod shelf;
pub mod shop;
pub mod sold;
pub mod traffic;
pub mod way_down;
pub mod witness;
pub mod world;

use checks::{Checked, Violation, violated};
use coverage::Coverage;
use shop::End;
use way_down::Deed;
use world::{Event, World};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Midnights of the first day, UTC: 30 January 2026, so that a month ends soon, twice; 27 March and 23 October,
/// so that clocks are set.
const STARTS_MS: [i64; 4] = [
    1_769_731_200_000,
    1_774_569_600_000,
    1_769_731_200_000,
    1_792_713_600_000,
];
/// Times of one day at which one till is used.
const VISITS_A_DAY: u64 = 12;
/// Faults of one seed, at least.
const FAULTS: u64 = 24;
/// How often planner and shops look.
const LOOK_MS: i64 = 30 * 60_000;
/// After the last fault every shop is up to date within this.
const REST_MS: i64 = 2 * HOUR_MS;

/// What a seed came to.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its number.
    pub seed: u64,
    /// What it met.
    pub coverage: Coverage,
    /// What did not hold.
    pub violation: Option<Violation>,
    /// Events handled.
    pub steps: u64,
    /// Requests answered.
    pub answers: u64,
}

/// Runs one seed.
#[must_use]
pub fn run(seed: u64) -> Run {
    let mut world = World::new(seed, start_ms(seed) + 5 * HOUR_MS);
    let violation = live(&mut world, start_ms(seed)).err();
    Run {
        seed,
        violation,
        steps: world.steps,
        answers: world
            .shops
            .iter()
            .map(|it| it.client.done.len() as u64)
            .sum(),
        coverage: world.met,
    }
}

fn start_ms(seed: u64) -> i64 {
    let place = usize::try_from(seed % 4).expect("below four");
    STARTS_MS[place]
}

/// Days with faults, most often a jump over a season, and rest.
fn live(world: &mut World, start: i64) -> Checked {
    let days = 2 + world.dice.below(2);
    let is_long = world.dice.below(5) < 2;
    let faults = FAULTS / if is_long { 2 } else { 1 };
    let each = faults / days + 1;
    let mut morning = start + 6 * HOUR_MS;
    for _ in 0..days {
        day(world, morning, each)?;
        morning += DAY_MS;
    }
    if is_long {
        rest(world)?;
        morning = start + 6 * HOUR_MS + (100 + world.dice.between(0, 9)) * DAY_MS;
        for _ in 0..2 {
            world.jump(morning - HOUR_MS);
            day(world, morning, faults / 2 + 1)?;
            morning += DAY_MS;
        }
    }
    rest(world)?;
    checks::at_rest(world)?;
    sold::at_rest(world)
}

/// One day in all shops.
fn day(world: &mut World, morning: i64, faults: u64) -> Checked {
    world.run_until(morning - 10_000)?;
    for shop in 0..world.shops.len() {
        if world.shops[shop].fate.retired {
            continue;
        }
        for _ in 0..VISITS_A_DAY {
            let at = world.dice.between(10_000, 12 * HOUR_MS);
            // A queue of people: batches are in flight while the next are made.
            for act in 0..world.dice.between(1, 4) {
                let pause = act * world.dice.between(300, 2_500);
                world.after(at + pause, Event::Act(shop, false));
            }
        }
        world.after(12 * HOUR_MS + 60_000, Event::Act(shop, true));
    }
    office_day(world);
    world.after(5_000, Event::BackUp);
    for _ in 0..2 {
        let at = world.dice.between(0, 12 * HOUR_MS);
        world.after(at, Event::BackUp);
    }
    for _ in 0..faults {
        let at = world.dice.between(0, 12 * HOUR_MS);
        let fault = world.draw_fault();
        world.after(at + 10_000, Event::Fault(fault));
    }
    world.run_until(morning + 14 * HOUR_MS)
}

/// One day in the office, and looks of the planner and of every shop around the clock.
fn office_day(world: &mut World) {
    for (deed, times) in [
        (Deed::Change, 5),
        (Deed::Release, 4),
        (Deed::Meddle, 3),
        (Deed::Undo, 1),
    ] {
        for _ in 0..times {
            let at = world.dice.between(10_000, 13 * HOUR_MS);
            world.after(at, Event::Office(deed));
        }
    }
    for look in 0..24 * HOUR_MS / LOOK_MS {
        world.after(look * LOOK_MS, Event::Office(Deed::Look));
        world.after(look * LOOK_MS + LOOK_MS / 2, Event::Look);
    }
}

/// No more faults: everything heals, is asked again and goes up.
fn rest(world: &mut World) -> Checked {
    for weather in world.weather.values_mut() {
        *weather = network::Weather {
            last_ms: weather.last_ms,
            ..network::Weather::default()
        };
    }
    if world.centre.loses_power {
        world.centre_falls(true);
    }
    for index in 0..world.shops.len() {
        let is_copy = index >= 4;
        if is_copy {
            world.retire(index);
            continue;
        }
        if world.shops[index].rooms.loses_power() {
            world.fell(index, End::Power);
        }
        world.shops[index].rooms.calm();
        world.shops[index].crash_at = None;
        world.shops[index].clock_off_ms = 0;
        world.shops[index].kept.crash_at = None;
        world.shops[index].kept.spoilt = false;
        if world.shops[index].kept.image.is_off() {
            world.fell(index, End::Power);
        }
        world.shops[index].kept.image.calm();
    }
    world.after(1, Event::CentreStart);
    let until = world.now + REST_MS;
    while world.now < until {
        for index in 0..world.shops.len() {
            let shop = &world.shops[index];
            let session = shop.session;
            let (is_down, is_dark) = (shop.store.is_none(), shop.line.is_none());
            if is_down {
                world.after(10, Event::Start(index));
            } else if is_dark {
                world.after(10, Event::Connect(index, session));
            }
            world.after(1_000, Event::Retry(index));
            world.shops[index].forgive();
            world.nudge(index);
        }
        world.after(20_000, Event::Office(Deed::Look));
        world.after(60_000, Event::Look);
        world.run_until(world.now + 120_000)?;
        let shops = world.shops.iter().filter(|shop| !shop.fate.retired);
        let mut calm = shops.map(|it| {
            it.is_caught_up() && it.client.pending.is_empty() && sold::has_converged(world, it)
        });
        if calm.all(|is_calm| is_calm) {
            return Ok(());
        }
    }
    let told = format!("{}\n  {}", world.standing(), sold::lacking(world));
    violated("every shop converges after the last fault", told)
}

//! `cargo sim -- --seeds N --from S`: runs seeds of the simulator and says what they met.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a command-line tool of the tests: it prints, and a failed expectation is a bug in it"
)]

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use storefleet_tests::arguments;
use storefleet_tests::sim::coverage::Coverage;
use storefleet_tests::sim::{Run, run};

/// Each fault and way back must be met this often in a full run.
const MET_MIN: u64 = 10;
/// Seeds of a full run.
const FULL: u64 = 1_000;

#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Threads that share the seeds.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
    /// Do not stop at the first seed that fails.
    #[arg(long)]
    keep_going: bool,
    /// Run with a planted bug.
    #[cfg(feature = "planted")]
    #[arg(long)]
    planted: Option<String>,
    /// Plant every bug in turn, and show that a seed finds it.
    #[cfg(feature = "planted")]
    #[arg(long)]
    each_planted: bool,
}

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(arguments::given());
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        println!("panic in seed {}: {}", SEED.get(), replay(SEED.get()));
        hook(info);
    }));
    #[cfg(feature = "planted")]
    if arguments.each_planted {
        return each_planted();
    }
    #[cfg(feature = "planted")]
    if !storefleet_tests::sim::planted::plant(arguments.planted.as_deref()) {
        println!("no planted bug has that name");
        return ExitCode::FAILURE;
    }
    let started = Instant::now();
    let runs = run_all(&arguments);
    let seconds = started.elapsed().as_secs_f64();
    report(&arguments, &runs, seconds)
}

/// The switch of a bug is the process's, so one thread goes through all of them.
#[cfg(feature = "planted")]
fn each_planted() -> ExitCode {
    /// Seeds within which a bug must show.
    const SEEDS_MAX: u64 = 60;

    match storefleet_tests::sim::planted::find_each(SEEDS_MAX) {
        Ok(found) => {
            found
                .iter()
                .for_each(|(bug, seed)| println!("{bug}: found by seed {seed}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn replay(seed: u64) -> String {
    format!("cargo sim -- --seeds 1 --from {seed}")
}

/// The seeds in order, up to the first that fails unless all are wanted.
fn run_all(arguments: &Arguments) -> Vec<Run> {
    let next = AtomicU64::new(arguments.from);
    let end = AtomicU64::new(arguments.from.saturating_add(arguments.seeds));
    let work = || {
        let mut runs = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end.load(Ordering::Relaxed) {
                return runs;
            }
            SEED.set(seed);
            let run = run(seed);
            if run.violation.is_some() && !arguments.keep_going {
                end.fetch_min(seed, Ordering::Relaxed);
            }
            runs.push(run);
        }
    };
    let mut runs: Vec<Run> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.threads.max(1))
            .map(|_| scope.spawn(work))
            .collect();
        let ended = workers.into_iter().map(|it| it.join().expect("no panic"));
        ended.flatten().collect()
    });
    runs.sort_by_key(|run| run.seed);
    runs
}

fn report(arguments: &Arguments, runs: &[Run], seconds: f64) -> ExitCode {
    let mut coverage = Coverage::default();
    runs.iter().for_each(|run| coverage.add(&run.coverage));
    for (name, count) in coverage.rows() {
        println!("{count:>9}  {name}");
    }
    let failed: Vec<&Run> = runs.iter().filter(|run| run.violation.is_some()).collect();
    for run in &failed {
        if let Some(violation) = &run.violation {
            println!("seed {} fails: {}", run.seed, violation.invariant);
            println!("  {}", violation.evidence);
            println!("  {}", replay(run.seed));
        }
    }
    let count = u64::try_from(runs.len()).unwrap_or(u64::MAX);
    let rare = coverage.below(MET_MIN);
    if count >= FULL && !rare.is_empty() {
        println!("met fewer than {MET_MIN} times: {}", rare.join(", "));
    } else if !coverage.below(1).is_empty() {
        println!("warning, never met: {}", coverage.below(1).join(", "));
    }
    let ok = failed.is_empty() && (count < FULL || rare.is_empty());
    let (steps, answers) = runs.iter().fold((0_u64, 0_u64), |sum, run| {
        (sum.0 + run.steps, sum.1 + run.answers)
    });
    let speed = f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds.max(0.001);
    println!("{count} seeds, {steps} events, {answers} answers, {speed:.1} seeds/s");
    if arguments.json {
        let rows: serde_json::Map<_, _> = coverage
            .rows()
            .map(|(name, count)| (name.to_owned(), count.into()))
            .collect();
        let failed: Vec<u64> = failed.iter().map(|run| run.seed).collect();
        let line = serde_json::json!({
            "seeds": count, "from": arguments.from, "seconds": seconds, "seeds_per_s": speed,
            "events": steps, "answers": answers, "failed": failed, "coverage": rows, "ok": ok,
        });
        println!("{line}");
    }
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

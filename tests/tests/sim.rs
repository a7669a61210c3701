//! The simulator passes on the product and fails on each planted bug.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation here is a failed test, and a panic says where"
)]

use storefleet_tests::sim::run;

/// The first seed of these tests; any other does as well.
const FROM: u64 = 1;

#[cfg(not(feature = "planted"))]
#[test]
fn a_few_seeds_pass() {
    for seed in FROM..FROM + 8 {
        let run = run(seed);
        assert_eq!(run.violation, None, "cargo sim -- --seeds 1 --from {seed}");
    }
}

#[cfg(not(feature = "planted"))]
#[test]
fn the_same_seed_is_the_same_run() {
    let (first, second) = (run(FROM), run(FROM));
    assert_eq!(first.steps, second.steps);
    assert_eq!(first.answers, second.answers);
    assert!(first.coverage.rows().eq(second.coverage.rows()));
}

/// The switch of a planted bug is the process's, so one test goes through all of them.
#[cfg(feature = "planted")]
#[test]
fn each_planted_bug_is_found() {
    use storefleet_tests::sim::planted::{ALL, plant};

    /// Seeds within which a bug must show.
    const SEEDS_MAX: u64 = 60;

    let fails = |seed: &u64| run(*seed).violation.is_some();
    for bug in ALL {
        assert!(plant(Some(bug.name)));
        let found = (FROM..FROM + SEEDS_MAX).find(fails);
        let seed = found.unwrap_or_else(|| panic!("{} is not found", bug.name));
        assert!(plant(None));
        assert_eq!(run(seed).violation, None, "{}: without it", bug.name);
    }
}

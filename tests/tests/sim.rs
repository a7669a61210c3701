//! The simulator passes on the product. That it fails on each planted bug is shown by its program
//! built with the feature `planted`, as `sim --each-planted`.

use storefleet_tests::sim::run;

/// The first seed of these tests; any other does as well.
const FROM: u64 = 1;

#[test]
fn a_few_seeds_pass() {
    for seed in FROM..FROM + 8 {
        let run = run(seed);
        assert_eq!(run.violation, None, "cargo sim -- --seeds 1 --from {seed}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (first, second) = (run(FROM), run(FROM));
    assert_eq!(first.steps, second.steps);
    assert_eq!(first.answers, second.answers);
    assert!(first.coverage.rows().eq(second.coverage.rows()));
}

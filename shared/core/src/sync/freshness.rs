//! Whether the newest manifest that the centre signed came: every ack names its generation, so nobody between the
//! two can keep a shop on an older one unseen.

use crate::dataset::manifest::Generation;
use crate::time::Timestamp;

/// A manifest that an ack names may be on its way for this long; then it is asked for.
const WAIT_MS: i64 = 60_000;
/// It is asked for again at least this often, and each time after twice as long as before up to that.
const WAIT_MS_MAX: i64 = 3_600_000;

/// What acks say of manifests, held against what was taken. Times are of the monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Freshness {
    told: Generation,
    behind: Option<Behind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Behind {
    ask_at: Timestamp,
    wait_ms: i64,
    was_asked: bool,
}

impl Freshness {
    /// An ack names the newest manifest; a centre that does not know it names counter 0. Acks may overtake each
    /// other.
    pub fn told(&mut self, (incarnation, counter): (u32, u32)) {
        if counter > 0 {
            let told = Generation {
                incarnation,
                counter,
            };
            self.told = self.told.max(told);
        }
    }

    /// Whether the newest manifest is to be asked for now, when `taken` is the newest that was taken.
    pub fn must_ask(&mut self, taken: Generation, now: Timestamp) -> bool {
        if taken >= self.told {
            self.behind = None;
            return false;
        }
        let behind = self.behind.get_or_insert(Behind {
            ask_at: now.plus_ms(WAIT_MS),
            wait_ms: WAIT_MS,
            was_asked: false,
        });
        if now < behind.ask_at {
            return false;
        }
        behind.wait_ms = behind.wait_ms.saturating_mul(2).min(WAIT_MS_MAX);
        behind.ask_at = now.plus_ms(behind.wait_ms);
        behind.was_asked = true;
        true
    }

    /// Whether a newer manifest than the one taken was asked for and did not come.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.behind.is_some_and(|behind| behind.was_asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn generation(counter: u32) -> Generation {
        Generation {
            incarnation: 1,
            counter,
        }
    }

    proptest! {
        #[test]
        fn a_manifest_that_does_not_come_is_asked_for_in_time_and_never_in_haste(
            steps in proptest::collection::vec(1_i64..200_000, 1..60),
        ) {
            let mut freshness = Freshness::default();
            freshness.told((1, 7));
            let (mut now, mut asked) = (0_i64, Vec::new());
            for step in steps {
                if freshness.must_ask(generation(6), Timestamp(now)) {
                    asked.push(now);
                }
                now = now.saturating_add(step);
            }
            prop_assert_eq!(freshness.is_withheld(), !asked.is_empty());
            let in_time = WAIT_MS..WAIT_MS + 200_000;
            prop_assert!(asked.first().is_none_or(|first| in_time.contains(first)));
            let longer = |gap: &i64| Some(gap.saturating_mul(2).min(WAIT_MS_MAX));
            let gaps = std::iter::successors(Some(2 * WAIT_MS), longer);
            for (pair, gap) in asked.windows(2).zip(gaps) {
                let late = pair[1].saturating_sub(pair[0]).saturating_sub(gap);
                prop_assert!((0..200_000).contains(&late));
            }
            prop_assert!(!freshness.must_ask(generation(7), Timestamp(now)));
            prop_assert!(!freshness.is_withheld(), "it came");
        }
    }

    #[test]
    fn a_centre_that_names_none_asks_for_nothing() {
        let mut freshness = Freshness::default();
        freshness.told((9, 0));
        assert!(!freshness.must_ask(Generation::default(), Timestamp(0)));
        assert!(!freshness.must_ask(Generation::default(), Timestamp(WAIT_MS)));
    }

    #[test]
    fn an_ack_that_was_overtaken_takes_nothing_back() {
        let mut freshness = Freshness::default();
        freshness.told((2, 3));
        freshness.told((1, 9));
        assert!(!freshness.must_ask(generation(9), Timestamp(0)));
        assert!(freshness.must_ask(generation(9), Timestamp(WAIT_MS)));
    }
}

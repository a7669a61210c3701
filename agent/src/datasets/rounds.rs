//! Which layer is looked at for damage next: each once after the start and then a few times a day, one at a time,
//! while nobody sells.

use storefleet_core::dataset::LayerId;
use storefleet_core::epoch::Mark;

/// From the beginning of one round to that of the next.
const ROUND_MS: u64 = 6 * 3_600_000;
/// Between two layers of a round.
const STEP_MS: u64 = 5_000;
/// What could not be mended is looked at again after this: the centre may be out of reach for days.
const AGAIN_MS: u64 = 300_000;

/// The rounds over a shop's layers. Times are of the monotonic clock, in milliseconds.
#[derive(Debug, Default)]
pub struct Rounds {
    left: Vec<LayerId>,
    next_ms: u64,
    /// Nothing is looked at before.
    rest_ms: u64,
    head: Mark,
}

impl Rounds {
    /// How long until something may be looked at.
    #[must_use]
    pub fn wait_ms(&self, now_ms: u64) -> u64 {
        if self.left.is_empty() {
            self.next_ms.saturating_sub(now_ms).max(STEP_MS)
        } else {
            self.rest_ms.saturating_sub(now_ms).max(STEP_MS)
        }
    }

    /// The layer to look at now, if any: none while the journal grows from one step to the next, for then somebody
    /// sells.
    pub fn next<'l>(
        &mut self,
        on_sale: impl Iterator<Item = &'l LayerId>,
        head: Mark,
        now_ms: u64,
    ) -> Option<LayerId> {
        if self.left.is_empty() && now_ms >= self.next_ms {
            self.next_ms = now_ms.saturating_add(ROUND_MS);
            self.left = on_sale.cloned().collect();
        }
        let quiet = head == self.head;
        self.head = head;
        if quiet && now_ms >= self.rest_ms {
            self.left.pop()
        } else {
            None
        }
    }

    /// A layer could not be mended: it is looked at again in a while.
    pub fn again(&mut self, layer: LayerId, now_ms: u64) {
        self.rest_ms = now_ms.saturating_add(AGAIN_MS);
        self.left.insert(0, layer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefleet_core::ids::Seq;

    #[test]
    fn each_layer_is_looked_at_once_a_round_and_never_while_somebody_sells() {
        let layers: Vec<LayerId> = ["goods/network/*", "prices/network/*"]
            .map(|name| name.parse().unwrap())
            .into();
        let head = |seq| Mark {
            seq: Seq(seq),
            ..Mark::default()
        };
        let mut rounds = Rounds::default();
        assert_eq!(rounds.next(layers.iter(), head(1), 0), None, "just sold");
        let first = rounds.next(layers.iter(), head(1), STEP_MS);
        assert_eq!(rounds.next(layers.iter(), head(2), 2 * STEP_MS), None);
        let second = rounds.next(layers.iter(), head(2), 3 * STEP_MS);
        assert_ne!(first, second);
        assert!(first.is_some() && second.is_some());
        assert_eq!(rounds.next(layers.iter(), head(2), 4 * STEP_MS), None);
        assert!(rounds.next(layers.iter(), head(2), ROUND_MS).is_some());
    }

    #[test]
    fn what_could_not_be_mended_is_looked_at_again_in_a_while() {
        let layer: LayerId = "goods/network/*".parse().unwrap();
        let mut rounds = Rounds::default();
        let layers = [layer.clone()];
        assert!(rounds.next(layers.iter(), Mark::default(), 0).is_some());
        rounds.again(layer.clone(), 0);
        let soon = rounds.next(layers.iter(), Mark::default(), STEP_MS);
        assert_eq!(soon, None);
        let next = rounds.next(layers.iter(), Mark::default(), AGAIN_MS);
        assert_eq!(next, Some(layer));
    }
}

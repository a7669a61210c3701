//! How long to wait before the next connection: full jitter, so that a fleet does not return as one.

/// First ceiling.
const BASE_MS: u64 = 1_000;
/// Highest ceiling.
const CEILING_MS: u64 = 300_000;
/// A first connection after the machine started is spread over this.
pub const BOOT_SPREAD_MS: u64 = 30_000;
/// A link that lived this long starts counting from the beginning.
pub const HEALTHY_MS: i64 = 60_000;

/// Delay before attempt number `failures` (0 = the first retry), drawn with `random`.
#[must_use]
pub fn delay_ms(failures: u32, random: u64) -> u64 {
    let doubled = BASE_MS.saturating_mul(1 << failures.min(16));
    random.checked_rem(doubled.min(CEILING_MS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_delay_stays_below_its_ceiling(failures in any::<u32>(), random in any::<u64>()) {
            prop_assert!(delay_ms(failures, random) < CEILING_MS);
            prop_assert!(delay_ms(0, random) < BASE_MS);
        }
    }
}

//! Shares in thousandths, without floats.

/// How many thousandths of `whole` are `part`; of nothing it is nothing.
pub(super) fn permille(part: u64, whole: u64) -> u64 {
    part.saturating_mul(1_000).checked_div(whole).unwrap_or(0)
}

/// `permille` thousandths of `whole`, rounded up.
pub(super) fn share_up(whole: u64, permille: u64) -> u64 {
    whole.saturating_mul(permille).div_ceil(1_000)
}

/// A length as a count.
pub(super) fn count<T>(of: &[T]) -> u64 {
    u64::try_from(of.len()).unwrap_or(u64::MAX)
}

/// A share as people write it: `97.5 %`.
pub(super) fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_round_against_the_release() {
        assert_eq!(permille(1, 3), 333);
        assert_eq!(permille(1, 0), 0);
        assert_eq!(share_up(30, 20), 1);
        assert_eq!(percent(975), "97.5 %");
    }
}

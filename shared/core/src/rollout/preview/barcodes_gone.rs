//! Items that stay and can no longer be scanned.

use std::collections::BTreeSet;

use super::{Check, Found, Release};
use crate::rollout::share::share_up;

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "barcodes-gone",
    look,
};

/// So many items without any barcode are no correction.
const ITEMS: u64 = 5;
/// Share of all barcodes that may go from items that stay, in thousandths.
const SHARE_MAX: u64 = 20;

fn look(release: &Release<'_>) -> Vec<Found> {
    let items = || {
        release
            .items
            .iter()
            .filter_map(|change| change.new.as_ref())
    };
    let kept: BTreeSet<&String> = items().flat_map(|new| &new.barcodes).collect();
    let (mut bare, mut fewer) = (Vec::new(), Vec::new());
    for change in &release.items {
        let Some((old, new)) = change.both() else {
            continue;
        };
        let gone = old.barcodes.iter().any(|code| !kept.contains(code));
        let row = || change.shown(old.barcodes.join("|"), new.barcodes.join("|"));
        if gone && new.barcodes.is_empty() {
            bare.push(row());
        } else if gone {
            fewer.push(row());
        }
    }
    let many = share_up(release.standing.barcodes, SHARE_MAX).max(ITEMS);
    vec![
        Found::hold_from(ITEMS, bare, "items without any barcode"),
        Found::hold_from(many, fewer, "items with other barcodes than before"),
    ]
}

//! One barcode on two items: the till would sell whichever it finds first.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Found, Release};
use crate::pricing::names::ItemCode;

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "barcode-twice",
    look,
};

fn look(release: &Release<'_>) -> Vec<Found> {
    let changed: BTreeSet<&ItemCode> = release
        .items
        .iter()
        .filter_map(|change| change.old.as_ref())
        .map(|old| &old.code)
        .collect();
    // An item of the release counts as it will be, every other as it stands.
    let standing = release.standing.owners.iter();
    let mut owners: BTreeMap<&str, &ItemCode> = standing
        .filter(|(_, owner)| !changed.contains(owner))
        .map(|(code, owner)| (code.as_str(), owner))
        .collect();
    let mut rows = Vec::new();
    for change in &release.items {
        let Some(new) = &change.new else { continue };
        for code in &new.barcodes {
            let owner = *owners.entry(code).or_insert(&new.code);
            if *owner != new.code {
                rows.push(change.shown(format!("{code} is on {owner}"), code));
            }
        }
    }
    vec![Found::hold(rows, "barcodes of two items")]
}

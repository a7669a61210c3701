//! VAT class or tracking of many items changed at once.

use super::{Check, Found, Release};
use crate::rollout::share::share_up;

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "class-changed",
    look,
};

/// So many items are many in a small table.
const ITEMS: u64 = 10;
/// Share of all items that are many, in thousandths.
const SHARE: u64 = 5;

fn look(release: &Release<'_>) -> Vec<Found> {
    let (mut vat, mut tracking) = (Vec::new(), Vec::new());
    for change in &release.items {
        let Some((old, new)) = change.both() else {
            continue;
        };
        if old.vat != new.vat {
            vat.push(change.shown(&old.vat, &new.vat));
        }
        if old.tracking != new.tracking || old.marking != new.marking {
            let text = |item: &crate::master::item::ItemRecord| {
                let marking = if item.marking { " and marking" } else { "" };
                format!("{}{marking}", item.tracking.name())
            };
            tracking.push(change.shown(text(old), text(new)));
        }
    }
    let many = share_up(release.standing.items, SHARE).max(ITEMS);
    vec![
        Found::hold_from(many, vat, "items in another VAT class"),
        Found::hold_from(many, tracking, "items tracked in another way"),
    ]
}

//! Goods for nothing. Only what passes money on, or is said to cost nothing already, may cost 0.00.

use super::{Check, Found, Release};
use crate::master::item::Kind;
use crate::money::Money;
use crate::pricing::names::ItemCode;

/// The line in the list.
pub(super) const CHECK: Check = Check {
    name: "zero-price",
    look,
};

fn look(release: &Release<'_>) -> Vec<Found> {
    let mut rows = Vec::new();
    for change in &release.prices {
        let Some(new) = &change.new else { continue };
        let old = change.old.as_ref().map(|old| old.row.amount);
        let was_nothing = old.is_some_and(|old| old <= Money::ZERO);
        if new.row.amount <= Money::ZERO && !was_nothing && is_for_money(release, &new.item) {
            let old = old.map_or_else(String::new, |old| old.to_string());
            rows.push(change.shown(old, new.row.amount));
        }
    }
    vec![Found::hold(rows, "goods at 0.00")]
}

fn is_for_money(release: &Release<'_>, item: &ItemCode) -> bool {
    match release.kind(item) {
        Some(Kind::Payment | Kind::Tariff) => false,
        // An item that nobody knows is goods until somebody says otherwise.
        Some(Kind::Goods | Kind::Bundle | Kind::Sim | Kind::Service | Kind::Other(_)) | None => {
            true
        }
    }
}

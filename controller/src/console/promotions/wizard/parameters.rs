//! The fields of every promotion, whatever its kind.

use storefleet_core::pricing::kind::KindName;

use super::kinds;
use super::value::Shape;

/// One field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Its name in the form.
    pub(super) name: &'static str,
    /// Its key in the object that defines the promotion, or in the object within it.
    pub(super) key: &'static str,
    /// Key of its label.
    pub(super) label: &'static str,
    /// An example, shown while it is empty.
    pub(super) hint: &'static str,
    /// What it holds.
    pub(super) shape: Shape,
    /// It must be filled.
    pub(super) needed: bool,
}

/// A field that may stay empty.
pub(super) const fn may(
    name: &'static str,
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    shape: Shape,
) -> Entry {
    Entry {
        name,
        key,
        label,
        hint,
        shape,
        needed: false,
    }
}

/// A field that must be filled.
pub(super) const fn must(
    name: &'static str,
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    shape: Shape,
) -> Entry {
    Entry {
        needed: true,
        ..may(name, key, label, hint, shape)
    }
}

/// What it is called, and whose it is.
pub(super) const NAMING: &[Entry] = &[
    must("promo_id", "id", "column-promo_id", "P2026-12", Shape::Text),
    must("name", "name", "column-name", "", Shape::Text),
    may("owner", "owner", "promotion-owner", "D0001", Shape::Owner),
];

/// When it acts, and how it goes with others.
pub(super) const ACTING: &[Entry] = &[
    must(
        "valid_from",
        "valid_from",
        "column-valid_from",
        "",
        Shape::Wall,
    ),
    may("valid_to", "valid_to", "column-valid_to", "", Shape::Wall),
    must(
        "mode",
        "mode",
        "promotion-mode",
        "",
        Shape::OneOf(MODES, "promo-pick-"),
    ),
    may("group", "group", "promotion-group", "cases", Shape::Text),
    must(
        "priority",
        "priority",
        "promotion-priority",
        "100",
        Shape::Whole,
    ),
    may(
        "max_total",
        "max_total_kop",
        "promotion-max-total",
        "1000",
        Shape::Roubles,
    ),
];

/// The lines it is for; also those of a set.
pub(super) const SELECT: &[Entry] = &[
    may(
        "items",
        "items",
        "promotion-items",
        "100001 100044",
        Shape::Codes,
    ),
    may(
        "groups",
        "groups",
        "promotion-groups",
        "case glass",
        Shape::Names,
    ),
    may("brands", "brands", "promotion-brands", "", Shape::Names),
    may(
        "kinds",
        "kinds",
        "column-kind",
        "",
        Shape::AnyOf(ITEM_KINDS, "kind-"),
    ),
    may(
        "min_price",
        "min_price_kop",
        "promotion-min-price",
        "",
        Shape::Roubles,
    ),
    may(
        "max_price",
        "max_price_kop",
        "promotion-max-price",
        "",
        Shape::Roubles,
    ),
    may(
        "but_items",
        "exclude_items",
        "promotion-but-items",
        "",
        Shape::Codes,
    ),
    may(
        "but_groups",
        "exclude_groups",
        "promotion-but-groups",
        "sim",
        Shape::Names,
    ),
    may(
        "but_brands",
        "exclude_brands",
        "promotion-but-brands",
        "",
        Shape::Names,
    ),
];

/// The shops it is for.
pub(super) const SCOPE: &[Entry] = &[
    may(
        "regions",
        "regions",
        "promotion-regions",
        "RU-MOW RU-SPE",
        Shape::Codes,
    ),
    may("dealers", "dealers", "promotion-dealers", "", Shape::Codes),
    may(
        "dealer_classes",
        "dealer_classes",
        "promotion-classes",
        "",
        Shape::Names,
    ),
    may("stores", "stores", "promotion-stores", "", Shape::Codes),
    may("formats", "formats", "promotion-formats", "", Shape::Names),
];

/// The receipts it is for.
pub(super) const WHEN: &[Entry] = &[
    may("card", "card", "promotion-card", "", Shape::Flag),
    may(
        "card_levels",
        "levels",
        "promotion-card-levels",
        "silver gold",
        Shape::Names,
    ),
    may(
        "payments",
        "payment",
        "promotion-payments",
        "",
        Shape::AnyOf(PAYMENTS, "payment-"),
    ),
];

/// How many pieces of the lines of a slot a set takes.
pub(super) const UNITS: Entry = must("units", "units", "promotion-units", "1", Shape::Count);

const MODES: &[&str] = &["stack", "best_in_group", "exclusive_all"];
const ITEM_KINDS: &[&str] = &["goods", "sim", "service", "payment"];
const PAYMENTS: &[&str] = &["cash", "card", "credit"];

/// The field of that name; fields that share a name share their meaning.
pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    let of_kinds = KindName::ALL.iter().flat_map(|kind| kinds::of(*kind));
    let all = [NAMING, ACTING, SELECT, SCOPE, WHEN, &[UNITS]];
    let all = all.into_iter().flatten().chain(of_kinds);
    all.into_iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_fields_of_a_form_share_a_name_or_a_place() {
        for kind in KindName::ALL {
            let top = || NAMING.iter().chain(ACTING).chain(kinds::of(*kind));
            let places: BTreeSet<_> = top().map(|entry| entry.key).collect();
            assert_eq!(places.len(), top().count(), "{kind:?}");
            let all = || top().chain(SELECT).chain(SCOPE).chain(WHEN);
            let names: BTreeSet<_> = all().map(|entry| entry.name).collect();
            assert_eq!(names.len(), all().count(), "{kind:?}");
        }
    }
}

//! A promotion in words: what it gives, for what, to whom, where, and how it goes with others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use storefleet_core::money::Money;
use storefleet_core::pricing::kind::{
    Benefit, CouponKey, GroupKind, Kind, LineKind, ReceiptKind, ReceiptTrigger, RedeemKind, Slot,
};
use storefleet_core::pricing::names::ItemCode;
use storefleet_core::pricing::promotion::{Mode, Owner, Promotion};
use storefleet_core::pricing::rounding::Ppm;
use storefleet_core::pricing::select::Select;

use crate::console::words::{Words, money};

/// Names that a sentence lists.
const NAMES_MAX: usize = 8;

/// Parts per million as a percentage: `12,5 %`.
pub(super) fn percent(Ppm(ppm): Ppm) -> String {
    let whole = ppm / 10_000;
    let rest = format!("{:04}", ppm % 10_000);
    match rest.trim_end_matches('0') {
        "" => format!("{whole}\u{a0}%"),
        rest => format!("{whole},{rest}\u{a0}%"),
    }
}

/// What it gives.
pub(super) fn gives(words: &Words<'_>, kind: &Kind) -> String {
    match kind {
        Kind::Line(kind) => of_line(words, kind),
        Kind::Group(kind) => of_group(words, kind),
        Kind::Receipt(kind) => of_receipt(words, kind),
        Kind::Redeem(RedeemKind::Points(rule)) => words.of_two(
            "promo-points-redeem",
            &percent(rule.cap),
            &money(rule.point),
        ),
        Kind::Redeem(RedeemKind::Certificate) => words.text("promo-certificate"),
        Kind::Manual(rule) => {
            let part = rule.max_part.map(percent);
            let most = rule.max_amount.map(money);
            let limits: Vec<String> = part.into_iter().chain(most).collect();
            words.of("promo-manual", &limits.join(", "))
        }
        Kind::Rounding { step } => words.of("promo-rounding", &money(*step)),
        Kind::Accrue(rule) => words.of("promo-accrue", &percent(rule.part)),
    }
}

fn of_line(words: &Words<'_>, kind: &LineKind) -> String {
    match kind {
        LineKind::Percent(part) => words.of("promo-percent", &percent(*part)),
        LineKind::Amount(amount) => words.of("promo-amount", &money(*amount)),
        LineKind::SpecialPrice(prices) => words.of("promo-special-price", &priced(prices)),
        LineKind::CardPrice(prices) => words.of("promo-card-price", &priced(prices)),
        LineKind::HappyHour { part, hours } => {
            let between = format!("{}–{}", hours.from, hours.to);
            words.of_two("promo-happy-hour", &percent(*part), &between)
        }
    }
}

fn of_group(words: &Words<'_>, kind: &GroupKind) -> String {
    match kind {
        GroupKind::NForM { size, pay_for } => {
            words.of_two("promo-n-for-m", &size.to_string(), &pay_for.to_string())
        }
        GroupKind::NthPercent { size, part } => {
            words.of_two("promo-nth-percent", &size.to_string(), &percent(*part))
        }
        GroupKind::Bundle { slots, price, .. } => {
            words.of_two("promo-bundle", &sets(words, slots), &money(*price))
        }
        GroupKind::Companion {
            slots, unit_price, ..
        } => words.of_two("promo-companion", &sets(words, slots), &money(*unit_price)),
        GroupKind::Gift { slots, get, .. } => words.of_two(
            "promo-gift",
            &sets(words, slots),
            &select(words, &get.select),
        ),
        GroupKind::QuantityTiers(tiers) => {
            let told = tiers.iter().map(|tier| {
                words.of_two(
                    "promo-tier",
                    &tier.min_units.to_string(),
                    &percent(tier.part),
                )
            });
            told.collect::<Vec<_>>().join("; ")
        }
    }
}

fn of_receipt(words: &Words<'_>, kind: &ReceiptKind) -> String {
    let given = match &kind.trigger {
        ReceiptTrigger::Percent(part) => words.of("promo-receipt-percent", &percent(*part)),
        ReceiptTrigger::Amount(amount) => words.of("promo-receipt-amount", &money(*amount)),
        ReceiptTrigger::Coupon { key, benefit, .. } => {
            let benefit = match benefit {
                Benefit::Part(part) => percent(*part),
                Benefit::Amount(amount) => money(*amount),
            };
            match key {
                CouponKey::Word(word) => words.of_two("promo-coupon-word", &benefit, word.as_str()),
                CouponKey::Campaign(name) => {
                    words.of_two("promo-coupon-campaign", &benefit, name.as_str())
                }
            }
        }
        ReceiptTrigger::Card(levels) => {
            let levels = levels
                .iter()
                .map(|(level, part)| format!("{level} {}", percent(*part)));
            words.of("promo-card-percent", &levels.collect::<Vec<_>>().join(", "))
        }
    };
    if kind.min_receipt == Money::ZERO {
        given
    } else {
        words.of_two("promo-from-sum", &given, &money(kind.min_receipt))
    }
}

fn priced(prices: &BTreeMap<ItemCode, Money>) -> String {
    let told = prices
        .iter()
        .map(|(item, price)| format!("{item} — {}", money(*price)));
    shortened(told)
}

fn sets(words: &Words<'_>, slots: &[Slot]) -> String {
    let told = slots
        .iter()
        .map(|slot| format!("{} × {}", slot.units, select(words, &slot.select)));
    told.collect::<Vec<_>>().join(" + ")
}

fn names<T: Display>(names: &BTreeSet<T>) -> String {
    shortened(names.iter().map(ToString::to_string))
}

fn shortened(names: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = names.collect();
    let more = all.len() > NAMES_MAX;
    all.truncate(NAMES_MAX);
    let mut told = all.join(", ");
    if more {
        told.push_str(", …");
    }
    told
}

/// The lines it is for.
pub(super) fn select(words: &Words<'_>, select: &Select) -> String {
    let mut told = Vec::new();
    if let Some(kinds) = &select.kinds {
        let kinds = kinds
            .iter()
            .map(|kind| words.text(&format!("kind-{}", format!("{kind:?}").to_lowercase())));
        told.push(kinds.collect::<Vec<_>>().join(", "));
    }
    let lists = [
        ("promo-groups", select.groups.as_ref().map(names)),
        ("promo-items", select.items.as_ref().map(names)),
        ("promo-brands", select.brands.as_ref().map(names)),
        ("promo-but-groups", Some(names(&select.exclude_groups))),
        ("promo-but-items", Some(names(&select.exclude_items))),
        ("promo-but-brands", Some(names(&select.exclude_brands))),
        ("promo-min-price", select.min_price.map(money)),
        ("promo-max-price", select.max_price.map(money)),
    ];
    let lists = lists.into_iter().filter_map(|(id, list)| Some((id, list?)));
    told.extend(
        lists
            .filter(|(_, list)| !list.is_empty())
            .map(|(id, list)| words.of(id, &list)),
    );
    if told.is_empty() {
        words.text("promo-any-item")
    } else {
        told.join("; ")
    }
}

/// The shops it is for.
pub(super) fn scope(words: &Words<'_>, promotion: &Promotion) -> String {
    let scope = &promotion.scope;
    let mut told = Vec::new();
    if let Owner::Dealer(dealer) = &promotion.owner {
        told.push(words.of("promo-of-dealer", dealer.as_str()));
    }
    let lists = [
        ("promo-regions", scope.regions.as_ref().map(names)),
        ("promo-dealers", scope.dealers.as_ref().map(names)),
        ("promo-classes", scope.dealer_classes.as_ref().map(names)),
        ("promo-stores", scope.stores.as_ref().map(names)),
        ("promo-formats", scope.formats.as_ref().map(names)),
    ];
    told.extend(
        lists
            .into_iter()
            .filter_map(|(id, list)| Some(words.of(id, &list?))),
    );
    if told.is_empty() {
        words.text("reach-network")
    } else {
        told.join("; ")
    }
}

/// How it goes with others.
pub(super) fn mode(words: &Words<'_>, mode: &Mode) -> String {
    match mode {
        Mode::Stack => words.text("promo-mode-stack"),
        Mode::BestInGroup(Some(group)) => words.of("promo-mode-group", group.as_str()),
        Mode::BestInGroup(None) => words.text("promo-mode-best"),
        Mode::ExclusiveAll => words.text("promo-mode-alone"),
    }
}

/// The receipts it is for; empty for all.
pub(super) fn when(words: &Words<'_>, promotion: &Promotion) -> String {
    let when = &promotion.when;
    let mut told = Vec::new();
    match when.card {
        Some(true) => told.push(words.text("promo-with-card")),
        Some(false) => told.push(words.text("promo-without-card")),
        None => {}
    }
    told.extend(
        when.levels
            .as_ref()
            .map(|levels| words.of("promo-levels", &names(levels))),
    );
    if let Some(payments) = &when.payment {
        let names = payments
            .iter()
            .map(|way| words.text(&format!("payment-{}", format!("{way:?}").to_lowercase())));
        told.push(words.of("promo-payment", &names.collect::<Vec<_>>().join(", ")));
    }
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use storefleet_core::master::promotion::PromotionRecord;
    use storefleet_core::time::Timestamp;
    use storefleet_messages::{Catalogue, Language};

    use super::*;

    #[test]
    fn parts_read_as_per_cent() {
        assert_eq!(percent(Ppm(100_000)), "10\u{a0}%");
        assert_eq!(percent(Ppm(125_000)), "12,5\u{a0}%");
        assert_eq!(percent(Ppm(1)), "0,0001\u{a0}%");
    }

    #[test]
    fn every_promotion_of_the_tests_is_told_in_both_languages() {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pricing/promos.json");
        let file: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for language in [Language::Russian, Language::English] {
            let catalogue = Catalogue::of(language);
            let words = Words {
                catalogue: &catalogue,
                now: Timestamp(0),
            };
            for definition in file["promotions"].as_array().unwrap() {
                let record = PromotionRecord::of(definition.as_object().unwrap().clone()).unwrap();
                let promotion = record.promotion().unwrap().promotion;
                let told = [
                    gives(&words, &promotion.kind),
                    select(&words, &promotion.select),
                    scope(&words, &promotion),
                    mode(&words, &promotion.mode),
                    when(&words, &promotion),
                ];
                let told = told.join(" | ");
                for raw in ["promo-", "kind-", "payment-", "reach-", "{ $"] {
                    assert!(!told.contains(raw), "{}: {told}", record.id);
                }
            }
        }
    }
}

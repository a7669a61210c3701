//! What a promotion meets: the shops it reaches, and the others that act there at the same time on the same items.

use std::collections::BTreeSet;

use maud::{Markup, html};
use storefleet_core::dataset::build::shop;
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::pricing::json::promotion::ReadPromotion;
use storefleet_core::pricing::promotion::{Owner, Promotion};
use storefleet_core::pricing::select::Select;
use storefleet_core::pricing::shop::Shop;

use super::super::sentence::mode;
use crate::console::form::encoded;
use crate::console::frame::shape;
use crate::console::scene::PageError;
use crate::console::telling::span;
use crate::console::words::Words;
use crate::fleet::Status;
use crate::master::MasterStore;
use crate::master::find::Finder;

/// Colliding promotions that the page names.
const COLLISIONS_MAX: usize = 20;

/// How many shops it would act in.
pub(super) fn reached(store: &MasterStore, promotion: &Promotion) -> Result<usize, PageError> {
    let dealers = store.all::<DealerRecord>()?;
    let stores = store.all::<StoreRecord>()?;
    let shops = stores.iter().filter_map(|record| {
        let dealer = dealers
            .iter()
            .find(|dealer| dealer.dealer == record.dealer)?;
        Some(shop(record, dealer))
    });
    Ok(shops.filter(|shop| covers(promotion, shop)).count())
}

fn covers(promotion: &Promotion, shop: &Shop) -> bool {
    fn within<T: Ord>(list: Option<&BTreeSet<T>>, one: &T) -> bool {
        list.is_none_or(|list| list.contains(one))
    }
    let scope = &promotion.scope;
    let owned = match &promotion.owner {
        Owner::Network => true,
        Owner::Dealer(dealer) => *dealer == shop.dealer,
    };
    owned
        && within(scope.regions.as_ref(), &shop.region)
        && within(scope.dealers.as_ref(), &shop.dealer)
        && within(scope.dealer_classes.as_ref(), &shop.dealer_class)
        && within(scope.stores.as_ref(), &shop.store)
        && within(scope.formats.as_ref(), &shop.format)
}

/// Promotions that act at the same time, in the same shops, on the same items.
pub(super) fn collisions(
    store: &MasterStore,
    finder: &Finder,
    promotion: &Promotion,
) -> Result<Vec<ReadPromotion>, PageError> {
    let others = store.all::<PromotionRecord>()?;
    let others = others.iter().filter_map(|record| record.promotion().ok());
    let collide = others.filter(|other| {
        let (one, other) = (promotion, &other.promotion);
        one.phase() == other.phase()
            && meet_in_time(one, other)
            && meet_in_shops(one, other)
            && meet_in_items(finder, one, other)
    });
    Ok(collide.take(COLLISIONS_MAX).collect())
}

fn meet_in_time(one: &Promotion, other: &Promotion) -> bool {
    let (one, other) = (&one.validity, &other.validity);
    one.to.is_none_or(|to| other.from < to) && other.to.is_none_or(|to| one.from < to)
}

fn meet<T: Ord>(one: Option<&BTreeSet<T>>, other: Option<&BTreeSet<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => !one.is_disjoint(other),
        (None, _) | (_, None) => true,
    }
}

fn meet_in_shops(one: &Promotion, other: &Promotion) -> bool {
    let (one, other) = (&one.scope, &other.scope);
    meet(one.regions.as_ref(), other.regions.as_ref())
        && meet(one.dealers.as_ref(), other.dealers.as_ref())
        && meet(one.stores.as_ref(), other.stores.as_ref())
        && meet(one.formats.as_ref(), other.formats.as_ref())
}

/// Where one names items and the other groups, the items' groups decide.
fn meet_in_items(finder: &Finder, one: &Promotion, other: &Promotion) -> bool {
    let (one, other) = (&one.select, &other.select);
    let of_groups = |items: &Select, groups: &Select| match (&items.items, &groups.groups) {
        (Some(items), Some(groups)) => items.iter().any(|item| {
            let found = finder.item(item.as_str());
            found.is_some_and(|found| groups.contains(found.group.as_str()))
        }),
        (_, None) | (None, _) => true,
    };
    meet(one.items.as_ref(), other.items.as_ref())
        && meet(one.groups.as_ref(), other.groups.as_ref())
        && meet(one.brands.as_ref(), other.brands.as_ref())
        && of_groups(one, other)
        && of_groups(other, one)
}

/// Them as a list.
pub(super) fn collided(words: &Words<'_>, others: &[ReadPromotion]) -> Markup {
    html! {
        section.panel #collisions {
            @if others.is_empty() { p.empty { (words.text("promotion-no-collisions")) } }
            @else {
                header { (shape(Status::Warn)) h2 { (words.text("promotion-collisions")) } }
                ul.sentences { @for other in others {
                    li { a href={ "/promotions/" (encoded(other.promotion.id.as_str())) } { (other.name) }
                        p.muted { (span(words, &other.promotion.validity)) " · " (mode(words, &other.promotion.mode)) } }
                } }
            }
        }
    }
}

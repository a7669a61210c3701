//! Reads promotions and the limits of dealers from JSON into the engine's types.

mod kinds;
mod parameters;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::money::Money;
use crate::pricing::item::ItemKind;
use crate::pricing::kind::KindName;
use crate::pricing::promotion::{Mode, Owner, Promotion, Scope, When};
use crate::pricing::rounding::Ppm;
use crate::pricing::rules::{DealerLimit, LimitOf};
use crate::pricing::select::Select;

use super::cart::payment;
use parameters::{Parameters, validity};

/// A promotion as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPromotion {
    /// What people call it; empty for no name.
    pub name: String,
    /// What it gives, when and where.
    pub promotion: Promotion,
    /// Keys that mean nothing for its kind.
    pub ignored: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimit {
    dealer_id: Option<String>,
    dealer_class: Option<String>,
    kinds: Vec<String>,
    max_ppm: i32,
    valid_from: String,
    valid_to: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSelect {
    kinds: Option<Vec<String>>,
    groups: Option<Vec<String>>,
    items: Option<Vec<String>>,
    brands: Option<Vec<String>>,
    #[serde(default)]
    exclude_groups: Vec<String>,
    #[serde(default)]
    exclude_items: Vec<String>,
    #[serde(default)]
    exclude_brands: Vec<String>,
    min_price_kop: Option<i64>,
    max_price_kop: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawScope {
    regions: Option<Vec<String>>,
    dealers: Option<Vec<String>>,
    dealer_classes: Option<Vec<String>>,
    stores: Option<Vec<String>>,
    formats: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawWhen {
    card: Option<bool>,
    levels: Option<Vec<String>>,
    payment: Option<Vec<String>>,
}

/// Reads one promotion.
///
/// # Errors
/// What is wrong with it and what to do.
pub fn read(map: Map<String, Value>) -> Result<ReadPromotion, String> {
    let mut parameters = Parameters::new(map);
    let name: Option<String> = parameters.optional("name")?;
    let promotion = promotion(&mut parameters)?;
    Ok(ReadPromotion {
        name: name.unwrap_or_default(),
        promotion,
        ignored: parameters.left().map(str::to_owned).collect(),
    })
}

fn promotion(raw: &mut Parameters) -> Result<Promotion, String> {
    let owner: String = raw.need("owner")?;
    let group: Option<String> = raw.optional("group")?;
    let mode: String = raw.need("mode")?;
    Ok(Promotion {
        id: raw.need::<String>("id")?.into(),
        version: raw.need("version")?,
        owner: match owner.as_str() {
            "network" => Owner::Network,
            dealer => Owner::Dealer(dealer.into()),
        },
        mode: match mode.as_str() {
            "stack" => Mode::Stack,
            "best_in_group" => Mode::BestInGroup(group.map(Into::into)),
            "exclusive_all" => Mode::ExclusiveAll,
            _ => {
                let must = "must be stack, best_in_group or exclusive_all";
                return Err(format!("mode {mode:?} {must}"));
            }
        },
        priority: raw.need("priority")?,
        validity: {
            let from: String = raw.need("valid_from")?;
            let to: Option<String> = raw.optional("valid_to")?;
            validity(&from, to.as_deref())?
        },
        scope: scope(raw.optional("scope")?.unwrap_or_default()),
        when: when(raw.optional("when")?.unwrap_or_default())?,
        select: select(raw.optional("select")?.unwrap_or_default())?,
        max_total: raw.optional_money("max_total_kop")?,
        kind: kinds::read(raw)?,
    })
}

fn set<T: Ord + From<String>>(names: Vec<String>) -> BTreeSet<T> {
    names.into_iter().map(T::from).collect()
}

fn scope(raw: RawScope) -> Scope {
    Scope {
        regions: raw.regions.map(set),
        dealers: raw.dealers.map(set),
        dealer_classes: raw.dealer_classes.map(set),
        stores: raw.stores.map(set),
        formats: raw.formats.map(set),
    }
}

fn when(raw: RawWhen) -> Result<When, String> {
    let payments = raw
        .payment
        .map(|names| names.iter().map(|name| payment(name)).collect());
    Ok(When {
        card: raw.card,
        levels: raw.levels.map(set),
        payment: payments.transpose()?,
    })
}

/// Conditions on a line.
pub(super) fn select(raw: RawSelect) -> Result<Select, String> {
    let kind = |name: &String| {
        ItemKind::from_name(name)
            .ok_or_else(|| format!("select.kinds: {name:?} must be goods, sim, service or payment"))
    };
    let kinds = raw.kinds.map(|names| names.iter().map(kind).collect());
    Ok(Select {
        kinds: kinds.transpose()?,
        groups: raw.groups.map(set),
        items: raw.items.map(set),
        brands: raw.brands.map(set),
        exclude_groups: set(raw.exclude_groups),
        exclude_items: set(raw.exclude_items),
        exclude_brands: set(raw.exclude_brands),
        min_price: raw.min_price_kop.map(Money),
        max_price: raw.max_price_kop.map(Money),
    })
}

/// Reads a limit of the network for promotions of dealers.
///
/// # Errors
/// What is wrong with it and what to do.
pub fn read_limit(value: Value) -> Result<DealerLimit, String> {
    let raw: RawLimit = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let of = match (raw.dealer_id, raw.dealer_class) {
        (Some(dealer), None) => LimitOf::Dealer(dealer.into()),
        (None, Some(class)) => LimitOf::Class(class.into()),
        _ => return Err("needs either dealer_id or dealer_class".to_owned()),
    };
    let kinds = raw.kinds.iter().map(|name| kind_name(name));
    Ok(DealerLimit {
        of,
        kinds: kinds.collect::<Result<_, _>>()?,
        max_part: Ppm(raw.max_ppm),
        validity: validity(&raw.valid_from, raw.valid_to.as_deref())?,
    })
}

/// The kind of that name.
fn kind_name(name: &str) -> Result<KindName, String> {
    let known = KindName::ALL.iter().find(|kind| kind.as_str() == name);
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = KindName::ALL.iter().map(|kind| kind.as_str()).collect();
        format!(
            "kind {name:?} is not known; the kinds are {}",
            names.join(", ")
        )
    })
}

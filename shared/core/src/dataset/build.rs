//! From the office's tables to the records of layers, and which layers a shop has.

use std::collections::BTreeMap;

use super::kinds::goods::{Barcode, Goods, barcode_key, item_key};
use super::kinds::offers::Offer;
use super::kinds::prices::{ItemPrices, bounds_into_layer, price_into_layer};
use super::kinds::shop::ShopCard;
use super::kinds::staff::{Person, Rights, person_key, role_key};
use super::kinds::stops::ItemStops;
use super::kinds::{self, rules};
use super::{Dataset, LayerId};
use crate::cbor;
use crate::master::corridor::CorridorRecord;
use crate::master::dealer::DealerRecord;
use crate::master::item::ItemRecord;
use crate::master::price::PriceRecord;
use crate::master::role::RoleRecord;
use crate::master::staff::{StaffRecord, Workplace};
use crate::master::stop_list::StopRecord;
use crate::master::store::StoreRecord;
use crate::pricing::price::{PriceTypes, Reach};
use crate::pricing::promotion::{Owner, Promotion};
use crate::pricing::rules::DealerLimit;
use crate::pricing::shop::Shop;
use crate::pricing::vat::TaxRow;

/// A record of a layer with its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// The layer.
    pub layer: LayerId,
    /// The key there.
    pub key: String,
    /// The canonical bytes.
    pub record: Vec<u8>,
}

/// The records of an item and its barcodes.
#[must_use]
pub fn of_item(item: &ItemRecord) -> Vec<Placed> {
    let layer = network(Dataset::Goods);
    let goods = Goods {
        item: item.priced_item(),
        name: item.name.clone(),
        unit: item.unit.clone(),
        marking: item.marking,
        warranty_months: item.warranty_months,
    };
    let barcode = |code: &String| Placed {
        layer: layer.clone(),
        key: barcode_key(code),
        record: cbor::encode(&Barcode(item.code.clone())),
    };
    let mut placed: Vec<_> = item.barcodes.iter().map(barcode).collect();
    placed.push(Placed {
        key: item_key(item.code.as_str()),
        record: cbor::encode(&goods),
        layer,
    });
    placed
}

/// The records of one item's prices and bounds, one per layer that has any.
#[must_use]
pub fn of_prices(item: &str, prices: &[PriceRecord], bounds: &[CorridorRecord]) -> Vec<Placed> {
    let mut layers: BTreeMap<Reach, ItemPrices> = BTreeMap::new();
    for price in prices {
        let (reach, row) = price_into_layer(&price.row);
        layers.entry(reach).or_default().rows.push(row);
    }
    for bound in bounds {
        let (reach, row) = bounds_into_layer(&bound.row);
        layers.entry(reach).or_default().bounds.push(row);
    }
    let placed = layers.into_iter().map(|(reach, prices)| Placed {
        layer: LayerId {
            dataset: Dataset::Prices,
            reach,
        },
        key: item.to_owned(),
        record: cbor::encode(&prices),
    });
    placed.collect()
}

/// The record of a promotion: the dealer's own go to the dealer's shops only.
#[must_use]
pub fn of_promotion(name: &str, promotion: &Promotion) -> Placed {
    let reach = match &promotion.owner {
        Owner::Network => Reach::Network,
        Owner::Dealer(dealer) => Reach::Dealer(dealer.clone()),
    };
    let offer = Offer {
        name: name.to_owned(),
        promotion: promotion.clone(),
    };
    Placed {
        layer: LayerId {
            dataset: Dataset::Offers,
            reach,
        },
        key: promotion.id.to_string(),
        record: cbor::encode(&offer),
    }
}

/// The records of one item's stops, one per layer that has any.
#[must_use]
pub fn of_stops(item: &str, stops: &[StopRecord]) -> Vec<Placed> {
    let mut layers: BTreeMap<Reach, ItemStops> = BTreeMap::new();
    for stop in stops {
        let layer = layers.entry(stop.reach.clone()).or_default();
        layer.stops.push(stop.into());
    }
    let placed = layers.into_iter().map(|(reach, stops)| Placed {
        layer: LayerId {
            dataset: Dataset::Stops,
            reach,
        },
        key: item.to_owned(),
        record: cbor::encode(&stops),
    });
    placed.collect()
}

/// The records of the rules, from whole tables.
#[must_use]
pub fn of_rules(
    taxes: Vec<TaxRow>,
    types: PriceTypes,
    limits: Vec<DealerLimit>,
    coupon_key: &[u8],
) -> Vec<Placed> {
    let types = rules::Types {
        falls_back_to: types,
    };
    let records = [
        (rules::TAXES, cbor::encode(&rules::Taxes(taxes))),
        (rules::TYPES, cbor::encode(&types)),
        (rules::LIMITS, cbor::encode(&rules::Limits(limits))),
        (
            rules::COUPON_KEY,
            cbor::encode(&rules::CouponSecret(coupon_key.to_vec().into())),
        ),
    ];
    let placed = records.map(|(key, record)| Placed {
        layer: network(Dataset::Rules),
        key: key.to_owned(),
        record,
    });
    placed.to_vec()
}

/// The shop as the pricing engine sees it.
#[must_use]
pub fn shop(store: &StoreRecord, dealer: &DealerRecord) -> Shop {
    Shop {
        store: store.store.clone(),
        dealer: store.dealer.clone(),
        dealer_class: dealer.class.clone(),
        region: store.region.clone(),
        format: store.format.clone(),
        tax_regime: dealer.tax_regime.clone(),
    }
}

/// The record of a shop.
#[must_use]
pub fn of_shop(store: &StoreRecord, dealer: &DealerRecord) -> Placed {
    let card = ShopCard {
        shop: shop(store, dealer),
        time_zone: store.tz.clone(),
        address: format!("{}, {}", store.city, store.address),
    };
    Placed {
        layer: LayerId {
            dataset: Dataset::Shop,
            reach: Reach::Store(store.store.clone()),
        },
        key: kinds::shop::KEY.to_owned(),
        record: cbor::encode(&card),
    }
}

/// The record of a person, in the shops where the person works; none of whoever left.
#[must_use]
pub fn of_person(person: &StaffRecord) -> Option<Placed> {
    let reach = match &person.workplace {
        Workplace::Store(store) => Reach::Store(store.clone()),
        Workplace::Dealer(dealer) => Reach::Dealer(dealer.clone()),
    };
    let record = Person {
        name: person.name.clone(),
        role: person.role.clone(),
        pin: person.pin,
    };
    person.active.then(|| Placed {
        layer: LayerId {
            dataset: Dataset::Staff,
            reach,
        },
        key: person_key(&person.staff),
        record: cbor::encode(&record),
    })
}

/// The record of a role.
#[must_use]
pub fn of_role(role: &RoleRecord) -> Placed {
    let rights = Rights {
        discount: role.discount,
        approves: role.approves,
    };
    Placed {
        layer: network(Dataset::Staff),
        key: role_key(&role.role),
        record: cbor::encode(&rights),
    }
}

/// The layer of a dataset that every shop has.
#[must_use]
pub fn network(dataset: Dataset) -> LayerId {
    LayerId {
        dataset,
        reach: Reach::Network,
    }
}

/// Every layer that a shop may have, in the order of its stack.
#[must_use]
pub fn stack_of(shop: &Shop) -> Vec<LayerId> {
    let store = Reach::Store(shop.store.clone());
    let dealer = Reach::Dealer(shop.dealer.clone());
    [
        (Dataset::Goods, Reach::Network),
        (Dataset::Prices, Reach::Network),
        (Dataset::Prices, Reach::Region(shop.region.clone())),
        (Dataset::Prices, dealer.clone()),
        (Dataset::Prices, store.clone()),
        (Dataset::Offers, Reach::Network),
        (Dataset::Offers, dealer.clone()),
        (Dataset::Rules, Reach::Network),
        (Dataset::Shop, store.clone()),
        (Dataset::Stops, Reach::Network),
        (Dataset::Stops, Reach::Region(shop.region.clone())),
        (Dataset::Stops, Reach::Dealer(shop.dealer.clone())),
        (Dataset::Stops, store.clone()),
        (Dataset::Staff, Reach::Network),
        (Dataset::Staff, dealer),
        (Dataset::Staff, store),
    ]
    .map(|(dataset, reach)| LayerId { dataset, reach })
    .to_vec()
}

//! Which records of layers a master record stands in.

use storefleet_core::cbor;
use storefleet_core::dataset::build::{self, Placed, network};
use storefleet_core::dataset::kinds::rules;
use storefleet_core::dataset::kinds::shop::KEY as SHOP_KEY;
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::master::Table;
use storefleet_core::master::corridor::CorridorRecord;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::role::RoleRecord;
use storefleet_core::master::staff::StaffRecord;
use storefleet_core::master::stop_list::StopRecord;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::pricing::price::Reach;

/// The places of a record, whose bytes were checked when it came; of rules and dealers, see the arms.
pub fn places(table: Table, bytes: &[u8]) -> Vec<Placed> {
    let rule = |key: &str| {
        vec![Placed {
            layer: network(Dataset::Rules),
            key: key.to_owned(),
            record: Vec::new(),
        }]
    };
    match table {
        Table::Items => cbor::decode::<ItemRecord>(bytes)
            .map(|item| build::of_item(&item))
            .unwrap_or_default(),
        Table::Prices => cbor::decode::<PriceRecord>(bytes)
            .map(|price| build::of_prices(price.item.as_str(), std::slice::from_ref(&price), &[]))
            .unwrap_or_default(),
        Table::Corridors => cbor::decode::<CorridorRecord>(bytes)
            .map(|bounds| {
                build::of_prices(bounds.item.as_str(), &[], std::slice::from_ref(&bounds))
            })
            .unwrap_or_default(),
        Table::Promotions => cbor::decode::<PromotionRecord>(bytes)
            .ok()
            .and_then(|record| record.promotion().ok())
            .map(|read| vec![build::of_promotion(&read.name, &read.promotion)])
            .unwrap_or_default(),
        Table::Taxes => rule(rules::TAXES),
        Table::PriceTypes => rule(rules::TYPES),
        Table::DealerLimits => rule(rules::LIMITS),
        Table::Secrets => rule(rules::COUPON_KEY),
        Table::Stores => cbor::decode::<StoreRecord>(bytes)
            .map(|store| {
                vec![Placed {
                    layer: LayerId {
                        dataset: Dataset::Shop,
                        reach: Reach::Store(store.store),
                    },
                    key: SHOP_KEY.to_owned(),
                    record: Vec::new(),
                }]
            })
            .unwrap_or_default(),
        Table::StopList => cbor::decode::<StopRecord>(bytes)
            .map(|stop| build::of_stops(stop.item.as_str(), std::slice::from_ref(&stop)))
            .unwrap_or_default(),
        Table::Staff => cbor::decode::<StaffRecord>(bytes)
            .ok()
            .and_then(|person| build::of_person(&person))
            .into_iter()
            .collect(),
        Table::Roles => cbor::decode::<RoleRecord>(bytes)
            .map(|role| vec![build::of_role(&role)])
            .unwrap_or_default(),
        // The shops of a dealer are found by the store, which knows them.
        Table::Dealers
        | Table::LegalEntities
        | Table::Matrix
        | Table::OpeningStock
        | Table::Other(_) => Vec::new(),
    }
}

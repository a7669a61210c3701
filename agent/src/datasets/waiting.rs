//! A version that waits for its minute, as far as shelf tags need it: they are printed the evening before.

use std::collections::BTreeMap;

use redb::ReadTransaction;
use storefleet_core::cbor;
use storefleet_core::dataset::kinds::prices::ItemPrices;
use storefleet_core::dataset::kinds::rules::{TYPES, Types};
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::ids::Hash;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::price::{PriceTypes, Reach};

use super::packed::Unpacked;
use super::shelves::{Aside, Tables, aside, open_records, record};
use super::snapshot::Records;

/// What will be on sale from a moment on.
pub type Target = (LocalTime, BTreeMap<LayerId, Hash>);

/// Catalogue, prices and price types from a moment on.
pub(super) struct Waiting {
    pub(super) from: LocalTime,
    pub(super) types: PriceTypes,
    pub(super) goods: Vec<Source>,
    pub(super) prices: Vec<(Reach, Source)>,
}

/// The records of a layer: a table, and what stands there otherwise.
pub(super) struct Source {
    records: Records,
    changes: BTreeMap<String, Option<Vec<u8>>>,
}

impl Source {
    /// A record by its key.
    pub(super) fn get<T: for<'b> minicbor::Decode<'b, ()>>(&self, key: &str) -> Option<T> {
        match self.changes.get(key) {
            Some(changed) => cbor::decode(changed.as_ref()?).ok(),
            None => record(&self.records, key),
        }
    }
}

impl Waiting {
    /// Reads what was put aside; nothing where a part of it is gone meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(
        read: &ReadTransaction,
        on_sale: &Tables,
        (from, target): &Target,
    ) -> Result<Option<Self>, redb::Error> {
        let mut waiting = Self {
            from: *from,
            types: PriceTypes::default(),
            goods: Vec::new(),
            prices: Vec::new(),
        };
        for (layer, root) in target {
            let Some(source) = source(read, on_sale.get(layer), layer, *root)? else {
                return Ok(None);
            };
            match layer.dataset {
                Dataset::Goods => waiting.goods.push(source),
                Dataset::Prices => waiting.prices.push((layer.reach.clone(), source)),
                Dataset::Rules => {
                    let types = source.get::<Types>(TYPES).unwrap_or_default();
                    waiting.types = types.falls_back_to;
                }
                Dataset::Offers
                | Dataset::Shop
                | Dataset::Stops
                | Dataset::Staff
                | Dataset::Other(_) => {}
            }
        }
        Ok(Some(waiting))
    }

    /// Rows of an item, layer by layer.
    pub(super) fn prices_of(&self, item: &str) -> impl Iterator<Item = (&Reach, ItemPrices)> {
        let layers = self.prices.iter();
        layers.filter_map(move |(reach, source)| Some((reach, source.get(item)?)))
    }
}

fn source(
    read: &ReadTransaction,
    on_sale: Option<&(u64, Hash)>,
    layer: &LayerId,
    root: Hash,
) -> Result<Option<Source>, redb::Error> {
    let stays = on_sale.filter(|(_, held)| *held == root);
    let (number, changes) = match (stays, aside(read, layer, root)?) {
        (Some((number, _)), _) => (*number, BTreeMap::new()),
        (None, Some(Aside::Whole(number))) => (number, BTreeMap::new()),
        (None, Some(Aside::Changes(packed))) => {
            let (Some((number, _)), Some(changes)) = (on_sale, unpacked(&packed)) else {
                return Ok(None);
            };
            (*number, changes)
        }
        (None, None) => return Ok(None),
    };
    let records = open_records(read, number)?;
    Ok(Some(Source { records, changes }))
}

/// They were tried when they were put aside.
fn unpacked(packed: &[u8]) -> Option<BTreeMap<String, Option<Vec<u8>>>> {
    let (_, mut unpacked) = Unpacked::open(packed).ok()?;
    let mut changes = BTreeMap::new();
    while let Some(change) = unpacked.change().ok()? {
        changes.insert(change.key, change.record.map(Into::into));
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use storefleet_core::shelf_tag::tasks::{Due, end_of_tomorrow, tag_tasks};

    use super::*;
    use crate::till::http::tests::shop::Shop;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn tags_of_a_version_that_waits_are_told_the_evening_before() {
        let (evening, midnight) = (LocalTime(DAY_MS - 1), LocalTime(DAY_MS));
        for is_whole in [true, false] {
            let shop = Shop::open();
            let snapshot = shop.with_waiting(69_000, midnight, is_whole);
            let prices = |item: &str| snapshot.price_steps(item, evening, end_of_tomorrow(evening));
            let tags = Shop::tags();
            let tasks = tag_tasks(&tags, ["cable"], prices, evening);
            let told = tasks.iter().map(|task| {
                let price = task.price.map(|(price, _)| price.0);
                (task.due, task.from, price)
            });
            assert_eq!(
                told.collect::<Vec<_>>(),
                [
                    (Due::Overdue, evening, Some(59_000)),
                    (Due::Coming, midnight, Some(69_000)),
                ]
            );
            let usual = |at| snapshot.usual_price("cable", at).map(|(price, _)| price.0);
            assert_eq!(
                (usual(evening), usual(midnight)),
                (Some(59_000), Some(69_000))
            );
        }
    }

    #[test]
    fn what_waits_in_part_is_not_told() {
        let shop = Shop::open();
        let tomorrow = LocalTime(DAY_MS);
        let snapshot = shop.with_gone(tomorrow);
        let steps = snapshot.price_steps("cable", LocalTime(0), LocalTime(2 * DAY_MS));
        assert_eq!(steps.len(), 1);
    }
}

//! What tills price with: the layers on sale as they stood at one moment, unmoved by any switch; for shelf tags also
//! what waits.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadOnlyTable, ReadableTable};
use storefleet_core::cbor;
use storefleet_core::dataset::kinds::goods::{
    Barcode, Goods as GoodsRecord, barcode_key, item_key,
};
use storefleet_core::dataset::kinds::offers::Offer;
use storefleet_core::dataset::kinds::prices::ItemPrices;
use storefleet_core::dataset::kinds::rules::{
    COUPON_KEY, CouponSecret, LIMITS, Limits, TAXES, TYPES, Taxes, Types,
};
use storefleet_core::dataset::kinds::shop::{KEY, ShopCard};
use storefleet_core::dataset::kinds::staff::{Person, Rights, is_role, person_key, role_key};
use storefleet_core::dataset::kinds::stops::{ItemStops, Stop};
use storefleet_core::dataset::tree::stack_root;
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::ids::Hash;
use storefleet_core::money::Money;
use storefleet_core::pricing::base::{PriceStep, Told, price_steps};
use storefleet_core::pricing::item::{Catalogue, Goods, Item};
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::names::ItemCode;
use storefleet_core::pricing::price::{Reach, RowId};
use storefleet_core::pricing::rules::{Promotions, Rules};
use storefleet_core::pricing::shop::Shop;

use super::shelves::{Shelves, open_records, record};
use super::waiting::{Target, Waiting};
use crate::store_thread::StoreClock;

pub(super) type Records = ReadOnlyTable<(u16, &'static str), &'static [u8]>;

/// The layers on sale.
pub struct Snapshot {
    /// Hash over all of them: stands in the journal beside what was priced.
    pub stack: Hash,
    /// The shop.
    pub shop: Shop,
    /// Everything but items that a price depends on.
    pub rules: Rules,
    /// The store's wall.
    pub clock: StoreClock,
    goods: Vec<Records>,
    prices: Vec<(Reach, Records)>,
    stops: Vec<Records>,
    staff: Vec<Records>,
    /// The office said what roles may do.
    has_rights: bool,
    /// What comes on sale later, in that order.
    waiting: Vec<Waiting>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({})", self.stack)
    }
}

impl Snapshot {
    /// What is on sale now, and what comes later as far as it was put aside; nothing before the first switch.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(
        shelves: &Shelves,
        clock: StoreClock,
        coming: &[Target],
    ) -> Result<Option<Self>, redb::Error> {
        let (read, layers) = shelves.read()?;
        let roots: BTreeMap<&LayerId, &Hash> = layers
            .iter()
            .map(|(layer, (_, root))| (layer, root))
            .collect();
        let stack = stack_root(roots);
        let (mut goods, mut prices, mut offers) = (Vec::new(), Vec::new(), Vec::new());
        let (mut rules, mut card, mut stops) = (Rules::default(), None, Vec::new());
        let (mut staff, mut has_rights) = (Vec::new(), false);
        for (layer, (number, _)) in &layers {
            let records = open_records(&read, *number)?;
            match layer.dataset {
                Dataset::Goods => goods.push(records),
                Dataset::Prices => prices.push((layer.reach.clone(), records)),
                Dataset::Offers => offers.extend(all_offers(&records)?),
                Dataset::Rules => rules = read_rules(&records),
                Dataset::Shop => card = record::<ShopCard>(&records, KEY),
                Dataset::Stops => stops.push(records),
                Dataset::Staff => {
                    has_rights |= has_roles(&records)?;
                    staff.push(records);
                }
                Dataset::Other(_) => {}
            }
        }
        let mut waiting = Vec::new();
        for target in coming {
            waiting.extend(Waiting::read(&read, &layers, target)?);
        }
        rules.promotions =
            Promotions::new(offers.into_iter().map(|offer| offer.promotion).collect());
        Ok(card.map(|card| Self {
            stack,
            clock: clock.in_zone(&card.time_zone),
            shop: card.shop,
            rules,
            goods,
            prices,
            stops,
            staff,
            has_rights,
            waiting,
        }))
    }

    /// What a scanner read or a person typed: a barcode, or the code of an item.
    #[must_use]
    pub fn scanned(&self, code: &str) -> Option<GoodsRecord> {
        let barcode = barcode_key(code);
        let mut barcodes = self.goods.iter();
        let barcode = barcodes.find_map(|table| record::<Barcode>(table, &barcode));
        self.item(
            barcode
                .map_or_else(|| code.into(), |found| found.0)
                .as_str(),
        )
    }

    /// The stops of an item that hold at a moment, from every layer.
    #[must_use]
    pub fn stops(&self, item: &str, moment: LocalTime) -> Vec<Stop> {
        let layers = self.stops.iter();
        let held = layers.filter_map(|table| record::<ItemStops>(table, item));
        held.flat_map(|stops| stops.at(moment)).collect()
    }

    /// Whether the office said what roles may do. Before that the till's program decides.
    #[must_use]
    pub fn has_rights(&self) -> bool {
        self.has_rights
    }

    /// A person who works here.
    #[must_use]
    pub fn person(&self, number: &str) -> Option<Person> {
        let key = person_key(number);
        let mut tables = self.staff.iter();
        tables.find_map(|table| record::<Person>(table, &key))
    }

    /// What a role may do; nothing where the office said nothing of it.
    #[must_use]
    pub fn rights(&self, role: &str) -> Rights {
        let key = role_key(role);
        let mut tables = self.staff.iter();
        tables
            .find_map(|table| record::<Rights>(table, &key))
            .unwrap_or_default()
    }

    /// The steps of an item's usual price within `[now, until)`.
    #[must_use]
    pub fn price_steps(&self, item: &str, now: LocalTime, until: LocalTime) -> Vec<PriceStep> {
        let goods = self.goods(&item.into());
        let told = Told {
            from: now,
            goods: goods.as_deref(),
            types: &self.rules.price_types,
            shop: &self.shop,
        };
        let later: Vec<_> = self
            .waiting
            .iter()
            .map(|waiting| (waiting, goods_of(waiting, item)))
            .collect();
        let later = later.iter().map(|(waiting, goods)| Told {
            from: waiting.from,
            goods: goods.as_ref(),
            types: &waiting.types,
            shop: &self.shop,
        });
        let told: Vec<_> = std::iter::once(told).chain(later).collect();
        price_steps(&told, now, until)
    }

    /// The usual price of an item at a moment, and the row that gives it.
    #[must_use]
    pub fn usual_price(&self, item: &str, at: LocalTime) -> Option<(Money, RowId)> {
        let until = LocalTime(at.0.saturating_add(1));
        self.price_steps(item, at, until).first()?.price
    }

    /// The items that have rows of the price list.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn priced_items(&self) -> Result<BTreeSet<String>, redb::Error> {
        let mut items = BTreeSet::new();
        for (_, table) in &self.prices {
            for record in table.iter()? {
                let (key, _) = record?;
                items.insert(key.value().1.to_owned());
            }
        }
        Ok(items)
    }

    /// An item by its code.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<GoodsRecord> {
        let key = item_key(code);
        let mut tables = self.goods.iter();
        tables.find_map(|table| record::<GoodsRecord>(table, &key))
    }
}

impl Catalogue for Snapshot {
    fn goods(&self, code: &ItemCode) -> Option<Cow<'_, Goods>> {
        let layers = self.prices.iter();
        let prices =
            layers.filter_map(|(reach, table)| Some((reach, record(table, code.as_str())?)));
        let goods = with_prices(self.item(code.as_str())?.item, prices);
        Some(Cow::Owned(goods))
    }
}

/// An item as a version that waits has it.
fn goods_of(waiting: &Waiting, code: &str) -> Option<Goods> {
    let key = item_key(code);
    let mut layers = waiting.goods.iter();
    let goods = layers.find_map(|source| source.get::<GoodsRecord>(&key))?;
    Some(with_prices(goods.item, waiting.prices_of(code)))
}

fn with_prices<'r>(item: Item, layers: impl Iterator<Item = (&'r Reach, ItemPrices)>) -> Goods {
    let mut goods = Goods {
        item,
        prices: Vec::new(),
        corridors: Vec::new(),
    };
    for (reach, of_layer) in layers {
        let rows = of_layer.rows.into_iter();
        goods.prices.extend(rows.map(|row| row.out_of_layer(reach)));
        let bounds = of_layer.bounds.into_iter();
        goods
            .corridors
            .extend(bounds.map(|row| row.out_of_layer(reach)));
    }
    goods
}

fn all_offers(records: &Records) -> Result<Vec<Offer>, redb::Error> {
    let mut offers = Vec::new();
    for item in records.iter()? {
        let (_, bytes) = item?;
        offers.extend(cbor::decode::<Offer>(bytes.value()).ok());
    }
    Ok(offers)
}

fn has_roles(records: &Records) -> Result<bool, redb::Error> {
    for item in records.iter()? {
        if is_role(item?.0.value().1) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_rules(records: &Records) -> Rules {
    Rules {
        price_types: record::<Types>(records, TYPES)
            .unwrap_or_default()
            .falls_back_to,
        taxes: record::<Taxes>(records, TAXES).unwrap_or_default().0,
        dealer_limits: record::<Limits>(records, LIMITS).unwrap_or_default().0,
        coupon_key: record::<CouponSecret>(records, COUPON_KEY)
            .map(|secret| secret.0.to_vec())
            .unwrap_or_default(),
        promotions: Promotions::default(),
    }
}

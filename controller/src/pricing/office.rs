//! What a shop charges by the office's data: as its tills have them, or as the tables stand unpublished.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use storefleet_core::dataset::build::{network, shop, stack_of};
use storefleet_core::dataset::kinds::goods::{Goods as GoodsRecord, item_key};
use storefleet_core::dataset::kinds::offers::Offer;
use storefleet_core::dataset::kinds::prices::ItemPrices;
use storefleet_core::dataset::kinds::rules::{
    COUPON_KEY, CouponSecret, LIMITS, Limits, TAXES, TYPES, Taxes, Types,
};
use storefleet_core::dataset::kinds::shop::{KEY, ShopCard};
use storefleet_core::dataset::tree::stack_root;
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::ids::Hash;
use storefleet_core::master::corridor::CorridorRecord;
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::dealer_limit::DealerLimitRecord;
use storefleet_core::master::item::ItemRecord;
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::price_type::PriceTypeRecord;
use storefleet_core::master::promotion::PromotionRecord;
use storefleet_core::master::secret::{self, SecretRecord};
use storefleet_core::master::store::StoreRecord;
use storefleet_core::master::tax::TaxRecord;
use storefleet_core::pricing::evaluate;
use storefleet_core::pricing::item::{Catalogue, Goods};
use storefleet_core::pricing::json::cart::RawCartIn;
use storefleet_core::pricing::json::record::PricedCart;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::names::{ItemCode, PromotionId};
use storefleet_core::pricing::price::Reach;
use storefleet_core::pricing::promotion::{Owner, Promotion};
use storefleet_core::pricing::rules::{Promotions, Rules};
use storefleet_core::pricing::shop::Shop;
use storefleet_core::time::Timestamp;

use super::table::on_the_wall;
use crate::master::{MasterStore, StoreError};

/// Which state of the data is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basis {
    /// What was published: what tills have, or get when they connect.
    #[default]
    Published,
    /// The tables as they stand, published or not.
    Draft,
}

/// Everything that one shop prices with.
pub struct Books<'s> {
    store: &'s MasterStore,
    basis: Basis,
    /// The shop.
    pub shop: Shop,
    /// Where it is, for people.
    pub address: String,
    /// The zone of its wall clock.
    pub zone: TimeZone,
    /// Everything but items that a price depends on.
    pub rules: Rules,
    /// What people call the promotions.
    pub names: BTreeMap<PromotionId, String>,
    /// Hash over the published layers of the shop: stands in a till's answer too.
    pub stack: Hash,
}

impl<'s> Books<'s> {
    /// The books of a shop; nothing where it is not known, or not published yet.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn open(
        store: &'s MasterStore,
        code: &str,
        basis: Basis,
    ) -> Result<Option<Self>, StoreError> {
        let Some(card) = card(store, code, basis)? else {
            return Ok(None);
        };
        let versions = store.versions()?;
        let stack = stack_of(&card.shop);
        let roots = stack.iter().filter_map(|layer| {
            let version = versions.get(layer)?;
            (version.records > 0).then_some((layer, &version.root))
        });
        let (rules, names) = match basis {
            Basis::Published => published_rules(store, &stack)?,
            Basis::Draft => draft_rules(store, &card.shop)?,
        };
        Ok(Some(Self {
            store,
            basis,
            zone: TimeZone::get(&card.time_zone).unwrap_or(TimeZone::UTC),
            stack: stack_root(roots.collect::<BTreeMap<_, _>>()),
            shop: card.shop,
            address: card.address,
            rules,
            names,
        }))
    }

    /// Lets one more promotion act, instead of one of the same id.
    #[must_use]
    pub fn with(mut self, name: &str, promotion: Promotion) -> Self {
        self.names.insert(promotion.id.clone(), name.to_owned());
        let others = self.rules.promotions.as_slice().iter();
        let mut promotions: Vec<_> = others
            .filter(|other| other.id != promotion.id)
            .cloned()
            .collect();
        promotions.push(promotion);
        self.rules.promotions = Promotions::new(promotions);
        self
    }

    /// The time on the shop's wall.
    #[must_use]
    pub fn wall(&self, at: Timestamp) -> LocalTime {
        let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        on_the_wall(self.zone.to_datetime(instant))
    }

    /// The instant of a time on the shop's wall, with the shop's offset: `2026-03-01T10:00:00+05:00`.
    #[must_use]
    pub fn instant(&self, at: LocalTime) -> Option<String> {
        let time: jiff::civil::DateTime = at.to_string().parse().ok()?;
        let zoned = self.zone.to_ambiguous_zoned(time).compatible().ok()?;
        Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// Prices a cart as a till of the shop does.
    ///
    /// # Errors
    /// What is wrong with the cart and what to do.
    pub fn price(&self, cart: RawCartIn) -> Result<PricedCart, String> {
        let cart = cart.on_the_wall(&|at| self.wall(at))?;
        let record = evaluate(&cart.basket, &self.shop, self, &self.rules);
        Ok(PricedCart {
            cart: cart.name,
            moment: cart.basket.moment,
            repriced: cart.repriced,
            record,
        })
    }

    fn find(&self, code: &ItemCode) -> Result<Option<Goods>, StoreError> {
        match self.basis {
            Basis::Published => self.find_published(code),
            Basis::Draft => self.find_draft(code),
        }
    }

    fn find_published(&self, code: &ItemCode) -> Result<Option<Goods>, StoreError> {
        let layer = network(Dataset::Goods);
        let found: Option<GoodsRecord> = self.store.published(&layer, &item_key(code.as_str()))?;
        let Some(found) = found else {
            return Ok(None);
        };
        let mut goods = Goods {
            item: found.item,
            prices: Vec::new(),
            corridors: Vec::new(),
        };
        for layer in stack_of(&self.shop) {
            if layer.dataset != Dataset::Prices {
                continue;
            }
            let rows: Option<ItemPrices> = self.store.published(&layer, code.as_str())?;
            let rows = rows.unwrap_or_default();
            let prices = rows.rows.into_iter();
            goods
                .prices
                .extend(prices.map(|row| row.out_of_layer(&layer.reach)));
            let bounds = rows.bounds.into_iter();
            goods
                .corridors
                .extend(bounds.map(|row| row.out_of_layer(&layer.reach)));
        }
        Ok(Some(goods))
    }

    fn find_draft(&self, code: &ItemCode) -> Result<Option<Goods>, StoreError> {
        let Some(item) = self.store.get::<ItemRecord>(code.as_str())? else {
            return Ok(None);
        };
        let prefix = format!("{code}/");
        let prices: Vec<PriceRecord> = self.store.starting(&prefix)?;
        let bounds: Vec<CorridorRecord> = self.store.starting(&prefix)?;
        Ok(Some(Goods {
            item: item.priced_item(),
            prices: prices.into_iter().map(|price| price.row).collect(),
            corridors: bounds.into_iter().map(|bound| bound.row).collect(),
        }))
    }
}

impl Catalogue for Books<'_> {
    fn goods(&self, code: &ItemCode) -> Option<Cow<'_, Goods>> {
        let found = self.find(code).unwrap_or_else(|error| {
            tracing::error!(%error, "an item cannot be priced");
            None
        });
        found.map(Cow::Owned)
    }
}

fn card(store: &MasterStore, code: &str, basis: Basis) -> Result<Option<ShopCard>, StoreError> {
    if basis == Basis::Published {
        let layer = LayerId {
            dataset: Dataset::Shop,
            reach: Reach::Store(code.into()),
        };
        return store.published(&layer, KEY);
    }
    let Some(record) = store.get::<StoreRecord>(code)? else {
        return Ok(None);
    };
    let dealer = store.get::<DealerRecord>(record.dealer.as_str())?;
    Ok(dealer.map(|dealer| ShopCard {
        shop: shop(&record, &dealer),
        time_zone: record.tz,
        address: format!("{}, {}", record.city, record.address),
    }))
}

type RulesAndNames = (Rules, BTreeMap<PromotionId, String>);

fn published_rules(store: &MasterStore, stack: &[LayerId]) -> Result<RulesAndNames, StoreError> {
    let layer = network(Dataset::Rules);
    let types: Option<Types> = store.published(&layer, TYPES)?;
    let taxes: Option<Taxes> = store.published(&layer, TAXES)?;
    let limits: Option<Limits> = store.published(&layer, LIMITS)?;
    let secret: Option<CouponSecret> = store.published(&layer, COUPON_KEY)?;
    let mut offers: Vec<Offer> = Vec::new();
    for layer in stack
        .iter()
        .filter(|layer| layer.dataset == Dataset::Offers)
    {
        offers.extend(store.all_published::<Offer>(layer)?);
    }
    let names = offers
        .iter()
        .map(|offer| (offer.promotion.id.clone(), offer.name.clone()));
    let names = names.collect();
    let rules = Rules {
        price_types: types.unwrap_or_default().falls_back_to,
        taxes: taxes.unwrap_or_default().0,
        dealer_limits: limits.unwrap_or_default().0,
        coupon_key: secret.map(|secret| secret.0.to_vec()).unwrap_or_default(),
        promotions: Promotions::new(offers.into_iter().map(|offer| offer.promotion).collect()),
    };
    Ok((rules, names))
}

fn draft_rules(store: &MasterStore, shop: &Shop) -> Result<RulesAndNames, StoreError> {
    let mut names = BTreeMap::new();
    let mut promotions = Vec::new();
    for record in store.all::<PromotionRecord>()? {
        let Ok(read) = record.promotion() else {
            continue;
        };
        let is_here = match &read.promotion.owner {
            Owner::Network => true,
            Owner::Dealer(dealer) => *dealer == shop.dealer,
        };
        if is_here {
            names.insert(read.promotion.id.clone(), read.name);
            promotions.push(read.promotion);
        }
    }
    let types = store.all::<PriceTypeRecord>()?.into_iter();
    let secret: Option<SecretRecord> = store.get(secret::COUPON_KEY)?;
    let rules = Rules {
        price_types: types
            .map(|record| (record.price_type, record.falls_back_to))
            .collect(),
        taxes: store
            .all::<TaxRecord>()?
            .into_iter()
            .map(|record| record.row)
            .collect(),
        dealer_limits: store
            .all::<DealerLimitRecord>()?
            .into_iter()
            .map(|record| record.limit)
            .collect(),
        coupon_key: secret.unwrap_or_default().value.into_bytes(),
        promotions: Promotions::new(promotions),
    };
    Ok((rules, names))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use storefleet_core::cbor;
    use storefleet_core::master::change::{MasterFact, Source, facts};
    use storefleet_core::pricing::json::record::to_json;

    use super::*;
    use crate::import::preview::{Mode, Preview};
    use crate::import::{self, Ask};
    use crate::office::{Area, OfficeEntry};
    use crate::pricing::{Chain, price_cart};

    fn fold(store: &mut MasterStore, area: Area, body: Vec<u8>) {
        let ordinal = store.position() + 1;
        let entry = OfficeEntry {
            prev: Hash::default(),
            at: Timestamp(0),
            actor: "cli:test".to_owned(),
            area: area.code(),
            body: body.into(),
        };
        store.fold(ordinal, &entry).unwrap();
    }

    /// The tables of the tests, published.
    fn loaded(store: &mut MasterStore, tables: &Path) {
        for (name, bytes) in crate::load::files(&[tables.to_owned()]).unwrap() {
            let ask = Ask {
                source: name,
                ..Ask::default()
            };
            let delivery = import::read(std::io::Cursor::new(bytes), &ask, &*store).unwrap();
            let rows = Preview::of(delivery, Mode::OnlyChanges, &*store).into_rows();
            for fact in facts(rows, Source::Import, "", "test") {
                fold(store, Area::Master, cbor::encode::<MasterFact>(&fact));
            }
        }
        fold(store, Area::Published, cbor::encode(&"test".to_owned()));
    }

    #[test]
    fn carts_cost_the_same_published_unpublished_and_from_files_byte_for_byte() {
        let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pricing");
        let folder = tempfile::tempdir().unwrap();
        let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
        loaded(&mut store, &tables);
        let chain = Chain::read(&tables).unwrap();
        let carts = std::fs::read_to_string(tables.join("carts.jsonl")).unwrap();
        let mut priced = 0_u32;
        for line in carts.lines() {
            let expected = to_json(&price_cart(&chain, line).unwrap());
            for basis in [Basis::Published, Basis::Draft] {
                let cart = RawCartIn::parse(line).unwrap();
                let books = Books::open(&store, cart.store(), basis).unwrap().unwrap();
                assert_eq!(to_json(&books.price(cart).unwrap()), expected, "{basis:?}");
            }
            priced += 1;
        }
        assert!(priced > 20, "{priced}");
    }
}

//! What a shop charges by the office's data: as its tills have them, or as the tables stand unreleased.

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
use storefleet_core::ids::{Hash, StoreId};
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
use storefleet_core::rollout::assign::{Assignments, Turn};
use storefleet_core::time::Timestamp;

use super::table::on_the_wall;
use crate::master::{MasterStore, StoreError};

/// Which state of the data is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basis {
    /// The versions that releases assign to the shop: as its tills have them at that time of its wall, or now.
    Released(Option<LocalTime>),
    /// The tables as they stand, released or not.
    #[default]
    Draft,
}

/// Everything that one shop prices with.
pub struct Books<'s> {
    store: &'s MasterStore,
    /// The released versions of the shop's layers; nothing for the tables as they stand.
    versions: Option<BTreeMap<LayerId, u64>>,
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
    /// Hash over the released layers of the shop: stands in a till's answer too.
    pub stack: Hash,
}

impl<'s> Books<'s> {
    /// The books of a shop; nothing where it is not known, or nothing was released to it yet.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn open(
        store: &'s MasterStore,
        code: &str,
        basis: Basis,
    ) -> Result<Option<Self>, StoreError> {
        let (card, versions) = match basis {
            Basis::Released(at) => match released(store, code, at)? {
                Some((card, versions)) => (card, Some(versions)),
                None => return Ok(None),
            },
            Basis::Draft => match card(store, code)? {
                Some(card) => (card, None),
                None => return Ok(None),
            },
        };
        let (rules, names) = match &versions {
            Some(versions) => released_rules(store, versions)?,
            None => draft_rules(store, &card.shop)?,
        };
        let mut roots = BTreeMap::new();
        for (layer, number) in versions.iter().flatten() {
            let version = store.version(layer, *number)?;
            if let Some(version) = version.filter(|version| version.records > 0) {
                roots.insert(layer, version.root);
            }
        }
        let roots = roots.iter().map(|(layer, root)| (*layer, root));
        Ok(Some(Self {
            store,
            zone: TimeZone::get(&card.time_zone).unwrap_or(TimeZone::UTC),
            stack: stack_root(roots),
            versions,
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
        wall(&self.zone, at)
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
        match &self.versions {
            Some(versions) => self.find_released(versions, code),
            None => self.find_draft(code),
        }
    }

    fn find_released(
        &self,
        versions: &BTreeMap<LayerId, u64>,
        code: &ItemCode,
    ) -> Result<Option<Goods>, StoreError> {
        let layer = network(Dataset::Goods);
        let number = versions.get(&layer).copied().unwrap_or(0);
        let key = item_key(code.as_str());
        let found: Option<GoodsRecord> = self.store.record_at(&layer, number, &key)?;
        let Some(found) = found else {
            return Ok(None);
        };
        let mut goods = Goods {
            item: found.item,
            prices: Vec::new(),
            corridors: Vec::new(),
        };
        let prices = versions
            .iter()
            .filter(|(layer, _)| layer.dataset == Dataset::Prices);
        for (layer, number) in prices {
            let rows: Option<ItemPrices> = self.store.record_at(layer, *number, code.as_str())?;
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

type Released = (ShopCard, BTreeMap<LayerId, u64>);

/// The card of a shop and the versions of its layers, as releases assign them.
fn released(
    store: &MasterStore,
    code: &str,
    at: Option<LocalTime>,
) -> Result<Option<Released>, StoreError> {
    let Ok(id) = code.to_lowercase().parse::<StoreId>() else {
        return Ok(None);
    };
    let assignments = Assignments::of(store.rollouts());
    let card_layer = LayerId {
        dataset: Dataset::Shop,
        reach: Reach::Store(code.into()),
    };
    let number = assignments.layer(&id, &card_layer.to_string()).version;
    let Some(card) = store.record_at::<ShopCard>(&card_layer, number, KEY)? else {
        return Ok(None);
    };
    let zone = TimeZone::get(&card.time_zone).unwrap_or(TimeZone::UTC);
    let is_due = |turn: &Turn| at.is_some_and(|at| wall(&zone, turn.from) <= at);
    let versions = stack_of(&card.shop).into_iter().map(|layer| {
        let assigned = assignments.layer(&id, &layer.to_string());
        let number = match assigned.next {
            Some(turn) if is_due(&turn) => turn.version,
            Some(_) | None => assigned.version,
        };
        (layer, number)
    });
    Ok(Some((card, versions.collect())))
}

fn wall(zone: &TimeZone, at: Timestamp) -> LocalTime {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    on_the_wall(zone.to_datetime(instant))
}

fn card(store: &MasterStore, code: &str) -> Result<Option<ShopCard>, StoreError> {
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

fn released_rules(
    store: &MasterStore,
    versions: &BTreeMap<LayerId, u64>,
) -> Result<RulesAndNames, StoreError> {
    let layer = network(Dataset::Rules);
    let number = versions.get(&layer).copied().unwrap_or(0);
    let types: Option<Types> = store.record_at(&layer, number, TYPES)?;
    let taxes: Option<Taxes> = store.record_at(&layer, number, TAXES)?;
    let limits: Option<Limits> = store.record_at(&layer, number, LIMITS)?;
    let secret: Option<CouponSecret> = store.record_at(&layer, number, COUPON_KEY)?;
    let mut offers: Vec<Offer> = Vec::new();
    let of_offers = versions
        .iter()
        .filter(|(layer, _)| layer.dataset == Dataset::Offers);
    for (layer, number) in of_offers {
        offers.extend(store.records_at::<Offer>(layer, *number)?);
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
    use storefleet_core::rollout::fact::{Draft, ReleaseKind};
    use storefleet_core::rollout::settings::Settings;
    use storefleet_core::rollout::{Act, Actor, Command, Right, decide};

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

    /// The tables of the tests, released.
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
        release(store);
    }

    /// Everything to every shop, before any was enrolled.
    fn release(store: &mut MasterStore) {
        let by = |name: &str| Actor::Person {
            name: name.into(),
            may: Right::Rule,
            reason: "test".to_owned(),
        };
        let draft = Draft {
            title: "all".to_owned(),
            kind: ReleaseKind::Data,
            layers: store.unreleased().unwrap(),
            urgent: true,
            under: Vec::new(),
        };
        let acts = [
            (by("anna"), Act::Draft(draft)),
            (Actor::Centre, Act::Preview(Vec::new())),
            (by("anna"), Act::Approve { reach: 0 }),
            (
                by("anna"),
                Act::Start {
                    stores: Vec::new(),
                    settings: Settings::default(),
                },
            ),
        ];
        for (by, act) in acts {
            let command = Command::Step {
                by,
                release: "R-1".into(),
                act,
            };
            for fact in decide(store.rollouts(), command, Timestamp(0)).unwrap() {
                fold(store, Area::Rollout, cbor::encode(&fact));
            }
        }
    }

    #[test]
    fn carts_cost_the_same_released_unreleased_and_from_files_byte_for_byte() {
        let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pricing");
        let folder = tempfile::tempdir().unwrap();
        let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
        loaded(&mut store, &tables);
        let chain = Chain::read(&tables).unwrap();
        let carts = std::fs::read_to_string(tables.join("carts.jsonl")).unwrap();
        let mut priced = 0_u32;
        for line in carts.lines() {
            let expected = to_json(&price_cart(&chain, line).unwrap());
            for basis in [Basis::Released(None), Basis::Draft] {
                let cart = RawCartIn::parse(line).unwrap();
                let books = Books::open(&store, cart.store(), basis).unwrap().unwrap();
                assert_eq!(to_json(&books.price(cart).unwrap()), expected, "{basis:?}");
            }
            priced += 1;
        }
        assert!(priced > 20, "{priced}");
    }
}

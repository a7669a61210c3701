//! The tables of a chain: shops, items with their prices and corridors, taxes and promotions.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use storefleet_core::pricing::corridor::{CorridorReach, CorridorRow};
use storefleet_core::pricing::item::{Goods, Item, ItemKind, Tracking};
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::pricing::names::{
    DealerClass, DealerId, ItemCode, PromotionId, StoreRef, TaxRegime,
};
use storefleet_core::pricing::price::{PriceRow, PriceTypes, Reach, RowId};
use storefleet_core::pricing::rules::{Promotions, Rules};
use storefleet_core::pricing::shop::Shop;
use storefleet_core::pricing::vat::{TaxRow, VatRate};
use storefleet_core::time::Timestamp;

use super::error::DataError;
use super::promotions_file;
use super::table::{self, Row, on_the_wall};

/// A shop and the zone of its wall clock.
pub struct ShopInZone {
    /// The shop.
    pub shop: Shop,
    /// Its zone.
    pub zone: TimeZone,
}

impl ShopInZone {
    /// The time on the shop's wall.
    pub(super) fn wall(&self, at: Timestamp) -> LocalTime {
        let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        on_the_wall(self.zone.to_datetime(instant))
    }
}

/// Everything a price depends on.
pub struct Chain {
    /// Shops by code.
    pub shops: BTreeMap<StoreRef, ShopInZone>,
    /// Items by code.
    pub catalogue: BTreeMap<ItemCode, Goods>,
    /// Price types, taxes, promotions and limits.
    pub rules: Rules,
    /// What people call the promotions.
    pub names: BTreeMap<PromotionId, String>,
    /// What was read and is not used, one sentence each.
    pub warnings: Vec<String>,
}

impl Chain {
    /// Reads the tables of a folder: `stores.csv`, `dealers.csv`, `catalog.csv`, `prices.csv`,
    /// `corridors.csv`, `price_types.csv`, `tax.csv` (each may be gzip) and `promos.json`.
    ///
    /// # Errors
    /// The first thing that cannot be read, with its place.
    pub fn read(dir: &Path) -> Result<Self, DataError> {
        let shops = read_shops(dir)?;
        let mut catalogue = read_items(dir)?;
        read_prices(dir, &mut catalogue)?;
        read_corridors(dir, &mut catalogue)?;
        let mut price_types = PriceTypes::new();
        table::read(
            dir,
            "price_types.csv",
            &["price_type", "falls_back_to"],
            |row| {
                let next = Some(row.text("falls_back_to")).filter(|next| !next.is_empty());
                let (price_type, next) = (row.text("price_type").into(), next.map(Into::into));
                price_types.insert(price_type, next);
                Ok(())
            },
        )?;
        let read = promotions_file::read(&dir.join("promos.json"))?;
        Ok(Self {
            shops,
            catalogue,
            rules: Rules {
                price_types,
                taxes: read_taxes(dir)?,
                dealer_limits: read.dealer_limits,
                coupon_key: read.coupon_key,
                promotions: Promotions::new(read.promotions),
            },
            names: read.names,
            warnings: read.warnings,
        })
    }
}

fn read_shops(dir: &Path) -> Result<BTreeMap<StoreRef, ShopInZone>, DataError> {
    let mut dealers: BTreeMap<DealerId, (DealerClass, TaxRegime)> = BTreeMap::new();
    table::read(
        dir,
        "dealers.csv",
        &["dealer_id", "class", "tax_regime"],
        |row| {
            let of_dealer = (row.text("class").into(), row.text("tax_regime").into());
            dealers.insert(row.text("dealer_id").into(), of_dealer);
            Ok(())
        },
    )?;
    let mut zones: BTreeMap<String, TimeZone> = BTreeMap::new();
    let mut shops = BTreeMap::new();
    let columns = ["store_id", "dealer_id", "format", "region_iso", "tz"];
    table::read(dir, "stores.csv", &columns, |row| {
        let name = row.text("tz");
        let zone = match zones.get(name) {
            Some(zone) => zone.clone(),
            None => {
                let must = "must be a time zone of the IANA list, such as Asia/Kamchatka";
                let zone = TimeZone::get(name).map_err(|_| row.bad("tz", must))?;
                zones.insert(name.to_owned(), zone.clone());
                zone
            }
        };
        let dealer: DealerId = row.text("dealer_id").into();
        let (dealer_class, tax_regime) = dealers
            .get(&dealer)
            .cloned()
            .ok_or_else(|| row.bad("dealer_id", "is not in dealers.csv: add the dealer there"))?;
        let store: StoreRef = row.text("store_id").into();
        let shop = Shop {
            store: store.clone(),
            dealer,
            dealer_class,
            region: row.text("region_iso").into(),
            format: row.text("format").into(),
            tax_regime,
        };
        shops.insert(store, ShopInZone { shop, zone });
        Ok(())
    })?;
    Ok(shops)
}

fn read_items(dir: &Path) -> Result<BTreeMap<ItemCode, Goods>, DataError> {
    let mut items = BTreeMap::new();
    let columns = ["item_code", "kind", "group", "brand", "tracking", "vat"];
    table::read(dir, "catalog.csv", &columns, |row| {
        let code: ItemCode = row.text("item_code").into();
        let tracking = match row.text("tracking") {
            "none" => Tracking::None,
            "imei" | "iccid" => Tracking::Serial,
            _ => return Err(row.bad("tracking", "must be imei, iccid or none")),
        };
        let kind = ItemKind::from_name(row.text("kind"));
        let item = Item {
            code: code.clone(),
            kind: kind.ok_or_else(|| row.bad("kind", "must be goods, sim, service or payment"))?,
            group: row.text("group").into(),
            brand: row.text("brand").into(),
            tracking,
            vat_class: row.text("vat").into(),
        };
        let goods = Goods {
            item,
            prices: Vec::new(),
            corridors: Vec::new(),
        };
        match items.insert(code, goods) {
            None => Ok(()),
            Some(_) => Err(row.bad("item_code", "stands in the table twice: take one out")),
        }
    })?;
    Ok(items)
}

fn goods_of<'c>(
    catalogue: &'c mut BTreeMap<ItemCode, Goods>,
    row: &Row<'_>,
) -> Result<&'c mut Goods, DataError> {
    catalogue
        .get_mut(row.text("item_code"))
        .ok_or_else(|| row.bad("item_code", "is not in catalog.csv: add the item there"))
}

fn reach(row: &Row<'_>) -> Result<Option<Reach>, DataError> {
    let scope = row.text("scope_id");
    let reach = match row.text("layer") {
        "region" => Reach::Region(scope.into()),
        "dealer" => Reach::Dealer(scope.into()),
        "store" => Reach::Store(scope.into()),
        "network" => Reach::Network,
        _ => return Ok(None),
    };
    if reach == Reach::Network && scope != "*" {
        return Err(row.bad("scope_id", "must be * for a row of the network"));
    }
    Ok(Some(reach))
}

fn read_prices(dir: &Path, catalogue: &mut BTreeMap<ItemCode, Goods>) -> Result<(), DataError> {
    let columns = [
        "row_id",
        "item_code",
        "price_type",
        "layer",
        "scope_id",
        "amount_kop",
        "valid_from",
        "valid_to",
        "rank",
        "lock",
        "revision",
    ];
    table::read(dir, "prices.csv", &columns, |row| {
        let must = "must be network, region, dealer or store";
        let price = PriceRow {
            id: RowId(row.number("row_id")?),
            price_type: row.text("price_type").into(),
            reach: reach(row)?.ok_or_else(|| row.bad("layer", must))?,
            amount: row.money("amount_kop")?,
            validity: row.validity()?,
            rank: row.number("rank")?,
            lock: row.flag("lock")?,
            revision: row.number("revision")?,
        };
        goods_of(catalogue, row)?.prices.push(price);
        Ok(())
    })
}

fn read_corridors(dir: &Path, catalogue: &mut BTreeMap<ItemCode, Goods>) -> Result<(), DataError> {
    let columns = [
        "item_code",
        "layer",
        "scope_id",
        "min_kop",
        "max_kop",
        "floor_kop",
        "valid_from",
        "valid_to",
    ];
    table::read(dir, "corridors.csv", &columns, |row| {
        let must = "must be network, region, dealer, store or cost";
        let reach = match (row.text("layer"), reach(row)?) {
            ("cost", _) => CorridorReach::Cost,
            (_, Some(reach)) => CorridorReach::Layer(reach),
            (_, None) => return Err(row.bad("layer", must)),
        };
        let corridor = CorridorRow {
            reach,
            min: row.optional_money("min_kop")?,
            max: row.optional_money("max_kop")?,
            floor: row.optional_money("floor_kop")?,
            validity: row.validity()?,
        };
        goods_of(catalogue, row)?.corridors.push(corridor);
        Ok(())
    })
}

fn read_taxes(dir: &Path) -> Result<Vec<TaxRow>, DataError> {
    let mut taxes = Vec::new();
    let columns = [
        "tax_regime",
        "item_vat",
        "code",
        "num",
        "den",
        "valid_from",
        "valid_to",
    ];
    table::read(dir, "tax.csv", &columns, |row| {
        let denominator: u32 = row.number("den")?;
        if denominator == 0 {
            return Err(row.bad("den", "must be above 0"));
        }
        taxes.push(TaxRow {
            regime: row.text("tax_regime").into(),
            class: row.text("item_vat").into(),
            rate: VatRate {
                code: row.text("code").into(),
                numerator: row.number("num")?,
                denominator,
            },
            validity: row.validity()?,
        });
        Ok(())
    })?;
    Ok(taxes)
}

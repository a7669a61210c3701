//! A shop with prices: a cable whose tag lies, a case without a tag, and a phone that is not sold for now.

use std::collections::BTreeMap;
use std::sync::Arc;

use minicbor::Encode;
use storefleet_core::cbor;
use storefleet_core::dataset::kinds::goods::{Goods, item_key};
use storefleet_core::dataset::kinds::offers::Offer;
use storefleet_core::dataset::kinds::prices::{ItemPrices, LayerPrice};
use storefleet_core::dataset::kinds::rules::{
    COUPON_KEY, CouponSecret, TAXES, TYPES, Taxes, Types,
};
use storefleet_core::dataset::kinds::shop::{KEY, ShopCard};
use storefleet_core::dataset::kinds::staff::{Person, Rights, person_key, role_key};
use storefleet_core::dataset::kinds::stops::{ItemStops, Stop};
use storefleet_core::dataset::manifest::{Applied, AppliedLayer, Generation};
use storefleet_core::dataset::segment::{Change, Segment, SegmentHead};
use storefleet_core::dataset::shelf::Need;
use storefleet_core::dataset::tree::Tree;
use storefleet_core::ids::Hash;
use storefleet_core::master::staff::pin::PinHash;
use storefleet_core::master::stop_list::Action;
use storefleet_core::money::Money;
use storefleet_core::pricing::coupon_tag;
use storefleet_core::pricing::item::{Item, ItemKind, Tracking};
use storefleet_core::pricing::json::promotion;
use storefleet_core::pricing::moment::{LocalTime, Validity};
use storefleet_core::pricing::price::RowId;
use storefleet_core::pricing::rounding::Ppm;
use storefleet_core::pricing::shop::Shop as PricedShop;
use storefleet_core::pricing::vat::{TaxRow, VatRate};
use storefleet_core::shelf_tag::{Printed, PrintedTag, ShelfTags};
use storefleet_daemon::Clock;

use crate::datasets::shelves::Shelves;
use crate::datasets::snapshot::Snapshot;
use crate::store_thread::StoreClock;

const ALWAYS: Validity = Validity {
    from: LocalTime(0),
    to: None,
};

const COUPON_SECRET: &[u8] = b"made by the office";
const PRICES: &str = "prices/network/*";

type Records = BTreeMap<String, Vec<u8>>;

pub(crate) struct Shop {
    pub(crate) snapshot: Arc<Snapshot>,
    shelves: Shelves,
    _folder: tempfile::TempDir,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shelves = Shelves::open(&folder.path().join("datasets.redb")).unwrap();
        let layers = [
            ("goods/network/*", goods()),
            ("offers/network/*", offers()),
            (PRICES, prices(59_000)),
            ("rules/network/*", rules()),
            ("shop/store/S00421", card()),
            ("stops/network/*", stops()),
            ("staff/network/*", roles()),
            ("staff/store/S00421", people()),
        ];
        let layers = layers.map(|(name, records)| put_aside(&shelves, name, &records, None));
        let applied = Applied {
            generation: Generation::default(),
            layers: layers.into(),
            stack: Hash::default(),
        };
        shelves.switch(&applied).unwrap();
        let snapshot = Snapshot::open(&shelves, clock(), &[]).unwrap().unwrap();
        Self {
            snapshot: Arc::new(snapshot),
            shelves,
            _folder: folder,
        }
    }

    /// The shop when another price of the cable waits for a moment, fetched whole or as changes.
    pub(crate) fn with_waiting(&self, cable_kop: i64, from: LocalTime, is_whole: bool) -> Snapshot {
        let mut target = self.shelves.active().unwrap();
        let held = target[&PRICES.parse().unwrap()];
        let start = (!is_whole).then_some(held);
        let aside = put_aside(&self.shelves, PRICES, &prices(cable_kop), start);
        target.insert(aside.layer, aside.root.unwrap());
        let opened = Snapshot::open(&self.shelves, clock(), &[(from, target)]);
        opened.unwrap().unwrap()
    }

    /// The shop when something is to come that is not here any more.
    pub(crate) fn with_gone(&self, from: LocalTime) -> Snapshot {
        let mut target = self.shelves.active().unwrap();
        target.insert(PRICES.parse().unwrap(), Hash([9; 32]));
        let opened = Snapshot::open(&self.shelves, clock(), &[(from, target)]);
        opened.unwrap().unwrap()
    }

    /// What hangs on its shelves.
    pub(crate) fn tags() -> ShelfTags {
        let mut tags = ShelfTags::default();
        let cable = PrintedTag {
            item: "cable".to_owned(),
            price: Money(49_000),
            row: None,
            from: None,
        };
        let printed = Printed {
            tags: vec![cable],
            business_time: None,
            taken_down: None,
        };
        tags.print(&printed, LocalTime(0));
        tags
    }

    /// A personal code that is good for a long time.
    pub(super) fn coupon(serial: u32) -> String {
        let signed = format!("SPRING-{serial:06}-20991231");
        format!("{signed}-{}", coupon_tag(COUPON_SECRET, &signed))
    }

    /// What is here by the books.
    pub(crate) fn present() -> Vec<String> {
        vec!["cable".to_owned(), "case".to_owned()]
    }
}

fn clock() -> StoreClock {
    StoreClock::new(Clock::start(), jiff::tz::TimeZone::UTC)
}

/// A layer, put aside for the next switch: whole, or as changes that start from a version on sale.
fn put_aside(shelves: &Shelves, name: &str, records: &Records, from: Option<Hash>) -> AppliedLayer {
    let layer: storefleet_core::dataset::LayerId = name.parse().unwrap();
    let root = Tree::of(
        records
            .iter()
            .map(|(key, it)| (key.as_str(), it.as_slice())),
    )
    .root();
    let changes = records.iter().map(|(key, record)| Change {
        key: key.clone(),
        record: Some(record.clone().into()),
    });
    let changes: Vec<_> = changes.collect();
    let head = SegmentHead {
        layer: layer.clone(),
        from,
        to: root,
        changes: u64::try_from(changes.len()).unwrap(),
    };
    let packed = zstd::bulk::compress(&Segment { head, changes }.to_bytes(), 3).unwrap();
    let need = Need {
        layer: layer.clone(),
        from,
        to: root,
    };
    shelves.stage(&packed, &[need]).unwrap().unwrap();
    AppliedLayer {
        layer,
        root: Some(root),
        since: None,
    }
}

fn record<T: Encode<()>>(key: impl Into<String>, value: &T) -> (String, Vec<u8>) {
    (key.into(), cbor::encode(value))
}

fn goods() -> Records {
    let goods = |code: &str, name: &str| {
        let item = Item {
            code: code.into(),
            kind: ItemKind::Goods,
            group: "accessories".into(),
            brand: "none".into(),
            tracking: Tracking::None,
            vat_class: "base".into(),
        };
        let goods = Goods {
            item,
            name: name.to_owned(),
            unit: "pcs".to_owned(),
            marking: false,
            warranty_months: 12,
        };
        record(item_key(code), &goods)
    };
    [
        goods("cable", "Cable USB-C"),
        goods("case", "Case, black"),
        goods("phone", "Phone"),
    ]
    .into()
}

fn prices(cable_kop: i64) -> Records {
    let price = |code: &str, id: u64, amount: i64| {
        let row = LayerPrice {
            id: RowId(id),
            price_type: "retail".into(),
            amount: Money(amount),
            validity: ALWAYS,
            rank: 0,
            lock: false,
            revision: 0,
        };
        let prices = ItemPrices {
            rows: vec![row],
            bounds: Vec::new(),
        };
        record(code, &prices)
    };
    [
        price("cable", 70_000, cable_kop),
        price("case", 70_001, 99_000),
        price("phone", 70_002, 1_899_900),
    ]
    .into()
}

/// 100.00 less for whoever has a personal code of the campaign, see [`Shop::coupon`]; and reductions by hand.
fn offers() -> Records {
    let text = r#"{"id": "P20", "version": 1, "kind": "coupon", "name": "Personal", "owner": "network",
        "mode": "stack", "priority": 1, "valid_from": "2025-01-01T00:00:00", "valid_to": null,
        "campaign": "SPRING", "amount_kop": 10000, "max_per_receipt": 1}"#;
    let by_hand = r#"{"id": "P30", "version": 1, "kind": "manual", "name": "By hand", "owner": "network",
        "mode": "stack", "priority": 1, "valid_from": "2025-01-01T00:00:00", "valid_to": null,
        "max_ppm": 300000, "needs_reason": true}"#;
    let offer = |text: &str| {
        let read = promotion::read(serde_json::from_str(text).unwrap()).unwrap();
        let (name, promotion) = (read.name, read.promotion);
        record(promotion.id.as_str().to_owned(), &Offer { name, promotion })
    };
    [offer(text), offer(by_hand)].into()
}

fn rules() -> Records {
    let types = Types {
        falls_back_to: [("retail".into(), None)].into(),
    };
    let taxes = Taxes(vec![TaxRow {
        regime: "osn".into(),
        class: "base".into(),
        rate: VatRate {
            code: "vat22".into(),
            numerator: 22,
            denominator: 122,
        },
        validity: ALWAYS,
    }]);
    let key = CouponSecret(COUPON_SECRET.to_vec().into());
    [
        record(TYPES, &types),
        record(TAXES, &taxes),
        record(COUPON_KEY, &key),
    ]
    .into()
}

fn card() -> Records {
    let shop = PricedShop {
        store: "S00421".into(),
        dealer: "D0004".into(),
        dealer_class: "local".into(),
        region: "RU-KAM".into(),
        format: "salon".into(),
        tax_regime: "osn".into(),
    };
    let card = ShopCard {
        shop,
        time_zone: "Asia/Kamchatka".to_owned(),
        address: String::new(),
    };
    [record(KEY, &card)].into()
}

fn roles() -> Records {
    let role = |name: &str, discount, approves| {
        let rights = Rights {
            discount: Ppm(discount),
            approves: Ppm(approves),
        };
        record(role_key(name), &rights)
    };
    [
        role("cashier", 50_000, 0),
        role("director", 100_000, 300_000),
    ]
    .into()
}

fn people() -> Records {
    let person = |number: &str, name: &str, role: &str, pin: &str| {
        let person = Person {
            name: name.to_owned(),
            role: role.to_owned(),
            pin: PinHash::of(number, pin),
        };
        record(person_key(number), &person)
    };
    [
        person("E1", "Anna", "cashier", "1234"),
        person("E2", "Pyotr", "director", "4321"),
        person("E3", "Olga", "director", "none"),
    ]
    .into()
}

fn stops() -> Records {
    let stop = Stop {
        action: Action::Refuse,
        reason: "recalled by the maker".to_owned(),
        validity: ALWAYS,
    };
    [record("phone", &ItemStops { stops: vec![stop] })].into()
}

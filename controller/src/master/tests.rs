//! Layers follow the tables, segments lead from any version to the newest, and the fold is the log.

use std::collections::BTreeMap;

use proptest::prelude::*;
use storefleet_core::brought_forward::StockRow;
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::segment::Segment;
use storefleet_core::dataset::tree::{BUCKETS, Tree};
use storefleet_core::document::{Body, DocumentNumber, UnitRow};
use storefleet_core::ids::Hash;
use storefleet_core::master::change::{MasterFact, RowChange, Source, facts};
use storefleet_core::master::price::PriceRecord;
use storefleet_core::master::{Cells, Row, Table};
use storefleet_core::money::Quantity;
use storefleet_core::rollout::fact::LayerChange;
use storefleet_core::stock::Sku;
use storefleet_core::time::{BusinessDate, Timestamp};

use super::MasterStore;
use super::underlay::Beside;
use crate::office::{Area, OfficeEntry};

/// A log of the office without its disk.
#[derive(Default)]
pub(super) struct Log(Vec<OfficeEntry>);

impl Log {
    fn push(&mut self, area: Area, body: Vec<u8>) {
        self.0.push(OfficeEntry {
            prev: Hash::default(),
            at: Timestamp(0),
            actor: "cli:anna".to_owned(),
            area: area.code(),
            body: body.into(),
        });
    }

    fn fold(&self, store: &mut MasterStore) {
        let behind = usize::try_from(store.position()).unwrap();
        for (ordinal, entry) in (1..).zip(&self.0).skip(behind) {
            store.fold(ordinal, entry).unwrap();
        }
    }
}

pub(super) fn row(table: Table, texts: &[&str]) -> Row {
    let spec = table.spec().unwrap();
    let cells = texts.iter().map(|text| (*text).into()).collect();
    (spec.read)(&Cells::new(spec.columns, cells)).unwrap()
}

fn price(id: u64, item: &str, layer: &str, scope: &str, kopecks: i64) -> Row {
    let (id, kopecks) = (id.to_string(), kopecks.to_string());
    let from = "2026-01-01T00:00:00";
    row(
        Table::Prices,
        &[
            &id, item, "retail", layer, scope, &kopecks, from, "", "0", "0", "0",
        ],
    )
}

/// Writes a change that makes a record stand as it is given, or go.
pub(super) fn write(
    log: &mut Log,
    store: &mut MasterStore,
    table: Table,
    key: &str,
    to: Option<Vec<u8>>,
) {
    let from = store.record(table, key).unwrap();
    let change = RowChange {
        table,
        key: key.to_owned(),
        from: from.map(Into::into),
        to: to.map(Into::into),
    };
    for fact in facts(vec![change], Source::Edit, "", "test") {
        log.push(Area::Master, cbor::encode::<MasterFact>(&fact));
    }
    log.fold(store);
}

fn publish(log: &mut Log, store: &mut MasterStore) {
    log.push(Area::Published, cbor::encode(&"test".to_owned()));
    log.fold(store);
}

fn network_prices() -> LayerId {
    "prices/network/*".parse().unwrap()
}

type Records = BTreeMap<String, Vec<u8>>;

fn whole(store: &MasterStore, layer: &LayerId) -> Records {
    let newest = store.newest(layer).unwrap().unwrap().root;
    let segment = store.segment(layer, None, newest).unwrap().unwrap();
    let records = segment.changes.into_iter();
    records
        .map(|change| (change.key, change.record.unwrap().into()))
        .collect()
}

fn root(records: &Records) -> Hash {
    Tree::of(
        records
            .iter()
            .map(|(key, bytes)| (key.as_str(), bytes.as_slice())),
    )
    .root()
}

#[test]
fn a_price_of_a_region_stands_in_the_regions_layer_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
    let mut log = Log::default();
    for row in [
        price(1, "A", "network", "*", 100),
        price(2, "A", "region", "RU-KAM", 90),
    ] {
        write(
            &mut log,
            &mut store,
            Table::Prices,
            &row.key,
            Some(row.bytes),
        );
    }
    publish(&mut log, &mut store);
    let versions = store.versions().unwrap();
    let names: Vec<_> = versions.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["prices/network/*", "prices/region/RU-KAM"]);
    write(
        &mut log,
        &mut store,
        Table::Prices,
        &price(2, "A", "region", "RU-KAM", 0).key,
        None,
    );
    publish(&mut log, &mut store);
    let after = store.versions().unwrap();
    let region: LayerId = "prices/region/RU-KAM".parse().unwrap();
    assert_eq!(after[&region].records, 0);
    assert_eq!(
        after[&network_prices()],
        versions[&network_prices()],
        "it did not move"
    );
}

#[test]
fn an_undone_change_gives_the_root_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
    let mut log = Log::default();
    let (old, new) = (
        price(1, "A", "network", "*", 100),
        price(1, "A", "network", "*", 7),
    );
    write(
        &mut log,
        &mut store,
        Table::Prices,
        &old.key,
        Some(old.bytes.clone()),
    );
    publish(&mut log, &mut store);
    let before = store.newest(&network_prices()).unwrap().unwrap().root;
    write(
        &mut log,
        &mut store,
        Table::Prices,
        &new.key,
        Some(new.bytes.clone()),
    );
    publish(&mut log, &mut store);
    assert_ne!(
        store.newest(&network_prices()).unwrap().unwrap().root,
        before
    );
    write(
        &mut log,
        &mut store,
        Table::Prices,
        &old.key,
        Some(old.bytes),
    );
    publish(&mut log, &mut store);
    assert_eq!(
        store.newest(&network_prices()).unwrap().unwrap().root,
        before
    );
    let history = store.history(Table::Prices, &new.key).unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(
        history[0].2.from.as_deref(),
        Some(&new.bytes),
        "newest first"
    );
}

/// What one step does: which item's price becomes how much, or goes; then whether it is published.
fn steps() -> impl Strategy<Value = Vec<(u8, Option<i64>, bool)>> {
    let step = (0_u8..6, proptest::option::of(0_i64..4), any::<bool>());
    proptest::collection::vec(step, 1..25)
}

fn after(mut records: Records, segment: Segment) -> Records {
    for change in segment.changes {
        match change.record {
            Some(bytes) => drop(records.insert(change.key, bytes.into())),
            None => drop(records.remove(&change.key)),
        }
    }
    records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn segments_lead_from_every_version_to_every_other(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.redb");
        let mut store = MasterStore::open(&path).unwrap();
        let mut log = Log::default();
        let mut versions: Vec<Records> = Vec::new();
        let layer = network_prices();
        for (item, kopecks, published) in steps {
            let row = price(u64::from(item), &format!("I{item}"), "network", "*", kopecks.unwrap_or(0));
            write(&mut log, &mut store, Table::Prices, &row.key, kopecks.map(|_| row.bytes));
            if published {
                publish(&mut log, &mut store);
                if store.newest(&layer).unwrap().is_some() {
                    versions.push(whole(&store, &layer));
                }
            }
        }
        for (from, to) in versions.iter().flat_map(|from| versions.iter().map(move |to| (from, to))) {
            let segment = store.segment(&layer, Some(root(from)), root(to)).unwrap().unwrap();
            prop_assert_eq!(segment.head.from, Some(root(from)));
            prop_assert_eq!(segment.head.to, root(to));
            prop_assert_eq!(&after(from.clone(), segment), to);
            let whole = store.segment(&layer, None, root(to)).unwrap().unwrap();
            prop_assert_eq!(&after(Records::new(), whole), to);
        }
        // Without the file the log gives the same.
        let versions = store.versions().unwrap();
        drop(store);
        std::fs::remove_file(&path).unwrap();
        let mut again = MasterStore::open(&path).unwrap();
        log.fold(&mut again);
        prop_assert_eq!(again.versions().unwrap(), versions);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_version_beside_the_line_is_what_stands_with_the_fix_and_every_version_can_be_sent_and_mended(
        steps in steps(),
        besides in proptest::collection::vec(any::<[prop::sample::Index; 3]>(), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.redb");
        let mut store = MasterStore::open(&path).unwrap();
        let mut log = Log::default();
        let layer = network_prices();
        let mut versions: Vec<(u64, Records)> = Vec::new();
        for (item, kopecks, _) in steps {
            let row = price(u64::from(item), &format!("I{item}"), "network", "*", kopecks.unwrap_or(0));
            write(&mut log, &mut store, Table::Prices, &row.key, kopecks.map(|_| row.bytes));
            publish(&mut log, &mut store);
            let newest = store.newest(&layer).unwrap();
            let last = versions.last().map(|(number, _)| *number);
            if let Some(newest) = newest.filter(|newest| last != Some(newest.number)) {
                versions.push((newest.number, whole(&store, &layer)));
            }
        }
        prop_assume!(versions.len() >= 2);
        let line = versions.len();
        for [base, from, to] in besides {
            let from = from.index(line - 1);
            let to = from + 1 + to.index(line - 1 - from);
            // It begins where the release began that the fix goes under, or at an earlier fix.
            let base = match base.index(from + 1 + versions.len() - line) {
                earlier if earlier > from => line + earlier - from - 1,
                earlier => earlier,
            };
            let [base, from, to] = [base, from, to].map(|it| &versions[it]);
            let mut records = base.1.clone();
            let keys: std::collections::BTreeSet<_> = from.1.keys().chain(to.1.keys()).collect();
            for key in keys.into_iter().filter(|key| from.1.get(*key) != to.1.get(*key)) {
                match to.1.get(key) {
                    Some(record) => drop(records.insert(key.clone(), record.clone())),
                    None => drop(records.remove(key)),
                }
            }
            let beside = Beside { layer: layer.clone(), base: base.0, from: from.0, to: to.0 };
            log.push(Area::Beside, cbor::encode(&vec![beside.clone()]));
            log.fold(&mut store);
            let number = store.beside(&beside).unwrap().unwrap();
            let version = store.version(&layer, number).unwrap().unwrap();
            prop_assert_eq!(version.root, root(&records));
            prop_assert_eq!(version.records, records.len() as u64);
            versions.push((number, records));
        }
        for ((_, from), (_, to)) in versions.iter().flat_map(|from| versions.iter().map(move |to| (from, to))) {
            let segment = store.segment(&layer, Some(root(from)), root(to)).unwrap().unwrap();
            prop_assert_eq!(&after(from.clone(), segment), to);
            let whole = store.segment(&layer, None, root(to)).unwrap().unwrap();
            prop_assert_eq!(&after(Records::new(), whole), to);
        }
        let buckets: Vec<u16> = (0..BUCKETS).collect();
        for (_, records) in &versions {
            let tree = store.tree(&layer, root(records)).unwrap().unwrap();
            prop_assert_eq!(tree.root(), root(records));
            let mending = store.records_of(&layer, root(records), &buckets).unwrap().unwrap();
            let mending: Records = mending
                .into_iter()
                .map(|change| (change.key, change.record.unwrap().to_vec()))
                .collect();
            prop_assert_eq!(&mending, records);
        }
        let roots = |store: &MasterStore| {
            let numbers = versions.iter().map(|(number, _)| *number);
            let read = numbers.map(|number| store.version(&layer, number).unwrap());
            read.collect::<Vec<_>>()
        };
        let before = roots(&store);
        drop(store);
        std::fs::remove_file(&path).unwrap();
        let mut again = MasterStore::open(&path).unwrap();
        log.fold(&mut again);
        prop_assert_eq!(roots(&again), before);
    }
}

#[test]
fn what_stands_with_a_fix_brings_the_other_rows_only_when_they_are_released() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
    let mut log = Log::default();
    let layer = network_prices();
    let mut set = |store: &mut MasterStore, rows: &[(u64, i64)]| {
        for (id, kopecks) in rows {
            let row = price(*id, &format!("I{id}"), "network", "*", *kopecks);
            write(&mut log, store, Table::Prices, &row.key, Some(row.bytes));
        }
        publish(&mut log, store);
        store.newest(&layer).unwrap().unwrap().number
    };
    let stands = set(&mut store, &[(1, 100), (2, 100), (3, 100)]);
    let release = set(&mut store, &[(1, 120), (2, 1)]);
    let fixed = set(&mut store, &[(2, 130)]);
    let beside = Beside {
        layer: layer.clone(),
        base: stands,
        from: release,
        to: fixed,
    };
    log.push(Area::Beside, cbor::encode(&vec![beside.clone()]));
    log.fold(&mut store);
    let under = store.beside(&beside).unwrap().unwrap();
    let rows = |from: u64, to: u64| {
        let change = LayerChange {
            layer: layer.to_string().as_str().into(),
            from,
            to,
        };
        let rows = store.rows_between(&[change]).unwrap().into_iter();
        let told = rows.map(|row| {
            let amount = |bytes: &Option<minicbor::bytes::ByteVec>| {
                let record: PriceRecord = cbor::decode(bytes.as_deref().unwrap()).unwrap();
                record.row.amount.0
            };
            (amount(&row.from), amount(&row.to))
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(rows(release, fixed), [(1, 130)], "the fix over the release");
    assert_eq!(
        rows(under, fixed),
        [(100, 120)],
        "what the release brings behind the fix"
    );
    assert_eq!(store.changed_keys(&layer, under, fixed).unwrap().len(), 1);
    let of = |item: &str| {
        let bytes = store.segment(
            &layer,
            None,
            store.version(&layer, under).unwrap().unwrap().root,
        );
        let changes = bytes.unwrap().unwrap().changes;
        let at = |root: u64| {
            let root = store.version(&layer, root).unwrap().unwrap().root;
            let all = store.segment(&layer, None, root).unwrap().unwrap().changes;
            all.into_iter().find(|it| it.key == item).unwrap().record
        };
        let mine = changes
            .into_iter()
            .find(|it| it.key == item)
            .unwrap()
            .record;
        (mine == at(stands), mine == at(fixed))
    };
    assert_eq!(of("I1"), (true, false), "not before the release goes on");
    assert_eq!(of("I2"), (false, true), "the fix");
}

#[test]
fn a_release_carries_every_record_once_from_what_stands_to_what_it_becomes() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
    let mut log = Log::default();
    let mut set = |store: &mut MasterStore, kopecks: i64| {
        let row = price(1, "A", "network", "*", kopecks);
        write(&mut log, store, Table::Prices, &row.key, Some(row.bytes));
        publish(&mut log, store);
        log.0.len()
    };
    let first = set(&mut store, 100);
    let changes = store.unreleased().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].from, changes[0].to), (0, first as u64));
    set(&mut store, 7);
    set(&mut store, 90);
    let mut changes = store.unreleased().unwrap();
    // As if the first version stood.
    changes[0].from = first as u64;
    let rows = store.rows_between(&changes).unwrap();
    let amounts = |bytes: &Option<minicbor::bytes::ByteVec>| {
        let record: PriceRecord = cbor::decode(bytes.as_deref().unwrap()).unwrap();
        record.row.amount.0
    };
    let told: Vec<_> = rows
        .iter()
        .map(|row| (amounts(&row.from), amounts(&row.to)))
        .collect();
    assert_eq!(told, [(100, 90)], "what lay between is no row");
    let standing = store.standing(&rows, BusinessDate(20_483)).unwrap();
    assert_eq!((standing.items, standing.prices), (0, 1));
}

#[test]
fn balances_of_units_become_documents_of_units_and_what_changes_is_what_moves() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = MasterStore::open(&folder.path().join("master.redb")).unwrap();
    let mut log = Log::default();
    let mut set = |store: &mut MasterStore, texts: &[&str], there: bool| {
        let row = row(Table::OpeningStock, texts);
        let bytes = there.then_some(row.bytes);
        write(&mut log, store, Table::OpeningStock, &row.key, bytes);
    };
    let first = ["S00001", "A", "E1", "1", "356938035643809"];
    set(&mut store, &first, true);
    set(&mut store, &["S00001", "B", "", "2.5", ""], true);
    set(&mut store, &first, false);
    let workplace = "s00001-1".parse().unwrap();
    let documents = store
        .documents_behind(&workplace, DocumentNumber::default(), 9)
        .unwrap();
    let unit = |count: i32| {
        Body::Units(vec![UnitRow {
            sku: Sku {
                item: "A".to_owned(),
                owner: Some("E1".to_owned()),
            },
            serial: "356938035643809".to_owned(),
            count,
        }])
    };
    let counted = Body::Stock(vec![StockRow {
        sku: Sku {
            item: "B".to_owned(),
            owner: None,
        },
        quantity: Quantity(2_500),
    }]);
    let bodies: Vec<Body> = documents.into_iter().map(|it| it.body).collect();
    assert_eq!(bodies, [unit(1), counted, unit(-1)]);
}

//! A segment is packed once and whole, however many shops ask for it at the same moment.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Barrier, Mutex};

use ring::rand::SystemRandom;
use storefleet_core::cbor;
use storefleet_core::dataset::repair::{Ask as RepairAsk, Repair};
use storefleet_core::dataset::segment::{Change, SegmentHead, Trail};
use storefleet_core::dataset::tree::Tree;
use storefleet_core::ids::Epoch;
use storefleet_core::master::change::Source;
use storefleet_core::sync::message::{RepairAnswer, RepairQuestion};
use storefleet_core::time::Timestamp;
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::offline::OfflineRoot;

use super::*;
use crate::import::Ask;
use crate::master::{MasterStore, Order, Signed};
use crate::office::Office;

const SHOPS: usize = 16;

fn signed(why: &str) -> Signed<'_> {
    Signed {
        actor: "cli:test",
        at: Timestamp(2_000),
        source: Source::Import,
        origin: "",
        why,
    }
}

fn master(folder: &Path) -> Master {
    let root = folder.join("root");
    OfflineRoot::create(&root, "test", Timestamp(1_000), &SystemRandom::new()).unwrap();
    let keys = CentreKeys::read(&root.join("online"), Timestamp(2_000)).unwrap();
    fs::create_dir(folder.join("office")).unwrap();
    let office = Office::open(&folder.join("office"), keys, Timestamp(2_000)).unwrap();
    let store = MasterStore::open(&folder.join("master.redb")).unwrap();
    Master::open(Arc::new(Mutex::new(office)), store, 1).unwrap()
}

/// Prices of so many items.
fn import(master: &Master, items: u64, kopecks: impl Fn(u64) -> u64) {
    let mut file = "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from\n".to_owned();
    for item in 0..items {
        let kopecks = kopecks(item);
        file.push_str(&format!(
            "{item},I{item},retail,network,*,{kopecks},2026-01-01T00:00:00\n"
        ));
    }
    let order = Order {
        holds_accepted: true,
        ..Order::default()
    };
    let ask = Ask::default();
    master
        .import(Cursor::new(file), &ask, order, signed("prices"))
        .unwrap();
}

#[test]
fn shops_that_ask_at_once_all_get_the_same_whole_segment() {
    let folder = tempfile::tempdir().unwrap();
    let master = master(folder.path());
    let segments = Segments::new(folder.path().join("segments"), master.clone()).unwrap();
    for round in 1..=8_u64 {
        import(&master, 3_000, |item| (item * 7_919 + round) % 1_000_003);
        let moved = master.build(signed("prices")).unwrap().remove(0);
        let need = Need {
            layer: moved.layer,
            from: None,
            to: moved.to.root,
        };
        let expected = master
            .read()
            .segment(&need.layer, None, need.to)
            .unwrap()
            .unwrap();
        let expected = expected.to_bytes();
        let together = Arc::new(Barrier::new(SHOPS));
        let asking = (0..SHOPS).map(|_| {
            let (segments, need, together) = (segments.clone(), need.clone(), together.clone());
            std::thread::spawn(move || {
                together.wait();
                segments.piece(&need, 0).unwrap().unwrap()
            })
        });
        for shop in asking.collect::<Vec<_>>() {
            let piece = shop.join().unwrap();
            let unpacked = zstd::bulk::decompress(&piece.bytes, expected.len()).unwrap();
            assert_eq!(unpacked, expected);
        }
    }
}

/// The records of a version.
fn whole(master: &Master, layer: &LayerId, root: Hash) -> BTreeMap<String, Vec<u8>> {
    let segment = master.read().segment(layer, None, root).unwrap().unwrap();
    let records = segment.changes.into_iter();
    records
        .map(|change| (change.key, change.record.unwrap().to_vec()))
        .collect()
}

/// The records of a packed segment.
fn unpacked(packed: &[u8]) -> Vec<Change> {
    let bytes = zstd::bulk::decompress(packed, 1 << 20).unwrap();
    let mut rest = bytes.as_slice();
    let mut trail = Trail::default();
    let mut items = std::iter::from_fn(|| {
        let length = cbor::item_len(rest).ok().filter(|length| *length > 0)?;
        let (item, behind) = rest.split_at(length);
        rest = behind;
        Some(item)
    });
    let head: SegmentHead = cbor::decode(items.next().unwrap()).unwrap();
    let steps = items.map(|item| trail.change(cbor::decode(item).unwrap()).unwrap());
    let changes: Vec<_> = steps.collect();
    assert_eq!(head.changes, changes.len() as u64);
    changes
}

#[test]
fn single_buckets_of_any_version_mend_a_shop() {
    let folder = tempfile::tempdir().unwrap();
    let master = master(folder.path());
    let segments = Segments::new(folder.path().join("segments"), master.clone()).unwrap();
    import(&master, 3_000, |item| item + 1);
    let older = master.build(signed("prices")).unwrap().remove(0);
    import(
        &master,
        3_000,
        |item| if item % 300 == 0 { 7 } else { item + 1 },
    );
    let newest = master.build(signed("prices")).unwrap().remove(0);
    for moved in [older, newest] {
        let (layer, root) = (moved.layer, moved.to.root);
        let right = whole(&master, &layer, root);
        let mut shop = right.clone();
        shop.insert("I300".to_owned(), vec![1]);
        shop.remove("I1");
        let lies = shop.iter();
        let tree = Tree::of(lies.map(|(key, record)| (key.as_str(), record.as_slice())));
        let mut repair = Repair::new(tree, root);
        while let Some(ask) = repair.ask() {
            let question = RepairQuestion {
                workplace: "s1-1".parse().unwrap(),
                epoch: Epoch(1),
                layer: layer.clone(),
                root,
                ask,
            };
            match segments.repair(&question).unwrap().unwrap() {
                RepairAnswer::Hashes(hashes) => repair.hashes(&hashes).unwrap(),
                RepairAnswer::Records(packed) => repair.records(unpacked(&packed)).unwrap(),
            }
        }
        let mending = repair.mending().unwrap();
        assert_eq!(mending.buckets.len(), 2);
        for key in ["I1", "I300"] {
            assert_eq!(mending.records[key], right[key]);
        }
    }
}

#[test]
fn what_no_version_has_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let master = master(folder.path());
    let segments = Segments::new(folder.path().join("segments"), master.clone()).unwrap();
    import(&master, 10, |item| item + 1);
    let moved = master.build(signed("prices")).unwrap().remove(0);
    let of = |root, ask| {
        let question = RepairQuestion {
            workplace: "s1-1".parse().unwrap(),
            epoch: Epoch(1),
            layer: moved.layer.clone(),
            root,
            ask,
        };
        segments.repair(&question).unwrap()
    };
    assert_eq!(of(Hash([1; 32]), RepairAsk::Nodes), None);
    assert_eq!(of(Hash([1; 32]), RepairAsk::Records(vec![1])), None);
    assert_eq!(of(moved.to.root, RepairAsk::Buckets(vec![32])), None);
    assert_eq!(of(moved.to.root, RepairAsk::Records(vec![1_024])), None);
}

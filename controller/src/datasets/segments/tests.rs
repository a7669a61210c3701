//! A segment is packed once and whole, however many shops ask for it at the same moment.

use std::io::Cursor;
use std::sync::{Arc, Barrier, Mutex};

use ring::rand::SystemRandom;
use storefleet_core::master::change::Source;
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

#[test]
fn shops_that_ask_at_once_all_get_the_same_whole_segment() {
    let folder = tempfile::tempdir().unwrap();
    let master = master(folder.path());
    let segments = Segments::new(folder.path().join("segments"), master.clone()).unwrap();
    for round in 1..=8_u64 {
        let mut file =
            "row_id,item_code,price_type,layer,scope_id,amount_kop,valid_from\n".to_owned();
        for item in 0..3_000_u64 {
            let kopecks = (item * 7_919 + round) % 1_000_003;
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

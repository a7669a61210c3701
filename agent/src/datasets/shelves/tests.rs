//! What is put aside counts with the switch only, and nothing that is damaged ever does.

use std::collections::BTreeMap;

use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::kinds::prices::ItemPrices;
use storefleet_core::dataset::manifest::{Applied, AppliedLayer, Generation, RejectedCode};
use storefleet_core::dataset::segment::{Change, Segment, SegmentHead};
use storefleet_core::dataset::shelf::Need;
use storefleet_core::dataset::tree::Tree;
use storefleet_core::ids::Hash;

use super::Shelves;

pub(in crate::datasets) type Records = BTreeMap<String, Vec<u8>>;

pub(in crate::datasets) fn layer() -> LayerId {
    "prices/network/*".parse().unwrap()
}

fn records(items: &[&str]) -> Records {
    let bytes = storefleet_core::cbor::encode(&ItemPrices::default());
    items
        .iter()
        .map(|item| ((*item).to_owned(), bytes.clone()))
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

/// The packed segment from some records to others; the whole layer where there are none before.
fn packed(from: Option<&Records>, to: &Records) -> Vec<u8> {
    let empty = Records::new();
    let before = from.unwrap_or(&empty);
    let came = to.iter().filter(|(key, _)| !before.contains_key(*key));
    let came = came.map(|(key, bytes)| Change {
        key: key.clone(),
        record: Some(bytes.clone().into()),
    });
    let went = before.keys().filter(|key| !to.contains_key(*key));
    let went = went.map(|key| Change {
        key: key.clone(),
        record: None,
    });
    let changes: Vec<_> = came.chain(went).collect();
    let head = SegmentHead {
        layer: layer(),
        from: from.map(root),
        to: root(to),
        changes: u64::try_from(changes.len()).unwrap(),
    };
    zstd::bulk::compress(&Segment { head, changes }.to_bytes(), 3).unwrap()
}

fn need(from: Option<&Records>, to: &Records) -> Vec<Need> {
    vec![Need {
        layer: layer(),
        from: from.map(root),
        to: root(to),
    }]
}

pub(in crate::datasets) fn switch(shelves: &Shelves, to: Hash) {
    let changed = AppliedLayer {
        layer: layer(),
        root: Some(to),
        since: None,
    };
    let applied = Applied {
        generation: Generation::default(),
        layers: vec![changed],
        stack: Hash::default(),
    };
    shelves.switch(&applied).unwrap();
}

fn on_sale(shelves: &Shelves) -> Option<Hash> {
    shelves.active().unwrap().get(&layer()).copied()
}

#[test]
fn a_whole_layer_and_then_changes_count_with_their_switch_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("datasets.redb");
    let shelves = Shelves::open(&path).unwrap();
    let (one, two) = (records(&["a", "b", "c"]), records(&["b", "c", "d", "e"]));
    shelves
        .stage(&packed(None, &one), &need(None, &one))
        .unwrap()
        .unwrap();
    assert_eq!(on_sale(&shelves), None);
    switch(&shelves, root(&one));
    assert_eq!(on_sale(&shelves), Some(root(&one)));
    let needs = need(Some(&one), &two);
    shelves
        .stage(&packed(Some(&one), &two), &needs)
        .unwrap()
        .unwrap();
    assert_eq!(on_sale(&shelves), Some(root(&one)));
    drop(shelves);
    let again = Shelves::open(&path).unwrap();
    switch(&again, root(&two));
    assert_eq!(
        on_sale(&again),
        Some(root(&two)),
        "what waits outlives a restart"
    );
}

#[test]
fn damaged_segments_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shelves = Shelves::open(&folder.path().join("datasets.redb")).unwrap();
    let (one, two) = (records(&["a"]), records(&["a", "b"]));
    shelves
        .stage(&packed(None, &one), &need(None, &one))
        .unwrap();
    switch(&shelves, root(&one));
    // The head promises another root than the records give.
    let lying = [Need {
        layer: layer(),
        from: Some(root(&one)),
        to: root(&records(&["x"])),
    }];
    let head = SegmentHead {
        layer: layer(),
        from: Some(root(&one)),
        to: lying[0].to,
        changes: 1,
    };
    let change = |key: &str, record: &[u8]| Change {
        key: key.to_owned(),
        record: Some(record.to_vec().into()),
    };
    let good = storefleet_core::cbor::encode(&ItemPrices::default());
    for (changes, code) in [
        (vec![change("b", &good)], RejectedCode::Root),
        (vec![change("b", b"junk")], RejectedCode::Record),
    ] {
        let head = head.clone();
        let bytes = zstd::bulk::compress(&Segment { head, changes }.to_bytes(), 3).unwrap();
        assert_eq!(shelves.stage(&bytes, &lying).unwrap_err().code, code);
    }
    let needs = need(Some(&one), &two);
    let whole = packed(Some(&one), &two);
    for cut in 0..whole.len() {
        let fault = shelves.stage(&whole[..cut], &needs).unwrap_err();
        assert!(
            [RejectedCode::Segment, RejectedCode::Root].contains(&fault.code),
            "cut at {cut}: {fault:?}"
        );
    }
    assert_eq!(on_sale(&shelves), Some(root(&one)));
    shelves.stage(&whole, &needs).unwrap().unwrap();
    switch(&shelves, root(&two));
    assert_eq!(on_sale(&shelves), Some(root(&two)));
}

#[test]
fn what_nobody_needs_is_let_lie() {
    let folder = tempfile::tempdir().unwrap();
    let shelves = Shelves::open(&folder.path().join("datasets.redb")).unwrap();
    let one = records(&["a"]);
    assert_eq!(shelves.stage(&packed(None, &one), &[]).unwrap(), None);
}

#[test]
fn a_newer_manifest_drops_what_waits_for_an_older_one_and_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("datasets.redb");
    let shelves = Shelves::open(&path).unwrap();
    let (one, two) = (records(&["a"]), records(&["a", "b"]));
    shelves
        .stage(&packed(None, &one), &need(None, &one))
        .unwrap();
    shelves
        .stage(&packed(None, &two), &need(None, &two))
        .unwrap();
    assert_eq!(shelves.staged().unwrap().len(), 2);
    let wanted = [(layer(), root(&two))].into();
    shelves.keep(b"signed", &wanted).unwrap();
    drop(shelves);
    let again = Shelves::open(&path).unwrap();
    assert_eq!(again.manifest().unwrap().as_deref(), Some(&b"signed"[..]));
    assert_eq!(again.staged().unwrap(), need(None, &two));
    switch(&again, root(&two));
    assert!(again.staged().unwrap().is_empty());
}

//! A record that rotted is found and mended by bytes far below the layer's size, and while nobody answers what is
//! there stays on sale.

use std::sync::atomic::{AtomicUsize, Ordering};

use storefleet_core::dataset::kinds::prices::{ItemPrices, LayerPrice};
use storefleet_core::dataset::repair::told;
use storefleet_core::dataset::segment::{Segment, SegmentHead};
use storefleet_core::dataset::tree::{Tree, bucket_of};
use storefleet_core::money::Money;
use storefleet_core::pricing::base::USUAL_TYPE;
use storefleet_core::pricing::moment::{LocalTime, Validity};
use storefleet_core::pricing::price::RowId;

use super::*;
use crate::datasets::shelves::tests::{Records, layer, switch};

fn record(kopecks: i64) -> Vec<u8> {
    let row = LayerPrice {
        id: RowId(u64::try_from(kopecks).unwrap()),
        price_type: USUAL_TYPE.into(),
        amount: Money(kopecks),
        validity: Validity {
            from: LocalTime(0),
            to: None,
        },
        rank: 0,
        lock: false,
        revision: 0,
    };
    cbor::encode(&ItemPrices {
        rows: vec![row],
        bounds: Vec::new(),
    })
}

fn records() -> Records {
    let prices = (0..5_000_i64).map(|item| (item, item * 7_919 % 100_003));
    prices
        .map(|(item, kopecks)| (format!("I{item}"), record(kopecks)))
        .collect()
}

fn tree(records: &Records) -> Tree {
    let records = records.iter();
    Tree::of(records.map(|(key, record)| (key.as_str(), record.as_slice())))
}

fn packed(records: &Records, buckets: Option<&[u16]>) -> Vec<u8> {
    let inside = |key: &str| buckets.is_none_or(|buckets| buckets.contains(&bucket_of(key)));
    let changes = records.iter().filter(|(key, _)| inside(key));
    let changes: Vec<_> = changes
        .map(|(key, record)| Change {
            key: key.clone(),
            record: Some(record.clone().into()),
        })
        .collect();
    let head = SegmentHead {
        layer: layer(),
        from: None,
        to: tree(records).root(),
        changes: changes.len() as u64,
    };
    zstd::bulk::compress(&Segment { head, changes }.to_bytes(), 3).unwrap()
}

/// A shop that has the layer on sale.
fn shop(records: &Records) -> (tempfile::TempDir, Arc<Shelves>) {
    let folder = tempfile::tempdir().unwrap();
    let shelves = Shelves::open(&folder.path().join("datasets.redb")).unwrap();
    let root = tree(records).root();
    let need = Need {
        layer: layer(),
        from: None,
        to: root,
    };
    shelves.stage(&packed(records, None), &[need]).unwrap();
    switch(&shelves, root);
    (folder, Arc::new(shelves))
}

/// What an honest centre answers.
fn answer(records: &Records, ask: &Ask) -> RepairAnswer {
    match ask {
        Ask::Records(buckets) => RepairAnswer::Records(packed(records, Some(buckets)).into()),
        Ask::Nodes | Ask::Buckets(_) => RepairAnswer::Hashes(told(&tree(records), ask).unwrap()),
    }
}

/// A centre that answers so.
struct Centre<F>(F);

impl<F: Fn(&Ask) -> anyhow::Result<Option<RepairAnswer>> + Sync> Answers for Centre<F> {
    async fn answer(&self, _: &LayerId, _: Hash, ask: Ask) -> anyhow::Result<Option<RepairAnswer>> {
        (self.0)(&ask)
    }
}

fn no_line(_: &Ask) -> anyhow::Result<Option<RepairAnswer>> {
    anyhow::bail!("no line")
}

fn place(key: &str) -> (u16, &str) {
    (bucket_of(key), key)
}

#[tokio::test]
async fn a_record_that_rotted_is_mended_by_bytes_far_below_the_layers_size() {
    let records = records();
    let (_folder, shelves) = shop(&records);
    assert!(shelves.survey(&layer()).unwrap().unwrap().is_sound);
    shelves.rot(&layer(), place("I17"), &record(1));
    shelves.rot(&layer(), place("I4711"), b"rotten");
    assert!(!shelves.survey(&layer()).unwrap().unwrap().is_sound);
    let bytes = AtomicUsize::new(0);
    let centre = Centre(|ask: &Ask| {
        let answer = answer(&records, ask);
        bytes.fetch_add(cbor::encode(&answer).len(), Ordering::Relaxed);
        Ok(Some(answer))
    });
    let looked = mend(&shelves, &layer(), &centre).await.unwrap();
    assert_eq!(looked, Looked::Mended(2));
    let survey = shelves.survey(&layer()).unwrap().unwrap();
    assert_eq!(
        (survey.is_sound, survey.tree),
        (true, tree(&records)),
        "every record is the right one again"
    );
    let whole = packed(&records, None).len();
    let bytes = bytes.into_inner();
    assert!(bytes * 5 < whole, "{bytes} of {whole}");
}

#[tokio::test]
async fn what_is_damaged_stays_on_sale_while_nobody_answers() {
    let records = records();
    let (_folder, shelves) = shop(&records);
    shelves.rot(&layer(), place("I17"), &record(1));
    let before = shelves.survey(&layer()).unwrap();
    let looked = mend(&shelves, &layer(), &Centre(no_line)).await;
    assert!(looked.is_err());
    assert_eq!(shelves.survey(&layer()).unwrap(), before);
    let root = tree(&records).root();
    assert_eq!(shelves.active().unwrap()[&layer()], root);
}

#[tokio::test]
async fn a_layer_that_buckets_do_not_mend_is_put_back_whole() {
    let records = records();
    let root = tree(&records).root();
    let (_folder, shelves) = shop(&records);
    shelves.rot(&layer(), place("I17"), &record(1));
    let lies: Records = [("I17".to_owned(), record(2))].into();
    let liar = Centre(|ask: &Ask| Ok(Some(answer(&lies, ask))));
    let looked = mend(&shelves, &layer(), &liar).await.unwrap();
    assert_eq!(looked, Looked::Whole(root));
    let older = Centre(|_: &Ask| Ok(None));
    let looked = mend(&shelves, &layer(), &older).await.unwrap();
    assert_eq!(looked, Looked::Whole(root));
    let need = Need {
        layer: layer(),
        from: None,
        to: root,
    };
    shelves.stage(&packed(&records, None), &[need]).unwrap();
    shelves.put_back(&layer(), root).unwrap();
    assert!(shelves.survey(&layer()).unwrap().unwrap().is_sound);
}

#[tokio::test]
async fn what_is_wrong_beside_the_records_is_put_right_without_anybody() {
    let records = records();
    let (_folder, shelves) = shop(&records);
    shelves.rot(&layer(), (5_000, "stray"), &record(1));
    assert!(!shelves.survey(&layer()).unwrap().unwrap().is_sound);
    let looked = mend(&shelves, &layer(), &Centre(no_line)).await;
    assert_eq!(looked.unwrap(), Looked::Mended(0));
    assert!(shelves.survey(&layer()).unwrap().unwrap().is_sound);
}

//! Whatever rotted, hashes find exactly the buckets that differ, and their records give the wanted root.

use super::*;
use proptest::prelude::*;

type Records = BTreeMap<String, Vec<u8>>;

fn records() -> impl Strategy<Value = Records> {
    let record = proptest::collection::vec(any::<u8>(), 0..20);
    proptest::collection::btree_map("[a-z0-9]{1,6}", record, 0..60)
}

fn tree(records: &Records) -> Tree {
    let records = records.iter();
    Tree::of(records.map(|(key, record)| (key.as_str(), record.as_slice())))
}

/// The records of some buckets, as an honest centre gives them.
fn of_buckets(records: &Records, buckets: &[u16]) -> Vec<Change> {
    let inside = records
        .iter()
        .filter(|(key, _)| buckets.contains(&bucket_of(key)));
    inside
        .map(|(key, record)| Change {
            key: key.clone(),
            record: Some(record.clone().into()),
        })
        .collect()
}

/// Answers until nothing more is asked.
fn run(repair: &mut Repair, centre: &Records) -> Result<(), Unrepaired> {
    while let Some(ask) = repair.ask() {
        match &ask {
            Ask::Records(buckets) => repair.records(of_buckets(centre, buckets))?,
            Ask::Nodes | Ask::Buckets(_) => repair.hashes(&told(&tree(centre), &ask).unwrap())?,
        }
    }
    Ok(())
}

fn mend(shop: &mut Records, mending: &Mending) {
    shop.retain(|key, _| !mending.buckets.contains(&bucket_of(key)));
    shop.extend(mending.records.clone());
}

proptest! {
    #[test]
    fn exactly_the_buckets_that_differ_are_found_and_their_records_mend(
        shop in records(),
        centre in records(),
    ) {
        let wanted = tree(&centre);
        let mut repair = Repair::new(tree(&shop), wanted.root());
        run(&mut repair, &centre).unwrap();
        let mending = repair.mending().unwrap();
        prop_assert_eq!(&mending.buckets, &tree(&shop).differing(wanted.buckets()));
        let mut mended = shop;
        mend(&mut mended, &mending);
        prop_assert_eq!(mended, centre);
    }

    #[test]
    fn an_answer_of_another_version_is_never_taken(
        shop in records(),
        centre in records(),
        other in records(),
    ) {
        let wanted = tree(&centre);
        prop_assume!(tree(&other).root() != wanted.root() && tree(&shop).root() != wanted.root());
        let mut repair = Repair::new(tree(&shop), wanted.root());
        prop_assert_eq!(run(&mut repair, &other), Err(Unrepaired::WrongAnswer));
        // One who answers honestly until records are asked for.
        while let Some(ask @ (Ask::Nodes | Ask::Buckets(_))) = repair.ask() {
            repair.hashes(&told(&wanted, &ask).unwrap()).unwrap();
        }
        while let Some(Ask::Records(buckets)) = repair.ask() {
            let (lies, truth) = (of_buckets(&other, &buckets), of_buckets(&centre, &buckets));
            let taken = repair.records(lies.clone());
            prop_assert_eq!(taken.is_ok(), lies == truth);
            if taken.is_err() {
                repair.records(truth).unwrap();
            }
        }
        let mut mended = shop;
        mend(&mut mended, &repair.mending().unwrap());
        prop_assert_eq!(mended, centre);
    }
}

#[test]
fn a_layer_of_which_nothing_is_left_is_fetched_whole() {
    let centre: Records = (0..2_000).map(|item| (item.to_string(), vec![1])).collect();
    let mut repair = Repair::new(Tree::default(), tree(&centre).root());
    assert_eq!(run(&mut repair, &centre), Err(Unrepaired::TooMany));
    assert_eq!(repair.mending(), None);
}

#[test]
fn a_sound_layer_asks_for_nothing() {
    let centre: Records = [("a".to_owned(), vec![1])].into();
    let repair = Repair::new(tree(&centre), tree(&centre).root());
    assert_eq!(repair.ask(), None);
    assert!(repair.mending().unwrap().buckets.is_empty());
}

#[test]
fn questions_for_what_no_tree_has_are_not_answered() {
    let tree = Tree::default();
    assert_eq!(told(&tree, &Ask::Buckets(vec![32])), None);
    assert_eq!(told(&tree, &Ask::Buckets(vec![0; 33])), None);
    assert_eq!(told(&tree, &Ask::Records(vec![0])), None);
    assert!(may_ask(&[0, 1_023]));
    assert!(!may_ask(&[1_024]));
    assert!(!may_ask(&[0; BUCKETS_AT_ONCE + 1]));
}

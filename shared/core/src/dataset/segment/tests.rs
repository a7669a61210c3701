//! Changes come out of a segment as they went in, and a step that lies about its neighbour is refused.

use proptest::prelude::*;

use super::*;

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let key = "[a-cЯя/]{0,6}";
    let record = proptest::option::of(proptest::collection::vec(0..4_u8, 0..8));
    let change = (key, record).prop_map(|(key, record)| Change {
        key,
        record: record.map(ByteVec::from),
    });
    proptest::collection::vec(change, 0..20)
}

proptest! {
    #[test]
    fn every_change_comes_out_as_it_went_in(changes in changes()) {
        let (mut there, mut here) = (Trail::default(), Trail::default());
        for change in changes {
            let bytes = crate::cbor::encode(&there.step(&change));
            let step = crate::cbor::decode(&bytes).unwrap();
            prop_assert_eq!(here.change(step), Ok(change));
        }
    }
}

#[test]
fn a_step_that_shares_what_is_not_there_is_refused() {
    let step = |key_shared, record_shared| Step {
        key_shared,
        key_rest: "b".to_owned(),
        record_shared,
        record_rest: Some(vec![1].into()),
    };
    let mut trail = Trail::default();
    assert_eq!(trail.clone().change(step(1, 0)), Err(WrongStep));
    assert_eq!(trail.clone().change(step(0, 1)), Err(WrongStep));
    trail.key = "Я".to_owned();
    assert_eq!(trail.change(step(1, 0)), Err(WrongStep));
}

#[test]
fn a_record_cannot_grow_without_end() {
    let rest = vec![7_u8; ITEM_BYTES_MAX / 2 + 1];
    let step = |record_shared| Step {
        key_shared: 0,
        key_rest: String::new(),
        record_shared,
        record_rest: Some(rest.clone().into()),
    };
    let mut trail = Trail::default();
    assert!(trail.change(step(0)).is_ok());
    let shared = u32::try_from(rest.len()).unwrap();
    assert_eq!(trail.change(step(shared)), Err(WrongStep));
}

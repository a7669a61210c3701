//! The centre's judgement of chains, by examples.

use super::*;

/// Entries `first..=last` of the chain of machine `by`, which forked after entry 2.
fn offer(by: u8, first: u64, last: u64) -> Offer {
    let of = |seq: u64| match seq {
        0 => Hash::default(),
        1 | 2 => Hash([u8::try_from(seq).unwrap(); 32]),
        _ => Hash([by.wrapping_add(u8::try_from(seq).unwrap()); 32]),
    };
    Offer {
        epoch: Epoch(1),
        first: Seq(first),
        prev: of(first.saturating_sub(1)),
        hashes: (first..=last).map(of).collect(),
        genesis: (first == 1).then_some(Genesis {
            reason: Reason::Enrolled,
            parent: None,
        }),
    }
}

#[test]
fn the_tail_of_a_retired_machine_is_kept_apart_and_never_moves_the_watermark() {
    let mut chains = Chains::default();
    let head = offer(50, 1, 3);
    chains.stored(&head, chains.judge(&head));
    let mut tail = |offer: Offer| {
        let judgement = chains.judge_tail(&offer);
        let mut recalled = chains.clone();
        chains.stored(&offer, judgement);
        if matches!(judgement, Judgement::Hold(_)) {
            recalled.stored(&offer, recalled.judge_again(&offer, true));
            assert_eq!(recalled, chains);
        }
        (judgement, chains.end_of(offer.epoch), chains.head)
    };
    let watermark = head.last();
    let kept = Judgement::Hold(HoldReason::Retired);
    let first = offer(50, 4, 6);
    assert_eq!(tail(first.clone()), (kept, first.last(), watermark));
    let again = Judgement::Repeat;
    assert_eq!(tail(first.clone()), (again, first.last(), watermark));
    let more = offer(50, 7, 9);
    assert_eq!(tail(more.clone()), (kept, more.last(), watermark));
    let overlap = offer(50, 4, 12);
    assert_eq!(tail(overlap.clone()), (kept, overlap.last(), watermark));
    let gap = offer(50, 14, 15);
    assert_eq!(tail(gap), (Judgement::Gap, overlap.last(), watermark));
}

#[test]
fn after_damage_an_epoch_may_go_back_to_an_entry_that_the_centre_holds() {
    let mut chains = Chains::default();
    let first = offer(50, 1, 6);
    chains.stored(&first, chains.judge(&first));
    let parent = offer(50, 1, 4).last();
    let next = |reason| Offer {
        epoch: Epoch(2),
        genesis: Some(Genesis {
            reason,
            parent: Some(parent),
        }),
        ..offer(90, 1, 2)
    };
    let damaged = next(Reason::Damaged);
    assert_eq!(chains.parent_to_prove(&damaged), Some(parent));
    assert_eq!(chains.judge_proved(&damaged), Judgement::Accept { skip: 0 });
    assert_eq!(chains.judge(&damaged), Judgement::Hold(HoldReason::Parent));
    assert_eq!(chains.parent_to_prove(&next(Reason::Enrolled)), None);
    chains.stored(&damaged, Judgement::Accept { skip: 0 });
    assert_eq!(chains.head, damaged.last());
    assert_eq!(chains.end_of(Epoch(1)), first.last());
}

#[test]
fn beside_a_held_chain_the_accepted_one_goes_on() {
    let mut chains = Chains::default();
    let mut take = |offer: Offer| {
        let judgement = chains.judge(&offer);
        chains.stored(&offer, judgement);
        (judgement, chains.mark_of(&offer))
    };
    let (one, two) = (50, 150);
    take(offer(one, 1, 3));
    let (held, mark) = take(offer(two, 3, 5));
    assert_eq!(held, Judgement::Hold(HoldReason::ChainBreak));
    assert_eq!(mark, offer(two, 3, 5).last());
    let (accepted, mark) = take(offer(one, 4, 6));
    assert_eq!(accepted, Judgement::Accept { skip: 0 });
    assert_eq!(mark, offer(one, 4, 6).last());
    let (apart, mark) = take(offer(two, 6, 8));
    assert_eq!(apart, Judgement::Accept { skip: 0 });
    assert_eq!(mark, offer(two, 6, 8).last());
    assert_eq!(chains.head, offer(one, 4, 6).last());
}

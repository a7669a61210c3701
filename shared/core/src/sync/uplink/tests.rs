//! A shop's side of the line, by examples.

use super::*;

fn mark(epoch: u32, seq: u64) -> Mark {
    Mark {
        epoch: Epoch(epoch),
        seq: Seq(seq),
        hash: Hash([7; 32]),
    }
}

fn ack(mark: Mark) -> Ack {
    Ack {
        workplace: "s1-1".parse().unwrap(),
        mark,
        incarnation: 1,
        verdict: Verdict::Ok,
        code: None,
        credit: CREDIT_START,
        server_ms: Timestamp(0),
        echo: 0,
        generation: (1, 0),
        schema_min: 1,
        schema_max: 1,
    }
}

/// What an ack leads to when the own journal has no entry at its mark any more.
fn check(heads: &[(u32, u64)], acked: Mark, told: Mark, expected: &[Action]) -> Uplink {
    let heads = heads.iter().map(|(epoch, seq)| (Epoch(*epoch), Seq(*seq)));
    let mut uplink = Uplink::new(heads.collect(), acked, 1);
    uplink.connected(Timestamp(0));
    let actions = uplink.ack(&ack(told), Timestamp(1), |_, _| None);
    assert_eq!(actions, expected);
    uplink
}

#[test]
fn a_restored_centre_that_first_refuses_is_sent_again_what_it_lost() {
    let heads = BTreeMap::from([(Epoch(1), Seq(60))]);
    let mut uplink = Uplink::new(heads, mark(1, 50), 1);
    uplink.connected(Timestamp(0));
    let restored = Ack {
        incarnation: 2,
        ..ack(mark(1, 30))
    };
    let refused = Ack {
        verdict: Verdict::Refused,
        ..restored.clone()
    };
    let hash_at = |_, _| Some(Hash([7; 32]));
    let raised = [Action::Raise(Alarm::Refused)];
    assert_eq!(uplink.ack(&refused, Timestamp(1), hash_at), raised);
    assert_eq!((uplink.acked(), uplink.incarnation()), (mark(1, 50), 1));
    let rewound = [Action::Rewound(mark(1, 30))];
    assert_eq!(uplink.ack(&restored, Timestamp(2), hash_at), rewound);
    assert_eq!(uplink.oldest_unsent(), Some((Epoch(1), Seq(31))));
}

#[test]
fn a_restored_centre_that_holds_another_chain_is_sent_again_what_it_lost() {
    let heads = BTreeMap::from([(Epoch(1), Seq(64)), (Epoch(2), Seq(41))]);
    let mut uplink = Uplink::new(heads, mark(2, 10), 1);
    uplink.connected(Timestamp(0));
    let restored = Ack {
        incarnation: 2,
        ..ack(mark(1, 53))
    };
    let ours = |_, _| Some(Hash([8; 32]));
    let expected = [Action::Rewound(mark(1, 53)), Action::Raise(Alarm::Held)];
    assert_eq!(uplink.ack(&restored, Timestamp(1), ours), expected);
    assert_eq!(uplink.oldest_unsent(), Some((Epoch(1), Seq(54))));
    // A foreign entry ahead of what is known to be held acknowledges nothing.
    let further = Ack {
        mark: mark(1, 60),
        ..restored
    };
    let held = [Action::Raise(Alarm::Held)];
    assert_eq!(uplink.ack(&further, Timestamp(2), ours), held);
    assert_eq!(uplink.acked(), mark(1, 53));
}

#[test]
fn behind_the_centre_a_new_epoch_is_asked_for_once() {
    let opened = [
        Action::Raise(Alarm::BehindCentre),
        Action::OpenEpoch(mark(1, 50)),
    ];
    check(&[(1, 40)], mark(1, 30), mark(1, 50), &opened);
    // With it the lost entries are acknowledged, and the new epoch is sent at once.
    let moved = [Action::Acked(mark(1, 50))];
    let uplink = check(&[(1, 40), (2, 3)], mark(1, 30), mark(1, 50), &moved);
    let plan = uplink.next(Timestamp(1_000)).unwrap();
    assert_eq!((plan.epoch, plan.first), (Epoch(2), Seq(1)));
}

#[test]
fn an_old_ack_for_a_pruned_entry_changes_nothing() {
    let uplink = check(&[(1, 90)], mark(1, 80), mark(1, 5), &[]);
    assert_eq!(uplink.acked(), mark(1, 80));
}

#[test]
fn what_somebody_waits_for_goes_up_at_once_and_the_rest_with_it() {
    let mut uplink = check(&[(1, 10)], mark(1, 10), mark(1, 10), &[]);
    uplink.appended(Epoch(1), Seq(11), 100, Timestamp(1_000));
    assert_eq!(uplink.next(Timestamp(1_001)), None);
    uplink.appended(Epoch(1), Seq(12), 100, Timestamp(1_001));
    uplink.hurry();
    let plan = uplink.next(Timestamp(1_001)).unwrap();
    assert_eq!((plan.first, plan.last), (Seq(11), Seq(12)));
    uplink.sent(&plan, plan.last, 200, Timestamp(1_001));
    uplink.appended(Epoch(1), Seq(13), 100, Timestamp(1_002));
    assert_eq!(uplink.next(Timestamp(1_300)), None);
}

#[test]
fn without_credit_nothing_is_looked_at_before_an_ack_or_its_timeout() {
    let mut uplink = check(&[(1, 10)], mark(1, 10), mark(1, 10), &[]);
    uplink.appended(Epoch(1), Seq(11), CREDIT_START, Timestamp(1_000));
    let plan = uplink.next(Timestamp(1_001)).unwrap();
    uplink.sent(&plan, plan.last, CREDIT_START, Timestamp(1_001));
    uplink.appended(Epoch(1), Seq(12), 100, Timestamp(1_002));
    let timeout = Timestamp(1_001).plus_ms(ACK_TIMEOUT_MS);
    assert_eq!(uplink.next_deadline(), Some(timeout));
}

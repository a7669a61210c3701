//! A sample of every step of a rollout and of the rules of the office.

use storefleet_core::master::Table;
use storefleet_core::rollout::calendar::{Freeze, Rules};
use storefleet_core::rollout::fact::{
    Accepted, Deed, Draft, LayerChange, PauseCause, ReleaseKind, RolloutFact, Started, Step,
    Underlay,
};
use storefleet_core::rollout::names::WaveNumber;
use storefleet_core::rollout::preview::{Example, Finding, Severity};
use storefleet_core::rollout::settings::Settings;
use storefleet_core::rollout::target::{Member, Target};
use storefleet_core::time::{BusinessDate, OffsetMinutes, Timestamp};

fn deed() -> Deed {
    Deed {
        by: "anna".into(),
        reason: "December prices".to_owned(),
    }
}

fn finding() -> Finding {
    Finding {
        check: "price-jump".to_owned(),
        severity: Severity::Hold,
        count: 12,
        examples: vec![Example {
            table: Table::Prices,
            key: "102219/00000000000000000007".to_owned(),
            old: "499.00".to_owned(),
            new: "4.99".to_owned(),
        }],
        text: "prices changed more than threefold".to_owned(),
    }
}

fn steps() -> Vec<(&'static str, Step)> {
    let draft = Draft {
        title: "Prices December".to_owned(),
        kind: ReleaseKind::Data,
        layers: vec![LayerChange {
            layer: "prices/network/*".into(),
            from: 4,
            to: 5,
        }],
        urgent: false,
        under: Vec::new(),
    };
    let member = Member {
        target: Target {
            store: "s00421".parse().unwrap(),
            region: "RU-KAM".into(),
            dealer: "D0004".into(),
            format: "salon".into(),
            offset: OffsetMinutes(720),
        },
        wave: WaveNumber(1),
    };
    let by_gate = PauseCause::Gate {
        gate: "sales".to_owned(),
        reason: "fall 20.0 %".to_owned(),
    };
    let started = Started {
        deed: deed(),
        stores: 200,
        waves: vec![5, 15, 80, 100],
        settings: Settings::default(),
    };
    let accepted = Accepted {
        wave: WaveNumber(2),
        gate: "refused".to_owned(),
        red_up_to: Some(3),
        deed: deed(),
    };
    let check = "price-jump".to_owned();
    vec![
        ("drafted", Step::Drafted(draft.clone(), deed())),
        ("previewed", Step::Previewed(vec![finding()])),
        (
            "confirmed",
            Step::Confirmed {
                check,
                deed: deed(),
            },
        ),
        (
            "approved",
            Step::Approved {
                reach: 200,
                deed: deed(),
            },
        ),
        (
            "members",
            Step::Members {
                first: 0,
                members: vec![member],
            },
        ),
        ("started", Step::Started(Box::new(started))),
        ("wave-released", Step::WaveReleased(WaveNumber(2))),
        ("paused-by-gate", Step::Paused(by_gate)),
        ("paused-by-person", Step::Paused(PauseCause::Person(deed()))),
        ("gate-accepted", Step::GateAccepted(accepted)),
        ("resumed", Step::Resumed(deed())),
        ("rolled-back", Step::RolledBack(deed())),
        ("cancelled", Step::Cancelled(deed())),
        ("done", Step::Done),
        ("layers", Step::Layers(draft.layers.clone())),
        (
            "under",
            Step::Under(vec![Underlay {
                layer: "prices/network/*".into(),
                release: "prices-2026-11".into(),
                from: 4,
                to: 7,
            }]),
        ),
    ]
}

/// Every fact of rollouts, by name.
pub(crate) fn facts() -> Vec<(&'static str, RolloutFact)> {
    let rules = Rules {
        one_person_reach: 500,
        freezes: vec![Freeze {
            from: BusinessDate(20_812),
            to: BusinessDate(20_828),
            name: "New Year".to_owned(),
        }],
        offset: OffsetMinutes(180),
    };
    let stepped = |(name, step)| {
        let fact = RolloutFact::Stepped {
            release: "prices-2026-12".into(),
            at: Timestamp(1_796_083_200_000),
            step: Box::new(step),
        };
        (name, fact)
    };
    let mut facts: Vec<_> = steps().into_iter().map(stepped).collect();
    facts.push(("rules-set", RolloutFact::RulesSet(rules, deed())));
    facts
}

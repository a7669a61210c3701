//! Why a release may not do what somebody asks, for people: what, which other release, and what to do next.

use storefleet_core::rollout::{Refusal, Right};
use storefleet_messages::Catalogue;

use crate::master::MasterError;

/// The sentence of an error, where it is one that people meet: a refusal of a release, or nothing to release.
#[must_use]
pub fn told(error: &MasterError, texts: &Catalogue) -> Option<String> {
    match error {
        MasterError::Rollout(refusal) => Some(refused(refusal, texts)),
        MasterError::NothingToRelease => Some(texts.text("publish-nothing")),
        MasterError::AllHeld(release) => {
            Some(texts.with("refusal-all-held", [("value", release.as_str().into())]))
        }
        MasterError::Office(_)
        | MasterError::Store(_)
        | MasterError::Import(_)
        | MasterError::NoReason
        | MasterError::NoChange(_)
        | MasterError::ChangedSince(..) => None,
    }
}

/// The sentence of a refusal.
#[must_use]
pub fn refused(refusal: &Refusal, texts: &Catalogue) -> String {
    let plain = |id: &str| texts.text(id);
    let of = |id: &str, value: &str| texts.with(id, [("value", value.into())]);
    let of_two = |id: &str, value: &str, other: &str| {
        texts.with(id, [("value", value.into()), ("other", other.into())])
    };
    match refusal {
        Refusal::UnknownRelease(release) => of("refusal-unknown", release.as_str()),
        Refusal::NameTaken(release) => of("refusal-name-taken", release.as_str()),
        Refusal::ReasonMissing => plain("fault-why"),
        Refusal::Right(right) => of("refusal-right", &plain(right_key(*right))),
        Refusal::PlannerOnly => plain("refusal-planner-only"),
        Refusal::PersonOnly => plain("refusal-person-only"),
        Refusal::Layers => plain("refusal-layers"),
        Refusal::UnderNeedsUrgent => plain("refusal-under-needs-urgent"),
        Refusal::Overtaken { release, layer } => {
            of_two("refusal-overtaken", release.as_str(), layer.as_str())
        }
        Refusal::FixStays(over) => of("refusal-fix-stays", over),
        Refusal::UrgentAgent => plain("refusal-urgent-agent"),
        Refusal::Stage { stage } => {
            let stage = plain(&format!("release-stage-{}", stage.replace(' ', "-")));
            of("refusal-stage", &stage)
        }
        Refusal::Held(checks) => {
            let names = checks.iter().map(|check| plain(&format!("check-{check}")));
            of("refusal-held", &names.collect::<Vec<_>>().join(", "))
        }
        Refusal::NothingToConfirm(check) => of(
            "refusal-nothing-to-confirm",
            &plain(&format!("check-{check}")),
        ),
        Refusal::SecondPerson => plain("refusal-second-person"),
        Refusal::Approvals {
            stores,
            needed,
            have,
        } => texts.with(
            "refusal-approvals",
            [
                ("value", stores.to_string().into()),
                ("needed", needed.to_string().into()),
                ("other", have.to_string().into()),
            ],
        ),
        Refusal::Reach { approved, asked } => {
            of_two("refusal-reach", &approved.to_string(), &asked.to_string())
        }
        Refusal::Stores => plain("refusal-stores"),
        Refusal::Crossing {
            release,
            title,
            layer,
        } => of_two(
            "refusal-crossing",
            &format!("{release} {title}"),
            layer.as_str(),
        ),
        Refusal::Stale { layer, .. } => of("refusal-stale", layer.as_str()),
        Refusal::Frozen { name, to } => of_two("refusal-frozen", name, &to.to_string()),
        Refusal::WaveOrder(wave) => of("refusal-wave-order", &wave.to_string()),
        Refusal::UnknownGate(gate) => of("refusal-unknown-gate", gate),
        Refusal::AlreadyOut => plain("refusal-already-out"),
        Refusal::NothingOut => plain("refusal-nothing-out"),
    }
}

fn right_key(right: Right) -> &'static str {
    match right {
        Right::Stop => "right-stop",
        Right::Create => "right-create",
        Right::Approve => "right-approve",
        Right::Rule => "right-rule",
    }
}

#[cfg(test)]
mod tests {
    use storefleet_core::rollout::names::WaveNumber;
    use storefleet_core::time::BusinessDate;
    use storefleet_messages::Language;

    use super::*;

    fn all() -> Vec<Refusal> {
        let release = || "R-7".into();
        let layer = || "prices/network/*".into();
        let rights = [Right::Stop, Right::Create, Right::Approve, Right::Rule];
        let mut all: Vec<Refusal> = rights.into_iter().map(Refusal::Right).collect();
        all.extend([
            Refusal::UnknownRelease(release()),
            Refusal::NameTaken(release()),
            Refusal::ReasonMissing,
            Refusal::PlannerOnly,
            Refusal::PersonOnly,
            Refusal::Layers,
            Refusal::UnderNeedsUrgent,
            Refusal::Overtaken {
                release: release(),
                layer: layer(),
            },
            Refusal::FixStays("R-7".to_owned()),
            Refusal::UrgentAgent,
            Refusal::Stage {
                stage: "rolled back",
            },
            Refusal::Held(vec!["price-jump".to_owned()]),
            Refusal::NothingToConfirm("price-jump".to_owned()),
            Refusal::SecondPerson,
            Refusal::Approvals {
                stores: 900,
                needed: 2,
                have: 1,
            },
            Refusal::Reach {
                approved: 5,
                asked: 9,
            },
            Refusal::Stores,
            Refusal::Crossing {
                release: release(),
                title: "December".to_owned(),
                layer: layer(),
            },
            Refusal::Stale {
                layer: layer(),
                has: 5,
                based_on: 4,
            },
            Refusal::Frozen {
                name: "New Year".to_owned(),
                to: BusinessDate(20_828),
            },
            Refusal::WaveOrder(WaveNumber(2)),
            Refusal::UnknownGate("x".to_owned()),
            Refusal::AlreadyOut,
            Refusal::NothingOut,
        ]);
        all
    }

    #[test]
    fn every_refusal_has_its_sentence_in_both_languages() {
        for language in [Language::Russian, Language::English] {
            let texts = Catalogue::of(language);
            for refusal in all() {
                let told = refused(&refusal, &texts);
                let is_key = ["refusal-", "right-", "check-", "release-", "fault-"];
                let untold = is_key.iter().any(|key| told.contains(key));
                assert!(!untold && !told.contains('{'), "{refusal:?}: {told}");
            }
        }
    }

    #[test]
    fn who_crosses_another_release_reads_which_one() {
        let texts = Catalogue::of(Language::Russian);
        let crossing = all()
            .into_iter()
            .find(|it| matches!(it, Refusal::Crossing { .. }));
        let told = refused(&crossing.unwrap(), &texts);
        assert!(told.contains("R-7 December"), "{told}");
    }
}

//! Bugs planted in the product, by name: each must be found by the checks.

use anyhow::Context;
use storefleet_agent::planted as agent;
use storefleet_controller::planted as controller;
use storefleet_core::planted as core;
use storefleet_journal::planted as journal;

use crate::sim::run;

/// One planted bug.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// Its name on the command line.
    pub name: &'static str,
    /// Turns it on.
    on: fn() -> &'static str,
}

/// All of them.
pub const ALL: &[Planted] = &[
    Planted {
        name: "sync-skipped",
        on: || journal::set(journal::Bug::SyncSkipped),
    },
    Planted {
        name: "torn-tail-kept",
        on: || journal::set(journal::Bug::TornTailKept),
    },
    Planted {
        name: "sent-before-sync",
        on: || journal::set(journal::Bug::PublishedBeforeSync),
    },
    Planted {
        name: "checkpoint-trusted",
        on: || agent::set(agent::Bug::CheckpointTrusted),
    },
    Planted {
        name: "answer-before-commit",
        on: || agent::set(agent::Bug::AnswerBeforeCommit),
    },
    Planted {
        name: "unsigned-ack-believed",
        on: || agent::set(agent::Bug::UnsignedAckBelieved),
    },
    Planted {
        name: "epoch-reused",
        on: || agent::set(agent::Bug::EpochReused),
    },
    Planted {
        name: "unacked-pruned",
        on: || agent::set(agent::Bug::UnackedPruned),
    },
    Planted {
        name: "gap-accepted",
        on: || core::set(core::Bug::GapAccepted),
    },
    Planted {
        name: "earlier-life-believed",
        on: || core::set(core::Bug::EarlierLifeBelieved),
    },
    Planted {
        name: "rewind-ignored",
        on: || core::set(core::Bug::RewindIgnored),
    },
    Planted {
        name: "requests-forgotten",
        on: || core::set(core::Bug::RequestsForgotten),
    },
    Planted {
        name: "older-manifest-taken",
        on: || core::set(core::Bug::OlderManifestTaken),
    },
    Planted {
        name: "switched-early",
        on: || core::set(core::Bug::SwitchedEarly),
    },
    Planted {
        name: "root-trusted",
        on: || agent::set(agent::Bug::RootTrusted),
    },
    Planted {
        name: "ack-before-commit",
        on: || controller::set(controller::Bug::AckBeforeCommit),
    },
];

/// Turns one on, for the whole process; none turns all off. Says whether there is one of that name.
pub fn plant(name: Option<&str>) -> bool {
    journal::set(journal::Bug::None);
    agent::set(agent::Bug::None);
    core::set(core::Bug::None);
    controller::set(controller::Bug::None);
    let Some(name) = name else { return true };
    let found = ALL.iter().find(|planted| planted.name == name);
    found.is_some_and(|planted| !(planted.on)().is_empty())
}

/// The first seed up to `seeds_max` that shows each bug, and holds without it.
///
/// # Errors
/// The first bug that no seed shows, or a seed that fails without its bug.
pub fn find_each(seeds_max: u64) -> anyhow::Result<Vec<(&'static str, u64)>> {
    let find = |bug: &Planted| {
        plant(Some(bug.name));
        let found = (1..=seeds_max).find(|seed| run(*seed).violation.is_some());
        plant(None);
        let seed = found.with_context(|| format!("{} is not found", bug.name))?;
        let without = run(seed).violation;
        anyhow::ensure!(without.is_none(), "seed {seed} fails without {}", bug.name);
        Ok((bug.name, seed))
    };
    ALL.iter().map(find).collect()
}

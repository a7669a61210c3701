//! Which version of a layer a shop has, and which one it gets when.

use std::collections::BTreeMap;

use super::fact::LayerChange;
use super::names::ReleaseId;
use super::state::{Rollout, RolloutState};
use crate::ids::StoreId;
use crate::time::Timestamp;

/// What a shop has of a layer, and what it gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assigned {
    /// The version it has; 0 for none.
    pub version: u64,
    /// The version it switches to.
    pub next: Option<Turn>,
}

/// A switch that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The version.
    pub version: u64,
    /// Not before.
    pub from: Timestamp,
    /// The release that says so.
    pub release: ReleaseId,
}

/// A layer that a rollout holds.
struct Held<'s> {
    release: &'s ReleaseId,
    change: LayerChange,
}

/// The assignments of all shops as they stand now, indexed for asking thousands of times.
pub struct Assignments<'s> {
    state: &'s RolloutState,
    held: BTreeMap<&'s str, Held<'s>>,
    turns: BTreeMap<&'s ReleaseId, BTreeMap<&'s StoreId, Timestamp>>,
}

impl<'s> Assignments<'s> {
    /// Reads the rollouts that are active.
    #[must_use]
    pub fn of(state: &'s RolloutState) -> Self {
        let active = state.rollouts.iter();
        let active = active.filter(|(_, rollout)| rollout.stage.is_active());
        let mut assignments = Self {
            state,
            held: BTreeMap::new(),
            turns: BTreeMap::new(),
        };
        for (release, rollout) in active {
            let layers = rollout.draft.layers.iter();
            for change in layers.filter(|change| rollout.holds(&change.layer)) {
                let held = Held {
                    release,
                    change: rollout.with_fixes(change),
                };
                assignments.held.insert(change.layer.as_str(), held);
            }
            assignments.turns.insert(release, turns(release, rollout));
        }
        assignments
    }

    /// What a shop has of a layer. Where no rollout holds it, it has what the last one left behind.
    #[must_use]
    pub fn layer(&self, store: &StoreId, layer: &str) -> Assigned {
        let Some(Held { release, change }) = self.held.get(layer) else {
            let version = self.state.versions.get(layer).copied().unwrap_or(0);
            return Assigned {
                version,
                next: None,
            };
        };
        let turn = self.turns.get(release).and_then(|turns| turns.get(store));
        Assigned {
            version: change.from,
            next: turn.map(|from| Turn {
                version: change.to,
                from: *from,
                release: (*release).clone(),
            }),
        }
    }
}

fn turns<'s>(release: &ReleaseId, rollout: &'s Rollout) -> BTreeMap<&'s StoreId, Timestamp> {
    let turns = rollout.members.iter().filter_map(|member| {
        let slot = rollout.slot(release, member)?;
        Some((&member.target.store, slot))
    });
    turns.collect()
}

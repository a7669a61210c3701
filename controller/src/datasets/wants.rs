//! What a workplace should have: the versions that rollouts assign to its shop, as roots, and from when.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::manifest::Wanted;
use storefleet_core::dataset::tree::stack_root;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::rollout::assign::{Assignments, Turn};
use storefleet_core::time::Timestamp;
use storefleet_core::{cbor, entry};

use super::places::Place;
use crate::fleet::shelf::Due;
use crate::master::layers::Version;
use crate::master::{MasterStore, StoreError};

/// Versions of layers, each read once.
pub struct Roots<'s> {
    store: &'s MasterStore,
    known: BTreeMap<(LayerId, u64), Option<Version>>,
}

impl<'s> Roots<'s> {
    /// Of this store.
    #[must_use]
    pub fn of(store: &'s MasterStore) -> Self {
        Self {
            store,
            known: BTreeMap::new(),
        }
    }

    fn version(&mut self, layer: &LayerId, number: u64) -> Result<Option<Version>, StoreError> {
        let place = (layer.clone(), number);
        if let Some(known) = self.known.get(&place) {
            return Ok(*known);
        }
        let found = self.store.version(layer, number)?;
        self.known.insert(place, found);
        Ok(found)
    }
}

/// What a workplace should have.
pub struct Wants {
    /// As its manifest says it.
    pub layers: Vec<Wanted>,
    /// The whole stack, by time.
    pub dues: Vec<Due>,
}

impl Wants {
    /// What a workplace of that place should have from now on.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn of(
        workplace: &WorkplaceId,
        place: &Place,
        assignments: &Assignments<'_>,
        roots: &mut Roots<'_>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut layers = Vec::new();
        let mut first: BTreeMap<LayerId, Hash> = BTreeMap::new();
        let mut later: Vec<(Timestamp, LayerId, Hash)> = Vec::new();
        for layer in place.stack() {
            let assigned = assignments.layer(workplace.store(), &layer.to_string());
            let is_due = |turn: &Turn| turn.from <= now;
            let (number, next) = match assigned.next {
                Some(turn) if is_due(&turn) => (turn.version, None),
                next => (assigned.version, next),
            };
            let stands = roots.version(&layer, number)?;
            let next = match next {
                Some(turn) => {
                    let version = roots.version(&layer, turn.version)?;
                    version.map(|version| (turn.from, version.root))
                }
                None => None,
            };
            // A layer that lost its last record is not wanted any more, unless it gets one soon.
            let stands = stands.filter(|version| version.records > 0 || next.is_some());
            let mut want = |root: Hash, from: Option<Timestamp>| {
                layers.push(Wanted {
                    layer: layer.clone(),
                    root,
                    active_from: from.map(|from| place.wall(from)),
                });
            };
            if let Some(version) = stands {
                want(version.root, None);
                first.insert(layer.clone(), version.root);
            }
            if let Some((from, root)) = next {
                want(root, Some(from));
                later.push((from, layer.clone(), root));
            }
        }
        Ok(Self {
            layers,
            dues: dues(first, later),
        })
    }

    /// Tells apart what may be said to a workplace.
    #[must_use]
    pub fn hash(&self) -> Hash {
        entry::hash(&cbor::encode(&self.layers))
    }
}

fn dues(mut stack: BTreeMap<LayerId, Hash>, later: Vec<(Timestamp, LayerId, Hash)>) -> Vec<Due> {
    let due = |from, stack: &BTreeMap<LayerId, Hash>| Due {
        from,
        stack: stack_root(stack),
    };
    let mut dues = vec![due(Timestamp(i64::MIN), &stack)];
    let times: BTreeSet<Timestamp> = later.iter().map(|(from, ..)| *from).collect();
    for from in times {
        let now = later.iter().filter(|(at, ..)| *at == from);
        stack.extend(now.map(|(_, layer, root)| (layer.clone(), *root)));
        dues.push(due(from, &stack));
    }
    dues
}

//! Whom a release reaches: shops that have one of its layers, and how many bytes go to them.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_core::dataset::LayerId;
use storefleet_core::ids::StoreId;
use storefleet_core::rollout::fact::LayerChange;
use storefleet_core::rollout::target::Target;
use storefleet_core::time::Timestamp;

use crate::datasets::places::Places;
use crate::datasets::{Publisher, segments};
use crate::master::StoreError;

/// What a release moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Shops that have one of its layers.
    pub stores: u64,
    /// Compressed bytes that go to all of them together.
    pub bytes: u64,
}

impl Reach {
    /// The reach of layers.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn of(publisher: &Publisher, layers: &[LayerChange]) -> Result<Self, StoreError> {
        let store = publisher.master.read();
        let places = Places::read(&store)?;
        let workplaces = publisher.workplaces();
        let stores: BTreeSet<&StoreId> = workplaces
            .iter()
            .map(|workplace| workplace.store())
            .collect();
        let changed = changed(layers);
        let mut shops: BTreeMap<LayerId, u64> = BTreeMap::new();
        let mut reached = 0_u64;
        for place in stores.into_iter().filter_map(|store| places.of(store)) {
            let stack = place.stack();
            let of_release = stack
                .into_iter()
                .filter(|layer| changed.contains_key(layer));
            let mut any = false;
            for layer in of_release {
                let count = shops.entry(layer).or_default();
                *count = count.saturating_add(1);
                any = true;
            }
            reached = reached.saturating_add(u64::from(any));
        }
        let mut bytes = 0_u64;
        for (layer, shops) in shops {
            let Some(change) = changed.get(&layer) else {
                continue;
            };
            let from = store.version(&layer, change.from)?;
            let Some(to) = store.version(&layer, change.to)? else {
                continue;
            };
            let segment = store.segment(&layer, from.map(|version| version.root), to.root)?;
            let packed = segment.and_then(|segment| segments::pack(&segment.to_bytes()).ok());
            let packed = packed.map_or(0, |packed| packed.len() as u64);
            bytes = bytes.saturating_add(packed.saturating_mul(shops));
        }
        Ok(Self {
            stores: reached,
            bytes,
        })
    }
}

fn changed(layers: &[LayerChange]) -> BTreeMap<LayerId, &LayerChange> {
    let read = layers.iter().filter_map(|change| {
        let layer = change.layer.as_str().parse::<LayerId>().ok()?;
        Some((layer, change))
    });
    read.collect()
}

/// The shops that have one of the layers, each once.
pub fn targets<'s>(
    stores: impl Iterator<Item = &'s StoreId>,
    places: &Places,
    layers: &[LayerChange],
    now: Timestamp,
) -> Vec<Target> {
    let changed = changed(layers);
    let stores: BTreeSet<&StoreId> = stores.collect();
    let targets = stores.into_iter().filter_map(|store| {
        let place = places.of(store)?;
        let has = place
            .stack()
            .iter()
            .any(|layer| changed.contains_key(layer));
        has.then(|| place.target(store, now))
    });
    targets.collect()
}

//! The way down: what every workplace should have, signed, and the segments that lead there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::manifest::{Generation, Manifest};
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::rollout::assign::Assignments;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;
use storefleet_wire::topic::Down;

use crate::fleet::shelf::Due;
use crate::gate::GateHandle;
use crate::ingest::thread::Shared;
use crate::master::{Master, MasterStore, StoreError};

pub mod inline;
pub mod places;
pub mod segments;
pub mod wants;

use inline::Inline;
use places::Places;
use wants::{Roots, Wants};

/// A manifest may be adopted for this long; what is active goes on by its own dates.
pub const VALID_MS: i64 = 90 * 24 * 3_600_000;
/// Tells the shops what they should have.
#[derive(Clone)]
pub struct Publisher {
    /// Office, fleet and clock.
    pub shared: Shared,
    /// Layers and rollouts.
    pub master: Master,
    /// Where manifests go out.
    pub gate: GateHandle,
    /// Signs manifests.
    pub key: Arc<SigningKey>,
    /// Life of the centre.
    pub incarnation: u32,
    /// What each workplace was told last, as a hash; nothing for one that has nothing to be told yet.
    pub told: Arc<Mutex<BTreeMap<WorkplaceId, Option<Hash>>>>,
}

impl Publisher {
    /// One that has told nobody yet.
    #[must_use]
    pub fn new(
        shared: &Shared,
        master: Master,
        gate: GateHandle,
        key: Arc<SigningKey>,
        incarnation: u32,
    ) -> Self {
        Self {
            shared: shared.clone(),
            master,
            gate,
            key,
            incarnation,
            told: Arc::default(),
        }
    }

    /// Gives the gate the manifest of every workplace that should have something else than it was told last.
    /// Says how many those are.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn tell_all(&self) -> Result<usize, StoreError> {
        let store = self.master.read();
        let workplaces = self.workplaces();
        self.tell(&store, &workplaces)
    }

    /// A workplace connected: one that was enrolled since everybody was told gets its manifest.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn welcome(&self, workplace: &WorkplaceId) -> Result<(), StoreError> {
        if self.told().contains_key(workplace) {
            return Ok(());
        }
        let store = self.master.read();
        self.tell(&store, std::slice::from_ref(workplace))
            .map(|_| ())
    }

    fn told(&self) -> MutexGuard<'_, BTreeMap<WorkplaceId, Option<Hash>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store stays locked until all are told, so that of two manifests the later one is the newer one.
    fn tell(&self, store: &MasterStore, workplaces: &[WorkplaceId]) -> Result<usize, StoreError> {
        let places = Places::read(store)?;
        let assignments = Assignments::of(store.rollouts());
        let mut roots = Roots::of(store);
        let mut inline = Inline::default();
        let now = self.shared.now();
        let generation = Generation {
            incarnation: self.incarnation,
            counter: u32::try_from(store.position()).unwrap_or(u32::MAX),
        };
        let mut told = 0_usize;
        for workplace in workplaces {
            let Some(place) = places.of(workplace.store()) else {
                continue;
            };
            let wants = Wants::of(workplace, place, &assignments, &mut roots, now)?;
            let said = (!wants.layers.is_empty()).then(|| wants.hash());
            if self.told().insert(workplace.clone(), said) == Some(said) || said.is_none() {
                continue;
            }
            let held = self.held_by(workplace, wants.dues);
            let manifest = Manifest {
                workplace: workplace.clone(),
                generation,
                issued: now,
                expires: now.plus_ms(VALID_MS),
                segments: inline.segments(store, &held, &wants.layers)?,
                layers: wants.layers,
            };
            let signed = message::write(Kind::Manifest, &self.key, &manifest);
            self.gate
                .deliver(workplace, Down::Manifest, Bytes::from(signed), true);
            told = told.saturating_add(1);
        }
        Ok(told)
    }

    /// The workplaces that were enrolled.
    #[must_use]
    pub fn workplaces(&self) -> Vec<WorkplaceId> {
        let office = self
            .shared
            .office
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        office.registry().workplaces().cloned().collect()
    }

    /// Notes what a workplace should have; gives what it has.
    fn held_by(&self, workplace: &WorkplaceId, dues: Vec<Due>) -> BTreeMap<LayerId, Hash> {
        let mut fleet = self
            .shared
            .fleet
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        fleet.wanted(workplace, dues);
        let live = fleet.of(workplace);
        let layers = live.map(|live| &live.shelf.layers).into_iter().flatten();
        layers
            .map(|(layer, switched)| (layer.clone(), switched.root))
            .collect()
    }
}

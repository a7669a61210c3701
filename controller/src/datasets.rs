//! The way down: what every workplace should have, signed, and the segments that lead there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
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
pub mod signed;
pub mod told;
pub mod wants;

use inline::Inline;
use places::Places;
use signed::SignedManifests;
use told::Told;
use wants::{Roots, Wants};

/// A manifest may be adopted for this long; what is active goes on by its own dates.
pub const VALID_MS: i64 = 90 * 24 * 3_600_000;
/// Manifests signed side by side before they leave: the first shops do not wait for the last ones.
const TELL_AT_ONCE: usize = 64;

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
    /// What each workplace was told last.
    pub told: Arc<Mutex<Told>>,
    /// Which manifest of each is the newest.
    pub signed: SignedManifests,
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
            signed: SignedManifests::default(),
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
        if self.told().knows(workplace) {
            return Ok(());
        }
        let store = self.master.read();
        self.tell(&store, std::slice::from_ref(workplace))
            .map(|_| ())
    }

    fn told(&self) -> MutexGuard<'_, Told> {
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
        for some in workplaces.chunks(TELL_AT_ONCE) {
            let mut manifests = Vec::with_capacity(some.len());
            for workplace in some {
                let Some(place) = places.of(workplace.store()) else {
                    continue;
                };
                let wants = Wants::of(workplace, place, &assignments, &mut roots, now)?;
                let what = (!wants.layers.is_empty()).then(|| wants.hash());
                if !self.told().is_news(workplace, what, now) {
                    continue;
                }
                let held = self.held_by(workplace, wants.dues, generation);
                manifests.push(Manifest {
                    workplace: workplace.clone(),
                    generation,
                    issued: now,
                    expires: now.plus_ms(VALID_MS),
                    segments: inline.segments(store, &held, &wants.layers)?,
                    layers: wants.layers,
                });
            }
            told = told.saturating_add(manifests.len());
            self.deliver(&manifests);
        }
        Ok(told)
    }

    fn deliver(&self, manifests: &[Manifest]) {
        let sign = |manifest| Bytes::from(message::write(Kind::Manifest, &self.key, manifest));
        let signed: Vec<Bytes> = manifests.par_iter().map(sign).collect();
        for (manifest, signed) in manifests.iter().zip(signed) {
            self.gate
                .deliver(&manifest.workplace, Down::Manifest, signed, true);
        }
        // Behind the delivery: no ack names what is not on its way.
        self.signed.note(manifests);
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
    fn held_by(
        &self,
        workplace: &WorkplaceId,
        dues: Vec<Due>,
        signed: Generation,
    ) -> BTreeMap<LayerId, Hash> {
        let mut fleet = self
            .shared
            .fleet
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        fleet.wanted(workplace, dues, signed);
        let live = fleet.of(workplace);
        let layers = live.map(|live| &live.shelf.layers).into_iter().flatten();
        layers
            .map(|(layer, switched)| (layer.clone(), switched.root))
            .collect()
    }
}

//! The way down: what every workplace should have, signed, and the segments that lead there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use minicbor::bytes::ByteVec;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::build::{shop, stack_of};
use storefleet_core::dataset::manifest::{Generation, Manifest, Wanted};
use storefleet_core::dataset::tree::stack_root;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::pricing::shop::Shop;
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;
use storefleet_wire::topic::Down;

use crate::gate::GateHandle;
use crate::ingest::thread::Shared;
use crate::master::layers::{Moved, Version};
use crate::master::{Master, MasterError, MasterStore, Signed, StoreError};

pub mod segments;

/// A manifest may be adopted for this long; what is active goes on by its own dates.
const VALID_MS: i64 = 90 * 24 * 3_600_000;
/// Compressed segments up to this size ride inside the manifest.
const INLINE_BYTES_MAX: usize = 2_048;

/// Publishes to the shops.
#[derive(Clone)]
pub struct Publisher {
    /// Office, fleet and clock.
    pub shared: Shared,
    /// What is published.
    pub master: Master,
    /// Where manifests go out.
    pub gate: GateHandle,
    /// Signs manifests.
    pub key: Arc<SigningKey>,
    /// Life of the centre.
    pub incarnation: u32,
    /// Workplaces whose manifest the gate has, or for whom there is none yet.
    pub told: Arc<Mutex<BTreeSet<WorkplaceId>>>,
}

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// Layers that got another root.
    pub layers: Vec<(LayerId, Hash)>,
    /// Workplaces that were told.
    pub workplaces: usize,
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

    /// Makes what was changed the newest version and tells every workplace that has it.
    ///
    /// # Errors
    /// When the office's log does not take it.
    pub fn publish(&self, by: Signed<'_>) -> Result<Published, MasterError> {
        let moved = self.master.publish(by)?;
        let workplaces = self.tell(&moved)?;
        let layers = moved.into_iter().map(|moved| (moved.layer, moved.to.root));
        Ok(Published {
            layers: layers.collect(),
            workplaces,
        })
    }

    /// Gives the gate the manifest of every workplace, for whoever connects.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn tell_all(&self) -> Result<usize, StoreError> {
        let store = self.master.read();
        let workplaces = self.workplaces();
        let told = self.tell_those(&store, &workplaces, &[], |_| true);
        drop(store);
        self.told().extend(workplaces);
        told
    }

    /// A workplace connected: one that was enrolled since the last publication gets its manifest.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn welcome(&self, workplace: &WorkplaceId) -> Result<(), StoreError> {
        if self.told().contains(workplace) {
            return Ok(());
        }
        let store = self.master.read();
        self.tell_those(&store, std::slice::from_ref(workplace), &[], |_| true)?;
        drop(store);
        self.told().insert(workplace.clone());
        Ok(())
    }

    fn told(&self) -> MutexGuard<'_, BTreeSet<WorkplaceId>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, moved: &[Moved]) -> Result<usize, StoreError> {
        if moved.is_empty() {
            return Ok(0);
        }
        let store = self.master.read();
        let has = |stack: &[LayerId]| moved.iter().any(|moved| stack.contains(&moved.layer));
        let workplaces = self.workplaces();
        let told = self.tell_those(&store, &workplaces, moved, has);
        drop(store);
        self.told().extend(workplaces);
        told
    }

    fn tell_those(
        &self,
        store: &MasterStore,
        workplaces: &[WorkplaceId],
        moved: &[Moved],
        wanted: impl Fn(&[LayerId]) -> bool,
    ) -> Result<usize, StoreError> {
        let shops = Shops::read(store)?;
        let versions = store.versions()?;
        let inline = inline_segments(store, moved)?;
        let now = self.shared.now();
        let mut told = 0_usize;
        for workplace in workplaces {
            let Some(shop) = shops.of(workplace) else {
                continue;
            };
            let stack = stack_of(shop);
            if !wanted(&stack) {
                continue;
            }
            let Some(manifest) = self.manifest(workplace, &stack, &versions, &inline, now) else {
                continue;
            };
            let signed = message::write(Kind::Manifest, &self.key, &manifest);
            self.note_wanted(workplace, &manifest);
            self.gate
                .deliver(workplace, Down::Manifest, Bytes::from(signed), true);
            told = told.saturating_add(1);
        }
        Ok(told)
    }

    fn workplaces(&self) -> Vec<WorkplaceId> {
        let office = self
            .shared
            .office
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        office.registry().workplaces().cloned().collect()
    }

    fn manifest(
        &self,
        workplace: &WorkplaceId,
        stack: &[LayerId],
        versions: &BTreeMap<LayerId, Version>,
        inline: &[(LayerId, ByteVec)],
        now: Timestamp,
    ) -> Option<Manifest> {
        let held = stack
            .iter()
            .filter_map(|layer| Some((layer, versions.get(layer)?)));
        let newest = held.clone().map(|(_, version)| version.number).max()?;
        let layers: Vec<_> = held
            .filter(|(_, version)| version.records > 0)
            .map(|(layer, version)| Wanted {
                layer: layer.clone(),
                root: version.root,
                active_from: None,
            })
            .collect();
        let segments = inline
            .iter()
            .filter(|(layer, _)| stack.contains(layer))
            .map(|(_, segment)| segment.clone());
        Some(Manifest {
            workplace: workplace.clone(),
            generation: Generation {
                incarnation: self.incarnation,
                counter: u32::try_from(newest).unwrap_or(u32::MAX),
            },
            issued: now,
            expires: now.plus_ms(VALID_MS),
            layers,
            segments: segments.collect(),
        })
    }

    fn note_wanted(&self, workplace: &WorkplaceId, manifest: &Manifest) {
        let roots: BTreeMap<_, _> = manifest
            .layers
            .iter()
            .map(|wanted| (&wanted.layer, &wanted.root))
            .collect();
        let mut fleet = self
            .shared
            .fleet
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        fleet.wanted(workplace, stack_root(roots));
    }
}

/// Shops by the code that workplaces use.
struct Shops(BTreeMap<String, Shop>);

impl Shops {
    fn read(store: &MasterStore) -> Result<Self, StoreError> {
        let dealers: BTreeMap<_, _> = store
            .all::<DealerRecord>()?
            .into_iter()
            .map(|dealer| (dealer.dealer.clone(), dealer))
            .collect();
        let shops = store
            .all::<StoreRecord>()?
            .into_iter()
            .filter_map(|record| {
                let dealer = dealers.get(&record.dealer)?;
                Some((record.store.as_str().to_lowercase(), shop(&record, dealer)))
            });
        Ok(Self(shops.collect()))
    }

    fn of(&self, workplace: &WorkplaceId) -> Option<&Shop> {
        self.0.get(workplace.store().as_str())
    }
}

fn inline_segments(
    store: &MasterStore,
    moved: &[Moved],
) -> Result<Vec<(LayerId, ByteVec)>, StoreError> {
    let mut inline = Vec::new();
    for moved in moved {
        let Some(from) = moved.from else { continue };
        let segment = store.segment(&moved.layer, Some(from))?;
        let packed = segment.and_then(|segment| segments::pack(&segment.to_bytes()).ok());
        if let Some(packed) = packed.filter(|packed| packed.len() <= INLINE_BYTES_MAX) {
            inline.push((moved.layer.clone(), packed.into()));
        }
    }
    Ok(inline)
}

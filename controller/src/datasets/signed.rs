//! The newest manifest that was signed for each workplace: every ack names it, so that nobody can keep a shop on an
//! older one unseen.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use storefleet_core::dataset::manifest::{Generation, Manifest};
use storefleet_core::ids::WorkplaceId;

/// By workplace; shared by those who sign manifests and those who sign acks. Nothing else happens under its lock.
#[derive(Debug, Clone, Default)]
pub struct SignedManifests(Arc<RwLock<BTreeMap<WorkplaceId, Generation>>>);

impl SignedManifests {
    /// The gate has these from now on.
    pub fn note(&self, manifests: &[Manifest]) {
        let mut signed = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for manifest in manifests {
            signed.insert(manifest.workplace.clone(), manifest.generation);
        }
    }

    /// The newest of a workplace; none where the centre signed none since it started.
    #[must_use]
    pub fn newest(&self, workplace: &WorkplaceId) -> Option<Generation> {
        let signed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        signed.get(workplace).copied()
    }
}

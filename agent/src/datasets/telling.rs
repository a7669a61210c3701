//! What the task of the datasets tells those who ask: the till's people, in the end.

use std::sync::Arc;

use storefleet_core::dataset::manifest::{Manifest, Rejected, RejectedCode};
use storefleet_core::dataset::shelf::Shelf;
use storefleet_core::dataset::telling::Known;
use storefleet_core::time::Timestamp;
use tokio::sync::watch;

/// Tells what is known.
#[derive(Debug)]
pub struct Telling {
    known: watch::Sender<Arc<Known>>,
    issued: Option<Timestamp>,
    refused: Option<Rejected>,
}

impl Telling {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> (Self, watch::Receiver<Arc<Known>>) {
        let (known, told) = watch::channel(Arc::default());
        let telling = Self {
            known,
            issued: None,
            refused: None,
        };
        (telling, told)
    }

    /// A manifest was taken: what was refused before is of no concern.
    pub fn taken(&mut self, manifest: &Manifest) {
        self.issued = Some(manifest.issued);
        self.refused = None;
    }

    /// Something was refused.
    pub fn refused(&mut self, rejected: &Rejected) {
        // An older manifest that comes once more takes nothing away from the newer one.
        if rejected.code != RejectedCode::Older {
            self.refused = Some(rejected.clone());
        }
    }

    /// Tells it.
    pub fn tell(&self, shelf: &Shelf) {
        self.known.send_replace(Arc::new(Known {
            shelf: shelf.clone(),
            issued: self.issued,
            refused: self.refused.clone(),
        }));
    }
}

//! What a shop has on sale, as its journal says.

use std::collections::BTreeMap;

use super::manifest::{Applied, AppliedLayer, Generation, Rejected, RejectedCode};
use super::{Dataset, LayerId};
use crate::brought_forward::Part;
use crate::ids::Hash;
use crate::time::StoreTime;

/// A layer on sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerOnSale {
    /// Its root.
    pub root: Hash,
    /// When the shop switched to it, where that is known.
    pub since: Option<StoreTime>,
}

/// The roots on sale and the manifest that wanted them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnSale {
    /// The manifest.
    pub generation: Generation,
    /// The layers.
    pub layers: BTreeMap<LayerId, LayerOnSale>,
    /// Hash over all of them; none before the first switch.
    pub stack: Option<Hash>,
    /// The newest refusal, until something is taken; a journal that was cut has forgotten it.
    pub refused: Option<Rejected>,
}

impl OnSale {
    /// What a switch says, when it names every layer.
    #[must_use]
    pub fn of(whole: &Applied) -> Self {
        let mut on_sale = Self::default();
        on_sale.switch(whole, None);
        on_sale
    }

    /// Folds a switch that happened at `at`.
    pub fn apply(&mut self, applied: &Applied, at: StoreTime) {
        self.refused = None;
        self.switch(applied, Some(at));
    }

    /// Folds a refusal. An older manifest that came once more takes nothing away from the newer one.
    pub fn refuse(&mut self, rejected: &Rejected) {
        if rejected.code != RejectedCode::Older {
            self.refused = Some(rejected.clone());
        }
    }

    fn switch(&mut self, applied: &Applied, at: Option<StoreTime>) {
        self.generation = applied.generation;
        self.stack = Some(applied.stack);
        for AppliedLayer { layer, root, since } in &applied.layers {
            let since = since.or(at);
            match root {
                Some(root) => {
                    let root = *root;
                    self.layers
                        .insert(layer.clone(), LayerOnSale { root, since })
                }
                None => self.layers.remove(layer),
            };
        }
    }

    /// Since when a dataset stands as it does now; none where nothing of it is on sale, nothing inside where
    /// nobody wrote down when it came.
    #[must_use]
    pub fn since(&self, dataset: Dataset) -> Option<Option<StoreTime>> {
        let layers = self.layers.iter();
        let of_it = layers.filter(|(layer, _)| layer.dataset == dataset);
        let newest = of_it.map(|(_, on_sale)| on_sale.since);
        newest.max_by_key(|since| since.map(|since| since.at))
    }

    /// The same as a part of a brought-forward; none before the first switch.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        let layers = self.layers.iter().map(|(layer, on_sale)| AppliedLayer {
            layer: layer.clone(),
            root: Some(on_sale.root),
            since: on_sale.since,
        });
        Some(Part::Datasets(Box::new(Applied {
            generation: self.generation,
            layers: layers.collect(),
            stack: self.stack?,
        })))
    }
}

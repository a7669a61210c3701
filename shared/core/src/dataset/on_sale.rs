//! What a shop has on sale, as its journal says.

use std::collections::BTreeMap;

use super::LayerId;
use super::manifest::{Applied, AppliedLayer, Generation};
use crate::brought_forward::Part;
use crate::ids::Hash;

/// The roots on sale and the manifest that wanted them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnSale {
    /// The manifest.
    pub generation: Generation,
    /// The layers.
    pub layers: BTreeMap<LayerId, Hash>,
    /// Hash over all of them; none before the first switch.
    pub stack: Option<Hash>,
}

impl OnSale {
    /// What a switch says, when it names every layer.
    #[must_use]
    pub fn of(whole: &Applied) -> Self {
        let mut on_sale = Self::default();
        on_sale.apply(whole);
        on_sale
    }

    /// Folds a switch.
    pub fn apply(&mut self, applied: &Applied) {
        self.generation = applied.generation;
        self.stack = Some(applied.stack);
        for AppliedLayer { layer, root } in &applied.layers {
            match root {
                Some(root) => self.layers.insert(layer.clone(), *root),
                None => self.layers.remove(layer),
            };
        }
    }

    /// The same as a part of a brought-forward; none before the first switch.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        let layers = self.layers.iter().map(|(layer, root)| AppliedLayer {
            layer: layer.clone(),
            root: Some(*root),
        });
        Some(Part::Datasets(Box::new(Applied {
            generation: self.generation,
            layers: layers.collect(),
            stack: self.stack?,
        })))
    }
}

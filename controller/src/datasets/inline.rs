//! Small segments that ride inside manifests: each is made once, however many shops need it.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::manifest::Wanted;
use storefleet_core::ids::Hash;

use super::segments;
use crate::master::{MasterStore, StoreError};

/// Compressed segments up to this size ride along.
const BYTES_MAX: usize = 2_048;
/// Segments made for one publication; shops with rarer versions ask for theirs.
const MADE_MAX: usize = 64;

/// From one root of a layer to another.
type Way = (LayerId, Hash, Hash);

/// What was made for one publication; a segment that is too large is remembered as nothing.
#[derive(Default)]
pub struct Inline(BTreeMap<Way, Option<ByteVec>>);

impl Inline {
    /// The segments that lead a shop from what it has to what it should have.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn segments(
        &mut self,
        store: &MasterStore,
        held: &BTreeMap<LayerId, Hash>,
        wanted: &[Wanted],
    ) -> Result<Vec<ByteVec>, StoreError> {
        let mut segments = Vec::new();
        for wanted in wanted {
            let held = held.get(&wanted.layer).filter(|held| **held != wanted.root);
            let Some(held) = held else { continue };
            let way = (wanted.layer.clone(), *held, wanted.root);
            if !self.0.contains_key(&way) && self.0.len() < MADE_MAX {
                let made = make(store, &way)?;
                self.0.insert(way.clone(), made);
            }
            segments.extend(self.0.get(&way).cloned().flatten());
        }
        Ok(segments)
    }
}

fn make(store: &MasterStore, (layer, from, to): &Way) -> Result<Option<ByteVec>, StoreError> {
    let segment = store.segment(layer, Some(*from), *to)?;
    let segment = segment.filter(|segment| segment.head.from.is_some());
    let packed = segment.and_then(|segment| segments::pack(&segment.to_bytes()).ok());
    let small = packed.filter(|packed| packed.len() <= BYTES_MAX);
    Ok(small.map(ByteVec::from))
}

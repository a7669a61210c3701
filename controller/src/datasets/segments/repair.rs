//! What mends a shop's damaged layer: hashes first, then the records of the buckets that differ.

use minicbor::bytes::ByteVec;
use storefleet_core::dataset::repair::{Ask, may_ask, told};
use storefleet_core::dataset::segment::{Segment, SegmentHead};
use storefleet_core::sync::message::{RepairAnswer, RepairQuestion};

use super::{SegmentError, Segments, pack};

impl Segments {
    /// Answers a question; none where no version has that root, or it asks for what no layer has.
    ///
    /// # Errors
    /// When master data cannot be read.
    pub fn repair(&self, asked: &RepairQuestion) -> Result<Option<RepairAnswer>, SegmentError> {
        let (layer, root) = (&asked.layer, asked.root);
        match &asked.ask {
            Ask::Nodes | Ask::Buckets(_) => {
                let tree = self.master.read().tree(layer, root)?;
                let hashes = tree.and_then(|tree| told(&tree, &asked.ask));
                Ok(hashes.map(RepairAnswer::Hashes))
            }
            Ask::Records(buckets) if may_ask(buckets) => {
                let records = self.master.read().records_of(layer, root, buckets)?;
                let Some(changes) = records else {
                    return Ok(None);
                };
                let segment = Segment {
                    head: SegmentHead {
                        layer: layer.clone(),
                        from: None,
                        to: root,
                        changes: u64::try_from(changes.len()).unwrap_or(u64::MAX),
                    },
                    changes,
                };
                let packed = ByteVec::from(pack(&segment.to_bytes())?);
                Ok(Some(RepairAnswer::Records(packed)))
            }
            Ask::Records(_) => Ok(None),
        }
    }
}

//! Reads what was published: records of layers as tills have them, and the item of a barcode.

use redb::ReadableDatabase;
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::tree::bucket_of;

use super::layers::LAYER_RECORDS;
use super::store::{BARCODES, MasterStore, StoreError};

impl MasterStore {
    /// A record of the newest version of a layer.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else there.
    pub fn published<R: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        layer: &LayerId,
        key: &str,
    ) -> Result<Option<R>, StoreError> {
        let records = self.database.begin_read()?.open_table(LAYER_RECORDS)?;
        let name = layer.to_string();
        let found = records.get((name.as_str(), bucket_of(key), key))?;
        found
            .map(|bytes| cbor::decode(bytes.value()))
            .transpose()
            .map_err(|_| StoreError::Record(format!("{key} of layer {layer}")))
    }

    /// All records of the newest version of a layer.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else there.
    pub fn all_published<R: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        layer: &LayerId,
    ) -> Result<Vec<R>, StoreError> {
        let records = self.database.begin_read()?.open_table(LAYER_RECORDS)?;
        let name = layer.to_string();
        let mut found = Vec::new();
        for item in records.range((name.as_str(), 0, "")..=(name.as_str(), u16::MAX, ""))? {
            let (place, bytes) = item?;
            let key = place.value().2;
            let read = cbor::decode(bytes.value());
            found.push(read.map_err(|_| StoreError::Record(format!("{key} of layer {layer}")))?);
        }
        Ok(found)
    }

    /// The item that has a barcode.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn item_of_barcode(&self, barcode: &str) -> Result<Option<String>, StoreError> {
        let barcodes = self.database.begin_read()?.open_table(BARCODES)?;
        let found = barcodes.get(barcode)?;
        Ok(found.map(|item| item.value().to_owned()))
    }
}

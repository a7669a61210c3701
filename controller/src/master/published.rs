//! Reads versions of layers as tills have them, and the item of a barcode.

use redb::ReadableDatabase;
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;

use super::layers::Past;
use super::store::{BARCODES, MasterStore, StoreError};

impl MasterStore {
    /// A record of a version of a layer; nothing where the version is 0, which stands for none.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else there.
    pub fn record_at<R: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        layer: &LayerId,
        version: u64,
        key: &str,
    ) -> Result<Option<R>, StoreError> {
        if version == 0 {
            return Ok(None);
        }
        let name = layer.to_string();
        let past = Past::read(&self.database.begin_read()?, &name)?;
        let found = past.at(version, key)?;
        found.map(|bytes| read(layer, key, &bytes)).transpose()
    }

    /// All records of a version of a layer.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else there.
    pub fn records_at<R: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        layer: &LayerId,
        version: u64,
    ) -> Result<Vec<R>, StoreError> {
        if version == 0 {
            return Ok(Vec::new());
        }
        let name = layer.to_string();
        let past = Past::read(&self.database.begin_read()?, &name)?;
        let records = past.whole(version)?.into_iter();
        records
            .filter_map(|change| Some(read(layer, &change.key, change.record.as_deref()?)))
            .collect()
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

fn read<R: for<'b> minicbor::Decode<'b, ()>>(
    layer: &LayerId,
    key: &str,
    bytes: &[u8],
) -> Result<R, StoreError> {
    cbor::decode(bytes).map_err(|_| StoreError::Record(format!("{key} of layer {layer}")))
}

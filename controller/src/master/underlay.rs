//! Versions beside the line: what stands without a release that holds its layer, with an urgent fix on it. Nothing is
//! copied: such a version says which keys are read at the fix, and all others are read where it begins.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadableDatabase, TableDefinition, WriteTransaction};
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::tree::bucket_of;

use super::layers::{self, Past, Version};
use super::store::{MasterStore, StoreError};

/// By layer and number: versions beside the line.
pub(super) const BESIDE: TableDefinition<'_, (&str, u64), &[u8]> =
    TableDefinition::new("layer-beside");

/// A version beside the line: one of the layer, with what changed between two others.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Beside {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// The version that it begins at.
    #[n(1)]
    pub base: u64,
    /// The fix is what changed behind this version of the line…
    #[n(2)]
    pub from: u64,
    /// …up to this one.
    #[n(3)]
    pub to: u64,
}

/// A version beside the line and the keys of its fix.
#[derive(Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub(super) struct Fixed {
    #[n(0)]
    pub(super) beside: Beside,
    #[n(1)]
    pub(super) keys: BTreeSet<String>,
}

/// Versions of a layer beside its line, by number.
pub(super) type AllBeside = BTreeMap<u64, Fixed>;

/// Makes versions beside the line of the layers, all with that number.
pub(super) fn lay(
    store: &MasterStore,
    write: &WriteTransaction,
    number: u64,
    besides: Vec<Beside>,
) -> Result<(), StoreError> {
    let mut table = write.open_table(BESIDE)?;
    for beside in besides {
        let name = beside.layer.to_string();
        let mut past = Past::read(&store.database.begin_read()?, &name)?;
        let fixed = past.fixed(beside)?;
        let bytes = cbor::encode(&fixed);
        past.beside.insert(number, fixed);
        let records = past.whole(number)?.into_iter();
        let mut placed: Vec<_> = records
            .map(|change| {
                (
                    bucket_of(&change.key),
                    change.key,
                    change.record.map(Into::into),
                )
            })
            .collect();
        placed.sort_unstable();
        let version = Version {
            number,
            root: layers::root_of(&placed),
            records: u64::try_from(placed.len()).unwrap_or(u64::MAX),
        };
        layers::keep_beside(write, &name, &version)?;
        table.insert((name.as_str(), number), bytes.as_slice())?;
    }
    Ok(())
}

/// Every version of a layer beside its line.
pub(super) fn all_beside(
    read: &redb::ReadTransaction,
    name: &str,
) -> Result<AllBeside, StoreError> {
    let table = read.open_table(BESIDE)?;
    let mut found = AllBeside::new();
    for item in table.range((name, 0)..=(name, u64::MAX))? {
        let (place, bytes) = item?;
        let unreadable = |_| StoreError::Record(format!("a version of layer {name}"));
        let fixed = cbor::decode(bytes.value()).map_err(unreadable)?;
        found.insert(place.value().1, fixed);
    }
    Ok(found)
}

impl MasterStore {
    /// The number of a version beside the line, if it was made.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn beside(&self, wanted: &Beside) -> Result<Option<u64>, StoreError> {
        let name = wanted.layer.to_string();
        let found = all_beside(&self.database.begin_read()?, &name)?;
        let same = found.into_iter().find(|(_, fixed)| fixed.beside == *wanted);
        Ok(same.map(|(number, _)| number))
    }
}

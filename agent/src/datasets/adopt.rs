//! Which manifests count: signed by a manifest key for this workplace; and the shelf as the last run left it.

use anyhow::Context;
use storefleet_core::dataset::manifest::{Generation, Manifest};
use storefleet_core::dataset::shelf::Shelf;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, Sealed};
use storefleet_wire::keys::{Role, TrustStore};
use storefleet_wire::message;

use super::shelves::Shelves;

/// Reads a manifest for a workplace.
///
/// # Errors
/// When no manifest key of the key list signed it, or it is for another workplace.
pub fn read(
    trust: &TrustStore,
    workplace: &WorkplaceId,
    bytes: &[u8],
    now: Timestamp,
) -> anyhow::Result<Manifest> {
    let manifest: Manifest = of_office(trust, Kind::Manifest, bytes, now)?;
    anyhow::ensure!(
        manifest.workplace == *workplace,
        "the manifest is for {}",
        manifest.workplace
    );
    Ok(manifest)
}

/// Reads what the office signed for a shop.
///
/// # Errors
/// When no manifest key of the key list signed it, or it is of another kind.
pub fn of_office<T: for<'b> minicbor::Decode<'b, ()>>(
    trust: &TrustStore,
    kind: Kind,
    bytes: &[u8],
    now: Timestamp,
) -> anyhow::Result<T> {
    let id = Sealed::parse(bytes)?.key_id();
    let key = trust.key(Role::Manifest, id, now);
    let key = key.with_context(|| format!("key {id} is no manifest key of the key list"))?;
    Ok(message::read(kind, key, bytes)?)
}

/// The shelf as the last run left it: what is on sale, what is wanted, what waits; and the manifest that wants it,
/// where it still counts.
///
/// # Errors
/// When the file cannot be read.
pub fn restored(
    shelves: &Shelves,
    generation: Generation,
    read: impl Fn(&[u8]) -> anyhow::Result<Manifest>,
    now: Timestamp,
) -> Result<(Shelf, Option<Manifest>), redb::Error> {
    let mut shelf = Shelf::new(shelves.active()?, generation);
    let kept = shelves.manifest()?;
    // A manifest that expired, or whose key did, comes anew with the next connection.
    let manifest = kept.and_then(|bytes| read(&bytes).ok());
    let manifest = manifest.filter(|manifest| shelf.take(manifest, now).is_ok());
    if manifest.is_some() {
        for served in shelves.staged()? {
            shelf.stage(&served);
        }
    }
    Ok((shelf, manifest))
}

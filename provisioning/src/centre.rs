//! What the centre reads from its copy of the `online` folder: issuer, signing keys, key lists.

use std::path::Path;

use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::SigningKey;
use storefleet_wire::keys::{KeyList, Role, Roots, TrustStore};

use crate::ca::{Authority, CaError, Issuer, read_certificate};
use crate::keylists::signing_entry;
use crate::offline::{ISSUING_FILE, ROOT_CERTIFICATE_FILE, read_key, read_lists, read_roots};

/// The keys and lists of a running centre.
#[derive(Debug)]
pub struct CentreKeys {
    /// Makes certificates.
    pub issuer: Issuer,
    /// Signs watermarks and verdicts.
    pub ack: SigningKey,
    /// Signs manifests and store cards.
    pub manifest: SigningKey,
    /// Signs commands.
    pub command: SigningKey,
    /// The roots before the first list.
    pub first_roots: Roots,
    /// All key lists as signed, in order; those the registry lacks are to be published.
    pub key_lists: Vec<Vec<u8>>,
    /// The newest of them.
    pub list: KeyList,
}

impl CentreKeys {
    /// Reads the folder; of several valid keys of a role the newest signs.
    ///
    /// # Errors
    /// When a file is missing or damaged, or no valid key of a role is listed.
    pub fn read(folder: &Path, now: Timestamp) -> Result<Self, CaError> {
        let missing = |what: &str| CaError::Damaged {
            what: format!("{what} in {}", folder.display()),
        };
        let first_roots = read_roots(folder)?;
        let key_lists = read_lists(folder)?;
        let mut trust = TrustStore::new(first_roots);
        if trust
            .walk(key_lists.iter().map(Vec::as_slice))
            .refused
            .is_some()
        {
            return Err(missing("a key list"));
        }
        let list = trust
            .list()
            .cloned()
            .ok_or_else(|| missing("any key list"))?;
        let key = |role: Role| {
            let entry = signing_entry(&list, role, now);
            let entry = entry.ok_or_else(|| missing(&format!("a valid {} key", role.name())))?;
            read_key(folder, role.name(), entry.key.id())
        };
        Ok(Self {
            issuer: Issuer::new(
                Authority::read(&folder.join(ISSUING_FILE))?,
                read_certificate(&folder.join(ROOT_CERTIFICATE_FILE))?,
            ),
            ack: key(Role::Ack)?,
            manifest: key(Role::Manifest)?,
            command: key(Role::Command)?,
            first_roots,
            key_lists,
            list,
        })
    }
}

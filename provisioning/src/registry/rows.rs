//! The registry as rows, so that its fold can be kept beside the log and begun behind it.

use storefleet_core::cbor::{self, CborError};
use storefleet_core::ids::WorkplaceId;
use storefleet_wire::keys::Roots;

use super::{IdentityFact, Registry, Workplace};

/// A key list, and who was trusted before it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct KeyListRow {
    /// The roots before the first list; the same in every row.
    #[n(0)]
    pub signers: Roots,
    /// The list as signed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub sealed: Vec<u8>,
}

impl Registry {
    /// What is known of a workplace, as bytes; nothing for one never named.
    #[must_use]
    pub fn row(&self, id: &WorkplaceId) -> Option<Vec<u8>> {
        self.workplaces.get(id).map(cbor::encode)
    }

    /// The key lists in their order.
    #[must_use]
    pub fn key_list_rows(&self) -> Vec<KeyListRow> {
        let Some(signers) = self.first_roots else {
            return Vec::new();
        };
        let lists = self.key_lists.iter().cloned();
        lists.map(|sealed| KeyListRow { signers, sealed }).collect()
    }

    /// Takes a row that [`Registry::row`] gave.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn restore(&mut self, id: WorkplaceId, row: &[u8]) -> Result<(), CborError> {
        let workplace: Workplace = cbor::decode(row)?;
        for machine in &workplace.machines {
            self.journal_keys.insert(machine.journal_key);
            let spkis = machine.certificates.iter().map(|it| it.spki);
            self.spkis.extend(spkis);
        }
        self.workplaces.insert(id, workplace);
        Ok(())
    }

    /// Takes the next of the key lists.
    pub fn restore_key_list(&mut self, row: &KeyListRow) {
        self.apply_key_list(&row.signers, &row.sealed);
    }
}

impl IdentityFact {
    /// Whose row it changes; a key list has no workplace.
    #[must_use]
    pub fn workplace(&self) -> Option<&WorkplaceId> {
        match self {
            Self::ClaimMade { workplace, .. }
            | Self::ClaimFailed { workplace, .. }
            | Self::Enrolled { workplace, .. }
            | Self::Renewed { workplace, .. }
            | Self::EpochsGranted { workplace, .. }
            | Self::Revoked { workplace, .. }
            | Self::Retired { workplace, .. } => Some(workplace),
            Self::KeyListPublished { .. } => None,
        }
    }
}

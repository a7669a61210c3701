//! What the registry answers: the gate's question, journal keys, and a workplace's state for pages.

use storefleet_core::ids::{Epoch, Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::StoreCard;
use storefleet_wire::envelope::PublicKey;
use storefleet_wire::keys::{KeyList, Roots};

use super::{Registry, Standing};
use crate::identity::{Identity, Serial};

/// A workplace as pages and the API show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Which.
    pub workplace: WorkplaceId,
    /// The newest machine's standing; nothing before the first enrolment.
    pub standing: Option<Standing>,
    /// Whether nothing sold there is real.
    pub training: bool,
    /// End of the newest certificate.
    pub certificate_until: Option<Timestamp>,
    /// Serial number of the newest certificate.
    pub serial: Option<Serial>,
    /// When the newest machine enrolled.
    pub enrolled_at: Option<Timestamp>,
    /// Version of the agent that enrolled.
    pub agent_version: Option<String>,
    /// What the machine that enrolled says of its hardware.
    pub fingerprint: Option<Hash>,
    /// Until when an unspent claim can be used; it may have lapsed since.
    pub claim_until: Option<Timestamp>,
    /// Wrong tries of that claim.
    pub claim_tries: u32,
    /// How many machines stood here before the newest.
    pub replaced: usize,
}

/// Why the gate lets a certificate in no further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// No such certificate was issued for this workplace.
    #[error("certificate {0} was not issued to this workplace; enrol it with a claim code")]
    Unknown(Serial),
    /// Its validity is over.
    #[error("the certificate of {0} has expired; let the agent renew it")]
    Expired(WorkplaceId),
    /// A person revoked it.
    #[error("the certificate of {0} is revoked; enrol the machine again with a claim code")]
    Revoked(WorkplaceId),
    /// The machine was replaced.
    #[error("this machine of {0} is retired; its remaining batches go to the quarantine endpoint")]
    Retired(WorkplaceId),
}

impl Registry {
    /// All workplaces that were ever named, in order.
    pub fn workplaces(&self) -> impl Iterator<Item = &WorkplaceId> {
        self.workplaces.keys()
    }

    /// A workplace as pages show it; nothing for one never named.
    #[must_use]
    pub fn status(&self, id: &WorkplaceId) -> Option<Status> {
        let workplace = self.workplaces.get(id)?;
        let machine = workplace.machines.last();
        let certificate = machine.and_then(|machine| machine.certificates.last());
        let claim = workplace.claim.as_ref().filter(|claim| !claim.is_spent);
        let training = machine.map(|machine| machine.training);
        Some(Status {
            workplace: id.clone(),
            standing: machine.map(|machine| machine.standing.clone()),
            training: training.unwrap_or_else(|| claim.is_some_and(|claim| claim.training)),
            certificate_until: certificate.map(|certificate| certificate.not_after),
            serial: certificate.map(|certificate| certificate.serial),
            enrolled_at: machine.map(|machine| machine.since),
            agent_version: machine.map(|machine| machine.agent_version.clone()),
            fingerprint: machine.map(|machine| machine.fingerprint),
            claim_until: claim.map(|claim| claim.expires),
            claim_tries: claim.map_or(0, |claim| claim.tries),
            replaced: workplace.machines.len().saturating_sub(1),
        })
    }

    /// The key that signs batches of an epoch; kept for ever, so that old batches verify.
    #[must_use]
    pub fn journal_key(&self, id: &WorkplaceId, epoch: Epoch) -> Option<PublicKey> {
        let blocks = &self.workplaces.get(id)?.blocks;
        let block = blocks.iter().find(|block| block.epochs.contains(epoch));
        block.map(|block| block.key)
    }

    /// Every key that ever signed for the workplace, newest first.
    #[must_use]
    pub fn journal_keys(&self, id: &WorkplaceId) -> Vec<PublicKey> {
        let blocks = self.workplaces.get(id).map(|workplace| &workplace.blocks);
        let mut keys: Vec<_> = blocks
            .into_iter()
            .flatten()
            .rev()
            .map(|block| block.key)
            .collect();
        keys.dedup();
        keys
    }

    /// Whether the epoch belongs to a machine whose remaining batches go to quarantine.
    #[must_use]
    pub fn is_retired(&self, id: &WorkplaceId, epoch: Epoch) -> bool {
        let Some(key) = self.journal_key(id, epoch) else {
            return false;
        };
        self.workplaces
            .get(id)
            .into_iter()
            .flat_map(|workplace| &workplace.machines)
            .any(|m| m.journal_key == key && matches!(m.standing, Standing::Retired { .. }))
    }

    /// Whether a certificate opens the gate at `now`.
    ///
    /// # Errors
    /// When it is revoked, retired, expired, or was never issued.
    pub fn admits(&self, identity: &Identity, now: Timestamp) -> Result<(), GateRefusal> {
        let machines = self.workplaces.get(&identity.workplace);
        let machine = machines
            .into_iter()
            .flat_map(|workplace| &workplace.machines)
            .find(|machine| {
                machine.training == identity.training
                    && machine.certificates.iter().any(|certificate| {
                        certificate.serial == identity.serial && certificate.spki == identity.spki
                    })
            })
            .ok_or(GateRefusal::Unknown(identity.serial))?;
        match machine.standing {
            Standing::Active if now >= identity.not_after => {
                Err(GateRefusal::Expired(identity.workplace.clone()))
            }
            Standing::Active => Ok(()),
            Standing::Revoked { .. } => Err(GateRefusal::Revoked(identity.workplace.clone())),
            Standing::Retired { .. } => Err(GateRefusal::Retired(identity.workplace.clone())),
        }
    }

    /// Certificates that are void though their validity is not over, for a revocation list.
    pub fn revoked(&self, now: Timestamp) -> impl Iterator<Item = (Serial, Timestamp)> {
        self.workplaces
            .values()
            .flat_map(|workplace| &workplace.machines)
            .filter_map(|machine| match &machine.standing {
                Standing::Active => None,
                Standing::Revoked { at, .. } | Standing::Retired { at, .. } => Some((machine, *at)),
            })
            .flat_map(|(machine, at)| machine.certificates.iter().map(move |c| (c, at)))
            .filter(move |(certificate, _)| now < certificate.not_after)
            .map(|(certificate, at)| (certificate.serial, at))
    }

    /// The store card of the newest machine, to be sealed anew with each answer.
    #[must_use]
    pub fn store_card(&self, id: &WorkplaceId) -> Option<StoreCard> {
        let machine = self.workplaces.get(id)?.machines.last()?;
        let card = machine.card.as_ref()?;
        Some(card.of(id, machine.training))
    }

    /// The key list in force.
    #[must_use]
    pub fn key_list(&self) -> Option<&KeyList> {
        self.trust.as_ref()?.list()
    }

    /// The roots before the first list, and all lists as signed, in order.
    #[must_use]
    pub fn key_lists(&self) -> Option<(Roots, &[Vec<u8>])> {
        Some((self.first_roots?, &self.key_lists))
    }
}

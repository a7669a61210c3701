//! Who is who: the fold of the identity facts in the office log, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_core::ids::{Epoch, Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::{ClaimKey, EpochBlock, StoreCard};
use storefleet_wire::envelope::PublicKey;
use storefleet_wire::keys::{Offered, Roots, TrustStore, key_cbor};

use crate::identity::Serial;

mod decide;
mod facts;
mod grant;
mod refusal;
mod rows;
mod view;

pub use decide::{CLAIM_LIFE_MS, CLAIM_TRIES_MAX, EPOCHS_PER_BLOCK};
pub use facts::{CardFields, CertificateRecord, IdentityFact};
pub use grant::{ClaimOrder, EnrolGrant, Known, RenewGrant, Verdict};
pub use refusal::Refusal;
pub use rows::KeyListRow;
pub use view::{GateRefusal, Status};

/// The identity of the whole network, as of the newest fact applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    workplaces: BTreeMap<WorkplaceId, Workplace>,
    /// Keys ever enrolled, for TLS and for journals: none serves twice.
    spkis: BTreeSet<Hash>,
    journal_keys: BTreeSet<PublicKey>,
    first_roots: Option<Roots>,
    trust: Option<TrustStore>,
    key_lists: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Workplace {
    #[n(0)]
    claim: Option<Claim>,
    /// Machines in the order they came; only the last can be active.
    #[n(1)]
    machines: Vec<Machine>,
    #[n(2)]
    blocks: Vec<Block>,
    #[n(3)]
    epochs_end: Option<Epoch>,
}

#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Claim {
    #[n(0)]
    key: ClaimKey,
    #[n(1)]
    card: CardFields,
    #[n(2)]
    training: bool,
    #[n(3)]
    replaces: bool,
    #[n(4)]
    expires: Timestamp,
    #[n(5)]
    tries: u32,
    #[n(6)]
    is_spent: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Machine {
    #[n(0)]
    standing: Standing,
    #[cbor(n(1), with = "key_cbor")]
    journal_key: PublicKey,
    #[n(2)]
    training: bool,
    #[n(3)]
    card: Option<CardFields>,
    #[n(4)]
    certificates: Vec<Certificate>,
    /// What its newest answer held, so that it can be given again.
    #[n(5)]
    last: Known,
    #[n(6)]
    fingerprint: Hash,
    #[n(7)]
    agent_version: String,
    #[n(8)]
    since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Certificate {
    #[n(0)]
    serial: Serial,
    #[n(1)]
    spki: Hash,
    #[n(2)]
    not_after: Timestamp,
}

/// Epochs, and the key that signs in them.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Block {
    #[n(0)]
    epochs: EpochBlock,
    #[cbor(n(1), with = "key_cbor")]
    key: PublicKey,
}

/// Whether a machine may act as its workplace.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub enum Standing {
    /// It may.
    #[n(0)]
    Active,
    /// Its certificates were revoked.
    #[n(1)]
    Revoked {
        /// Why, in a person's words.
        #[n(0)]
        reason: String,
        /// When.
        #[n(1)]
        at: Timestamp,
    },
    /// It was taken out; its remaining batches go to quarantine.
    #[n(2)]
    Retired {
        /// Why, in a person's words.
        #[n(0)]
        reason: String,
        /// When.
        #[n(1)]
        at: Timestamp,
    },
}

impl Registry {
    /// The fold; a fact that does not fit changes as little as possible and never fails.
    pub fn apply(&mut self, fact: &IdentityFact) {
        match fact {
            IdentityFact::ClaimMade {
                workplace,
                key,
                card,
                training,
                replaces,
                expires,
                at: _,
            } => {
                self.workplace(workplace).claim = Some(Claim {
                    key: key.clone(),
                    card: card.clone(),
                    training: *training,
                    replaces: *replaces,
                    expires: *expires,
                    tries: 0,
                    is_spent: false,
                });
            }
            IdentityFact::ClaimFailed { workplace, at: _ } => {
                if let Some(claim) = &mut self.workplace(workplace).claim {
                    claim.tries = claim.tries.saturating_add(1);
                }
            }
            IdentityFact::Enrolled { .. } => self.apply_enrolled(fact),
            IdentityFact::Renewed {
                workplace,
                certificate,
                epochs,
                at: _,
            } => {
                self.spkis.insert(certificate.spki);
                let workplace = self.workplace(workplace);
                workplace.grant(*epochs);
                if let Some(machine) = workplace.machines.last_mut() {
                    machine.certificates.push(certificate.into());
                    machine.last = Known::new(certificate, *epochs);
                }
            }
            IdentityFact::EpochsGranted {
                workplace,
                epochs,
                at: _,
            } => self.workplace(workplace).grant(Some(*epochs)),
            IdentityFact::Revoked {
                workplace,
                reason,
                at,
            } => {
                if let Some(machine) = self.workplace(workplace).machines.last_mut() {
                    let (reason, at) = (reason.clone(), *at);
                    machine.standing = Standing::Revoked { reason, at };
                }
            }
            IdentityFact::Retired {
                workplace,
                journal_key,
                reason,
                at,
            } => {
                let machines = &mut self.workplace(workplace).machines;
                for machine in machines
                    .iter_mut()
                    .filter(|m| m.journal_key == *journal_key)
                {
                    let (reason, at) = (reason.clone(), *at);
                    machine.standing = Standing::Retired { reason, at };
                }
            }
            IdentityFact::KeyListPublished {
                number: _,
                signers,
                sealed,
                at: _,
            } => self.apply_key_list(signers, sealed),
        }
    }

    fn apply_enrolled(&mut self, fact: &IdentityFact) {
        let IdentityFact::Enrolled {
            workplace,
            journal_key,
            certificate,
            training,
            epochs,
            fingerprint,
            agent_version,
            at,
        } = fact
        else {
            return;
        };
        self.spkis.insert(certificate.spki);
        self.journal_keys.insert(*journal_key);
        let workplace = self.workplace(workplace);
        if let Some(claim) = &mut workplace.claim {
            claim.is_spent = true;
        }
        for machine in &mut workplace.machines {
            if machine.standing == Standing::Active {
                let reason = "replaced".to_owned();
                machine.standing = Standing::Retired { reason, at: *at };
            }
        }
        workplace.machines.push(Machine {
            standing: Standing::Active,
            journal_key: *journal_key,
            training: *training,
            card: workplace.claim.as_ref().map(|claim| claim.card.clone()),
            certificates: vec![certificate.into()],
            last: Known::new(certificate, Some(*epochs)),
            fingerprint: *fingerprint,
            agent_version: agent_version.clone(),
            since: *at,
        });
        workplace.grant(Some(*epochs));
    }

    fn apply_key_list(&mut self, signers: &Roots, sealed: &[u8]) {
        let trust = self.trust.get_or_insert_with(|| TrustStore::new(*signers));
        if matches!(trust.offer(sealed), Ok(Offered::Taken)) {
            self.first_roots.get_or_insert(*signers);
            self.key_lists.push(sealed.to_vec());
        }
    }

    fn workplace(&mut self, id: &WorkplaceId) -> &mut Workplace {
        self.workplaces.entry(id.clone()).or_default()
    }
}

impl CardFields {
    /// The card of a workplace with these fields.
    #[must_use]
    pub fn of(&self, workplace: &WorkplaceId, training: bool) -> StoreCard {
        StoreCard {
            workplace: workplace.clone(),
            time_zone: self.time_zone.clone(),
            legal_entity: self.legal_entity.clone(),
            language: self.language,
            training,
        }
    }
}

impl Workplace {
    fn grant(&mut self, epochs: Option<EpochBlock>) {
        let (Some(block), Some(machine)) = (epochs, self.machines.last()) else {
            return;
        };
        self.blocks.push(Block {
            epochs: block,
            key: machine.journal_key,
        });
        self.epochs_end = self.epochs_end.max(Some(block.end()));
    }
}

impl From<&CertificateRecord> for Certificate {
    fn from(record: &CertificateRecord) -> Self {
        Self {
            serial: record.serial,
            spki: record.spki,
            not_after: record.not_after,
        }
    }
}

#[cfg(test)]
mod tests;

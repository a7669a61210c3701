//! What a decision gives: a grant still to be carried out, an answer given again, or a refusal.

use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::{EnrolRequest, EpochBlock, StoreCard};

use super::{CardFields, CertificateRecord, IdentityFact, Refusal};

/// What a person orders with a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimOrder {
    /// The workplace to enrol.
    pub workplace: WorkplaceId,
    /// What its store card will say.
    pub card: CardFields,
    /// Whether nothing sold there is real.
    pub training: bool,
    /// Whether it takes the place of an enrolled machine.
    pub replaces: bool,
}

/// What an answer held that a machine may ask for again.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Known {
    /// The certificate (DER).
    #[cbor(n(0), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// SHA-256 of its public key info.
    #[n(1)]
    pub spki: Hash,
    /// Epochs granted with it.
    #[n(2)]
    pub epochs: Option<EpochBlock>,
}

impl Known {
    pub(super) fn new(certificate: &CertificateRecord, epochs: Option<EpochBlock>) -> Self {
        Self {
            certificate: certificate.der.clone(),
            spki: certificate.spki,
            epochs,
        }
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<G> {
    /// A certificate is to be made, then the grant's facts to be appended.
    Grant(G),
    /// The same machine asks again: the same certificate and epochs are its answer.
    Again(Known),
    /// Nothing is given; the fact, if any, is to be appended.
    Refused(Refusal, Option<IdentityFact>),
}

/// An enrolment that is allowed and not yet carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolGrant {
    pub(super) request: EnrolRequest,
    pub(super) retires: Option<IdentityFact>,
    pub(super) at: Timestamp,
    /// Whether the certificate says `training`.
    pub training: bool,
    /// The epochs granted.
    pub epochs: EpochBlock,
    /// The store card to be sealed.
    pub card: StoreCard,
}

impl EnrolGrant {
    /// The facts of the enrolment with the certificate made for it.
    #[must_use]
    pub fn facts(self, certificate: CertificateRecord) -> Vec<IdentityFact> {
        let enrolled = IdentityFact::Enrolled {
            workplace: self.request.workplace,
            journal_key: self.request.journal_key,
            certificate,
            training: self.training,
            epochs: self.epochs,
            fingerprint: self.request.fingerprint,
            agent_version: self.request.agent_version,
            at: self.at,
        };
        self.retires.into_iter().chain([enrolled]).collect()
    }
}

/// A renewal that is allowed and not yet carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewGrant {
    pub(super) workplace: WorkplaceId,
    pub(super) at: Timestamp,
    /// Whether the certificate says `training`.
    pub training: bool,
    /// Further epochs, when few were left.
    pub epochs: Option<EpochBlock>,
}

impl RenewGrant {
    /// The fact of the renewal with the certificate made for it.
    #[must_use]
    pub fn fact(self, certificate: CertificateRecord) -> IdentityFact {
        IdentityFact::Renewed {
            workplace: self.workplace,
            certificate,
            epochs: self.epochs,
            at: self.at,
        }
    }
}

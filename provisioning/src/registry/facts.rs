//! The facts of identity as the office log keeps them for ever.

use storefleet_core::cbor::{self, CborError};
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::{ClaimKey, EpochBlock, Language};
use storefleet_wire::envelope::PublicKey;
use storefleet_wire::keys::{Roots, key_cbor};

use crate::ca::Issued;
use crate::identity::Serial;

/// What a store card will say, as given with the claim.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CardFields {
    /// IANA name of the time zone.
    #[n(0)]
    pub time_zone: String,
    /// The legal entity that sells here.
    #[n(1)]
    pub legal_entity: String,
    /// Language of the till page.
    #[n(2)]
    pub language: Language,
}

/// A certificate as the registry keeps it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct CertificateRecord {
    /// Its serial number.
    #[n(0)]
    pub serial: Serial,
    /// SHA-256 of its public key info.
    #[n(1)]
    pub spki: Hash,
    /// End of its validity.
    #[n(2)]
    pub not_after: Timestamp,
    /// The certificate (DER), so that an answer lost on the way can be given again.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub der: Vec<u8>,
}

impl From<Issued> for CertificateRecord {
    fn from(issued: Issued) -> Self {
        Self {
            serial: issued.serial,
            spki: issued.spki,
            not_after: issued.not_after,
            der: issued.der,
        }
    }
}

/// One thing that happened to the identity of the network; written as `[code, fields]`.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub enum IdentityFact {
    /// A claim code was given out; an older one of the workplace is void.
    #[n(1)]
    ClaimMade {
        /// The workplace it enrols.
        #[n(0)]
        workplace: WorkplaceId,
        /// What the code became; the code itself is kept nowhere.
        #[n(1)]
        key: ClaimKey,
        /// What the store card will say.
        #[n(2)]
        card: CardFields,
        /// Whether nothing sold there is real.
        #[n(3)]
        training: bool,
        /// Whether it may take the place of an enrolled machine.
        #[n(4)]
        replaces: bool,
        /// First instant it is void.
        #[n(5)]
        expires: Timestamp,
        /// When it was made.
        #[n(6)]
        at: Timestamp,
    },
    /// A request came with a wrong code.
    #[n(2)]
    ClaimFailed {
        /// For which workplace.
        #[n(0)]
        workplace: WorkplaceId,
        /// When.
        #[n(1)]
        at: Timestamp,
    },
    /// A machine became the workplace and spent its claim.
    #[n(3)]
    Enrolled {
        /// Which.
        #[n(0)]
        workplace: WorkplaceId,
        /// The key its journal is signed with.
        #[cbor(n(1), with = "key_cbor")]
        journal_key: PublicKey,
        /// Its first certificate.
        #[n(2)]
        certificate: CertificateRecord,
        /// Whether nothing sold there is real.
        #[n(3)]
        training: bool,
        /// Its first epochs.
        #[n(4)]
        epochs: EpochBlock,
        /// What it says of its hardware.
        #[n(5)]
        fingerprint: Hash,
        /// Version of its agent.
        #[n(6)]
        agent_version: String,
        /// When.
        #[n(7)]
        at: Timestamp,
    },
    /// An enrolled machine got a further certificate.
    #[n(4)]
    Renewed {
        /// Which.
        #[n(0)]
        workplace: WorkplaceId,
        /// The certificate.
        #[n(1)]
        certificate: CertificateRecord,
        /// Epochs granted with it; part of this fact, so that the answer can be given again.
        #[n(2)]
        epochs: Option<EpochBlock>,
        /// When.
        #[n(3)]
        at: Timestamp,
    },
    /// An enrolled machine got further epochs by themselves.
    #[n(5)]
    EpochsGranted {
        /// Which.
        #[n(0)]
        workplace: WorkplaceId,
        /// The numbers.
        #[n(1)]
        epochs: EpochBlock,
        /// When.
        #[n(2)]
        at: Timestamp,
    },
    /// The machine's certificates no longer open the gate.
    #[n(6)]
    Revoked {
        /// Which.
        #[n(0)]
        workplace: WorkplaceId,
        /// Why, in a person's words.
        #[n(1)]
        reason: String,
        /// When.
        #[n(2)]
        at: Timestamp,
    },
    /// The machine was taken out; what its journal still holds goes to quarantine.
    #[n(7)]
    Retired {
        /// Which.
        #[n(0)]
        workplace: WorkplaceId,
        /// The journal key taken out.
        #[cbor(n(1), with = "key_cbor")]
        journal_key: PublicKey,
        /// Why, in a person's words.
        #[n(2)]
        reason: String,
        /// When.
        #[n(3)]
        at: Timestamp,
    },
    /// A key list came from the offline root.
    #[n(8)]
    KeyListPublished {
        /// Its number.
        #[n(0)]
        number: u64,
        /// The roots trusted before it.
        #[n(1)]
        signers: Roots,
        /// The list as signed.
        #[cbor(n(2), with = "minicbor::bytes")]
        sealed: Vec<u8>,
        /// When.
        #[n(3)]
        at: Timestamp,
    },
}

impl IdentityFact {
    /// The workplace whose machine this fact retires.
    #[must_use]
    pub fn retired(self) -> Option<WorkplaceId> {
        if let Self::Retired { workplace, .. } = self {
            Some(workplace)
        } else {
            None
        }
    }

    /// The fact's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads what [`IdentityFact::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are damaged or the fact is one of a newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes)
    }
}

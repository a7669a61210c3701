//! Why an identity is not given, changed or taken, in words for the person who asked.

use storefleet_core::ids::WorkplaceId;
use storefleet_wire::keys::KeyListError;

pub(super) const TEXT_BYTES_MAX: usize = 200;

/// Why an identity is not given, changed or taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Never named here.
    #[error("workplace {0} is not known; make a claim for it first")]
    UnknownWorkplace(WorkplaceId),
    /// A machine is active and the order did not say that it is replaced.
    #[error("workplace {0} is enrolled; say that its machine is replaced, or revoke it first")]
    AlreadyEnrolled(WorkplaceId),
    /// No machine is active.
    #[error("workplace {0} has no enrolled machine; check the id")]
    NotEnrolled(WorkplaceId),
    /// A text is empty, too long, or no name of a time zone.
    #[error("{field} {value:?} is not acceptable; give a text of 1 to {TEXT_BYTES_MAX} bytes")]
    Text {
        /// Which.
        field: &'static str,
        /// What was given.
        value: String,
    },
    /// No claim is open.
    #[error("workplace {0} has no claim; ask the centre for a claim code")]
    NoClaim(WorkplaceId),
    /// Too many wrong tries.
    #[error("the claim of {0} is burnt by wrong tries; ask the centre for a new code")]
    ClaimBurnt(WorkplaceId),
    /// Its 72 hours are over.
    #[error("the claim of {0} has expired; ask the centre for a new code")]
    ClaimExpired(WorkplaceId),
    /// Another machine used it.
    #[error("the claim of {0} is spent; ask the centre for a new code")]
    ClaimSpent(WorkplaceId),
    /// The code is not the one given out.
    #[error("the claim code is wrong; {tries_left} tries are left")]
    WrongCode {
        /// Before the claim is burnt.
        tries_left: u32,
    },
    /// A key that was enrolled before, here or elsewhere.
    #[error("the {0} key was enrolled before; delete the machine's keys and enrol it again")]
    KeyUsed(&'static str),
    /// All four billion numbers were granted.
    #[error("workplace {0} has no epoch numbers left; give the machine another workplace id")]
    NoEpochs(WorkplaceId),
    /// The certificate was not issued to the machine now active.
    #[error("the certificate presented is not one of {0}; enrol the machine with a claim code")]
    WrongCertificate(WorkplaceId),
    /// Signed by other keys than those enrolled.
    #[error("the renewal of {0} is not signed by its keys; enrol the machine with a claim code")]
    WrongSignature(WorkplaceId),
    /// Revoked or retired.
    #[error("the machine of {0} is revoked or retired; enrol it with a claim code")]
    Withdrawn(WorkplaceId),
    /// Dark for more than 400 days.
    #[error("the certificate of {0} expired over 400 days ago; enrol it with a claim code")]
    ExpiredTooLong(WorkplaceId),
    /// Not signed by a trusted root, or damaged.
    #[error(transparent)]
    KeyList(#[from] KeyListError),
    /// The list in force has this number or a higher one.
    #[error("a key list with number {0} is in force; sign one with a higher number")]
    KeyListOld(u64),
    /// The first list needs roots to be judged by.
    #[error("no roots are trusted yet; give the roots file of the offline folder with the list")]
    NoRoots,
}

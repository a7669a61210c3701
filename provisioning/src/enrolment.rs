//! Answers a posted enrolment or renewal: reads, decides, issues, and hands back facts and reply.
//!
//! The caller appends and applies the facts and only then sends the reply.

use minicbor::bytes::ByteVec;
use ring::rand::SecureRandom;
use storefleet_core::brought_forward::History;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::{
    EnrolAnswer, EnrolError, EpochBlock, ReceivedEnrol, ReceivedRenew, StoreCard, seal_answer,
};

use crate::ca::{CaError, Csr, Issued};
use crate::centre::CentreKeys;
use crate::identity::{IdentityError, Serial, certificate_key};
use crate::registry::{IdentityFact, Refusal, Registry, Verdict};

/// Why no certificate is given.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The message is not readable.
    #[error(transparent)]
    Message(#[from] EnrolError),
    /// The certificate presented for renewal is not readable.
    #[error(transparent)]
    Certificate(#[from] IdentityError),
    /// The request's own key is not acceptable, or issuing failed.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The registry says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The history of the machine before cannot be read.
    #[error("the history of {0} cannot be read ({1}); tell the office, and try again")]
    History(WorkplaceId, String),
}

/// Facts to append, and the reply to send once they are durable.
#[derive(Debug)]
pub struct Outcome {
    /// In the order they are to be appended; a refusal may have one too.
    pub facts: Vec<IdentityFact>,
    /// The body of the answer, or why there is none.
    pub reply: Result<Vec<u8>, NoAnswer>,
}

impl<E: Into<NoAnswer>> From<E> for Outcome {
    fn from(error: E) -> Self {
        Self {
            facts: Vec::new(),
            reply: Err(error.into()),
        }
    }
}

/// What the centre holds of the journals of machines that are replaced.
pub trait Histories {
    /// Where the workplace's journal ends in the centre, and the state there; nothing for a
    /// workplace that never spoke.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    fn of(&self, workplace: &WorkplaceId) -> Result<Option<History>, String>;
}

/// The desk where workplaces get their certificates.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Who is who.
    pub registry: &'a Registry,
    /// What the centre signs with.
    pub keys: &'a CentreKeys,
    /// Gates to name in answers, as `host:port`.
    pub brokers: &'a [String],
    /// What replaced machines left.
    pub histories: &'a dyn Histories,
}

impl Desk<'_> {
    /// Answers a posted enrolment request.
    #[must_use]
    pub fn enrol(&self, posted: &[u8], now: Timestamp, rng: &dyn SecureRandom) -> Outcome {
        self.try_enrol(posted, now, rng)
            .unwrap_or_else(Outcome::from)
    }

    fn try_enrol(
        &self,
        posted: &[u8],
        now: Timestamp,
        rng: &dyn SecureRandom,
    ) -> Result<Outcome, NoAnswer> {
        let received = ReceivedEnrol::parse(posted)?;
        let request = received.request();
        let id = &request.workplace;
        let csr = Csr::parse(&request.csr)?;
        let (facts, answer) = match self.registry.decide_enrol(&received, &csr, now) {
            Verdict::Refused(refusal, fact) => {
                return Ok(Outcome {
                    facts: fact.into_iter().collect(),
                    reply: Err(refusal.into()),
                });
            }
            Verdict::Again(known) => {
                let card = self.card(id)?;
                let history = self.history(id)?;
                let answer = self.answer(known.certificate, known.epochs, &card, history);
                (Vec::new(), answer)
            }
            Verdict::Grant(grant) => {
                let issued = self.issue(&csr, id, grant.training, now, rng)?;
                let epochs = Some(grant.epochs);
                let history = self.history(id)?;
                let answer = self.answer(issued.der.clone(), epochs, &grant.card, history);
                (grant.facts(issued.into()), answer)
            }
        };
        let key = self.registry.claim_key(id);
        let key = key.ok_or_else(|| Refusal::NoClaim(id.clone()))?;
        Ok(Outcome {
            facts,
            reply: Ok(seal_answer(&answer, key, &request.csr)),
        })
    }

    /// Answers a posted renewal request; the answer's bytes are proved by TLS alone.
    #[must_use]
    pub fn renew(&self, posted: &[u8], now: Timestamp, rng: &dyn SecureRandom) -> Outcome {
        self.try_renew(posted, now, rng)
            .unwrap_or_else(Outcome::from)
    }

    fn try_renew(
        &self,
        posted: &[u8],
        now: Timestamp,
        rng: &dyn SecureRandom,
    ) -> Result<Outcome, NoAnswer> {
        let received = ReceivedRenew::parse(posted)?;
        let request = received.request();
        let id = &request.workplace;
        let csr = Csr::parse(&request.csr)?;
        let old = certificate_key(&request.certificate)?;
        let (facts, answer) = match self.registry.decide_renew(&received, &csr, &old, now) {
            Verdict::Refused(refusal, fact) => {
                return Ok(Outcome {
                    facts: fact.into_iter().collect(),
                    reply: Err(refusal.into()),
                });
            }
            Verdict::Again(known) => {
                let card = self.card(id)?;
                (
                    Vec::new(),
                    self.answer(known.certificate, known.epochs, &card, None),
                )
            }
            Verdict::Grant(grant) => {
                let issued = self.issue(&csr, id, grant.training, now, rng)?;
                let card = self.card(id)?;
                let answer = self.answer(issued.der.clone(), grant.epochs, &card, None);
                (vec![grant.fact(issued.into())], answer)
            }
        };
        Ok(Outcome {
            facts,
            reply: Ok(answer),
        })
    }

    fn issue(
        &self,
        csr: &Csr,
        id: &WorkplaceId,
        training: bool,
        now: Timestamp,
        rng: &dyn SecureRandom,
    ) -> Result<Issued, CaError> {
        let serial = Serial::random(rng).ok_or(CaError::Random)?;
        self.keys
            .issuer
            .issue_workplace(csr, id, training, now, serial)
    }

    fn history(&self, id: &WorkplaceId) -> Result<Option<History>, NoAnswer> {
        let history = self.histories.of(id);
        history.map_err(|error| NoAnswer::History(id.clone(), error))
    }

    fn card(&self, id: &WorkplaceId) -> Result<StoreCard, Refusal> {
        let card = self.registry.store_card(id);
        card.ok_or_else(|| Refusal::UnknownWorkplace(id.clone()))
    }

    fn answer(
        &self,
        certificate: Vec<u8>,
        epochs: Option<EpochBlock>,
        card: &StoreCard,
        history: Option<History>,
    ) -> Vec<u8> {
        let issuer = &self.keys.issuer;
        let lists = self.keys.key_lists.iter().cloned().map(ByteVec::from);
        EnrolAnswer {
            certificate,
            issuing: issuer.certificate().to_vec(),
            root: issuer.root().to_vec(),
            roots: self.keys.first_roots,
            key_lists: lists.collect(),
            epochs,
            brokers: self.brokers.to_vec(),
            store_card: card.seal(&self.keys.manifest),
            history,
        }
        .to_bytes()
    }
}

#[cfg(test)]
mod tests;

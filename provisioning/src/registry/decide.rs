//! Decides claims, enrolments, renewals, revocations and retirements: facts or a refusal.

use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::{
    ClaimKey, EPOCHS_LEFT_MIN, EnrolRequest, EpochBlock, RENEW_AFTER_EXPIRY_MS, ReceivedEnrol,
    ReceivedRenew, epochs_left,
};
use storefleet_wire::keys::{Offered, Roots, TrustStore};

use super::refusal::TEXT_BYTES_MAX;
use super::{
    ClaimOrder, EnrolGrant, IdentityFact, Machine, Refusal, Registry, RenewGrant, Standing,
    Verdict, Workplace,
};
use crate::ca::Csr;
use crate::identity::P256Key;

/// How long a claim code can be used.
pub const CLAIM_LIFE_MS: i64 = 72 * 3_600_000;
/// Wrong tries that burn a claim.
pub const CLAIM_TRIES_MAX: u32 = 5;
/// Epoch numbers granted at a time.
pub const EPOCHS_PER_BLOCK: u32 = 16;

fn text(field: &'static str, value: &str) -> Result<(), Refusal> {
    let fits = (1..=TEXT_BYTES_MAX).contains(&value.len()) && !value.chars().any(char::is_control);
    fits.then_some(()).ok_or_else(|| Refusal::Text {
        field,
        value: value.to_owned(),
    })
}

impl Workplace {
    fn next_block(&self, id: &WorkplaceId) -> Result<EpochBlock, Refusal> {
        // Epoch 0 is never granted: "before the first" can be told from the first.
        let first = self.epochs_end.unwrap_or(Epoch(1));
        let fits = first.0.checked_add(EPOCHS_PER_BLOCK).is_some();
        fits.then_some(EpochBlock {
            first,
            count: EPOCHS_PER_BLOCK,
        })
        .ok_or_else(|| Refusal::NoEpochs(id.clone()))
    }

    fn epochs_left(&self, machine: &Machine, current: Epoch) -> u32 {
        let blocks = self.blocks.iter();
        let own = blocks.filter(|block| block.key == machine.journal_key);
        epochs_left(own.map(|block| &block.epochs), current)
    }
}

impl Registry {
    fn newest(&self, id: &WorkplaceId) -> Option<(&Workplace, &Machine)> {
        let workplace = self.workplaces.get(id)?;
        Some((workplace, workplace.machines.last()?))
    }

    fn is_active(&self, id: &WorkplaceId) -> bool {
        self.newest(id)
            .is_some_and(|(_, machine)| machine.standing == Standing::Active)
    }

    /// Decides a claim whose fresh code became `key`; it voids an older claim of the workplace.
    ///
    /// # Errors
    /// When a text is not acceptable, or `replaces` does not say what is the case.
    pub fn decide_claim(
        &self,
        order: ClaimOrder,
        key: ClaimKey,
        now: Timestamp,
    ) -> Result<IdentityFact, Refusal> {
        text("time zone", &order.card.time_zone)?;
        text("legal entity", &order.card.legal_entity)?;
        match (self.is_active(&order.workplace), order.replaces) {
            (true, false) => return Err(Refusal::AlreadyEnrolled(order.workplace)),
            (false, true) => return Err(Refusal::NotEnrolled(order.workplace)),
            (true, true) | (false, false) => {}
        }
        Ok(IdentityFact::ClaimMade {
            workplace: order.workplace,
            key,
            card: order.card,
            training: order.training,
            replaces: order.replaces,
            expires: now.plus_ms(CLAIM_LIFE_MS),
            at: now,
        })
    }

    /// The key an answer to `id` is proved with; nothing when it never had a claim.
    #[must_use]
    pub fn claim_key(&self, id: &WorkplaceId) -> Option<&ClaimKey> {
        Some(&self.workplaces.get(id)?.claim.as_ref()?.key)
    }

    /// Decides an enrolment; `csr` is the checked request it carries.
    #[must_use]
    pub fn decide_enrol(
        &self,
        received: &ReceivedEnrol,
        csr: &Csr,
        now: Timestamp,
    ) -> Verdict<EnrolGrant> {
        let request = received.request();
        let id = &request.workplace;
        let refused = |refusal| Verdict::Refused(refusal, None);
        let Some(workplace) = self.workplaces.get(id) else {
            return refused(Refusal::NoClaim(id.clone()));
        };
        let Some(claim) = &workplace.claim else {
            return refused(Refusal::NoClaim(id.clone()));
        };
        let is_proved = received.is_proved_by(&claim.key);
        if claim.is_spent {
            let same = workplace.machines.last().filter(|machine| {
                is_proved
                    && machine.standing == Standing::Active
                    && machine.journal_key == request.journal_key
                    && machine.last.spki == csr.key.spki
            });
            return match same {
                Some(machine) => Verdict::Again(machine.last.clone()),
                None => refused(Refusal::ClaimSpent(id.clone())),
            };
        }
        if claim.tries >= CLAIM_TRIES_MAX {
            return refused(Refusal::ClaimBurnt(id.clone()));
        }
        if now >= claim.expires {
            return refused(Refusal::ClaimExpired(id.clone()));
        }
        if !is_proved {
            let tries_left = CLAIM_TRIES_MAX.saturating_sub(claim.tries.saturating_add(1));
            let failed = IdentityFact::ClaimFailed {
                workplace: id.clone(),
                at: now,
            };
            return Verdict::Refused(Refusal::WrongCode { tries_left }, Some(failed));
        }
        match self.grant(request, csr, now) {
            Ok(grant) => Verdict::Grant(grant),
            Err(refusal) => refused(refusal),
        }
    }

    fn grant(
        &self,
        request: &EnrolRequest,
        csr: &Csr,
        now: Timestamp,
    ) -> Result<EnrolGrant, Refusal> {
        let id = &request.workplace;
        let workplace = self.workplaces.get(id);
        let (workplace, claim) = workplace
            .and_then(|workplace| Some((workplace, workplace.claim.as_ref()?)))
            .ok_or_else(|| Refusal::NoClaim(id.clone()))?;
        if self.journal_keys.contains(&request.journal_key) {
            return Err(Refusal::KeyUsed("journal"));
        }
        if self.spkis.contains(&csr.key.spki) {
            return Err(Refusal::KeyUsed("TLS"));
        }
        text("agent version", &request.agent_version)?;
        let active = workplace.machines.last();
        let active = active.filter(|machine| machine.standing == Standing::Active);
        if active.is_some() && !claim.replaces {
            return Err(Refusal::AlreadyEnrolled(id.clone()));
        }
        Ok(EnrolGrant {
            retires: active.map(|machine| IdentityFact::Retired {
                workplace: id.clone(),
                journal_key: machine.journal_key,
                reason: "replaced".to_owned(),
                at: now,
            }),
            at: now,
            training: claim.training,
            epochs: workplace.next_block(id)?,
            card: claim.card.of(id, claim.training),
            request: request.clone(),
        })
    }

    /// Decides a renewal; `csr` is the checked request it carries, `old` the key of its certificate.
    ///
    /// Of the certificate presented only the key is used: all else is looked up here.
    #[must_use]
    pub fn decide_renew(
        &self,
        received: &ReceivedRenew,
        csr: &Csr,
        old: &P256Key,
        now: Timestamp,
    ) -> Verdict<RenewGrant> {
        match self.renew(received, csr, old, now) {
            Ok(verdict) => verdict,
            Err(refusal) => Verdict::Refused(refusal, None),
        }
    }

    fn renew(
        &self,
        received: &ReceivedRenew,
        csr: &Csr,
        old: &P256Key,
        now: Timestamp,
    ) -> Result<Verdict<RenewGrant>, Refusal> {
        let request = received.request();
        let id = &request.workplace;
        let newest = self.newest(id);
        let (workplace, machine) = newest.ok_or_else(|| Refusal::UnknownWorkplace(id.clone()))?;
        if !received.is_signed_by(&old.point, &machine.journal_key) {
            return Err(Refusal::WrongSignature(id.clone()));
        }
        if machine.standing != Standing::Active {
            return Err(Refusal::Withdrawn(id.clone()));
        }
        let mut certificates = machine.certificates.iter();
        let presented = certificates
            .find(|certificate| certificate.spki == old.spki)
            .ok_or_else(|| Refusal::WrongCertificate(id.clone()))?;
        // Before the limit is judged: an answer lost on the last day must not strand the shop.
        if machine.last.spki == csr.key.spki {
            return Ok(Verdict::Again(machine.last.clone()));
        }
        if now.since_ms(presented.not_after) >= RENEW_AFTER_EXPIRY_MS {
            return Err(Refusal::ExpiredTooLong(id.clone()));
        }
        if self.spkis.contains(&csr.key.spki) {
            return Err(Refusal::KeyUsed("TLS"));
        }
        let few = workplace.epochs_left(machine, request.epoch) < EPOCHS_LEFT_MIN;
        // Out of numbers is no reason to let the certificate lapse.
        let epochs = few.then(|| workplace.next_block(id).ok()).flatten();
        Ok(Verdict::Grant(RenewGrant {
            workplace: id.clone(),
            at: now,
            training: machine.training,
            epochs,
        }))
    }

    /// Decides that the machine's certificates no longer open the gate.
    ///
    /// # Errors
    /// When no machine is active or the reason is no text.
    pub fn decide_revoke(
        &self,
        id: &WorkplaceId,
        reason: &str,
        now: Timestamp,
    ) -> Result<IdentityFact, Refusal> {
        text("reason", reason)?;
        if !self.is_active(id) {
            return Err(Refusal::NotEnrolled(id.clone()));
        }
        Ok(IdentityFact::Revoked {
            workplace: id.clone(),
            reason: reason.to_owned(),
            at: now,
        })
    }

    /// Decides that the machine is taken out; a revoked one can still be retired.
    ///
    /// # Errors
    /// When there is no machine, it is retired already, or the reason is no text.
    pub fn decide_retire(
        &self,
        id: &WorkplaceId,
        reason: &str,
        now: Timestamp,
    ) -> Result<IdentityFact, Refusal> {
        text("reason", reason)?;
        let machine = self.newest(id).map(|(_, machine)| machine);
        let machine =
            machine.filter(|machine| !matches!(machine.standing, Standing::Retired { .. }));
        Ok(IdentityFact::Retired {
            workplace: id.clone(),
            journal_key: machine
                .ok_or_else(|| Refusal::NotEnrolled(id.clone()))?
                .journal_key,
            reason: reason.to_owned(),
            at: now,
        })
    }

    /// Decides that a sealed key list comes into force; `first_roots` judge the very first one.
    ///
    /// # Errors
    /// When no trusted root signed it, or a higher number is in force.
    pub fn decide_key_list(
        &self,
        sealed: &[u8],
        first_roots: Option<Roots>,
        now: Timestamp,
    ) -> Result<IdentityFact, Refusal> {
        let trust = self.trust.clone().or(first_roots.map(TrustStore::new));
        let mut trust = trust.ok_or(Refusal::NoRoots)?;
        let signers = *trust.roots();
        match trust.offer(sealed)? {
            Offered::Older => Err(Refusal::KeyListOld(trust.number())),
            Offered::Taken => Ok(IdentityFact::KeyListPublished {
                number: trust.number(),
                signers,
                sealed: sealed.to_vec(),
                at: now,
            }),
        }
    }
}

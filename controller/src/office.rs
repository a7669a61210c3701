//! The office: its own hash-chained log of who did what, and the registry folded from it.

use std::path::Path;

use minicbor::bytes::ByteVec;
use ring::rand::{SecureRandom, SystemRandom};
use storefleet_core::cbor::{self, CborError};
use storefleet_core::entry;
use storefleet_core::ids::{Epoch, Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_journal::{
    AppendError, CommitError, DiskFolder, Format, Link, Log, OpenError, Options, ReadError, Span,
};
use storefleet_provision::ca::CaError;
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::enrolment::{Desk, Histories, NoAnswer, Outcome};
use storefleet_provision::identity::Identity;
use storefleet_provision::registry::{ClaimOrder, IdentityFact, Refusal, Registry};
use storefleet_wire::enrol::{ClaimCode, EnrolError};
use storefleet_wire::envelope::PublicKey;

use crate::ingest::JournalKeys;
use crate::office::fold::{Behind, Fold, FoldError};

pub mod fold;
#[cfg(test)]
mod tests;

/// Size of the office log's segments: a few actions a day.
const SEGMENT_BYTES: u32 = 4 * 1024 * 1024;

/// What an entry of the office's log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Who is who.
    Identity,
    /// Master data: a part of a change, or what closes it.
    Master,
    /// What was changed became the newest version of its layers.
    Published,
    /// A release went a step further.
    Rollout,
    /// Another life of the centre numbers documents from here on.
    Life,
    /// A person decided on the late tail of a machine that was replaced.
    Tail,
    /// An urgent fix goes under releases on their way: versions of layers beside their line.
    Beside,
}

impl Area {
    const ALL: [(Self, u16); 7] = [
        (Self::Identity, 1),
        (Self::Master, 2),
        (Self::Published, 3),
        (Self::Rollout, 4),
        (Self::Life, 5),
        (Self::Tail, 6),
        (Self::Beside, 7),
    ];

    /// Its number in the log.
    #[must_use]
    pub fn code(self) -> u16 {
        let listed = Self::ALL.iter().find(|(area, _)| *area == self);
        listed.map_or(0, |(_, code)| *code)
    }

    /// The area of a number; none for one of a newer version.
    #[must_use]
    pub fn of(code: u16) -> Option<Self> {
        let listed = Self::ALL.iter().find(|(_, known)| *known == code);
        listed.map(|(area, _)| *area)
    }
}

/// One entry of the office log: the audit trail and every card's history are read from here.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct OfficeEntry {
    /// Hash of the entry before.
    #[n(0)]
    pub prev: Hash,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// Who: `cli:<user>`, `console:<token>`, or `workplace:<id>`.
    #[n(2)]
    pub actor: String,
    /// Which part of the office the body belongs to.
    #[n(3)]
    pub area: u16,
    /// The fact.
    #[n(4)]
    pub body: ByteVec,
}

impl OfficeEntry {
    /// An entry about an identity, behind the one with hash `prev`.
    #[must_use]
    pub fn of_identity(prev: Hash, at: Timestamp, actor: &str, fact: &IdentityFact) -> Self {
        Self {
            prev,
            at,
            actor: actor.to_owned(),
            area: Area::Identity.code(),
            body: fact.to_bytes().into(),
        }
    }
}

/// What the segment log is told of the office's entries.
#[derive(Debug, Clone, Copy)]
pub struct OfficeFormat;

impl Format for OfficeFormat {
    fn span(&self, _record: &[u8]) -> Option<Span> {
        None
    }

    fn link(&self, record: &[u8]) -> Option<Link> {
        let entry: OfficeEntry = cbor::decode(record).ok()?;
        Some(Link {
            prev: entry.prev,
            own: entry::hash(record),
        })
    }
}

/// Why the office cannot act.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// Its log cannot be opened.
    #[error("the office log cannot be opened: {0}")]
    Open(#[from] OpenError),
    /// Its log cannot be read.
    #[error("the office log cannot be read: {0}")]
    Read(#[from] ReadError),
    /// An entry was not taken.
    #[error("the office log did not take an entry: {0}")]
    Append(#[from] AppendError),
    /// A write or sync failed.
    #[error("the office log could not be made durable: {0}; check the disk")]
    Commit(#[from] CommitError),
    /// An entry is not one of ours.
    #[error("entry {0} of the office log cannot be read: {1}; a newer version wrote it")]
    Entry(u64, CborError),
    /// The centre's keys.
    #[error("the centre's keys: {0}")]
    Keys(#[from] CaError),
    /// A key list cannot come into force.
    #[error("the key list: {0}")]
    KeyList(Refusal),
    /// The order is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A code could not be made.
    #[error(transparent)]
    Claim(#[from] EnrolError),
    /// The fold cannot be kept.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

/// What became of a posted enrolment or renewal.
#[derive(Debug)]
pub struct Answered {
    /// The answer, or why there is none.
    pub reply: Result<Vec<u8>, NoAnswer>,
    /// Whose earlier machine was retired by it.
    pub retired: Option<WorkplaceId>,
}

/// The office of a running centre.
pub struct Office {
    log: Log<DiskFolder, OfficeFormat>,
    fold: Fold,
    /// False after a write of the fold failed: the next one writes all of it.
    fold_is_whole: bool,
    registry: Registry,
    keys: CentreKeys,
    rng: SystemRandom,
}

impl Office {
    /// Opens the office log, folds it, and puts key lists into force that it does not know.
    ///
    /// # Errors
    /// When the log or the keys cannot be read.
    pub fn open(folder: &Path, keys: CentreKeys, now: Timestamp) -> Result<Self, OfficeError> {
        let options = Options {
            segment_bytes: SEGMENT_BYTES,
            ..Options::default()
        };
        let (log, _) = Log::open(DiskFolder::new(folder), OfficeFormat, options)?;
        let fold = Fold::open(&folder.with_extension("redb"))?;
        let (mut registry, behind) = match fold.load() {
            Some((registry, behind)) if stands_in(&log, behind)? => (registry, behind),
            Some(_) | None => <(Registry, Behind)>::default(),
        };
        let mut end = behind;
        for record in log.reader().read_from(behind.position.saturating_add(1)) {
            let record = record?;
            let entry: OfficeEntry = cbor::decode(&record.bytes)
                .map_err(|error| OfficeError::Entry(record.ordinal, error))?;
            if Area::of(entry.area) == Some(Area::Identity) {
                let fact = IdentityFact::from_bytes(&entry.body)
                    .map_err(|error| OfficeError::Entry(record.ordinal, error))?;
                registry.apply(&fact);
            }
            end = Behind::new(record.ordinal, entry::hash(&record.bytes));
        }
        if end != behind {
            fold.keep_all(&registry, end)?;
        }
        let mut office = Self {
            log,
            fold,
            fold_is_whole: true,
            registry,
            keys,
            rng: SystemRandom::new(),
        };
        office.publish_key_lists(now)?;
        Ok(office)
    }

    fn publish_key_lists(&mut self, now: Timestamp) -> Result<(), OfficeError> {
        for list in self.keys.key_lists.clone() {
            let roots = Some(self.keys.first_roots);
            match self.registry.decide_key_list(&list, roots, now) {
                Ok(fact) => self.record("cli:start", now, &[fact])?,
                Err(Refusal::KeyListOld(_)) => {}
                Err(refusal) => return Err(OfficeError::KeyList(refusal)),
            }
        }
        Ok(())
    }

    /// Who is who.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What the centre signs with.
    #[must_use]
    pub fn keys(&self) -> &CentreKeys {
        &self.keys
    }

    /// The key lists that came after that number, as signed, in order.
    #[must_use]
    pub fn key_lists_after(&self, number: u64) -> &[Vec<u8>] {
        let Some((_, lists)) = self.registry.key_lists() else {
            return &[];
        };
        let newest = self.registry.key_list().map_or(0, |list| list.number);
        let missing = usize::try_from(newest.saturating_sub(number)).unwrap_or(usize::MAX);
        lists
            .get(lists.len().saturating_sub(missing)..)
            .unwrap_or(&[])
    }

    /// Whether a certificate may come in now.
    ///
    /// # Errors
    /// Why not, for the log.
    pub fn admit(&self, certificate: &[u8], now: Timestamp) -> Result<WorkplaceId, String> {
        let identity = Identity::parse(certificate).map_err(|error| error.to_string())?;
        self.registry
            .admits(&identity, now)
            .map_err(|refusal| refusal.to_string())?;
        Ok(identity.workplace)
    }

    /// Makes a claim code; it is shown this once and kept nowhere.
    ///
    /// # Errors
    /// When the order is refused or the log does.
    pub fn claim(
        &mut self,
        order: ClaimOrder,
        actor: &str,
        now: Timestamp,
    ) -> Result<(ClaimCode, Timestamp), OfficeError> {
        let code = ClaimCode::generate(&self.rng)?;
        let key = code.key(&order.workplace);
        let workplace = order.workplace.clone();
        let fact = self.registry.decide_claim(order, key, now)?;
        self.record(actor, now, &[fact])?;
        let status = self.registry.status(&workplace);
        Ok((
            code,
            status.and_then(|status| status.claim_until).unwrap_or(now),
        ))
    }

    /// Answers an enrolment or a renewal; what follows from it is durable before this returns.
    ///
    /// # Errors
    /// The centre's own; what the asker is refused stands in the reply.
    pub fn answer(
        &mut self,
        posted: &[u8],
        renewal: bool,
        brokers: &[String],
        histories: &dyn Histories,
        now: Timestamp,
    ) -> Result<Answered, OfficeError> {
        let desk = Desk {
            registry: &self.registry,
            keys: &self.keys,
            brokers,
            histories,
        };
        let rng: &dyn SecureRandom = &self.rng;
        let Outcome { facts, reply } = if renewal {
            desk.renew(posted, now, rng)
        } else {
            desk.enrol(posted, now, rng)
        };
        self.record("workplace:enrolment", now, &facts)?;
        let retired = facts.into_iter().find_map(IdentityFact::retired);
        Ok(Answered { reply, retired })
    }

    /// Revokes a workplace's certificates.
    ///
    /// # Errors
    /// When the order is refused or the log does.
    pub fn revoke(
        &mut self,
        workplace: &WorkplaceId,
        reason: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), OfficeError> {
        let fact = self.registry.decide_revoke(workplace, reason, now)?;
        self.record(actor, now, &[fact])
    }

    /// Takes a workplace's machine out for good.
    ///
    /// # Errors
    /// When the order is refused or the log does.
    pub fn retire(
        &mut self,
        workplace: &WorkplaceId,
        reason: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), OfficeError> {
        let fact = self.registry.decide_retire(workplace, reason, now)?;
        self.record(actor, now, &[fact])
    }

    /// Appends entries of an area and makes them durable; gives each with its place.
    ///
    /// # Errors
    /// When the log does not take them.
    pub fn append(
        &mut self,
        area: Area,
        actor: &str,
        at: Timestamp,
        bodies: Vec<Vec<u8>>,
    ) -> Result<Vec<(u64, OfficeEntry)>, OfficeError> {
        let mut appended = Vec::with_capacity(bodies.len());
        for body in bodies {
            let entry = OfficeEntry {
                prev: self.log.link(),
                at,
                actor: actor.to_owned(),
                area: area.code(),
                body: body.into(),
            };
            let ordinal = self.log.stage(&cbor::encode(&entry))?;
            appended.push((ordinal, entry));
        }
        self.log.commit()?;
        Ok(appended)
    }

    /// Calls `each` with every entry behind a place.
    ///
    /// # Errors
    /// When the log cannot be read, or what `each` says.
    pub fn each_behind<E: From<OfficeError>>(
        &self,
        position: u64,
        mut each: impl FnMut(u64, &OfficeEntry) -> Result<(), E>,
    ) -> Result<(), E> {
        for record in self.log.reader().read_from(position.saturating_add(1)) {
            let record = record.map_err(OfficeError::from)?;
            let entry: OfficeEntry = cbor::decode(&record.bytes)
                .map_err(|error| OfficeError::Entry(record.ordinal, error))?;
            each(record.ordinal, &entry)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        actor: &str,
        now: Timestamp,
        facts: &[IdentityFact],
    ) -> Result<(), OfficeError> {
        for fact in facts {
            let entry = OfficeEntry::of_identity(self.log.link(), now, actor, fact);
            self.log.stage(&cbor::encode(&entry))?;
        }
        if self.log.staged() == 0 {
            return Ok(());
        }
        self.log.commit()?;
        facts.iter().for_each(|fact| self.registry.apply(fact));
        let behind = Behind::new(self.log.reader().durable(), self.log.link());
        // It happened, whatever becomes of the fold: the next start reads on from where that stands.
        let kept = if self.fold_is_whole {
            self.fold.keep(&self.registry, facts, behind)
        } else {
            self.fold.keep_all(&self.registry, behind)
        };
        self.fold_is_whole = kept.is_ok();
        if let Err(error) = kept {
            tracing::error!(%error, "the log has it, the fold does not yet");
        }
        Ok(())
    }
}

/// Whether the log holds the entry that the fold stands behind.
fn stands_in(log: &Log<DiskFolder, OfficeFormat>, behind: Behind) -> Result<bool, OfficeError> {
    let Some(record) = log.reader().read_from(behind.position).next() else {
        return Ok(false);
    };
    Ok(entry::hash(&record?.bytes) == behind.hash)
}

/// Journal keys as the registry knows them.
impl JournalKeys for Registry {
    fn of_epoch(&self, workplace: &WorkplaceId, epoch: Epoch) -> Option<PublicKey> {
        self.journal_key(workplace, epoch)
    }

    fn newest(&self, workplace: &WorkplaceId) -> Vec<PublicKey> {
        self.journal_keys(workplace)
    }

    fn is_retired(&self, workplace: &WorkplaceId, epoch: Epoch) -> bool {
        Self::is_retired(self, workplace, epoch)
    }
}

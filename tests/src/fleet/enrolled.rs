//! Thousands of workplaces enrolled before their controller starts.
//!
//! Requests, decisions, certificates and facts are those of the desk; only the claim keys are drawn
//! instead of derived, because a typed code costs some tenths of a second for each.

use std::path::Path;

use anyhow::{Context, ensure};
use ring::rand::{SecureRandom, SystemRandom};
use storefleet_agent::enrol::signing_request;
use storefleet_agent::identity::IdentityFolder;
use storefleet_controller::office::{OfficeEntry, OfficeFormat};
use storefleet_core::brought_forward::History;
use storefleet_core::cbor;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_journal::{DiskFolder, Log, Options};
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::enrolment::{Desk, Histories};
use storefleet_provision::registry::{CardFields, ClaimOrder, IdentityFact, Registry};
use storefleet_wire::enrol::{ClaimKey, EnrolAnswer, EnrolRequest, Language};

/// Nobody was there before.
struct NoHistories;

impl Histories for NoHistories {
    fn of(&self, _workplace: &WorkplaceId) -> Result<Option<History>, String> {
        Ok(None)
    }
}

/// An office that does not run yet.
pub struct Office {
    log: Log<DiskFolder, OfficeFormat>,
    registry: Registry,
    keys: CentreKeys,
    now: Timestamp,
    broker: String,
    rng: SystemRandom,
}

impl Office {
    /// Begins the office log in `folder` with the keys of an `online` folder.
    pub fn begin(folder: &Path, keys: &Path, broker: &str, now: Timestamp) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (log, opened) = Log::open(DiskFolder::new(folder), OfficeFormat, Options::default())?;
        ensure!(opened.last_ordinal == 0, "the office log is not empty");
        Ok(Self {
            log,
            registry: Registry::default(),
            keys: CentreKeys::read(keys, now)?,
            now,
            broker: broker.to_owned(),
            rng: SystemRandom::new(),
        })
    }

    /// The centre's keys.
    #[must_use]
    pub fn keys(&self) -> &CentreKeys {
        &self.keys
    }

    /// Enrols one workplace whose machine's data folder is `data`.
    pub fn enrol(&mut self, id: &WorkplaceId, data: &Path) -> anyhow::Result<()> {
        let mut drawn = [0; 32];
        self.rng.fill(&mut drawn).ok().context("no randomness")?;
        let claim_key = ClaimKey(drawn);
        let order = ClaimOrder {
            workplace: id.clone(),
            card: CardFields {
                time_zone: "Europe/Moscow".to_owned(),
                legal_entity: "Fleet".to_owned(),
                language: Language::Ru,
            },
            training: true,
            replaces: false,
        };
        let claim = self
            .registry
            .decide_claim(order, claim_key.clone(), self.now)?;
        self.record(&[claim])?;

        let identity = IdentityFolder::new(data);
        let (tls_key, journal_key) = identity.keys()?;
        let csr = signing_request(&tls_key, id)?;
        let request = EnrolRequest {
            workplace: id.clone(),
            csr: csr.clone(),
            journal_key: journal_key.public(),
            fingerprint: Hash([1; 32]),
            agent_version: "fleet".to_owned(),
        };
        let brokers = [self.broker.clone()];
        let desk = Desk {
            registry: &self.registry,
            keys: &self.keys,
            brokers: &brokers,
            histories: &NoHistories,
        };
        let outcome = desk.enrol(&request.seal(&claim_key), self.now, &self.rng);
        self.record(&outcome.facts)?;
        let answer = EnrolAnswer::open(&outcome.reply?, &claim_key, &csr)?;
        identity.enrolled(id.clone(), &answer, self.now)
    }

    /// Makes everything durable; from here on a controller can open the folder.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.log.commit()?;
        Ok(())
    }

    fn record(&mut self, facts: &[IdentityFact]) -> anyhow::Result<()> {
        for fact in facts {
            let entry = OfficeEntry::of_identity(self.log.link(), self.now, "cli:fleet", fact);
            self.log.stage(&cbor::encode(&entry))?;
            self.registry.apply(fact);
        }
        Ok(())
    }
}

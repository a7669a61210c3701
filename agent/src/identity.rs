//! Who this machine is: its keys, certificate, trust and store card, as files only its user can read.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use minicbor::bytes::ByteVec;
use ring::rand::{SecureRandom, SystemRandom};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use storefleet_core::cbor;
use storefleet_core::epoch::Mark;
use storefleet_core::ids::WorkplaceId;
use storefleet_wire::enrol::{EnrolAnswer, EpochBlock, StoreCard};
use storefleet_wire::envelope::{Sealed, SigningKey};
use storefleet_wire::keys::{Role, TrustStore};

const TLS_KEY: &str = "tls.key";
const JOURNAL_KEY: &str = "journal.key";
const ENROLMENT: &str = "enrolment.cbor";
const TRUST: &str = "trust.cbor";

/// What enrolment and renewals left on this machine.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Enrolment {
    /// The workplace.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Its certificate (DER).
    #[n(1)]
    pub certificate: ByteVec,
    /// The issuing authority's certificate (DER).
    #[n(2)]
    pub issuing: ByteVec,
    /// The root authority's certificate (DER).
    #[n(3)]
    pub root: ByteVec,
    /// Epochs granted to the journal key.
    #[n(4)]
    pub epochs: Vec<EpochBlock>,
    /// Gates, as `host:port`.
    #[n(5)]
    pub brokers: Vec<String>,
    /// What is known of the store.
    #[n(6)]
    pub card: StoreCard,
    /// Where the history of the replaced machine ended, if there was one.
    #[n(7)]
    pub parent: Option<Mark>,
}

/// The folder of identity files.
#[derive(Debug, Clone)]
pub struct IdentityFolder {
    path: PathBuf,
}

/// Everything needed to speak as this workplace.
pub struct Identity {
    /// What enrolment left.
    pub enrolment: Enrolment,
    /// Signs batches.
    pub journal_key: Arc<SigningKey>,
    /// Which keys of the centre are believed.
    pub trust: TrustStore,
    tls_key: Vec<u8>,
}

impl IdentityFolder {
    /// The identity below a data folder.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Self {
            path: data.join("identity"),
        }
    }

    /// Whether this machine was enrolled.
    #[must_use]
    pub fn is_enrolled(&self) -> bool {
        self.path.join(ENROLMENT).is_file()
    }

    /// The machine's own keys, made on first use and never leaving it: TLS (PKCS#8 DER), journal.
    ///
    /// # Errors
    /// When files cannot be read or written, or the system gives no randomness.
    pub fn keys(&self) -> anyhow::Result<(Vec<u8>, SigningKey)> {
        fs::create_dir_all(&self.path)
            .with_context(|| format!("create {}", self.path.display()))?;
        let tls = self.read_or_make(TLS_KEY, || {
            let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
            Ok(pair.serialize_der())
        })?;
        let seed = self.read_or_make(JOURNAL_KEY, || {
            let mut seed = vec![0; 32];
            SystemRandom::new()
                .fill(&mut seed)
                .ok()
                .context("the system gave no randomness")?;
            Ok(seed)
        })?;
        let journal = SigningKey::from_seed(&seed).with_context(|| {
            format!(
                "{} is damaged; enrol again",
                self.path.join(JOURNAL_KEY).display()
            )
        })?;
        Ok((tls, journal))
    }

    fn read_or_make(
        &self,
        name: &str,
        make: impl FnOnce() -> anyhow::Result<Vec<u8>>,
    ) -> anyhow::Result<Vec<u8>> {
        let path = self.path.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let bytes = make()?;
                write_private(&path, &bytes)?;
                Ok(bytes)
            }
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    /// Keeps what the centre answered to a claim.
    ///
    /// # Errors
    /// When the answer is not signed by keys it brings, or files cannot be written.
    pub fn enrolled(
        &self,
        workplace: WorkplaceId,
        answer: &EnrolAnswer,
        now: storefleet_core::time::Timestamp,
    ) -> anyhow::Result<()> {
        let mut trust = TrustStore::new(answer.roots);
        let lists = answer.key_lists.iter().map(|list| list.as_slice());
        trust.walk(lists);
        let card_key = Sealed::parse(&answer.store_card)
            .ok()
            .and_then(|card| trust.key(Role::Manifest, card.key_id(), now).copied())
            .context("the store card is not signed by a manifest key of the key list")?;
        let card = StoreCard::open(&answer.store_card, &card_key).context("open the store card")?;
        let enrolment = Enrolment {
            workplace,
            certificate: answer.certificate.clone().into(),
            issuing: answer.issuing.clone().into(),
            root: answer.root.clone().into(),
            epochs: answer.epochs.into_iter().collect(),
            brokers: answer.brokers.clone(),
            card,
            parent: None,
        };
        self.keep_trust(&trust)?;
        write_private(&self.path.join(ENROLMENT), &cbor::encode(&enrolment))
    }

    /// Keeps the trusted key lists.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_trust(&self, trust: &TrustStore) -> anyhow::Result<()> {
        write_private(&self.path.join(TRUST), &trust.to_bytes())
    }

    /// Loads the identity.
    ///
    /// # Errors
    /// When the machine is not enrolled or a file is damaged, with the next step.
    pub fn load(&self) -> anyhow::Result<Identity> {
        if !self.is_enrolled() {
            bail!(
                "this machine is not enrolled: run `storefleet-agent enrol` with the claim code \
                 from the office"
            );
        }
        let (tls_key, journal_key) = self.keys()?;
        let read = |name: &str| {
            let path = self.path.join(name);
            fs::read(&path).with_context(|| format!("read {}", path.display()))
        };
        let enrolment = cbor::decode(&read(ENROLMENT)?)
            .context("the enrolment file is damaged; enrol this machine again")?;
        let trust = TrustStore::from_bytes(&read(TRUST)?)
            .context("the trust file is damaged; enrol this machine again")?;
        Ok(Identity {
            enrolment,
            journal_key: Arc::new(journal_key),
            trust,
            tls_key,
        })
    }
}

impl Identity {
    /// TLS as this workplace, for the MQTT link.
    ///
    /// # Errors
    /// When certificate and key do not fit together.
    pub fn client_config(&self) -> anyhow::Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.enrolment.root.to_vec()))?;
        let chain = [&self.enrolment.certificate, &self.enrolment.issuing]
            .map(|der| CertificateDer::from(der.to_vec()));
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.tls_key.clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain.to_vec(), key)?;
        config.alpn_protocols = vec![b"mqtt".to_vec()];
        Ok(config)
    }
}

/// Writes a file that only its owner can read, whole or not at all.
///
/// # Errors
/// When the disk refuses.
pub fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let fresh = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        match path.parent() {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    write().with_context(|| format!("write {}", path.display()))
}

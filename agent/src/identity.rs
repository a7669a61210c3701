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
use storefleet_core::brought_forward::History;
use storefleet_core::cbor;
use storefleet_core::ids::{Epoch, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::{EnrolAnswer, EpochBlock, RenewRequest, StoreCard};
use storefleet_wire::envelope::{Sealed, SigningKey};
use storefleet_wire::keys::{Role, TrustStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

pub mod renewal;

const TLS_KEY: &str = "tls.key";
/// The key of a certificate that was asked for and has not come yet.
const NEXT_TLS_KEY: &str = "tls.next.key";
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
    /// What the replaced machine left, if there was one.
    #[n(7)]
    pub history: Option<History>,
}

/// The folder of identity files.
#[derive(Debug, Clone)]
pub struct IdentityFolder {
    path: PathBuf,
}

/// Everything needed to speak as this workplace.
#[derive(Clone)]
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
        let tls = self.read_or_make(TLS_KEY, new_tls_key)?;
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

    /// The key for the next certificate, made on first use.
    ///
    /// # Errors
    /// When files cannot be read or written, or the system gives no randomness.
    pub fn next_tls_key(&self) -> anyhow::Result<Vec<u8>> {
        self.read_or_make(NEXT_TLS_KEY, new_tls_key)
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
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let mut trust = TrustStore::new(answer.roots);
        let lists = answer.key_lists.iter().map(|list| list.as_slice());
        trust.walk(lists);
        let card = open_card(&trust, &answer.store_card, now)?;
        let enrolment = Enrolment {
            workplace,
            certificate: answer.certificate.clone().into(),
            issuing: answer.issuing.clone().into(),
            root: answer.root.clone().into(),
            epochs: answer.epochs.into_iter().collect(),
            brokers: answer.brokers.clone(),
            card,
            history: answer.history.clone(),
        };
        self.keep_trust(&trust)?;
        write_private(&self.path.join(ENROLMENT), &cbor::encode(&enrolment))
    }

    /// Keeps what the centre answered to a renewal. From the moment the enrolment file is written
    /// the new certificate and its key count; a crash on the way is mended by the next start.
    ///
    /// # Errors
    /// When the answer does not fit this machine, or files cannot be written.
    pub fn renewed(
        &self,
        known: &Identity,
        answer: &EnrolAnswer,
        now: Timestamp,
    ) -> anyhow::Result<Identity> {
        let next = self.next_tls_key()?;
        anyhow::ensure!(
            fits(&answer.certificate, &next),
            "the certificate that came is for another key; nothing was changed"
        );
        let mut trust = known.trust.clone();
        trust.walk(answer.key_lists.iter().map(|list| list.as_slice()));
        let card = open_card(&trust, &answer.store_card, now)?;
        let mut enrolment = Enrolment {
            certificate: answer.certificate.clone().into(),
            issuing: answer.issuing.clone().into(),
            root: answer.root.clone().into(),
            brokers: answer.brokers.clone(),
            card,
            ..known.enrolment.clone()
        };
        let fresh = answer.epochs.filter(|it| !enrolment.epochs.contains(it));
        enrolment.epochs.extend(fresh);
        self.keep_trust(&trust)?;
        write_private(&self.path.join(ENROLMENT), &cbor::encode(&enrolment))?;
        self.adopt_next_key(&enrolment)?;
        self.load()
    }

    /// The key of the certificate in force takes its place.
    fn adopt_next_key(&self, enrolment: &Enrolment) -> anyhow::Result<()> {
        let next = self.path.join(NEXT_TLS_KEY);
        match fs::read(&next) {
            Ok(key) if fits(&enrolment.certificate, &key) => {
                write_private(&self.path.join(TLS_KEY), &key)?;
                fs::remove_file(&next).with_context(|| format!("remove {}", next.display()))
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).with_context(|| format!("read {}", next.display())),
        }
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
        self.adopt_next_key(&self.enrolment()?)?;
        self.keys()?;
        self.look()
    }

    /// Reads the identity of an enrolled machine and changes nothing.
    ///
    /// # Errors
    /// When a file is missing or damaged, with the next step.
    pub fn look(&self) -> anyhow::Result<Identity> {
        let enrolment = self.enrolment()?;
        let next = fs::read(self.path.join(NEXT_TLS_KEY)).ok();
        let next = next.filter(|key| fits(&enrolment.certificate, key));
        let tls_key = next.map_or_else(|| self.read(TLS_KEY), Ok)?;
        let journal_key = SigningKey::from_seed(&self.read(JOURNAL_KEY)?)
            .context("the journal key is damaged; enrol this machine again")?;
        let trust = TrustStore::from_bytes(&self.read(TRUST)?)
            .context("the trust file is damaged; enrol this machine again")?;
        Ok(Identity {
            enrolment,
            journal_key: Arc::new(journal_key),
            trust,
            tls_key,
        })
    }

    fn enrolment(&self) -> anyhow::Result<Enrolment> {
        cbor::decode(&self.read(ENROLMENT)?)
            .context("the enrolment file is damaged; enrol this machine again")
    }

    fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.path.join(name);
        fs::read(&path).with_context(|| format!("read {}", path.display()))
    }
}

impl Identity {
    /// First and last instant of the certificate.
    ///
    /// # Errors
    /// When the certificate is damaged.
    pub fn validity(&self) -> anyhow::Result<(Timestamp, Timestamp)> {
        let certificate = parsed(&self.enrolment.certificate)
            .context("the certificate is damaged; enrol this machine again")?;
        let validity = certificate.validity();
        let at = |seconds: i64| Timestamp(seconds.saturating_mul(1_000));
        Ok((
            at(validity.not_before.timestamp()),
            at(validity.not_after.timestamp()),
        ))
    }

    /// A renewal request for the next key, proved by both keys of this machine.
    ///
    /// # Errors
    /// When a key cannot be used or the system gives no randomness.
    pub fn renewal(&self, csr: Vec<u8>, epoch: Epoch, at: Timestamp) -> anyhow::Result<Vec<u8>> {
        let request = RenewRequest {
            workplace: self.enrolment.workplace.clone(),
            csr,
            certificate: self.enrolment.certificate.to_vec(),
            epoch,
            at,
        };
        Ok(request.seal(&self.tls_key, &self.journal_key, &SystemRandom::new())?)
    }

    /// HTTPS to the centre without a certificate of our own: what is asked is proved in the body.
    ///
    /// # Errors
    /// When the root certificate cannot be read.
    pub fn https_config(&self) -> anyhow::Result<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn roots(&self) -> anyhow::Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.enrolment.root.to_vec()))?;
        Ok(roots)
    }

    /// TLS as this workplace, for the MQTT link.
    ///
    /// # Errors
    /// When certificate and key do not fit together.
    pub fn client_config(&self) -> anyhow::Result<ClientConfig> {
        let roots = self.roots()?;
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

fn new_tls_key() -> anyhow::Result<Vec<u8>> {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    Ok(pair.serialize_der())
}

fn parsed(certificate: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(certificate)
        .ok()
        .map(|(_, certificate)| certificate)
}

/// Whether a certificate is for the public half of `key` (PKCS#8 DER).
fn fits(certificate: &[u8], key: &[u8]) -> bool {
    let Some(certificate) = parsed(certificate) else {
        return false;
    };
    let point = &certificate.public_key().subject_public_key.data;
    rcgen::KeyPair::try_from(key).is_ok_and(|pair| pair.public_key_raw() == &**point)
}

fn open_card(trust: &TrustStore, sealed: &[u8], now: Timestamp) -> anyhow::Result<StoreCard> {
    let key = Sealed::parse(sealed)
        .ok()
        .and_then(|card| trust.key(Role::Manifest, card.key_id(), now).copied())
        .context("the store card is not signed by a manifest key of the key list")?;
    StoreCard::open(sealed, &key).context("open the store card")
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

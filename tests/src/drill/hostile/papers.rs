//! Certificates that should open nothing: expired, foreign, never enrolled, or none at all.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use ring::rand::SystemRandom;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use storefleet_provision::ca::{Csr, Issuer, WORKPLACE_LIFE_MS};
use storefleet_provision::centre::CentreKeys;
use storefleet_provision::identity::Serial;
use storefleet_provision::offline::OfflineRoot;

use crate::fleet::line::Visitor;

/// A visitor in the name of `id` with a certificate that ran out, made by the real authority.
pub(super) fn expired(keys: &CentreKeys, id: &WorkplaceId) -> anyhow::Result<Visitor> {
    let now = Timestamp(Clock::start().wall_ms());
    let long_ago = now.plus_ms(-2 * WORKPLACE_LIFE_MS);
    issued(&keys.issuer, keys.issuer.root(), id, long_ago)
}

/// A visitor whose certificate is valid and was never entered in the office.
pub(super) fn never_enrolled(keys: &CentreKeys, id: &WorkplaceId) -> anyhow::Result<Visitor> {
    let now = Timestamp(Clock::start().wall_ms());
    issued(&keys.issuer, keys.issuer.root(), id, now)
}

/// A visitor whose certificate another network's authority made for the same name.
pub(super) fn foreign(
    keys: &CentreKeys,
    id: &WorkplaceId,
    folder: &Path,
) -> anyhow::Result<Visitor> {
    let now = Timestamp(Clock::start().wall_ms());
    OfflineRoot::create(folder, "others", now, &SystemRandom::new())?;
    let others = CentreKeys::read(&folder.join("online"), now)?;
    issued(&others.issuer, keys.issuer.root(), id, now)
}

/// A visitor that shows no certificate and wants to speak MQTT.
pub(super) fn without(keys: &CentreKeys, id: &WorkplaceId) -> anyhow::Result<Visitor> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(trusting(keys.issuer.root())?)
        .with_no_client_auth();
    Ok(visitor(id, config))
}

fn issued(
    issuer: &Issuer,
    trusted: &[u8],
    id: &WorkplaceId,
    at: Timestamp,
) -> anyhow::Result<Visitor> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let request = rcgen::CertificateParams::default().serialize_request(&key)?;
    let csr = Csr::parse(request.der())?;
    let serial = Serial::random(&SystemRandom::new()).context("no randomness")?;
    let issued = issuer.issue_workplace(&csr, id, true, at, serial)?;
    let chain = [issued.der, issuer.certificate().to_vec()].map(CertificateDer::from);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(trusting(trusted)?)
        .with_client_auth_cert(chain.to_vec(), key)?;
    Ok(visitor(id, config))
}

fn trusting(root: &[u8]) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec()))?;
    Ok(roots)
}

fn visitor(id: &WorkplaceId, mut config: ClientConfig) -> Visitor {
    config.alpn_protocols = vec![b"mqtt".to_vec()];
    Visitor::new(id.to_string(), &config)
}

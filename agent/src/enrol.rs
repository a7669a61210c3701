//! Enrolment: a claim code becomes an identity, over a line that nobody has to trust.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring as ring_provider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::time::Timestamp;
use storefleet_wire::enrol::{ClaimCode, EnrolAnswer, EnrolRequest};

use crate::centre_http;
use crate::identity::IdentityFolder;

/// Where the centre takes claims.
pub const ENROL_PATH: &str = "/v1/enrol";

/// Enrols this machine as `workplace`; the same code again on the same machine gives the same result.
///
/// # Errors
/// What the centre refused, or what stood in the way, with the next step.
pub async fn enrol(
    data: &Path,
    server: &str,
    workplace: WorkplaceId,
    code: &ClaimCode,
    now: Timestamp,
) -> anyhow::Result<()> {
    let folder = IdentityFolder::new(data);
    if folder.is_enrolled() {
        bail!(
            "this machine is enrolled already; remove {} to enrol it anew",
            data.display()
        );
    }
    let (tls_key, journal_key) = folder.keys()?;
    let csr = signing_request(&tls_key, &workplace)?;
    let request = EnrolRequest {
        workplace: workplace.clone(),
        csr: csr.clone(),
        journal_key: journal_key.public(),
        fingerprint: machine_fingerprint(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let claim_key = code.key(&workplace);
    let sealed = request.seal(&claim_key);
    let answered = centre_http::post(server, ENROL_PATH, unproved_tls()?, sealed).await?;
    let answer = EnrolAnswer::open(&answered, &claim_key, &csr)?;
    folder.enrolled(workplace, &answer, now)
}

/// A PKCS#10 request (DER) for the public half of `tls_key` (PKCS#8 DER).
///
/// # Errors
/// When the key is damaged.
pub fn signing_request(tls_key: &[u8], workplace: &WorkplaceId) -> anyhow::Result<Vec<u8>> {
    let key = rcgen::KeyPair::try_from(tls_key).context("the TLS key is damaged; enrol again")?;
    let mut parameters = rcgen::CertificateParams::default();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, workplace.to_string());
    Ok(parameters.serialize_request(&key)?.der().to_vec())
}

fn machine_fingerprint() -> Hash {
    let id = std::fs::read("/etc/machine-id").unwrap_or_default();
    storefleet_core::entry::hash(&id)
}

fn unproved_tls() -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(ring_provider::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ProvedInTheBody(provider)))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The server is believed by the claim code's HMAC over its answer, not by its certificate: this
/// machine has no root to check one with yet.
#[derive(Debug)]
struct ProvedInTheBody(Arc<CryptoProvider>);

impl ServerCertVerifier for ProvedInTheBody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

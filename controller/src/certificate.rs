//! The gate's own certificate: issued at start by the centre's authority, replaced while it serves.

use std::sync::PoisonError;
use std::time::Duration;

use storefleet_core::time::Timestamp;
use storefleet_daemon::Shutdown;
use storefleet_provision::ca::{CaError, SERVER_LIFE_MS};
use storefleet_provision::centre::CentreKeys;

use crate::gate::{GateHandle, GateTls};
use crate::ingest::thread::Shared;

/// How often it is looked whether two thirds of its life are over: clocks step, machines sleep.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// A certificate and key for a gate reachable under `names`.
///
/// # Errors
/// When a name is not one or signing fails.
pub fn issue(names: &[String], keys: &CentreKeys, now: Timestamp) -> Result<GateTls, CaError> {
    let rng = ring::rand::SystemRandom::new();
    let (certificate, key) = keys.issuer.issue_server(names, now, &rng)?;
    Ok(GateTls {
        chain: vec![certificate, keys.issuer.certificate().to_vec()],
        key_pkcs8: key,
        client_roots: vec![keys.issuer.root().to_vec()],
    })
}

/// Replaces the certificate at two thirds of its life, until told to stop.
///
/// # Errors
/// Never: with a certificate that cannot be replaced the gate serves on, and says so.
pub async fn keep_fresh(
    names: Vec<String>,
    shared: Shared,
    gate: GateHandle,
    mut shutdown: Shutdown,
) -> anyhow::Result<()> {
    let mut issued = shared.now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = shutdown.requested() => return Ok(()),
        }
        let now = shared.now();
        if now.since_ms(issued) < SERVER_LIFE_MS / 3 * 2 {
            continue;
        }
        let fresh = {
            let office = shared.office.lock().unwrap_or_else(PoisonError::into_inner);
            issue(&names, office.keys(), now)
        };
        match fresh
            .map_err(anyhow::Error::from)
            .and_then(|tls| gate.renew(&tls))
        {
            Ok(()) => {
                issued = now;
                tracing::info!("the gate has a new certificate");
            }
            Err(error) => tracing::error!(error = format!("{error:#}"), "the gate's certificate"),
        }
    }
}

//! Waiting for the operator or the service manager to end the process.

use tokio::signal::unix::{SignalKind, signal};

/// Ends when SIGTERM or SIGINT comes.
///
/// # Errors
/// When the signal handlers cannot be set.
pub async fn stop_requested() -> std::io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        _ = interrupt.recv() => Ok("SIGINT"),
    }
}

/// Tells the service manager that the process is ready; nothing where there is none.
pub fn ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::debug!(%error, "no service manager to tell");
    }
}

/// Keeps the service manager's watchdog quiet; nothing where there is none.
pub fn alive() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
        tracing::debug!(%error, "no service manager to tell");
    }
}

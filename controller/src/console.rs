//! The console's pages, on loopback.
use crate::central_log::CentralFormat;
use crate::ingest::thread::Shared;
use std::sync::Arc;
use storefleet_daemon::Shutdown;
use storefleet_journal::{DiskFolder, Reader};
use tokio::net::TcpListener;
/// Pages.
pub struct Console;
impl Console {
    /// New.
    pub fn new(
        _: Shared,
        _: Reader<DiskFolder, CentralFormat>,
        _: Arc<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>,
    ) -> Self {
        Self
    }
    /// Link.
    pub fn link(&self, port: u16) -> String {
        format!("http://127.0.0.1:{port}/open/x")
    }
}
/// Serves.
pub async fn serve(_l: TcpListener, _c: Console, mut s: Shutdown) -> anyhow::Result<()> {
    s.requested().await;
    Ok(())
}

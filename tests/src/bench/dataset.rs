//! The first sync of a shop with 100,000 items: bytes on its line against the compressed catalogue, and what a
//! cut in the middle costs.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use hyper::StatusCode;
use storefleet_controller::master::MasterStore;
use storefleet_core::cbor;
use storefleet_core::ids::WorkplaceId;

use crate::bench::Metric;
use crate::bench::assortment;
use crate::demo::sell::Folder;
use crate::fleet::push::admin;
use crate::processes::{Centre, Products};
use crate::proxy::Proxy;
use crate::till_client::TillClient;

const ITEMS: u32 = 100_000;
const STORE: &str = "S00001";
const LEVEL: i32 = 19;
/// Connecting anew after a cut: two handshakes, a hello, the manifest again.
const CUT_BYTES_MAX: f64 = 32_768.0;

/// Measures two tills of one shop, the second over a line that is cut half-way.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run())
}

async fn run() -> anyhow::Result<Vec<Metric>> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let mut centre = Centre::start(&products, folder.path()).await?;
    admin::load(&centre.server, folder.path(), [STORE.to_owned()], ITEMS)?;
    let whole = first_sync(&centre, folder.path(), "s00001-1", None).await?;
    let cut = first_sync(&centre, folder.path(), "s00001-2", Some(whole / 2)).await?;
    centre.server.stop()?;
    let (canonical, compressed) = catalogue(&centre.server.data().join("master.redb"))?;
    eprintln!(
        "{canonical} bytes of records, {compressed} compressed; on the line {whole}, with a cut {cut}"
    );
    let (ratio, more) = (whole as f64 / compressed as f64, cut as f64 - whole as f64);
    Ok(vec![
        Metric::at_most("dataset.full_ratio", ratio, "line/zstd-19", 1.3),
        Metric::at_most("dataset.cut_bytes", more, "bytes", CUT_BYTES_MAX),
    ])
}

/// Bytes that a new machine takes until its last item is on sale.
async fn first_sync(
    centre: &Centre,
    folder: &Path,
    workplace: &str,
    cut_at: Option<u64>,
) -> anyhow::Result<u64> {
    let workplace: WorkplaceId = workplace.parse()?;
    let line = Proxy::start(centre.gate_port).await?;
    let through = format!("127.0.0.1:{}", line.port);
    let mut agent = centre.enrol(folder, &workplace, Some(&through))?;
    if let Some(bytes) = cut_at {
        line.cut_at(bytes);
    }
    let started = Instant::now();
    agent.start()?;
    agent.ready().await?;
    if cut_at.is_some() {
        line.is_cut().await;
        line.heal();
    }
    let mut till = TillClient::new(Folder(agent.data().to_owned()));
    let last = assortment::barcode(ITEMS - 1);
    let (status, told) = till.get(&format!("/v1/items/{last}")).await?;
    let told = String::from_utf8_lossy(&told);
    ensure!(status == StatusCode::OK, "{last}: {status} {told}");
    let bytes = line.bytes_down();
    eprintln!(
        "{workplace}: {bytes} bytes, on sale after {:?}",
        started.elapsed()
    );
    agent.stop()?;
    Ok(bytes)
}

/// Bytes of all records, and compressed as well as it goes.
fn catalogue(path: &Path) -> anyhow::Result<(usize, usize)> {
    let store = MasterStore::open(path)?;
    let mut records = Vec::new();
    for (layer, version) in store.versions()? {
        let segment = store.segment(&layer, None, version.root)?;
        let segment = segment.context("a layer has records")?;
        for change in &segment.changes {
            records.extend(cbor::encode(change));
        }
    }
    let compressed = zstd::bulk::compress(&records, LEVEL)?;
    Ok((records.len(), compressed.len()))
}

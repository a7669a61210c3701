//! The office's side: tables for a network, one change at a time, and what the centre counts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use storefleet_provision::admin::SOCKET_NAME;
use tokio::net::UnixStream;

use crate::bench::assortment::{self, LAYERS};
use crate::processes::Server;

/// Loads the tables of these stores and so many items with prices in every layer, and releases them.
pub fn load(
    controller: &Server,
    folder: &Path,
    stores: impl IntoIterator<Item = String>,
    items: u32,
) -> anyhow::Result<()> {
    let folder = folder.join("tables");
    fs::create_dir_all(&folder)?;
    let mut files = vec![
        ("dealers.csv".to_owned(), assortment::DEALERS.to_owned()),
        ("stores.csv".to_owned(), assortment::stores(stores)),
        (
            "price_types.csv".to_owned(),
            assortment::PRICE_TYPES.to_owned(),
        ),
        ("tax.csv".to_owned(), assortment::TAXES.to_owned()),
        ("catalog.csv".to_owned(), assortment::items(items)),
        ("promotions.csv".to_owned(), assortment::promotions()),
    ];
    for layer in 0..LAYERS.len() {
        let rows = assortment::prices(0..items, layer, 0);
        files.push((format!("prices-{layer}.csv"), rows));
    }
    let mut arguments = vec!["load".to_owned()];
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text)?;
        arguments.push(path.display().to_string());
    }
    arguments.extend(["--why", "bench", "--accept", "--second", "lead"].map(str::to_owned));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let told = controller.command(&arguments)?;
    ensure!(told.contains("released as"), "{told}");
    Ok(())
}

/// The admin socket of a controller.
pub struct Admin(PathBuf);

impl Admin {
    /// The socket of that controller.
    #[must_use]
    pub fn new(controller: &Server) -> Self {
        Self(controller.data().join(SOCKET_NAME))
    }

    /// Sends rows and releases what they change.
    pub async fn change(&self, rows: String) -> anyhow::Result<()> {
        let import = "/v1/import?source=prices.csv&why=bench&accept=true";
        let imported = self.ask(Method::POST, import, rows).await?;
        ensure!(imported["change"].is_u64(), "nothing changed: {imported}");
        let publish = "/v1/publish?why=bench&second=lead";
        let published = self.ask(Method::POST, publish, String::new()).await?;
        let shops = published["shops"].as_u64();
        ensure!(shops.is_some_and(|shops| shops > 0), "{published}");
        Ok(())
    }

    /// How many workplaces have what they should, of how many.
    pub async fn convergence(&self) -> anyhow::Result<(usize, usize)> {
        let told = self.ask(Method::GET, "/v1/convergence", String::new());
        let told = told.await?;
        let count = |name: &str| {
            let count = told[name].as_u64().with_context(|| told.to_string())?;
            anyhow::Ok(usize::try_from(count)?)
        };
        Ok((count("reached")?, count("wanting")?))
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> anyhow::Result<Value> {
        let stream = UnixStream::connect(&self.0).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "admin")
            .body(Full::new(Bytes::from(body)))?;
        // The connection ends when the sender, owned by this block, is dropped.
        let exchange = async move {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            anyhow::Ok((status, body))
        };
        let (answer, ended) = tokio::join!(exchange, connection);
        ended?;
        let (status, body) = answer?;
        let told = String::from_utf8_lossy(&body).into_owned();
        ensure!(status.is_success(), "{path}: {status} {told}");
        Ok(serde_json::from_slice(&body)?)
    }
}

//! A real Chromium, driven by its own chromedriver; both end with the value that holds them.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use url::{ParseError, Url};

use crate::processes::free_port;

const START_MAX: Duration = Duration::from_secs(30);

/// A browser window of 1440 × 900 with an empty profile.
pub struct Browser {
    /// The page.
    pub page: Client,
    _driver: Driver,
    _profile: tempfile::TempDir,
}

/// The process that starts Chromium and ends it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Browser {
    /// Starts one.
    pub async fn start() -> anyhow::Result<Self> {
        let port = free_port()?;
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start chromedriver; install the Debian package chromium-driver")?;
        let driver = Driver(driver);
        let profile = tempfile::tempdir()?;
        let capabilities = capabilities(&profile.path().display().to_string());
        let address = format!("http://127.0.0.1:{port}");
        let deadline = Instant::now() + START_MAX;
        loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder
                .capabilities(capabilities.clone())
                .connect(&address)
                .await
            {
                Ok(page) => {
                    return Ok(Self {
                        page,
                        _driver: driver,
                        _profile: profile,
                    });
                }
                Err(error) => {
                    ensure!(Instant::now() < deadline, "chromedriver: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// What a script returns.
    pub async fn look(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.page.execute(script, Vec::new()).await?)
    }

    /// Looks until the script returns `true`; says how long it took.
    pub async fn wait_for(&self, script: &str, max: Duration) -> anyhow::Result<Duration> {
        let started = Instant::now();
        while self.look(script).await? != Value::Bool(true) {
            ensure!(
                started.elapsed() < max,
                "{script} was not seen within {max:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(started.elapsed())
    }

    /// What the browser complained of since it was asked last: errors, refused resources.
    pub async fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let told = self.page.issue_cmd(BrowserLog).await?;
        let rows = told.as_array().cloned().unwrap_or_default();
        let severe = rows.iter().filter(|row| row["level"] == "SEVERE");
        Ok(severe.map(|row| row["message"].to_string()).collect())
    }

    /// Closes the window.
    pub async fn close(self) -> anyhow::Result<()> {
        Ok(self.page.clone().close().await?)
    }
}

fn capabilities(profile: &str) -> Map<String, Value> {
    let options = json!({ "args": [
        "--headless=new",
        // Chromium refuses to be root otherwise; it only sees pages of this machine.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--window-size=1440,900",
        format!("--user-data-dir={profile}"),
    ] });
    Map::from_iter([
        ("browserName".to_owned(), json!("chrome")),
        ("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" })),
        ("goog:chromeOptions".to_owned(), options),
    ])
}

/// The browser's console.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

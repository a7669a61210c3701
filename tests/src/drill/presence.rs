//! `presence`: the power of a shop goes and comes back; how soon the support desk's screen shows it.

use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::drill::Drill;
use crate::drill::shops::started;
use crate::processes::{Centre, Products};

/// The entry in the list.
pub const DRILL: Drill = Drill {
    name: "presence",
    about: "a shop loses power and comes back, seen in Chromium without a reload",
};

/// Seconds from power lost to shown off, and from reconnected to shown on.
const OFF_MAX: f64 = 45.0;
const ON_MAX: f64 = 3.0;
const LOOK_MAX: Duration = Duration::from_secs(120);
const SHOWN_OFF: &str = "return document.querySelector('a.counter.off b').textContent === '1'";
const SHOWN_ON: &str = "return document.querySelector('a.counter.ok b').textContent === '2'";

/// Runs the drill.
pub async fn run() -> anyhow::Result<Value> {
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let centre = Centre::start(&products, folder.path()).await?;
    let mut agents = started(&centre, folder.path(), 2).await?;
    let browser = Browser::start().await?;
    let link = centre.server.text("console.link")?;
    browser.page.goto(&link).await?;
    let fleet = format!("http://127.0.0.1:{}/fleet", centre.console_port);
    browser.page.goto(&fleet).await?;
    browser
        .wait_for(SHOWN_ON, LOOK_MAX)
        .await
        .context("both shops on")?;

    let agent = &mut agents[0];
    let pid = agent
        .pid()
        .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    // A killed process closes its socket; a machine without power says nothing.
    kill_process(pid.context("the agent runs")?, Signal::STOP)?;
    let off = browser.wait_for(SHOWN_OFF, LOOK_MAX).await.context("off")?;
    agent.kill();
    agent.start()?;
    agent.ready().await?;
    let back = Instant::now();
    browser
        .wait_for(SHOWN_ON, LOOK_MAX)
        .await
        .context("on again")?;
    let on = back.elapsed();
    let complaints = browser.complaints().await?;
    browser.close().await?;
    Ok(json!({
        "drill": "presence",
        "holds": off.as_secs_f64() <= OFF_MAX && on.as_secs_f64() <= ON_MAX && complaints.is_empty(),
        "off_s": off.as_secs_f64(),
        "on_s": on.as_secs_f64(),
        "browser_complaints": complaints,
    }))
}

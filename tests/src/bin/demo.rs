//! `cargo demo`: a network of shops on this machine sells real receipts, breaks, heals, and adds up.
#![allow(clippy::print_stdout, reason = "the table is what the demo is for")]

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use storefleet_tests::arguments;
use storefleet_tests::demo::reference::{self, Reference};
use storefleet_tests::demo::table::{self, ByStore};
use storefleet_tests::demo::{receipts, sell};
use storefleet_tests::processes::{Centre, Products};

/// Sells real receipts through real agents and a real controller, with faults on the way.
#[derive(Parser)]
struct Arguments {
    /// Receipts in CSV, plain or gz.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/data/receipts.csv"))]
    receipts: PathBuf,
    /// Only the first N stores of the file.
    #[arg(long, value_name = "N")]
    shops: Option<usize>,
    /// End after the table; the status is 0 only if all three sums agree.
    #[arg(long)]
    exit: bool,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match demo(Arguments::parse_from(arguments::given())).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn demo(arguments: Arguments) -> anyhow::Result<bool> {
    let path = &arguments.receipts;
    let jobs = receipts::plan(receipts::open(path)?, arguments.shops)
        .with_context(|| path.display().to_string())?;
    let reference = reference::read(receipts::open(path)?, arguments.shops)?;
    eprintln!("building the programs");
    let products = Products::build(true)?;
    let folder = tempfile::tempdir()?;
    let mut centre = Centre::start(&products, folder.path()).await?;
    eprintln!("console: {}", centre.server.text("console.link")?);

    let calls: usize = jobs
        .iter()
        .flat_map(|job| &job.calls)
        .filter(|call| call.is_receipt)
        .count();
    let bar = bar("enrolling", jobs.len());
    let shops = sell::open(&centre, folder.path(), &jobs, &bar).await?;
    let bar = next(&bar, "selling", calls);
    let faults = sell::sell(&shops, &mut centre, &jobs, &bar).await?;
    let bar = next(&bar, "sending", jobs.len());
    sell::drain(&shops, &bar).await?;
    let bar = next(&bar, "restarting", jobs.len());
    sell::restart_all(&shops, &bar).await?;
    let bar = next(&bar, "reading journals", jobs.len());
    let shop = read_shops(&shops, &jobs, &bar).await?;
    bar.finish_and_clear();
    centre.server.stop()?;
    let proved = centre.server.command(&["verify", "--json"])?;
    let held = table::centre(&proved, &jobs)?;
    centre.server.start()?;
    centre.server.ready().await?;

    report(&arguments, &shop, &held, &reference, &json!(faults))?;
    let agree = table::agree(&shop, &held, &reference);
    if !arguments.exit {
        eprintln!(
            "the shops stay open: {} (Ctrl-C ends)",
            centre.server.text("console.link")?
        );
        storefleet_daemon::signal::stop_requested().await?;
    }
    Ok(agree)
}

async fn read_shops(
    shops: &sell::Shops,
    jobs: &[receipts::Job],
    bar: &ProgressBar,
) -> anyhow::Result<ByStore> {
    let mut out = ByStore::new();
    for job in jobs {
        let export = shops
            .agent(&job.workplace)
            .lock()
            .await
            .command(&["journal", "export"])?;
        table::add_journal(out.entry(job.store.clone()).or_default(), &export)?;
        bar.inc(1);
    }
    Ok(out)
}

fn report(
    arguments: &Arguments,
    shop: &ByStore,
    centre: &ByStore,
    reference: &Reference,
    faults: &Value,
) -> anyhow::Result<()> {
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string(&table::to_json(shop, centre, reference, faults))?
        );
    } else {
        print!("{}", table::to_text(shop, centre, reference));
        println!("faults on the way: {faults}");
    }
    Ok(())
}

fn bar(what: &str, length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg:<18}{bar:40} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    if !std::io::stderr().is_terminal() {
        eprintln!("{what} ({length})");
    }
    bar
}

fn next(before: &ProgressBar, what: &str, length: usize) -> ProgressBar {
    before.finish_and_clear();
    bar(what, length)
}

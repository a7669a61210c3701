//! `cargo bench-all`: every figure, one JSON line each.
#![allow(clippy::print_stdout, reason = "the lines are what it is for")]

use std::process::ExitCode;

use clap::Parser;
use storefleet_tests::arguments;
use storefleet_tests::bench::{
    Metric, agent, catalog, dataset, import, ingest, journal, link, pricing, release,
};
use storefleet_tests::fleet::part::Part;

/// Measures and compares with the limits.
#[derive(Parser)]
struct Arguments {
    /// Kept for scripts: the lines are always JSON.
    #[arg(long)]
    json: bool,
    /// Only metrics whose name begins with this.
    #[arg(long, default_value = "")]
    only: String,
    #[command(subcommand)]
    part: Option<Measured>,
}

/// What this process is when another one measures it.
#[derive(clap::Subcommand)]
enum Measured {
    #[command(flatten)]
    Line(Part),
    /// Imports a file and says what that took.
    #[command(hide = true)]
    Importer(import::Importer),
}

/// A family of metrics.
type Family = (&'static str, fn() -> anyhow::Result<Vec<Metric>>);

/// Every family, by name.
const FAMILIES: &[Family] = &[
    ("agent", agent::measure),
    ("catalog", catalog::measure),
    ("dataset", dataset::measure),
    ("import", import::measure),
    ("ingest", ingest::measure),
    ("journal", journal::measure),
    ("link", link::measure),
    ("pricing", pricing::measure),
    ("release", release::measure),
];

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(arguments::given());
    if let Some(part) = arguments.part {
        return be(part);
    }
    let mut holds = true;
    let wanted = FAMILIES
        .iter()
        .filter(|(name, _)| name.starts_with(&arguments.only));
    for (name, measure) in wanted {
        match measure() {
            Ok(metrics) => {
                for metric in metrics {
                    holds &= metric.holds;
                    println!("{}", metric.to_json());
                }
            }
            Err(error) => {
                eprintln!("{name}: {error:#}");
                return ExitCode::from(2);
            }
        }
    }
    if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn be(part: Measured) -> ExitCode {
    let ended = match part {
        Measured::Line(part) => run(part),
        Measured::Importer(importer) => importer.run(),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measured part: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(part: Part) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime?.block_on(part.run())
}

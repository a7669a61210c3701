//! `cargo fleet -- --shops N --seconds S --json`: what a whole network asks of the centre.
#![allow(clippy::print_stdout, reason = "the lines are what it is for")]

use std::process::ExitCode;

use clap::Parser;
use storefleet_tests::arguments;
use storefleet_tests::bench::Metric;
use storefleet_tests::fleet::part::Part;
use storefleet_tests::fleet::{self, Plan, push};

/// Measures connection storms, throughput and acknowledgements, and proves what the centre holds.
#[derive(Parser)]
struct Arguments {
    /// Shops.
    #[arg(long, default_value_t = 3_000)]
    shops: u32,
    /// Length of each window of the lines that stay up; 0 leaves them out.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Rounds of storms; 0 leaves them out.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Size of the shops' journal segments in bytes, a multiple of 512.
    #[arg(long, default_value_t = fleet::SEGMENT_BYTES)]
    segment_bytes: u32,
    /// Measures instead how soon a changed price is on sale in every shop, proved to the centre.
    #[arg(long)]
    push: bool,
    /// Kept for scripts: the lines are always JSON.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse_from(arguments::given());
    if let Some(part) = arguments.part {
        return match part.run().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        };
    }
    if arguments.push {
        return match push::run(arguments.shops, tell).await {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => failed(&error),
        };
    }
    let plan = Plan {
        shops: arguments.shops,
        seconds: arguments.seconds,
        rounds: arguments.rounds,
        segment_bytes: arguments.segment_bytes,
    };
    match fleet::run(plan, tell).await {
        Ok(report) => {
            println!("{}", report.to_json(plan));
            if report.holds() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => failed(&error),
    }
}

fn tell(metric: &Metric) {
    println!("{}", metric.to_json());
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("fleet: {error:#}");
    ExitCode::from(2)
}

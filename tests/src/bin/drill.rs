//! `cargo drill -- NAME`: brings real processes into trouble and says what held.
#![allow(
    clippy::print_stdout,
    reason = "the last line is what the drill is for"
)]

use std::process::ExitCode;

use clap::Parser;
use storefleet_tests::arguments;
use storefleet_tests::drill::{DRILLS, Seeds, bad_release, run, same_price};

/// Brings real processes into trouble on purpose.
#[derive(Parser)]
struct Arguments {
    /// Which drill; without a name the drills are listed.
    name: Option<String>,
    /// Kept for scripts: the last line is always JSON.
    #[arg(long)]
    json: bool,
    /// The first seed, of drills that have seeds.
    #[arg(long, default_value_t = bad_release::FROM)]
    from: u64,
    /// How many seeds.
    #[arg(long, default_value_t = bad_release::SEEDS)]
    seeds: u64,
    /// How many carts all shops price together, of drills that price carts.
    #[arg(long, default_value_t = same_price::CARTS)]
    carts: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse_from(arguments::given());
    let seeds = Seeds {
        from: arguments.from,
        count: arguments.seeds,
    };
    let Some(name) = arguments.name else {
        DRILLS
            .iter()
            .for_each(|drill| println!("{:<12} {}", drill.name, drill.about));
        return ExitCode::SUCCESS;
    };
    match run(&name, seeds, arguments.carts).await {
        Ok(figures) => {
            println!("{figures}");
            if figures.get("holds") == Some(&true.into()) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("drill {name}: {error:#}");
            ExitCode::from(2)
        }
    }
}

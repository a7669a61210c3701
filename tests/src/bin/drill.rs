//! `cargo drill -- NAME`: brings real processes into trouble and says what held.
#![allow(
    clippy::print_stdout,
    reason = "the last line is what the drill is for"
)]

use std::process::ExitCode;

use clap::Parser;
use storefleet_tests::arguments;
use storefleet_tests::drill::{DRILLS, run};

/// Brings real processes into trouble on purpose.
#[derive(Parser)]
struct Arguments {
    /// Which drill; without a name the drills are listed.
    name: Option<String>,
    /// Kept for scripts: the last line is always JSON.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(name) = Arguments::parse_from(arguments::given()).name else {
        DRILLS
            .iter()
            .for_each(|drill| println!("{:<10} {}", drill.name, drill.about));
        return ExitCode::SUCCESS;
    };
    match run(&name).await {
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

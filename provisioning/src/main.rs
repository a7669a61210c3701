//! `storefleet-provision`: keeps the offline root and orders claims, revocations and retirements.
#![allow(
    clippy::print_stdout,
    reason = "what the program was asked for is its standard output"
)]

mod cli;

use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use ring::rand::SystemRandom;
use storefleet_core::time::Timestamp;

use cli::{Command, Failure};

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("storefleet-provision: {failure}");
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let (now, rng) = (clock()?, SystemRandom::new());
    match command {
        Command::Ca(command) => cli::root::ca(command, now, &rng),
        Command::Keys(command) => cli::root::keys(command, now, &rng),
        Command::Claim(order) => cli::centre::claim(order),
        Command::Revoke(order) => cli::centre::revoke(order),
        Command::Retire(order) => cli::centre::retire(order),
        Command::Workplaces(place) => cli::centre::workplaces(&place),
    }
}

fn clock() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let ms = since
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    ms.map(Timestamp)
        .ok_or_else(|| Failure::Arguments("the clock stands before 1970; set it".to_owned()))
}

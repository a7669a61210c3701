//! `storefleet-agent`: arguments to actions, errors to exit codes.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use storefleet_agent::doctor::{self, Unfit};
use storefleet_agent::run::AnotherInstance;
use storefleet_agent::settings::{self, Settings};
use storefleet_agent::store_loop::LoopError;
use storefleet_agent::{enrol, inspect, run};
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_daemon::{Clock, logging};
use storefleet_settings::{Loaded, SettingsError};
use storefleet_wire::enrol::ClaimCode;

/// The agent of one workplace.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A settings file; may be given several times, later ones win.
    #[arg(long, value_name = "FILE", global = true)]
    settings: Vec<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sells: serves the till and the line to the centre.
    Run,
    /// Reads all settings and leaves.
    Check,
    /// Makes this machine a workplace with the claim code from the office.
    Enrol {
        /// The centre, as host:port.
        #[arg(long)]
        server: String,
        /// The workplace, such as s00421-1.
        #[arg(long)]
        workplace: WorkplaceId,
        /// The claim code.
        #[arg(long)]
        code: ClaimCode,
    },
    /// Looks whether this machine is fit to sell; works beside a running agent.
    Doctor {
        /// One JSON object instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Looks into the journal; works beside a running agent.
    Journal {
        #[command(subcommand)]
        command: JournalCommand,
    },
    /// Shows settings.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Subcommand)]
enum JournalCommand {
    /// Checks every byte of every epoch.
    Verify,
    /// Prints a line per entry.
    Show,
    /// Prints a JSON line per entry.
    Export,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Prints every setting with its value and where it comes from.
    Show,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match act(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is where an operator looks; when it is closed nobody does.
            drop(writeln!(std::io::stderr(), "storefleet-agent: {error:#}"));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn act(arguments: Arguments) -> anyhow::Result<()> {
    let loaded = settings::load(&arguments.settings);
    let mut out = std::io::stdout().lock();
    if let Command::Doctor { json } = arguments.command {
        return runtime()?.block_on(doctor::run(loaded, json, &mut out));
    }
    let loaded = loaded?;
    let settings = &loaded.settings;
    match arguments.command {
        Command::Run => start(&loaded),
        // Answered above: it tells of settings that cannot be read, too.
        Command::Doctor { .. } => Ok(()),
        Command::Check => Ok(writeln!(out, "settings are valid")?),
        Command::Enrol {
            server,
            workplace,
            code,
        } => {
            let now = Timestamp(Clock::start().wall_ms());
            runtime()?.block_on(enrol::enrol(
                &settings.data,
                &server,
                workplace.clone(),
                &code,
                now,
            ))?;
            Ok(writeln!(out, "enrolled as {workplace}")?)
        }
        Command::Journal { command } => match command {
            JournalCommand::Verify => inspect::verify_all(settings.journal_folder(), &mut out),
            JournalCommand::Show => inspect::show(settings.journal_folder(), &mut out),
            JournalCommand::Export => {
                let mut out = std::io::BufWriter::new(out);
                inspect::export(settings.journal_folder(), &mut out)?;
                Ok(out.flush()?)
            }
        },
        Command::Config {
            command: ConfigCommand::Show,
        } => show_settings(&loaded, &mut out),
    }
}

fn start(loaded: &Loaded<Settings>) -> anyhow::Result<()> {
    let settings = &loaded.settings;
    logging::start(&settings.log.filter, settings.log.json)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "agent starts");
    for row in &loaded.rows {
        tracing::info!(key = row.key, value = row.value, source = %row.source, "setting");
    }
    runtime()?.block_on(run::run(settings))
}

fn show_settings(loaded: &Loaded<Settings>, out: &mut impl Write) -> anyhow::Result<()> {
    for row in &loaded.rows {
        writeln!(out, "{} = {}  ({})", row.key, row.value, row.source)?;
    }
    Ok(())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // Disk work has its own thread, so one thread serves till and line.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")
}

/// 0 clean, 1 anything else, 2 settings refused, 3 storage unavailable, 4 another instance.
fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<SettingsError>() {
        2
    } else if error.is::<LoopError>() || error.downcast_ref().is_some_and(Unfit::is_storage) {
        3
    } else if error.is::<AnotherInstance>() {
        4
    } else {
        1
    }
}

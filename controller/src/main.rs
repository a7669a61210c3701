//! `storefleet-controller`: arguments to actions, errors to exit codes.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use storefleet_controller::central_log::CentralError;
use storefleet_controller::load::Orders;
use storefleet_controller::office::{Office, OfficeError};
use storefleet_controller::pricing::{self, Chain, Form};
use storefleet_controller::release_orders::Order;
use storefleet_controller::run::AnotherInstance;
use storefleet_controller::settings::{self, Settings};
use storefleet_controller::{backup, load, release_orders, run, tails, verify};
use storefleet_core::time::Timestamp;
use storefleet_daemon::{Clock, logging};
use storefleet_messages::Language;
use storefleet_provision::centre::CentreKeys;
use storefleet_settings::{Loaded, SettingsError};

/// The centre of a network of shops.
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
    /// Admits the shops, keeps what they say, and shows it.
    Run,
    /// Proves the whole history again from the signed batches; the centre must not run.
    Verify {
        /// One JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Copies the logs into a new folder; the centre may run.
    Backup {
        /// The new folder.
        to: PathBuf,
    },
    /// Puts a backup in place with a new incarnation; the centre must not run.
    Restore {
        /// The backup's folder.
        from: PathBuf,
    },
    /// Prices carts with the tables of a folder and prints one JSON line for each; no server is needed.
    Price {
        /// The folder: stores, dealers, catalogue, prices, corridors, taxes, promotions.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The carts, one JSON object a line.
        #[arg(long, value_name = "FILE")]
        carts: PathBuf,
        /// Sentences for people instead of JSON, in this language: ru or en.
        #[arg(long, value_name = "LANGUAGE", value_parser = ["ru", "en"])]
        explain: Option<String>,
    },
    /// Sends master data to the running centre and releases what changed to every shop at once.
    Load {
        /// Files (CSV, XLSX, CommerceML), or folders of stores, dealers, catalogue, prices, corridors, taxes,
        /// promotions.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Why, for the office's log.
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// Shows what would change and what waits for a person; changes nothing.
        #[arg(long)]
        preview: bool,
        /// Takes what is missing in a file out of its table.
        #[arg(long)]
        whole: bool,
        /// Takes what is held for a person: you looked at it.
        #[arg(long)]
        accept: bool,
        /// Changes the tables only: a release is made by `release new`.
        #[arg(long, conflicts_with = "second")]
        keep: bool,
        /// A second person, who looked at it too: needed for many shops, and for what the preview of the release
        /// holds.
        #[arg(long, value_name = "NAME")]
        second: Option<String>,
    },
    /// Makes, approves, starts, watches and stops releases.
    Release {
        #[command(subcommand)]
        order: Order,
    },
    /// Decides on what machines sent after they were replaced.
    Tails {
        #[command(subcommand)]
        order: tails::orders::Order,
    },
    /// Prints a one-time link that opens the console of the running centre for a person.
    ConsoleLink {
        /// Who: the name stands in the office's log beside everything this person does.
        #[arg(long)]
        name: String,
    },
    /// Shows settings.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
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
            drop(writeln!(
                std::io::stderr(),
                "storefleet-controller: {error:#}"
            ));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn act(arguments: Arguments) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if let Command::Price {
        data,
        carts,
        explain,
    } = &arguments.command
    {
        return price(data, carts, explain.as_deref(), out);
    }
    let loaded = settings::load(&arguments.settings)?;
    let settings = &loaded.settings;
    match arguments.command {
        // Answered above: it reads no settings.
        Command::Price { .. } => Ok(()),
        Command::Run => start(&loaded),
        Command::Verify { json } => prove(settings, json, &mut out),
        Command::Backup { to } => {
            let bytes = backup::backup(&settings.data, &to)?;
            Ok(writeln!(out, "{bytes} bytes copied to {}", to.display())?)
        }
        Command::Restore { from } => {
            let now = Clock::start().wall_ms();
            let life = backup::restore(&from, &settings.data, now)?;
            Ok(writeln!(
                out,
                "restored; the shops send again what is missing (life {life})"
            )?)
        }
        Command::Load {
            paths,
            why,
            preview,
            whole,
            accept,
            keep,
            second,
        } => {
            let orders = Orders {
                keep,
                second: second.as_deref(),
                why: &why,
                whole,
                preview,
                accept,
            };
            for line in load::load(&settings.data, &paths, orders)? {
                writeln!(out, "{line}")?;
            }
            Ok(())
        }
        Command::Release { order } => {
            for line in release_orders::carry_out(&settings.data, order)? {
                writeln!(out, "{line}")?;
            }
            Ok(())
        }
        Command::Tails { order } => {
            for line in tails::orders::carry_out(&settings.data, order)? {
                writeln!(out, "{line}")?;
            }
            Ok(())
        }
        Command::ConsoleLink { name } => {
            let link = load::console_link(&settings.data, &name)?;
            Ok(writeln!(out, "{link}")?)
        }
        Command::Config {
            command: ConfigCommand::Show,
        } => {
            for row in &loaded.rows {
                writeln!(out, "{} = {}  ({})", row.key, row.value, row.source)?;
            }
            Ok(())
        }
    }
}

fn start(loaded: &Loaded<Settings>) -> anyhow::Result<()> {
    let settings = &loaded.settings;
    logging::start(&settings.log.filter, settings.log.json)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "controller starts");
    for row in &loaded.rows {
        tracing::info!(key = row.key, value = row.value, source = %row.source, "setting");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime
        .context("start the runtime")?
        .block_on(run::run(settings))
}

fn prove(settings: &Settings, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let _lock = run::lock(&settings.data)?;
    let now = Timestamp(Clock::start().wall_ms());
    let keys = CentreKeys::read(&settings.keys, now)?;
    let office = Office::open(&settings.file("office"), keys, now)?;
    let report = verify::verify(&settings.file("log"), office.registry())?;
    if json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    writeln!(
        out,
        "{} batches of {} workplaces proved, {} shift digests confirmed, {} batches held apart",
        report.records,
        report.workplaces.len(),
        report.digests_confirmed,
        report.held
    )?;
    Ok(())
}

fn price(data: &Path, carts: &Path, explain: Option<&str>, out: impl Write) -> anyhow::Result<()> {
    let chain = Chain::read(data)?;
    for warning in &chain.warnings {
        writeln!(std::io::stderr(), "storefleet-controller: {warning}")?;
    }
    let form = explain.map_or(Form::Json, |tag| Form::Sentences(Language::of(tag)));
    let mut out = BufWriter::new(out);
    pricing::price_file(&chain, carts, form, &mut out)?;
    Ok(out.flush()?)
}

/// 0 clean, 1 anything else, 2 settings refused, 3 storage unavailable, 4 another instance.
fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<SettingsError>() {
        2
    } else if error.is::<CentralError>() || error.is::<OfficeError>() {
        3
    } else if error.is::<AnotherInstance>() {
        4
    } else {
        1
    }
}

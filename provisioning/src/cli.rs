//! The commands, their arguments, and how they end.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use storefleet_core::ids::WorkplaceId;
use storefleet_provision::ca::CaError;
use storefleet_wire::keys::Role;

pub(crate) mod centre;
pub(crate) mod root;

/// Keeps the offline root and orders claims, revocations and retirements.
#[derive(Debug, Parser)]
#[command(name = "storefleet-provision", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the offline root or a further issuing authority.
    #[command(subcommand)]
    Ca(CaCommand),
    /// Show or replace the keys in the key list.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Order a claim code for a workplace from the running centre.
    Claim(ClaimOrder),
    /// Close the gate to a workplace's machine.
    Revoke(WithdrawOrder),
    /// Take a workplace's machine out for good.
    Retire(WithdrawOrder),
    /// List the workplaces of the running centre.
    Workplaces(CentrePlace),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaCommand {
    /// Make the folder of the offline root, with the first issuing authority and key list.
    Init(RootFolder),
    /// Make a new issuing authority and publish it in a new key list.
    Issuing(RootFolder),
}

#[derive(Debug, Args)]
pub(crate) struct RootFolder {
    /// The folder of the offline root, on a medium that is not connected otherwise.
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// Name of the network, as it stands in the certificates.
    #[arg(long, default_value = "Storefleet")]
    pub(crate) name: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Show the key list in force.
    List(RootFolder),
    /// Make new keys and sign the next key list.
    Rotate(RotateOrder),
}

#[derive(Debug, Args)]
pub(crate) struct RotateOrder {
    #[command(flatten)]
    pub(crate) root: RootFolder,
    /// A role that gets a new key; may stand several times.
    #[arg(long = "role", value_enum)]
    pub(crate) roles: Vec<RoleName>,
    /// Let the next list root take over and make its successor.
    #[arg(long)]
    pub(crate) roots: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    Ack,
    Manifest,
    Command,
    Release,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Ack => Self::Ack,
            RoleName::Manifest => Self::Manifest,
            RoleName::Command => Self::Command,
            RoleName::Release => Self::Release,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CentrePlace {
    /// Data folder of the running centre, where its admin socket is.
    #[arg(long)]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ClaimOrder {
    #[command(flatten)]
    pub(crate) centre: CentrePlace,
    /// The workplace, such as s00421-1.
    pub(crate) workplace: WorkplaceId,
    /// IANA name of the store's time zone, such as Asia/Kamchatka.
    #[arg(long)]
    pub(crate) time_zone: String,
    /// The legal entity that sells there.
    #[arg(long)]
    pub(crate) legal_entity: String,
    /// Language of the till page.
    #[arg(long, value_parser = ["ru", "en"], default_value = "ru")]
    pub(crate) language: String,
    /// Nothing sold there is real.
    #[arg(long)]
    pub(crate) training: bool,
    /// Replace the machine enrolled there.
    #[arg(long)]
    pub(crate) replaces: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WithdrawOrder {
    #[command(flatten)]
    pub(crate) centre: CentrePlace,
    /// The workplace, such as s00421-1.
    pub(crate) workplace: WorkplaceId,
    /// Why, for the log.
    #[arg(long)]
    pub(crate) reason: String,
}

/// How a command ends when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What was asked cannot be done.
    #[error("{0}")]
    Arguments(String),
    /// A file or the connection failed.
    #[error("{0}")]
    Storage(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Arguments(_) => 2,
            Self::Storage(_) => 3,
        })
    }
}

impl From<CaError> for Failure {
    fn from(error: CaError) -> Self {
        match error {
            CaError::File(_) | CaError::Damaged { .. } | CaError::Random => {
                Self::Storage(error.to_string())
            }
            CaError::Request | CaError::Date | CaError::Make(_) => {
                Self::Arguments(error.to_string())
            }
        }
    }
}

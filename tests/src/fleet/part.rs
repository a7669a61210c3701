//! The parts of a measuring program that are processes of their own.

use std::path::PathBuf;

use crate::fleet::{acceptor, push};

/// The part that this process is.
#[derive(Debug, clap::Subcommand)]
pub enum Part {
    /// The bare TLS acceptor that storms are compared with.
    #[command(hide = true)]
    Acceptor {
        /// Where its files lie.
        #[arg(long)]
        folder: PathBuf,
        /// Handshakes of one round.
        #[arg(long)]
        expect: u64,
    },
    /// Simulated shops that take datasets.
    #[command(hide = true)]
    Shops(push::crowd::Few),
}

impl Part {
    /// Is that process until its input ends.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Acceptor { folder, expect } => acceptor::run(&folder, expect).await,
            Self::Shops(few) => few.run().await,
        }
    }
}

//! The controller's settings and their built-in values.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use storefleet_settings::{Layers, Loaded, SettingsError};

use crate::gate::Limits;

const DEFAULTS: &str = include_str!("settings.toml");

/// All settings of a controller.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where logs and state lie.
    pub data: PathBuf,
    /// The `online` folder made by `storefleet-provision ca init`.
    pub keys: PathBuf,
    /// The front to the shops.
    pub gate: Gate,
    /// The pages.
    pub console: Console,
    /// Files of partners.
    pub import: Import,
    /// The central log.
    pub log_store: LogStore,
    /// Logs of the program.
    pub log: Log,
}

/// The front to the shops.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Address for MQTT and HTTPS; port 0 picks a free one and writes it to `gate.port`.
    pub listen: SocketAddr,
    /// Names and addresses the shops use, separated by commas; they stand in the certificate.
    pub names: String,
    /// New connections a second of one address, before any TLS.
    pub connections_per_ip_per_s: NonZeroU32,
    /// New connections at once of one address before that rate holds.
    pub connections_per_ip_burst: NonZeroU32,
}

impl Gate {
    /// The limits of the gate: those that depend on the network as set, the others built in.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            connections_per_ip_per_s: self.connections_per_ip_per_s.get().into(),
            connections_per_ip_burst: self.connections_per_ip_burst.get().into(),
            ..Limits::default()
        }
    }
}

/// The pages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Port on loopback; 0 picks a free one and writes it to `console.port`.
    pub port: u16,
}

/// Files of partners.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// A folder that is watched: a file laid there is taken if nothing of it is held, else it waits on `/import`;
    /// empty for none.
    pub folder: PathBuf,
}

/// The central log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogStore {
    /// Size of new segments in bytes.
    pub segment_bytes: u32,
}

/// Logs of the program.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A level, or a list of `target=level`.
    pub filter: String,
    /// JSON lines instead of text.
    pub json: bool,
}

/// Loads defaults, the given files and the environment.
///
/// # Errors
/// A layer that cannot be read, an unknown key, or a value of the wrong kind.
pub fn load(files: &[PathBuf]) -> Result<Loaded<Settings>, SettingsError> {
    files
        .iter()
        .fold(Layers::new(DEFAULTS), |layers, file| layers.file(file))
        .environment()
        .load()
}

impl Settings {
    /// A file or folder below the data folder.
    #[must_use]
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.data.join(name)
    }

    /// Names the shops use.
    #[must_use]
    pub fn gate_names(&self) -> Vec<String> {
        let names = self
            .gate
            .names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_is_what_the_gate_has_without_settings() {
        let settings = load(&[]).unwrap().settings;
        assert_eq!(settings.gate.limits(), Limits::default());
    }
}

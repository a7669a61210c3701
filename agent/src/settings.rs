//! The agent's settings and their built-in values.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use storefleet_settings::{Layers, Loaded, SettingsError};

const DEFAULTS: &str = include_str!("settings.toml");

/// All settings of an agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where identity, journal and state lie.
    pub data: PathBuf,
    /// The till API.
    pub till: Till,
    /// The journal.
    pub journal: Journal,
    /// The line to the centre.
    pub link: Line,
    /// Logs.
    pub log: Log,
}

/// The till API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Till {
    /// Port on loopback; 0 picks a free one and writes it to `till.port`.
    pub port: u16,
}

/// The journal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Size of new segments in bytes.
    pub segment_bytes: u32,
    /// Takes every change of the disk; training workplaces only, empty for none.
    pub trace: PathBuf,
}

/// The line to the centre.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Gates as `host:port`, separated by commas; empty takes those of the enrolment.
    pub brokers: String,
}

/// Logs.
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
    /// The folder of the epochs' logs.
    #[must_use]
    pub fn journal_folder(&self) -> PathBuf {
        self.data.join("journal")
    }

    /// Gates that take the place of those of the enrolment; none, where the setting is empty.
    #[must_use]
    pub fn brokers(&self) -> Vec<String> {
        let names = self
            .link
            .brokers
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// A file in the data folder.
    #[must_use]
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.data.join(name)
    }
}

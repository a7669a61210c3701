//! Layered settings with provenance: defaults, files, environment; an unknown key is refused.
//!
//! The defaults text names every key there is, so a typing error in any layer is found and the
//! nearest known key is named.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat, Value, ValueKind};
use serde::de::DeserializeOwned;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Built in.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable.
    Environment,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built in"),
            Self::File(path) => path.display().fmt(f),
            Self::Environment => f.write_str("environment"),
        }
    }
}

/// Why settings are refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A layer cannot be read or parsed.
    #[error("{layer}: {reason}; mend the file and start again")]
    Layer {
        /// Which layer.
        layer: String,
        /// What is wrong, with the place.
        reason: String,
    },
    /// A key that no setting has.
    #[error("{layer}: unknown key `{key}`{}; remove or correct it", nearest_hint(.nearest.as_deref()))]
    UnknownKey {
        /// Which layer.
        layer: String,
        /// The key as written.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// A value of the wrong kind.
    #[error("{reason}; correct the value and start again")]
    Value {
        /// Key and expectation.
        reason: String,
    },
}

fn nearest_hint(nearest: Option<&str>) -> String {
    nearest
        .map(|key| format!(", did you mean `{key}`?"))
        .unwrap_or_default()
}

/// One effective setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Dotted key.
    pub key: String,
    /// Value as text; secrets show as `set`.
    pub value: String,
    /// The layer that won.
    pub source: Source,
}

/// Settings and where each came from.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The typed settings.
    pub settings: T,
    /// Every key with its value and source, by key.
    pub rows: Vec<Row>,
}

/// Layers from the lowest to the highest.
#[derive(Debug)]
pub struct Layers {
    defaults: &'static str,
    files: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Layers {
    /// Starts with the built-in defaults, a TOML text that names every key.
    #[must_use]
    pub fn new(defaults: &'static str) -> Self {
        Self {
            defaults,
            files: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Adds a file; it must exist.
    #[must_use]
    pub fn file(mut self, path: &Path) -> Self {
        self.files.push(path.to_owned());
        self
    }

    /// Adds the process's environment variables `STOREFLEET__SECTION__KEY`.
    #[must_use]
    pub fn environment(self) -> Self {
        self.variables(std::env::vars())
    }

    /// Adds the given variables as the environment layer.
    #[must_use]
    pub fn variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// Reads all layers into `T`.
    ///
    /// # Errors
    /// A layer that cannot be read, an unknown key, or a value of the wrong kind.
    pub fn load<T: DeserializeOwned>(self) -> Result<Loaded<T>, SettingsError> {
        let defaults =
            Config::builder().add_source(File::from_str(self.defaults, FileFormat::Toml));
        let mut values: BTreeMap<String, (Value, Source)> = flat("built-in defaults", defaults)?
            .into_iter()
            .map(|(key, value)| (key, (value, Source::Default)))
            .collect();
        for path in self.files {
            let layer = path.display().to_string();
            let text = std::fs::read_to_string(&path).map_err(|error| SettingsError::Layer {
                layer: layer.clone(),
                reason: error.to_string(),
            })?;
            let source = Config::builder().add_source(File::from_str(&text, FileFormat::Toml));
            overlay(
                &mut values,
                flat(&layer, source)?,
                &layer,
                &Source::File(path),
            )?;
        }
        let variables = Environment::with_prefix("STOREFLEET")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .source(Some(self.environment.into_iter().collect()));
        let layer = "environment";
        let found = flat(layer, Config::builder().add_source(variables))?;
        overlay(&mut values, found, layer, &Source::Environment)?;
        finish(values)
    }
}

fn overlay(
    values: &mut BTreeMap<String, (Value, Source)>,
    found: Vec<(String, Value)>,
    layer: &str,
    source: &Source,
) -> Result<(), SettingsError> {
    for (key, value) in found {
        if !values.contains_key(&key) {
            let nearest = values
                .keys()
                .map(|known| (strsim::damerau_levenshtein(known, &key), known))
                .min()
                .filter(|(distance, _)| *distance <= 4)
                .map(|(_, known)| known.clone());
            return Err(SettingsError::UnknownKey {
                layer: layer.to_owned(),
                key,
                nearest,
            });
        }
        values.insert(key, (value, source.clone()));
    }
    Ok(())
}

fn finish<T: DeserializeOwned>(
    values: BTreeMap<String, (Value, Source)>,
) -> Result<Loaded<T>, SettingsError> {
    let mut builder = Config::builder();
    let mut rows = Vec::with_capacity(values.len());
    for (key, (value, source)) in values {
        let secret = key.contains("password") || key.contains("secret") || key.contains("token");
        let shown = match value.kind.to_string() {
            text if secret && !text.is_empty() => "set".to_owned(),
            text => text,
        };
        rows.push(Row {
            key: key.clone(),
            value: shown,
            source,
        });
        builder = builder.set_override(&key, value).map_err(value_error)?;
    }
    let settings = builder
        .build()
        .and_then(Config::try_deserialize)
        .map_err(value_error)?;
    Ok(Loaded { settings, rows })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err asks for")]
fn value_error(error: config::ConfigError) -> SettingsError {
    SettingsError::Value {
        reason: error.to_string(),
    }
}

fn flat(
    layer: &str,
    source: config::ConfigBuilder<config::builder::DefaultState>,
) -> Result<Vec<(String, Value)>, SettingsError> {
    let read = source
        .build()
        .and_then(|config| config.try_deserialize::<BTreeMap<String, Value>>());
    let table = read.map_err(|error| SettingsError::Layer {
        layer: layer.to_owned(),
        reason: error.to_string(),
    })?;
    let mut out = Vec::new();
    for (key, value) in table {
        walk(&key, value, &mut out);
    }
    Ok(out)
}

fn walk(key: &str, value: Value, out: &mut Vec<(String, Value)>) {
    if let ValueKind::Table(table) = value.kind {
        for (name, value) in table {
            walk(&format!("{key}.{name}"), value, out);
        }
    } else {
        out.push((key.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Link {
        url: String,
        batch_entries_max: u32,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Settings {
        link: Link,
    }

    const DEFAULTS: &str = "[link]\nurl = \"\"\nbatch_entries_max = 500\n";

    fn load(file: &str, variables: &[(&str, &str)]) -> Result<Loaded<Settings>, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.toml");
        std::fs::write(&path, file).unwrap();
        let variables = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Layers::new(DEFAULTS)
            .file(&path)
            .variables(variables)
            .load()
    }

    #[test]
    fn a_higher_layer_wins_and_says_so() {
        let loaded = load(
            "[link]\nurl = \"a\"\n",
            &[("STOREFLEET__LINK__BATCH_ENTRIES_MAX", "7")],
        )
        .unwrap();
        assert_eq!(
            (
                loaded.settings.link.url.as_str(),
                loaded.settings.link.batch_entries_max
            ),
            ("a", 7)
        );
        let sources: Vec<_> = loaded
            .rows
            .iter()
            .map(|row| row.source.to_string())
            .collect();
        assert_eq!(sources[0], "environment");
        assert!(sources[1].ends_with("agent.toml"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        let error = load("[link]\nulr = \"a\"\n", &[]).unwrap_err().to_string();
        assert!(
            error.contains("unknown key `link.ulr`, did you mean `link.url`?"),
            "{error}"
        );
        assert!(error.contains("agent.toml"), "{error}");
    }

    #[test]
    fn a_wrong_kind_of_value_and_broken_toml_are_refused() {
        assert!(load("[link]\nbatch_entries_max = \"many\"\n", &[]).is_err());
        assert!(load("[link\n", &[]).is_err());
        assert!(load("", &[("STOREFLEET__LINK__NOPE", "1")]).is_err());
    }
}

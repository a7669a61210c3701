//! Structured logs on stderr, and a last word from a panic.

use tracing_subscriber::EnvFilter;

/// What is not logged unless the filter names it: the broker opens several spans for every packet.
const QUIET: &str = "rumqttd=warn";

/// Starts logging; `filter` is a level or a list of `target=level`.
///
/// # Errors
/// When the filter cannot be read or logging runs already.
pub fn start(filter: &str, json: bool) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if json {
        builder.json().try_init()
    } else {
        builder.compact().try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("panic");
        tracing::error!(place, message, "a bug stopped the process");
    }));
    Ok(())
}

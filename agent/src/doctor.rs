//! `doctor`: what an installer looks at before leaving the shop, each failing line with a next step.
//!
//! The shell gathers observations and changes nothing that a running agent holds; the verdict over
//! them is a pure function.

use std::io::Write;

use serde_json::json;
use storefleet_messages::{Catalogue, Language};
use storefleet_settings::{Loaded, SettingsError};

use crate::settings::Settings;

mod gates;
mod observe;
mod verdict;

use verdict::{Finding, Grade, judge};

/// Something essential failed; the exit code says of what kind.
#[derive(Debug, thiserror::Error)]
#[error("not fit to sell: {checks}")]
pub struct Unfit {
    checks: String,
    storage: bool,
}

impl Unfit {
    /// Whether the storage failed.
    #[must_use]
    pub fn is_storage(&self) -> bool {
        self.storage
    }
}

/// Looks, prints a line per check or one JSON object, and fails when something essential does.
///
/// # Errors
/// Settings that cannot be read, [`Unfit`], or an output that closes.
pub async fn run(
    loaded: Result<Loaded<Settings>, SettingsError>,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (findings, language, refused) = match loaded {
        Ok(loaded) => {
            let observed = observe::all(&loaded).await;
            (judge(&observed), observed.language(), None)
        }
        Err(error) => {
            let finding = verdict::settings_refused(&error.to_string());
            (vec![finding], Language::default(), Some(error))
        }
    };
    let words = Catalogue::of(language);
    if as_json {
        writeln!(out, "{}", object(&findings, &words))?;
    } else {
        for finding in &findings {
            writeln!(out, "{}", line(finding, &words))?;
        }
    }
    if let Some(error) = refused {
        return Err(error.into());
    }
    let failed = || findings.iter().filter(|it| it.grade == Grade::Fail);
    if failed().next().is_none() {
        return Ok(());
    }
    let names: Vec<_> = failed().map(|finding| finding.check).collect();
    let unfit = Unfit {
        checks: names.join(", "),
        storage: failed().any(Finding::is_storage),
    };
    Err(unfit.into())
}

fn said(finding: &Finding, words: &Catalogue) -> (String, Option<String>) {
    let id = format!("doctor-{}-{}", finding.check, finding.outcome);
    let facts = || finding.facts.iter().map(|(n, v)| (*n, v.as_str().into()));
    let next = (finding.grade != Grade::Ok).then(|| words.with(&format!("{id}-next"), facts()));
    (words.with(&id, facts()), next)
}

fn line(finding: &Finding, words: &Catalogue) -> String {
    let mark = match finding.grade {
        Grade::Ok => "[+]",
        Grade::Warn => "[!]",
        Grade::Fail => "[x]",
    };
    match said(finding, words) {
        (text, Some(next)) => format!("{mark} {text}. {next}"),
        (text, None) => format!("{mark} {text}"),
    }
}

fn object(findings: &[Finding], words: &Catalogue) -> serde_json::Value {
    let checks = findings.iter().map(|finding| {
        let (text, next) = said(finding, words);
        let facts: serde_json::Map<_, _> = finding
            .facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        json!({
            "check": finding.check,
            "outcome": finding.outcome,
            "grade": finding.grade.name(),
            "text": text,
            "next": next,
            "facts": facts,
        })
    });
    json!({
        "ok": findings.iter().all(|finding| finding.grade != Grade::Fail),
        "version": env!("CARGO_PKG_VERSION"),
        "checks": checks.collect::<Vec<_>>(),
    })
}

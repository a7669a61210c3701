//! What the observations mean: pure, so that every line can be tested without a machine that is ill.

use std::time::Duration;

use storefleet_core::health::CLOCK_OFFSET_MS_MAX;
use storefleet_core::time::Timestamp;
use storefleet_messages::Language;

/// Below this the next segments may not fit.
const SPACE_NEEDED: u64 = 64 * 1024 * 1024;
/// Below this somebody should make room within weeks.
const SPACE_WANTED: u64 = 1024 * 1024 * 1024;
/// A receipt waits for one sync; above this people notice.
const SYNC_WANTED: Duration = Duration::from_millis(50);

/// What was seen of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Observed {
    /// How many settings there are.
    pub(super) settings: usize,
    /// Who runs this, and whose the data folder is.
    pub(super) user: String,
    pub(super) owner: Option<String>,
    pub(super) now: Timestamp,
    pub(super) identity: Identified,
    pub(super) folder: String,
    pub(super) disk: Disk,
    /// Epoch and durable entries of the newest log; nothing before the first start.
    pub(super) journal: Result<Option<(u32, u64)>, String>,
    /// The process that holds the lock of the data folder.
    pub(super) writer: Option<String>,
    pub(super) state: StateFile,
    pub(super) gates: Vec<Gate>,
    /// The time of the centre, and this machine's when it came.
    pub(super) centre_time: Option<(Timestamp, Timestamp)>,
    pub(super) port: u16,
    pub(super) till: TillPort,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identified {
    No,
    Damaged(String),
    Yes {
        workplace: String,
        language: Language,
        not_before: Timestamp,
        not_after: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Disk {
    Missing,
    Refused(String),
    Good { free: u64, sync: Duration },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StateFile {
    None,
    Held,
    Readable,
    Unreadable(String),
}

/// How far the way to a gate goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gate {
    pub(super) name: String,
    pub(super) reached: Reached,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached {
    NoName(String),
    NoConnection(String),
    NoTls(String),
    NotAccepted(String),
    Accepted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TillPort {
    Any,
    Free,
    Ours,
    Taken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    Ok,
    Warn,
    /// Essential: the machine is not fit to sell.
    Fail,
}

impl Grade {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One line: its texts are `doctor-<check>-<outcome>` and, where not all is well, the same with `-next`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) outcome: &'static str,
    pub(super) grade: Grade,
    pub(super) facts: Vec<(&'static str, String)>,
}

impl Finding {
    pub(super) fn is_storage(&self) -> bool {
        ["data", "space", "journal"].contains(&self.check)
    }
}

impl Observed {
    /// Of the store card; before enrolment the product's own.
    pub(super) fn language(&self) -> Language {
        match &self.identity {
            Identified::Yes { language, .. } => *language,
            Identified::No | Identified::Damaged(_) => Language::default(),
        }
    }
}

fn finding<const N: usize>(
    check: &'static str,
    (outcome, grade): (&'static str, Grade),
    facts: [(&'static str, String); N],
) -> Finding {
    Finding {
        check,
        outcome,
        grade,
        facts: facts.into(),
    }
}

/// Settings that cannot be read: nothing else can be looked at.
pub(super) fn settings_refused(error: &str) -> Finding {
    let facts = [("error", error.to_owned())];
    finding("settings", ("refused", Grade::Fail), facts)
}

/// A line per check, in the order an installer mends them.
pub(super) fn judge(seen: &Observed) -> Vec<Finding> {
    let settings = [("count", seen.settings.to_string())];
    let mut lines = vec![finding("settings", ("ok", Grade::Ok), settings), user(seen)];
    lines.extend(disk(seen));
    lines.push(identity(seen));
    lines.extend(certificate(seen));
    lines.push(clock(seen));
    lines.push(journal(seen));
    lines.push(writer(seen));
    lines.push(state(seen));
    lines.extend(gates(seen));
    lines.push(till(seen));
    lines
}

fn user(seen: &Observed) -> Finding {
    let user = || ("user", seen.user.clone());
    match &seen.owner {
        Some(owner) if *owner != seen.user => {
            let facts = [user(), ("owner", owner.clone())];
            finding("user", ("other", Grade::Warn), facts)
        }
        Some(_) | None => finding("user", ("ok", Grade::Ok), [user()]),
    }
}

fn disk(seen: &Observed) -> Vec<Finding> {
    let folder = || ("folder", seen.folder.clone());
    let (free, sync) = match &seen.disk {
        Disk::Missing => return vec![finding("data", ("missing", Grade::Fail), [folder()])],
        Disk::Refused(error) => {
            let facts = [folder(), ("error", error.clone())];
            return vec![finding("data", ("refused", Grade::Fail), facts)];
        }
        Disk::Good { free, sync } => (*free, *sync),
    };
    let space = if free < SPACE_NEEDED {
        ("none", Grade::Fail)
    } else if free < SPACE_WANTED {
        ("little", Grade::Warn)
    } else {
        ("ok", Grade::Ok)
    };
    let speed = if sync > SYNC_WANTED {
        ("slow", Grade::Warn)
    } else {
        ("ok", Grade::Ok)
    };
    let mib = [("mib", (free / (1024 * 1024)).to_string())];
    let ms = [("ms", format!("{:.1}", sync.as_secs_f64() * 1_000.0))];
    vec![
        finding("data", ("ok", Grade::Ok), [folder()]),
        finding("space", space, mib),
        finding("sync", speed, ms),
    ]
}

fn identity(seen: &Observed) -> Finding {
    match &seen.identity {
        Identified::No => finding("identity", ("none", Grade::Fail), []),
        Identified::Damaged(error) => {
            let facts = [("error", error.clone())];
            finding("identity", ("damaged", Grade::Fail), facts)
        }
        Identified::Yes { workplace, .. } => {
            let facts = [("workplace", workplace.clone())];
            finding("identity", ("ok", Grade::Ok), facts)
        }
    }
}

fn certificate(seen: &Observed) -> Option<Finding> {
    let Identified::Yes {
        not_before,
        not_after,
        ..
    } = &seen.identity
    else {
        return None;
    };
    let renewal = not_before.plus_ms(not_after.since_ms(*not_before) / 3 * 2);
    let outcome = if seen.now >= *not_after {
        ("ended", Grade::Fail)
    } else if seen.now >= renewal {
        ("due", Grade::Warn)
    } else {
        ("ok", Grade::Ok)
    };
    Some(finding(
        "certificate",
        outcome,
        [("until", day(*not_after))],
    ))
}

fn clock(seen: &Observed) -> Finding {
    let now = || ("now", minute(seen.now));
    if let Some((centre, here)) = seen.centre_time {
        let off = here.since_ms(centre);
        let facts = [now(), ("seconds", (off / 1_000).to_string())];
        let outcome = if off.abs() > CLOCK_OFFSET_MS_MAX {
            ("off", Grade::Fail)
        } else {
            ("ok", Grade::Ok)
        };
        return finding("clock", outcome, facts);
    }
    match &seen.identity {
        Identified::Yes { not_before, .. } if seen.now < *not_before => {
            let facts = [now(), ("since", minute(*not_before))];
            finding("clock", ("early", Grade::Fail), facts)
        }
        Identified::Yes { .. } | Identified::No | Identified::Damaged(_) => {
            finding("clock", ("alone", Grade::Ok), [now()])
        }
    }
}

fn journal(seen: &Observed) -> Finding {
    match &seen.journal {
        Ok(Some((epoch, entries))) => {
            let facts = [
                ("epoch", epoch.to_string()),
                ("entries", entries.to_string()),
            ];
            finding("journal", ("ok", Grade::Ok), facts)
        }
        Ok(None) => finding("journal", ("none", Grade::Ok), []),
        Err(error) => {
            let facts = [("error", error.clone())];
            finding("journal", ("damaged", Grade::Fail), facts)
        }
    }
}

fn writer(seen: &Observed) -> Finding {
    match &seen.writer {
        Some(who) => finding("writer", ("held", Grade::Ok), [("who", who.clone())]),
        None => finding("writer", ("nobody", Grade::Ok), []),
    }
}

fn state(seen: &Observed) -> Finding {
    match &seen.state {
        StateFile::None => finding("state", ("none", Grade::Ok), []),
        StateFile::Held => finding("state", ("held", Grade::Ok), []),
        StateFile::Readable => finding("state", ("ok", Grade::Ok), []),
        StateFile::Unreadable(error) => {
            let facts = [("error", error.clone())];
            finding("state", ("unreadable", Grade::Warn), facts)
        }
    }
}

/// One gate that accepts this machine is enough; the others are told and weigh less then.
fn gates(seen: &Observed) -> Vec<Finding> {
    if seen.gates.is_empty() {
        // Before enrolment nobody has named one.
        let named = matches!(seen.identity, Identified::Yes { .. });
        let none = || finding("gate", ("none", Grade::Fail), []);
        return named.then(none).into_iter().collect();
    }
    let accepted = |gate: &Gate| gate.reached == Reached::Accepted;
    let bad = if seen.gates.iter().any(accepted) {
        Grade::Warn
    } else {
        Grade::Fail
    };
    let told = |gate: &Gate| {
        let name = ("gate", gate.name.clone());
        let (outcome, error) = match &gate.reached {
            Reached::Accepted => return finding("gate", ("ok", Grade::Ok), [name]),
            Reached::NoName(error) => ("no-name", error),
            Reached::NoConnection(error) => ("no-connection", error),
            Reached::NoTls(error) => ("no-tls", error),
            Reached::NotAccepted(error) => ("not-accepted", error),
        };
        finding("gate", (outcome, bad), [name, ("error", error.clone())])
    };
    seen.gates.iter().map(told).collect()
}

fn till(seen: &Observed) -> Finding {
    let outcome = match seen.till {
        TillPort::Any => ("any", Grade::Ok),
        TillPort::Free => ("free", Grade::Ok),
        TillPort::Ours => ("ours", Grade::Ok),
        TillPort::Taken => ("taken", Grade::Fail),
    };
    finding("till", outcome, [("port", seen.port.to_string())])
}

fn day(at: Timestamp) -> String {
    shown(at, "%Y-%m-%d")
}

fn minute(at: Timestamp) -> String {
    shown(at, "%Y-%m-%d %H:%M UTC")
}

fn shown(at: Timestamp, form: &str) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.0.to_string(), |at| at.strftime(form).to_string())
}

#[cfg(test)]
mod tests;

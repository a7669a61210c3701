//! Every outcome from the smallest change of a machine that is well.

use super::*;
use crate::doctor::{line, object};
use storefleet_messages::Catalogue;

const DAY_MS: i64 = 86_400_000;

fn well() -> Observed {
    Observed {
        settings: 8,
        user: "storefleet".to_owned(),
        owner: Some("storefleet".to_owned()),
        now: Timestamp(10 * DAY_MS),
        identity: Identified::Yes {
            workplace: "s00421-1".to_owned(),
            language: Language::English,
            not_before: Timestamp(0),
            not_after: Timestamp(90 * DAY_MS),
        },
        folder: "/var/lib/storefleet".to_owned(),
        disk: Disk::Good {
            free: SPACE_WANTED,
            sync: SYNC_WANTED,
        },
        journal: Ok(Some((17, 70_001))),
        writer: Some("storefleet-agent (412)".to_owned()),
        state: StateFile::Held,
        gates: vec![gate(Reached::Accepted)],
        centre_time: Some((Timestamp(0), Timestamp(CLOCK_OFFSET_MS_MAX))),
        port: 8080,
        till: TillPort::Ours,
    }
}

fn gate(reached: Reached) -> Gate {
    Gate {
        name: "hq.example:8883".to_owned(),
        reached,
    }
}

type Change = fn(&mut Observed);

/// What changes, and the line that must then be there.
const TABLE: &[(Change, &str, &str, Grade)] = &[
    (|_| {}, "settings", "ok", Grade::Ok),
    (|_| {}, "user", "ok", Grade::Ok),
    (|it| it.owner = None, "user", "ok", Grade::Ok),
    (
        |it| it.user = "root".to_owned(),
        "user",
        "other",
        Grade::Warn,
    ),
    (|_| {}, "data", "ok", Grade::Ok),
    (|it| it.disk = Disk::Missing, "data", "missing", Grade::Fail),
    (
        |it| it.disk = Disk::Refused(error()),
        "data",
        "refused",
        Grade::Fail,
    ),
    (|_| {}, "space", "ok", Grade::Ok),
    (
        |it| free(it, SPACE_WANTED - 1),
        "space",
        "little",
        Grade::Warn,
    ),
    (
        |it| free(it, SPACE_NEEDED - 1),
        "space",
        "none",
        Grade::Fail,
    ),
    (|_| {}, "sync", "ok", Grade::Ok),
    (|it| it.disk = slow(), "sync", "slow", Grade::Warn),
    (|_| {}, "identity", "ok", Grade::Ok),
    (
        |it| it.identity = Identified::No,
        "identity",
        "none",
        Grade::Fail,
    ),
    (
        |it| it.identity = Identified::Damaged(error()),
        "identity",
        "damaged",
        Grade::Fail,
    ),
    (|_| {}, "certificate", "ok", Grade::Ok),
    (
        |it| it.now = Timestamp(60 * DAY_MS),
        "certificate",
        "due",
        Grade::Warn,
    ),
    (
        |it| it.now = Timestamp(90 * DAY_MS),
        "certificate",
        "ended",
        Grade::Fail,
    ),
    (|_| {}, "clock", "ok", Grade::Ok),
    (
        |it| it.centre_time = Some((Timestamp(0), Timestamp(60_001))),
        "clock",
        "off",
        Grade::Fail,
    ),
    (
        |it| it.centre_time = Some((Timestamp(60_001), Timestamp(0))),
        "clock",
        "off",
        Grade::Fail,
    ),
    (|it| it.centre_time = None, "clock", "alone", Grade::Ok),
    (early, "clock", "early", Grade::Fail),
    (|_| {}, "journal", "ok", Grade::Ok),
    (|it| it.journal = Ok(None), "journal", "none", Grade::Ok),
    (
        |it| it.journal = Err(error()),
        "journal",
        "damaged",
        Grade::Fail,
    ),
    (|_| {}, "writer", "held", Grade::Ok),
    (|it| it.writer = None, "writer", "nobody", Grade::Ok),
    (|_| {}, "state", "held", Grade::Ok),
    (
        |it| it.state = StateFile::Readable,
        "state",
        "ok",
        Grade::Ok,
    ),
    (|it| it.state = StateFile::None, "state", "none", Grade::Ok),
    (
        |it| it.state = StateFile::Unreadable(error()),
        "state",
        "unreadable",
        Grade::Warn,
    ),
    (|_| {}, "gate", "ok", Grade::Ok),
    (|it| it.gates.clear(), "gate", "none", Grade::Fail),
    (
        |it| it.gates = vec![gate(Reached::NoName(error()))],
        "gate",
        "no-name",
        Grade::Fail,
    ),
    (
        |it| it.gates = vec![gate(Reached::NoConnection(error()))],
        "gate",
        "no-connection",
        Grade::Fail,
    ),
    (
        |it| it.gates = vec![gate(Reached::NoTls(error()))],
        "gate",
        "no-tls",
        Grade::Fail,
    ),
    (
        |it| it.gates = vec![gate(Reached::NotAccepted(error()))],
        "gate",
        "not-accepted",
        Grade::Fail,
    ),
    (
        |it| it.gates.push(gate(Reached::NoName(error()))),
        "gate",
        "no-name",
        Grade::Warn,
    ),
    (|_| {}, "till", "ours", Grade::Ok),
    (|it| it.till = TillPort::Any, "till", "any", Grade::Ok),
    (|it| it.till = TillPort::Free, "till", "free", Grade::Ok),
    (|it| it.till = TillPort::Taken, "till", "taken", Grade::Fail),
];

fn error() -> String {
    "the reason".to_owned()
}

fn free(it: &mut Observed, free: u64) {
    let sync = SYNC_WANTED;
    it.disk = Disk::Good { free, sync };
}

fn slow() -> Disk {
    Disk::Good {
        free: SPACE_WANTED,
        sync: SYNC_WANTED + Duration::from_millis(1),
    }
}

fn early(it: &mut Observed) {
    it.now = Timestamp(-1);
    it.centre_time = None;
}

#[test]
fn every_observation_has_its_line_and_every_line_its_texts() {
    for (change, check, outcome, grade) in TABLE {
        let mut seen = well();
        change(&mut seen);
        let lines = judge(&seen);
        let found = lines
            .iter()
            .find(|it| (it.check, it.outcome, it.grade) == (*check, *outcome, *grade))
            .unwrap_or_else(|| panic!("{check} {outcome}: {lines:?}"));
        for language in [Language::Russian, Language::English] {
            let line = line(found, &Catalogue::of(language));
            assert!(!line.contains("doctor-"), "{line}");
            // A variable without a value would be printed by its name.
            assert!(!line.contains('$') && !line.contains('{'), "{line}");
        }
    }
    let refused = settings_refused("line 3: unknown key");
    let told = line(&refused, &Catalogue::of(Language::Russian));
    assert!(
        told.starts_with("[x]") && told.contains("line 3: unknown key"),
        "{told}"
    );
}

#[test]
fn a_machine_that_is_well_is_fit_and_a_new_one_is_asked_nothing_it_cannot_have() {
    let words = Catalogue::of(Language::English);
    assert!(judge(&well()).iter().all(|it| it.grade == Grade::Ok));
    assert_eq!(object(&judge(&well()), &words)["ok"], true);
    let mut new = well();
    new.identity = Identified::No;
    new.gates.clear();
    new.centre_time = None;
    new.journal = Ok(None);
    let lines = judge(&new);
    let failed: Vec<_> = lines.iter().filter(|it| it.grade == Grade::Fail).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed.first().map(|it| it.check), Some("identity"));
    assert!(
        lines
            .iter()
            .all(|it| it.check != "gate" && it.check != "certificate")
    );
    assert_eq!(object(&lines, &words)["ok"], false);
}

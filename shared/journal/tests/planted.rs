//! The planted bugs do what they say; a process of its own, for the switch is the process's.

use storefleet_journal::planted::{self, Bug};
use storefleet_journal::{Format, Link, Log, Options, SimFolder, Span};

#[derive(Clone)]
struct Opaque;

impl Format for Opaque {
    fn span(&self, _: &[u8]) -> Option<Span> {
        None
    }

    fn link(&self, _: &[u8]) -> Option<Link> {
        None
    }
}

const OPTIONS: Options = Options {
    segment_bytes: 4096,
    record_bytes_max: 1024,
};

/// Commits records of 600 bytes one by one and says how many; 0 when something refuses.
fn commit(folder: &SimFolder, records: u64) -> u64 {
    let Ok((mut log, _)) = Log::open(folder.clone(), Opaque, OPTIONS) else {
        return 0;
    };
    let appended = (0..records).all(|_| log.stage(&[7; 600]).is_ok() && log.commit().is_ok());
    if appended { log.durable() } else { 0 }
}

/// How many records are there; 0 when the log does not even open.
fn found(folder: &SimFolder) -> u64 {
    Log::open(folder.clone(), Opaque, OPTIONS).map_or(0, |(_, opened)| opened.last_ordinal)
}

/// How many of three committed records are found after a loss of power, at worst.
fn left_after_power_loss(bug: Bug) -> u64 {
    planted::set(bug);
    let folder = SimFolder::new();
    assert_eq!(commit(&folder, 3), 3);
    let left = (0..20).map(|seed| found(&folder.crash(seed)));
    left.min().unwrap_or(0)
}

/// How many records are there when a byte of the only one has changed.
fn left_after_tear(bug: Bug) -> u64 {
    planted::set(bug);
    let folder = SimFolder::new();
    assert_eq!(commit(&folder, 1), 1);
    let flipped = folder.flip("00000000000000000001.seg", 300, 1);
    assert!(flipped.is_ok());
    found(&folder)
}

#[test]
fn each_planted_bug_shows() {
    assert_eq!(left_after_power_loss(Bug::None), 3);
    assert!(left_after_power_loss(Bug::SyncSkipped) < 3);
    assert_eq!(left_after_tear(Bug::None), 0);
    assert_eq!(left_after_tear(Bug::TornTailKept), 1);
    assert_eq!(planted::set(Bug::None), planted::MARKER);
}

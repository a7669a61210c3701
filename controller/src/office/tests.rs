//! The office begins behind its fold as it would with its whole log.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use storefleet_provision::offline::OfflineRoot;
use storefleet_provision::registry::CardFields;
use storefleet_wire::enrol::Language;
use tempfile::TempDir;

use super::*;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        OfflineRoot::create(&root, "test", Timestamp(1_000), &SystemRandom::new()).unwrap();
        fs::create_dir(folder.path().join("office")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self) -> Office {
        let now = Timestamp(2_000);
        let keys = CentreKeys::read(&self.path("root/online"), now).unwrap();
        Office::open(&self.path("office"), keys, now).unwrap()
    }

    /// What the whole log says.
    fn whole(&self) -> Registry {
        let kept = fs::read(self.path("office.redb")).unwrap();
        fs::remove_file(self.path("office.redb")).unwrap();
        let registry = self.open().registry().clone();
        fs::write(self.path("office.redb"), kept).unwrap();
        registry
    }
}

fn claim(office: &mut Office, workplace: &str) {
    let order = ClaimOrder {
        workplace: workplace.parse().unwrap(),
        card: CardFields {
            time_zone: "Europe/Moscow".to_owned(),
            legal_entity: "Demo".to_owned(),
            language: Language::Ru,
        },
        training: false,
        replaces: false,
    };
    office.claim(order, "cli:test", Timestamp(2_000)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        fs::copy(item.path(), to.join(item.file_name())).unwrap();
    }
}

#[test]
fn the_fold_behind_every_entry_is_what_the_whole_log_says() {
    let place = Place::new();
    for number in 1..=5 {
        let mut office = place.open();
        claim(&mut office, &format!("s{number}-1"));
        claim(&mut office, "s1-1");
        let running = office.registry().clone();
        drop(office);
        assert_eq!(place.whole(), running);
        assert_eq!(*place.open().registry(), running);
    }
}

#[test]
fn a_fold_that_lags_behind_reads_on_and_one_of_another_log_does_not_count() {
    let place = Place::new();
    claim(&mut place.open(), "s1-1");
    let early = fs::read(place.path("office.redb")).unwrap();
    copy(&place.path("office"), &place.path("early"));
    claim(&mut place.open(), "s2-1");
    let late = fs::read(place.path("office.redb")).unwrap();

    fs::write(place.path("office.redb"), &early).unwrap();
    assert_eq!(place.open().registry().workplaces().count(), 2);

    fs::remove_dir_all(place.path("office")).unwrap();
    copy(&place.path("early"), &place.path("office"));
    fs::write(place.path("office.redb"), &late).unwrap();
    let names: Vec<_> = place.open().registry().workplaces().cloned().collect();
    assert_eq!(names, ["s1-1".parse().unwrap()]);

    fs::write(place.path("office.redb"), b"no database").unwrap();
    assert_eq!(place.open().registry().workplaces().count(), 1);
}

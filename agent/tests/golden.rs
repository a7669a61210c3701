//! Golden bytes of what an agent keeps beside its journal: identity, checkpoint, cursor, disk trace.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use storefleet_agent::disk_trace::{self, Change};
use storefleet_agent::identity::{Enrolment, IdentityFolder};
use storefleet_agent::journal::rebuild::Checkpoint;
use storefleet_agent::state_db::Cursor;
use storefleet_core::brought_forward::{History, Part, StockRow};
use storefleet_core::epoch::Mark;
use storefleet_core::ids::{Epoch, Hash, Seq};
use storefleet_core::money::Quantity;
use storefleet_core::stock::Sku;
use storefleet_golden::Golden;
use storefleet_wire::enrol::{EpochBlock, Language, StoreCard};
use storefleet_wire::envelope::SigningKey;

#[test]
fn bytes_once_written_are_read_for_ever() {
    let mut golden = Golden::of(include_str!("golden/lines.txt"));
    golden.item("enrolment", &enrolment(true));
    golden.item("enrolment.least", &enrolment(false));
    let checkpoint = Checkpoint {
        fold_version: 1,
        head: mark(),
        parts: parts(),
    };
    golden.item("checkpoint", &checkpoint);
    let cursor = Cursor {
        acked: mark(),
        incarnation: 1_732_561_200,
        failures: 3,
    };
    golden.item("cursor", &cursor);
    keys(&mut golden);
    trace(&mut golden);
    golden.finish();
}

fn mark() -> Mark {
    Mark {
        epoch: Epoch(17),
        seq: Seq(70_001),
        hash: Hash([0xab; 32]),
    }
}

fn parts() -> Vec<Part> {
    let stock = StockRow {
        sku: Sku {
            item: "cable".to_owned(),
            owner: Some("agent-7".to_owned()),
        },
        quantity: Quantity(7_000),
    };
    vec![Part::Stock(vec![stock])]
}

fn enrolment(whole: bool) -> Enrolment {
    let workplace: storefleet_core::ids::WorkplaceId = "s00421-1".parse().unwrap();
    let block = EpochBlock {
        first: Epoch(17),
        count: 16,
    };
    Enrolment {
        workplace: workplace.clone(),
        certificate: vec![0x30, 1].into(),
        issuing: vec![0x30, 2].into(),
        root: vec![0x30, 3].into(),
        epochs: vec![block],
        brokers: vec!["hq.example:8883".to_owned()],
        card: StoreCard {
            workplace,
            time_zone: "Asia/Kamchatka".to_owned(),
            legal_entity: "ООО «Ромашка»".to_owned(),
            language: Language::Ru,
            training: true,
        },
        history: whole.then(|| History {
            parent: mark(),
            parts: parts(),
        }),
    }
}

/// The two key files: PKCS#8 for TLS, the bare seed for the journal.
fn keys(golden: &mut Golden<'_>) {
    let public = SigningKey::from_seed(&[7; 32]).unwrap().public();
    let fresh = tempfile::tempdir().unwrap();
    let (made, _) = IdentityFolder::new(fresh.path()).keys().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let identity = folder.path().join("identity");
    std::fs::create_dir(&identity).unwrap();
    golden.bytes("file.journal.key", &[7; 32], |bytes| {
        std::fs::write(identity.join("journal.key"), bytes).unwrap();
        let (_, journal) = IdentityFolder::new(folder.path()).keys().unwrap();
        journal.public() == public
    });
    golden.read("file.tls.key", &made, |bytes| {
        std::fs::write(identity.join("tls.key"), bytes).unwrap();
        let (tls, _) = IdentityFolder::new(folder.path()).keys().unwrap();
        let workplace = "s00421-1".parse().unwrap();
        tls == bytes && storefleet_agent::enrol::signing_request(&tls, &workplace).is_ok()
    });
}

/// A name for each change: a new one does not compile until it has one, and a sample below.
fn name(change: &Change) -> &'static str {
    match change {
        Change::Begin => "begin",
        Change::Open(..) => "open",
        Change::Create(..) => "create",
        Change::Write(..) => "write",
        Change::SetLen(..) => "set-len",
        Change::Sync(..) => "sync",
        Change::Rename(..) => "rename",
        Change::Remove(..) => "remove",
        Change::SyncFolder(..) => "sync-folder",
    }
}

fn trace(golden: &mut Golden<'_>) {
    let text = str::to_owned;
    let changes = [
        Change::Begin,
        Change::Open(text("journal/1"), text("a.seg"), 2),
        Change::Create(text("journal/1"), text("next.tmp"), 300),
        Change::Write(300, 128, vec![1, 2].into()),
        Change::SetLen(300, 16_777_216),
        Change::Sync(300),
        Change::Rename(text("journal/1"), text("next.tmp"), text("b.seg")),
        Change::Remove(text("journal/1"), text("a.seg")),
        Change::SyncFolder(text("journal/1")),
    ];
    for change in &changes {
        golden.item(&format!("trace.{}", name(change)), change);
    }
    // The file: every change behind its length.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace");
    drop(disk_trace::DiskTrace::open(&path).unwrap());
    let written = std::fs::read(&path).unwrap();
    golden.bytes("file.trace", &written, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        disk_trace::read(&path).unwrap() == [(written.len() as u64, Change::Begin)]
    });
}

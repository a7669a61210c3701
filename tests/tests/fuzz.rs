//! Whatever comes, no decoder panics, takes memory out of proportion, or reads what it would not
//! write. Bytes that once did harm stay in the corpus under a name of their own.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use storefleet_tests::fuzz::{Read, TARGETS, Target};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is counted for the whole process, so one target runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Times the cases that proptest runs on its own: one case takes microseconds.
const CASES_TIMES: u32 = 8;
/// What a target may take whatever it is given: its world, and one body unpacked.
const PEAK_BYTES_MAX: usize = 24 << 20;
/// What it may take for each byte it is given.
const PEAK_PER_BYTE_MAX: usize = 64;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn folder(target: &Target) -> PathBuf {
    root().join(target.name)
}

fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder(target))
        .unwrap()
        .map(|item| item.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Runs a target and weighs what it took.
fn run(target: &Target, bytes: &[u8]) -> Read {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let read = (target.run)(bytes);
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let allowed = PEAK_BYTES_MAX + bytes.len() * PEAK_PER_BYTE_MAX;
    assert!(taken <= allowed, "{taken} bytes for {} bytes", bytes.len());
    read
}

/// One change of a file.
#[derive(Debug, Clone)]
enum Change {
    Flip(usize, u8),
    Cut(usize),
    Drop(usize, usize),
    Insert(usize, Vec<u8>),
    /// A piece of another file takes the place of the rest or stands before it.
    Splice(usize, usize, usize, bool),
    /// A run of the file stands twice.
    Double(usize, usize),
    /// The head of an item with a length of four bytes, as long as it can be.
    Huge(usize, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>;
    prop_oneof![
        4 => (at(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), 1_usize..40).prop_map(|(at, count)| Change::Drop(at, count)),
        2 => (at(), proptest::collection::vec(any::<u8>(), 1..12))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (at(), at(), at(), any::<bool>())
            .prop_map(|(at, of, from, whole)| Change::Splice(at, of, from, whole)),
        1 => (at(), 1_usize..60).prop_map(|(at, count)| Change::Double(at, count)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Huge(at, byte)),
    ]
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>, files: &[(String, Vec<u8>)]) {
        let place = |at: usize, len: usize| at % len.max(1);
        let len = bytes.len();
        match self {
            Self::Flip(at, mask) if len > 0 => bytes[place(*at, len)] ^= mask,
            Self::Cut(at) => bytes.truncate(place(*at, len)),
            Self::Drop(at, count) => {
                let from = place(*at, len + 1);
                drop(bytes.drain(from..(from + count).min(len)));
            }
            Self::Insert(at, more) => {
                let at = place(*at, len + 1);
                drop(bytes.splice(at..at, more.iter().copied()));
            }
            Self::Splice(at, of, from, whole) => {
                let other = &files[place(*of, files.len())].1;
                let piece = other[place(*from, other.len() + 1)..].to_vec();
                let at = place(*at, len + 1);
                let end = if *whole { len } else { at };
                drop(bytes.splice(at..end, piece));
            }
            Self::Double(at, count) => {
                let from = place(*at, len + 1);
                let run = bytes[from..(from + count).min(len)].to_vec();
                drop(bytes.splice(from..from, run));
            }
            Self::Huge(at, byte) if len > 0 => {
                let at = place(*at, len);
                let end = (at + 5).min(len);
                let head = [(byte & 0xe0) | 0x1a, 0xff, 0xff, 0xff, 0xff];
                drop(bytes.splice(at..end, head));
            }
            Self::Flip(..) | Self::Huge(..) => {}
        }
    }
}

/// The corpus, then mutations of every file of it, then any bytes.
fn survives(name: &str) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let files = corpus(target);
    for (file, bytes) in &files {
        let read = run(target, bytes);
        let fine = !file.starts_with("ok-") || read == Read::Whole;
        assert!(fine, "{file}: {read:?}");
    }
    let default = Config::default();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        cases: default.cases.saturating_mul(CASES_TIMES),
        ..default
    });
    let changes = proptest::collection::vec(change(), 1..5);
    let survived = runner.run(&changes, |changes| {
        for (_, bytes) in &files {
            let mut bytes = bytes.clone();
            changes.iter().for_each(|it| it.make(&mut bytes, &files));
            run(target, &bytes);
        }
        Ok(())
    });
    survived.unwrap();
    let any_bytes = proptest::collection::vec(any::<u8>(), 0..300);
    let survived = runner.run(&any_bytes, |bytes| {
        run(target, &bytes);
        Ok(())
    });
    survived.unwrap();
}

macro_rules! survivors {
    ($($test:ident = $name:literal,)+) => {
        $(#[test]
        fn $test() {
            survives($name);
        })+

        const TESTED: &[&str] = &[$($name,)+];
    };
}

survivors! {
    cbor_items = "cbor",
    entries = "entry",
    facts = "fact",
    checkpoints = "checkpoint",
    segments = "segment",
    shop_logs = "shop-log",
    central_records = "central-record",
    central_logs = "central-log",
    envelopes = "envelope",
    batches = "batch",
    hellos = "hello",
    telemetry = "telemetry",
    acks = "ack",
    questions_for_what_is_missing = "missing",
    batches_given_back = "held-batches",
    key_lists = "key-list",
    trust_stores = "trust-store",
    store_cards = "store-card",
    topics = "topic",
    mqtt_packets = "mqtt-packet",
    enrol_requests = "enrol-request",
    enrol_answers = "enrol-answer",
    renew_requests = "renew-request",
    claim_codes = "claim-code",
    signing_requests = "signing-request",
    certificates = "certificate",
    identity_facts = "identity-fact",
    office_entries = "office-entry",
    rows_of_a_checkpoint = "checkpoint-row",
    rows_of_the_office = "office-row",
    rows_of_key_lists = "key-list-row",
    till_calls = "till-call",
    receipts = "receipts-csv",
    agent_settings = "agent-settings",
    centre_settings = "centre-settings",
    admin_orders = "admin-order",
    manifests = "manifest",
    consignments = "consignment",
    packed_segments = "packed-segment",
    records_of_layers = "layer-record",
    segment_questions = "segment-question",
    repair_messages = "repair",
    master_facts = "master-fact",
    rollout_facts = "rollout-fact",
    partner_files = "partner-file",
}

/// A sample without a file is written, and the test fails until it is checked in.
#[test]
fn each_decoder_has_its_corpus_and_its_test() {
    let mut missing = Vec::new();
    for target in TARGETS {
        fs::create_dir_all(folder(target)).unwrap();
        for (name, bytes) in (target.samples)() {
            let path = folder(target).join(format!("ok-{name}"));
            if !path.is_file() {
                fs::write(&path, bytes).unwrap();
                missing.push(path);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "was not there, look and keep: {missing:?}"
    );
    let named = TARGETS.iter().map(|target| target.name.to_owned());
    let named: BTreeSet<String> = named.collect();
    let items = fs::read_dir(root()).unwrap();
    let folders = items.map(|item| item.unwrap().file_name().into_string().unwrap());
    assert_eq!(named, folders.collect());
    assert_eq!(
        named,
        TESTED.iter().map(|name| (*name).to_owned()).collect()
    );
}

//! The shop's log against a bare write and fdatasync of a zero-filled file, in turn in one run.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use storefleet_agent::journal::{EntryFormat, options};
use storefleet_core::entry::{self, ClockState, Header};
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};
use storefleet_core::kind::FactKind;
use storefleet_core::time::{BusinessDate, OffsetMinutes, StoreTime, Timestamp};
use storefleet_journal::{DiskFolder, Log, Options};

use crate::bench::{Metric, median, percentile};

const ROUNDS: usize = 5;
const APPENDS: usize = 2_000;
const SEGMENT_BYTES: u32 = 16 * 1024 * 1024;
const ENTRY_BYTES: usize = 600;
const WEAR_ENTRIES: u64 = 10_000;
const MANY: u64 = 1_000_000;
/// Entries of one sync while a log is filled, where no time is taken.
const FILL_GROUP: u64 = 1_000;

/// Measures everything of the journal.
pub fn measure() -> anyhow::Result<Vec<Metric>> {
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let mut metrics = append(folder.path())?;
    metrics.push(wear(folder.path())?);
    metrics.push(open(folder.path())?);
    Ok(metrics)
}

/// A chain of entries of about [`ENTRY_BYTES`].
struct Chain {
    workplace: WorkplaceId,
    seq: Seq,
    prev: Hash,
}

impl Chain {
    fn start() -> anyhow::Result<Self> {
        Ok(Self {
            workplace: "s00421-1".parse()?,
            seq: Seq(0),
            prev: Hash::default(),
        })
    }

    fn next(&mut self) -> anyhow::Result<Vec<u8>> {
        self.seq = self.seq.next();
        let header = Header {
            version: 1,
            flags: 0,
            workplace: self.workplace.clone(),
            epoch: Epoch(1),
            seq: self.seq,
            prev: self.prev,
            kind: FactKind(9_999),
            wall: StoreTime {
                at: Timestamp(1_764_000_000_000),
                offset: OffsetMinutes(180),
            },
            clock: ClockState::Trusted,
            monotonic_ms: 1,
            boot: 1,
            business_date: BusinessDate(20_000),
            till: 1,
            shift: None,
            register: None,
            legal_entity: None,
            employee: None,
            request: None,
            cause: None,
            datasets: None,
        };
        // The rest of the entry is one byte string: its content does not matter here.
        let room = ENTRY_BYTES.saturating_sub(storefleet_core::cbor::encode(&header).len() + 3);
        let mut body = vec![0x59];
        body.extend_from_slice(&u16::try_from(room)?.to_be_bytes());
        body.extend((0..room).map(|at| at.to_le_bytes()[0] | 1));
        let bytes = entry::write(
            &header,
            &Fact::Unknown {
                kind: header.kind,
                body,
            },
        )?;
        self.prev = entry::hash(&bytes);
        Ok(bytes)
    }
}

fn begin(path: &Path) -> anyhow::Result<Log<DiskFolder, EntryFormat>> {
    fs::create_dir_all(path)?;
    let options: Options = options(SEGMENT_BYTES);
    Ok(Log::open(DiskFolder::new(path), EntryFormat, options)?.0)
}

fn append(folder: &Path) -> anyhow::Result<Vec<Metric>> {
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut log = begin(&folder.join(format!("append-{round}")))?;
        let bare = zeroed(&folder.join(format!("bare-{round}")))?;
        let mut chain = Chain::start()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut offset = 4_096;
        for _ in 0..APPENDS {
            let entry = chain.next()?;
            let started = Instant::now();
            log.stage(&entry)?;
            log.commit()?;
            ours.push(started.elapsed().as_secs_f64());
            let frame = vec![1; (entry.len() + 16).next_multiple_of(8)];
            let started = Instant::now();
            bare.write_all_at(&frame, offset)?;
            bare.sync_data()?;
            theirs.push(started.elapsed().as_secs_f64());
            offset += frame.len() as u64;
        }
        p50.push(median(&mut ours) / median(&mut theirs));
        p99.push(percentile(&mut ours, 99) / percentile(&mut theirs, 99));
    }
    Ok(vec![
        Metric::at_most("journal.append_ratio", median(&mut p50), "x", 1.3),
        Metric::at_most("journal.append_p99_ratio", median(&mut p99), "x", 2.0),
    ])
}

/// A file zero-filled as a segment is.
fn zeroed(path: &Path) -> anyhow::Result<File> {
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)?;
    let block = [0; 4_096];
    for at in (0..u64::from(SEGMENT_BYTES)).step_by(block.len()) {
        file.write_all_at(&block, at)?;
    }
    file.sync_all()?;
    Ok(file)
}

fn wear(folder: &Path) -> anyhow::Result<Metric> {
    let mut log = begin(&folder.join("wear"))?;
    let mut chain = Chain::start()?;
    let before = written()?;
    for _ in 0..WEAR_ENTRIES {
        log.stage(&chain.next()?)?;
        log.commit()?;
    }
    let bytes = (written()? - before) as f64 / WEAR_ENTRIES as f64;
    Ok(Metric::at_most(
        "journal.bytes_written",
        bytes,
        "bytes/entry",
        6_000.0,
    ))
}

fn written() -> anyhow::Result<u64> {
    let io = fs::read_to_string("/proc/self/io")?;
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line
        .context("the system does not count written bytes")?
        .parse()?)
}

fn open(folder: &Path) -> anyhow::Result<Metric> {
    let path = folder.join("many");
    {
        let mut log = begin(&path)?;
        let mut chain = Chain::start()?;
        for number in 1..=MANY {
            log.stage(&chain.next()?)?;
            if number % FILL_GROUP == 0 {
                log.commit()?;
            }
        }
        log.commit()?;
    }
    let mut times = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        let log = begin(&path)?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(log.durable() == MANY, "the log lost entries");
    }
    Ok(Metric::at_most(
        "journal.open_ms",
        median(&mut times),
        "ms",
        50.0,
    ))
}

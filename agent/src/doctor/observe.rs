//! Looks at this machine. It writes one file of its own and opens nothing that a running agent holds.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use storefleet_core::time::Timestamp;
use storefleet_daemon::Clock;
use storefleet_journal::Reader;
use storefleet_messages::Language;
use storefleet_settings::Loaded;

use super::gates;
use super::verdict::{Disk, Identified, Observed, StateFile, TillPort};
use crate::identity::{Identity, IdentityFolder};
use crate::journal::{DiskRooms, EntryFormat, Rooms};
use crate::settings::Settings;

/// The file that is written to see whether and how fast the disk takes it.
const PROBE: &str = "doctor.tmp";
const PROBES: usize = 5;

/// Everything there is to see.
pub(super) async fn all(loaded: &Loaded<Settings>) -> Observed {
    let settings = &loaded.settings;
    let (identified, identity) = identity(settings);
    let writer = writer(&settings.file("lock"));
    let mut seen = Observed {
        settings: loaded.rows.len(),
        user: user_name(rustix::process::getuid().as_raw()),
        owner: fs::metadata(&settings.data)
            .ok()
            .map(|folder| user_name(folder.uid())),
        now: Timestamp(Clock::start().wall_ms()),
        identity: identified,
        folder: settings.data.display().to_string(),
        disk: disk(&settings.data),
        journal: journal(settings),
        state: state(&settings.file("state.redb"), writer.is_some()),
        gates: Vec::new(),
        centre_time: None,
        port: settings.till.port,
        till: till(settings, writer.is_some()),
        writer,
    };
    if let Some(identity) = identity {
        let mut names = settings.brokers();
        if names.is_empty() {
            names.clone_from(&identity.enrolment.brokers);
        }
        for name in names {
            let gate = gates::probe(&name, &identity).await;
            if seen.centre_time.is_none() {
                seen.centre_time = gates::time(&name, &identity).await;
            }
            seen.gates.push(gate);
        }
    }
    seen
}

fn identity(settings: &Settings) -> (Identified, Option<Identity>) {
    let folder = IdentityFolder::new(&settings.data);
    if !folder.is_enrolled() {
        return (Identified::No, None);
    }
    let loaded = folder
        .look()
        .and_then(|identity| Ok((identity.validity()?, identity)));
    match loaded {
        Ok(((not_before, not_after), identity)) => {
            let card = &identity.enrolment.card;
            let identified = Identified::Yes {
                workplace: identity.enrolment.workplace.to_string(),
                language: Language::of(card.language.name()),
                not_before,
                not_after,
            };
            (identified, Some(identity))
        }
        Err(error) => (Identified::Damaged(format!("{error:#}")), None),
    }
}

fn disk(folder: &Path) -> Disk {
    if !folder.is_dir() {
        return Disk::Missing;
    }
    let probe = folder.join(PROBE);
    let sync = sync_time(&probe);
    let removed = fs::remove_file(&probe);
    let free = rustix::fs::statvfs(folder).map_err(io::Error::from);
    match sync.and_then(|sync| removed.and(Ok((sync, free?)))) {
        Ok((sync, free)) => Disk::Good {
            free: free.f_bavail.saturating_mul(free.f_frsize),
            sync,
        },
        Err(error) => Disk::Refused(error.to_string()),
    }
}

/// The middle one of some syncs, each of a page as a receipt writes it.
fn sync_time(probe: &Path) -> io::Result<Duration> {
    let mut file = File::create(probe)?;
    let mut times = Vec::with_capacity(PROBES);
    for _ in 0..PROBES {
        file.write_all(&[0; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times.get(PROBES / 2).copied().unwrap_or_default())
}

/// The newest log, opened beside a running agent; every byte is what `journal verify` reads.
fn journal(settings: &Settings) -> Result<Option<(u32, u64)>, String> {
    let rooms = DiskRooms::new(settings.journal_folder());
    let epochs = rooms.epochs().map_err(|error| error.to_string())?;
    let Some(newest) = epochs.last() else {
        return Ok(None);
    };
    let room = rooms.room(*newest).map_err(|error| error.to_string())?;
    let (reader, _) = Reader::open_read_only(room, EntryFormat)
        .map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
    Ok(Some((newest.0, reader.durable())))
}

/// Who holds the lock, from the system's list: to try it would get in the way of an agent that starts.
fn writer(lock: &Path) -> Option<String> {
    let inode = fs::metadata(lock).ok()?.ino().to_string();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let holder = locks.lines().find_map(|line| {
        // `7: FLOCK  ADVISORY  WRITE 412 08:01:131 0 EOF`
        let mut words = line.split_whitespace().skip(1);
        let (kind, pid) = (words.next()?, words.nth(2)?);
        let file = words.next()?.rsplit(':').next()?;
        (kind == "FLOCK" && file == inode).then_some(pid)
    })?;
    let called = fs::read_to_string(format!("/proc/{holder}/cmdline")).unwrap_or_default();
    let program = Path::new(called.split('\0').next()?).file_name();
    let program = program.unwrap_or_default().to_string_lossy();
    Some(format!("{program} ({holder})"))
}

fn state(path: &Path, held: bool) -> StateFile {
    if held {
        return StateFile::Held;
    }
    if !path.exists() {
        return StateFile::None;
    }
    match redb::ReadOnlyDatabase::open(path) {
        Ok(_) => StateFile::Readable,
        Err(error) => StateFile::Unreadable(error.to_string()),
    }
}

fn till(settings: &Settings, running: bool) -> TillPort {
    let port = settings.till.port;
    if port == 0 {
        return TillPort::Any;
    }
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
        return TillPort::Free;
    }
    let told = fs::read_to_string(settings.file("till.port")).unwrap_or_default();
    if running && told.trim() == port.to_string() {
        TillPort::Ours
    } else {
        TillPort::Taken
    }
}

fn user_name(uid: u32) -> String {
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| uid.to_string())
}

//! Opens a log: reads its last segment, cuts what was never confirmed, refuses what is damaged.

use std::io;
use std::sync::Arc;

use storefleet_core::ids::Hash;

use crate::damage::{OpenError, ReadError};
use crate::folder::{Doing, FOLDER, FileError, Folder, SegmentFile};
use crate::format::Format;
use crate::group::Filling;
use crate::header::Header;
use crate::log::{Log, Tail};
use crate::options::Options;
use crate::reader::Reader;
use crate::scan::{self, Ending, Scanned};
use crate::segment::{self, NEXT, SCAN_BYTES};
use crate::shared::Shared;
use crate::window::Window;

const TORN_NEXT: &str = "torn.tmp";

/// What a log was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Ordinal of the last record; 0 when there was never one.
    pub last_ordinal: u64,
    /// The last record; nothing when there is none or when it was pruned.
    pub last: Option<Vec<u8>>,
    /// An unfinished write that was found after the last record.
    pub cut: Option<TornTail>,
}

/// An unfinished write at the end of a log: power went while it was made, nobody was told that it
/// is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Number of the segment.
    pub segment: u64,
    /// Where it began, in bytes from the segment's start.
    pub offset: u32,
    /// How long it was, in bytes.
    pub bytes: u32,
    /// The file in the log's folder that keeps the bytes; nothing when the disk has no room for
    /// it, or when the log was opened only to read.
    pub kept_aside: Option<String>,
}

impl<F: Folder, M: Format> Log<F, M> {
    /// Opens the log in `folder`, or begins one when there is none. Reads only the last segment.
    ///
    /// # Errors
    /// Nothing was changed when the log is damaged or of a newer format.
    pub fn open(folder: F, format: M, options: Options) -> Result<(Self, Opened), OpenError> {
        options.check()?;
        let numbers = segment::numbers(&folder)?;
        segment::check_contiguous(&numbers).map_err(OpenError::Damage)?;
        match numbers.last() {
            Some(tail) => reopen(folder, format, options, &numbers, *tail),
            None => begin(folder, format, options),
        }
    }
}

fn begin<F: Folder, M: Format>(
    folder: F,
    format: M,
    options: Options,
) -> Result<(Log<F, M>, Opened), OpenError> {
    let header = Header {
        segment_bytes: options.segment_bytes,
        record_bytes_max: options.record_bytes_max,
        number: 1,
        first: 1,
        link: Hash::default(),
    };
    let file = segment::fill_next(&folder, options.segment_bytes)?;
    file.sync_data().doing("sync", NEXT)?;
    segment::begin(&folder, &file, &header)?;
    let shared = Arc::new(Shared::new(&[header.number], header.first, 0));
    let tail = Tail {
        file,
        name: segment::file_name(header.number),
    };
    let filling = Filling::empty(header);
    let opened = Opened {
        last_ordinal: 0,
        last: None,
        cut: None,
    };
    let log = Log::resume(folder, format, options, shared, tail, filling);
    Ok((log, opened))
}

fn reopen<F: Folder, M: Format>(
    folder: F,
    format: M,
    options: Options,
    numbers: &[u64],
    number: u64,
) -> Result<(Log<F, M>, Opened), OpenError> {
    let name = segment::file_name(number);
    let file = folder.open_write(&name).doing("open", &name)?;
    let (mut window, header) = segment::with_header(file, name.clone(), number, SCAN_BYTES)?;
    let scanned = scan::scan(&mut window, &header, &format)?;
    for leftover in [NEXT, TORN_NEXT] {
        segment::remove_if_there(&folder, leftover)?;
    }
    let cut = cut(&folder, &mut window, number, &scanned)?;
    let file = window.into_file();
    // What a killed process wrote is whole here but may not be on the disk; the same for names.
    file.sync_data().doing("sync", &name)?;
    folder.sync().doing("sync", FOLDER)?;
    let (shared, opened) = view(&folder, &format, numbers, &header, &scanned, cut)?;
    let filling = Filling::resume(header, scanned);
    let tail = Tail { file, name };
    let log = Log::resume(folder, format, options, shared, tail, filling);
    Ok((log, opened))
}

fn view<F: Folder, M: Format>(
    folder: &F,
    format: &M,
    numbers: &[u64],
    header: &Header,
    scanned: &Scanned,
    cut: Option<TornTail>,
) -> Result<(Arc<Shared>, Opened), OpenError> {
    let last_ordinal = scanned.next.saturating_sub(1);
    let shared = Arc::new(Shared::new(numbers, header.first, last_ordinal));
    shared.extend_tail_index(&scanned.index.entries);
    let last = match &scanned.last {
        Some(record) => Some(record.clone()),
        None => last_before_tail(folder, format, &shared, last_ordinal)?,
    };
    let opened = Opened {
        last_ordinal,
        last,
        cut,
    };
    Ok((shared, opened))
}

/// The tail has no record yet: the last one ends the segment before, unless that was pruned.
fn last_before_tail<F: Folder, M: Format>(
    folder: &F,
    format: &M,
    shared: &Arc<Shared>,
    ordinal: u64,
) -> Result<Option<Vec<u8>>, OpenError> {
    if ordinal == 0 {
        return Ok(None);
    }
    let reader = Reader::new(folder.clone(), format.clone(), Arc::clone(shared));
    match reader.read_from(ordinal).next() {
        Some(Ok(record)) => Ok(Some(record.bytes)),
        None | Some(Err(ReadError::Pruned { .. })) => Ok(None),
        Some(Err(ReadError::Damage(damage))) => Err(OpenError::Damage(damage)),
        Some(Err(ReadError::File(error))) => Err(OpenError::File(error)),
        Some(Err(ReadError::NewerFormat {
            segment,
            found,
            known,
        })) => Err(OpenError::NewerFormat {
            segment,
            found,
            known,
        }),
    }
}

/// Keeps a torn tail aside and writes zeros over it; the caller syncs.
fn cut<F: Folder>(
    folder: &F,
    window: &mut Window<F::File>,
    segment: u64,
    scanned: &Scanned,
) -> Result<Option<TornTail>, FileError> {
    let Some(mut torn) = torn(segment, scanned) else {
        return Ok(None);
    };
    let bytes = window.bytes(torn.offset, torn.bytes)?.to_vec();
    torn.kept_aside = match keep_aside(folder, &torn, &bytes) {
        Ok(name) => Some(name),
        // A full disk must not stop the shop: the zeros need no room.
        Err(error) if error.source.kind() == io::ErrorKind::StorageFull => {
            segment::remove_if_there(folder, TORN_NEXT)?;
            None
        }
        Err(error) => return Err(error),
    };
    window
        .file()
        .write_at(&vec![0; bytes.len()], torn.offset.into())
        .doing("write", window.name())?;
    Ok(Some(torn))
}

pub(crate) fn torn(segment: u64, scanned: &Scanned) -> Option<TornTail> {
    match scanned.ending {
        Ending::Torn { until } => Some(TornTail {
            segment,
            offset: scanned.end,
            bytes: until.saturating_sub(scanned.end),
            kept_aside: None,
        }),
        Ending::Open | Ending::Sealed(_) => None,
    }
}

fn keep_aside<F: Folder>(folder: &F, torn: &TornTail, bytes: &[u8]) -> Result<String, FileError> {
    let file = folder.create_new(TORN_NEXT).doing("create", TORN_NEXT)?;
    file.write_at(bytes, 0).doing("write", TORN_NEXT)?;
    file.sync_data().doing("sync", TORN_NEXT)?;
    let name = free_name(folder, torn)?;
    folder.rename(TORN_NEXT, &name).doing("rename", TORN_NEXT)?;
    folder.sync().doing("sync", FOLDER)?;
    Ok(name)
}

/// The same place may be torn twice; what was kept first stays.
fn free_name<F: Folder>(folder: &F, torn: &TornTail) -> Result<String, FileError> {
    let taken = folder.list().doing("list", FOLDER)?;
    let base = format!("torn-{}-{}", torn.segment, torn.offset);
    let mut name = format!("{base}.bin");
    let mut copy = 2;
    while taken.contains(&name) {
        name = format!("{base}-{copy}.bin");
        copy += 1;
    }
    Ok(name)
}

impl<F: Folder, M: Format> Reader<F, M> {
    /// Opens the log in `folder` to read it while another process may be writing it. Sees the
    /// records that were whole at this moment, and makes sure that they are durable.
    ///
    /// # Errors
    /// As [`Log::open`]; nothing is ever changed.
    pub fn open_read_only(folder: F, format: M) -> Result<(Self, Opened), OpenError> {
        let numbers = segment::numbers(&folder)?;
        segment::check_contiguous(&numbers).map_err(OpenError::Damage)?;
        let Some(number) = numbers.last() else {
            let shared = Arc::new(Shared::new(&[], 1, 0));
            let opened = Opened {
                last_ordinal: 0,
                last: None,
                cut: None,
            };
            return Ok((Self::new(folder, format, shared), opened));
        };
        let (mut window, header) = segment::open(&folder, *number, SCAN_BYTES)?;
        let scanned = scan::scan(&mut window, &header, &format)?;
        // Nothing leaves by this reader that a power cut could still take back.
        window.file().sync_data().doing("sync", window.name())?;
        let cut = torn(*number, &scanned);
        let (shared, opened) = view(&folder, &format, &numbers, &header, &scanned, cut)?;
        Ok((Self::new(folder, format, shared), opened))
    }
}

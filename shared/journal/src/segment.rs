//! Segment files: their names, how they are made ready and how they join the log.

use std::io;

use crate::damage::{Damage, DamageKind, Fault};
use crate::folder::{Doing, FOLDER, FileError, Folder, SegmentFile};
use crate::header::{HEADER_BYTES, Header};
use crate::window::Window;

/// The zero-filled file that becomes the next segment.
pub(crate) const NEXT: &str = "next.tmp";
const SUFFIX: &str = ".seg";
/// One page at a time. Larger writes make the kernel keep the file in larger pieces, and every small
/// commit would then dirty a whole one: 1 MiB counted as written for a record of 600 bytes.
const FILL_BYTES: u32 = 4096;

/// Read at once while a segment is scanned from end to end.
pub(crate) const SCAN_BYTES: usize = 1024 * 1024;

pub(crate) fn file_name(number: u64) -> String {
    format!("{number:020}{SUFFIX}")
}

/// The segment numbers in the folder, ascending.
pub(crate) fn numbers<F: Folder>(folder: &F) -> Result<Vec<u64>, FileError> {
    let names = folder.list().doing("list", FOLDER)?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_suffix(SUFFIX)?.parse().ok()?;
    // Another spelling of the number is not a file of ours.
    (file_name(number) == name).then_some(number)
}

/// Pruning takes the oldest only: a hole is damage.
pub(crate) fn check_contiguous(numbers: &[u64]) -> Result<(), Damage> {
    for (number, next) in numbers.iter().zip(numbers.iter().skip(1)) {
        let due = number.saturating_add(1);
        if *next != due {
            return Err(Damage {
                segment: due,
                offset: 0,
                last_good: 0,
                kind: DamageKind::MissingSegment,
            });
        }
    }
    Ok(())
}

/// Opens a segment to read it, and its header.
pub(crate) fn open<F: Folder>(
    folder: &F,
    number: u64,
    piece_bytes: usize,
) -> Result<(Window<F::File>, Header), Fault> {
    let name = file_name(number);
    let file = folder.open(&name).doing("open", &name)?;
    with_header(file, name, number, piece_bytes)
}

/// A window on an open segment file, and its header.
pub(crate) fn with_header<F: SegmentFile>(
    file: F,
    name: String,
    number: u64,
    piece_bytes: usize,
) -> Result<(Window<F>, Header), Fault> {
    let mut window = Window::new(file, name, piece_bytes)?;
    let length = window.length();
    let header = Header::decode(window.bytes(0, HEADER_BYTES)?, number, length)?;
    Ok((window, header))
}

/// Makes [`NEXT`] anew, `bytes` zeros long; not synced yet.
pub(crate) fn fill_next<F: Folder>(folder: &F, bytes: u32) -> Result<F::File, FileError> {
    remove_if_there(folder, NEXT)?;
    let file = folder.create_new(NEXT).doing("create", NEXT)?;
    let zeros = vec![0; FILL_BYTES.min(bytes) as usize];
    let mut offset = 0;
    while offset < bytes {
        let piece = FILL_BYTES.min(bytes.saturating_sub(offset));
        let zeros = zeros.get(..piece as usize).unwrap_or(&zeros);
        if let Err(error) = file.write_at(zeros, offset.into()) {
            // A full disk gets its space back; should that fail too, the next open removes it.
            folder.remove(NEXT).ok();
            return Err(error).doing("fill", NEXT);
        }
        offset = offset.saturating_add(piece);
    }
    Ok(file)
}

/// Turns the filled and synced [`NEXT`] into the segment that `header` describes.
pub(crate) fn begin<F: Folder>(
    folder: &F,
    file: &F::File,
    header: &Header,
) -> Result<(), FileError> {
    file.write_at(&header.encode(), 0).doing("write", NEXT)?;
    // The name must not be there before the header is: a segment without one is damage.
    file.sync_data().doing("sync", NEXT)?;
    folder
        .rename(NEXT, &file_name(header.number))
        .doing("rename", NEXT)?;
    folder.sync().doing("sync", FOLDER)
}

pub(crate) fn remove_if_there<F: Folder>(folder: &F, name: &str) -> Result<(), FileError> {
    match folder.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).doing("remove", name),
        Ok(()) | Err(_) => Ok(()),
    }
}

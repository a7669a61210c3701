//! Reads a whole log and checks everything in it that can be checked.

use crate::bytes::all_zero;
use crate::damage::{Damage, DamageKind, Fault, OpenError};
use crate::folder::{FileError, Folder, SegmentFile};
use crate::footer::Footer;
use crate::format::Format;
use crate::header::Header;
use crate::open::{self, TornTail};
use crate::scan::{self, Ending, Scanned};
use crate::segment::{self, SCAN_BYTES};
use crate::window::Window;

/// What a good log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Number of segments.
    pub segments: u64,
    /// Number of records.
    pub records: u64,
    /// Ordinal of the oldest record, or of the next when there is none.
    pub first_ordinal: u64,
    /// Ordinal of the last record; 0 when there was never one.
    pub last_ordinal: u64,
    /// Bytes of all segment files.
    pub bytes: u64,
    /// An unfinished write at the end of the last segment, which opening will cut.
    pub torn: Option<TornTail>,
}

/// Checks every frame, the hash chain, the numbering, and each footer against its segment.
/// Changes nothing; works beside a writer, whose commit under way looks like a torn tail.
///
/// # Errors
/// The first damage found, in the order of the log.
pub fn verify<F: Folder, M: Format>(folder: &F, format: &M) -> Result<VerifyReport, OpenError> {
    let numbers = segment::numbers(folder)?;
    segment::check_contiguous(&numbers).map_err(OpenError::Damage)?;
    let mut report = VerifyReport {
        segments: 0,
        records: 0,
        first_ordinal: 1,
        last_ordinal: 0,
        bytes: 0,
        torn: None,
    };
    let mut before: Option<Scanned> = None;
    for number in &numbers {
        let (mut window, header) = segment::open(folder, *number, SCAN_BYTES)?;
        match &before {
            Some(before) => check_joins(before, &header).map_err(OpenError::Damage)?,
            None => report.first_ordinal = header.first,
        }
        let scanned = scan::scan(&mut window, &header, format)?;
        let is_tail = numbers.last() == Some(number);
        check_ending(&mut window, &header, &scanned, is_tail)?;
        report.torn = open::torn(*number, &scanned);
        report.segments += 1;
        report.bytes = report.bytes.saturating_add(window.length());
        report.last_ordinal = scanned.next.saturating_sub(1);
        before = Some(scanned);
    }
    let next = report.last_ordinal.saturating_add(1);
    report.records = next.saturating_sub(report.first_ordinal);
    Ok(report)
}

fn check_joins(before: &Scanned, header: &Header) -> Result<(), Damage> {
    let kind = if header.first != before.next {
        DamageKind::Ordinal
    } else if header.link != before.link {
        DamageKind::Chain
    } else {
        return Ok(());
    };
    Err(Damage {
        segment: header.number,
        offset: 0,
        last_good: before.next.saturating_sub(1),
        kind,
    })
}

/// Only the last segment may be open or torn; a footer must be what its records give.
fn check_ending<F: SegmentFile>(
    window: &mut Window<F>,
    header: &Header,
    scanned: &Scanned,
    is_tail: bool,
) -> Result<(), Fault> {
    let kind = match &scanned.ending {
        Ending::Open | Ending::Torn { .. } if is_tail => return Ok(()),
        Ending::Open => DamageKind::Footer,
        Ending::Torn { .. } => DamageKind::Frame,
        Ending::Sealed(footer) if footer_fits(window, header, footer, scanned)? => return Ok(()),
        Ending::Sealed(_) => DamageKind::Footer,
    };
    Err(Fault::Damage(Damage {
        segment: header.number,
        offset: scanned.end.into(),
        last_good: scanned.next.saturating_sub(1),
        kind,
    }))
}

fn footer_fits<F: SegmentFile>(
    window: &mut Window<F>,
    header: &Header,
    footer: &Footer,
    scanned: &Scanned,
) -> Result<bool, FileError> {
    let due = Footer {
        entries: scanned.index.entries.clone(),
        ..footer.clone()
    }
    .encode();
    let rest = window.bytes(
        scanned.end,
        header.segment_bytes.saturating_sub(scanned.end),
    )?;
    let unwritten = rest.strip_suffix(due.as_slice());
    Ok(footer.durable < scanned.next && unwritten.is_some_and(all_zero))
}

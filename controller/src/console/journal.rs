//! The newest entries of a shop, read back from the centre's log.

use storefleet_core::entry::Entry;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::sync::message::Verdict;
use storefleet_journal::{Folder, Reader};
use storefleet_wire::batch;

use super::snapshot::{Place, Shop};
use crate::central_log::{CentralError, CentralFormat, Stored, records};

/// Entries of the page.
pub(super) const ROWS_MAX: usize = 50;
/// Records that one look goes back; doubled until there are entries enough.
const LOOK_BACK: u64 = 4_096;
/// Records read of one workplace at most: a batch holds one entry or hundreds.
const RECORDS_MAX: u64 = 64;

/// An entry and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) workplace: WorkplaceId,
    pub(super) entry: Entry,
    /// Whether its batch is held until a person decides.
    pub(super) held: bool,
}

/// The newest entries of all workplaces of a shop, newest first.
pub(super) fn newest<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    shop: &Shop,
) -> Result<Vec<Row>, CentralError> {
    let mut rows = Vec::new();
    for place in &shop.workplaces {
        rows.append(&mut of_place(reader, place)?);
    }
    let key = |row: &Row| {
        let header = &row.entry.header;
        (header.wall.at, header.epoch, header.seq)
    };
    rows.sort_by_key(|row| std::cmp::Reverse(key(row)));
    rows.truncate(ROWS_MAX);
    Ok(rows)
}

fn of_place<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    place: &Place,
) -> Result<Vec<Row>, CentralError> {
    let mark = place.live.mark;
    // The watermark says where the newest record stands, so a silent shop costs no more.
    let Some(newest) = reader.find(&place.id, mark.epoch, mark.seq)? else {
        return Ok(Vec::new());
    };
    let oldest = reader.oldest()?;
    let mut back = LOOK_BACK;
    loop {
        let from = newest.saturating_sub(back).max(oldest);
        let rows = between(reader, &place.id, from, newest)?;
        if rows.len() >= ROWS_MAX || from == oldest {
            return Ok(rows);
        }
        back = back.saturating_mul(8);
    }
}

fn between<F: Folder>(
    reader: &Reader<F, CentralFormat>,
    workplace: &WorkplaceId,
    from: u64,
    newest: u64,
) -> Result<Vec<Row>, CentralError> {
    let mut rows = Vec::new();
    let mut records_left = RECORDS_MAX;
    for run in reader.places(workplace, from..=newest)?.into_iter().rev() {
        if rows.len() >= ROWS_MAX || records_left == 0 {
            break;
        }
        let after = run.ordinal.saturating_add(u64::from(run.records));
        let first = run.ordinal.max(after.saturating_sub(records_left));
        let wanted = usize::try_from(after.saturating_sub(first)).unwrap_or(0);
        records_left = records_left.saturating_sub(after.saturating_sub(first));
        for stored in records(reader, first).take(wanted) {
            let stored = stored?;
            if stored.workplace == *workplace {
                rows.append(&mut of_record(&stored));
            }
        }
    }
    Ok(rows)
}

fn of_record(stored: &Stored) -> Vec<Row> {
    let Some(batch) = batch::open_unverified(&stored.batch) else {
        return Vec::new();
    };
    let entries = batch
        .entries
        .iter()
        .filter_map(|bytes| Entry::parse(bytes).ok());
    let new = entries.filter(|entry| (stored.first..=stored.last).contains(&entry.header.seq));
    let row = |entry| Row {
        workplace: stored.workplace.clone(),
        entry,
        held: stored.verdict == Verdict::Held,
    };
    new.map(row).collect()
}

//! Reads what is whole of a damaged log: from its oldest segment up to the first damage.

use std::sync::Arc;

use crate::damage::{Fault, OpenError};
use crate::folder::Folder;
use crate::format::Format;
use crate::reader::Reader;
use crate::scan;
use crate::segment::{self, SCAN_BYTES};
use crate::shared::Shared;

impl<F: Folder, M: Format> Reader<F, M> {
    /// Opens a log that may be damaged; the reader ends before the first damage. Reads everything.
    ///
    /// # Errors
    /// When the file system refuses or a segment is of a newer format; nothing is ever changed.
    pub fn open_salvage(folder: F, format: M) -> Result<Self, OpenError> {
        let mut good = Vec::new();
        let (mut tail_first, mut durable) = (1, 0);
        for number in segment::numbers(&folder)? {
            if good
                .last()
                .is_some_and(|last: &u64| last.checked_add(1) != Some(number))
            {
                break;
            }
            let (mut window, header) = match segment::open(&folder, number, SCAN_BYTES) {
                Ok(opened) => opened,
                Err(Fault::Damage(_)) => break,
                Err(fault) => return Err(fault.into()),
            };
            if !good.is_empty() && header.first != durable + 1 {
                break;
            }
            let scanned = scan::scan(&mut window, &header, &format);
            let last = match &scanned {
                Ok(scanned) => scanned.next.saturating_sub(1),
                Err(Fault::Damage(damage)) => damage.last_good,
                Err(_) => 0,
            };
            good.push(number);
            (tail_first, durable) = (header.first, last.max(durable));
            match scanned {
                Ok(_) => {}
                Err(Fault::Damage(_)) => break,
                Err(fault) => return Err(fault.into()),
            }
        }
        let shared = Arc::new(Shared::new(&good, tail_first, durable));
        Ok(Self::new(folder, format, shared))
    }
}

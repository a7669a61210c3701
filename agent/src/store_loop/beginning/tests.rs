//! Beginnings on a real disk that was damaged and then lost power.

use std::path::Path;

use storefleet_core::entry::RequestRef;
use storefleet_core::money::Money;
use storefleet_core::workplace::decide::{Asked, Request};

use super::*;
use crate::journal::DiskRooms;
use crate::store_loop::samples::{SEGMENT, open, stamp};

fn open_shift() -> Asked {
    Asked {
        request: Request::OpenShift {
            counted: Money(100),
        },
        key: RequestRef {
            key: "k".to_owned(),
            hash: storefleet_core::ids::Hash::default(),
        },
        employee: "e".to_owned(),
        business_time: None,
    }
}

/// Turns one bit of the segment where `at` finds it.
fn turn(root: &Path, epoch: &str, at: impl FnOnce(&[u8]) -> usize) {
    let path = root.join(epoch).join(SEGMENT);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = at(&bytes);
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
}

/// The epoch after a damaged one was begun and power went: the damaged one cannot be read at all,
/// the one before it can.
#[test]
fn a_beginning_that_a_crash_cut_short_knows_all_that_can_still_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let rooms = DiskRooms::new(folder.path().to_owned());
    let mut first = open(&rooms);
    let answer = first.ask(open_shift(), &stamp()).unwrap().unwrap();
    first.commit().unwrap();
    drop(first);
    let last = {
        let store = open(&rooms);
        let head = store.durable();
        let journal = store.journal().unwrap();
        journal.entry(head.epoch, head.seq).unwrap().unwrap()
    };
    // What is damaged at the very end is a torn tail: one more start stands behind it.
    drop(open(&rooms));
    turn(folder.path(), "e00001", |bytes| {
        let found = bytes.windows(last.len()).position(|it| it == last);
        found.unwrap()
    });
    assert_eq!(open(&rooms).durable().epoch, Epoch(2));
    turn(folder.path(), "e00002", |_| 0);
    rooms.room(Epoch(3)).unwrap();
    let mut third = open(&rooms);
    assert_eq!(third.durable().epoch, Epoch(3));
    assert!(third.state().is_complete());
    assert_eq!(third.ask(open_shift(), &stamp()).unwrap(), Ok(answer));
}

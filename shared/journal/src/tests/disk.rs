//! On the real file system, with readers on other threads.

use std::thread;

use super::records::{Chained, SMALL, Writer, read_all};
use crate::{DiskFolder, Log, ReadError, Reader, verify};

#[test]
fn a_log_on_disk_is_written_read_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk = DiskFolder::new(folder.path());
    let (log, _) = Log::open(disk.clone(), Chained, SMALL).unwrap();
    let mut writer = Writer::new(log, Vec::new());
    for _ in 0..30 {
        writer.append(200);
        writer.log.prepare_next().unwrap();
    }
    assert!(writer.log.prune_before(11).unwrap() > 0);
    let (oldest, records) = read_all(&writer.log.reader());
    assert!(oldest > 1 && oldest <= 11);
    let (read_only, _) = Reader::open_read_only(disk.clone(), Chained).unwrap();
    assert_eq!(read_all(&read_only), (oldest, records));
    let staged = writer.staged;
    drop(writer.log);
    let (log, opened) = Log::open(disk.clone(), Chained, SMALL).unwrap();
    assert_eq!(
        (opened.last_ordinal, opened.last),
        (30, Some(staged[29].clone()))
    );
    let mut writer = Writer::new(log, staged);
    writer.append(1);
    assert_eq!(verify(&disk, &Chained).unwrap().last_ordinal, 31);
}

#[test]
fn readers_follow_a_writer_that_rotates_and_prunes() {
    const RECORDS: u64 = 400;
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(DiskFolder::new(folder.path()), Chained, SMALL).unwrap();
    let mut writer = Writer::new(log, Vec::new());
    let reader = writer.log.reader();
    let follower = thread::spawn(move || {
        let (mut seen, mut skipped) = (0, 0);
        let mut cursor = reader.read_from(1);
        while cursor.next_ordinal() <= RECORDS {
            match cursor.next() {
                Some(Ok(record)) => {
                    assert_eq!(record.bytes[33..41], record.ordinal.to_le_bytes());
                    seen += 1;
                }
                Some(Err(ReadError::Pruned { oldest })) => {
                    skipped += oldest - cursor.next_ordinal();
                    cursor = reader.read_from(oldest);
                }
                Some(Err(error)) => panic!("{error}"),
                None => thread::yield_now(),
            }
        }
        seen + skipped
    });
    for turn in 0..RECORDS / 2 {
        writer.stage(1, 300);
        writer.append(200);
        if turn % 20 == 0 {
            writer.log.prune_before(turn).unwrap();
        }
    }
    assert_eq!(follower.join().unwrap(), RECORDS);
}

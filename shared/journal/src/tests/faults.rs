//! Calls that fail: a full disk, a failed sync, records that do not belong.

use super::records::{Chained, SMALL, Writer, open, read_all};
use crate::{AppendError, CommitError, Folder, Log, Options, OptionsError, SimFolder};

fn reopen(folder: &SimFolder, staged: &[Vec<u8>]) -> Writer<SimFolder> {
    let (log, opened) = Log::open(folder.clone(), Chained, SMALL).unwrap();
    let last = usize::try_from(opened.last_ordinal).unwrap();
    Writer::new(log, staged[..last].to_vec())
}

#[test]
fn a_full_disk_closes_the_log_and_keeps_what_was_committed() {
    // The first step after opening is the write of frames, later ones belong to a rotation.
    for steps in 0..12 {
        let folder = SimFolder::new();
        let mut writer = open(&folder);
        writer.append(100);
        folder.fail_write_after(steps);
        let mut committed = 1;
        while writer.staged.len() < 40 {
            writer.stage(1, 400);
            match writer.log.commit() {
                Ok(durable) => committed = durable,
                Err(error) => {
                    assert!(matches!(error, CommitError::File(_)));
                    break;
                }
            }
        }
        assert!(committed < 40);
        assert!(matches!(writer.log.commit(), Err(CommitError::Poisoned)));
        assert_eq!(writer.log.stage(b"more"), Err(AppendError::Poisoned));
        assert!(matches!(
            writer.log.prepare_next(),
            Err(CommitError::Poisoned)
        ));
        assert_eq!(writer.log.durable(), committed);
        let mut writer = reopen(&folder, &writer.staged);
        assert!(writer.log.durable() >= committed);
        assert_eq!(read_all(&writer.log.reader()).1, writer.staged);
        writer.append(400);
    }
}

#[test]
fn a_failed_sync_is_never_tried_again() {
    for steps in 0..12 {
        let folder = SimFolder::new();
        let mut writer = open(&folder);
        writer.append(100);
        folder.fail_sync_after(steps);
        let committed = loop {
            let before = writer.log.durable();
            writer.stage(1, 400);
            if writer.log.commit().is_err() {
                break before;
            }
        };
        assert!(matches!(writer.log.commit(), Err(CommitError::Poisoned)));
        let image = folder.crash(steps);
        let writer = reopen(&image, &writer.staged);
        assert!(writer.log.durable() >= committed);
    }
}

#[test]
fn a_disk_too_full_to_prepare_still_takes_records() {
    let folder = SimFolder::new();
    let mut writer = open(&folder);
    folder.fail_write_after(0);
    assert!(matches!(
        writer.log.prepare_next(),
        Err(CommitError::File(_))
    ));
    assert_eq!(folder.list().unwrap().len(), 1, "its space is given back");
    writer.append(100);
    assert!(writer.log.prepare_next().unwrap());
}

#[test]
fn a_torn_tail_is_cut_though_there_is_no_room_to_keep_it() {
    let folder = SimFolder::new();
    let mut writer = open(&folder);
    writer.append(100);
    folder.flip(&crate::segment::file_name(1), 150, 1).unwrap();
    folder.fail_write_after(0);
    let (log, opened) = Log::open(folder.clone(), Chained, SMALL).unwrap();
    assert_eq!(opened.cut.unwrap().kept_aside, None);
    assert_eq!(log.durable(), 0);
    assert_eq!(folder.list().unwrap().len(), 1);
}

#[test]
fn a_record_that_does_not_belong_is_refused() {
    let folder = SimFolder::new();
    let mut writer = open(&folder);
    assert_eq!(writer.log.stage(b""), Err(AppendError::Empty));
    let too_large = AppendError::TooLarge {
        bytes: 601,
        bytes_max: 600,
    };
    assert_eq!(writer.log.stage(&[0; 601]), Err(too_large));
    let stranger = [7; 80];
    assert!(matches!(
        writer.log.stage(&stranger),
        Err(AppendError::Chain { .. })
    ));
    writer.append(0);
    writer.append(600 - 41);
    assert_eq!(writer.log.commit().unwrap(), 2);
}

#[test]
fn sizes_must_make_sense() {
    let open = |segment_bytes, record_bytes_max| {
        let options = Options {
            segment_bytes,
            record_bytes_max,
        };
        Log::open(SimFolder::new(), Chained, options)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(open(1000, 10), Some(OptionsError::Uneven(1000).to_string()));
    assert!(
        open(1024, 1000)
            .unwrap()
            .contains("cannot hold a record of 1000")
    );
    assert_eq!(open(1024, 700), None);
}

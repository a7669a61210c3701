//! What is torn and what is damaged, and that a changed byte is found.

use super::records::{Chained, SMALL, open, read_all};
use crate::segment::file_name;
use crate::{DamageKind, Log, OpenError, ReadError, SimFolder, verify};

/// Frames of 16 + 41 + 7 bytes, at 128, 192, 256 …
const PAYLOAD: usize = 7;

fn three_commits() -> SimFolder {
    let folder = SimFolder::new();
    let mut writer = open(&folder);
    for _ in 0..3 {
        writer.append(PAYLOAD);
    }
    folder
}

#[test]
fn a_bad_last_frame_is_a_torn_tail() {
    let folder = three_commits();
    folder.flip(&file_name(1), 256 + 40, 1).unwrap();
    let bytes = folder.bytes(&file_name(1)).unwrap();
    let report = verify(&folder, &Chained).unwrap();
    let (log, opened) = Log::open(folder.clone(), Chained, SMALL).unwrap();
    let cut = opened.cut.unwrap();
    assert_eq!((cut.segment, cut.offset, cut.bytes), (1, 256, 64));
    assert_eq!(report.torn.unwrap().offset, 256);
    assert_eq!(log.durable(), 2);
    let kept = folder.bytes(cut.kept_aside.as_ref().unwrap()).unwrap();
    assert_eq!(cut.kept_aside.unwrap(), "torn-1-256.bin");
    assert_eq!(kept, bytes[256..320]);
    assert!(
        folder.bytes(&file_name(1)).unwrap()[256..]
            .iter()
            .all(|byte| *byte == 0)
    );
}

#[test]
fn a_bad_frame_that_a_later_one_calls_durable_is_damage() {
    // In the record, in the check, in what it calls durable, and a length that was wiped out.
    for (offset, mask) in [(30, 1), (5, 1), (9, 1), (0, 48)] {
        let folder = three_commits();
        folder.flip(&file_name(1), 192 + offset, mask).unwrap();
        let before = folder.steps();
        let Err(OpenError::Damage(damage)) = Log::open(folder.clone(), Chained, SMALL) else {
            panic!("offset {offset}");
        };
        assert_eq!(
            (damage.segment, damage.offset, damage.last_good),
            (1, 192, 1)
        );
        assert_eq!(damage.kind, DamageKind::Frame);
        assert_eq!(folder.steps(), before, "damage is left as it is");
        assert!(matches!(
            verify(&folder, &Chained),
            Err(OpenError::Damage(_))
        ));
    }
}

#[test]
fn a_bad_frame_before_one_of_the_same_group_is_a_torn_tail() {
    let folder = SimFolder::new();
    let mut writer = open(&folder);
    writer.append(PAYLOAD);
    writer.stage(1, PAYLOAD);
    writer.stage(1, PAYLOAD);
    writer.log.commit().unwrap();
    folder.flip(&file_name(1), 192 + 20, 1).unwrap();
    let (log, opened) = Log::open(folder, Chained, SMALL).unwrap();
    assert_eq!(opened.cut.unwrap().bytes, 128);
    assert_eq!(log.durable(), 1);
}

/// A log of three segments, of which the first two are sealed.
fn sealed() -> SimFolder {
    let folder = SimFolder::new();
    let mut writer = open(&folder);
    while writer.log.filling_segment() < 3 {
        writer.append(150);
    }
    folder
}

#[test]
fn a_changed_byte_of_a_sealed_segment_is_found() {
    let folder = sealed();
    verify(&folder, &Chained).unwrap();
    for segment in 1..=2 {
        for offset in 0..u64::from(SMALL.segment_bytes) {
            let mask = 1 << (offset % 8);
            folder.flip(&file_name(segment), offset, mask).unwrap();
            assert!(
                verify(&folder, &Chained).is_err(),
                "segment {segment} byte {offset}"
            );
            folder.flip(&file_name(segment), offset, mask).unwrap();
        }
    }
    verify(&folder, &Chained).unwrap();
}

#[test]
fn damage_before_the_tail_is_met_when_it_is_read() {
    let folder = sealed();
    folder.flip(&file_name(1), 200, 1).unwrap();
    let (log, _) = Log::open(folder.clone(), Chained, SMALL).unwrap();
    let mut cursor = log.reader().read_from(1);
    assert!(matches!(cursor.next(), Some(Err(ReadError::Damage(_)))));
    assert!(cursor.next().is_none());
}

#[test]
fn a_damaged_footer_costs_no_records() {
    let folder = sealed();
    let (log, _) = Log::open(folder.clone(), Chained, SMALL).unwrap();
    let good = read_all(&log.reader());
    folder
        .flip(&file_name(1), u64::from(SMALL.segment_bytes) - 2, 1)
        .unwrap();
    assert!(matches!(
        verify(&folder, &Chained),
        Err(OpenError::Damage(_))
    ));
    assert_eq!(read_all(&log.reader()), good);
}

#[test]
fn a_missing_segment_is_damage() {
    use crate::Folder;
    let folder = sealed();
    folder.remove(&file_name(2)).unwrap();
    let Err(OpenError::Damage(damage)) = Log::open(folder, Chained, SMALL) else {
        panic!("opened");
    };
    assert_eq!(
        (damage.segment, damage.kind),
        (2, DamageKind::MissingSegment)
    );
}

#[test]
fn a_newer_format_is_refused_as_such() {
    let folder = three_commits();
    let mut bytes = folder.bytes(&file_name(1)).unwrap();
    bytes[8] = 2;
    let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[..12]), &bytes[16..128]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    folder.put(&file_name(1), &bytes);
    let Err(error) = Log::open(folder.clone(), Chained, SMALL) else {
        panic!("opened");
    };
    assert_eq!(
        error.to_string(),
        "segment 1 has format 2, this version knows up to 1"
    );
    assert!(matches!(error, OpenError::NewerFormat { found: 2, .. }));
    assert_eq!(folder.bytes(&file_name(1)).unwrap(), bytes);
}

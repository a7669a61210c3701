//! Against a plain vector: whatever is done, the log holds what the vector holds.

use proptest::prelude::*;

use super::records::{Chained, SMALL, Writer, open, read_all, workplace};
use crate::{Log, Reader, SimFolder, verify};
use storefleet_core::ids::{Epoch, Seq};

#[derive(Debug, Clone)]
enum Action {
    Group(Vec<(u8, usize)>),
    Prepare,
    Prune(u64),
    Reopen,
}

fn action() -> impl Strategy<Value = Action> {
    let record = (1_u8..=3, 0_usize..500);
    prop_oneof![
        6 => prop::collection::vec(record, 0..8).prop_map(Action::Group),
        1 => Just(Action::Prepare),
        1 => (0_u64..100).prop_map(Action::Prune),
        1 => Just(Action::Reopen),
    ]
}

fn check(writer: &Writer<SimFolder>, folder: &SimFolder) {
    let reader = writer.log.reader();
    let (oldest, records) = read_all(&reader);
    let from = usize::try_from(oldest - 1).unwrap();
    assert_eq!(records, writer.staged[from..]);
    let report = verify(folder, &Chained).unwrap();
    assert_eq!(report.first_ordinal, oldest);
    assert_eq!(report.last_ordinal, reader.durable());
    assert_eq!(report.records, records.len() as u64);
    let mut seqs = [0; 4];
    let mut of_till_2 = Vec::new();
    for (record, ordinal) in writer.staged.iter().zip(1..) {
        let till = record[32];
        let seq = &mut seqs[usize::from(till)];
        *seq += 1;
        let found = reader.find(&workplace(till), Epoch(1), Seq(*seq)).unwrap();
        assert_eq!(found, (ordinal >= oldest).then_some(ordinal));
        assert_eq!(
            reader.read_from(ordinal).next().unwrap().is_ok(),
            ordinal >= oldest
        );
        if till == 2 && ordinal >= oldest {
            of_till_2.push(ordinal);
        }
    }
    let places = reader.places(&workplace(2), 1..=u64::MAX).unwrap();
    let placed = places
        .iter()
        .flat_map(|it| it.ordinal..it.ordinal + u64::from(it.records));
    assert_eq!(placed.collect::<Vec<_>>(), of_till_2);
    let (read_only, opened) = Reader::open_read_only(folder.clone(), Chained).unwrap();
    assert_eq!(read_all(&read_only), (oldest, records));
    assert_eq!(opened.cut, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_log_is_a_vector(actions in prop::collection::vec(action(), 1..24)) {
        let folder = SimFolder::new();
        let mut writer = open(&folder);
        for action in actions {
            match action {
                Action::Group(records) => {
                    for (till, payload) in records {
                        writer.stage(till, payload);
                    }
                    prop_assert_eq!(writer.log.commit().unwrap(), writer.staged.len() as u64);
                }
                Action::Prepare => {
                    writer.log.prepare_next().unwrap();
                    prop_assert!(!writer.log.prepare_next().unwrap());
                }
                Action::Prune(ordinal) => {
                    writer.log.prune_before(ordinal).unwrap();
                }
                Action::Reopen => {
                    let (log, opened) = Log::open(folder.clone(), Chained, SMALL).unwrap();
                    prop_assert_eq!(opened.last_ordinal, writer.staged.len() as u64);
                    prop_assert_eq!(opened.cut, None);
                    if opened.last.is_some() {
                        prop_assert_eq!(opened.last.as_ref(), writer.staged.last());
                    }
                    writer = Writer::new(log, writer.staged);
                }
            }
        }
        check(&writer, &folder);
    }
}

#[test]
fn an_empty_folder_reads_as_an_empty_log() {
    let (reader, opened) = Reader::open_read_only(SimFolder::new(), Chained).unwrap();
    assert_eq!((opened.last_ordinal, opened.last), (0, None));
    assert_eq!(read_all(&reader), (1, vec![]));
}

#[test]
fn a_log_takes_other_sizes_from_the_next_segment_on() {
    let folder = SimFolder::new();
    let mut writer = open(&folder);
    writer.append(100);
    let larger = crate::Options {
        segment_bytes: 8192,
        record_bytes_max: 4000,
    };
    let (log, _) = Log::open(folder.clone(), Chained, larger).unwrap();
    let mut writer = Writer::new(log, writer.staged);
    writer.append(100);
    writer.append(3900);
    writer.append(100);
    check(&writer, &folder);
    assert_eq!(verify(&folder, &Chained).unwrap().segments, 2);
}

//! A whole log as it once stood on a disk: a sealed segment and the tail, byte for byte.
//!
//! What each field of it is stands beside the tests of header, frame and footer.

use super::records::{Chained, Writer, read_all};
use crate::segment::file_name;
use crate::{DiskFolder, Folder, Log, Options, Reader, SimFolder, verify};

const OPTIONS: Options = Options {
    segment_bytes: 512,
    record_bytes_max: 200,
};

/// Payloads of the records, two of which fill a segment; the last fills its frame without a zero.
const PAYLOADS: [usize; 3] = [100, 60, 47];

fn write<F: Folder>(folder: F) -> Vec<Vec<u8>> {
    let (log, _) = Log::open(folder, Chained, OPTIONS).unwrap();
    let mut writer = Writer::new(log, Vec::new());
    PAYLOADS.iter().for_each(|payload| writer.append(*payload));
    writer.staged
}

#[test]
fn bytes_once_written_are_read_for_ever() {
    let folder = SimFolder::new();
    let staged = write(folder.clone());
    let golden = DiskFolder::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/golden"));
    for number in [1, 2] {
        let name = file_name(number);
        let path = format!("{}/src/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
        let checked_in = std::fs::read(path).unwrap();
        assert_eq!(folder.bytes(&name).unwrap(), checked_in, "{name}");
    }
    let (reader, _) = Reader::open_read_only(golden.clone(), Chained).unwrap();
    assert_eq!(read_all(&reader), (1, staged));
    assert_eq!(verify(&golden, &Chained).unwrap().last_ordinal, 3);
    assert_eq!(golden.list().unwrap().len(), 2);
}

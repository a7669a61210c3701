//! Arbitrary bytes and mutated segments never panic.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::records::{Chained, Writer};
use crate::segment::file_name;
use crate::{Log, Options, SimFolder, fuzz_open};

/// A segment with some records, sealed or not.
fn valid(sealed: bool) -> &'static [u8] {
    static SEGMENTS: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    let segments = SEGMENTS.get_or_init(|| {
        let folder = SimFolder::new();
        let options = Options {
            segment_bytes: 4096,
            record_bytes_max: 1024,
        };
        let (log, _) = Log::open(folder.clone(), Chained, options).unwrap();
        let mut writer = Writer::new(log, Vec::new());
        for _ in 0..5 {
            writer.append(100);
        }
        let open = folder.bytes(&file_name(1)).unwrap();
        while writer.log.filling_segment() == 1 {
            writer.append(100);
        }
        [open, folder.bytes(&file_name(1)).unwrap()]
    });
    &segments[usize::from(sealed)]
}

#[test]
fn the_valid_segments_open() {
    assert_eq!(fuzz_open(valid(false)), 6);
    assert!(fuzz_open(valid(true)) > 10);
    assert_eq!(fuzz_open(&[]), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn mutations_do_not_panic(
        sealed: bool,
        changes in prop::collection::vec((128_usize..4096, any::<u8>(), 1_usize..40), 0..6),
        header in prop::option::weighted(0.1, (0_usize..128, any::<u8>())),
        cut in prop::option::weighted(0.1, 0_usize..4096),
    ) {
        let mut bytes = valid(sealed).to_vec();
        for (offset, byte, length) in changes {
            let end = (offset + length).min(bytes.len());
            bytes[offset..end].fill(byte);
        }
        if let Some((offset, byte)) = header {
            bytes[offset] ^= byte;
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        prop_assert!(fuzz_open(&bytes) < 200);
    }
}

//! Chained records as the tests write them: predecessor's hash, till, seq, payload.

use storefleet_core::ids::{Epoch, Hash, Seq, WorkplaceId};

use crate::{Folder, Format, Link, Log, Options, Reader, SimFolder, Span};

pub(crate) const SMALL: Options = Options {
    segment_bytes: 2048,
    record_bytes_max: 600,
};

#[derive(Clone)]
pub(crate) struct Chained;

pub(crate) fn workplace(till: u8) -> WorkplaceId {
    format!("s1-{till}").parse().unwrap()
}

/// Not a hash to trust, only one that differs.
fn own(record: &[u8]) -> Hash {
    let mut hash = [0; 32];
    for (i, part) in (0_u32..).zip(hash.chunks_mut(4)) {
        part.copy_from_slice(&crc32c::crc32c_append(i, record).to_le_bytes());
    }
    Hash(hash)
}

impl Format for Chained {
    fn span(&self, record: &[u8]) -> Option<Span> {
        let seq = Seq(u64::from_le_bytes(record.get(33..41)?.try_into().ok()?));
        Some(Span {
            workplace: workplace(record[32]),
            epoch: Epoch(1),
            first: seq,
            last: seq,
        })
    }

    fn link(&self, record: &[u8]) -> Option<Link> {
        Some(Link {
            prev: Hash(*record.first_chunk()?),
            own: own(record),
        })
    }
}

/// Writes records of one till; for tills in turn their seq goes on.
pub(crate) struct Writer<F: Folder> {
    pub(crate) log: Log<F, Chained>,
    /// All records ever staged: the record with ordinal 1 first.
    pub(crate) staged: Vec<Vec<u8>>,
    seqs: [u64; 4],
}

impl<F: Folder> Writer<F> {
    pub(crate) fn new(log: Log<F, Chained>, staged: Vec<Vec<u8>>) -> Self {
        let mut seqs = [0; 4];
        for record in &staged {
            seqs[usize::from(record[32])] += 1;
        }
        Self { log, staged, seqs }
    }

    pub(crate) fn stage(&mut self, till: u8, payload: usize) {
        let seq = &mut self.seqs[usize::from(till)];
        *seq += 1;
        let mut record = self.log.link().0.to_vec();
        record.push(till);
        record.extend_from_slice(&seq.to_le_bytes());
        record.resize(record.len() + payload, 0xA5);
        let ordinal = self.log.stage(&record).unwrap();
        self.staged.push(record);
        assert_eq!(ordinal, self.staged.len() as u64);
    }

    pub(crate) fn append(&mut self, payload: usize) {
        self.stage(1, payload);
        assert_eq!(self.log.commit().unwrap(), self.staged.len() as u64);
    }
}

pub(crate) fn open(folder: &SimFolder) -> Writer<SimFolder> {
    let (log, opened) = Log::open(folder.clone(), Chained, SMALL).unwrap();
    assert_eq!(opened.last_ordinal, 0);
    Writer::new(log, Vec::new())
}

/// The records from the oldest one on, and its ordinal.
pub(crate) fn read_all<F: Folder>(reader: &Reader<F, Chained>) -> (u64, Vec<Vec<u8>>) {
    let oldest = reader.oldest().unwrap();
    let mut records = Vec::new();
    for (record, ordinal) in reader.read_from(oldest).zip(oldest..) {
        let record = record.unwrap();
        assert_eq!(record.ordinal, ordinal);
        records.push(record.bytes);
    }
    assert_eq!(oldest + records.len() as u64, reader.durable() + 1);
    (oldest, records)
}

//! What a workplace and the centre say to each other about journals.

use minicbor::bytes::ByteVec;

use crate::cbor;
use crate::coded_enum;
use crate::dataset::LayerId;
use crate::dataset::manifest::Generation;
use crate::dataset::repair::Ask;
use crate::dataset::shelf::Need;
use crate::entry::ClockState;
use crate::epoch::Mark;
use crate::ids::{Epoch, Hash, Seq, WorkplaceId};
use crate::shelf_tag::tasks::TagCount;
use crate::time::Timestamp;

/// The oldest and newest schema this build speaks.
pub const SCHEMA: (u16, u16) = (1, 1);

/// A contiguous range of durable entries, as they were written.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Batch {
    /// Whose entries.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Of which chain.
    #[n(1)]
    pub epoch: Epoch,
    /// Place of the first entry.
    #[n(2)]
    pub first: Seq,
    /// Hash of the entry before the first; zeros where the batch starts the epoch.
    #[n(3)]
    pub prev: Hash,
    /// The entries' bytes in order.
    #[n(4)]
    pub entries: Vec<ByteVec>,
}

/// The first message of a connection.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Hello {
    /// Who speaks.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Oldest schema it understands.
    #[n(1)]
    pub schema_min: u16,
    /// Newest schema it understands.
    #[n(2)]
    pub schema_max: u16,
    /// Its newest durable entry.
    #[n(3)]
    pub head: Mark,
    /// The newest entry it knows the centre to hold.
    #[n(4)]
    pub acked: Mark,
    /// Version of the program.
    #[n(5)]
    pub version: String,
    /// Random number of this run of the program.
    #[n(6)]
    pub session: u64,
    /// Its monotonic clock, to be echoed.
    #[n(7)]
    pub echo: u64,
    /// Its wall clock.
    #[n(8)]
    pub wall: Timestamp,
    /// Number of the newest key list it trusts.
    #[n(9)]
    pub key_list: u64,
}

/// State of a workplace, about once a minute.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Telemetry {
    /// Who speaks.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Its newest durable entry.
    #[n(1)]
    pub head: Mark,
    /// The newest entry it knows the centre to hold.
    #[n(2)]
    pub acked: Mark,
    /// Wall time of the oldest entry not acknowledged yet.
    #[n(3)]
    pub oldest_unsent: Option<Timestamp>,
    /// Its wall clock.
    #[n(4)]
    pub wall: Timestamp,
    /// Trust in that clock.
    #[n(5)]
    pub clock: ClockState,
    /// Version of the program.
    #[n(6)]
    pub version: String,
    /// Free bytes on the disk of the journal.
    #[n(7)]
    pub disk_free: u64,
    /// Random number of this run of the program.
    #[n(8)]
    pub session: u64,
    /// How often its till could not do its work in this run; none from a version that does not count.
    #[n(9)]
    pub till_errors: Option<u64>,
    /// The newest manifest that it took; none from a version that does not tell.
    #[n(10)]
    pub manifest: Option<Generation>,
    /// Shelf tags that wait for somebody; none before they were counted, or from a version that does not count.
    #[n(11)]
    pub tags: Option<TagCount>,
}

coded_enum! {
    /// What the centre thinks of a batch.
    pub enum Verdict {
        /// Durable in the centre.
        Ok = 0 => "ok",
        /// Entries are missing: send from the watermark on.
        Resume = 1 => "resume",
        /// The centre holds more than the workplace's head.
        Ahead = 2 => "ahead",
        /// Durable as a chain of its own that does not join; go on, a person decides.
        Held = 3 => "held",
        /// Not accepted; see the code.
        Refused = 4 => "refused",
    }
}

coded_enum! {
    /// Why a batch is refused.
    pub enum RefusedCode {
        /// The signature is not of the workplace's journal key for that epoch.
        Signature = 1 => "signature",
        /// The bytes are no batch.
        Malformed = 2 => "malformed",
        /// Larger than allowed.
        Oversize = 3 => "oversize",
        /// The epoch was not granted to this workplace.
        Epoch = 4 => "epoch",
        /// The batch names another workplace than the connection.
        Workplace = 5 => "workplace",
        /// The centre cannot write now.
        Unavailable = 6 => "unavailable",
    }
}

/// A workplace asks for entries that its disk lost and the centre holds.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Missing {
    /// Whose entries.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// The newest entry of that epoch it still has; place 0 where it has none.
    #[n(1)]
    pub have: Mark,
}

/// What the centre holds behind that place.
#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct HeldBatches {
    /// Batches as the workplace signed them, in order; the first may begin before that place.
    #[n(0)]
    pub batches: Vec<ByteVec>,
}

/// A workplace asks for a segment of a layer, from an offset on.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct SegmentQuestion {
    /// Who asks.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// The epoch whose journal key signs this.
    #[n(1)]
    pub epoch: Epoch,
    /// What it lacks.
    #[n(2)]
    pub need: Need,
    /// How many bytes of it are here already.
    #[n(3)]
    pub offset: u64,
}

/// A piece of a packed segment.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct SegmentPiece {
    /// Bytes of the whole.
    #[n(0)]
    pub total: u64,
    /// The bytes from the offset on; fewer than the whole are asked for again.
    #[n(1)]
    pub bytes: ByteVec,
}

/// A workplace asks for what mends a layer that is damaged on its disk.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct RepairQuestion {
    /// Who asks.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// The epoch whose journal key signs this.
    #[n(1)]
    pub epoch: Epoch,
    /// The damaged layer.
    #[n(2)]
    pub layer: LayerId,
    /// The version that should lie there.
    #[n(3)]
    pub root: Hash,
    /// What of it is asked for.
    #[n(4)]
    pub ask: Ask,
}

/// What mends a layer. It needs no signature: it is checked against the root that a manifest named.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum RepairAnswer {
    /// Hashes of nodes or buckets, in the order asked for.
    #[n(0)]
    Hashes(#[n(0)] Vec<Hash>),
    /// The records of the buckets asked for, all of them, packed as a segment.
    #[n(1)]
    Records(#[n(0)] ByteVec),
}

impl SegmentPiece {
    /// What came of a piece before the line broke; nothing where it is none, or not even its beginning came.
    #[must_use]
    pub fn begun(came: &[u8]) -> Option<Self> {
        let mut rest = came;
        let mut next = || cbor::head(&mut rest).ok();
        let beginning = [next()?, next()?, next()?, next()?, next()?];
        let [(5, 2), (0, 0), (0, total), (0, 1), (2, length)] = beginning else {
            return None;
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let bytes = rest.get(..length.min(rest.len()))?.to_vec().into();
        Some(Self { total, bytes })
    }
}

/// The centre's answer, signed by the ack key.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Ack {
    /// To whom.
    #[n(0)]
    pub workplace: WorkplaceId,
    /// Everything up to here is durable in the centre.
    #[n(1)]
    pub mark: Mark,
    /// Life of the centre: rises when it is created or restored.
    #[n(2)]
    pub incarnation: u32,
    /// What it thinks of the batch.
    #[n(3)]
    pub verdict: Verdict,
    /// Why, where the batch is refused.
    #[n(4)]
    pub code: Option<RefusedCode>,
    /// Bytes that may be in flight.
    #[n(5)]
    pub credit: u64,
    /// The centre's wall clock in milliseconds.
    #[n(6)]
    pub server_ms: Timestamp,
    /// The sender's own stamp back.
    #[n(7)]
    pub echo: u64,
    /// The newest manifest that was signed for the workplace: incarnation and counter, 0 where none is known.
    #[n(8)]
    pub generation: (u32, u32),
    /// Oldest schema the centre understands.
    #[n(9)]
    pub schema_min: u16,
    /// Newest schema the centre understands.
    #[n(10)]
    pub schema_max: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_piece_that_breaks_off_everything_counts_that_came() {
        for length in [0, 1, 23, 24, 300, 70_000] {
            let piece = SegmentPiece {
                total: 1_000_000,
                bytes: vec![7; length].into(),
            };
            let whole = cbor::encode(&piece);
            assert_eq!(SegmentPiece::begun(&whole), Some(piece.clone()));
            let head = whole.len() - length;
            for cut in 0..whole.len() {
                let came = SegmentPiece::begun(&whole[..cut]).map(|piece| piece.bytes.len());
                assert_eq!(came, cut.checked_sub(head), "{length} cut at {cut}");
            }
        }
        assert_eq!(SegmentPiece::begun(b"the office is closed"), None);
        assert_eq!(SegmentPiece::begun(&cbor::encode(&1_u8)), None);
    }
}

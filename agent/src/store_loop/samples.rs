//! A small journal on disk, for tests.

use storefleet_core::entry::ClockState;
use storefleet_core::ids::Epoch;
use storefleet_core::time::{OffsetMinutes, StoreTime, Timestamp};
use storefleet_core::workplace::decide::Stamp;
use storefleet_wire::enrol::EpochBlock;

use super::{LoopConfig, StoreLoop};
use crate::journal::DiskRooms;

/// The file that a short epoch lies in.
pub const SEGMENT: &str = "00000000000000000001.seg";

/// A moment of a clock that nobody trusts.
pub fn stamp() -> Stamp {
    Stamp {
        wall: StoreTime {
            at: Timestamp(1_000),
            offset: OffsetMinutes(0),
        },
        clock: ClockState::Untrusted,
        monotonic_ms: 1,
        boot: 1,
    }
}

/// Opens or begins the journal of `s1-1`.
pub fn open(rooms: &DiskRooms) -> StoreLoop<DiskRooms> {
    let config = LoopConfig {
        workplace: "s1-1".parse().unwrap(),
        training: false,
        version: "1".to_owned(),
        epochs: vec![EpochBlock {
            first: Epoch(1),
            count: 16,
        }],
        segment_bytes: 128 * 1024,
    };
    let opened = StoreLoop::open(rooms.clone(), config, &[], None, &stamp());
    opened.unwrap().0
}

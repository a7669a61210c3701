//! The freeze calendar and the reach above which two people must agree.

use crate::time::{BusinessDate, OffsetMinutes, StoreTime, Timestamp};

/// Days on which nothing goes out, both included.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Freeze {
    /// The first day.
    #[n(0)]
    pub from: BusinessDate,
    /// The last day.
    #[n(1)]
    pub to: BusinessDate,
    /// Why, for people.
    #[n(2)]
    pub name: String,
}

/// What the office allows.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Rules {
    /// More shops than these need two people.
    #[n(0)]
    pub one_person_reach: u64,
    /// The freeze calendar.
    #[n(1)]
    pub freezes: Vec<Freeze>,
    /// The wall clock by which the days of the calendar begin.
    #[n(2)]
    pub offset: OffsetMinutes,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            one_person_reach: 500,
            freezes: Vec::new(),
            offset: OffsetMinutes(180),
        }
    }
}

impl Rules {
    /// The freeze that holds now.
    #[must_use]
    pub fn freeze(&self, now: Timestamp) -> Option<&Freeze> {
        let today = StoreTime {
            at: now,
            offset: self.offset,
        }
        .date();
        let mut freezes = self.freezes.iter();
        freezes.find(|freeze| freeze.from <= today && today <= freeze.to)
    }
}

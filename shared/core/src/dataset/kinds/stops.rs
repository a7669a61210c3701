//! Items that a till warns of or does not sell; the key is the item's code.

use crate::master::stop_list::{Action, StopRecord};
use crate::pricing::moment::{LocalTime, Validity};

/// A stop of an item.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Stop {
    /// What the till does.
    #[n(0)]
    pub action: Action,
    /// Why, in the words that the cashier reads.
    #[n(1)]
    pub reason: String,
    /// When, by the store's wall.
    #[n(2)]
    pub validity: Validity,
}

/// The stops of one item in one layer.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ItemStops {
    /// In the order of their beginnings.
    #[n(0)]
    pub stops: Vec<Stop>,
}

impl ItemStops {
    /// The stops that hold at a moment.
    pub fn at(self, moment: LocalTime) -> impl Iterator<Item = Stop> {
        let stops = self.stops.into_iter();
        stops.filter(move |stop| stop.validity.holds(moment))
    }
}

impl From<&StopRecord> for Stop {
    fn from(record: &StopRecord) -> Self {
        Self {
            action: record.action,
            reason: record.reason.clone(),
            validity: record.validity,
        }
    }
}

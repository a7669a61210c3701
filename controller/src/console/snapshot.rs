//! What pages show of the fleet: one copy, taken under the lock and rendered outside of it.

use storefleet_core::health::Alarm;
use storefleet_core::ids::{StoreId, WorkplaceId};
use storefleet_core::time::{BusinessDate, Timestamp};

use crate::fleet::{Fleet, Live, Raised, Status};

/// The fleet at one instant.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) now: Timestamp,
    /// In the order of their codes.
    pub(super) shops: Vec<Shop>,
}

/// One shop of the fleet.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) id: StoreId,
    /// The worst of its workplaces.
    pub(super) status: Status,
    /// By till.
    pub(super) workplaces: Vec<Place>,
}

/// One workplace of a shop.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) id: WorkplaceId,
    pub(super) live: Live,
    pub(super) status: Status,
}

/// Receipts and money of one business day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: BusinessDate,
    pub(super) receipts: u64,
    pub(super) total_kop: i64,
}

impl Snapshot {
    pub(super) fn of(fleet: &Fleet, now: Timestamp) -> Self {
        let mut shops: Vec<Shop> = fleet
            .tiles(now)
            .into_iter()
            .map(|(id, status)| Shop {
                id,
                status,
                workplaces: Vec::new(),
            })
            .collect();
        // Both come in the order of the codes, so the shops are walked once.
        let mut at = shops.iter_mut().peekable();
        for (id, live) in fleet.workplaces() {
            while at.peek().is_some_and(|shop| shop.id != *id.store()) {
                at.next();
            }
            if let Some(shop) = at.peek_mut() {
                let (live, status) = (live.clone(), live.status(now));
                shop.workplaces.push(Place {
                    id: id.clone(),
                    live,
                    status,
                });
            }
        }
        Self { now, shops }
    }

    pub(super) fn shop(&self, id: &StoreId) -> Option<&Shop> {
        let at = self.shops.binary_search_by(|shop| shop.id.cmp(id)).ok()?;
        self.shops.get(at)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.shops.iter().flat_map(|shop| &shop.workplaces)
    }

    /// How many shops have the status.
    pub(super) fn count(&self, status: Status) -> usize {
        self.shops
            .iter()
            .filter(|shop| shop.status == status)
            .count()
    }

    /// Every alarm that stands, the newest first.
    pub(super) fn alarms(&self) -> Vec<(&Place, Alarm, &Raised)> {
        let mut alarms = Vec::new();
        for place in self.places() {
            let raised = place.live.alarms.iter();
            alarms.extend(raised.map(|(alarm, raised)| (place, *alarm, raised)));
        }
        alarms.sort_by_key(|(_, _, raised)| std::cmp::Reverse(raised.since));
        alarms
    }

    pub(super) fn alarm_count(&self) -> usize {
        self.places().map(|place| place.live.alarms.len()).sum()
    }

    /// The newest business day that anybody sold on.
    pub(super) fn day(&self) -> Day {
        newest_day(self.places())
    }
}

impl Shop {
    pub(super) fn day(&self) -> Day {
        newest_day(self.workplaces.iter())
    }

    /// Shelf tags that tell a customer what is not so; none before any till counted them.
    pub(super) fn lying_tags(&self) -> Option<u64> {
        let counts = self.workplaces.iter().filter_map(|place| place.live.tags);
        counts
            .map(|tags| u64::from(tags.lying()))
            .reduce(u64::saturating_add)
    }

    /// Last time anything of it was heard.
    pub(super) fn seen(&self) -> Option<Timestamp> {
        self.workplaces
            .iter()
            .filter_map(|place| place.live.seen)
            .max()
    }

    /// Whether more may have gathered at a workplace than the centre was told.
    pub(super) fn is_silent(&self) -> bool {
        self.workplaces.iter().any(Place::is_silent)
    }

    /// Entries of all its workplaces that the centre does not hold, as far as it was told.
    pub(super) fn backlog(&self) -> u64 {
        self.workplaces
            .iter()
            .map(Place::backlog)
            .fold(0, u64::saturating_add)
    }
}

impl Place {
    /// Whether the last known values are old because there is no contact.
    pub(super) fn is_silent(&self) -> bool {
        self.live.seen.is_some() && !self.live.online
    }

    /// Whether it is in contact and has an open shift.
    pub(super) fn sells(&self) -> bool {
        self.live.online && self.live.totals.shift_open
    }

    /// Entries that the centre does not hold, as far as it was told.
    pub(super) fn backlog(&self) -> u64 {
        let Live { head, mark, .. } = &self.live;
        let held = if head.epoch == mark.epoch {
            mark.seq.0
        } else {
            0
        };
        if head.epoch < mark.epoch {
            0
        } else {
            head.seq.0.saturating_sub(held)
        }
    }
}

fn newest_day<'a>(places: impl Iterator<Item = &'a Place>) -> Day {
    places.fold(Day::default(), |mut day, Place { live, .. }| {
        let totals = &live.totals;
        if totals.day > day.date {
            day = Day {
                date: totals.day,
                ..Day::default()
            };
        }
        if totals.day == day.date {
            day.receipts = day.receipts.saturating_add(totals.day_receipts);
            day.total_kop = day.total_kop.saturating_add(totals.day_total_kop);
        }
        day
    })
}

//! Live state of every workplace: who is there, how far its journal is, and what is wrong.

use std::collections::BTreeMap;

use storefleet_core::brought_forward::Part;
use storefleet_core::dataset::manifest::Generation;
use storefleet_core::document::DocumentNumber;
use storefleet_core::entry::Entry;
use storefleet_core::epoch::Mark;
use storefleet_core::fact::Fact;
use storefleet_core::health::{Alarm, CLOCK_OFFSET_MS_MAX, OFF_AFTER_MS};
use storefleet_core::ids::{Epoch, Seq, StoreId, WorkplaceId};
use storefleet_core::shelf_tag::tasks::TagCount;
use storefleet_core::time::Timestamp;

use crate::ingest::News;

pub mod coupons;
pub mod failures;
pub mod memory;
pub mod shelf;
pub mod sold;
pub mod totals;

use coupons::CouponsSeen;
use failures::Failures;
use shelf::{Due, ShelfSeen};
use sold::SoldHours;
use totals::Totals;

/// Starts that are remembered: more within a bake window are a loop whatever their number.
const STARTS_MAX: usize = 16;

/// What is known of one workplace now.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Whether a connection stands.
    pub online: bool,
    /// Since when the connection stands or is gone.
    pub since: Timestamp,
    /// Last time anything was heard; never, for one that was only enrolled.
    pub seen: Option<Timestamp>,
    /// The watermark.
    pub mark: Mark,
    /// Its newest durable entry, as it says itself.
    pub head: Mark,
    /// Age of the oldest entry that the centre does not hold, as told.
    pub oldest_unsent: Option<Timestamp>,
    /// Its clock minus the centre's, in milliseconds.
    pub clock_offset_ms: i64,
    /// Version of its agent.
    pub version: String,
    /// Random number of its run.
    pub session: u64,
    /// Free bytes on its disk.
    pub disk_free: u64,
    /// Sums over its journal.
    pub totals: Totals,
    /// The newest entry those sums hold.
    pub folded: (Epoch, Seq),
    /// What is wrong with it.
    pub alarms: BTreeMap<Alarm, Raised>,
    /// What its journal says of its datasets, and what they should be.
    pub shelf: ShelfSeen,
    /// Receipts of every hour of the last weeks.
    pub sold: SoldHours,
    /// When its till failed.
    pub failures: Failures,
    /// The newest starts of its agent, the last one last.
    pub starts: Vec<Timestamp>,
    /// The newest document of the office that its journal shows.
    pub documents: DocumentNumber,
    /// The newest document that the office ordered for it.
    pub ordered: DocumentNumber,
    /// The newest manifest that was signed for it since the centre started.
    pub signed: Generation,
    /// The newest manifest that it took, as it says itself.
    pub taken: Option<Generation>,
    /// Its shelf tags that wait for somebody, as it counted them last.
    pub tags: Option<TagCount>,
}

/// An alarm that stands.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Raised {
    /// Since when.
    #[n(0)]
    pub since: Timestamp,
    /// What shows it.
    #[n(1)]
    pub evidence: String,
}

/// How a tile looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Sells and is heard.
    Ok,
    /// Something needs a person within hours.
    Warn,
    /// No contact; may well be selling.
    Off,
    /// Cannot be trusted to sell or report.
    Bad,
    /// Exists, never spoke.
    New,
}

impl Status {
    /// All, in the order of the counters.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Warn, Self::Bad, Self::Off, Self::New];

    /// One letter for the wire and class names.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Ok => 'o',
            Self::Warn => 'w',
            Self::Off => 'f',
            Self::Bad => 'b',
            Self::New => 'n',
        }
    }

    /// Key of its word in the message catalogue.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Ok => "status-ok",
            Self::Warn => "status-warn",
            Self::Off => "status-off",
            Self::Bad => "status-bad",
            Self::New => "status-new",
        }
    }
}

impl Live {
    /// The status at `now`: bad before off before warn before ok.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let bad = [Alarm::Clone, Alarm::Held, Alarm::Refused];
        if self.alarms.keys().any(|alarm| bad.contains(alarm)) {
            Status::Bad
        } else if self.seen.is_none() {
            Status::New
        } else if !self.online && now.since_ms(self.since) > OFF_AFTER_MS {
            Status::Off
        } else if self.alarms.is_empty() {
            Status::Ok
        } else {
            Status::Warn
        }
    }

    fn note_start(&mut self, entry: &Entry) {
        if let Fact::AgentStarted(_) = entry.fact {
            self.starts.push(entry.header.wall.at);
            let surplus = self.starts.len().saturating_sub(STARTS_MAX);
            self.starts.drain(..surplus);
        }
    }

    fn note_document(&mut self, entry: &Entry) {
        let booked = if let Fact::StockBooked(booked) = &entry.fact {
            booked.number
        } else if let Fact::Adopted(adopted) = &entry.fact {
            adopted.number
        } else if let Fact::BroughtForward(Part::Counters(counters)) = &entry.fact {
            counters.documents.unwrap_or_default()
        } else {
            return;
        };
        self.documents = self.documents.max(booked);
    }

    /// Entries of its journal that the centre does not hold yet.
    #[must_use]
    pub fn backlog(&self) -> u64 {
        if self.head.epoch == self.mark.epoch {
            self.head.seq.0.saturating_sub(self.mark.seq.0)
        } else {
            0
        }
    }

    /// Whether it says itself that it has an older manifest than the newest one.
    #[must_use]
    pub fn lacks_manifest(&self) -> bool {
        self.taken.is_some_and(|taken| taken < self.signed)
    }

    fn raise(&mut self, alarm: Alarm, evidence: String, at: Timestamp) {
        self.alarms.entry(alarm).or_insert(Raised {
            since: at,
            evidence,
        });
    }
}

/// Every workplace of the network.
#[derive(Debug, Default)]
pub struct Fleet {
    workplaces: BTreeMap<WorkplaceId, Live>,
    coupons: CouponsSeen,
    revision: u64,
}

impl Fleet {
    /// Rises with every change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// A workplace exists.
    pub fn enrolled(&mut self, workplace: &WorkplaceId) {
        self.touch(workplace);
    }

    /// A connection stands.
    pub fn online(&mut self, workplace: &WorkplaceId, at: Timestamp) {
        let live = self.touch(workplace);
        live.online = true;
        live.since = at;
        live.seen = Some(at);
    }

    /// A connection is gone.
    pub fn offline(&mut self, workplace: &WorkplaceId, at: Timestamp) {
        let live = self.touch(workplace);
        live.online = false;
        live.since = at;
    }

    /// Something is wrong.
    pub fn alarm(
        &mut self,
        workplace: &WorkplaceId,
        alarm: Alarm,
        evidence: String,
        at: Timestamp,
    ) {
        self.touch(workplace).raise(alarm, evidence, at);
    }

    /// Somebody decided on what an alarm was about.
    pub fn settled(&mut self, workplace: &WorkplaceId, alarm: Alarm) {
        self.touch(workplace).alarms.remove(&alarm);
    }

    /// What ingest learned; entries are folded by [`Fleet::folded`].
    pub fn news(&mut self, news: &News) {
        match news {
            News::Stored {
                workplace,
                mark,
                at,
                ..
            } => {
                let live = self.touch(workplace);
                live.mark = *mark;
                live.head = live.head.max(*mark);
                live.seen = Some(*at);
                if live.mark >= live.head {
                    live.oldest_unsent = None;
                }
            }
            News::Hello(hello, at) => {
                let live = self.touch(&hello.workplace);
                live.seen = Some(*at);
                live.head = hello.head;
                live.session = hello.session;
                live.version.clone_from(&hello.version);
                note_clock(live, hello.wall, *at);
            }
            News::Telemetry(telemetry, at) => {
                let live = self.touch(&telemetry.workplace);
                live.seen = Some(*at);
                live.head = telemetry.head;
                live.oldest_unsent = telemetry.oldest_unsent;
                live.disk_free = telemetry.disk_free;
                live.taken = telemetry.manifest.or(live.taken);
                live.tags = telemetry.tags.or(live.tags);
                if let Some(count) = telemetry.till_errors {
                    live.failures.told(telemetry.session, count, *at);
                }
                live.version.clone_from(&telemetry.version);
                note_clock(live, telemetry.wall, *at);
            }
            News::Alarm {
                workplace,
                alarm,
                evidence,
                at,
            } => {
                self.alarm(workplace, *alarm, evidence.clone(), *at);
            }
        }
    }

    /// The newest entry of a workplace that its sums hold.
    #[must_use]
    pub fn folded_upto(&self, workplace: &WorkplaceId) -> (Epoch, Seq) {
        self.of(workplace)
            .map(|live| live.folded)
            .unwrap_or_default()
    }

    /// A workplace should have these datasets.
    pub fn wanted(&mut self, workplace: &WorkplaceId, stacks: Vec<Due>, signed: Generation) {
        let live = self.touch(workplace);
        live.shelf.wanted = stacks;
        live.signed = signed;
    }

    /// The newest documents that the office ordered.
    pub fn ordered<'a>(
        &mut self,
        documents: impl IntoIterator<Item = (&'a WorkplaceId, &'a DocumentNumber)>,
    ) {
        for (workplace, number) in documents {
            let known = self.of(workplace).map(|live| live.ordered);
            if known != Some(*number) {
                self.touch(workplace).ordered = *number;
            }
        }
    }

    /// Workplaces that have what they should have by now, and all that should have anything.
    #[must_use]
    pub fn converged(&self, now: Timestamp) -> (usize, usize) {
        let shelves = self.workplaces.values().map(|live| &live.shelf);
        let wanting = shelves.filter(|shelf| shelf.wanted_at(now).is_some());
        let reached = wanting.clone().filter(|shelf| shelf.is_there(now));
        (reached.count(), wanting.count())
    }

    /// Adds an entry to the sums of its workplace.
    pub fn fold(&mut self, workplace: &WorkplaceId, entry: &Entry) {
        let live = self.touch(workplace);
        live.folded = (entry.header.epoch, entry.header.seq);
        live.mark = Mark {
            epoch: entry.header.epoch,
            seq: entry.header.seq,
            hash: entry.hash,
        };
        live.totals.apply(entry);
        live.shelf.apply(entry);
        live.sold.apply(entry);
        live.note_start(entry);
        live.note_document(entry);
        if let Some(evidence) = self.coupons.apply(workplace, entry) {
            self.alarm(
                workplace,
                Alarm::CouponTwice,
                evidence,
                entry.header.wall.at,
            );
        }
    }

    /// A workplace was heard before the centre started.
    pub fn recalled(&mut self, workplace: &WorkplaceId, at: Timestamp) {
        let live = self.touch(workplace);
        live.head = live.head.max(live.mark);
        live.seen = Some(at);
        live.since = at;
    }

    /// Every workplace with what is known of it.
    pub fn workplaces(&self) -> impl Iterator<Item = (&WorkplaceId, &Live)> {
        self.workplaces.iter()
    }

    /// One workplace.
    #[must_use]
    pub fn of(&self, workplace: &WorkplaceId) -> Option<&Live> {
        self.workplaces.get(workplace)
    }

    /// The workplaces of one shop, by till.
    #[must_use]
    pub fn store(&self, store: &StoreId) -> Vec<(&WorkplaceId, &Live)> {
        // Workplaces of a shop stand together, by till.
        let Ok(first) = format!("{store}-1").parse::<WorkplaceId>() else {
            return Vec::new();
        };
        let from_here = self.workplaces.range(first..);
        from_here
            .take_while(|(id, _)| id.store() == store)
            .collect()
    }

    /// Every shop with the worst status of its workplaces, in order.
    #[must_use]
    pub fn tiles(&self, now: Timestamp) -> Vec<(StoreId, Status)> {
        let mut tiles: BTreeMap<StoreId, Status> = BTreeMap::new();
        for (id, live) in &self.workplaces {
            let status = live.status(now);
            let worst = tiles.entry(id.store().clone()).or_insert(status);
            *worst = worse(*worst, status);
        }
        tiles.into_iter().collect()
    }

    fn touch(&mut self, workplace: &WorkplaceId) -> &mut Live {
        self.revision = self.revision.saturating_add(1);
        self.workplaces.entry(workplace.clone()).or_default()
    }
}

/// A tile is its worst workplace; one that never spoke says nothing about the others.
fn worse(one: Status, other: Status) -> Status {
    let rank = |status| match status {
        Status::New => 0,
        Status::Ok => 1,
        Status::Warn => 2,
        Status::Off => 3,
        Status::Bad => 4,
    };
    if rank(other) > rank(one) { other } else { one }
}

fn note_clock(live: &mut Live, theirs: Timestamp, ours: Timestamp) {
    live.clock_offset_ms = theirs.since_ms(ours);
    if live.clock_offset_ms.abs() > CLOCK_OFFSET_MS_MAX {
        let evidence = format!("{} s", live.clock_offset_ms / 1_000);
        live.raise(Alarm::Clock, evidence, ours);
    } else {
        live.alarms.remove(&Alarm::Clock);
    }
}

//! The world of one seed: a queue of events in virtual time, and who does what when.

use std::collections::BTreeMap;

use storefleet_controller::ingest::News;
use storefleet_core::health::Alarm;
use storefleet_core::ids::WorkplaceId;
use storefleet_wire::keys::TrustStore;
use storefleet_wire::topic::Up;

use crate::sim::centre::{Centre, Grouped};
use crate::sim::checks::{Checked, violated};
use crate::sim::coverage::{Coverage, Met};
use crate::sim::faults::Fault;
use crate::sim::network::Weather;
use crate::sim::office::Office;
use crate::sim::people::{People, ZONES};
use crate::sim::rng::Rng;
use crate::sim::shop::{End, Shop, Stop};
use crate::sim::way_down::Deed;

/// More events than any seed needs.
const STEPS_MAX: u64 = 40_000;
/// Acks that may still come again.
const OLD_ACKS_MAX: usize = 400;

/// What happens at a time.
pub enum Event {
    /// People at a till do something; `true` closes the day.
    Act(usize, bool),
    /// Everything unanswered is asked again.
    Retry(usize),
    /// An agent starts.
    Start(usize),
    /// An agent of that session connects.
    Connect(usize, u64),
    /// A line wants to be asked.
    Wake(usize, u64),
    /// A message arrives at the centre.
    Up(WorkplaceId, Up, Vec<u8>),
    /// A message arrives at a shop.
    Down(WorkplaceId, Vec<u8>),
    /// A manifest arrives at a shop.
    Manifest(WorkplaceId, Vec<u8>),
    /// A shop of that session asks for a piece of what it lacks.
    Fetch(usize, u64),
    /// Every shop looks what is due.
    Look,
    /// Somebody of the office does something.
    Office(Deed),
    /// The centre takes what came.
    Group,
    /// The centre starts.
    CentreStart,
    /// The centre is backed up.
    BackUp,
    /// Something goes wrong.
    Fault(Fault),
}

/// Everything of one seed.
pub struct World {
    pub now: i64,
    pub dice: Rng,
    pub met: Coverage,
    pub shops: Vec<Shop>,
    pub weather: BTreeMap<WorkplaceId, Weather>,
    pub centre: Centre,
    pub trust: TrustStore,
    pub office: Office,
    pub people: People,
    /// Acks of some time ago, with the incarnation they came from.
    pub old_acks: Vec<(WorkplaceId, u32, Vec<u8>)>,
    /// Whom the broker talks to under each name.
    pub(super) online: BTreeMap<WorkplaceId, usize>,
    queue: BTreeMap<(i64, u64), Event>,
    pub(super) serial: u64,
    group_due: bool,
    /// Events handled.
    pub steps: u64,
}

impl World {
    /// Four tills in three stores, and their centre.
    #[must_use]
    pub fn new(seed: u64, now: i64) -> Self {
        let (mut centre, trust, key) = Centre::new(seed);
        let office = Office::new(key, centre.incarnation);
        let mut dice = Rng::new(seed ^ 0x5707_ef1e_e700_0000);
        let zones = [*dice.pick(ZONES), *dice.pick(ZONES), ZONES[ZONES.len() - 1]];
        let mut shops = Vec::new();
        for id in ["s1-1", "s1-2", "s2-1", "s3-1"] {
            let zone = zones[usize::from(id.as_bytes()[1] - b'1')];
            let shop = Shop::new(id, dice.any(), now, zone);
            centre.keys.grant(&shop.id, shop.key.public());
            shops.push(shop);
        }
        let weather = shops
            .iter()
            .map(|shop| (shop.id.clone(), Weather::default()))
            .collect();
        let mut world = Self {
            now,
            dice,
            met: Coverage::default(),
            shops,
            weather,
            centre,
            trust,
            office,
            people: People::default(),
            old_acks: Vec::new(),
            online: BTreeMap::new(),
            queue: BTreeMap::new(),
            serial: 0,
            group_due: false,
            steps: 0,
        };
        let World {
            people,
            office,
            dice,
            met,
            ..
        } = &mut world;
        people.begin(office, &zones, now, dice, met);
        for shop in 0..world.shops.len() {
            world.after(1_000, Event::Start(shop));
        }
        world.after(10, Event::CentreStart);
        world
    }

    /// Puts an event into the queue.
    pub fn after(&mut self, ms: i64, event: Event) {
        self.serial += 1;
        self.queue.insert((self.now + ms, self.serial), event);
    }

    /// Handles everything up to that time.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn run_until(&mut self, until: i64) -> Checked {
        while let Some(next) = self.queue.first_entry() {
            let at = next.key().0;
            if at > until {
                break;
            }
            let event = next.remove();
            self.now = self.now.max(at);
            self.steps += 1;
            if self.steps > STEPS_MAX {
                let told = self.standing();
                return violated("a seed ends: nothing goes round in circles", told);
            }
            self.handle(event)?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// Forgets what was on its way: time jumps.
    pub fn jump(&mut self, to: i64) {
        for index in 0..self.shops.len() {
            self.hang_up(index);
        }
        self.queue.clear();
        self.group_due = false;
        self.now = to;
        for index in 0..self.shops.len() {
            self.after(100, Event::Connect(index, self.shops[index].session));
        }
    }

    fn handle(&mut self, event: Event) -> Checked {
        match event {
            Event::Act(shop, closing) => self.act(shop, closing),
            Event::Retry(shop) => self.retry(shop),
            Event::Start(shop) => self.start(shop),
            Event::Connect(shop, session) => self.connect(shop, session),
            Event::Wake(shop, number) => self.wake(shop, number),
            Event::Up(from, class, payload) => {
                self.arrive(from, class, payload);
                Ok(())
            }
            Event::Down(to, payload) => self.hear(&to, &payload),
            Event::Group => self.group(),
            Event::Manifest(to, bytes) => self.take_manifest(&to, &bytes),
            Event::Fetch(shop, session) => self.fetch(shop, session),
            Event::Look => self.look(),
            Event::Office(deed) => {
                self.office_acts(deed);
                Ok(())
            }
            Event::CentreStart => {
                if self.centre.ingest.is_none() {
                    self.met.met(Met::CentreRebuilt);
                    let started = self.centre.start(&mut self.met);
                    if self.centre.loses_power {
                        self.centre_falls(true);
                    } else {
                        started?;
                        self.office.begin();
                        self.tell_datasets();
                    }
                }
                Ok(())
            }
            Event::BackUp => {
                self.centre.back_up(self.now);
                self.office.back_up(self.now);
                Ok(())
            }
            Event::Fault(fault) => self.inject(fault),
        }
    }

    fn act(&mut self, index: usize, closing: bool) -> Checked {
        let now = self.now;
        let shop = &mut self.shops[index];
        let mut group = Vec::new();
        // The newest group is asked again word for word; few things wait at a till.
        group.extend(shop.client.pending.iter().cloned());
        if shop.client.pending.len() < 3 || closing {
            group.push(shop.client.ask(closing));
        }
        if self.dice.one_in(6) {
            group.extend(shop.client.repeat(now));
        }
        if self.dice.one_in(12) {
            group.extend(shop.client.reuse(now));
        }
        self.turn(index, group)
    }

    fn retry(&mut self, index: usize) -> Checked {
        let group = self.shops[index].client.pending.clone();
        if group.is_empty() {
            return Ok(());
        }
        self.turn(index, group)
    }

    fn turn(
        &mut self,
        index: usize,
        group: Vec<storefleet_core::workplace::decide::Asked>,
    ) -> Checked {
        let shop = &mut self.shops[index];
        if shop.store.is_none() {
            return Ok(());
        }
        if let Err(stop) = shop.turn(self.now, group, &mut self.met) {
            return self.stopped(index, stop);
        }
        self.progress(index)
    }

    fn arrive(&mut self, from: WorkplaceId, class: Up, payload: Vec<u8>) {
        if self.centre.ingest.is_none() {
            return;
        }
        self.centre.inbox.push((from, class, payload));
        if !self.group_due {
            self.group_due = true;
            let wait = self.dice.between(1, 60);
            self.after(wait, Event::Group);
        }
    }

    fn group(&mut self) -> Checked {
        self.group_due = false;
        let (sent, news) = match self.centre.group(self.now)? {
            Grouped::Done(sent, news) => (sent, news),
            Grouped::Down => {
                if self.centre.loses_power {
                    self.met.met(Met::CentrePower);
                    self.centre_falls(true);
                }
                return Ok(());
            }
        };
        for news in news {
            if let News::Alarm {
                alarm: Alarm::Refused,
                evidence,
                workplace,
                ..
            } = news
            {
                let told = format!("{workplace}: {evidence}");
                return violated("nothing a shop signed is refused", told);
            }
        }
        for sent in sent {
            let shops = self.shops.iter_mut().filter(|shop| shop.id == sent.to);
            for shop in shops {
                shop.truly_acked = shop.truly_acked.max(sent.ack.mark);
            }
            if self.old_acks.len() >= OLD_ACKS_MAX {
                self.old_acks.remove(0);
            }
            let row = (sent.to.clone(), sent.ack.incarnation, sent.payload.clone());
            self.old_acks.push(row);
            self.tell(&sent.to, sent.payload);
        }
        if !self.centre.inbox.is_empty() {
            self.group_due = true;
            self.after(5, Event::Group);
        }
        Ok(())
    }

    /// The centre goes down and comes back a little later.
    pub fn centre_falls(&mut self, power: bool) {
        let seed = power.then(|| self.dice.any());
        self.centre.fall(seed);
        self.group_due = false;
        let wait = self.dice.between(500, 60_000);
        self.after(wait, Event::CentreStart);
    }

    fn start(&mut self, index: usize) -> Checked {
        let shop = &mut self.shops[index];
        if shop.store.is_some() || shop.fate.retired {
            return Ok(());
        }
        if let Err(stop) = shop.start(self.now, &mut self.met) {
            return self.stopped(index, stop);
        }
        let session = shop.session;
        if let Err(stop) = shop.open_shelf(&self.trust, &self.office, self.now, &mut self.met) {
            return self.stopped(index, stop);
        }
        let wait = self.dice.between(100, 20_000);
        self.after(wait, Event::Connect(index, session));
        let wait = self.dice.between(1_000, 60_000);
        self.after(wait, Event::Retry(index));
        Ok(())
    }

    /// A shop stopped: by plan it starts again later.
    ///
    /// # Errors
    /// When it was no plan.
    pub fn stopped(&mut self, index: usize, stop: Stop) -> Checked {
        let end = match stop {
            Stop::Down(end) => end,
            Stop::Broken(violation) => return Err(violation),
        };
        let shop = &mut self.shops[index];
        if shop.store.is_some() && self.dice.one_in(2) {
            for batch in shop.last_gasp(self.now, &mut self.met) {
                self.send(index, Up::Batch, batch);
            }
        }
        self.fell(index, end);
        Ok(())
    }

    /// A copy is switched off for good.
    pub fn retire(&mut self, index: usize) {
        let shop = &mut self.shops[index];
        shop.fall(End::Killed, 0);
        shop.fate.retired = true;
    }

    /// The agent of a shop ends now and starts again later.
    pub fn fell(&mut self, index: usize, end: End) {
        let seed = self.dice.any();
        let shop = &mut self.shops[index];
        if end == End::Power {
            if shop.rooms.loses_power() {
                self.met.met(Met::AgentPowerMidStep);
            } else {
                self.met.met(Met::AgentPower);
            }
            if shop.rooms.is_untrue() {
                self.met.met(Met::LyingDisk);
            }
        } else {
            self.met.met(Met::AgentKilled);
        }
        shop.fall(end, seed);
        let wait = self.dice.between(1_000, 90_000);
        if end == End::Power {
            // The monotonic clock starts anew with the machine.
            self.shops[index].booted_at = self.now + wait;
        }
        self.after(wait, Event::Start(index));
    }
}

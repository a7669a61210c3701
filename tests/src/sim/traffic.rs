//! What goes over the lines of the world: hello and batches up, acks down.

use storefleet_core::epoch::Mark;
use storefleet_core::ids::WorkplaceId;
use storefleet_core::sync::message::{Ack, Verdict};
use storefleet_core::sync::uplink::Action;
use storefleet_wire::topic::Up;

use crate::sim::checks::{Checked, violated};
use crate::sim::coverage::Met;
use crate::sim::line::Hangup;
use crate::sim::network::Way;
use crate::sim::shop::{CrashPoint, Stop};
use crate::sim::world::{Event, World};

impl World {
    pub(super) fn progress(&mut self, index: usize) -> Checked {
        match self.shops[index].note_progress(self.now) {
            Ok(()) => self.pump(index),
            Err(_) => {
                self.leave(index);
                Ok(())
            }
        }
    }

    /// Sends what is due and asks when to come again.
    pub(super) fn pump(&mut self, index: usize) -> Checked {
        let shop = &mut self.shops[index];
        if shop.store.is_none() {
            return Ok(());
        }
        match shop.send_due(self.now, &mut self.met) {
            Ok(batches) => {
                let sent = !batches.is_empty();
                for batch in batches {
                    self.send(index, Up::Batch, batch);
                }
                if sent && let Some((CrashPoint::AfterSend, end)) = self.shops[index].crash_at {
                    self.met.met(Met::CrashAfterSend);
                    return self.stopped(index, Stop::Down(end));
                }
            }
            Err(Hangup::Unreadable) => {
                self.leave(index);
                return Ok(());
            }
            Err(Hangup::NewEpoch | Hangup::Silent) => self.leave(index),
        }
        let shop = &self.shops[index];
        if let (Some(at), Some(line)) = (shop.wake_at(self.now), &shop.line) {
            let number = line.number;
            self.after(at - self.now, Event::Wake(index, number));
        }
        Ok(())
    }

    pub(super) fn wake(&mut self, index: usize, number: u64) -> Checked {
        let shop = &mut self.shops[index];
        if shop.line.as_ref().is_none_or(|line| line.number != number) {
            return Ok(());
        }
        // An earlier wish that came true already.
        if shop.wake_at(self.now).is_some_and(|at| at > self.now + 1) {
            return Ok(());
        }
        if shop.tick(self.now) {
            self.met.met(Met::Reconnected);
            self.leave(index);
            return Ok(());
        }
        self.pump(index)
    }

    pub(super) fn send(&mut self, index: usize, class: Up, payload: Vec<u8>) {
        let id = self.shops[index].id.clone();
        let weather = self.weather.get_mut(&id).expect("every shop has some");
        let arrivals = weather.carry(Way::Up, self.now, &mut self.dice, &mut self.met);
        for at in arrivals {
            let event = Event::Up(id.clone(), class, payload.clone());
            self.after(at - self.now, event);
        }
    }

    pub(super) fn hear(&mut self, to: &WorkplaceId, payload: &[u8]) -> Checked {
        let Some(&index) = self.online.get(to) else {
            return Ok(());
        };
        let (now, shop) = (self.now, &mut self.shops[index]);
        if shop.store.is_none() || shop.line.is_none() {
            return Ok(());
        }
        let Some((ack, actions)) = shop.hear(&self.trust, payload, now) else {
            self.met.met(Met::AckRefused);
            return Ok(());
        };
        match ack.verdict {
            Verdict::Resume => self.met.met(Met::Resume),
            Verdict::Held => self.met.met(Met::Held),
            Verdict::Ok | Verdict::Ahead | Verdict::Refused | Verdict::Other(_) => {}
        }
        self.held_by_the_centre(index, &ack)?;
        for action in actions {
            if let Err(stop) = self.carry_out(index, action) {
                return self.stopped(index, stop);
            }
        }
        self.progress(index)
    }

    /// What a shop counts as held is held, in the life of the centre that it speaks to.
    fn held_by_the_centre(&self, index: usize, ack: &Ack) -> Checked {
        let shop = &self.shops[index];
        let Some(line) = &shop.line else {
            return Ok(());
        };
        let is_of_this_life = line.heard == self.centre.incarnation && self.centre.ingest.is_some();
        if !is_of_this_life || shop.fate.lied || shop.fate.cloned {
            return Ok(());
        }
        let acked = line.uplink.acked();
        let centre = self.centre.ingest.as_ref();
        let chains = centre.and_then(|centre| centre.chains(&shop.id));
        let chains = chains.cloned().unwrap_or_default();
        let reaches = |end: Mark| (end.epoch, end.seq) >= (acked.epoch, acked.seq);
        // A damaged shop's chain may be kept apart, whole.
        let mut apart = chains.held.iter().map(|held| held.head);
        let is_apart = apart.any(|end| end.epoch == acked.epoch && reaches(end));
        if !reaches(chains.head) && !is_apart {
            let (fate, uplink) = (shop.fate, &line.uplink);
            let told = format!("{}: {chains:?}, {ack:?}, {uplink:?}, {fate:?}", shop.id);
            return violated("a shop counts as held what the centre holds", told);
        }
        Ok(())
    }

    /// An ack of the life before the restore was still under way.
    fn overtaken_ack(&mut self, index: usize) {
        let (id, life) = (&self.shops[index].id, self.centre.incarnation);
        let is_late = |(to, of, _): &&(WorkplaceId, u32, Vec<u8>)| to == id && *of < life;
        let late = self.old_acks.iter().rev().find(is_late).cloned();
        let is_under_way = self.dice.one_in(3);
        if let Some((to, _, payload)) = late.filter(|_| is_under_way) {
            self.met.met(Met::AckReplayed);
            let wait = self.dice.between(1, 40);
            self.after(wait, Event::Down(to, payload));
        }
    }

    pub(super) fn carry_out(&mut self, index: usize, action: Action) -> Result<(), Stop> {
        let (now, shop) = (self.now, &mut self.shops[index]);
        match action {
            Action::Acked(mark) => {
                if let Some((CrashPoint::AfterAck, end)) = shop.crash_at {
                    self.met.met(Met::CrashAfterAck);
                    return Err(Stop::Down(end));
                }
                shop.prune(mark, now, &mut self.met)?;
            }
            Action::Rewound(_) => {
                self.met.met(Met::Rewound);
                self.overtaken_ack(index);
            }
            Action::OpenEpoch(parent) => {
                if shop.fate.is_plain() {
                    let journal = shop.store().journal().expect("it runs");
                    let here = journal
                        .entry(parent.epoch, parent.seq)
                        .map(|it| it.is_some());
                    let head = shop.store().durable();
                    let told = format!("{}: {parent:?}, head {head:?}, {here:?}", shop.id);
                    violated("only a disk that lied falls behind the centre", told)?;
                }
                if shop.behind_centre(parent, now)? {
                    self.met.met(Met::BehindEpoch);
                }
            }
            Action::Raise(_) | Action::Reconnect(_) => {}
        }
        Ok(())
    }

    pub(super) fn connect(&mut self, index: usize, session: u64) -> Checked {
        let shop = &self.shops[index];
        if shop.store.is_none() || shop.line.is_some() || shop.session != session {
            return Ok(());
        }
        let weather = self.weather.get(&shop.id).expect("every shop has some");
        if !weather.connects(self.now) || self.centre.ingest.is_none() {
            let wait = self.dice.between(1_000, 30_000);
            self.after(wait, Event::Connect(index, session));
            return Ok(());
        }
        // The gate lets the newest in.
        if let Some(other) = self.online.insert(shop.id.clone(), index)
            && other != index
        {
            self.leave(other);
        }
        self.online.insert(self.shops[index].id.clone(), index);
        self.serial += 1;
        let hello = self.shops[index].connect(self.serial, self.now);
        self.send(index, Up::Report, hello);
        let id = self.shops[index].id.clone();
        self.give_retained(&id);
        self.pump(index)
    }

    pub(super) fn hang_up(&mut self, index: usize) {
        let now = self.now;
        let shop = &mut self.shops[index];
        if shop.store.is_some() {
            shop.hang_up(now);
        }
    }

    /// The line ends and is tried again after the backoff.
    pub fn leave(&mut self, index: usize) {
        self.hang_up(index);
        let shop = &self.shops[index];
        let (failures, session) = (shop.db.cursor.failures, shop.session);
        let wait = storefleet_core::sync::backoff::delay_ms(failures, self.dice.any());
        let wait = i64::try_from(wait).expect("at most minutes") + 50;
        self.after(wait, Event::Connect(index, session));
    }

    /// Sends something down to whoever has that name.
    pub fn tell(&mut self, to: &WorkplaceId, payload: Vec<u8>) {
        let weather = self.weather.get_mut(to).expect("every shop has some");
        let arrivals = weather.carry(Way::Down, self.now, &mut self.dice, &mut self.met);
        for at in arrivals {
            let event = Event::Down(to.clone(), payload.clone());
            self.after(at - self.now, event);
        }
    }

    /// Acks of some time ago come again.
    pub(super) fn replay(&mut self) {
        if self.old_acks.is_empty() {
            return;
        }
        for _ in 0..3 {
            let (to, incarnation, payload) = self.dice.pick(&self.old_acks).clone();
            self.met.met(if incarnation < self.centre.incarnation {
                Met::AckReplayed
            } else {
                Met::AckDoubled
            });
            self.tell(&to, payload);
        }
    }
}

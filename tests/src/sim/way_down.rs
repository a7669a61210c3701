//! What comes down to the shops of the world: manifests, and the segments that they ask for.

use std::collections::BTreeSet;

use storefleet_core::dataset::manifest::{Generation, Manifest};
use storefleet_core::ids::WorkplaceId;
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;

use crate::sim::checks::Checked;
use crate::sim::coverage::Met;
use crate::sim::network::Way;
use crate::sim::shelf::Point;
use crate::sim::shop::{End, Stop};
use crate::sim::world::{Event, World};

/// Bytes of a piece: a segment of the simulator is a few of them.
const PIECE_BYTES: usize = 300;

/// What people of the office do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Change prices.
    Change,
    /// Release what was changed.
    Release,
    /// Pause, resume, roll back or cancel.
    Meddle,
    /// Take a change back.
    Undo,
    /// Only the planner looks.
    Look,
}

impl World {
    fn workplaces(&self) -> BTreeSet<WorkplaceId> {
        self.shops.iter().map(|shop| shop.id.clone()).collect()
    }

    /// Somebody of the office does something, and shops are told what follows.
    pub(super) fn office_acts(&mut self, deed: Deed) {
        if self.centre.ingest.is_none() {
            return;
        }
        let (now, dice, met) = (self.now, &mut self.dice, &mut self.met);
        let (people, office) = (&mut self.people, &mut self.office);
        match deed {
            Deed::Change => people.change(office, now, dice),
            Deed::Release => {
                let urgent = dice.one_in(3);
                people.release(office, urgent, now, dice, met);
            }
            Deed::Meddle => people.meddle(office, now, dice, met),
            Deed::Undo => people.undo(office, now, dice, met),
            Deed::Look => {}
        }
        self.tell_datasets();
    }

    /// The planner goes on, and whoever should have something else is told.
    pub(super) fn tell_datasets(&mut self) {
        if self.centre.ingest.is_none() {
            return;
        }
        let mut online = BTreeSet::new();
        for shop in &self.shops {
            if shop.line.is_some() && !shop.fate.retired {
                online.insert(shop.id.clone());
                if shop.is_caught_up() && shop.store.is_some() {
                    let said = shop.store().state().datasets.clone();
                    self.office.heard.insert(shop.id.clone(), said);
                }
            }
        }
        self.people.carry_out(&mut self.office, &online, self.now);
        let workplaces = self.workplaces();
        for (to, bytes) in self.office.tell(&workplaces, self.now) {
            self.send_manifest(&to, bytes);
        }
    }

    fn send_manifest(&mut self, to: &WorkplaceId, bytes: Vec<u8>) {
        let weather = self.weather.get_mut(to).expect("every shop has some");
        let arrivals = weather.carry(Way::Down, self.now, &mut self.dice, &mut self.met);
        for at in arrivals {
            self.after(at - self.now, Event::Manifest(to.clone(), bytes.clone()));
        }
    }

    /// The broker gives a workplace what it keeps for it.
    pub(super) fn give_retained(&mut self, to: &WorkplaceId) {
        if let Some(bytes) = self.office.retained.get(to).cloned() {
            self.send_manifest(to, bytes);
        }
    }

    /// At rest the newest manifest comes again, and a fetch that was lost begins anew.
    pub fn nudge(&mut self, index: usize) {
        let shop = &mut self.shops[index];
        shop.kept.fetching = false;
        let id = shop.id.clone();
        if self.centre.ingest.is_some() {
            self.give_retained(&id);
        }
        self.fetch_soon(index);
    }

    pub(super) fn take_manifest(&mut self, to: &WorkplaceId, bytes: &[u8]) -> Checked {
        let Some(&index) = self.online.get(to) else {
            return Ok(());
        };
        let shop = &mut self.shops[index];
        if shop.store.is_none() || shop.line.is_none() {
            return Ok(());
        }
        let taken = shop.take_manifest(&self.trust, &self.office, bytes, self.now, &mut self.met);
        self.kept_on(index, taken)?;
        self.fetch_soon(index);
        Ok(())
    }

    fn kept_on(&mut self, index: usize, done: Result<(), Stop>) -> Checked {
        match done {
            Ok(()) => self.progress(index),
            Err(stop) => {
                if self.shops[index].kept.image.is_off() {
                    self.met.met(Met::ShelfPower);
                }
                self.stopped(index, stop)
            }
        }
    }

    pub(super) fn fetch_soon(&mut self, index: usize) {
        let shop = &mut self.shops[index];
        if shop.lacking().is_some() && !shop.kept.fetching {
            shop.kept.fetching = true;
            let session = shop.session;
            let wait = self.dice.between(50, 3_000);
            self.after(wait, Event::Fetch(index, session));
        }
    }

    /// One question for a piece and its answer.
    pub(super) fn fetch(&mut self, index: usize, session: u64) -> Checked {
        let shop = &mut self.shops[index];
        if shop.session != session || shop.store.is_none() {
            return Ok(());
        }
        shop.kept.fetching = false;
        let Some((need, offset)) = shop.lacking() else {
            return Ok(());
        };
        let weather = self.weather.get(&shop.id).expect("every shop has some");
        let is_open = weather.connects(self.now) && self.centre.ingest.is_some();
        let packed = self.office.packed(&need).filter(|_| is_open);
        let Some(packed) = packed else {
            return Ok(());
        };
        let from = usize::try_from(offset)
            .expect("a small segment")
            .min(packed.len());
        let mut bytes = packed[from..packed.len().min(from + PIECE_BYTES)].to_vec();
        if from > 0 {
            self.met.met(Met::SegmentResumed);
        }
        if weather.loss_in > 0 && self.dice.one_in(weather.loss_in) {
            self.met.met(Met::PieceCut);
            bytes.truncate(bytes.len() / 2);
        }
        if std::mem::take(&mut self.shops[index].kept.spoilt) && !bytes.is_empty() {
            let place = self.dice.index(bytes.len());
            bytes[place] ^= 1 << self.dice.below(8);
            self.met.met(Met::PieceDamaged);
        }
        let shop = &mut self.shops[index];
        let piece = (bytes.as_slice(), packed.len() as u64);
        let mut done = shop.take_piece(&need, offset, piece, self.now, &mut self.met);
        if done.is_ok() {
            done = shop.switch_if_due(&self.office, self.now, &mut self.met);
        }
        self.kept_on(index, done)?;
        self.fetch_soon(index);
        Ok(())
    }

    /// Every shop looks whether something is due or lacking.
    pub(super) fn look(&mut self) -> Checked {
        for index in 0..self.shops.len() {
            let shop = &mut self.shops[index];
            if shop.store.is_none() || shop.fate.retired {
                continue;
            }
            let done = shop.switch_if_due(&self.office, self.now, &mut self.met);
            self.kept_on(index, done)?;
            if self.shops[index].store.is_some() {
                if self.dice.one_in(6) {
                    self.shops[index].forgive();
                }
                let (shop, office) = (&self.shops[index], &self.office);
                if self.dice.one_in(3) {
                    crate::sim::sold::prices(shop, office, shop.local(self.now))?;
                }
                self.fetch_soon(index);
            }
        }
        Ok(())
    }

    /// Something goes wrong with datasets.
    pub(super) fn spoil_datasets(&mut self, index: usize) {
        let id = self.shops[index].id.clone();
        match self.dice.below(12) {
            0 | 1 => self.forge_manifest(&id),
            2 | 3 => self.replay_manifest(&id),
            4 => self.shops[index].kept.spoilt = true,
            5 | 6 => {
                let steps = self.dice.below(12) + 1;
                self.shops[index].kept.image.power_off_after(steps);
            }
            7 => {
                self.met.met(Met::ShelfReplaced);
                if self.shops[index].store.is_some() {
                    self.fell(index, End::Killed);
                }
                self.shops[index].kept.replace();
            }
            _ => {
                let points = [
                    Point::BeforeStage,
                    Point::AfterStage,
                    Point::AfterJournal,
                    Point::AfterSwitch,
                ];
                let end = *self.dice.pick(&[End::Killed, End::Power]);
                self.shops[index].kept.crash_at = Some((*self.dice.pick(&points), end));
            }
        }
    }

    fn replay_manifest(&mut self, id: &WorkplaceId) {
        let own = self.office.old.iter().filter(|(to, _)| to == id);
        let own: Vec<_> = own.cloned().collect();
        if !own.is_empty() {
            let (to, bytes) = self.dice.pick(&own).clone();
            self.met.met(Met::ManifestReplayed);
            self.send_manifest(&to, bytes);
        }
    }

    /// Whoever holds the broker can send anything, but has no manifest key.
    fn forge_manifest(&mut self, id: &WorkplaceId) {
        let Some(mut bytes) = self.office.retained.get(id).cloned() else {
            return;
        };
        match self.dice.below(3) {
            0 => {
                let place = self.dice.index(bytes.len());
                bytes[place] ^= 1 << self.dice.below(8);
                self.met.met(Met::ManifestDamaged);
            }
            1 => {
                let mut others = self.office.retained.iter().filter(|(to, _)| *to != id);
                if let Some((_, other)) = others.next_back() {
                    bytes = other.clone();
                }
                self.met.met(Met::ManifestOfAnother);
            }
            _ => {
                let stranger = SigningKey::from_seed(&[66; 32]).expect("32 bytes");
                let manifest = Manifest {
                    workplace: id.clone(),
                    generation: Generation {
                        incarnation: u32::MAX,
                        counter: 1,
                    },
                    issued: Timestamp(self.now),
                    expires: Timestamp(i64::MAX),
                    layers: Vec::new(),
                    segments: Vec::new(),
                };
                bytes = message::write(Kind::Manifest, &stranger, &manifest);
                self.met.met(Met::ManifestForged);
            }
        }
        self.send_manifest(id, bytes);
    }
}

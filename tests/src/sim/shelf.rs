//! The datasets of a simulated shop: the real shelf on a simulated disk, in a shell like the agent's keeper.

use jiff::tz::TimeZone;
use redb::Database;
use storefleet_agent::datasets::adopt;
use storefleet_agent::datasets::packed::Partial;
use storefleet_agent::datasets::shelves::{Fault, Shelves};
use storefleet_core::dataset::manifest::{Applied, Generation, Rejected, RejectedCode};
use storefleet_core::dataset::shelf::{Need, Shelf};
use storefleet_core::fact::Fact;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_wire::keys::TrustStore;

use crate::sim::checks::Violation;
use crate::sim::coverage::{Coverage, Met};
use crate::sim::image::Image;
use crate::sim::office::Office;
use crate::sim::shop::{End, Shop, Stop};

/// Where the next crash around a switch is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Before records are put aside.
    BeforeStage,
    /// When they are.
    AfterStage,
    /// Between the journal and the switch.
    AfterJournal,
    /// Between the switch and anything else.
    AfterSwitch,
}

/// Datasets on the machine of a shop.
pub struct Kept {
    /// The file of the records.
    pub image: Image,
    /// Where the wall hangs.
    pub zone: TimeZone,
    folder: tempfile::TempDir,
    open: Option<Open>,
    refused: Option<Rejected>,
    /// A question for a piece is under way.
    pub fetching: bool,
    /// The next piece comes damaged.
    pub spoilt: bool,
    /// A crash that is planned.
    pub crash_at: Option<(Point, End)>,
    /// The newest generation that the journal was told of.
    pub adopted: Generation,
}

struct Open {
    shelves: Shelves,
    shelf: Shelf,
    partial: Partial,
}

impl Kept {
    /// An empty shelf below a wall in that zone.
    #[must_use]
    pub fn new(zone: &str) -> Self {
        Self {
            image: Image::default(),
            zone: TimeZone::get(zone).expect("a zone that is known"),
            folder: tempfile::tempdir().expect("a folder can be made"),
            open: None,
            refused: None,
            fetching: false,
            spoilt: false,
            crash_at: None,
            adopted: Generation::default(),
        }
    }

    /// The agent or its machine went down.
    pub fn fall(&mut self, end: End, seed: u64) {
        self.image = match end {
            End::Killed => self.image.after_kill(),
            End::Power => self.image.after_power_cut(seed),
        };
        // What the process still does while it ends goes to the file of before.
        (self.open, self.crash_at) = (None, None);
        (self.fetching, self.refused) = (false, None);
    }

    /// The same machine once more.
    pub fn copy(&mut self, other: &Self) {
        self.image = other.image.after_kill();
        self.zone = other.zone.clone();
        self.adopted = other.adopted;
    }

    /// Another machine took its place.
    pub fn replace(&mut self) {
        self.image = Image::default();
    }

    /// Records on sale and what was decided of them.
    #[must_use]
    pub fn opened(&self) -> Option<(&Shelves, &Shelf)> {
        self.open.as_ref().map(|open| (&open.shelves, &open.shelf))
    }

    fn shelf(&mut self) -> &mut Open {
        self.open.as_mut().expect("the agent runs")
    }
}

impl Shop {
    /// What the wall of the store shows.
    #[must_use]
    pub fn local(&self, now: i64) -> LocalTime {
        let at = self.wall(now).0;
        LocalTime(at + i64::from(self.zone_offset(now)) * 60_000)
    }

    /// Minutes by which the wall differs from UTC.
    #[must_use]
    pub fn zone_offset(&self, now: i64) -> i16 {
        let at = jiff::Timestamp::from_millisecond(self.wall(now).0).expect("a time of ours");
        i16::try_from(self.kept.zone.to_offset(at).seconds() / 60).expect("less than a day")
    }

    /// Opens the shelf as the disk holds it.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn open_shelf(
        &mut self,
        trust: &TrustStore,
        office: &Office,
        now: i64,
        met: &mut Coverage,
    ) -> Result<(), Stop> {
        let generation = self.store().state().datasets.generation;
        let image = self.kept.image.clone();
        let opened = Database::builder()
            .set_cache_size(1 << 20)
            .create_with_backend(image)
            .map_err(redb::Error::from)
            .and_then(Shelves::on);
        let at = self.wall(now);
        let (id, read_at) = (self.id.clone(), at);
        let read = |bytes: &[u8]| adopt::read(trust, &id, bytes, read_at);
        let restored = opened.and_then(|shelves| {
            let (shelf, _) = adopt::restored(&shelves, generation, read, at)?;
            Ok((shelves, shelf))
        });
        let (shelves, shelf) = match restored {
            Ok(restored) => restored,
            Err(_) if self.kept.image.is_off() => return Err(Stop::Down(End::Power)),
            Err(error) => {
                return Err(Stop::Broken(Violation {
                    invariant: "a shelf outlives a crash",
                    evidence: format!("{}: {error} ({error:?})", self.id),
                }));
            }
        };
        let partial = Partial::new(self.kept.folder.path().to_owned()).expect("a folder");
        if shelf.staged().next().is_some() {
            met.met(Met::StagedRestored);
        }
        self.kept.open = Some(Open {
            shelves,
            shelf,
            partial,
        });
        crate::sim::sold::whole(self, office)?;
        self.switch_if_due(office, now, met)?;
        let journal = self.store().state().datasets.clone();
        match self.kept.shelf().shelf.correction(&journal) {
            Some(correction) => {
                met.met(Met::JournalCorrected);
                self.note(&Fact::DatasetApplied(correction), now)
            }
            None => Ok(()),
        }
    }

    /// A manifest came.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn take_manifest(
        &mut self,
        trust: &TrustStore,
        office: &Office,
        bytes: &[u8],
        now: i64,
        met: &mut Coverage,
    ) -> Result<(), Stop> {
        if self.kept.open.is_none() {
            return Ok(());
        }
        let at = self.wall(now);
        let manifest = match adopt::read(trust, &self.id, bytes, at) {
            Ok(manifest) => manifest,
            Err(error) => {
                met.met(Met::ManifestForgedRefused);
                let generation = self.kept.shelf().shelf.generation();
                return self.reject(
                    generation,
                    None,
                    RejectedCode::Forged,
                    format!("{error:#}"),
                    now,
                );
            }
        };
        if manifest.generation == self.kept.shelf().shelf.generation() {
            met.met(Met::ManifestAgain);
        }
        if let Err(code) = self.kept.shelf().shelf.take(&manifest, at) {
            met.met(if code == RejectedCode::Older {
                Met::ManifestOlderRefused
            } else {
                Met::ManifestExpired
            });
            return self.reject(manifest.generation, None, code, String::new(), now);
        }
        let wanted = manifest.layers.iter();
        let wanted = wanted.map(|it| (it.layer.clone(), it.root)).collect();
        if let Err(Fault { code, detail }) = self.kept.shelf().shelves.keep(bytes, &wanted) {
            self.power_is_there()?;
            return self.reject(manifest.generation, None, code, detail, now);
        }
        for segment in &manifest.segments {
            met.met(Met::SegmentInline);
            self.stage(segment, None, now, met)?;
        }
        self.switch_if_due(office, now, met)
    }

    /// Time has passed: what was refused is asked for again.
    pub fn forgive(&mut self) {
        if let Some(open) = &mut self.kept.open {
            open.shelf.forgive();
        }
    }

    /// What is lacking first, and how much of it is here.
    #[must_use]
    pub fn lacking(&self) -> Option<(Need, u64)> {
        let open = self.kept.open.as_ref()?;
        let need = open.shelf.needs().into_iter().next()?;
        let here = open.partial.len(&need).expect("the folder can be read");
        Some((need, here))
    }

    /// A piece of a segment came.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn take_piece(
        &mut self,
        need: &Need,
        offset: u64,
        (bytes, total): (&[u8], u64),
        now: i64,
        met: &mut Coverage,
    ) -> Result<(), Stop> {
        let open = self.kept.shelf();
        let here = open.partial.append(need, offset, bytes).expect("a folder");
        if here < total {
            return Ok(());
        }
        let packed = open.partial.take(need).expect("a folder");
        self.stage(&packed, Some(need), now, met)
    }

    fn stage(
        &mut self,
        packed: &[u8],
        wanted: Option<&Need>,
        now: i64,
        met: &mut Coverage,
    ) -> Result<(), Stop> {
        self.crash_around(Point::BeforeStage, met)?;
        let open = self.kept.shelf();
        let needs = open.shelf.needs();
        match open.shelves.stage(packed, &needs) {
            Ok(Some(served)) => open.shelf.stage(&served),
            Ok(None) => return Ok(()),
            Err(Fault { code, detail }) => {
                self.power_is_there()?;
                met.met(Met::SegmentRefused);
                let open = self.kept.shelf();
                if let Some(need) = wanted {
                    open.shelf.refuse(need);
                }
                let generation = open.shelf.generation();
                return self.reject(generation, wanted.cloned(), code, detail, now);
            }
        }
        self.crash_around(Point::AfterStage, met)
    }

    /// The journal first, then the switch.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn switch_if_due(
        &mut self,
        office: &Office,
        now: i64,
        met: &mut Coverage,
    ) -> Result<(), Stop> {
        let local = self.local(now);
        let Some(open) = &self.kept.open else {
            return Ok(());
        };
        let Some(applied) = open.shelf.due(local) else {
            return Ok(());
        };
        let before = open.shelf.active().clone();
        crate::sim::sold::may_be_applied(self, office, &applied, &before, local)?;
        self.note(&Fact::DatasetApplied(applied.clone()), now)?;
        self.kept.adopted = self.kept.adopted.max(applied.generation);
        self.crash_around(Point::AfterJournal, met)?;
        self.switch(&applied)?;
        met.met(Met::Switched);
        crate::sim::sold::whole(self, office)?;
        crate::sim::sold::prices(self, office, local)?;
        self.crash_around(Point::AfterSwitch, met)
    }

    fn switch(&mut self, applied: &Applied) -> Result<(), Stop> {
        let open = self.kept.shelf();
        if let Err(fault) = open.shelves.switch(applied) {
            self.power_is_there()?;
            return Err(Stop::Broken(Violation {
                invariant: "what was put aside can be switched to",
                evidence: format!("{}: {fault:?}, {applied:?}", self.id),
            }));
        }
        open.shelf.switched(applied);
        Ok(())
    }

    fn reject(
        &mut self,
        generation: Generation,
        need: Option<Need>,
        code: RejectedCode,
        detail: String,
        now: i64,
    ) -> Result<(), Stop> {
        let (layer, root) = need.map(|need| (need.layer, need.to)).unzip();
        let rejected = Rejected {
            generation,
            layer,
            root,
            code,
            detail,
        };
        if self.kept.refused.as_ref() == Some(&rejected) {
            return Ok(());
        }
        self.kept.refused = Some(rejected.clone());
        self.note(&Fact::DatasetRejected(rejected), now)
    }

    /// Writes what happened to the datasets; it is durable then.
    ///
    /// # Errors
    /// The crash that was planned, or a broken invariant.
    pub fn note(&mut self, fact: &Fact, now: i64) -> Result<(), Stop> {
        let stamp = self.stamp(now);
        let noted = self.running().note(fact, &stamp);
        let done = noted.and_then(|()| self.running().commit());
        if let Err(error) = done {
            return Err(self.down(&error));
        }
        self.note_written(now);
        Ok(())
    }

    /// A failure is the fault of the power, or of nobody.
    fn power_is_there(&self) -> Result<(), Stop> {
        match self.kept.image.is_off() {
            true => Err(Stop::Down(End::Power)),
            false => Ok(()),
        }
    }

    fn crash_around(&mut self, point: Point, met: &mut Coverage) -> Result<(), Stop> {
        match self.kept.crash_at {
            Some((at, end)) if at == point => {
                self.kept.crash_at = None;
                met.met(match point {
                    Point::BeforeStage => Met::CrashBeforeStage,
                    Point::AfterStage => Met::CrashAfterStage,
                    Point::AfterJournal => Met::CrashBeforeSwitch,
                    Point::AfterSwitch => Met::CrashAfterSwitch,
                });
                Err(Stop::Down(end))
            }
            Some(_) | None => Ok(()),
        }
    }
}

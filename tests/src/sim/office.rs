//! The office of a seed: its log, the master data folded from it, and what it tells each workplace.

use std::collections::{BTreeMap, BTreeSet};

use storefleet_controller::datasets::inline::Inline;
use storefleet_controller::datasets::places::Places;
use storefleet_controller::datasets::told::Told;
use storefleet_controller::datasets::wants::{Roots, Wants};
use storefleet_controller::datasets::{VALID_MS, segments};
use storefleet_controller::master::MasterStore;
use storefleet_controller::master::underlay::Beside;
use storefleet_controller::office::{Area, OfficeEntry};
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::manifest::{Generation, Manifest, Wanted};
use storefleet_core::dataset::on_sale::OnSale;
use storefleet_core::dataset::shelf::Need;
use storefleet_core::entry;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::master::Table;
use storefleet_core::master::change::{MasterFact, RowChange, Source, facts};
use storefleet_core::rollout::assign::Assignments;
use storefleet_core::rollout::{Command, Refusal, RolloutFact, decide};
use storefleet_core::time::Timestamp;
use storefleet_wire::envelope::{Kind, SigningKey};
use storefleet_wire::message;

use crate::sim::sold::roots;

/// Manifests of some time ago that may still come again.
const OLD_MAX: usize = 200;

/// The records of one version of a layer.
pub type Records = BTreeMap<String, Vec<u8>>;

/// Log, master data and what was told.
pub struct Office {
    log: Vec<OfficeEntry>,
    pub store: MasterStore,
    pub incarnation: u32,
    pub key: SigningKey,
    told: Told,
    /// What the broker keeps for each workplace.
    pub retained: BTreeMap<WorkplaceId, Vec<u8>>,
    /// Every manifest that was signed, for replays.
    pub old: Vec<(WorkplaceId, Vec<u8>)>,
    /// What every manifest said: of one generation there may be several.
    pub issued: BTreeMap<(WorkplaceId, Generation), Vec<Vec<Wanted>>>,
    /// Every version that was ever built, whatever a restore took away.
    pub published: BTreeMap<(LayerId, Hash), Records>,
    /// What each workplace said last that it has on sale.
    pub heard: BTreeMap<WorkplaceId, OnSale>,
    packed: BTreeMap<Need, Option<Vec<u8>>>,
    /// How long the log was at each backup.
    backups: BTreeMap<i64, usize>,
}

fn blank() -> MasterStore {
    let memory = redb::backends::InMemoryBackend::new();
    let database = redb::Database::builder().create_with_backend(memory);
    MasterStore::on(database.expect("memory can be written")).expect("memory can be written")
}

impl Office {
    /// An office without anything, whose manifests that key signs.
    #[must_use]
    pub fn new(key: SigningKey, incarnation: u32) -> Self {
        Self {
            log: Vec::new(),
            store: blank(),
            incarnation,
            key,
            told: Told::default(),
            retained: BTreeMap::new(),
            old: Vec::new(),
            issued: BTreeMap::new(),
            published: BTreeMap::new(),
            heard: BTreeMap::new(),
            packed: BTreeMap::new(),
            backups: BTreeMap::new(),
        }
    }

    fn append(&mut self, area: Area, now: i64, body: Vec<u8>) {
        let entry = OfficeEntry {
            prev: Hash::default(),
            at: Timestamp(now),
            actor: "cli:anna".to_owned(),
            area: area.code(),
            body: body.into(),
        };
        let ordinal = self.log.len() as u64 + 1;
        let moved = self.store.fold(ordinal, &entry).expect("memory works");
        self.log.push(entry);
        for moved in moved {
            self.publish(&moved.layer, moved.to.root);
        }
    }

    /// Writes one change of some records; gives its number.
    pub fn change(&mut self, rows: Vec<(Table, String, Option<Vec<u8>>)>, now: i64) -> u64 {
        let rows = rows.into_iter().map(|(table, key, to)| RowChange {
            from: self
                .store
                .record(table, &key)
                .expect("memory works")
                .map(Into::into),
            table,
            key,
            to: to.map(Into::into),
        });
        let rows: Vec<_> = rows.collect();
        self.write(rows, Source::Edit, now)
    }

    fn write(&mut self, rows: Vec<RowChange>, source: Source, now: i64) -> u64 {
        for fact in facts(rows, source, "", "sim") {
            self.append(Area::Master, now, cbor::encode::<MasterFact>(&fact));
        }
        self.log.len() as u64
    }

    /// Takes a change back, unless its records were changed again.
    pub fn undo(&mut self, change: u64, now: i64) -> bool {
        let rows = self.store.rows_of(change).expect("memory works");
        let stands = |row: &RowChange| {
            let held = self
                .store
                .record(row.table, &row.key)
                .expect("memory works");
            held.as_deref() == row.to.as_deref().map(Vec::as_slice)
        };
        if rows.is_empty() || !rows.iter().all(stands) {
            return false;
        }
        self.write(
            rows.into_iter().map(RowChange::undone).collect(),
            Source::Undo,
            now,
        );
        true
    }

    /// Makes what was changed the newest version of its layers.
    pub fn build(&mut self, now: i64) {
        if self.store.has_unpublished().expect("memory works") {
            self.append(Area::Published, now, cbor::encode(&"sim".to_owned()));
        }
    }

    /// Makes versions beside the line, as the centre does for an urgent release; gives their numbers.
    pub fn lay(&mut self, besides: &[Beside], now: i64) -> Vec<u64> {
        let known = |store: &MasterStore, it: &Beside| store.beside(it).expect("memory works");
        let new = besides.iter().filter(|it| known(&self.store, it).is_none());
        let new: Vec<Beside> = new.cloned().collect();
        if !new.is_empty() {
            self.append(Area::Beside, now, cbor::encode(&new));
        }
        let mut numbers = Vec::new();
        for beside in besides {
            let number = known(&self.store, beside).expect("it was just made");
            let version = self.store.version(&beside.layer, number);
            let version = version.expect("memory works").expect("it was just made");
            self.publish(&beside.layer, version.root);
            numbers.push(number);
        }
        numbers
    }

    fn publish(&mut self, layer: &LayerId, root: Hash) {
        let whole = self.store.segment(layer, None, root);
        let whole = whole.expect("memory works").expect("it was just built");
        let records = whole.changes.into_iter();
        let records = records.filter_map(|it| Some((it.key, it.record?.into())));
        self.published
            .insert((layer.clone(), root), records.collect());
    }

    /// Decides a command and writes what follows.
    ///
    /// # Errors
    /// Why it may not be.
    pub fn roll(&mut self, command: Command, now: i64) -> Result<usize, Refusal> {
        let facts = decide(self.store.rollouts(), command, Timestamp(now))?;
        for fact in &facts {
            self.append(Area::Rollout, now, cbor::encode::<RolloutFact>(fact));
        }
        Ok(facts.len())
    }

    /// Where the shops stand.
    #[must_use]
    pub fn places(&self) -> Places {
        Places::read(&self.store).expect("memory works")
    }

    /// What a workplace should have now.
    #[must_use]
    pub fn wants(&self, workplace: &WorkplaceId, now: i64) -> Vec<Wanted> {
        let mut wants = self.wants_of([workplace], now);
        wants.pop().map(|(_, layers)| layers).unwrap_or_default()
    }

    fn wants_of<'w>(
        &self,
        workplaces: impl IntoIterator<Item = &'w WorkplaceId>,
        now: i64,
    ) -> Vec<(WorkplaceId, Vec<Wanted>)> {
        let places = self.places();
        let assignments = Assignments::of(self.store.rollouts());
        let mut roots = Roots::of(&self.store);
        let wants = workplaces.into_iter().filter_map(|workplace| {
            let place = places.of(workplace.store())?;
            let wants = Wants::of(workplace, place, &assignments, &mut roots, Timestamp(now));
            Some((workplace.clone(), wants.expect("memory works").layers))
        });
        wants.collect()
    }

    /// Manifests for those who should have something else than they were told last.
    pub fn tell(
        &mut self,
        workplaces: &BTreeSet<WorkplaceId>,
        now: i64,
    ) -> Vec<(WorkplaceId, Vec<u8>)> {
        let mut sent = Vec::new();
        let mut inline = Inline::default();
        for (workplace, layers) in self.wants_of(workplaces, now) {
            let what = (!layers.is_empty()).then(|| entry::hash(&cbor::encode(&layers)));
            if !self.told.is_news(&workplace, what, Timestamp(now)) {
                continue;
            }
            let held = self.heard.get(&workplace).cloned().unwrap_or_default();
            let segments = inline.segments(&self.store, &roots(&held), &layers);
            let manifest = Manifest {
                workplace: workplace.clone(),
                generation: Generation {
                    incarnation: self.incarnation,
                    counter: u32::try_from(self.store.position()).expect("a short log"),
                },
                issued: Timestamp(now),
                expires: Timestamp(now + VALID_MS),
                segments: segments.expect("memory works"),
                layers,
            };
            let bytes = message::write(Kind::Manifest, &self.key, &manifest);
            self.issued
                .entry((workplace.clone(), manifest.generation))
                .or_default()
                .push(manifest.layers);
            if self.old.len() < OLD_MAX {
                self.old.push((workplace.clone(), bytes.clone()));
            }
            self.retained.insert(workplace.clone(), bytes.clone());
            sent.push((workplace.clone(), bytes));
        }
        sent
    }

    /// A packed segment; nothing where no version has the wanted root.
    pub fn packed(&mut self, need: &Need) -> Option<Vec<u8>> {
        if let Some(known) = self.packed.get(need) {
            return known.clone();
        }
        let segment = self.store.segment(&need.layer, need.from, need.to);
        let segment = segment.expect("memory works");
        let packed = segment.map(|it| segments::pack(&it.to_bytes()).expect("memory is there"));
        self.packed.insert(need.clone(), packed.clone());
        packed
    }

    /// The centre's process began anew: it has told nobody yet.
    pub fn begin(&mut self) {
        self.told = Told::default();
    }

    /// Remembers how far the log is.
    pub fn back_up(&mut self, now: i64) {
        self.backups.insert(now, self.log.len());
    }

    /// The log is as long as it was at a backup; a new life begins.
    pub fn restore(&mut self, at: i64, incarnation: u32) {
        let length = self.backups.get(&at).copied().unwrap_or(0);
        self.log.truncate(length);
        self.backups.retain(|other, _| *other <= at);
        self.store = self.folded();
        self.incarnation = incarnation;
        self.heard.clear();
        self.packed.clear();
        self.begin();
    }

    /// The log folded from its beginning.
    #[must_use]
    pub fn folded(&self) -> MasterStore {
        let mut store = blank();
        for (ordinal, entry) in (1..).zip(&self.log) {
            store.fold(ordinal, entry).expect("memory works");
        }
        store
    }
}

//! What a shop has on sale, what it should have, and what follows: fetch, wait, or switch all at once.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{Applied, AppliedLayer, Generation, Manifest, RejectedCode, Wanted};
use super::on_sale::OnSale;
use super::tree::stack_root;
use super::{Dataset, LayerId};
use crate::ids::Hash;
use crate::pricing::moment::LocalTime;
use crate::time::Timestamp;

/// A segment that the shop lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Need {
    /// The layer.
    #[n(0)]
    pub layer: LayerId,
    /// What the shop has of it.
    #[n(1)]
    pub from: Option<Hash>,
    /// What it should have.
    #[n(2)]
    pub to: Hash,
}

/// The datasets of a shop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelf {
    generation: Generation,
    wanted: Vec<Wanted>,
    active: BTreeMap<LayerId, Hash>,
    staged: BTreeMap<(LayerId, Hash), Option<Hash>>,
    refused: BTreeMap<(LayerId, Hash), Refusals>,
}

/// What becomes of a dataset that is wanted otherwise than it is on sale, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coming {
    /// It was refused: nothing more is asked for by itself.
    Refused,
    /// Some of it is not here yet.
    Lacking,
    /// It is here and counts from then on.
    Waits(LocalTime),
}

/// What of a wanted root was refused under this manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusals {
    /// Changes: the whole layer is asked for instead.
    Changes,
    /// The whole layer: nothing more is asked for until there is a newer manifest, or time has passed.
    Whole,
}

impl Shelf {
    /// A shelf with what was on sale before; no manifest older than `generation` counts.
    #[must_use]
    pub fn new(active: BTreeMap<LayerId, Hash>, generation: Generation) -> Self {
        Self {
            active,
            generation,
            ..Self::default()
        }
    }

    /// What was put aside for later.
    pub fn staged(&self) -> impl Iterator<Item = &(LayerId, Hash)> {
        self.staged.keys()
    }

    /// The newest manifest taken.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// What is on sale.
    #[must_use]
    pub fn active(&self) -> &BTreeMap<LayerId, Hash> {
        &self.active
    }

    /// Takes a manifest whose signature was checked. The same one again changes nothing.
    ///
    /// # Errors
    /// Why it does not count: an older one, or one that expired.
    pub fn take(&mut self, manifest: &Manifest, now: Timestamp) -> Result<(), RejectedCode> {
        let is_older = manifest.generation < self.generation;
        #[cfg(feature = "planted")]
        let is_older = is_older && !crate::planted::is(crate::planted::Bug::OlderManifestTaken);
        if is_older {
            return Err(RejectedCode::Older);
        }
        if now > manifest.expires {
            return Err(RejectedCode::Expired);
        }
        if manifest.generation > self.generation {
            self.refused.clear();
        }
        self.generation = manifest.generation;
        self.wanted.clone_from(&manifest.layers);
        let wanted: BTreeSet<_> = self.wanted.iter().map(|it| (&it.layer, it.root)).collect();
        self.staged
            .retain(|(layer, root), _| wanted.contains(&(layer, *root)));
        Ok(())
    }

    /// What is wanted and neither on sale nor staged; also what becomes active later, so that it is there then.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let lacking = self
            .wanted
            .iter()
            .filter(|wanted| !self.has(&wanted.layer, wanted.root));
        let need = |wanted: &Wanted| {
            let place = (wanted.layer.clone(), wanted.root);
            let from = match self.refused.get(&place) {
                None => self.active.get(&wanted.layer).copied(),
                Some(Refusals::Changes) => None,
                Some(Refusals::Whole) => return None,
            };
            Some(Need {
                layer: wanted.layer.clone(),
                from,
                to: wanted.root,
            })
        };
        lacking.filter_map(need).collect()
    }

    /// What came for a need was refused: after changes the whole layer is asked for, after that nothing.
    pub fn refuse(&mut self, need: &Need) {
        let refusals = match need.from {
            Some(_) => Refusals::Changes,
            None => Refusals::Whole,
        };
        self.refused.insert((need.layer.clone(), need.to), refusals);
    }

    /// Changes that were put aside lead nowhere once another version is on sale than the one they start from.
    fn has(&self, layer: &LayerId, root: Hash) -> bool {
        let active = self.active.get(layer);
        let staged = self.staged.get(&(layer.clone(), root));
        active == Some(&root)
            || staged.is_some_and(|from| from.is_none() || from.as_ref() == active)
    }

    /// Time has passed: what was refused is asked for again, for the centre may have been mended.
    pub fn forgive(&mut self) {
        self.refused.clear();
    }

    /// The records that serve a need are here and were checked; what nobody wants is let lie.
    pub fn stage(&mut self, served: &Need) {
        let is_wanted = |wanted: &&Wanted| wanted.layer == served.layer && wanted.root == served.to;
        if self.wanted.iter().any(|wanted| is_wanted(&wanted)) {
            let place = (served.layer.clone(), served.to);
            self.staged.insert(place, served.from);
        }
    }

    /// What must be switched now, if anything: all layers at once, and only when all are here.
    #[must_use]
    pub fn due(&self, now: LocalTime) -> Option<Applied> {
        if self.wanted.is_empty() {
            return None;
        }
        let target = self.target(now);
        if target == self.active || !target.iter().all(|(layer, root)| self.has(layer, *root)) {
            return None;
        }
        Some(self.applied(&self.active, &target))
    }

    /// What a journal must add where it does not say what is on sale: a crash came between its entry and the switch,
    /// and the manifest of then does not count any more.
    #[must_use]
    pub fn correction(&self, journal: &OnSale) -> Option<Applied> {
        let layers = journal.layers.iter();
        let said = layers.map(|(layer, on_sale)| (layer.clone(), on_sale.root));
        let said: BTreeMap<LayerId, Hash> = said.collect();
        (said != self.active).then(|| self.applied(&said, &self.active))
    }

    /// From some layers to others.
    fn applied(&self, from: &BTreeMap<LayerId, Hash>, to: &BTreeMap<LayerId, Hash>) -> Applied {
        let came = to
            .iter()
            .filter(|(layer, root)| from.get(*layer) != Some(*root))
            .map(|(layer, root)| (layer, Some(*root)));
        let went = from
            .keys()
            .filter(|layer| !to.contains_key(*layer))
            .map(|layer| (layer, None));
        let layers = came.chain(went).map(|(layer, root)| AppliedLayer {
            layer: layer.clone(),
            root,
            since: None,
        });
        Applied {
            generation: self.generation,
            layers: layers.collect(),
            stack: stack_root(to),
        }
    }

    /// What will be on sale from each later moment on, as far as all of it is here.
    #[must_use]
    pub fn coming_up(&self, now: LocalTime) -> Vec<(LocalTime, BTreeMap<LayerId, Hash>)> {
        let moments = self.wanted.iter().filter_map(|wanted| wanted.active_from);
        let later: BTreeSet<LocalTime> = moments.filter(|from| *from > now).collect();
        let targets = later.into_iter().map(|from| (from, self.target(from)));
        targets
            .filter(|(_, target)| target.iter().all(|(layer, root)| self.has(layer, *root)))
            .collect()
    }

    /// The roots that should be on sale at a moment. What was switched to stays, even if the wall goes back.
    fn target(&self, now: LocalTime) -> BTreeMap<LayerId, Hash> {
        let mut target = BTreeMap::new();
        for wanted in &self.wanted {
            let is_due = wanted.active_from.is_none_or(|from| from <= now);
            #[cfg(feature = "planted")]
            let is_due = is_due || crate::planted::is(crate::planted::Bug::SwitchedEarly);
            let is_on = self.active.get(&wanted.layer) == Some(&wanted.root);
            if is_due || is_on {
                target.insert(wanted.layer.clone(), wanted.root);
            }
        }
        target
    }

    /// The shop switched.
    pub fn switched(&mut self, applied: &Applied) {
        for AppliedLayer { layer, root, .. } in &applied.layers {
            match root {
                Some(root) => {
                    self.active.insert(layer.clone(), *root);
                    self.staged.remove(&(layer.clone(), *root));
                }
                None => {
                    self.active.remove(layer);
                }
            }
        }
    }

    /// What becomes of a dataset; none where it is on sale as it is wanted.
    #[must_use]
    pub fn coming(&self, dataset: Dataset, now: LocalTime) -> Option<Coming> {
        let of_it = self.wanted.iter().filter(|it| it.layer.dataset == dataset);
        let newer = of_it.filter(|it| self.active.get(&it.layer) != Some(&it.root));
        let becomes = newer.map(|wanted| {
            let place = (wanted.layer.clone(), wanted.root);
            let later = wanted.active_from.filter(|from| *from > now);
            match (self.refused.get(&place), later) {
                (Some(Refusals::Whole), _) => Coming::Refused,
                (_, Some(from)) if self.has(&wanted.layer, wanted.root) => Coming::Waits(from),
                _ => Coming::Lacking,
            }
        });
        becomes.min()
    }

    /// The next moment of the wall at which something may become due.
    #[must_use]
    pub fn next_deadline(&self, now: LocalTime) -> Option<LocalTime> {
        let beginnings = self.wanted.iter().filter_map(|wanted| wanted.active_from);
        beginnings.filter(|from| *from > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Dataset;
    use crate::dataset::build::network;
    use crate::time::StoreTime;

    const NOW: LocalTime = LocalTime(1_000);

    fn root(byte: u8) -> Hash {
        Hash([byte; 32])
    }

    fn wanted(dataset: Dataset, byte: u8, active_from: Option<i64>) -> Wanted {
        Wanted {
            layer: network(dataset),
            root: root(byte),
            active_from: active_from.map(LocalTime),
        }
    }

    fn manifest(counter: u32, layers: Vec<Wanted>) -> Manifest {
        Manifest {
            workplace: "s1-1".parse().unwrap(),
            generation: Generation {
                incarnation: 1,
                counter,
            },
            issued: Timestamp(0),
            expires: Timestamp(100),
            layers,
            segments: Vec::new(),
        }
    }

    fn whole(dataset: Dataset, byte: u8) -> Need {
        Need {
            layer: network(dataset),
            from: None,
            to: root(byte),
        }
    }

    #[test]
    fn changes_from_a_version_that_left_the_shelf_are_asked_for_again() {
        let active = BTreeMap::from([(network(Dataset::Prices), root(1))]);
        let mut shelf = Shelf::new(active, Generation::default());
        let layers = vec![
            wanted(Dataset::Prices, 2, None),
            wanted(Dataset::Prices, 3, Some(2_000)),
        ];
        shelf.take(&manifest(1, layers), Timestamp(0)).unwrap();
        for need in shelf.needs() {
            assert_eq!(need.from, Some(root(1)));
            shelf.stage(&need);
        }
        let first = shelf.due(NOW).unwrap();
        shelf.switched(&first);
        let needs = shelf.needs();
        let again = Need {
            from: Some(root(2)),
            ..whole(Dataset::Prices, 3)
        };
        assert_eq!(needs, std::slice::from_ref(&again));
        assert_eq!(shelf.due(LocalTime(2_000)), None);
        shelf.stage(&again);
        assert!(shelf.due(LocalTime(2_000)).is_some());
    }

    #[test]
    fn nothing_is_switched_before_every_layer_is_here() {
        let mut shelf = Shelf::default();
        let layers = vec![
            wanted(Dataset::Goods, 1, None),
            wanted(Dataset::Prices, 2, None),
        ];
        shelf.take(&manifest(1, layers), Timestamp(0)).unwrap();
        assert_eq!(shelf.needs().len(), 2);
        shelf.stage(&whole(Dataset::Goods, 1));
        assert_eq!(shelf.due(NOW), None, "half a version is never on sale");
        shelf.stage(&whole(Dataset::Prices, 2));
        let applied = shelf.due(NOW).unwrap();
        assert_eq!(applied.layers.len(), 2);
        shelf.switched(&applied);
        assert_eq!(shelf.due(NOW), None);
        assert!(shelf.needs().is_empty());
    }

    #[test]
    fn a_version_of_tomorrow_is_fetched_today_and_switched_to_without_a_line() {
        let mut shelf = Shelf::new(
            [(network(Dataset::Prices), root(1))].into(),
            Generation::default(),
        );
        let layers = vec![
            wanted(Dataset::Prices, 1, None),
            wanted(Dataset::Prices, 2, Some(2_000)),
        ];
        shelf.take(&manifest(1, layers), Timestamp(0)).unwrap();
        assert_eq!(shelf.needs().len(), 1);
        shelf.stage(&whole(Dataset::Prices, 2));
        assert_eq!(shelf.due(NOW), None);
        assert_eq!(shelf.next_deadline(NOW), Some(LocalTime(2_000)));
        let applied = shelf.due(LocalTime(2_000)).unwrap();
        shelf.switched(&applied);
        assert_eq!(
            shelf.due(NOW),
            None,
            "a wall that goes back brings no old price back"
        );
    }

    #[test]
    fn refused_changes_ask_for_the_whole_layer_and_then_wait_for_a_newer_manifest() {
        let mut shelf = Shelf::new(
            [(network(Dataset::Prices), root(1))].into(),
            Generation::default(),
        );
        let layers = vec![wanted(Dataset::Prices, 2, None)];
        shelf
            .take(&manifest(1, layers.clone()), Timestamp(0))
            .unwrap();
        let changes = shelf.needs().remove(0);
        assert_eq!(changes.from, Some(root(1)));
        shelf.refuse(&changes);
        let whole = shelf.needs().remove(0);
        assert_eq!(whole.from, None);
        shelf.refuse(&whole);
        shelf
            .take(&manifest(1, layers.clone()), Timestamp(0))
            .unwrap();
        assert!(
            shelf.needs().is_empty(),
            "the same manifest again is no news"
        );
        shelf.forgive();
        assert_eq!(shelf.needs(), std::slice::from_ref(&changes));
        shelf.refuse(&whole);
        shelf.take(&manifest(2, layers), Timestamp(0)).unwrap();
        assert_eq!(shelf.needs(), [changes]);
    }

    #[test]
    fn a_shelf_of_a_new_start_takes_nothing_older_than_its_journal_says() {
        let taken = manifest(2, Vec::new()).generation;
        let mut shelf = Shelf::new(BTreeMap::new(), taken);
        let older = shelf.take(&manifest(1, Vec::new()), Timestamp(0));
        assert_eq!(older, Err(RejectedCode::Older));
        assert_eq!(shelf.take(&manifest(2, Vec::new()), Timestamp(0)), Ok(()));
    }

    #[test]
    fn what_waits_for_its_minute_is_known_before_and_only_when_it_is_here() {
        let mut shelf = Shelf::new(
            [(network(Dataset::Prices), root(1))].into(),
            Generation::default(),
        );
        let tomorrow = LocalTime(NOW.0 + 1);
        let layers = vec![
            wanted(Dataset::Prices, 1, None),
            wanted(Dataset::Prices, 2, Some(tomorrow.0)),
        ];
        shelf.take(&manifest(1, layers), Timestamp(0)).unwrap();
        assert_eq!(shelf.coming_up(NOW), []);
        shelf.stage(&whole(Dataset::Prices, 2));
        let target = [(network(Dataset::Prices), root(2))].into();
        assert_eq!(shelf.coming_up(NOW), [(tomorrow, target)]);
        assert_eq!(shelf.coming_up(tomorrow), []);
    }

    #[test]
    fn a_journal_that_says_what_never_came_on_sale_is_put_right() {
        let active = [(network(Dataset::Prices), root(1))].into();
        let shelf = Shelf::new(active, Generation::default());
        let mut journal = OnSale::default();
        let said = |layers: [(Dataset, u8); 2]| Applied {
            generation: Generation::default(),
            layers: layers
                .map(|(dataset, it)| AppliedLayer {
                    layer: network(dataset),
                    root: Some(root(it)),
                    since: None,
                })
                .into(),
            stack: Hash::default(),
        };
        let entry = said([(Dataset::Prices, 2), (Dataset::Stops, 3)]);
        journal.apply(&entry, StoreTime::default());
        let correction = shelf.correction(&journal).unwrap();
        journal.apply(&correction, StoreTime::default());
        assert_eq!(shelf.correction(&journal), None);
        assert_eq!(journal.stack, Some(stack_root(shelf.active())));
    }

    #[test]
    fn an_older_or_expired_manifest_changes_nothing() {
        let mut shelf = Shelf::default();
        let layers = vec![wanted(Dataset::Goods, 1, None)];
        shelf
            .take(&manifest(2, layers.clone()), Timestamp(0))
            .unwrap();
        let before = shelf.clone();
        let older = shelf.take(&manifest(1, Vec::new()), Timestamp(0));
        assert_eq!(older, Err(RejectedCode::Older));
        let expired = shelf.take(&manifest(3, Vec::new()), Timestamp(101));
        assert_eq!(expired, Err(RejectedCode::Expired));
        assert_eq!(shelf, before);
    }

    #[test]
    fn a_layer_that_is_not_wanted_any_more_goes_with_the_switch() {
        let mut shelf = Shelf::new(
            [(network(Dataset::Offers), root(1))].into(),
            Generation::default(),
        );
        let layers = vec![wanted(Dataset::Goods, 1, None)];
        shelf.take(&manifest(1, layers), Timestamp(0)).unwrap();
        shelf.stage(&whole(Dataset::Goods, 1));
        let applied = shelf.due(NOW).unwrap();
        shelf.switched(&applied);
        assert_eq!(
            shelf.active().keys().collect::<Vec<_>>(),
            [&network(Dataset::Goods)]
        );
    }
}

//! The centre's own way from files to layers without its process: files are read and compared, changes are folded
//! and published as the office's log would have them.

use std::io::Cursor;

use anyhow::ensure;
use storefleet_agent::datasets::shelves::Shelves;
use storefleet_controller::datasets::segments::pack;
use storefleet_controller::import::preview::{Mode, Preview};
use storefleet_controller::import::{self, Ask};
use storefleet_controller::master::layers::{Moved, Version};
use storefleet_controller::master::{MasterError, MasterStore};
use storefleet_controller::office::{Area, OfficeEntry};
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::build::{shop, stack_of};
use storefleet_core::dataset::manifest::{Applied, AppliedLayer, Generation};
use storefleet_core::dataset::segment::Segment;
use storefleet_core::dataset::shelf::Need;
use storefleet_core::dataset::tree::stack_root;
use storefleet_core::ids::Hash;
use storefleet_core::master::change::{MasterFact, Source, facts};
use storefleet_core::master::dealer::DealerRecord;
use storefleet_core::master::store::StoreRecord;
use storefleet_core::time::Timestamp;
use tempfile::TempDir;

/// Master data and layers, in files of their own.
pub struct Chain {
    store: MasterStore,
    ordinal: u64,
    _folder: TempDir,
}

impl Chain {
    /// A chain with nothing in it.
    pub fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
        Ok(Self {
            store: MasterStore::open(&folder.path().join("master.redb"))?,
            ordinal: 0,
            _folder: folder,
        })
    }

    /// Takes a file whole; every row must be usable.
    pub fn import(&mut self, name: &str, file: impl Into<Vec<u8>>) -> anyhow::Result<()> {
        let ask = Ask {
            source: name.to_owned(),
            ..Ask::default()
        };
        let delivery = import::read(Cursor::new(file.into()), &ask, &self.store)?;
        let preview = Preview::of(delivery, Mode::OnlyChanges, &self.store);
        let refused = preview.refused.first();
        ensure!(refused.is_none(), "{name}: {refused:?}");
        for fact in facts(preview.into_rows(), Source::Import, name, "bench") {
            self.fold(Area::Master, cbor::encode::<MasterFact>(&fact))?;
        }
        Ok(())
    }

    /// Makes what was changed the newest version of its layers.
    pub fn publish(&mut self) -> anyhow::Result<Vec<Moved>> {
        Ok(self.fold(Area::Published, cbor::encode(&"bench".to_owned()))?)
    }

    fn fold(&mut self, area: Area, body: Vec<u8>) -> Result<Vec<Moved>, MasterError> {
        self.ordinal += 1;
        let entry = OfficeEntry {
            prev: Hash::default(),
            at: Timestamp(0),
            actor: "cli:bench".to_owned(),
            area: area.code(),
            body: body.into(),
        };
        Ok(self.store.fold(self.ordinal, &entry)?)
    }

    /// The layers that a store has, as the centre would give them to one that has nothing.
    pub fn layers_of(&self, store: &str) -> anyhow::Result<Vec<(LayerId, Version, Segment)>> {
        let dealers: Vec<DealerRecord> = self.store.all()?;
        let stores: Vec<StoreRecord> = self.store.all()?;
        let store = stores.iter().find(|it| it.store.as_str() == store);
        let store = store.ok_or_else(|| anyhow::anyhow!("there is no such store"))?;
        let dealer = dealers.iter().find(|it| it.dealer == store.dealer);
        let dealer = dealer.ok_or_else(|| anyhow::anyhow!("its dealer is not known"))?;
        let mut layers = Vec::new();
        for layer in stack_of(&shop(store, dealer)) {
            let Some(newest) = self.store.newest(&layer)? else {
                continue;
            };
            if let Some(segment) = self.store.segment(&layer, None, newest.root)? {
                layers.push((layer, newest, segment));
            }
        }
        Ok(layers)
    }

    /// Puts everything that a store has on its shelves and on sale.
    pub fn stock(&self, shelves: &Shelves, store: &str) -> anyhow::Result<()> {
        let (mut changed, mut roots) = (Vec::new(), Vec::new());
        for (layer, version, segment) in self.layers_of(store)? {
            let need = Need {
                layer: layer.clone(),
                from: None,
                to: version.root,
            };
            let staged = shelves.stage(&pack(&segment.to_bytes())?, &[need]);
            let staged = staged.map_err(|fault| anyhow::anyhow!("{layer}: {}", fault.detail))?;
            ensure!(staged.is_some(), "{layer} is not taken");
            roots.push((layer.clone(), version.root));
            changed.push(AppliedLayer {
                layer,
                root: Some(version.root),
                since: None,
            });
        }
        let applied = Applied {
            generation: Generation::default(),
            layers: changed,
            stack: stack_root(roots.iter().map(|(layer, root)| (layer, root))),
        };
        let switched = shelves.switch(&applied);
        switched.map_err(|fault| anyhow::anyhow!("not switched: {}", fault.detail))
    }
}

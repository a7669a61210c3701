//! The datasets of one simulated shop: manifests proved, segments checked, switches journaled, by the core's rules.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, ensure};
use storefleet_agent::centre_http;
use storefleet_agent::datasets::packed::Unpacked;
use storefleet_core::cbor;
use storefleet_core::dataset::LayerId;
use storefleet_core::dataset::manifest::Manifest;
use storefleet_core::dataset::shelf::{Need, Shelf};
use storefleet_core::dataset::telling::Known;
use storefleet_core::fact::Fact;
use storefleet_core::ids::Hash;
use storefleet_core::pricing::moment::LocalTime;
use storefleet_core::sync::message::{SegmentPiece, SegmentQuestion};
use storefleet_core::time::Timestamp;
use storefleet_daemon::{Clock, Shutdown};
use storefleet_wire::envelope::{Kind, Sealed};
use storefleet_wire::keys::Role;
use storefleet_wire::message;
use tokio::sync::mpsc;

use super::moment::Moment;
use super::stock::Held;
use crate::fleet::network::Machine;
use crate::fleet::shop::Datasets;

/// Layers that several shops have, fetched by the first that needed them.
pub type Shared = Arc<Mutex<BTreeMap<(LayerId, Hash), Held>>>;

/// A shop's switch is durable, and the centre acknowledged it: when the ack was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival(pub Moment);

/// The datasets of a shop.
pub struct Client {
    machine: Arc<Machine>,
    broker: String,
    clock: Clock,
    ends: Datasets,
    shared: Shared,
    shelf: Shelf,
    on_sale: BTreeMap<LayerId, Held>,
    waiting: BTreeMap<(LayerId, Hash), Held>,
}

impl Client {
    /// A shop with nothing on sale.
    #[must_use]
    pub fn new(
        machine: &Arc<Machine>,
        broker: &str,
        clock: Clock,
        ends: Datasets,
        shared: &Shared,
    ) -> Self {
        Self {
            machine: Arc::clone(machine),
            broker: broker.to_owned(),
            clock,
            ends,
            shared: Arc::clone(shared),
            shelf: Shelf::default(),
            on_sale: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Takes manifests until it is told to stop; tells of every switch that the centre acknowledged.
    pub async fn run(
        mut self,
        told: mpsc::Sender<Arrival>,
        mut shutdown: Shutdown,
    ) -> anyhow::Result<()> {
        loop {
            let manifest = tokio::select! {
                manifest = self.ends.manifests.recv() => manifest,
                () = shutdown.requested() => return Ok(()),
            };
            let Some(manifest) = manifest else {
                return Ok(());
            };
            self.take(&manifest).await?;
            let now = LocalTime(self.clock.wall_ms());
            let Some(applied) = self.shelf.due(now) else {
                continue;
            };
            let seq = {
                let till = self.ends.till.lock();
                let mut till = till.unwrap_or_else(PoisonError::into_inner);
                till.note(&Fact::DatasetApplied(applied.clone()))?
            };
            for changed in &applied.layers {
                self.on_sale.remove(&changed.layer);
                if let Some(root) = changed.root {
                    let place = (changed.layer.clone(), root);
                    let held = self.waiting.remove(&place).context("it was put aside")?;
                    self.on_sale.insert(place.0, held);
                }
            }
            self.shelf.switched(&applied);
            tokio::select! {
                heard = self.ends.heard.wait_for(|heard| *heard >= seq) => drop(heard?),
                () = shutdown.requested() => return Ok(()),
            }
            told.send(Arrival(Moment::now())).await?;
        }
    }

    /// Takes a manifest and puts aside everything that it wants.
    async fn take(&mut self, signed: &[u8]) -> anyhow::Result<()> {
        let now = Timestamp(self.clock.wall_ms());
        let id = Sealed::parse(signed)?.key_id();
        let key = self.machine.identity.trust.key(Role::Manifest, id, now);
        let key = key.context("the key of the manifest is not trusted")?;
        let manifest: Manifest = message::read(Kind::Manifest, key, signed)?;
        ensure!(manifest.workplace == self.machine.id, "of another shop");
        let taken = self.shelf.take(&manifest, now);
        ensure!(taken.is_ok(), "not taken: {taken:?}");
        self.ends.known.send_replace(Arc::new(Known {
            shelf: self.shelf.clone(),
            ..Known::default()
        }));
        for packed in &manifest.segments {
            let (head, _) = Unpacked::open(packed).map_err(anyhow::Error::msg)?;
            let held = self.on_sale.get(&head.layer);
            if let Some(held) = held.filter(|held| Some(held.root()) == head.from) {
                let after = held.after(packed)?;
                let served = Need {
                    layer: head.layer,
                    from: head.from,
                    to: head.to,
                };
                self.shelf.stage(&served);
                self.waiting.insert((served.layer, served.to), after);
            }
        }
        for need in self.shelf.needs() {
            let place = (need.layer.clone(), need.to);
            let known = self.shared().get(&place).cloned();
            let held = match known {
                Some(held) => held,
                None => self.fetch(&need).await?,
            };
            self.shared().insert(place.clone(), held.clone());
            // Whole, wherever the shop stands.
            self.shelf.stage(&Need { from: None, ..need });
            self.waiting.insert(place, held);
        }
        Ok(())
    }

    fn shared(&self) -> std::sync::MutexGuard<'_, BTreeMap<(LayerId, Hash), Held>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A whole layer, in pieces as an agent asks for them.
    async fn fetch(&self, need: &Need) -> anyhow::Result<Held> {
        let identity = &self.machine.identity;
        let epoch = identity.enrolment.epochs.first().context("an epoch")?.first;
        let mut packed = Vec::new();
        loop {
            let question = SegmentQuestion {
                workplace: self.machine.id.clone(),
                epoch,
                need: Need {
                    from: None,
                    ..need.clone()
                },
                offset: packed.len() as u64,
            };
            let question = message::write(Kind::Segment, &identity.journal_key, &question);
            let tls = identity.https_config()?;
            let answer = centre_http::post(&self.broker, "/v1/segment", tls, question).await?;
            let piece: SegmentPiece = cbor::decode(&answer)?;
            packed.extend_from_slice(&piece.bytes);
            if packed.len() as u64 >= piece.total {
                break;
            }
            ensure!(!piece.bytes.is_empty(), "the centre gave an empty piece");
        }
        Ok(Held::whole(&packed)?.1)
    }
}

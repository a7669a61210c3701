//! Receipts that a release touched: sold while the shop had it on sale, with something that it changed. Whoever
//! takes a release back that sold already sees them.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use storefleet_core::brought_forward::Part;
use storefleet_core::dataset::kinds::goods::ITEM;
use storefleet_core::dataset::manifest::AppliedLayer;
use storefleet_core::dataset::{Dataset, LayerId};
use storefleet_core::entry::Entry;
use storefleet_core::fact::Fact;
use storefleet_core::ids::{Hash, WorkplaceId};
use storefleet_core::receipt::{Sale, total};
use storefleet_core::rollout::Rollout;
use storefleet_core::rollout::fact::LayerChange;
use storefleet_core::rollout::names::ReleaseId;
use storefleet_core::sync::message::Verdict;
use storefleet_core::time::Timestamp;
use storefleet_journal::{DiskFolder, Reader};

use super::{Rollouts, layers, roots};
use crate::admin_answers::{blocking, refused, unavailable};
use crate::central_log::CentralFormat;
use crate::history::{self, HistoryError};
use crate::master::{MasterStore, StoreError};

/// Receipts that are named; the sums are of all.
const RECEIPTS_MAX: usize = 500;

/// Receipts of one release.
#[derive(Debug, Default, Serialize)]
pub struct Touched {
    /// Shops that sold under it.
    pub shops: usize,
    /// Receipts.
    pub receipts: u64,
    /// Kopecks of them.
    pub total_kop: i64,
    /// The first of them, by workplace.
    pub rows: Vec<TouchedReceipt>,
}

/// A receipt.
#[derive(Debug, Serialize)]
pub struct TouchedReceipt {
    /// Where.
    pub workplace: String,
    /// Its number there.
    pub number: u64,
    /// When it was sold.
    pub at_ms: i64,
    /// Kopecks of it.
    pub total_kop: i64,
    /// What on it the release changed.
    pub items: Vec<String>,
}

/// Why they cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum TouchedError {
    /// Master data.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The central log.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// What a release changed on one layer.
enum Changed {
    /// So much that every item may be meant: rules, promotions, a layer that was empty.
    Everything,
    /// These items.
    Items(BTreeSet<String>),
}

/// A layer as the release brings it.
struct Brought {
    roots: BTreeSet<Hash>,
    changed: Changed,
}

type Release = BTreeMap<LayerId, Brought>;

type Log = Reader<DiskFolder, CentralFormat>;

/// The route on the admin socket.
pub fn router(rollouts: Rollouts, log: Log) -> Router {
    Router::new()
        .route("/v1/releases/{release}/receipts", get(receipts))
        .with_state((rollouts, log))
}

async fn receipts(
    State((rollouts, log)): State<(Rollouts, Log)>,
    Path(release): Path<String>,
) -> Response {
    let release = ReleaseId::from(release);
    blocking(move || match rollouts.touched(&release, &log) {
        Ok(Some(touched)) => Json(touched).into_response(),
        Ok(None) => {
            let next = "GET /v1/releases names them".to_owned();
            refused("unknown", format!("there is no release {release}"), next)
        }
        Err(error) => unavailable(&error.to_string()),
    })
    .await
}

impl Rollouts {
    /// The receipts that a release touched; none where there is no such release.
    ///
    /// # Errors
    /// When master data or the log cannot be read.
    pub fn touched(&self, release: &ReleaseId, log: &Log) -> Result<Option<Touched>, TouchedError> {
        let found = {
            let store = self.publisher().master.read();
            let rollout = store.rollouts().rollouts.get(release);
            let brought = rollout
                .map(|rollout| brought(&store, release, rollout))
                .transpose()?;
            rollout.zip(brought).map(|(rollout, brought)| {
                let members = rollout.members.iter().map(|it| it.target.store.clone());
                let members: BTreeSet<_> = members.collect();
                (members, rollout.released.first().copied(), brought)
            })
        };
        let Some((members, since, brought)) = found else {
            return Ok(None);
        };
        let mut touched = Touched::default();
        // Before its first wave nobody had it.
        let Some(since) = since else {
            return Ok(Some(touched));
        };
        let workplaces = self.publisher().workplaces();
        let of_members = workplaces.iter().filter(|it| members.contains(it.store()));
        let mut shops = BTreeSet::new();
        for workplace in of_members {
            let mut seen = Seen::new(workplace, &brought, &mut touched);
            each_entry(log, workplace, since, |entry| seen.take(entry))?;
            if seen.sold {
                shops.insert(workplace.store().clone());
            }
        }
        touched.shops = shops.len();
        Ok(Some(touched))
    }
}

fn brought(
    store: &MasterStore,
    release: &ReleaseId,
    rollout: &Rollout,
) -> Result<Release, StoreError> {
    let mut brought = Release::new();
    for (layer, change) in layers(rollout) {
        let roots = roots(store, release, &layer, change)?;
        let changed = changed(store, &layer, change)?;
        brought.insert(layer, Brought { roots, changed });
    }
    Ok(brought)
}

fn changed(
    store: &MasterStore,
    layer: &LayerId,
    change: &LayerChange,
) -> Result<Changed, StoreError> {
    let by_item = matches!(
        layer.dataset,
        Dataset::Prices | Dataset::Goods | Dataset::Stops
    );
    // Who works there and what each may do changes no price by itself.
    if layer.dataset == Dataset::Staff {
        return Ok(Changed::Items(BTreeSet::new()));
    }
    // The first records of a layer are noted nowhere as changed.
    if !by_item || change.from == 0 {
        return Ok(Changed::Everything);
    }
    let keys = store.changed_keys(layer, change.from, change.to)?;
    let item = |key: String| match (layer.dataset, key.split_once('/')) {
        (Dataset::Goods, Some((ITEM, item))) => Some(item.to_owned()),
        (Dataset::Goods, _) => None,
        _ => Some(key),
    };
    Ok(Changed::Items(keys.into_iter().filter_map(item).collect()))
}

/// Calls with every accepted entry that came since then.
fn each_entry(
    log: &Log,
    workplace: &WorkplaceId,
    since: Timestamp,
    mut each: impl FnMut(&Entry),
) -> Result<(), HistoryError> {
    history::each_record(log, workplace, |stored| {
        if stored.verdict == Verdict::Ok && stored.received >= since {
            history::each_entry(&stored, &mut each)?;
        }
        Ok(())
    })
}

/// One workplace as its entries pass by.
struct Seen<'a> {
    workplace: &'a WorkplaceId,
    release: &'a Release,
    touched: &'a mut Touched,
    on_sale: BTreeSet<&'a LayerId>,
    sold: bool,
}

impl<'a> Seen<'a> {
    fn new(workplace: &'a WorkplaceId, release: &'a Release, touched: &'a mut Touched) -> Self {
        Self {
            workplace,
            release,
            touched,
            on_sale: BTreeSet::new(),
            sold: false,
        }
    }

    fn take(&mut self, entry: &Entry) {
        if let Fact::DatasetApplied(applied) = &entry.fact {
            self.switch(&applied.layers);
        } else if let Fact::BroughtForward(Part::Datasets(applied)) = &entry.fact {
            self.on_sale.clear();
            self.switch(&applied.layers);
        } else if let Fact::Sale(sale) = &entry.fact {
            self.sell(entry, sale);
        }
    }

    fn switch(&mut self, layers: &[AppliedLayer]) {
        for AppliedLayer { layer, root, .. } in layers {
            if let Some((layer, brought)) = self.release.get_key_value(layer) {
                if root.is_some_and(|root| brought.roots.contains(&root)) {
                    self.on_sale.insert(layer);
                } else {
                    self.on_sale.remove(layer);
                }
            }
        }
    }

    fn sell(&mut self, entry: &Entry, sale: &Sale) {
        let brought = self.on_sale.iter().filter_map(|it| self.release.get(*it));
        let is_meant = |item: &str| {
            brought.clone().any(|it| match &it.changed {
                Changed::Everything => true,
                Changed::Items(items) => items.contains(item),
            })
        };
        let items = sale.lines.iter().map(|line| line.sku.item.clone());
        let items: BTreeSet<String> = items.filter(|item| is_meant(item)).collect();
        if items.is_empty() {
            return;
        }
        self.sold = true;
        let touched = &mut *self.touched;
        let total_kop = total(&sale.lines).0;
        touched.receipts = touched.receipts.saturating_add(1);
        touched.total_kop = touched.total_kop.saturating_add(total_kop);
        if touched.rows.len() < RECEIPTS_MAX {
            touched.rows.push(TouchedReceipt {
                workplace: self.workplace.to_string(),
                number: sale.number,
                at_ms: entry.header.wall.at.0,
                total_kop,
                items: items.into_iter().collect(),
            });
        }
    }
}
